using System.Text.Json.Serialization;

namespace JamBox.Backend.Readings;

/// <summary>
/// One reading as a device sends it: counts of one report interval, never addresses. Fields that are not sent keep what the
/// predecessor took for them: 0 for counts, null for levels. Counts are 0 to 1,000,000; dBm −150 to −1 (0 and −999 = unknown).
/// </summary>
internal sealed class Reading
{
    /// <summary>Device id (also <c>device_id</c>).</summary>
    [JsonPropertyName("d")]
    public string? DeviceId { get; set; }

    /// <summary>Last second of the interval by the device's clock: ISO 8601 text or seconds since 1970 (also <c>timestamp</c>).</summary>
    [JsonPropertyName("t")]
    public long? ClosedAt { get; set; }

    /// <summary>Every accepted probe request (also <c>impressions</c>).</summary>
    [JsonPropertyName("i")]
    public int? Impressions { get; set; }

    /// <summary>Device-minutes: one per address per minute (also <c>unique_count</c>).</summary>
    [JsonPropertyName("u")]
    public int? Unique { get; set; }

    /// <summary>Battery in per cent, 0 to 100 (also <c>battery_pct</c>).</summary>
    [JsonPropertyName("bat")]
    public int? BatteryPct { get; set; }

    /// <summary>Firmware version (also <c>fw</c>, <c>firmware_version</c>).</summary>
    [JsonPropertyName("v")]
    public string? FirmwareVersion { get; set; }

    /// <summary>Old class of Wi-Fi devices.</summary>
    [JsonPropertyName("apple")]
    public int Apple { get; set; }

    /// <summary>Old class of Wi-Fi devices.</summary>
    [JsonPropertyName("android")]
    public int Android { get; set; }

    /// <summary>Old class of Wi-Fi devices (also <c>other_count</c>).</summary>
    [JsonPropertyName("other")]
    public int Other { get; set; }

    /// <summary>Level of the cell, dBm (also <c>sig</c>, <c>signal_dbm</c>).</summary>
    [JsonPropertyName("cell_rssi")]
    public int? CellRssiDbm { get; set; }

    /// <summary>Mean level of the probes, dBm.</summary>
    [JsonPropertyName("probe_rssi_avg")]
    public int? ProbeRssiAvgDbm { get; set; }

    /// <summary>Level of one extreme, dBm: the strongest from our boxes, the weakest from the old fleet. Stored as sent.</summary>
    [JsonPropertyName("probe_rssi_min")]
    public int? ProbeRssiMinDbm { get; set; }

    /// <summary>Level of the other extreme, dBm.</summary>
    [JsonPropertyName("probe_rssi_max")]
    public int? ProbeRssiMaxDbm { get; set; }

    /// <summary>Devices that stayed up to the short threshold (1 minute).</summary>
    [JsonPropertyName("dwell_0_1")]
    public int Dwell0To1 { get; set; }

    /// <summary>Devices that stayed up to the medium threshold (5 minutes).</summary>
    [JsonPropertyName("dwell_1_5")]
    public int Dwell1To5 { get; set; }

    /// <summary>Devices that stayed up to the long threshold (10 minutes).</summary>
    [JsonPropertyName("dwell_5_10")]
    public int Dwell5To10 { get; set; }

    /// <summary>Devices that stayed longer.</summary>
    [JsonPropertyName("dwell_10plus")]
    public int Dwell10Plus { get; set; }

    /// <summary>Device-minutes in the immediate zone.</summary>
    [JsonPropertyName("rssi_immediate")]
    public int ZoneImmediate { get; set; }

    /// <summary>Device-minutes in the near zone.</summary>
    [JsonPropertyName("rssi_near")]
    public int ZoneNear { get; set; }

    /// <summary>Device-minutes in the far zone.</summary>
    [JsonPropertyName("rssi_far")]
    public int ZoneFar { get; set; }

    /// <summary>Device-minutes in the remote zone.</summary>
    [JsonPropertyName("rssi_remote")]
    public int ZoneRemote { get; set; }

    /// <summary>BLE advertisements (also <c>ble_impressions</c>).</summary>
    [JsonPropertyName("ble_i")]
    public int BleImpressions { get; set; }

    /// <summary>BLE device-minutes (also <c>ble_unique</c>).</summary>
    [JsonPropertyName("ble_u")]
    public int BleUnique { get; set; }

    /// <summary>BLE device-minutes with Apple's company id.</summary>
    [JsonPropertyName("ble_apple")]
    public int BleApple { get; set; }

