using System.Globalization;
using System.Text;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota;

/// <summary>Updates as devices of ours see them: a short offer, the signed manifest, and the end.</summary>
internal static class DeviceReleaseEndpoints
{
    private static readonly DeviceAnswer s_badBase = DeviceAnswer.Refuse(400, "bh: must be 16 hex digits, the beginning of the image hash");
    private static readonly DeviceAnswer s_badHardware = DeviceAnswer.Refuse(400, OtaText.HardwareRule);
    private static readonly DeviceAnswer s_badVersion = DeviceAnswer.Refuse(400, OtaText.VersionRule("v"));
    private static readonly DeviceAnswer s_badStatus = DeviceAnswer.Refuse(400, "status: must be success, rolled_back or failed");

    /// <summary>Says whether there is an update for what the device runs.</summary>
    public static async Task<DeviceAnswer> CheckAsync(
        DeviceIdentity device, OtaRequest request, IReleaseSource releases, OtaSettings settings, Store store, TimeProvider clock)
    {
        string start = request.BaseHash?.ToLowerInvariant() ?? "";
        DeviceAnswer? refusal =
            !OtaText.IsVersion(request.Version!) ? s_badVersion
            : !OtaText.IsHardware(request.Hardware ?? "") ? s_badHardware
            : start.Length > 0 && !OtaText.IsBase(start) ? s_badBase
            : null;
        if (refusal is not null)
        {
            return refusal;
        }

        OtaReport report = new(device.DeviceId, request.Hardware!, request.Version!, start, request.Sequence ?? 0, request.Profiles!);
        ReleaseAnswer answer = await store.WriteAsync(
            (releases, settings.AllowUnsigned, report, clock.GetUtcNow().ToUnixTimeMilliseconds()), ReleaseCheck.Decide).ConfigureAwait(false);
        return answer.Delta is { } delta
            ? Yes(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"status\":\"ok\",\"update_available\":true,\"id\":{delta.Id},\"target\":\"{answer.Build!.Version}\",\"size\":{delta.Size},\"chunks\":{delta.ChunkCount}}}"))
            : Yes($"{{\"status\":\"ok\",\"update_available\":false,\"reason\":\"{answer.Reason}\"}}");
    }

    /// <summary>Gives the manifest of a patch that the device was offered: 220 bytes.</summary>
    internal static async Task<IResult> GetManifest(HttpContext http, DeviceGate gate, ReleaseDownloads downloads, string? id)
    {
        (DeviceIdentity? device, DeviceAnswer? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        return device is null ? refusal! : downloads.Manifest(http, device, id);
    }

    /// <summary>Takes the end of an update. The device repeats it until we say yes, so that we do, whatever we know of it.</summary>
    public static async Task<DeviceAnswer> CompleteAsync(
        DeviceIdentity device, long id, OtaRequest request, IReleaseSource releases, Store store, TimeProvider clock, BackendMetrics metrics)
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
            (releases, device.DeviceId, id, state, why, clock.GetUtcNow().ToUnixTimeMilliseconds()), ReleaseReports.NoteEnd).ConfigureAwait(false);
        metrics.OtaEnds.Add(1, new KeyValuePair<string, object?>("state", state));
        return Yes(known ? "{\"status\":\"ok\"}" : "{\"status\":\"ok\",\"note\":\"never_offered\"}");
    }

    private static DeviceAnswer Yes(string json) => DeviceAnswer.Ok(StatusCodes.Status200OK, Encoding.ASCII.GetBytes(json));
}
