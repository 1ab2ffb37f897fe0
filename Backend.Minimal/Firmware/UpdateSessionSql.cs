using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>The states of an update of a thing.</summary>
internal static class SessionState
{
    /// <summary>It has begun.</summary>
    public const string Started = "started";

    /// <summary>Bytes come.</summary>
    public const string Downloading = "downloading";

    /// <summary>The device runs the new version.</summary>
    public const string Success = "success";

    /// <summary>It does not.</summary>
    public const string Failed = "failed";

    /// <summary>In a list: those that are under way and have said nothing for <see cref="FirmwareOptions.StuckSeconds"/>.</summary>
    public const string Stuck = "stuck";

    /// <summary>What a list may be asked for.</summary>
    public static readonly string[] Wanted = [Started, Downloading, Success, Failed, Stuck];
}

/// <summary>What a device says of its update, by whatever way it comes.</summary>
/// <param name="DeviceId">The device, as its token says.</param>
/// <param name="SessionId">Which attempt; null = the newest one that is open.</param>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">Its chip or board, in its own words.</param>
/// <param name="OldVersion">What it runs.</param>
/// <param name="NewVersion">What it goes to.</param>
/// <param name="Environment">The environment whose topic it came by; null = by none.</param>
internal sealed record UpdateWord(
    string DeviceId, string? SessionId, string? Product, string? Platform, string? OldVersion, string? NewVersion,
    string? Environment = null);

/// <summary>An update of a thing, as far as its rules need it.</summary>
/// <param name="Id">Its row.</param>
/// <param name="SessionId">What the device calls it by.</param>
/// <param name="DeviceId">Whose it is.</param>
/// <param name="NewVersion">What it goes to; null = it was not said.</param>
/// <param name="State">Its state.</param>
/// <param name="HeardAt">When it last said a word, milliseconds since 1970.</param>
/// <param name="OldVersion">What it came from; null = it was not said.</param>
/// <param name="Why">Why it failed.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="RolloutId">The roll-out that offered it; null = none did.</param>
/// <param name="Percent">How far it is, 0 to 100.</param>
internal sealed record UpdateSession(
    long Id, string SessionId, string DeviceId, string? NewVersion, string State, long HeardAt, string? OldVersion, string? Why,
    long? EndedAt, long? RolloutId, int Percent)
{
    /// <summary>Whether it is under way.</summary>
    public bool IsOpen => State is SessionState.Started or SessionState.Downloading;
}

/// <summary>
/// The rules of updates of things, and their SQL. An attempt is open from its start; a new start ends the one before; what its device runs
/// decides, however the last word got lost; and none is open for ever.
/// </summary>
internal static class UpdateSessionSql
{
    /// <summary>After so long without a word a device that runs another version than it went to has failed, ms.</summary>
    public const long NoReportMs = 5 * 60 * 1000;

    /// <summary>A new start came before the end.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>It said nothing more, and runs another version.</summary>
    public const string NoReport = "no_report";

    /// <summary>It said nothing more at all.</summary>
    public const string Silent = "silent";

    /// <summary>It had succeeded, and runs the version before again.</summary>
    public const string RolledBack = "rolled_back";

    private const string SelectSql = """
        SELECT id, session_id, device_id, new_version, state, heard_at, old_version, why, ended_at, rollout_id, progress
        FROM ota_sessions
        """ + " ";

    /// <summary>The roll-out whose stage has come to a device with a release of this order.</summary>
    private const string OfferedBySql = """
        SELECT r.id FROM ota_rollout_boxes b JOIN ota_rollouts r ON r.id = b.rollout_id
        WHERE b.device_id = $1 AND b.stage IS NOT NULL AND b.excluded = 0 AND r.product IS NOT NULL AND r.order_key = $2
            AND r.state IN ('canary', 'rolling', 'paused', 'done')
        ORDER BY r.id DESC LIMIT 1
        """;

    private static readonly string s_list = $"""
        SELECT id, session_id, device_id, product, platform, old_version, new_version, state, progress, why, started_at, ended_at, heard_at
        FROM ota_sessions
        WHERE ($1 IS NULL OR device_id = $1) AND {Caller.ScopeSql("device_id", "$3")} AND id < $4
            AND ($2 IS NULL OR state = $2 OR ($2 = 'stuck' AND ended_at IS NULL AND heard_at < $6))
        ORDER BY id DESC LIMIT $5
        """;

    private static readonly string s_count = $"""
        SELECT count(*), coalesce(sum(CASE WHEN state = 'success' THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN state = 'success' THEN ended_at - started_at ELSE 0 END), 0),
            coalesce(sum(CASE WHEN started_at > $2 THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN ended_at IS NULL AND heard_at < $3 THEN 1 ELSE 0 END), 0)
        FROM ota_sessions WHERE {Caller.ScopeSql("device_id", "$1")}
        """;

