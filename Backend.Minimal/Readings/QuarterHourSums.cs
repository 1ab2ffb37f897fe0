using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>
/// The sums of one device in one quarter of an hour, kept up to date in the transaction that stores a reading, so that no figure of
/// the portal has to add up readings. Spreading: of a count c over an interval of s seconds, the first k seconds get ⌊c·k/s⌋; so
/// the parts are whole numbers and add up to c exactly.
/// </summary>
internal sealed class QuarterHourSums
{
    /// <summary>A quarter of an hour, ms.</summary>
    public const long QuarterMs = 15 * 60 * 1000;

    /// <summary>The columns of the sums, in the order of <see cref="Values"/>.</summary>
    public const string Columns = """
        readings, impressions, unique_count, apple_count, android_count, other_count, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
        rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_android, ble_other, listened_s,
        overflow_count, overflow_readings, degraded_readings, cached_readings, send_failures, max_cache_depth, signal_sum, signal_count,
        baa, baa_ble_apple, baa_ble_unique, lost_count
        """;

    /// <summary>What a reading that does not say its interval has for one, seconds.</summary>
    public const int PeriodS = 300;

    /// <summary>Length of <see cref="Values"/>.</summary>
    public const int Count = 32;

    private const int FirstSpread = 1;
    private const int LastSpread = 19;
    private const int MaxCacheDepth = 25;
    private const int Lost = 31;

    // Spread too, behind what is not.
    private const int FirstTold = 28;

    private static readonly string s_upsert = Upsert(static values => $"VALUES ({values})");
    private static readonly string s_upsertMany = Upsert(static values => $"SELECT * FROM unnest({values})");

    /// <summary>The values, in the order of <see cref="Columns"/>.</summary>
    public long[] Values { get; } = new long[Count];

    /// <summary>Adds a reading to the quarters that it touches. An undated one is in none.</summary>
    public static void Add(Dictionary<QuarterHourKey, QuarterHourSums> quarters, DatedReading dated)
    {
        if (dated.Timestamp is not { } closedAt)
        {
            return;
        }

        Span<long> counts = stackalloc long[Count];
        counts.Clear();
        Fill(counts, dated.Reading);
        int seconds = Math.Min(dated.Reading.IntervalSeconds ?? PeriodS, ReadingFields.MaxIntervalSeconds);
        if (seconds <= PeriodS)
        {
            Of(quarters, dated, dated.PeriodStart).AddPart(counts, 0, 1, 1);
        }
        else
        {
            Spread(quarters, dated, counts, closedAt, seconds);
        }

        Of(quarters, dated, dated.PeriodStart).AddWhole(dated.Reading);
    }

    /// <summary>The sums of a quarter; none at first.</summary>
    public static QuarterHourSums Of(Dictionary<QuarterHourKey, QuarterHourSums> quarters, QuarterHourKey key)
    {
        if (!quarters.TryGetValue(key, out QuarterHourSums? sums))
        {
            sums = new QuarterHourSums();
            quarters.Add(key, sums);
        }

        return sums;
    }

    /// <summary>Adds the sums of later readings of the same quarter.</summary>
    public void Add(QuarterHourSums later)
    {
        for (int i = 0; i < Count; i++)
        {
            Values[i] = i == MaxCacheDepth ? Math.Max(Values[i], later.Values[i]) : Values[i] + later.Values[i];
        }
    }

    /// <summary>Adds the sums to what the table has.</summary>
    public static void Store(SqlSession session, Dictionary<QuarterHourKey, QuarterHourSums> quarters)
    {
        List<SqlValue[]> rows = Rows(quarters);
        if (session.TakesArrays && rows.Count > 0)
        {
            session.QueryMany(s_upsertMany, rows).Dispose();
        }
        else
        {
            session.ExecuteMany(s_upsert, rows, new int[rows.Count]);
        }
    }

    /// <summary>The statement that does the same from arrays; null when there are none.</summary>
    public static ArrayStatement? Upserting(Dictionary<QuarterHourKey, QuarterHourSums> quarters) =>
        quarters.Count == 0 ? null : new ArrayStatement(s_upsertMany, Rows(quarters));

    private static List<SqlValue[]> Rows(Dictionary<QuarterHourKey, QuarterHourSums> quarters)
    {
        List<SqlValue[]> rows = new(quarters.Count);
        foreach ((QuarterHourKey key, QuarterHourSums sums) in quarters.OrderBy(static quarter => quarter.Key))
        {
            SqlValue[] row = new SqlValue[Count + 2];
            row[0] = key.DeviceId;
            row[1] = key.StartAt;
            for (int i = 0; i < Count; i++)
            {
                row[i + 2] = sums.Values[i];
            }

            rows.Add(row);
        }

        return rows;
    }

