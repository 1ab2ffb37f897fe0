using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// Once an hour: removes single values that are older than <c>Telemetry:RawDays</c> or too many of their device, the oldest first, and sums
/// that are older than <c>Telemetry:SummaryDays</c>; and of a device whose texts change with every message all but the newest changes.
/// Nothing is removed that was not summed up.
/// </summary>
internal sealed class HistoryRetentionJob : IJob
{
    /// <summary>Rows in one transaction.</summary>
    private const int SliceRows = 500;

    private const int SliceDevices = 500;

    private const long DayMs = 24 * 60 * 60 * 1000L;

    private const string LookSql = """
        SELECT s.device_key, s.points,
            coalesce((SELECT min(t) FROM telemetry r WHERE r.device_key = s.device_key), 9000000000000000),
            coalesce((SELECT min(t) FROM telemetry_sums q WHERE q.device_key = s.device_key), 9000000000000000)
        FROM telemetry_states s WHERE s.device_key > $1 ORDER BY s.device_key LIMIT $2
        """;

    /// <summary>Changes of a device that are kept, whatever <c>Retention:StateChangesDays</c> says.</summary>
    private const int MaxChanges = 10_000;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly TelemetryOptions _options;

    /// <summary>Makes the job.</summary>
    public HistoryRetentionJob(Store store, TimeProvider clock, TelemetryOptions options)
    {
        _store = store;
        _clock = clock;
        _options = options;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        long rawBefore = now - (_options.RawDays * DayMs);
        long sumsBefore = now - (_options.SummaryDays * DayMs);
        await RemoveChangesAsync(stopping).ConfigureAwait(false);
        long after = 0;
        while (!stopping.IsCancellationRequested)
        {
            List<DeviceRows> devices = await _store.ReadAsync(after, Look).ConfigureAwait(false);
            if (devices.Count == 0)
            {
                return;
            }

            after = devices[^1].Key;
            foreach (DeviceRows device in devices.Where(one =>
                one.OldestRow < rawBefore || one.Points > _options.MaxPointsPerDevice || one.OldestSum < sumsBefore))
            {
                DueRows due = new(device.Key, rawBefore, sumsBefore, _options.MaxPointsPerDevice);
                while (!stopping.IsCancellationRequested && await _store.WriteAsync(due, Remove).ConfigureAwait(false))
                {
                    // Until nothing of it is due.
                }
            }
        }
    }

    private async Task RemoveChangesAsync(CancellationToken stopping)
    {
        foreach ((string device, long newest) in await _store.ReadAsync(0, TooManyChanges).ConfigureAwait(false))
        {
            while (!stopping.IsCancellationRequested
                && await _store.WriteAsync((device, newest), RemoveChanges).ConfigureAwait(false) == SliceRows)
            {
                // Until they are gone.
            }
        }
    }

    /// <summary>Devices with too many, and the newest of each that is to go.</summary>
    private static List<(string Device, long Newest)> TooManyChanges(SqlSession session, int unused)
    {
        List<string> devices = [];
        using (SqlStatement row = session.Query(
            "SELECT device_id FROM state_changes GROUP BY device_id HAVING count(*) > $1", MaxChanges))
        {
            while (row.Read())
            {
                devices.Add(row.Text(0));
            }
        }

        List<(string, long)> due = [];
        foreach (string device in devices)
        {
            using SqlStatement row = session.Query(
                "SELECT id FROM state_changes WHERE device_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2", device, MaxChanges);
            if (row.Read())
            {
                due.Add((device, row.Int64(0)));
            }
        }

        return due;
    }

    private static int RemoveChanges(SqlSession session, (string Device, long Newest) due) => session.Execute(
        """
        DELETE FROM state_changes WHERE id IN (
            SELECT id FROM state_changes WHERE device_id = $1 AND id <= $2 ORDER BY id LIMIT $3)
        """, due.Device, due.Newest, SliceRows);

    private static List<DeviceRows> Look(SqlSession session, long after)
    {
        using SqlStatement row = session.Query(LookSql, after, SliceDevices);
        List<DeviceRows> devices = [];
        while (row.Read())
        {
            devices.Add(new DeviceRows(row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3)));
        }

        return devices;
    }

    /// <summary>Removes some.</summary>
    /// <returns>Whether there may be more.</returns>
    private static bool Remove(SqlSession session, DueRows due)
    {
        int sums = session.Execute(
            """
            DELETE FROM telemetry_sums WHERE device_key = $1 AND t IN (
                SELECT t FROM telemetry_sums WHERE device_key = $1 AND t < $2 ORDER BY t LIMIT 500)
            """, due.Key, due.SumsBefore);
        long points;
        long summed;
        using (SqlStatement row = session.Query(
            "UPDATE telemetry_states SET points = points WHERE device_key = $1 RETURNING points, summed_until", due.Key))
        {
            if (!row.Read())
            {
                return false;
            }

            points = row.Int64(0);
            summed = row.Int64(1);
        }

        long cut = long.MinValue;
        long removed = 0;
        int rows = 0;
        using (SqlStatement row = session.Query(
            "SELECT t, points FROM telemetry WHERE device_key = $1 ORDER BY t LIMIT $2", due.Key, SliceRows))
        {
            while (row.Read() && row.Int64(0) < summed
                && (row.Int64(0) < due.RawBefore || points - removed > due.MaxPoints))
            {
                cut = row.Int64(0);
                removed += row.Int64(1);
                rows++;
            }
        }

        if (rows > 0)
        {
            session.Execute("DELETE FROM telemetry WHERE device_key = $1 AND t <= $2", due.Key, cut);

            // Of five minutes that are no longer whole nothing more is taken: their sums stay as they are.
            session.Execute(
                "UPDATE telemetry_states SET points = points - $2, trimmed_before = $3 WHERE device_key = $1", due.Key, removed,
                SummaryJob.SlotOf(cut) + SummaryJob.SlotMs);
        }

        return rows == SliceRows || sums == SliceRows;
    }

    /// <summary>What is stored of a device.</summary>
    private readonly record struct DeviceRows(long Key, long Points, long OldestRow, long OldestSum);

    /// <summary>What is due of a device.</summary>
    private sealed record DueRows(long Key, long RawBefore, long SumsBefore, long MaxPoints);
}