    /// <summary>
    /// An event each time that so many per cent more are there: a bar moves, and a large fleet does not fill the table.
    /// </summary>
    private const int EventPercent = 10;

    /// <summary>A start that comes again within this time, before any other word, is the same one: it was sent twice, ms.</summary>
    private const long RepeatMs = 10 * 1000;

    /// <summary>
    /// Begins an update. A repeat of the same start is the same update, also when it comes to another process at the same moment: whoever
    /// is second waits for the device's row, and then sees what the first one made.
    /// </summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">What the device says, an id for when it gives none, and the time.</param>
    /// <returns>The update.</returns>
    public static UpdateSession Start(SqlSession session, (UpdateWord Word, string FreshId, long Now) wanted)
    {
        (UpdateWord word, string freshId, long now) = wanted;
        Hold(session, word.DeviceId, now, word.OldVersion);
        UpdateSession? known = word.SessionId is null ? null : OfId(session, word.SessionId);
        if (known is { IsOpen: true } && known.DeviceId == word.DeviceId)
        {
            session.Execute("UPDATE ota_sessions SET heard_at = $2 WHERE id = $1", known.Id, now);
            return known;
        }

        if (Open(session, word.DeviceId) is { } open)
        {
            if (IsSentTwice(open, word, now))
            {
                return open;
            }

            bool hasArrived = IsSame(word.OldVersion, open.NewVersion);
            End(session, open, hasArrived ? SessionState.Success : SessionState.Failed, hasArrived ? null : Interrupted, now);
        }

        // An id that was used before, by whomever, is no name for a new attempt.
        string id = known is null ? word.SessionId ?? freshId : freshId;
        if (!Insert(session, id, word, now))
        {
            // Another device took the same id a moment ago.
            id = freshId;
            Insert(session, id, word, now);
        }

        UpdateSession made = OfId(session, id)!;
        Tell(session, made, now);
        return made;
    }

    /// <summary>Notes how far an update is.</summary>
    /// <returns>The update; null when there is none that is meant.</returns>
    public static UpdateSession? Progress(SqlSession session, (UpdateWord Word, int Percent, long Now) wanted)
    {
        Hold(session, wanted.Word.DeviceId, wanted.Now);
        if (Meant(session, wanted.Word) is not { } meant || !meant.IsOpen)
        {
            // A word that comes behind the end changes nothing.
            return Meant(session, wanted.Word);
        }

        session.Execute(
            "UPDATE ota_sessions SET state = $2, progress = CASE WHEN progress > $3 THEN progress ELSE $3 END, heard_at = $4 WHERE id = $1",
            meant.Id, SessionState.Downloading, wanted.Percent, wanted.Now);
        UpdateSession next = meant with { State = SessionState.Downloading, Percent = Math.Max(meant.Percent, wanted.Percent) };
        if (meant.State != next.State || meant.Percent / EventPercent != next.Percent / EventPercent)
        {
            Tell(session, next, wanted.Now);
        }

        return next;
    }

    /// <summary>Ends an update.</summary>
    /// <returns>The update; null when there is none that is meant.</returns>
    public static UpdateSession? Complete(SqlSession session, (UpdateWord Word, bool IsSuccess, string? Why, long Now) wanted)
    {
        Hold(session, wanted.Word.DeviceId, wanted.Now);
        if (Meant(session, wanted.Word) is not { } meant || !meant.IsOpen)
        {
            return Meant(session, wanted.Word);
        }

        string state = wanted.IsSuccess ? SessionState.Success : SessionState.Failed;
        End(session, meant, state, wanted.IsSuccess ? null : wanted.Why, wanted.Now);
        return meant with { State = state };
    }

    /// <summary>
    /// Takes what a device runs: the version that it went to is a success, also when it was given up already; another one after five
    /// minutes without a word a failure. One that had succeeded for so long and runs the version before again has gone back to it.
    /// </summary>
    public static void See(SqlSession session, string deviceId, string version, long now)
    {
        if (Last(session, deviceId) is not { } last)
        {
            return;
        }

        bool runsIt = IsSame(version, last.NewVersion);
        if (last.IsOpen && runsIt)
        {
            End(session, last, SessionState.Success, null, now);
        }
        else if (last.IsOpen && now - last.HeardAt >= NoReportMs)
        {
            End(session, last, SessionState.Failed, NoReport, now);
        }
        else if (last.State == SessionState.Failed && runsIt && last.Why is Silent or NoReport or RolledBack)
        {
            Correct(session, last, SessionState.Success, null, now);
        }
        else if (last.State == SessionState.Success && IsBack(last, version) && now - last.EndedAt >= NoReportMs)
        {
            Correct(session, last, SessionState.Failed, RolledBack, now);
        }
    }