    private static QuarterHourSums Of(Dictionary<QuarterHourKey, QuarterHourSums> quarters, DatedReading dated, long timeMs) =>
        Of(quarters, new QuarterHourKey(dated.DeviceId, timeMs - (((timeMs % QuarterMs) + QuarterMs) % QuarterMs)));

    /// <summary>The reading's time is its last second: the interval ends one second later.</summary>
    private static void Spread(
        Dictionary<QuarterHourKey, QuarterHourSums> quarters, DatedReading dated, ReadOnlySpan<long> counts, long closedAtMs, int seconds)
    {
        const long QuarterS = QuarterMs / 1000;
        long end = (closedAtMs / 1000) + 1;
        long start = end - seconds;
        for (long at = start; at < end;)
        {
            long next = Math.Min(end, at - (((at % QuarterS) + QuarterS) % QuarterS) + QuarterS);
            Of(quarters, dated, at * 1000).AddPart(counts, at - start, next - start, seconds);
            at = next;
        }
    }

    private static void Fill(Span<long> counts, Reading r)
    {
        ReadOnlySpan<long> values =
        [
            r.Impressions ?? 0, r.Unique ?? 0, r.Apple, r.Android, r.Other, r.Dwell0To1, r.Dwell1To5, r.Dwell5To10, r.Dwell10Plus,
            r.ZoneImmediate, r.ZoneNear, r.ZoneFar, r.ZoneRemote, r.BleImpressions, r.BleUnique, r.BleApple, r.BleAndroid, r.BleOther,
            r.ListenedSeconds ?? r.IntervalSeconds ?? PeriodS,
        ];
        values.CopyTo(counts[FirstSpread..]);
        counts[Lost] = r.RadioLost ?? 0;
        if (r.BleAppleInUse is { } inUse)
        {
            ReadOnlySpan<long> told = [inUse, r.BleApple, r.BleUnique];
            told.CopyTo(counts[FirstTold..]);
        }
    }

    private void AddPart(ReadOnlySpan<long> counts, long from, long to, long whole)
    {
        for (int i = FirstSpread; i < Count; i = i == LastSpread ? FirstTold : i + 1)
        {
            Values[i] += (counts[i] * to / whole) - (counts[i] * from / whole);
        }
    }

    private void AddWhole(Reading r)
    {
        Values[0]++;
        Values[20] += r.Overflow;
        Values[21] += r.Overflow > 0 ? 1 : 0;
        Values[22] += r.IsDegraded ? 1 : 0;
        Values[23] += r.AgeSeconds > 0 ? 1 : 0;
        Values[24] += r.SendFailures;
        Values[MaxCacheDepth] = Math.Max(Values[MaxCacheDepth], r.CacheDepth);
        Values[26] += r.CellRssiDbm ?? 0;
        Values[27] += r.CellRssiDbm is null ? 0 : 1;
    }

    private static string Upsert(Func<string, string> rows)
    {
        string[] columns = Columns.Split([',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        string values = string.Join(", ", Enumerable.Range(1, Count + 2).Select(static n => $"${n}"));
        string sets = string.Join(", ", columns.Select(static column => column == "max_cache_depth"
            ? $"{column} = CASE WHEN excluded.{column} > quarters.{column} THEN excluded.{column} ELSE quarters.{column} END"
            : $"{column} = quarters.{column} + excluded.{column}"));
        return $"INSERT INTO quarters (device_id, start_at, {Columns}) {rows(values)} "
            + $"ON CONFLICT (device_id, start_at) DO UPDATE SET {sets}";
    }
}

/// <summary>
/// A device's quarter of an hour. Sorted, so that two processes touch their rows in the same order and never wait for each other in a ring.
/// </summary>
/// <param name="DeviceId">The device.</param>
/// <param name="StartAt">Start, milliseconds since 1970.</param>
internal readonly record struct QuarterHourKey(string DeviceId, long StartAt) : IComparable<QuarterHourKey>
{
    /// <inheritdoc/>
    public int CompareTo(QuarterHourKey other)
    {
        int order = string.CompareOrdinal(DeviceId, other.DeviceId);
        return order != 0 ? order : StartAt.CompareTo(other.StartAt);
    }
}
