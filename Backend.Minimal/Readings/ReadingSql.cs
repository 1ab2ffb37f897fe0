using JamBox.Backend.Commands;
using JamBox.Backend.Devices;
using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>The SQL of readings.</summary>
internal static class ReadingSql
{
    private const string Into = """
        INSERT INTO readings (
            device_id, t, ts, timestamp, time_source, period_start_ts, received_at, key_kind, key_a, key_b, b, n,
            impressions, unique_count, battery_pct, firmware_version, apple_count, android_count, other_count,
            cell_rssi, probe_rssi_avg, probe_rssi_min, probe_rssi_max, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
            rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_android,
            ble_other, ble_rssi_avg, overflow_count, cache_depth, send_failures, age_seconds, dr, "do", rl, ls, iv,
            cv)
        """;

    private const string Parameters = """
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44,
        $45, $46, $47
        """;

    private const string InsertSql = $"{Into} VALUES ({Parameters}) ON CONFLICT DO NOTHING";

    /// <summary>All readings of a commit at once, from arrays. What is returned was new.</summary>
    private const string InsertManySql =
        $"{Into} SELECT * FROM unnest({Parameters}) ON CONFLICT DO NOTHING RETURNING device_id, key_kind, key_a, key_b";

    private const string SelectSql = """
        SELECT
            id, device_id, t, ts, timestamp, time_source, period_start_ts, received_at, b, n, impressions,
            unique_count, battery_pct, firmware_version, apple_count, android_count, other_count, cell_rssi,
            probe_rssi_avg, probe_rssi_min, probe_rssi_max, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
            rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_android,
            ble_other, ble_rssi_avg, overflow_count, cache_depth, send_failures, age_seconds, dr, "do", rl, ls, iv,
            cv
        FROM readings
        """;

    /// <summary>The newest of all or of one device; each with an index of its own, which one text for both would hide.</summary>
    private static readonly string s_newest =
        $"{SelectSql} WHERE id < $1 AND ($3 IS NULL OR timestamp >= $3) AND ($4 IS NULL OR timestamp < $4) AND {Caller.ScopeSql("device_id", "$5")} ORDER BY id DESC LIMIT $2";

    private static readonly string s_newestOfDevice =
        $"{SelectSql} WHERE device_id = $5 AND id < $1 AND ($3 IS NULL OR timestamp >= $3) AND ($4 IS NULL OR timestamp < $4) ORDER BY id DESC LIMIT $2";

    private static readonly string s_after =
        $"{SelectSql} WHERE id > $1 AND {Caller.ScopeSql("device_id", "$2")} ORDER BY id LIMIT $3";

    /// <summary>
    /// Stores readings, each once, with what they say about their devices: one row per reading, then one row per quarter and one per
    /// device for the whole batch.
    /// </summary>
    public static void StoreAll(SqlSession session, IReadOnlyList<Change> changes)
    {
        int[] added = session.TakesArrays ? InsertTogether(session, changes) : InsertEach(session, changes);
        SortedDictionary<QuarterHourKey, QuarterHourSums> quarters = [];
        SortedDictionary<string, DeviceWord> words = new(StringComparer.Ordinal);
        for (int i = 0; i < changes.Count; i++)
        {
            DatedReading dated = Of(changes[i]).State;
            Gather(words, dated, added[i] != 0);
            if (added[i] != 0)
            {
                QuarterHourSums.Add(quarters, dated);
            }
        }

        QuarterHourSums.Store(session, quarters);
        Dictionary<string, TouchedDevice> touched = DeviceSql.TouchAll(session, words.Values);
        foreach (DeviceWord word in words.Values)
        {
            Burst.Check(session, word, touched[word.DeviceId]);
        }

        for (int i = 0; i < changes.Count; i++)
        {
            GroupChange<DatedReading, StoredReading> change = Of(changes[i]);
            change.Result = Answer(session, change.State, touched[change.State.DeviceId], added[i] == 0);
        }
    }

    /// <summary>Stores readings that need no answer (an import).</summary>
    /// <returns>How many were new.</returns>
    public static int Import(SqlSession session, IReadOnlyList<DatedReading> readings)
    {
        int[] added = new int[readings.Count];
        session.ExecuteMany(InsertSql, [.. readings.Select(Values)], added);
        SortedDictionary<QuarterHourKey, QuarterHourSums> quarters = [];
        SortedDictionary<string, DeviceWord> words = new(StringComparer.Ordinal);
        for (int i = 0; i < readings.Count; i++)
        {
            if (added[i] != 0)
            {
                QuarterHourSums.Add(quarters, readings[i]);
                Gather(words, readings[i], isNew: true);
            }
        }

        QuarterHourSums.Store(session, quarters);
        foreach (DeviceWord word in words.Values)
        {
            DeviceSql.AddTotals(session, word);
        }

        return added.Sum();
    }

