using System.Globalization;

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
        string? hardware;
        using (SqlStatement row = session.Query("SELECT hw FROM ota_firmware WHERE id = $1", request.FirmwareId))
        {
            hardware = row.Read() ? row.Text(0) : null;
        }

        string? fault = hardware is null
            ? string.Create(CultureInfo.InvariantCulture, $"firmware_id: there is no build {request.FirmwareId}")
            : FindDeviceFault(session, "stages", request.Stages!.SelectMany(static stage => stage.Devices), hardware)
                ?? FindDeviceFault(session, "exclude", request.Exclude, null)
                ?? request.Target?.FindFault(session);
        if (fault is not null)
        {
            return (0, fault);
        }

        long id = RolloutSql.Insert(session, request, hardware!, wanted.Who, wanted.Now);
        RolloutNotes.Note(session, "create", null, RolloutSql.Find(session, id)!, wanted.Who, wanted.Now);
        return (id, null);
    }

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

        if (FindDeviceFault(session, "devices", wanted.Devices, null, wanted.Scope) is { } fault)
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

    /// <summary>Says which of some ids is none of a box, or of a box of other hardware.</summary>
    private static string? FindDeviceFault(
        SqlSession session, string field, IEnumerable<string> devices, string? hardware, string? scope = null)
    {
        foreach (string id in devices)
        {
            using SqlStatement row = session.Query(s_device, id, scope);
            if (!row.Read())
            {
                return $"{field}: {id} is not registered";
            }

            if (hardware is not null && !row.IsNull(1))
            {
                return $"{field}: {id} is retired";
            }

            if (hardware is not null && !row.IsNull(0) && row.Text(0) != hardware)
            {
                return $"{field}: {id} is of hardware {row.Text(0)}, the build is for {hardware}";
            }
        }

        return null;
    }

    private static readonly string s_device = $"""
        SELECT o.hw, d.retired_at FROM devices d LEFT JOIN ota_devices o ON o.device_id = d.device_id
        WHERE d.device_id = $1 AND d.is_demo = 0 AND {Caller.ScopeSql("d.device_id", "$2")}
        """;
}