    /// <summary>Lets a device have a version again that failed on it.</summary>
    /// <returns>Ends that no longer count.</returns>
    public static int Allow(SqlSession session, string deviceId, string version, long now)
    {
        List<UpdateSession> failed = [];
        using (SqlStatement row = session.Query(
            SelectSql + "WHERE device_id = $1 AND state = 'failed' AND rollout_id IS NOT NULL AND allowed_at IS NULL", deviceId))
        {
            while (row.Read())
            {
                failed.Add(Row(row));
            }
        }

        return failed.Where(update => IsSame(version, update.NewVersion))
            .Sum(update => session.Execute("UPDATE ota_sessions SET allowed_at = $2 WHERE id = $1", update.Id, now));
    }

    /// <summary>Ends what has said nothing for too long.</summary>
    /// <returns>How many ended.</returns>
    public static int EndSilent(SqlSession session, (long Before, long Now) wanted)
    {
        List<UpdateSession> silent = [];
        using (SqlStatement row = session.Query(
            SelectSql + "WHERE ended_at IS NULL AND heard_at < $1 ORDER BY id LIMIT 500", wanted.Before))
        {
            while (row.Read())
            {
                silent.Add(Row(row));
            }
        }

        foreach (UpdateSession open in silent)
        {
            End(session, open, SessionState.Failed, Silent, wanted.Now, isJudged: false);
        }

        // Only now: whoever ends one update holds its row before it waits for the roll-out.
        foreach (long rollout in silent.Select(static open => open.RolloutId).OfType<long>().Distinct().Order())
        {
            RolloutSteps.Judge(session, rollout, wanted.Now);
        }

        return silent.Count;
    }

    /// <summary>Lists updates of things, newest first.</summary>
    public static List<UpdateSessionRow> List(
        SqlSession session, (string? DeviceId, string? State, string? Scope, long Before, int Limit, long StuckBefore) wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.DeviceId, wanted.State, wanted.Scope, wanted.Before, wanted.Limit, wanted.StuckBefore);
        List<UpdateSessionRow> rows = [];
        while (row.Read())
        {
            rows.Add(new UpdateSessionRow(
                row.Int64(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.TextOrNull(4), row.TextOrNull(5), row.TextOrNull(6),
                row.Text(7), row.Int32(8), row.TextOrNull(9), row.Time(10), row.TimeOrNull(11), row.Time(12),
                row.TimeOrNull(11) is null && row.Int64(12) < wanted.StuckBefore));
        }

        return rows;
    }

    /// <summary>Counts updates of things.</summary>
    public static SessionStats Count(SqlSession session, (string? Scope, long DayAgo, long StuckBefore) wanted)
    {
        using SqlStatement row = session.Query(s_count, wanted.Scope, wanted.DayAgo, wanted.StuckBefore);
        row.Read();
        long success = row.Int64(1);
        long failed = row.Int64(2);
        return new SessionStats(
            row.Int64(0), success, failed, row.Int64(0) - success - failed, row.Int64(5),
            success + failed == 0 ? null : Math.Round(100.0 * success / (success + failed), 1),
            success == 0 ? null : Math.Round(row.Real(3) / 1000 / success, 1), row.Int64(4));
    }

    /// <summary>
    /// Notes that the device spoke, and what it runs if it said so, and keeps its other words waiting until the transaction ends.
    /// </summary>
    private static void Hold(SqlSession session, string deviceId, long now, string? version = null) => session.Execute(
        """
        UPDATE devices SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END,
            firmware_version = CASE WHEN kind = 'box' THEN firmware_version ELSE coalesce($3, firmware_version) END
        WHERE device_id = $1
        """, deviceId, now, version);

    private static bool IsSentTwice(UpdateSession open, UpdateWord word, long now) =>
        word.SessionId is null && open.State == SessionState.Started && now - open.HeardAt is >= 0 and <= RepeatMs
            && IsSame(word.NewVersion, open.NewVersion);

    /// <summary>Keeps a new update.</summary>
    /// <returns>Whether its id was free.</returns>
    private static bool Insert(SqlSession session, string id, UpdateWord word, long now) => session.Execute(
        """
        INSERT INTO ota_sessions (session_id, device_id, product, platform, old_version, new_version, state, started_at, heard_at,
            rollout_id, env)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10) ON CONFLICT (session_id) DO NOTHING
        """,
        id, word.DeviceId, word.Product, word.Platform, word.OldVersion, word.NewVersion, SessionState.Started, now,
        OfferedBy(session, word), word.Environment) > 0;