    private static GroupChange<DatedReading, StoredReading> Of(Change change) => (GroupChange<DatedReading, StoredReading>)change;

    private static int[] InsertEach(SqlSession session, IReadOnlyList<Change> changes)
    {
        List<SqlValue[]> rows = new(changes.Count);
        foreach (Change change in changes)
        {
            rows.Add(Values(Of(change).State));
        }

        int[] added = new int[rows.Count];
        session.ExecuteMany(InsertSql, rows, added);
        return added;
    }

    /// <summary>
    /// Sorted by what identifies them, so that two processes that were sent the same readings never wait for each other in a ring. The
    /// sort is stable: of repeats in one batch the first to arrive is the one that is stored, and the one that is answered so.
    /// </summary>
    private static int[] InsertTogether(SqlSession session, IReadOnlyList<Change> changes)
    {
        List<SqlValue[]> rows = [.. changes
            .Select(static change => Of(change).State)
            .OrderBy(static dated => dated.DeviceId, StringComparer.Ordinal)
            .ThenBy(static dated => (dated.KeyKind, dated.KeyA, dated.KeyB))
            .Select(Values)];
        HashSet<(string, ReadingKeyKind, long, long)> stored = new(rows.Count);
        using (SqlStatement row = session.QueryMany(InsertManySql, rows))
        {
            while (row.Read())
            {
                stored.Add((row.Text(0), (ReadingKeyKind)row.Int32(1), row.Int64(2), row.Int64(3)));
            }
        }

        int[] added = new int[changes.Count];
        for (int i = 0; i < added.Length; i++)
        {
            DatedReading dated = Of(changes[i]).State;
            added[i] = stored.Remove((dated.DeviceId, dated.KeyKind, dated.KeyA, dated.KeyB)) ? 1 : 0;
        }

        return added;
    }

    private static StoredReading Answer(SqlSession session, DatedReading dated, TouchedDevice device, bool duplicate)
    {
        Reading reading = dated.Reading;
        if (reading.Ack is { } ack)
        {
            CommandQueue.Acknowledge(session, dated.DeviceId, ack, reading.AckResult, dated.ReceivedAt);
        }

        PendingCommand? command = device.HasCommands
            ? CommandQueue.Next(session, dated.DeviceId, reading.BootId is not null, dated.ReceivedAt)
            : null;
        return new StoredReading(duplicate, device.ConfigVersion, command);
    }

    private static void Gather(SortedDictionary<string, DeviceWord> words, DatedReading dated, bool isNew)
    {
        if (!words.TryGetValue(dated.DeviceId, out DeviceWord? word))
        {
            word = new DeviceWord { DeviceId = dated.DeviceId };
            words.Add(dated.DeviceId, word);
        }

        Reading reading = dated.Reading;
        word.At = Math.Max(word.At, dated.ReceivedAt);
        word.SignalDbm = reading.CellRssiDbm ?? word.SignalDbm;
        word.BatteryPct = reading.BatteryPct ?? word.BatteryPct;
        word.FirmwareVersion = reading.FirmwareVersion ?? word.FirmwareVersion;
        word.BootId = reading.BootId ?? word.BootId;
        word.ConfigVersion = reading.ConfigVersion ?? word.ConfigVersion;
        if (!isNew)
        {
            return;
        }

        word.Degraded = reading.IsDegraded ? 1 : 0;
        word.Readings++;
        word.Live += reading.CacheDepth == 0 ? 1 : 0;
        ReadOnlySpan<long> counts = [reading.Impressions ?? 0, reading.Unique ?? 0, reading.Apple, reading.Android, reading.Other];
        for (int i = 0; i < counts.Length; i++)
        {
            word.Totals[i] += counts[i];
        }
    }

    /// <summary>Lists readings, newest first.</summary>
    public static List<ReadingRow> List(SqlSession session, ReadingFilter filter)
    {
        using SqlStatement row = filter.DeviceId is null
            ? session.Query(s_newest, filter.Before, filter.Limit, filter.From, filter.Until, filter.Scope)
            : session.Query(s_newestOfDevice, filter.Before, filter.Limit, filter.From, filter.Until, filter.DeviceId);
        return Rows(row);
    }

    /// <summary>Lists readings in the order of arrival, for those who listen.</summary>
    public static List<ReadingRow> After(SqlSession session, (long Id, string? Scope, int Limit) wanted)
    {
        using SqlStatement row = session.Query(s_after, wanted.Id, wanted.Scope, wanted.Limit);
        return Rows(row);
    }

