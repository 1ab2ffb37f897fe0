using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Notifications;
using JamBox.Backend.Patches;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Updates;

/// <summary>The SQL of attempts: what each device did with each release, and how it ended.</summary>
internal static class AttemptSql
{
    /// <summary>
    /// An event each time that another twentieth of the chunks is there: a bar moves, and a large fleet does not fill the table.
    /// </summary>
    private const int EventSteps = 20;

    private const string SelectSql = """
        SELECT id, device_id, firmware_id, rollout_id, delta_id, state, why, chunks, chunk_count, bytes, offered_at, changed_at, ended_at,
            claimed_at
        FROM ota_attempts
        """;

    private const string OpenSql = SelectSql + " WHERE device_id = $1 AND ended_at IS NULL";
    private const string LatestSql = SelectSql + " WHERE device_id = $1 AND delta_id = $2 ORDER BY id DESC LIMIT 1";

    private const string ExcludedSql = """
        SELECT 1 FROM ota_attempts
        WHERE device_id = $1 AND firmware_id = $2 AND state IN ('failed', 'rolled_back') AND allowed_at IS NULL
            AND (why IS NULL OR why <> 'withdrawn')
        LIMIT 1
        """;

    /// <summary>The attempt that a device is at; null when it is at none.</summary>
    public static Attempt? Open(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(OpenSql, deviceId);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>An attempt; null when there is none.</summary>
    public static Attempt? ById(SqlSession session, long id)
    {
        using SqlStatement row = session.Query(SelectSql + " WHERE id = $1", id);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>A device's latest attempt with a patch; null when there was none.</summary>
    public static Attempt? Latest(SqlSession session, string deviceId, long patchId)
    {
        using SqlStatement row = session.Query(LatestSql, deviceId, patchId);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>Whether a device failed at a release or rolled back from it, and no operator has allowed it again since.</summary>
    public static bool IsExcluded(SqlSession session, string deviceId, long firmwareId)
    {
        using SqlStatement row = session.Query(ExcludedSql, deviceId, firmwareId);
        return row.Read();
    }

    /// <summary>Lets a device have a version again.</summary>
    /// <returns>Ends that no longer count.</returns>
    public static int Allow(SqlSession session, string deviceId, string version, long now) =>
        session.Execute("""
            UPDATE ota_attempts SET allowed_at = $3
            WHERE device_id = $1 AND state IN ('failed', 'rolled_back') AND allowed_at IS NULL
                AND firmware_id IN (SELECT id FROM ota_firmware WHERE version = $2)
            """, deviceId, version, now);

    /// <summary>Opens an attempt, or goes on with the one that is open. One at another release, or roll-out, ends here.</summary>
    public static Attempt Offer(
        SqlSession session, IReleaseSource releases, DeviceReport report, ReleaseChoice choice, Patch patch, long now)
    {
        Attempt? open = Open(session, report.DeviceId);
        if (open is not null && (open.FirmwareId != choice.FirmwareId || open.RolloutId != choice.RolloutId))
        {
            End(session, releases, open, AttemptState.Failed, AttemptState.Withdrawn, now);
            open = null;
        }

        if (open is not null && open.PatchId == patch.Id)
        {
            return open;
        }

        Attempt attempt = open is null
            ? Insert(session, report.DeviceId, choice, patch, now)
            : open with { PatchId = patch.Id, State = AttemptState.Offered, Chunks = 0, ChunkCount = patch.ChunkCount!.Value,
                ChangedAt = now };
        Save(session, releases, attempt, now);
        return attempt;
    }

    /// <summary>Takes a device's request for a chunk: it has all before it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="releases">The roll-outs.</param>
    /// <param name="attempt">The attempt, which is open.</param>
    /// <param name="index">The chunk.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void NoteChunk(SqlSession session, IReleaseSource releases, Attempt attempt, int index, int bytes, long now)
    {
        Attempt next =
            attempt with { State = AttemptState.Downloading, Chunks = index + 1, Bytes = attempt.Bytes + bytes, ChangedAt = now };
        if (attempt.State != AttemptState.Downloading)
        {
            Save(session, releases, next, now);
            return;
        }

        session.Execute(
            "UPDATE ota_attempts SET chunks = $2, bytes = $3, changed_at = $4 WHERE id = $1", next.Id, next.Chunks, next.Bytes, now);
        if (next.Chunks * EventSteps / next.ChunkCount != attempt.Chunks * EventSteps / attempt.ChunkCount)
        {
            Event(session, next, now);
        }
    }

    /// <summary>Brings an open attempt into another state; nothing when it is in it.</summary>
    public static void Move(SqlSession session, IReleaseSource releases, Attempt attempt, string state, int chunks, long now)
    {
        if (attempt.State != state || attempt.Chunks != chunks)
        {
            Save(session, releases, attempt with { State = state, Chunks = chunks, ChangedAt = now }, now);
        }
    }

    /// <summary>
    /// Notes that a device says it succeeded, which is not believed yet: it is on trial until it asks from the new image.
    /// </summary>
    public static void Claim(SqlSession session, IReleaseSource releases, Attempt attempt, long now)
    {
        if (attempt.ClaimedAt is null)
        {
            Save(session, releases, attempt with { State = AttemptState.Trial, ChangedAt = now, ClaimedAt = now }, now);
        }
    }

    /// <summary>Whether a device was ever given a chunk of a patch, in this attempt or one before.</summary>
    public static bool WasGivenChunks(SqlSession session, Attempt attempt)
    {
        if (attempt.Bytes > 0)
        {
            return true;
        }

        using SqlStatement row = session.Query(
            "SELECT 1 FROM ota_attempts WHERE device_id = $1 AND firmware_id = $2 AND delta_id = $3 AND bytes > 0 LIMIT 1",
            attempt.DeviceId, attempt.FirmwareId, attempt.PatchId);
        return row.Read();
    }

    /// <summary>Ends an attempt, or corrects its end.</summary>
    public static void End(SqlSession session, IReleaseSource releases, Attempt attempt, string state, string? why, long now)
    {
        bool whole = state is AttemptState.Confirmed or AttemptState.RolledBack;
        Save(
            session, releases,
            attempt with { State = state, Why = why, Chunks = whole ? attempt.ChunkCount : attempt.Chunks, ChangedAt = now, EndedAt = now },
            now);
        if (state is AttemptState.Failed or AttemptState.RolledBack && why != AttemptState.Withdrawn)
        {
            TellOfFailure(session, attempt, state, why, now);
        }
    }

    private static void TellOfFailure(SqlSession session, Attempt attempt, string state, string? why, long now)
    {
        string version = BuildSql.Find(session, attempt.FirmwareId)?.Version ?? "";
        string what = state == AttemptState.RolledBack
            ? $"tried {version} and went back to the version before"
            : $"could not update to {version}";
        string reason = why switch
        {
            null => "",
            AttemptState.NoReport => ": it does not say why",
            _ => $": {why}",
        };
        NotificationSql.Tell(
            session, new Notice(NoticeKind.UpdateFailed, Notice.Raised, attempt.DeviceId, $"{attempt.DeviceId} {what}{reason}", now));
    }

    private static void Save(SqlSession session, IReleaseSource releases, Attempt a, long now)
    {
        session.Execute("""
            UPDATE ota_attempts SET delta_id = $2, state = $3, why = $4, chunks = $5, chunk_count = $6, bytes = $7, changed_at = $8,
                ended_at = $9, claimed_at = $10 WHERE id = $1
            """, a.Id, a.PatchId, a.State, a.Why, a.Chunks, a.ChunkCount, a.Bytes, a.ChangedAt, a.EndedAt, a.ClaimedAt);
        Event(session, a, now);
        releases.Settle(session, a, now);
    }

    private static Attempt Insert(SqlSession session, string deviceId, ReleaseChoice choice, Patch patch, long now)
    {
        using SqlStatement row = session.Query("""
            INSERT INTO ota_attempts (device_id, firmware_id, rollout_id, delta_id, state, chunk_count, offered_at, changed_at)
            VALUES ($1, $2, $3, $4, 'offered', $5, $6, $6) RETURNING id
            """, deviceId, choice.FirmwareId, choice.RolloutId, patch.Id, patch.ChunkCount, now);
        row.Read();
        return new Attempt(
            row.Int64(0), deviceId, choice.FirmwareId, choice.RolloutId, patch.Id, AttemptState.Offered, null, 0, patch.ChunkCount!.Value,
            0, now, now, null);
    }

    private static void Event(SqlSession session, Attempt a, long at)
    {
        string version = BuildSql.Find(session, a.FirmwareId)?.Version ?? "";
        string why = a.Why is null ? "" : $",\"why\":\"{System.Text.Json.JsonEncodedText.Encode(a.Why)}\"";
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'ota', $2, $3)", at, a.DeviceId,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"device_id\":\"{a.DeviceId}\",\"target\":\"{version}\",\"status\":\"{a.State}\",\"chunks\":{a.Chunks},\"total\":{a.ChunkCount},\"attempt\":{a.Id},\"rollout\":{a.RolloutId ?? 0}{why}}}"));
    }

    private static Attempt Row(SqlStatement row) => new(
        row.Int64(0), row.Text(1), row.Int64(2), row.Int64OrNull(3), row.Int64(4), row.Text(5), row.TextOrNull(6),
        row.Int32(7), row.Int32(8), row.Int64(9), row.Int64(10), row.Int64(11), row.Int64OrNull(12), row.Int64OrNull(13));
}
