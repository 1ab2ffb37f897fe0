using System.Globalization;

using JamBox.Backend.Config;
using JamBox.Backend.Insights;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

namespace JamBox.Backend.OldFleet;

/// <summary>
/// The predecessor's SQLite file, read as it is: nothing in it was ever checked, so what is out of range is cut
/// to the range, and what makes no sense is left out and counted.
/// </summary>
internal sealed class PredecessorFile : IDisposable
{
    private const long NearMs = 15 * 60 * 1000;

    private readonly SqliteSession _file;

    /// <summary>Opens the file.</summary>
    /// <exception cref="StorageException">It is no such file.</exception>
    public PredecessorFile(string path)
    {
        _file = new SqliteSession(path, readOnly: true);
    }

    /// <summary>The devices.</summary>
    public List<ImportedDevice> Devices()
    {
        using SqlStatement row = _file.Query("""
            SELECT device_id, token_hash, project_name, location_name, timezone, firmware_version, status, registered_at, last_seen_at,
                last_signal_dbm, last_battery_pct, latitude, longitude
            FROM devices ORDER BY id
            """);
        List<ImportedDevice> devices = [];
        while (row.Read())
        {
            string zone = row.Text(4);
            devices.Add(new ImportedDevice(
                row.Text(0), row.Text(1).ToLowerInvariant(), Short(row.TextOrNull(2)), Short(row.TextOrNull(3)),
                Zones.IsKnown(zone) ? zone : "UTC", Short(row.TextOrNull(5)),
                row.Text(6) is "active" or "inactive" or "maintenance" ? row.Text(6) : "active", Time(row.Text(7)) ?? 0, Time(row.Text(8)),
                Dbm(row, 9), Level(row, 10, 0, 100), row.RealOrNull(11), row.RealOrNull(12)));
        }

        return devices;
    }

    /// <summary>Readings after a row id, in the order of arrival.</summary>
    /// <param name="afterId">Where the last ones ended; 0 at first.</param>
    /// <param name="limit">Rows at most.</param>
    /// <param name="lastId">Where these end; the same as before = there are no more.</param>
    public List<DatedReading> Readings(long afterId, int limit, out long lastId)
    {
        using SqlStatement row = _file.Query("""
            SELECT id, device_id, timestamp, impressions, unique_count, battery_pct, firmware_version, apple_count, android_count, other_count,
                probe_rssi_avg, probe_rssi_min, probe_rssi_max, cell_rssi, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate,
                rssi_near, rssi_far, rssi_remote, received_at, ble_impressions, ble_unique, ble_apple, ble_android, ble_other, ble_rssi_avg,
                overflow_count, cache_depth, send_failures, age_seconds
            FROM readings WHERE id > $1 ORDER BY id LIMIT $2
            """, afterId, limit);
        List<DatedReading> readings = [];
        lastId = afterId;
        while (row.Read())
        {
            lastId = row.Int64(0);
            if (Time(row.Text(22)) is { } receivedAt)
            {
                readings.Add(Dated(row, receivedAt));
            }
        }

        return readings;
    }

    /// <summary>Heartbeats after a row id.</summary>
    /// <param name="afterId">Where the last ones ended; 0 at first.</param>
    /// <param name="limit">Rows at most.</param>
    public List<(long Id, string DeviceId, long? At, SqlValue[] Values)> Heartbeats(long afterId, int limit)
    {
        using SqlStatement row = _file.Query("""
            SELECT id, device_id, timestamp, signal_dbm, battery_pct, firmware_version, uptime_seconds, ip_address
            FROM heartbeats WHERE id > $1 ORDER BY id LIMIT $2
            """, afterId, limit);
        List<(long Id, string DeviceId, long? At, SqlValue[] Values)> heartbeats = [];
        while (row.Read())
        {
            heartbeats.Add((row.Int64(0), row.Text(1), Time(row.Text(2)),
                [Dbm(row, 3), Level(row, 4, 0, 100), Short(row.TextOrNull(5)), Level(row, 6, 0, int.MaxValue), Short(row.TextOrNull(7))]));
        }

        return heartbeats;
    }

