using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Observability;
using JamBox.Backend.OldFleet;
using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Updates;

/// <summary>
/// Updates as devices see them. Boxes say which patches they can apply (<c>p</c>) or name a patch by its <c>id</c>; who does neither
/// belongs to the old fleet and is answered in its words: <see cref="OldFleetUpdates"/>.
/// </summary>
internal static class UpdateEndpoints
{
    private const string CheckExample = """{"d":"JBNB0001","v":"6.0.0","bh":"9f86d081884c7d65","hw":"atoms3-nb1","seq":60000,"p":"LHE"}""";
    private const string CompleteExample = """{"d":"JBNB0001","v":"6.1.0","id":12,"status":"success"}""";

    private static readonly ApiParameter s_offer = new NumberParameter("id", 1, long.MaxValue, "Id of the offer.") { Example = 12 };
    private static readonly DeviceResponse s_missingVersion = DeviceResponse.Refuse(400, "Missing current version (v)");
    private static readonly DeviceResponse s_badBase = DeviceResponse.Refuse(
        400, "bh: must be 16 hex digits, the beginning of the image hash");
    private static readonly DeviceResponse s_badHardware = DeviceResponse.Refuse(400, ReleaseText.HardwareRule);
    private static readonly DeviceResponse s_badVersion = DeviceResponse.Refuse(400, ReleaseText.VersionRule("v"));
    private static readonly DeviceResponse s_badStatus = DeviceResponse.Refuse(400, "status: must be success, rolled_back or failed");

    /// <summary>Adds updates.</summary>
    public static void AddUpdates(this IServiceCollection services)
    {
        services.AddJson(UpdateJson.Default);
        services.AddSingleton<UpdateDownloads>();
    }

