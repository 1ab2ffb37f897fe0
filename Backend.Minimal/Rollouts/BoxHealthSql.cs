using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// Gathers what a box did before it was offered a release and does since. Each question is bounded: the newest readings and heartbeats,
/// and sums by quarters of an hour for the time before.
/// </summary>
internal static class BoxHealthSql
{
    private const int MaxReadings = 1000;
    private const int MaxHeartbeats = 200;
    private const int Weeks = 4;
    private const int DaysBefore = 7;
    private const long HourMs = 60 * 60 * 1000L;
    private const long DayMs = 24 * HourMs;
    private const long QuarterMs = QuarterHourSums.QuarterMs;

    private const string ReadingsSql = """
        SELECT received_at, age_seconds, ts, firmware_version, unique_count, ble_unique, send_failures, b FROM readings
        WHERE id IN (SELECT id FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = $1) ORDER BY id DESC LIMIT 1000)
        ORDER BY id DESC
        """;

    private const string HeartbeatsSql =
        "SELECT timestamp, firmware_version, hf, b FROM heartbeats WHERE device_id = $1 ORDER BY id DESC LIMIT 200";

    private const string BeforeSql = """
        SELECT coalesce(sum(readings), 0), coalesce(sum(send_failures), 0), count(*)
        FROM quarters WHERE device_id = $1 AND start_at >= $2 AND start_at < $3
        """;

    private const string CountsSql = """
        SELECT coalesce(sum(unique_count), 0), coalesce(sum(ble_unique), 0), count(*)
        FROM quarters WHERE device_id = $1 AND start_at >= $2 AND start_at < $3
        """;

    /// <summary>When a reading of a version last came, of those closed since some time; null = none did.</summary>
    public static long? LastReadingAt(SqlSession session, string deviceId, string version, long since)
    {
        List<Counted> readings = Readings(session, deviceId, version, since);
        return readings.Count == 0 ? null : readings.Max(static reading => reading.ReceivedAt);
    }

    /// <summary>Gathers.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="box">The box, which has confirmed the release.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static BoxFigures Gather(SqlSession session, Rollout rollout, RolloutBox box, long now)
    {
        long since = Since(box, now);
        long offeredAt = box.OfferedAt ?? since;
        List<Counted> readings = Readings(session, box.DeviceId, rollout.Version, since);
        List<Beat> beats = Heartbeats(session, box.DeviceId);
        List<Beat> own = beats.FindAll(beat => beat.At >= offeredAt && beat.Version == rollout.Version);
        List<Beat> before = beats.FindAll(beat => beat.At < offeredAt && beat.At >= offeredAt - (DaysBefore * DayMs));
        long[] boots = [.. readings.Where(static r => r.Boot is not null).Select(static r => r.Boot!.Value)
            .Concat(own.Where(beat => beat.At >= since && beat.Boot is not null).Select(static beat => beat.Boot!.Value)).Distinct()];
        (double? rate, double? failures) = Before(session, box.DeviceId, offeredAt);
        BoxFigures figures = new()
        {
            Readings = readings.Count,
            ReadingAt = readings.Count == 0 ? null : readings.Max(static r => r.ReceivedAt),
            Hours = readings.Count == 0 ? 0 : (readings.Max(static r => r.ClosedAt) - since) / (double)HourMs,
            DueAnHour = HourMs / (double)Math.Max(1, box.ReportIntervalMs),
            ReadingsAnHourBefore = rate,
            Heartbeats = own.Count,
            HeartbeatsBefore = before.Count,
            Heap = Median(own),
            HeapBefore = Median(before),
            Resets = Math.Max(0, boots.Length - 1),
            ResetsADayBefore = before.Select(static beat => beat.Boot).Distinct().Count() / (double)DaysBefore,
            SendFailures = readings.Count == 0 ? 0 : readings.Average(static r => r.SendFailures),
            SendFailuresBefore = failures,
            WifiCounts = 0,
            BleCounts = 0,
        };
        return WithCounts(session, rollout, box, readings, figures, since);
    }

    /// <summary>
    /// From when on readings are the release's: when it was confirmed; of a box that somebody else brought to it, when its stage came.
    /// </summary>
    public static long Since(RolloutBox box, long now) => box.EndedAt ?? box.StagedAt ?? now;

