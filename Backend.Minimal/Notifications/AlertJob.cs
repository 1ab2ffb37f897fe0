using System.Globalization;

using JamBox.Backend.Commands;
using JamBox.Backend.Devices;
using JamBox.Backend.Insights;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Notifications;

/// <summary>
/// Once a minute: which boxes have been silent for 24 h, which are back, whose counts are too low. One that was never seen raises nothing:
/// it is on its way to its place. An alert and its message are one transaction, so that nothing is raised without it; a whole network that
/// falls silent is raised in slices, so that no reading waits long.
/// </summary>
internal sealed class AlertJob : IJob
{
    /// <summary>A counter that goes up and down raises one alert of a kind in this time, ms.</summary>
    private const long QuietMs = 24 * 60 * 60 * 1000L;

    /// <summary>Alerts of a kind that are raised in one transaction.</summary>
    private const int SliceAlerts = 100;

    /// <summary>Slices in a turn: more than any fleet needs.</summary>
    private const int MaxSlices = 1000;

    private const string SilentSql = """
        SELECT device_id, last_seen_at FROM devices d
        WHERE kind = 'box' AND status = 'active' AND is_demo = 0 AND last_seen_at < $1
            AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.device_id = d.device_id AND a.alert_type = 'offline' AND a.cleared_at IS NULL)
        LIMIT $2
        """;

    private const string BackSql = """
        SELECT d.device_id, d.last_seen_at FROM alerts a JOIN devices d ON d.device_id = a.device_id
        WHERE a.alert_type = 'offline' AND a.cleared_at IS NULL AND d.kind = 'box' AND d.last_seen_at >= $1 LIMIT $2
        """;

    private const string DegradedSql = """
        SELECT device_id, last_seen_at FROM devices d
        WHERE status = 'active' AND is_demo = 0 AND degraded = 1
            AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.device_id = d.device_id AND a.alert_type = 'degraded'
                AND (a.cleared_at IS NULL OR a.cleared_at > $1))
        LIMIT $2
        """;

    private const string FineSql = """
        SELECT d.device_id, d.last_seen_at FROM alerts a JOIN devices d ON d.device_id = a.device_id
        WHERE a.alert_type = 'degraded' AND a.cleared_at IS NULL AND d.degraded = 0 AND d.last_seen_at >= $1 LIMIT $2
        """;

    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the job.</summary>
    public AlertJob(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        for (int slice = 0; slice < MaxSlices && !stopping.IsCancellationRequested
            && await _store.ReadAsync(now, IsAnythingDue).ConfigureAwait(false); slice++)
        {
            await _store.WriteAsync(now, Look).ConfigureAwait(false);
        }
    }

    /// <summary>Most of the time nothing is: then nothing is written.</summary>
    private static bool IsAnythingDue(SqlSession session, long now)
    {
        long silentSince = now - DeviceState.OfflineMs;
        return Find(session, SilentSql, silentSince).Count + Find(session, BackSql, silentSince).Count
            + Find(session, DegradedSql, now - QuietMs).Count + Find(session, FineSql, 0).Count > 0
            || CommandQueue.IsAnyExpired(session, now);
    }

    private static int Look(SqlSession session, long now)
    {
        long silentSince = now - DeviceState.OfflineMs;
        foreach ((string id, long seen) in Find(session, SilentSql, silentSince))
        {
            AlertSql.Raise(session, id, AlertType.Offline, $"{id} has been silent since {Time(seen)}", now);
        }

        foreach ((string id, long seen) in Find(session, BackSql, silentSince))
        {
            AlertSql.Clear(session, id, AlertType.Offline, $"{id} is back since {Time(seen)}", now);
        }

        foreach ((string id, _) in Find(session, DegradedSql, now - QuietMs))
        {
            AlertSql.Raise(session, id, AlertType.Degraded, $"{id} is DEGRADED: its tables overflow or its sends fail", now);
        }

        foreach ((string id, _) in Find(session, FineSql, 0))
        {
            AlertSql.Clear(session, id, AlertType.Degraded, $"{id} is no longer DEGRADED", now);
        }

        return CommandQueue.Expire(session, now);
    }

    private static List<(string Id, long Seen)> Find(SqlSession session, string sql, long time)
    {
        using SqlStatement row = session.Query(sql, time, SliceAlerts);
        List<(string Id, long Seen)> found = [];
        while (row.Read())
        {
            found.Add((row.Text(0), row.Int64(1)));
        }

        return found;
    }

    private static string Time(long ms) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
