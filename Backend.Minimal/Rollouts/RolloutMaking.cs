using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Firmware;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>Makes roll-outs, and takes boxes out of them.</summary>
internal static class RolloutMaking
{
    /// <summary>Makes a draft.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">What, who and when.</param>
    /// <returns>Its id; or what is wrong with the request, naming the field.</returns>
    public static (long Id, string? Fault) Create(SqlSession session, (RolloutRequest Request, string Who, long Now) wanted)
    {
        RolloutRequest request = wanted.Request;
        (RolloutSubject? what, string? fault) = request.Line is { } line
            ? OfRelease(session, line, request.Version!)
            : OfBuild(session, request.FirmwareId!.Value);
        fault ??= FindOtherFault(session, request, what!)
            ?? FindDeviceFault(session, "exclude", request.Exclude)
            ?? request.Target?.FindFault(session);
        if (fault is not null)
        {
            return (0, fault);
        }

        long id = RolloutSql.Insert(session, request, what!, wanted.Who, wanted.Now);
        RolloutNotes.Note(session, "create", null, RolloutSql.Find(session, id)!, wanted.Who, wanted.Now);
        return (id, null);
    }

    private static (RolloutSubject? What, string? Fault) OfBuild(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT hw, version, sequence, pruned_at FROM ota_firmware WHERE id = $1", id);
        bool isThere = row.Read();
        return isThere && !row.IsNull(3) ? (null, $"firmware_id: the image of {row.Text(1)} was removed, upload it again first")
            : isThere ? (new RolloutSubject(row.Text(0), null, row.Text(1), Rollout.OrderOf(row.Int32(2))), null)
            : (null, string.Create(CultureInfo.InvariantCulture, $"firmware_id: there is no build {id}"));
    }

    private static (RolloutSubject? What, string? Fault) OfRelease(SqlSession session, ThingLine line, string version) =>
        ReleaseVersion.Parse(version) is not { } parsed ? (null, $"version: {ReleaseVersion.Rule}")
        : ReleaseSql.OfVersion(session, line.Product, line.Platform, line.Environment, parsed) is { } release
            ? (new RolloutSubject("", line, release.Version.Text, release.Version.Key), null)
        : (null, $"version: there is no {parsed.Text} of {line.Product} for {line.Platform} in {line.Environment}: see GET /api/releases");

    /// <summary>Takes boxes out of a roll-out, or in again.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">Which boxes; whether out; the caller's scope; who and when.</param>
    public static StepResult Exclude(
        SqlSession session, (long Id, IReadOnlyList<string> Devices, bool IsExcluded, string? Scope, string Who, long Now) wanted)
    {
        if (RolloutSql.Lock(session, wanted.Id) is not { } rollout)
        {
            return StepResult.Unknown;
        }

        if (RolloutState.IsFinal(rollout.State))
        {
            return StepResult.Conflict($"The roll-out is {rollout.State}: nothing of it is offered");
        }

        if (FindDeviceFault(session, "devices", wanted.Devices, wanted.Scope) is { } fault)
        {
            return new StepResult(StatusCodes.Status400BadRequest, fault);
        }

        foreach (string device in wanted.Devices)
        {
            Exclude(session, rollout, device, wanted.IsExcluded, wanted.Who, wanted.Now);
        }

        if (RolloutState.IsRunning(rollout.State) || rollout.State == RolloutState.Done)
        {
            RolloutStages.Fill(session, rollout, wanted.Now);
        }

        return StepResult.Done;
    }

    private static void Exclude(SqlSession session, Rollout rollout, string device, bool isExcluded, string who, long now)
    {
        if (isExcluded)
        {
            RolloutBoxSql.Enrol(session, rollout.Id, device);
        }

        if (session.Execute(
            "UPDATE ota_rollout_boxes SET excluded = $3 WHERE rollout_id = $1 AND device_id = $2 AND excluded <> $3", rollout.Id, device,
            isExcluded) == 0)
        {
            return;
        }

        string action = isExcluded ? "rollout.exclude" : "rollout.include";
        string target = RolloutNotes.Target(rollout);
        Audit.Note(session, who, action, target, null, device, now);
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'rollout', $2, $3)", now, device,
            RolloutNotes.BoxJson(rollout, device, isExcluded ? "exclude" : "include"));
    }

    /// <summary>Says which of some ids is none of a device.</summary>
    private static string? FindDeviceFault(SqlSession session, string field, IEnumerable<string> devices, string? scope = null)
    {
        foreach (string id in devices)
        {
            using SqlStatement row = session.Query(s_device, id, scope);
            if (!row.Read())
            {
                return $"{field}: {id} is not registered";
            }
        }

        return null;
    }

    /// <summary>Says which of the devices that stages name is none that the release is for.</summary>
    private static string? FindOtherFault(SqlSession session, RolloutRequest request, RolloutSubject what)
    {
        foreach (string id in request.Stages!.SelectMany(static stage => stage.Devices))
        {
            using SqlStatement row = session.Query(s_device, id, (string?)null);
            string? fault = !row.Read() ? "is not registered"
                : !row.IsNull(1) ? "is retired"
                : what.Line is { } line ? FindThingFault(row, line, request.Boards)
                : row.Text(2) != DeviceKind.Box ? $"is a {row.Text(2)}, the build is for boxes"
                : !row.IsNull(0) && row.Text(0) != what.Hardware ? $"is of hardware {row.Text(0)}, the build is for {what.Hardware}"
                : null;
            if (fault is not null)
            {
                return $"stages: {id} {fault}";
            }
        }

        return null;
    }

    private static string? FindThingFault(SqlStatement row, ThingLine line, IReadOnlyList<string> boards) =>
        row.Text(2) == DeviceKind.Box ? "is a box, the release is for things"
        : !row.IsNull(0) && row.Text(0) != line.Key ? $"asks for {row.Text(0)}, the release is {line.Key}"
        : !row.IsNull(3) && row.Text(3) != line.Product ? $"is a {row.Text(3)}, the release is of {line.Product}"
        : !row.IsNull(4) && !ThingBoxSql.IsOf(boards, row.Text(4)) ? $"is of {row.Text(4)}, the release is for {line.Platform}"
        : null;

    private static readonly string s_device = $"""
        SELECT o.hw, d.retired_at, d.kind, d.product, d.platform FROM devices d LEFT JOIN ota_devices o ON o.device_id = d.device_id
        WHERE d.device_id = $1 AND d.is_demo = 0 AND {Caller.ScopeSql("d.device_id", "$2")}
        """;
}