    /// <summary>The configurations; values out of their ranges stay at their defaults.</summary>
    public List<(string DeviceId, DeviceConfig Config)> Configs()
    {
        using SqlStatement row = _file.Query("""
            SELECT device_id, report_interval_ms, heartbeat_interval_ms, geolocation_on_boot, wifi_channels, rssi_immediate_threshold,
                rssi_near_threshold, rssi_far_threshold, dwell_short_threshold, dwell_medium_threshold, dwell_long_threshold, config_version, updated_at
            FROM device_configs ORDER BY device_id
            """);
        List<(string DeviceId, DeviceConfig Config)> configs = [];
        while (row.Read())
        {
            DeviceConfig standard = new();
            DeviceConfig read = standard with
            {
                ReportIntervalMs = Level(row, 1, 60_000, 3_600_000) ?? standard.ReportIntervalMs,
                HeartbeatIntervalMs = Level(row, 2, 3_600_000, 604_800_000) ?? standard.HeartbeatIntervalMs,
                GeolocationOnBoot = row.Int64(3) != 0,
                WifiChannels = Channels(row.Text(4)) ?? standard.WifiChannels,
                RssiImmediate = Level(row, 5, -60, -30) ?? standard.RssiImmediate,
                RssiNear = Level(row, 6, -75, -50) ?? standard.RssiNear,
                RssiFar = Level(row, 7, -90, -65) ?? standard.RssiFar,
                DwellShort = Level(row, 8, 1, 5) ?? standard.DwellShort,
                DwellMedium = Level(row, 9, 2, 15) ?? standard.DwellMedium,
                DwellLong = Level(row, 10, 5, 30) ?? standard.DwellLong,
            };

            // Above every version that the old backend gave: its first change kept 1, and devices remember the highest that they saw.
            configs.Add((row.Text(0), (read.FindFault() is null ? read : standard) with
            {
                Version = (Level(row, 11, 1, int.MaxValue - 1) ?? 1) + 1,
                UpdatedAt = Time(row.Text(12)) is { } at ? DateTime.UnixEpoch.AddMilliseconds(at) : null,
            }));
        }

        return configs;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// The old backend stored the device's own time unseen and never used it; here it counts when it is near the time of receipt less
    /// age, else that does: a box whose clock was never set says the 28th of January 2026.
    /// </summary>
    private static DatedReading Dated(SqlStatement row, long receivedAt)
    {
        Reading reading = new()
        {
            Impressions = Count(row, 3), Unique = Count(row, 4), BatteryPct = Level(row, 5, 0, 100), FirmwareVersion = Short(row.TextOrNull(6)),
            Apple = Count(row, 7), Android = Count(row, 8), Other = Count(row, 9), ProbeRssiAvgDbm = Dbm(row, 10), ProbeRssiMinDbm = Dbm(row, 11),
            ProbeRssiMaxDbm = Dbm(row, 12), CellRssiDbm = Dbm(row, 13), Dwell0To1 = Count(row, 14), Dwell1To5 = Count(row, 15),
            Dwell5To10 = Count(row, 16), Dwell10Plus = Count(row, 17), ZoneImmediate = Count(row, 18), ZoneNear = Count(row, 19),
            ZoneFar = Count(row, 20), ZoneRemote = Count(row, 21), BleImpressions = Count(row, 23), BleUnique = Count(row, 24),
            BleApple = Count(row, 25), BleAndroid = Count(row, 26), BleOther = Count(row, 27), BleRssiAvgDbm = Dbm(row, 28),
            Overflow = Count(row, 29), CacheDepth = Count(row, 30), SendFailures = Count(row, 31),
            AgeSeconds = (int)Math.Clamp(row.Int64(32), 0, ReadingFields.MaxAgeSeconds),
        };
        long byAge = receivedAt - (reading.AgeSeconds * 1000L);
        long? own = Time(row.Text(2));
        bool near = own is { } sent && Math.Abs(sent - byAge) <= NearMs;
        long at = near ? own!.Value : byAge;
        reading.ClosedAt = (own ?? byAge) / 1000;
        return new DatedReading(
            DeviceKey: 0, row.Text(1), reading, receivedAt, at, near ? "device" : "age", DatedReading.Period(at), ReadingKeyKind.Imported, row.Int64(0), 0);
    }

    private static long? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && time.Year is > 1970 and < 9999 ? time.ToUnixTimeMilliseconds()
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds is > 0 and < 253_402_300_799 ? seconds * 1000
        : null;

    /// <summary>Text in a number's column reads as 0 in SQLite: what a count was when it said nothing.</summary>
    private static int Count(SqlStatement row, int column) => (int)Math.Clamp(row.Int64(column), 0, ReadingFields.MaxCount);

    private static int? Dbm(SqlStatement row, int column) => row.Int64(column) is >= -150 and < 0 and var dbm ? (int)dbm : null;

    private static int? Level(SqlStatement row, int column, int min, int max) =>
        !row.IsNull(column) && row.Int64(column) is var value && value >= min && value <= max ? (int)value : null;

    private static string? Short(string? text)
    {
        string clean = string.Concat((text ?? "").Where(static c => !char.IsControl(c)));
        return clean.Length == 0 ? null : clean.Length <= 64 ? clean : clean[..64];
    }

    private static int[]? Channels(string text)
    {
        int[] channels = [.. text.Split(',').Select(static part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0).Distinct()];
        return channels.All(static channel => channel is >= 1 and <= 13) ? channels : null;
    }
}