    private static List<ReadingRow> Rows(SqlStatement row)
    {
        List<ReadingRow> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row));
        }

        return rows;
    }

    private static SqlValue[] Values(DatedReading dated)
    {
        Reading reading = dated.Reading;
        return
        [
            dated.DeviceId, reading.ClosedAt!.Value * 1000L, reading.ClockSet, dated.Timestamp, dated.TimeSource,
            dated.PeriodStart, dated.ReceivedAt, (int)dated.KeyKind, dated.KeyA, dated.KeyB, reading.BootId,
            reading.Number, reading.Impressions, reading.Unique, reading.BatteryPct, reading.FirmwareVersion,
            reading.Apple, reading.Android, reading.Other, reading.CellRssiDbm, reading.ProbeRssiAvgDbm,
            reading.ProbeRssiMinDbm, reading.ProbeRssiMaxDbm, reading.Dwell0To1, reading.Dwell1To5,
            reading.Dwell5To10, reading.Dwell10Plus, reading.ZoneImmediate, reading.ZoneNear, reading.ZoneFar,
            reading.ZoneRemote, reading.BleImpressions, reading.BleUnique, reading.BleApple, reading.BleAndroid,
            reading.BleOther, reading.BleRssiAvgDbm, reading.Overflow, reading.CacheDepth, reading.SendFailures,
            reading.AgeSeconds, reading.LostReadings, reading.DwellOverflow, reading.RadioLost,
            reading.ListenedSeconds, reading.IntervalSeconds, reading.ConfigVersion,
        ];
    }

    private static ReadingRow Row(SqlStatement row) =>
        new()
        {
            Id = row.Int64(0),
            DeviceId = row.Text(1),
            ClosedAt = row.Time(2),
            ClockSet = row.Int32OrNull(3),
            Timestamp = row.TimeOrNull(4),
            TimeSource = row.Text(5),
            PeriodStart = row.Time(6),
            ReceivedAt = row.Time(7),
            BootId = row.Int64OrNull(8),
            Number = row.Int64OrNull(9),
            Impressions = row.Int32(10),
            UniqueCount = row.Int32(11),
            BatteryPct = row.Int32OrNull(12),
            FirmwareVersion = row.TextOrNull(13),
            AppleCount = row.Int32(14),
            AndroidCount = row.Int32(15),
            OtherCount = row.Int32(16),
            CellRssi = row.Int32OrNull(17),
            ProbeRssiAvg = row.Int32OrNull(18),
            ProbeRssiMin = row.Int32OrNull(19),
            ProbeRssiMax = row.Int32OrNull(20),
            Dwell0To1 = row.Int32(21),
            Dwell1To5 = row.Int32(22),
            Dwell5To10 = row.Int32(23),
            Dwell10Plus = row.Int32(24),
            RssiImmediate = row.Int32(25),
            RssiNear = row.Int32(26),
            RssiFar = row.Int32(27),
            RssiRemote = row.Int32(28),
            BleImpressions = row.Int32(29),
            BleUnique = row.Int32(30),
            BleApple = row.Int32(31),
            BleAndroid = row.Int32(32),
            BleOther = row.Int32(33),
            BleRssiAvg = row.Int32OrNull(34),
            OverflowCount = row.Int32(35),
            CacheDepth = row.Int32(36),
            SendFailures = row.Int32(37),
            AgeSeconds = row.Int32(38),
            LostReadings = row.Int32OrNull(39),
            DwellOverflow = row.Int32OrNull(40),
            RadioLost = row.Int32OrNull(41),
            ListenedSeconds = row.Int32OrNull(42),
            IntervalSeconds = row.Int32OrNull(43),
            ConfigVersion = row.Int32OrNull(44),
        };
}

/// <summary>Which readings are wanted.</summary>
internal sealed record ReadingFilter
{
    /// <summary>Only this device's; null = all.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The caller's scope; see <see cref="Security.Caller"/>. Not looked at with a device, whose scope was checked.</summary>
    public string? Scope { get; init; }

    /// <summary>Only ids below this.</summary>
    public long Before { get; init; } = long.MaxValue;

    /// <summary>Rows at most.</summary>
    public int Limit { get; init; }

    /// <summary>Only those closed at or after, milliseconds since 1970.</summary>
    public long? From { get; init; }

    /// <summary>Only those closed before, milliseconds since 1970.</summary>
    public long? Until { get; init; }
}

/// <summary>What the storage says after a reading.</summary>
/// <param name="Duplicate">Whether the same reading was there before.</param>
/// <param name="ConfigVersion">The version that the device should run.</param>
/// <param name="Command">What it should do next, if anything.</param>
internal readonly record struct StoredReading(bool Duplicate, int ConfigVersion, PendingCommand? Command);
