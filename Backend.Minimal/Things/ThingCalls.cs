using JamBox.Backend.Firmware;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Things;

/// <summary>What things and gateways say of themselves, by whatever way it comes: the calls of those without MQTT are here too.</summary>
internal sealed class ThingCalls
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly PlatformTable _platforms;

    /// <summary>Makes it.</summary>
    public ThingCalls(Store store, TimeProvider clock, PlatformTable platforms)
    {
        _store = store;
        _clock = clock;
        _platforms = platforms;
    }

    /// <summary>Takes a heartbeat.</summary>
    /// <returns>What is wrong, in plain words; null = it is on the disk.</returns>
    public async Task<string?> BeatAsync(string deviceId, ThingHeartbeat heartbeat)
    {
        if (heartbeat.DeviceId is { } claimed && claimed != deviceId)
        {
            return NotYours;
        }

        return await _store.WriteAsync(
            new BeatWord(deviceId, heartbeat, PlatformOf(heartbeat.Board), Now), ThingSql.Beat).ConfigureAwait(false)
            ? null
            : NoThing;
    }

    /// <summary>Takes what a thing tells of itself.</summary>
    /// <returns>What is wrong, in plain words; null = it is on the disk.</returns>
    public async Task<string?> TakeInfoAsync(string deviceId, ThingInfo info)
    {
        if (info.DeviceId is { } claimed && claimed != deviceId)
        {
            return NotYours;
        }

        if (info.Environment is { } environment && !FirmwareText.IsEnvironment(environment))
        {
            return FirmwareText.EnvironmentRule;
        }

        return await _store.WriteAsync((deviceId, info, PlatformOf(info.Board), Now), ThingSql.TakeInfo).ConfigureAwait(false)
            ? null
            : NoThing;
    }

    /// <summary>Takes an event.</summary>
    /// <returns>What is wrong, in plain words; null = it is on the disk.</returns>
    public async Task<string?> TakeEventAsync(string deviceId, string type, ReadOnlyMemory<byte> body)
    {
        return !ThingText.IsWord(type) ? "type: must be 1 to 40 letters, digits, underscores and hyphens"
            : ThingText.ReadObject(body, ThingEventSql.MaxEventBytes) is not { } data
                ? "An event must be a JSON object of at most 4096 bytes"
            : await _store.WriteAsync((deviceId, type, data, Now), ThingEventSql.Add).ConfigureAwait(false) ? null
            : NoThing;
    }

    /// <summary>Takes a snapshot.</summary>
    /// <returns>What is wrong, in plain words; null = it is on the disk.</returns>
    public async Task<string?> TakeSnapshotAsync(string deviceId, ReadOnlyMemory<byte> body)
    {
        return ThingText.ReadObject(body, ThingEventSql.MaxSnapshotBytes, mayBeArray: true) is not { } data
            ? "A snapshot must be JSON of at most 64 KB"
            : await _store.WriteAsync((deviceId, data, Now), ThingEventSql.Show).ConfigureAwait(false) ? null
            : NoThing;
    }

    private const string NoThing = "Only things and gateways say this; boxes have calls of their own";

    private const string NotYours = "device_id: must be that of the sender";

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private string? PlatformOf(string? board) => board is null ? null : _platforms.Resolve(board)?.Name;
}

/// <summary>The calls of things and gateways that have no MQTT.</summary>
internal static class ThingCallEndpoints
{
    private const string Beat = """{"uptime":3600,"rssi":-61,"free_heap":151234,"ssid":"Hall","ip":"192.168.1.20","version":"1.2.3"}""";

    private const string Info = """{"product":"clock","board":"ESP32-C3","version":"1.2.3","environment":"prod"}""";

    private static readonly DeviceResponse s_ok = DeviceResponse.Json("""{"status":"ok"}""");

    /// <summary>The route table.</summary>
    public static void MapThingCalls(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/things/heartbeat", PostHeartbeat).WithName("PostThingHeartbeat").WithTags("Things").ForDevices()
            .TakesBody(ThingHeartbeat.Fields, Beat).Produces<StatusBody>();
        routes.MapPost("/api/things/info", PostInfo).WithName("PostThingInfo").WithTags("Things").ForDevices()
            .TakesBody(ThingInfo.Fields, Info).Produces<StatusBody>();
        routes.MapPost("/api/things/events/{type}", PostEvent).WithName("PostThingEvent").WithTags("Things").ForDevices()
            .TakesPath(new TextParameter("type", "What it is: 1 to 40 letters, digits, underscores and hyphens.") { Example = "door" })
            .TakesBytes("A JSON object of at most 4096 bytes.").Produces<StatusBody>();
        routes.MapPost("/api/things/snapshot", PostSnapshot).WithName("PostThingSnapshot").WithTags("Things").ForDevices()
            .TakesBytes("What the device shows: JSON of at most 64 KB.").Produces<StatusBody>();
    }

    /// <summary>Takes a heartbeat of a thing or gateway, once a minute.</summary>
    internal static async Task<DeviceResponse> PostHeartbeat(HttpContext http, DeviceGate gate, ThingCalls calls)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Telemetry).ConfigureAwait(false);
        if (device is null || await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return refusal ?? DeviceResponse.TooLarge;
        }

        ThingHeartbeat heartbeat = new();
        return ThingHeartbeat.Fields.Parse(body, heartbeat)
            ?? Answer(await calls.BeatAsync(device.DeviceId, heartbeat).ConfigureAwait(false));
    }

    /// <summary>Takes what a thing tells of itself: when it connects, and when something of it has changed.</summary>
    internal static async Task<DeviceResponse> PostInfo(HttpContext http, DeviceGate gate, ThingCalls calls)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Telemetry).ConfigureAwait(false);
        if (device is null || await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return refusal ?? DeviceResponse.TooLarge;
        }

        return ThingInfo.Parse(body, out string? fault) is { } info
            ? Answer(await calls.TakeInfoAsync(device.DeviceId, info).ConfigureAwait(false))
            : DeviceResponse.Refuse(StatusCodes.Status400BadRequest, fault!);
    }

    /// <summary>Takes something that happened to a thing, in its own words.</summary>
    internal static async Task<DeviceResponse> PostEvent(
        HttpContext http, [FromRoute(Name = "type")] string type, DeviceGate gate, ThingCalls calls)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Telemetry).ConfigureAwait(false);
        return device is null || await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body
            ? refusal ?? DeviceResponse.TooLarge
            : Answer(await calls.TakeEventAsync(device.DeviceId, type, body).ConfigureAwait(false));
    }

    /// <summary>Takes what a thing shows. The newest is kept.</summary>
    internal static async Task<DeviceResponse> PostSnapshot(HttpContext http, ThingCalls calls, DeviceGate gate)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Telemetry).ConfigureAwait(false);
        return device is null
            || await RequestBody.ReadLargeAsync(http, ThingEventSql.MaxSnapshotBytes).ConfigureAwait(false) is not { } body
            ? refusal ?? DeviceResponse.TooLarge
            : Answer(await calls.TakeSnapshotAsync(device.DeviceId, body).ConfigureAwait(false));
    }

    private static DeviceResponse Answer(string? fault) =>
        fault is null ? s_ok : DeviceResponse.Refuse(StatusCodes.Status400BadRequest, fault);
}