    private static long? OfferedBy(SqlSession session, UpdateWord word)
    {
        if (ReleaseVersion.Parse(word.NewVersion) is not { } version)
        {
            return null;
        }

        using SqlStatement row = session.Query(OfferedBySql, word.DeviceId, version.Key);
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>
    /// Whether a device that had succeeded runs what it ran before; of one that did not say what that was, something older.
    /// </summary>
    private static bool IsBack(UpdateSession update, string version) => update.OldVersion is { } old
        ? IsSame(version, old) && !IsSame(version, update.NewVersion)
        : ReleaseVersion.Parse(version) is { } runs && ReleaseVersion.Parse(update.NewVersion)?.IsAfter(runs) == true;

    private static bool IsSame(string? one, string? other) => one is not null && other is not null && ReleaseVersion.IsSame(one, other);

    /// <summary>
    /// The update that is meant: by its id if it is this device's, else the one that is open, else the last one. What comes by the topics
    /// of one environment is never of an update of another.
    /// </summary>
    private static UpdateSession? Meant(SqlSession session, UpdateWord word)
    {
        using SqlStatement row = session.Query(
            SelectSql + """
            WHERE device_id = $1 AND ($2 IS NULL OR session_id = $2) AND ($3 IS NULL OR env IS NULL OR env = $3)
            ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT 1
            """, word.DeviceId, word.SessionId, word.Environment);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>Whether an update of a device is under way.</summary>
    public static bool IsAnyOpen(SqlSession session, string deviceId) => Open(session, deviceId) is not null;

    private static UpdateSession? OfId(SqlSession session, string id)
    {
        using SqlStatement row = session.Query(SelectSql + "WHERE session_id = $1", id);
        return row.Read() ? Row(row) : null;
    }

    private static UpdateSession? Last(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(SelectSql + "WHERE device_id = $1 ORDER BY id DESC LIMIT 1", deviceId);
        return row.Read() ? Row(row) : null;
    }

    private static UpdateSession? Open(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(SelectSql + "WHERE device_id = $1 AND ended_at IS NULL", deviceId);
        return row.Read() ? Row(row) : null;
    }

    private static void End(SqlSession session, UpdateSession open, string state, string? why, long now, bool isJudged = true)
    {
        // Another process may have ended it a moment ago: the first word about it stands.
        if (session.Execute("""
            UPDATE ota_sessions SET state = $2, why = $3, ended_at = $4, progress = CASE WHEN $2 = 'success' THEN 100 ELSE progress END
            WHERE id = $1 AND ended_at IS NULL
            """, open.Id, state, why, now) == 0)
        {
            return;
        }

        if (state == SessionState.Success)
        {
            Runs(session, open);
        }

        Tell(session, open with { State = state, Percent = state == SessionState.Success ? 100 : open.Percent }, now);
        if (isJudged)
        {
            Settle(session, open with { State = state }, now);
        }
    }

    /// <summary>What the device was seen to run stands against what it said, or what was thought.</summary>
    private static void Correct(SqlSession session, UpdateSession ended, string state, string? why, long now)
    {
        session.Execute(
            "UPDATE ota_sessions SET state = $2, why = $3, ended_at = $4 WHERE id = $1 AND state = $5", ended.Id, state, why, now,
            ended.State);
        Tell(session, ended with { State = state }, now);
        Settle(session, ended with { State = state }, now);
    }

    /// <summary>Too many failures stop the roll-out then and there.</summary>
    private static void Settle(SqlSession session, UpdateSession update, long now)
    {
        if (update.RolloutId is { } rollout && update.State == SessionState.Failed)
        {
            RolloutSteps.Judge(session, rollout, now);
        }
    }

    /// <summary>One that succeeded runs what it went to, until it says otherwise. (What a box runs, it says itself.)</summary>
    private static void Runs(SqlSession session, UpdateSession update) => session.Execute(
        "UPDATE devices SET firmware_version = coalesce($2, firmware_version) WHERE device_id = $1 AND kind <> 'box'", update.DeviceId,
        update.NewVersion);

    private static void Tell(SqlSession session, UpdateSession update, long now) => session.Execute(
        "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'ota', $2, $3)", now, update.DeviceId,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"device_id\":\"{update.DeviceId}\",\"target\":\"{JsonEncodedText.Encode(update.NewVersion ?? "")}\",\"status\":\"{update.State}\",\"session\":\"{update.SessionId}\",\"rollout\":{update.RolloutId ?? 0},\"progress\":{update.Percent}}}"));

    private static UpdateSession Row(SqlStatement row) =>
        new(
            row.Int64(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.Text(4), row.Int64(5), row.TextOrNull(6), row.TextOrNull(7),
            row.Int64OrNull(8), row.Int64OrNull(9), row.Int32(10));
}
