using System.Globalization;

using JamBox.Backend.Config;
using JamBox.Backend.Insights;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

namespace JamBox.Backend.OldFleet;

/// <summary>
/// The predecessor's SQLite file, read as it is: nothing in it was ever checked, so what is out of range is cut to the range, and what
/// makes no sense is left out; both are counted.
/// </summary>
internal sealed class PredecessorFile : IDisposable
{
    private const long NearMs = 15 * 60 * 1000;

    /// <summary>Devices are held in memory to be compared with each other.</summary>
    private const int MaxDevices = 100_000;

    /// <summary>Nothing that the old system noted is older, ms since 1970: the year 2000.</summary>
    private const long EarliestMs = 946_684_800_000;

    private readonly ForeignFile _file;
    private readonly long _latestMs;

    /// <summary>Opens the file.</summary>
    /// <param name="path">Where it is: a copy of our own.</param>
    /// <param name="now">Now: what it says of later than tomorrow makes no sense.</param>
    /// <param name="gone">Set when nobody wants it any more.</param>
    /// <exception cref="ForeignFileException">It is no such file.</exception>
    public PredecessorFile(string path, DateTimeOffset now, CancellationToken gone)
    {
        _latestMs = now.AddDays(1).ToUnixTimeMilliseconds();
        _file = new ForeignFile(path, gone);
        try
        {
            foreach (string table in new[] { "devices", "readings", "heartbeats", "device_configs" })
            {
                _file.RequireTable(table);
            }
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>What was left out so far.</summary>
    public SkippedRows Skipped { get; } = new();

    /// <summary>
    /// The devices, each id once. One whose token hash is none, or another's too, comes in without: it has to be provisioned again.
    /// </summary>
    public List<ImportedDevice> Devices()
    {
        List<ImportedDevice> devices = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        _file.Read(
            row =>
            {
                string id = row.Text(0);
                if (!IsId(id) || !ids.Add(id))
                {
                    Skipped.Skip(IsId(id) ? "device: id twice" : "device: id");
                }
                else if (devices.Count < MaxDevices)
                {
                    devices.Add(Device(row, id));
                }
                else
                {
                    Skipped.Skip("device: too many");
                }
            },
            """
            SELECT device_id, token_hash, project_name, location_name, timezone, firmware_version, status, registered_at, last_seen_at,
                last_signal_dbm, last_battery_pct, latitude, longitude
            FROM devices ORDER BY _rowid_
            """);
        HashSet<string> shared =
            [.. devices.GroupBy(static device => device.TokenHash).Where(static hash => hash.Count() > 1).Select(static hash => hash.Key)];
        return [.. devices.Select(device => WithUsableToken(device, shared))];
    }

    /// <summary>Readings after a row id, in the order of arrival.</summary>
    /// <param name="afterId">Where the last ones ended; 0 at first.</param>
    /// <param name="limit">Rows at most.</param>
    /// <param name="lastId">Where these end; the same as before = there are no more.</param>
    public List<DatedReading> Readings(long afterId, int limit, out long lastId)
    {
        List<DatedReading> readings = [];
        long last = afterId;
        _file.Read(
            row =>
            {
                last = row.Int64(0);
                if (Time(row.Text(22)) is { } receivedAt)
                {
                    readings.Add(Dated(row, receivedAt));
                }
                else
                {
                    Skipped.Skip("reading: received_at");
                }
            },
            """
            SELECT _rowid_, device_id, timestamp, impressions, unique_count, battery_pct, firmware_version, apple_count, android_count,
                other_count,
                probe_rssi_avg, probe_rssi_min, probe_rssi_max, cell_rssi, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate,
                rssi_near, rssi_far, rssi_remote, received_at, ble_impressions, ble_unique, ble_apple, ble_android, ble_other, ble_rssi_avg,
                overflow_count, cache_depth, send_failures, age_seconds
            FROM readings WHERE _rowid_ > $1 ORDER BY _rowid_ LIMIT $2
            """, afterId, limit);
        lastId = last;
        return readings;
    }

    /// <summary>Heartbeats after a row id.</summary>
    /// <param name="afterId">Where the last ones ended; 0 at first.</param>
    /// <param name="limit">Rows at most.</param>
    /// <param name="lastId">Where these end; the same as before = there are no more.</param>
    public List<(string DeviceId, long At, SqlValue[] Values)> Heartbeats(long afterId, int limit, out long lastId)
    {
        List<(string DeviceId, long At, SqlValue[] Values)> heartbeats = [];
        long last = afterId;
        _file.Read(
            row =>
            {
                last = row.Int64(0);
                if (Time(row.Text(2)) is { } at)
                {
                    heartbeats.Add((row.Text(1), at,
                        [Dbm(row, 3), Level(row, 4, 0, 100), Short(row.TextOrNull(5)), Level(row, 6, 0, int.MaxValue),
                            Short(row.TextOrNull(7))]));
                }
                else
                {
                    Skipped.Skip("heartbeat: timestamp");
                }
            },
            """
            SELECT _rowid_, device_id, timestamp, signal_dbm, battery_pct, firmware_version, uptime_seconds, ip_address
            FROM heartbeats WHERE _rowid_ > $1 ORDER BY _rowid_ LIMIT $2
            """, afterId, limit);
        lastId = last;
        return heartbeats;
    }

    /// <summary>The configurations, by device; values out of their ranges stay at their defaults.</summary>
    public Dictionary<string, DeviceConfig> Configs()
    {
        Dictionary<string, DeviceConfig> configs = new(StringComparer.Ordinal);
        _file.Read(
            row =>
            {
                if (configs.Count >= MaxDevices || !IsId(row.Text(0)) || !configs.TryAdd(row.Text(0), Config(row)))
                {
                    Skipped.Skip("configuration: device");
                }
            },
            """
            SELECT device_id, report_interval_ms, heartbeat_interval_ms, geolocation_on_boot, wifi_channels, rssi_immediate_threshold,
                rssi_near_threshold, rssi_far_threshold, dwell_short_threshold, dwell_medium_threshold, dwell_long_threshold, config_version,
                updated_at
            FROM device_configs ORDER BY _rowid_
            """);
        return configs;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// The old system took any text for an id. In ours it stands in paths, logs, mail subjects and tables: letters, digits and . _ - of
    /// ASCII, a letter or digit first, 64 at most.
    /// </summary>
    private static bool IsId(string id) =>
        id.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(id[0]) && id.All(
            static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private ImportedDevice Device(SqliteStatement row, string id)
    {
        string zone = row.Text(4);
        if (!Zones.IsKnown(zone))
        {
            Skipped.Note("device: timezone taken for UTC");
        }

        (double? latitude, double? longitude) = Position(row);
        return new ImportedDevice(
            id, row.Text(1).ToLowerInvariant(), Short(row.TextOrNull(2)), Short(row.TextOrNull(3)), Zones.IsKnown(zone) ? zone : "UTC",
            Short(row.TextOrNull(5)), row.Text(6) is "active" or "inactive" or "maintenance"
                ? row.Text(6)
                : "active", Time(row.Text(7)) ?? 0,
            Time(row.Text(8)), Dbm(row, 9), Level(row, 10, 0, 100), latitude, longitude);
    }

    private (double? Latitude, double? Longitude) Position(SqliteStatement row)
    {
        if (row.IsNull(11) && row.IsNull(12))
        {
            return default;
        }

        // Not a number and infinity compare with nothing, and no JSON holds them.
        double latitude = row.Real(11), longitude = row.Real(12);
        if (row.IsNumber(11) && row.IsNumber(12) && Math.Abs(latitude) <= 90 && Math.Abs(longitude) <= 180)
        {
            return (latitude, longitude);
        }

        Skipped.Note("device: position left out");
        return default;
    }

    private ImportedDevice WithUsableToken(ImportedDevice device, HashSet<string> shared)
    {
        bool isHash = device.TokenHash.Length == 64 && device.TokenHash.All(char.IsAsciiHexDigitLower);
        if (isHash && !shared.Contains(device.TokenHash))
        {
            return device;
        }

        Skipped.Note(isHash ? "device: token of several, provision again" : "device: no token hash, provision again");
        return device with { TokenHash = ImportedDevice.NoToken };
    }

    private DeviceConfig Config(SqliteStatement row)
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
        return (read.FindFault() is null ? read : standard) with
        {
            Version = (Level(row, 11, 1, int.MaxValue - 1) ?? 1) + 1,
            UpdatedAt = Time(row.Text(12)) is { } at ? DateTime.UnixEpoch.AddMilliseconds(at) : null,
        };
    }

    /// <summary>
    /// The old backend stored the device's own time unseen and never used it; here it counts when it is near the time of receipt less
    /// age, else that does: a box whose clock was never set says the 28th of January 2026.
    /// </summary>
    private DatedReading Dated(SqliteStatement row, long receivedAt)
    {
        Reading reading = new()
        {
            Impressions = Count(row, 3), Unique = Count(row, 4), BatteryPct = Level(row, 5, 0, 100),
            FirmwareVersion = Short(row.TextOrNull(6)),
            Apple = Count(row, 7), Android = Count(row, 8), Other = Count(row, 9), ProbeRssiAvgDbm = Dbm(row, 10),
            ProbeRssiMinDbm = Dbm(row, 11),
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
            DeviceKey: 0, row.Text(1), reading, receivedAt, at, near
                ? "device"
                : "age", DatedReading.Period(at), ReadingKeyKind.Imported, row.Int64(0), 0);
    }

    /// <summary>A time of the old system, ms since 1970; null when it is none, before it existed, or after tomorrow.</summary>
    private long? Time(string text)
    {
        long ms = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.ToUnixTimeMilliseconds()
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
                && seconds <= _latestMs / 1000 ? seconds * 1000
            : 0;
        return ms >= EarliestMs && ms <= _latestMs ? ms : null;
    }

    /// <summary>Text in a number's column reads as 0 in SQLite: what a count was when it said nothing.</summary>
    private static int Count(SqliteStatement row, int column) => (int)Math.Clamp(row.Int64(column), 0, ReadingFields.MaxCount);

    private static int? Dbm(SqliteStatement row, int column) => row.Int64(column) is >= -150 and < 0 and var dbm ? (int)dbm : null;

    private static int? Level(SqliteStatement row, int column, int min, int max) =>
        row.IsNumber(column) && row.Int64(column) is var value && value >= min && value <= max ? (int)value : null;

    private static string? Short(string? text)
    {
        string clean = string.Concat((text ?? "").Where(static c => !char.IsControl(c)));
        return clean.Length == 0 ? null : clean.Length <= 64 ? clean : clean[..64];
    }

    private static int[]? Channels(string text)
    {
        int[] channels =
        [
            .. text.Split(',', count: 20)
                .Select(static part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)
                .Distinct(),
        ];
        return channels.All(static channel => channel is >= 1 and <= 13) ? channels : null;
    }
}
