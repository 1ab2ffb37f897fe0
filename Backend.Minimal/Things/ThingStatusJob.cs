using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;

namespace JamBox.Backend.Things;

/// <summary>
/// Every 5 s: tells which things and gateways are online, degraded or offline since the last look. The state that was told, the event and
/// the alert are one transaction, so that of several processes one tells it; a network that falls silent is told in slices.
/// </summary>
internal sealed class ThingStatusJob : IJob
{
    /// <summary>Changes that are told in one transaction.</summary>
    private const int Slice = 100;

    /// <summary>Slices in a turn; the rest is told in the next.</summary>
    private const int MaxSlices = 50;

    private const string WordsSql = """
        SELECT d.device_id, d.kind, coalesce(t.status, 'never'), d.last_seen_at, s.at, t.beat_at, t.beating_since,
            coalesce(t.beat_minute, 0), coalesce(t.beats, 0)
        FROM devices d
        LEFT JOIN things t ON t.device_id = d.device_id
        LEFT JOIN telemetry_states s ON s.device_key = d.id
        WHERE d.kind <> 'box' AND d.status = 'active' AND d.is_demo = 0
        """;

    private const string Iso = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly TelemetryOptions _options;

    /// <summary>Makes the job.</summary>
    public ThingStatusJob(Store store, TimeProvider clock, TelemetryOptions options)
    {
        _store = store;
        _clock = clock;
        _options = options;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        Judge judge = new(_options.OfflineAfterSeconds * 1000L, _clock.GetUtcNow().ToUnixTimeMilliseconds());
        for (int slice = 0; slice < MaxSlices && !stopping.IsCancellationRequested; slice++)
        {
            List<StatusChange> changes = await _store.ReadAsync(judge, Find).ConfigureAwait(false);
            if (changes.Count == 0 || await _store.WriteAsync((changes, judge), Tell).ConfigureAwait(false) == 0)
            {
                return;
            }
        }
    }

    private static List<StatusChange> Find(SqlSession session, Judge judge)
    {
        using SqlStatement row = session.Query(WordsSql);
        List<StatusChange> changes = [];
        while (changes.Count < Slice && row.Read())
        {
            ThingWords words = ThingSql.Words(row, 1, 3, 4, 5);
            string status = ThingStatus.Of(words, judge.OfflineAfterMs, judge.Now);
            if (status != row.Text(2))
            {
                changes.Add(new StatusChange(row.Text(0), row.Text(2), status, words.LastAt ?? judge.Now));
            }
        }

        return changes;
    }

    private static int Tell(SqlSession session, (List<StatusChange> Changes, Judge Judge) found)
    {
        int told = 0;
        foreach (StatusChange change in found.Changes)
        {
            // Another process may have told it a moment ago.
            if (ThingSql.Hold(session, change.DeviceId) && session.Execute(
                "UPDATE things SET status = $2, status_at = $3 WHERE device_id = $1 AND status = $4", change.DeviceId, change.After,
                found.Judge.Now, change.Before) > 0)
            {
                told++;
                Tell(session, change, found.Judge.Now);
            }
        }

        return told;
    }

    private static void Tell(SqlSession session, StatusChange change, long now)
    {
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'status', $2, $3)", now, change.DeviceId,
            $"{{\"device_id\":\"{change.DeviceId}\",\"timestamp\":\"{Time(now, Iso)}\",\"status\":\"{change.After}\"}}");
        const string Minute = "yyyy-MM-dd HH:mm 'UTC'";
        if (change.After == ThingStatus.Offline)
        {
            AlertSql.Raise(
                session, change.DeviceId, AlertType.Offline, $"{change.DeviceId} has been silent since {Time(change.LastAt, Minute)}", now);
        }
        else
        {
            AlertSql.Clear(
                session, change.DeviceId, AlertType.Offline, $"{change.DeviceId} is back since {Time(change.LastAt, Minute)}", now);
        }
    }

    private static string Time(long ms, string format) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString(format, CultureInfo.InvariantCulture);

    private sealed record StatusChange(string DeviceId, string Before, string After, long LastAt);
}