    private static BoxFigures WithCounts(
        SqlSession session, Rollout rollout, RolloutBox box, List<Counted> readings, BoxFigures figures, long since)
    {
        long from = Ceiling(Math.Max(since, readings.Count == MaxReadings ? readings.Min(static r => r.ClosedAt) : 0));
        long until = readings.Count == 0 ? from : Floor(readings.Max(static r => r.ClosedAt) + 1);
        from = Math.Max(from, until - DayMs);
        if (box.OfferedAt is not { } offeredAt)
        {
            return figures;
        }

        // Before the first whole quarter is over there is nothing to compare yet; whether there ever will be, the box's past tells.
        (double Wifi, double Ble)? expected = SameHoursBefore(session, box.DeviceId, from, Math.Max(until, from + QuarterMs), offeredAt);
        if (expected is null)
        {
            return figures;
        }

        long aheadMs = Math.Clamp(rollout.Gate.ProofHours * HourMs, QuarterMs, DayMs);
        long aheadFrom = Ceiling(since);
        (double Wifi, double Ble)? ahead = SameHoursBefore(session, box.DeviceId, aheadFrom, aheadFrom + aheadMs, offeredAt);
        List<Counted> counted = readings.FindAll(r => r.ClosedAt >= from && r.ClosedAt < until);
        return figures with
        {
            WifiCounts = counted.Sum(static r => (double)r.Wifi),
            BleCounts = counted.Sum(static r => (double)r.Ble),
            WifiCountsBefore = until > from ? expected.Value.Wifi : 0,
            BleCountsBefore = until > from ? expected.Value.Ble : 0,
            CountsAhead = ahead is { } whole ? Math.Max(whole.Wifi, whole.Ble) : null,
        };
    }

    /// <summary>
    /// The mean of the same hours on the same weekday in the weeks before; where there is no such week, of the same hours on the days
    /// before.
    /// Only times in which the box reported for the better half count. (When the clocks change, an hour of the place is an hour off.)
    /// </summary>
    private static (double Wifi, double Ble)? SameHoursBefore(SqlSession session, string deviceId, long from, long until, long offeredAt) =>
        Mean(session, deviceId, from, until, offeredAt, DaysBefore * DayMs, Weeks) ?? Mean(
            session, deviceId, from, until, offeredAt, DayMs, DaysBefore);

    /// <summary>Since when a box has stood where it stands: what it counted elsewhere says nothing.</summary>
    private static long PlacedAt(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT max(from_at) FROM place_devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.Int64(0) : 0;
    }

    private static (double Wifi, double Ble)? Mean(
        SqlSession session, string deviceId, long from, long until, long offeredAt, long stepMs, int steps)
    {
        long placedAt = PlacedAt(session, deviceId);
        int found = 0;
        double wifi = 0;
        double ble = 0;
        for (int step = 1; step <= steps; step++)
        {
            long end = until - (step * stepMs);
            if (end > offeredAt || from - (step * stepMs) < placedAt)
            {
                continue;
            }

            using SqlStatement row = session.Query(CountsSql, deviceId, from - (step * stepMs), end);
            row.Read();
            if (row.Int64(2) * QuarterMs * 2 >= until - from)
            {
                found++;
                wifi += row.Int64(0);
                ble += row.Int64(1);
            }
        }

        return found == 0 ? null : (wifi / found, ble / found);
    }

    private static (double? Rate, double? Failures) Before(SqlSession session, string deviceId, long offeredAt)
    {
        using SqlStatement row = session.Query(BeforeSql, deviceId, Floor(offeredAt - (DaysBefore * DayMs)), Floor(offeredAt));
        row.Read();
        long readings = row.Int64(0);
        long quarters = row.Int64(2);
        return readings == 0 ? (null, null) : (readings / (quarters * QuarterMs / (double)HourMs), row.Int64(1) / (double)readings);
    }

    /// <summary>
    /// Readings of a version that were closed since some time. When a reading was closed is told from its age: a box's own clock may be
    /// wrong, all the more with a release that broke it. Without a clock the age means nothing either, and it counts as closed when it
    /// came.
    /// </summary>
    private static List<Counted> Readings(SqlSession session, string deviceId, string version, long since)
    {
        List<Counted> readings = [];
        using SqlStatement row = session.Query(ReadingsSql, deviceId);
        while (row.Read() && row.Int64(0) >= since)
        {
            long receivedAt = row.Int64(0);
            long closedAt = receivedAt - (row.Int64(2) == 1 ? row.Int64(1) * 1000L : 0);
            if (closedAt >= since && row.TextOrNull(3) == version)
            {
                readings.Add(new Counted(receivedAt, closedAt, row.Int64(4), row.Int64(5), row.Int64(6), row.Int64OrNull(7)));
            }
        }

        return readings;
    }

    private static List<Beat> Heartbeats(SqlSession session, string deviceId)
    {
        List<Beat> beats = new(MaxHeartbeats);
        using SqlStatement row = session.Query(HeartbeatsSql, deviceId);
        while (row.Read())
        {
            beats.Add(new Beat(row.Int64(0), row.TextOrNull(1), row.Int64OrNull(2), row.Int64OrNull(3)));
        }

        return beats;
    }

    private static double? Median(List<Beat> beats)
    {
        long[] heaps = [.. beats.Where(static beat => beat.Heap is not null).Select(static beat => beat.Heap!.Value).Order()];
        return heaps.Length == 0 ? null : heaps[heaps.Length / 2];
    }

    private static long Floor(long at) => at - (at % QuarterMs);

    private static long Ceiling(long at) => Floor(at + QuarterMs - 1);

    private readonly record struct Counted(long ReceivedAt, long ClosedAt, long Wifi, long Ble, long SendFailures, long? Boot);

    private readonly record struct Beat(long At, string? Version, long? Heap, long? Boot);
}
