using JamBox.Backend.Operation;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>Which releases are kept: the newest ones, and whatever a device is pinned to or runs, or a roll-out brings.</summary>
internal static class ReleaseKeeping
{
    /// <summary>What is said of a release that is not there.</summary>
    public static readonly Refusal Unknown = Refusal.NotFound("No release of that number");

    /// <summary>Releases that go in one turn.</summary>
    private const int MaxPerTurn = 50;

    /// <summary>Who takes them away, in the audit log.</summary>
    private const string Who = "server";

    /// <summary>Those of each product, platform and environment behind the newest, the oldest of all first.</summary>
    private const string TooManySql = """
        SELECT id FROM firmware_releases r WHERE (SELECT count(*) FROM firmware_releases o
            WHERE o.product = r.product AND o.platform = r.platform AND o.env = r.env AND o.version_key > r.version_key) >= $1
        ORDER BY id LIMIT 500
        """;

    /// <summary>Removes a release, unless a device is pinned to it or a roll-out brings it.</summary>
    public static Refusal? Remove(SqlSession session, (long Id, string Who, long At) wanted)
    {
        if (ReleaseSql.Find(session, wanted.Id) is not { } release)
        {
            return Unknown;
        }

        if (InUse(session).Find(use => use.IsPin && use.Is(release)) is { } pin)
        {
            return Refusal.Conflict($"{pin.DeviceId} is pinned to it: end that first");
        }

        if (ThingLineSql.InUse(session).Find(use => IsOf(use, release)) is { RolloutId: > 0 } rollout)
        {
            return Refusal.Conflict($"Roll-out {rollout.RolloutId} brings it: abort that first");
        }

        ReleaseSql.Remove(session, release, wanted.Who, wanted.At);
        return null;
    }

    /// <summary>Removes what is too old to be kept.</summary>
    /// <returns>Releases removed.</returns>
    public static int RemoveOld(SqlSession session, (int Keep, long Now) wanted)
    {
        List<long> old = [];
        using (SqlStatement row = session.Query(TooManySql, wanted.Keep))
        {
            while (row.Read())
            {
                old.Add(row.Int64(0));
            }
        }

        List<Use> uses = old.Count == 0 ? [] : InUse(session);
        List<(long, string, string)> rollouts = old.Count == 0 ? [] : ThingLineSql.InUse(session);
        int removed = 0;
        foreach (Release release in old.Select(id => ReleaseSql.Find(session, id)).OfType<Release>())
        {
            if (removed < MaxPerTurn && !uses.Exists(use => use.Is(release)) && !rollouts.Exists(use => IsOf(use, release)))
            {
                ReleaseSql.Remove(session, release, Who, wanted.Now);
                removed++;
            }
        }

        return removed;
    }

    private static bool IsOf((long RolloutId, string Line, string OrderKey) use, Release release) =>
        use.Line == ThingLine.Of(release).Key && use.OrderKey == release.Version.Key;

    /// <summary>Versions that devices run or are pinned to.</summary>
    private static List<Use> InUse(SqlSession session)
    {
        using SqlStatement row = session.Query("""
            SELECT d.device_id, d.product, d.firmware_version, 0 FROM devices d
                WHERE d.firmware_version IS NOT NULL AND d.retired_at IS NULL
            UNION ALL
            SELECT p.device_id, d.product, p.version, 1 FROM ota_pins p JOIN devices d ON d.device_id = p.device_id
            """);
        List<Use> uses = [];
        while (row.Read())
        {
            uses.Add(new Use(row.Text(0), row.TextOrNull(1), row.Text(2), row.Int32(3) != 0));
        }

        return uses;
    }

    /// <summary>A device that needs a version. Its platform plays no part: what it calls its board may have been misread.</summary>
    private sealed record Use(string DeviceId, string? Product, string Version, bool IsPin)
    {
        public bool Is(Release release) =>
            (Product is null || Product == release.Product) && ReleaseVersion.IsSame(Version, release.Version.Text);
    }
}

/// <summary>Removes old releases, files that belong to none, and old rows of lists; ends updates that say nothing more.</summary>
internal sealed class FirmwareJob : IJob
{
    private const long DayMs = 24 * 60 * 60 * 1000L;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly FirmwareOptions _options;
    private readonly Attention _attention;

    /// <summary>Makes the job.</summary>
    public FirmwareJob(Store store, TimeProvider clock, FirmwareOptions options)
    {
        _store = store;
        _clock = clock;
        _options = options;
        _attention = new Attention(clock);
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (_options.KeepNewest > 0)
        {
            await _store.WriteAsync((_options.KeepNewest, now), ReleaseKeeping.RemoveOld).ConfigureAwait(false);
        }

        // While nobody listened every thing was silent.
        long silentMs = _options.SilentMinutes * 60_000L;
        if (now - _attention.Since(now) >= silentMs)
        {
            await _store.WriteAsync((now - silentMs, now), UpdateSessionSql.EndSilent).ConfigureAwait(false);
        }

        _attention.Looked(now);
        while (!stopping.IsCancellationRequested && await _store.WriteAsync(now, FileSql.Sweep).ConfigureAwait(false) > 0)
        {
        }

        int rows = 1;
        while (rows > 0 && !stopping.IsCancellationRequested)
        {
            rows = await _store.WriteAsync(now - (_options.LogDays * DayMs), RemoveRows).ConfigureAwait(false);
        }
    }

    private static int RemoveRows(SqlSession session, long before) => session.Execute(
        "DELETE FROM firmware_downloads WHERE id IN (SELECT id FROM firmware_downloads WHERE at < $1 ORDER BY id LIMIT 250)", before)
        + session.Execute(
            """
            DELETE FROM ota_sessions WHERE id IN (SELECT s.id FROM ota_sessions s LEFT JOIN ota_rollouts r ON r.id = s.rollout_id
                WHERE s.ended_at < $1 AND (s.rollout_id IS NULL OR r.ended_at < $1) ORDER BY s.id LIMIT 250)
            """, before);
}