    /// <summary>Old class of BLE devices.</summary>
    [JsonPropertyName("ble_android")]
    public int BleAndroid { get; set; }

    /// <summary>BLE device-minutes of all others.</summary>
    [JsonPropertyName("ble_other")]
    public int BleOther { get; set; }

    /// <summary>Mean level of the advertisements, dBm.</summary>
    [JsonPropertyName("ble_rssi_avg")]
    public int? BleRssiAvgDbm { get; set; }

    /// <summary>Overflow: device-minutes that did not fit the table.</summary>
    [JsonPropertyName("of")]
    public int Overflow { get; set; }

    /// <summary>Readings waiting in the device's ring when this one was sent, itself not counted.</summary>
    [JsonPropertyName("cd")]
    public int CacheDepth { get; set; }

    /// <summary>Consecutive failures before this send.</summary>
    [JsonPropertyName("sf")]
    public int SendFailures { get; set; }

    /// <summary>Seconds since the reading was closed, 0 = live; at most 31,622,400 (a leap year).</summary>
    [JsonPropertyName("age")]
    public int AgeSeconds { get; set; }

    /// <summary>1 = the clock was set when the reading was closed, 0 = it was not.</summary>
    [JsonPropertyName("ts")]
    public int? ClockSet { get; set; }

    /// <summary>Boot id: 32 random bits, new at each boot.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; set; }

    /// <summary>Number of the reading in that boot.</summary>
    [JsonPropertyName("n")]
    public long? Number { get; set; }

    /// <summary>Id of the last command that was carried out, until answered 2xx.</summary>
    [JsonPropertyName("ack")]
    public int? Ack { get; set; }

    /// <summary>What came of that command: ok, failed or unknown.</summary>
    [JsonPropertyName("ar")]
    public string? AckResult { get; set; }

    /// <summary>Readings lost or set aside so far in this boot.</summary>
    [JsonPropertyName("dr")]
    public int? LostReadings { get; set; }

    /// <summary>Dwell overflow: devices that did not fit the dwell table.</summary>
    [JsonPropertyName("do")]
    public int? DwellOverflow { get; set; }

    /// <summary>Radio records lost in the native ring.</summary>
    [JsonPropertyName("rl")]
    public int? RadioLost { get; set; }

    /// <summary>Seconds in which Wi-Fi really listened, at most 3,600.</summary>
    [JsonPropertyName("ls")]
    public int? ListenedSeconds { get; set; }

    /// <summary>Length of the interval in seconds, at most 3,600.</summary>
    [JsonPropertyName("iv")]
    public int? IntervalSeconds { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    [JsonPropertyName("cv")]
    public int? ConfigVersion { get; set; }

    /// <summary>BLE device-minutes of those with Apple's company id that are phones, tablets or watches in use; null: not told.</summary>
    [JsonPropertyName("baa")]
    public int? BleAppleInUse { get; set; }

    /// <summary>Whether its counts are too low, or the way to here too bad: something overflowed, or more than 3 sends failed.</summary>
    [JsonIgnore]
    public bool IsDegraded => Overflow > 0 || SendFailures > 3;

    /// <summary>A stored reading, with all that goes into sums.</summary>
    public static Reading Of(ReadingRow r) => new()
    {
        Impressions = r.Impressions, Unique = r.UniqueCount, BatteryPct = r.BatteryPct, FirmwareVersion = r.FirmwareVersion,
        Apple = r.AppleCount, Android = r.AndroidCount, Other = r.OtherCount, CellRssiDbm = r.CellRssi,
        Dwell0To1 = r.Dwell0To1, Dwell1To5 = r.Dwell1To5, Dwell5To10 = r.Dwell5To10, Dwell10Plus = r.Dwell10Plus,
        ZoneImmediate = r.RssiImmediate, ZoneNear = r.RssiNear, ZoneFar = r.RssiFar, ZoneRemote = r.RssiRemote,
        BleImpressions = r.BleImpressions, BleUnique = r.BleUnique, BleApple = r.BleApple, BleAndroid = r.BleAndroid, BleOther = r.BleOther,
        Overflow = r.OverflowCount, CacheDepth = r.CacheDepth, SendFailures = r.SendFailures, AgeSeconds = r.AgeSeconds,
        ListenedSeconds = r.ListenedSeconds, IntervalSeconds = r.IntervalSeconds, BootId = r.BootId, ConfigVersion = r.ConfigVersion,
        BleAppleInUse = r.BleAppleInUse,
    };
}
