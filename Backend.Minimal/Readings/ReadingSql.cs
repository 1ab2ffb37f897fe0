using JamBox.Backend.Devices;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>The SQL of readings.</summary>
internal static class ReadingSql
{
    private const string InsertSql = """
        INSERT INTO readings (
            device_id, t, ts, timestamp, time_source, period_start_ts, received_at, key_kind, key_a, key_b, b, n,
            impressions, unique_count, battery_pct, firmware_version, apple_count, android_count, other_count,
            cell_rssi, probe_rssi_avg, probe_rssi_min, probe_rssi_max, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
            rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_android,
            ble_other, ble_rssi_avg, overflow_count, cache_depth, send_failures, age_seconds, dr, "do", rl, ls, iv,
            cv)
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44,
            $45, $46, $47)
        ON CONFLICT DO NOTHING
        """;

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

    private const string NewestSql = SelectSql + " WHERE id < $1 ORDER BY id DESC LIMIT $2";
    private const string NewestOfDeviceSql = SelectSql + " WHERE device_id = $3 AND id < $1 ORDER BY id DESC LIMIT $2";

    /// <summary>Stores a reading once, and what it says about the device.</summary>
    public static StoredReading Store(SqlSession session, DatedReading dated)
    {
        int added = Insert(session, dated);
        Reading reading = dated.Reading;
        int configVersion = DeviceSql.Touch(session, new DeviceWord(
            dated.DeviceId, dated.ReceivedAt, reading.CellRssiDbm, reading.BatteryPct, reading.FirmwareVersion, reading.BootId, reading.ConfigVersion));
        return new StoredReading(added == 0, configVersion);
    }

    /// <summary>Lists readings, newest first.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Device (null = all), greatest id (exclusive), and rows at most.</param>
    public static List<ReadingRow> List(SqlSession session, (string? DeviceId, long Before, int Limit) wanted)
    {
        using SqlStatement row = wanted.DeviceId is null
            ? session.Query(NewestSql, wanted.Before, wanted.Limit)
            : session.Query(NewestOfDeviceSql, wanted.Before, wanted.Limit, wanted.DeviceId);
        List<ReadingRow> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row));
        }

        return rows;
    }

    private static int Insert(SqlSession session, DatedReading dated)
    {
        Reading reading = dated.Reading;
        return session.Execute(
            InsertSql,
            dated.DeviceId, reading.ClosedAt!.Value * 1000L, reading.ClockSet, dated.Timestamp, dated.TimeSource,
            dated.PeriodStart, dated.ReceivedAt, (int)dated.KeyKind, dated.KeyA, dated.KeyB, reading.BootId,
            reading.Number, reading.Impressions, reading.Unique, reading.BatteryPct, reading.FirmwareVersion,
            reading.Apple, reading.Android, reading.Other, reading.CellRssiDbm, reading.ProbeRssiAvgDbm,
            reading.ProbeRssiMinDbm, reading.ProbeRssiMaxDbm, reading.Dwell0To1, reading.Dwell1To5,
            reading.Dwell5To10, reading.Dwell10Plus, reading.ZoneImmediate, reading.ZoneNear, reading.ZoneFar,
            reading.ZoneRemote, reading.BleImpressions, reading.BleUnique, reading.BleApple, reading.BleAndroid,
            reading.BleOther, reading.BleRssiAvgDbm, reading.Overflow, reading.CacheDepth, reading.SendFailures,
            reading.AgeSeconds, reading.LostReadings, reading.DwellOverflow, reading.RadioLost,
            reading.ListenedSeconds, reading.IntervalSeconds, reading.ConfigVersion);
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