    /// <summary>The route table.</summary>
    public static void MapUpdates(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/ota/check", Check).WithName("CheckForUpdate").WithTags("Updates").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId).TakesBody(UpdateRequest.Fields, CheckExample).Produces<UpdateOffer>();
        routes.MapGet("/api/ota/chunk", Chunk).WithName("GetUpdateChunk").WithTags("Updates").ForDevices()
            .TakesQuery(
                s_offer, new NumberParameter("chunk", 0, ushort.MaxValue, "Which chunk, from 0.") { IsRequired = true },
                new NumberParameter(
                    "count", 1, 16,
                    "So many chunks, as far as there are; each with a CRC-16 behind it, over its index and its bytes. Without it one, bare."),
                ApiParameter.ClaimedDeviceId,
                new TextParameter("from", "Old fleet: the version that the patch starts from."),
                new TextParameter("to", "Old fleet: the version that it leads to."))
            .GivesBytes("application/octet-stream").GivesHeader(
                StatusCodes.Status200OK, "C", "Without count: CRC-16 of the body (CCITT-FALSE), four hex digits.")
            .Refuses(StatusCodes.Status404NotFound);
        routes.MapGet("/api/ota/manifest", GetManifest).WithName("GetUpdateManifest").WithTags("Updates").ForDevices()
            .TakesQuery(s_offer).GivesBytes("application/octet-stream").Refuses(StatusCodes.Status404NotFound);
        routes.MapPins();
        routes.MapPost("/api/ota/complete", Complete).WithName("CompleteUpdate").WithTags("Updates").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId).TakesBody(UpdateRequest.Fields, CompleteExample).Produces<StatusBody>();
    }

    /// <summary>Says whether there is an update for what the device runs.</summary>
    internal static async Task<DeviceResponse> Check(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, IReleaseSource releases, BuildOptions options)
    {
        (DeviceIdentity? device, UpdateRequest request, DeviceResponse? refusal) = await ReadAsync(
            http, gate, DeviceLimit.OtaCheck).ConfigureAwait(false);
        refusal ??= request.Version is null ? s_missingVersion : null;
        return refusal
            ?? (request.Profiles is null
                ? await OldFleetUpdates.CheckAsync(device!, request, store, clock).ConfigureAwait(false)
                : await CheckBoxAsync(device!, request, releases, options, store, clock).ConfigureAwait(false));
    }

    /// <summary>
    /// Gives one chunk of 512 bytes. The old fleet, which says from and to instead of id, gets the same as base64 in JSON: docs/wire.md.
    /// </summary>
    internal static async Task<IResult> Chunk(
        HttpContext http, DeviceGate gate, UpdateDownloads downloads, Store store, OldPatchCache patches, TimeProvider clock,
        string? from, string? to, string? chunk, string? id, string? count)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        if (device is not null && id is not null)
        {
            return await downloads.ChunkAsync(http, device, id, chunk, count).ConfigureAwait(false);
        }

        refusal ??= DeviceGate.CheckClaim(http.Request, device!, null);
        return refusal ?? await OldFleetUpdates.ChunkAsync(device!, store, patches, clock, from, to, chunk).ConfigureAwait(false);
    }

    /// <summary>Gives the manifest of a patch that the device was offered: 220 bytes.</summary>
    internal static async Task<IResult> GetManifest(HttpContext http, DeviceGate gate, UpdateDownloads downloads, string? id)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        return device is null ? refusal! : await downloads.ManifestAsync(http, device, id).ConfigureAwait(false);
    }

    /// <summary>Takes the end of an update.</summary>
    internal static async Task<DeviceResponse> Complete(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, IReleaseSource releases, BackendMetrics metrics)
    {
        (DeviceIdentity? device, UpdateRequest request, DeviceResponse? refusal) = await ReadAsync(
            http, gate, DeviceLimit.OtaComplete).ConfigureAwait(false);
        return refusal
            ?? (request.Id is { } id
                ? await CompleteBoxAsync(device!, id, request, releases, store, clock, metrics).ConfigureAwait(false)
                : await OldFleetUpdates.CompleteAsync(device!, request, store, clock).ConfigureAwait(false));
    }

    private static async Task<DeviceResponse> CheckBoxAsync(
        DeviceIdentity device, UpdateRequest request, IReleaseSource releases, BuildOptions options, Store store, TimeProvider clock)
    {
        string start = request.BaseHash?.ToLowerInvariant() ?? "";
        DeviceResponse? refusal =
            !ReleaseText.IsVersion(request.Version!) ? s_badVersion
            : !ReleaseText.IsHardware(request.Hardware ?? "") ? s_badHardware
            : start.Length > 0 && !ReleaseText.IsBase(start) ? s_badBase
            : null;
        if (refusal is not null)
        {
            return refusal;
        }

        DeviceReport report = new(device.DeviceId, request.Hardware!, request.Version!, start, request.Sequence ?? 0, request.Profiles!);
        UpdateAnswer answer = await store.WriteAsync(
            (releases, options.AllowUnsigned, report, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            UpdateCheck.Decide).ConfigureAwait(false);
        string names = (answer.Names.Keys is { } record ? $",\"kr\":\"{record}\"" : "")
            + (answer.Names.Floor is { } floor ? $",\"fl\":\"{floor}\"" : "");
        return answer.Patch is { } patch
            ? DeviceResponse.Json(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"status\":\"ok\",\"update_available\":true,\"id\":{patch.Id},\"target\":\"{answer.Build!.Version}\",\"size\":{patch.Size},\"chunks\":{patch.ChunkCount}{names}}}"))
            : DeviceResponse.Json($"{{\"status\":\"ok\",\"update_available\":false,\"reason\":\"{answer.Reason}\"{names}}}");
    }

    /// <summary>The device repeats the end of its update until we say yes, so that we do, whatever we know of it.</summary>
    private static async Task<DeviceResponse> CompleteBoxAsync(
        DeviceIdentity device, long id, UpdateRequest request, IReleaseSource releases, Store store, TimeProvider clock,
        BackendMetrics metrics)
    {
        string? state = request.Status switch
        {
            "success" => AttemptState.Confirmed,
            AttemptState.RolledBack => AttemptState.RolledBack,
            AttemptState.Failed => AttemptState.Failed,
            _ => null,
        };
        if (state is null)
        {
            return s_badStatus;
        }

        string? why = state == AttemptState.Confirmed ? null : request.Why;
        bool known = await store.WriteAsync(
            (releases, device.DeviceId, id, state, why, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            UpdateReports.NoteEnd).ConfigureAwait(false);
        metrics.OtaEnds.Add(1, new KeyValuePair<string, object?>("state", state));
        return DeviceResponse.Json(known ? "{\"status\":\"ok\"}" : "{\"status\":\"ok\",\"note\":\"never_offered\"}");
    }

    private static async ValueTask<(DeviceIdentity? Device, UpdateRequest Request, DeviceResponse? Refusal)> ReadAsync(
        HttpContext http, DeviceGate gate, DeviceLimit limit)
    {
        UpdateRequest request = new();
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, limit).ConfigureAwait(false);
        if (device is null)
        {
            return (null, request, refusal);
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return (device, request, DeviceResponse.TooLarge);
        }

        return (
            device, request, UpdateRequest.Fields.Parse(body, request) ?? DeviceGate.CheckClaim(http.Request, device, request.DeviceId));
    }
}
