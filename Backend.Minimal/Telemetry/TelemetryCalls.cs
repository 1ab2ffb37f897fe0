using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Events;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Telemetry;

/// <summary>The calls of devices, as old ones make them: byte for byte the same answers, at the root as under <c>/api</c>.</summary>
internal sealed class TelemetryCalls
{
    private static readonly DeviceResponse s_forbidden = DeviceResponse.Explain(403, "Invalid token for this device");

    private static readonly DeviceResponse s_unknown = DeviceResponse.Explain(404, "Device not found");

    private static readonly DeviceResponse s_badId =
        DeviceResponse.Explain(400, "device_id: must be 1 to 40 letters, digits, underscores and hyphens");

    private readonly DeviceGate _gate;
    private readonly ApiKeys _keys;
    private readonly Store _store;
    private readonly TelemetryIntake _intake;
    private readonly TimeProvider _clock;

    /// <summary>Makes it.</summary>
    public TelemetryCalls(DeviceGate gate, ApiKeys keys, Store store, TelemetryIntake intake, TimeProvider clock)
    {
        _gate = gate;
        _keys = keys;
        _store = store;
        _intake = intake;
        _clock = clock;
    }

    /// <summary>Takes a message.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The id in the path; null = the token says it alone, and the answer has <c>led</c>.</param>
    public async Task<DeviceResponse> TakeAsync(HttpContext http, string? id)
    {
        if (id is not null && !DeviceIdRule.Fits(id))
        {
            return s_badId;
        }

        (byte[] bytes, DeviceResponse? refusal) = await PackedBody.ReadAsync(http).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal;
        }

        if (TelemetryBody.Parse(bytes, out string? fault) is not { } body)
        {
            return DeviceResponse.Explain(400, fault!);
        }

        (DeviceIdentity? device, refusal) = await IdentifyAsync(http, body.DeviceToken, id).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        TelemetryTaken taken = await _intake.TakeAsync(device, body, CancellationToken.None).ConfigureAwait(false);
        return taken.Fault is { } wrong ? DeviceResponse.Explain(400, wrong)
            : id is null ? Write(device, taken, static (json, said) =>
            {
                json.WriteNumber("led", Led(said.Merged));
                TelemetryJsonText.WritePoints(json, "updated_data", said.Merged);
            })
            : Write(device, taken, static (json, said) => TelemetryJsonText.WritePoints(json, "data", said.Merged));
    }

    /// <summary>Says what is so now.</summary>
    /// <param name="http">The request.</param>
    /// <param name="token">The token, as it stands in the query of the old call.</param>
    public async Task<DeviceResponse> LatestAsync(HttpContext http, string? token)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await IdentifyAsync(http, token, null).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        StoredState state = await _store.ReadAsync(
            (device.DeviceId, _clock.GetUtcNow().ToUnixTimeMilliseconds()), StateSql.Read, settled: false).ConfigureAwait(false);
        using MemoryStream buffer = new(256);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("device_id", device.DeviceId);
            TelemetryJsonText.WritePoints(json, "data", state.Values.Merged());
            if (state.At is { } at)
            {
                json.WriteString("timestamp", LiveFeed.Time(at));
            }
            else
            {
                json.WriteNull("timestamp");
            }

            json.WriteEndObject();
        }

        return DeviceResponse.Ok(StatusCodes.Status200OK, buffer.ToArray());
    }

    /// <summary>The output that old firmware switches by the answer.</summary>
    public static int Led(IReadOnlyList<TelemetryPoint> merged)
    {
        TelemetryValue led = Find(merged, "led");
        led = led.Kind == TelemetryKind.Null ? Find(merged, "v0") : led;
        return led.IsSeries && led.Number != 0 ? 1 : 0;
    }

    private static TelemetryValue Find(IReadOnlyList<TelemetryPoint> points, string key)
    {
        foreach (TelemetryPoint point in points)
        {
            if (point.Key == key)
            {
                return point.Value;
            }
        }

        return default;
    }

    private static DeviceResponse Write(DeviceIdentity device, TelemetryTaken taken, Action<Utf8JsonWriter, TelemetryTaken> data)
    {
        using MemoryStream buffer = new(256);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("message", "ok");
            json.WriteString("device_id", device.DeviceId);
            data(json, taken);
            json.WriteString("timestamp", LiveFeed.Time(taken.At));
            json.WriteEndObject();
        }

        return DeviceResponse.Ok(StatusCodes.Status200OK, buffer.ToArray());
    }

    /// <summary>
    /// Who it is, by the token in the body, or else in the header. A no is a 403, whether there is a device of that id or not: only an
    /// admin is told which.
    /// </summary>
    private async ValueTask<(DeviceIdentity? Device, DeviceResponse? Refusal)> IdentifyAsync(HttpContext http, string? token, string? id)
    {
        string? header = Token.HashOfRequest(http.Request);
        string? hash = string.IsNullOrEmpty(token) ? header : Token.HashOf(token);
        if (id is not null && header is not null && await IsUnknownToAdminAsync(header, id).ConfigureAwait(false))
        {
            return (null, s_unknown);
        }

        (DeviceIdentity? device, DeviceResponse? refusal) = await _gate.IdentifyAsync(http, hash, s_forbidden).ConfigureAwait(false);
        return device is not null && id is not null && device.DeviceId != id ? (null, s_forbidden) : (device, refusal);
    }

    private async ValueTask<bool> IsUnknownToAdminAsync(string header, string id) =>
        await _gate.FindAsync(header).ConfigureAwait(false) is null
        && await _keys.FindAsync(header).ConfigureAwait(false) is { } caller && caller.MayEverywhere(Role.Admin)
        && await _store.ReadAsync(id, DeviceSql.Key, settled: false).ConfigureAwait(false) is null;
}

/// <summary>
/// Takes messages as they are sent to their endpoint, before routing and what follows it; as <see cref="Readings.ReadingMiddleware"/> does
/// with readings.
/// </summary>
internal sealed class TelemetryMiddleware(RequestDelegate next, TelemetryCalls calls)
{
    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        return request.Path.Value is "/telemetry" or "/api/telemetry" && HttpMethods.IsPost(request.Method) && !request.QueryString.HasValue
            ? TakeAsync(context)
            : next(context);
    }

    private async Task TakeAsync(HttpContext context)
    {
        DeviceResponse answer = await calls.TakeAsync(context, null).ConfigureAwait(false);
        await answer.ExecuteAsync(context).ConfigureAwait(false);
    }
}
