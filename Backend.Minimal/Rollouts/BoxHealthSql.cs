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
        SELECT start_at, unique_count, ble_unique FROM quarters WHERE device_id = $1 AND start_at >= $2 AND start_at < $3
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
        long since = Math.Max(Since(box, now), box.RenewedAt ?? 0);
        BoxStanding standing = BoxStanding.Of(session, box.DeviceId, since - (Weeks * DaysBefore * DayMs), Math.Max(now, since) + DayMs);
        long offeredAt = box.OfferedAt ?? since;
        long beforeFrom = Math.Max(offeredAt - (DaysBefore * DayMs), box.RenewedAt ?? 0);
        List<Counted> readings = Readings(session, box.DeviceId, rollout.Version, since);
        List<Beat> beats = Heartbeats(session, box.DeviceId);
        List<Beat> own = beats.FindAll(beat => beat.At >= Math.Max(offeredAt, box.RenewedAt ?? 0) && beat.Version == rollout.Version);
        List<Beat> before = beats.FindAll(beat => beat.At < offeredAt && beat.At >= beforeFrom);
        long[] boots = [.. readings.Where(static r => r.Boot is not null).Select(static r => r.Boot!.Value)
            .Concat(own.Where(beat => beat.At >= since && beat.Boot is not null).Select(static beat => beat.Boot!.Value)).Distinct()];
        (double? rate, double? failures) = Before(session, box.DeviceId, Math.Max(beforeFrom, standing.Since), offeredAt);
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
            ResetsADayBefore = before.Select(static beat => beat.Boot).Distinct().Count()
                * (double)DayMs / Math.Max(DayMs, offeredAt - beforeFrom),
            SendFailures = readings.Count == 0 ? 0 : readings.Average(static r => r.SendFailures),
            SendFailuresBefore = failures,
            WifiCounts = 0,
            BleCounts = 0,
        };
        if (box.OfferedAt is null)
        {
            return figures;
        }

        Past past = new(session, box.DeviceId, standing, Math.Max(standing.Since, box.RenewedAt ?? 0), offeredAt);
        return WithCounts(past, rollout, readings, figures, since);
    }

    /// <summary>
    /// From when on readings are the release's: when it was confirmed; of a box that somebody else brought to it, when its stage came.
    /// </summary>
    public static long Since(RolloutBox box, long now) => box.EndedAt ?? box.StagedAt ?? now;

    private static BoxFigures WithCounts(
        Past past, Rollout rollout, List<Counted> readings, BoxFigures figures, long since)
    {
        long aheadMs = Math.Clamp(rollout.Gate.ProofHours * HourMs, QuarterMs, DayMs);
        BoxStanding standing = past.Standing;
        long oldest = readings.Count == MaxReadings ? readings.Min(static r => r.ClosedAt) : 0;
        long from = Ceiling(Math.Max(past.Since, Math.Max(since, oldest)));
        long until = readings.Count == 0 ? from : Math.Max(from, Floor(readings.Max(static r => r.ClosedAt) + 1));
        from = Math.Max(from, until - DayMs);

        // Before the first whole quarter is over there is nothing to compare yet; whether there ever will be, the box's past tells.
        long aheadFrom = Ceiling(Math.Max(since, past.Since));
        (double Wifi, double Ble)? ahead = past.Expect(standing.OpenQuarters(aheadFrom, aheadFrom + aheadMs));
        HashSet<long> quarters = standing.OpenQuarters(from, Math.Max(until, from + QuarterMs));
        (double Wifi, double Ble)? expected = quarters.Count == 0 && ahead is not null ? (0, 0) : past.Expect(quarters);
        if (expected is null)
        {
            return figures;
        }

        List<Counted> counted = readings.FindAll(r => r.ClosedAt >= from && r.ClosedAt < until && quarters.Contains(Floor(r.ClosedAt)));
        return figures with
        {
            WifiCounts = counted.Sum(static r => (double)r.Wifi),
            BleCounts = counted.Sum(static r => (double)r.Ble),
            WifiCountsBefore = until > from ? expected.Value.Wifi : 0,
            BleCountsBefore = until > from ? expected.Value.Ble : 0,
            CountsAhead = ahead is { } whole ? Math.Max(whole.Wifi, whole.Ble) : null,
        };
    }

    private static (double? Rate, double? Failures) Before(SqlSession session, string deviceId, long from, long offeredAt)
    {
        using SqlStatement row = session.Query(BeforeSql, deviceId, Ceiling(from), Floor(offeredAt));
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

    /// <summary>What a box counted before it was offered the release, where it stands now.</summary>
    /// <param name="Session">The connection.</param>
    /// <param name="DeviceId">The box.</param>
    /// <param name="Standing">Where it stands.</param>
    /// <param name="Since">What it counted before that was at another place, or another box.</param>
    /// <param name="OfferedAt">When it was offered the release.</param>
    private sealed record Past(SqlSession Session, string DeviceId, BoxStanding Standing, long Since, long OfferedAt)
    {
        /// <summary>
        /// The mean of the same quarters of an hour on the same weekday in the weeks before; where there is no such week, of the days
        /// before. Only times in which the box reported for the better half count, and days on which the place was open for as much: what
        /// was closed then is made up for by the rest. (When the clocks change, an hour of the place is an hour off.)
        /// </summary>
        /// <param name="quarters">In which the place is open; with none, nobody is expected.</param>
        public (double Wifi, double Ble)? Expect(HashSet<long> quarters) =>
            quarters.Count == 0 ? (0, 0) : Mean(quarters, DaysBefore * DayMs, Weeks) ?? Mean(quarters, DayMs, DaysBefore);

        private (double Wifi, double Ble)? Mean(HashSet<long> quarters, long stepMs, int steps)
        {
            long from = quarters.Min();
            long until = quarters.Max() + QuarterMs;
            int found = 0;
            double wifi = 0;
            double ble = 0;
            for (long back = stepMs; back <= steps * stepMs; back += stepMs)
            {
                if (until - back > OfferedAt || from - back < Since)
                {
                    continue;
                }

                (int reported, double stepWifi, double stepBle) = Sum(quarters, from, until, back);
                int open = quarters.Count(quarter => Standing.IsOpen(quarter - back));
                if (reported * 2 >= quarters.Count)
                {
                    found++;
                    wifi += stepWifi * quarters.Count / open;
                    ble += stepBle * quarters.Count / open;
                }
            }

            return found == 0 ? null : (wifi / found, ble / found);
        }

        private (int Reported, double Wifi, double Ble) Sum(HashSet<long> quarters, long from, long until, long back)
        {
            (int reported, double wifi, double ble) = (0, 0, 0);
            using SqlStatement row = Session.Query(CountsSql, DeviceId, from - back, until - back);
            while (row.Read())
            {
                long at = row.Int64(0);
                if (quarters.Contains(at + back) && Standing.IsOpen(at))
                {
                    reported++;
                    wifi += row.Int64(1);
                    ble += row.Int64(2);
                }
            }

            return (reported, wifi, ble);
        }
    }

    private readonly record struct Counted(long ReceivedAt, long ClosedAt, long Wifi, long Ble, long SendFailures, long? Boot);

    private readonly record struct Beat(long At, string? Version, long? Heap, long? Boot);
}
