using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>Says which release a box may have. The newest release whose roll-out has come to the box wins.</summary>
internal static class RolloutChooser
{
    /// <summary>No roll-out of that hardware has ever begun.</summary>
    public const string NoRelease = "no_release";

    /// <summary>The box runs the newest release, or something newer.</summary>
    public const string UpToDate = "up_to_date";

    /// <summary>The box's stage has not come, or never comes.</summary>
    public const string NotInRollout = "not_in_rollout";

    /// <summary>An operator holds the roll-out.</summary>
    public const string Paused = "paused";

    /// <summary>An operator took the box out, or the release failed on it before.</summary>
    public const string Excluded = "excluded";

    /// <summary>It is not the time of the day.</summary>
    public const string OutsideWindow = "outside_window";

    private static readonly RolloutReleases s_releases = new();

    private const string StandingSql = """
        SELECT r.state, r.window_from, r.window_to, r.time_zone, b.stage, b.excluded
        FROM ota_rollouts r LEFT JOIN ota_rollout_boxes b ON b.rollout_id = r.id AND b.device_id = $2 WHERE r.id = $1
        """;

    /// <summary>Chooses a release for a box that asks.</summary>
    /// <param name="session">The connection, in a writing transaction, in which <c>ota_devices</c> already says what the box said.</param>
    /// <param name="report">What it said.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static ReleaseChoice Choose(SqlSession session, DeviceReport report, long now)
    {
        (Rollout? rollout, string? reason) = Choose(
            session, report.Hardware, Rollout.OrderOf(report.Sequence), report.Base, report.DeviceId, now);
        return rollout is not null ? ReleaseChoice.Of(rollout.BuildId!.Value, rollout.Id)
            : ReleaseChoice.No(reason ?? (RolloutSql.HasAny(session, report.Hardware) ? UpToDate : NoRelease));
    }

    /// <summary>Chooses a roll-out for a device that asks.</summary>
    /// <param name="session">The connection, in a writing transaction: a roll-out that did not know of the device takes it in.</param>
    /// <param name="hardware">The <see cref="Rollout.Hardware"/> of the device.</param>
    /// <param name="order">The <see cref="Rollout.OrderKey"/> of what it runs; empty = that is not known.</param>
    /// <param name="runs">What it runs, as <see cref="Rollout.Base"/> says it.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>The roll-out, or why there is none in one word; neither = there is nothing newer than what it runs.</returns>
    public static (Rollout? Rollout, string? Reason) Choose(
        SqlSession session, string hardware, string order, string runs, string deviceId, long now)
    {
        string? reason = null;
        foreach (Rollout rollout in RolloutSql.Offering(session, hardware, order))
        {
            if (rollout.Base == runs)
            {
                // It lost its sequence, not its image: older releases are no news to it either.
                return (null, reason ?? UpToDate);
            }

            string? refusal = Refuse(session, rollout, deviceId, now);
            switch (refusal)
            {
                case null:
                    return (rollout, null);
                case Paused or OutsideWindow:
                    // Its turn has come and it only has to wait: an older release in between would be one download for nothing.
                    return (null, refusal);
                default:
                    reason ??= refusal;
                    break;
            }
        }

        return (null, reason);
    }

    /// <summary>Says whether a download that was offered may go on. One query, for every chunk.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rolloutId">The roll-out that gave it; null = none did, and none takes it back.</param>
    /// <param name="deviceId">The box.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static Standing StandingOf(SqlSession session, long? rolloutId, string deviceId, long now)
    {
        if (rolloutId is not { } id)
        {
            return Standing.Running;
        }

        using SqlStatement row = session.Query(StandingSql, id, deviceId);
        if (!row.Read() || row.IsNull(4) || row.Int64(5) != 0)
        {
            return Standing.Withdrawn;
        }

        string state = row.Text(0);
        RolloutWindow? window = row.IsNull(1) ? null : new RolloutWindow(row.Int32(1), row.Int32(2), row.Text(3));
        return state == RolloutState.Paused ? Standing.Paused
            : !RolloutState.IsRunning(state) && state != RolloutState.Done ? Standing.Withdrawn
            : window?.IsOpen(now) == false ? Standing.Paused
            : Standing.Running;
    }

    private static string? Refuse(SqlSession session, Rollout rollout, string deviceId, long now)
    {
        RolloutBox? box = RolloutBoxSql.One(session, rollout, deviceId, now);
        if (box is null && !RolloutTargetSql.IsInside(session, rollout.Id, deviceId))
        {
            return NotInRollout;
        }

        if (box is null || (box.Stage is null && rollout.State == RolloutState.Done))
        {
            (rollout, box) = TakeIn(session, rollout, deviceId, now);
        }

        if (box.WentBack && AttemptSql.Latest(session, deviceId, box.PatchId!.Value) is { State: AttemptState.Confirmed } attempt)
        {
            // It runs the old image again and has not said a word about it: that is a roll-back too, and counts as one.
            AttemptSql.End(session, s_releases, attempt, AttemptState.RolledBack, "previous", now);
        }

        return box.State == BoxState.Blocked ? box.Why
            : box.Why == RolloutBoxSql.OutsideTarget ? NotInRollout
            : !BoxState.IsPending(box.State) ? Excluded
            : box.Stage is null ? NotInRollout
            : rollout.State == RolloutState.Paused ? Paused
            : !RolloutState.IsRunning(rollout.State) && rollout.State != RolloutState.Done ? NotInRollout
            : rollout.Window?.IsOpen(now) == false ? OutsideWindow
            : null;
    }

    /// <summary>A box that the roll-out did not know of: the fleet grows by it, and the stage by its share.</summary>
    private static (Rollout Rollout, RolloutBox Box) TakeIn(SqlSession session, Rollout seen, string deviceId, long now)
    {
        // Seen again once it is held: another process may have aborted it a moment ago.
        Rollout rollout = RolloutSql.Lock(session, seen.Id)!;
        RolloutBoxSql.Enrol(session, rollout.Id, deviceId);
        if (RolloutState.IsRunning(rollout.State) || rollout.State == RolloutState.Done)
        {
            RolloutStages.Fill(session, rollout, now);
        }

        return (rollout, RolloutBoxSql.One(session, rollout, deviceId, now)!);
    }
}

/// <summary>What a download that was offered may do now.</summary>
internal enum Standing
{
    /// <summary>Go on.</summary>
    Running,

    /// <summary>Wait: the roll-out is paused, or it is not the time of the day.</summary>
    Paused,

    /// <summary>End: the release was taken back from this box.</summary>
    Withdrawn,
}
