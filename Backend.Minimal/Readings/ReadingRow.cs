using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Readings;

/// <summary>
/// A stored reading as <c>GET /api/readings</c> lists it: the predecessor's columns under their names, ours under the wire's.
/// </summary>
internal sealed class ReadingRow
{
    /// <summary>Number of the row; grows with the order of arrival.</summary>
    [JsonPropertyName("id")]
    public long Id { get; set; }

    /// <summary>Device id.</summary>
    [JsonPropertyName("device_id")]
    public required string DeviceId { get; set; }

    /// <summary>When it was closed, as the device said.</summary>
    [JsonPropertyName("t")]
    public DateTime ClosedAt { get; set; }

    /// <summary>1 = the device's clock was set.</summary>
    [JsonPropertyName("ts")]
    public int? ClockSet { get; set; }

    /// <summary>The time that counts; null = undated: in no chart.</summary>
    [JsonPropertyName("timestamp")]
    public DateTime? Timestamp { get; set; }

    /// <summary>Where that time comes from: device, age, ahead, behind or undated.</summary>
    [JsonPropertyName("time_source")]
    [Words("device", "age", "ahead", "undated")]
    public required string TimeSource { get; set; }

    /// <summary>Start of its 5-minute period.</summary>
    [JsonPropertyName("period_start_ts")]
    public DateTime PeriodStart { get; set; }

    /// <summary>When it came.</summary>
    [JsonPropertyName("received_at")]
    public DateTime ReceivedAt { get; set; }

    /// <summary>Boot id.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; set; }

    /// <summary>Number of the reading in that boot.</summary>
    [JsonPropertyName("n")]
    public long? Number { get; set; }

    /// <summary>Probe requests.</summary>
    [JsonPropertyName("impressions")]
    public int Impressions { get; set; }

    /// <summary>Device-minutes.</summary>
    [JsonPropertyName("unique_count")]
    public int UniqueCount { get; set; }

    /// <summary>Battery, per cent.</summary>
    [JsonPropertyName("battery_pct")]
    public int? BatteryPct { get; set; }

    /// <summary>Firmware version.</summary>
    [JsonPropertyName("firmware_version")]
    public string? FirmwareVersion { get; set; }

    /// <summary>Old class.</summary>
    [JsonPropertyName("apple_count")]
    public int AppleCount { get; set; }

    /// <summary>Old class.</summary>
    [JsonPropertyName("android_count")]
    public int AndroidCount { get; set; }

    /// <summary>Old class.</summary>
    [JsonPropertyName("other_count")]
    public int OtherCount { get; set; }

    /// <summary>Level of the cell, dBm.</summary>
    [JsonPropertyName("cell_rssi")]
    public int? CellRssi { get; set; }

    /// <summary>Mean level of the probes, dBm.</summary>
    [JsonPropertyName("probe_rssi_avg")]
    public int? ProbeRssiAvg { get; set; }

    /// <summary>One extreme, dBm, as sent.</summary>
    [JsonPropertyName("probe_rssi_min")]
    public int? ProbeRssiMin { get; set; }

    /// <summary>The other extreme, dBm, as sent.</summary>
    [JsonPropertyName("probe_rssi_max")]
    public int? ProbeRssiMax { get; set; }

    /// <summary>Stayed up to the short threshold.</summary>
    [JsonPropertyName("dwell_0_1")]
    public int Dwell0To1 { get; set; }

    /// <summary>Stayed up to the medium threshold.</summary>
    [JsonPropertyName("dwell_1_5")]
    public int Dwell1To5 { get; set; }

    /// <summary>Stayed up to the long threshold.</summary>
    [JsonPropertyName("dwell_5_10")]
    public int Dwell5To10 { get; set; }

    /// <summary>Stayed longer.</summary>
    [JsonPropertyName("dwell_10plus")]
    public int Dwell10Plus { get; set; }

    /// <summary>Device-minutes in the immediate zone.</summary>
    [JsonPropertyName("rssi_immediate")]
    public int RssiImmediate { get; set; }

    /// <summary>Device-minutes in the near zone.</summary>
    [JsonPropertyName("rssi_near")]
    public int RssiNear { get; set; }

    /// <summary>Device-minutes in the far zone.</summary>
    [JsonPropertyName("rssi_far")]
    public int RssiFar { get; set; }

    /// <summary>Device-minutes in the remote zone.</summary>
    [JsonPropertyName("rssi_remote")]
    public int RssiRemote { get; set; }

    /// <summary>BLE advertisements.</summary>
    [JsonPropertyName("ble_impressions")]
    public int BleImpressions { get; set; }

    /// <summary>BLE device-minutes.</summary>
    [JsonPropertyName("ble_unique")]
    public int BleUnique { get; set; }

    /// <summary>BLE device-minutes, Apple.</summary>
    [JsonPropertyName("ble_apple")]
    public int BleApple { get; set; }

    /// <summary>Old class.</summary>
    [JsonPropertyName("ble_android")]
    public int BleAndroid { get; set; }

    /// <summary>BLE device-minutes, others.</summary>
    [JsonPropertyName("ble_other")]
    public int BleOther { get; set; }

    /// <summary>Mean level of the advertisements, dBm.</summary>
    [JsonPropertyName("ble_rssi_avg")]
    public int? BleRssiAvg { get; set; }

    /// <summary>Device-minutes that did not fit.</summary>
    [JsonPropertyName("overflow_count")]
    public int OverflowCount { get; set; }

    /// <summary>Readings waiting behind this one.</summary>
    [JsonPropertyName("cache_depth")]
    public int CacheDepth { get; set; }

    /// <summary>Consecutive failures before this send.</summary>
    [JsonPropertyName("send_failures")]
    public int SendFailures { get; set; }

    /// <summary>Seconds between closing and sending.</summary>
    [JsonPropertyName("age_seconds")]
    public int AgeSeconds { get; set; }

    /// <summary>Readings lost or set aside in this boot.</summary>
    [JsonPropertyName("dr")]
    public int? LostReadings { get; set; }

    /// <summary>Devices that did not fit the dwell table.</summary>
    [JsonPropertyName("do")]
    public int? DwellOverflow { get; set; }

    /// <summary>Radio records lost.</summary>
    [JsonPropertyName("rl")]
    public int? RadioLost { get; set; }

    /// <summary>Seconds in which Wi-Fi listened.</summary>
    [JsonPropertyName("ls")]
    public int? ListenedSeconds { get; set; }

    /// <summary>Length of the interval, seconds.</summary>
    [JsonPropertyName("iv")]
    public int? IntervalSeconds { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    [JsonPropertyName("cv")]
    public int? ConfigVersion { get; set; }

    /// <summary>
    /// BLE device-minutes of ble_apple that are phones, tablets or watches in use; null where the firmware does not tell.
    /// </summary>
    [JsonPropertyName("baa")]
    public int? BleAppleInUse { get; set; }

    /// <summary>The level of the cell under its older name.</summary>
    [JsonPropertyName("signal_dbm")]
    public int? SignalDbm => CellRssi;

    /// <summary>DEGRADED (<c>of</c> &gt; 0 or <c>sf</c> &gt; 3), else CATCHING UP (<c>cd</c> &gt; 0), else OK.</summary>
    [JsonPropertyName("quality")]
    public string Quality => Estimates.Quality(OverflowCount > 0 || SendFailures > 3, CacheDepth);

    /// <summary>LIVE or CACHED (<c>age</c>), OF (<c>of</c> &gt; 0), RETRY (<c>sf</c> &gt; 1), QUEUE (<c>cd</c> &gt; 0).</summary>
    [JsonPropertyName("badges")]
    public IReadOnlyList<string> Badges => Estimates.Badges(AgeSeconds, OverflowCount, SendFailures, CacheDepth);

    /// <summary>round(100 × ble_apple / ble_unique), half up; 0 without BLE.</summary>
    [JsonPropertyName("ble_apple_pct")]
    public int BleApplePct => Estimates.ApplePct(BleApple, BleUnique);

    /// <summary>100 − ble_apple_pct; 0 without BLE.</summary>
    [JsonPropertyName("ble_other_pct")]
    public int BleOtherPct => Estimates.OtherPct(BleApple, BleUnique);

    /// <summary>round(unique_count × ble_apple_pct / 100), half up; 0 without BLE.</summary>
    [JsonPropertyName("estimated_apple")]
    public long EstimatedApple => Estimates.Apple(UniqueCount, BleApple, BleUnique);

    /// <summary>unique_count − estimated_apple; 0 without BLE.</summary>
    [JsonPropertyName("estimated_other")]
    public long EstimatedOther => Estimates.Other(UniqueCount, BleApple, BleUnique);
}

/// <summary>Serializers of readings, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<ReadingRow>))]
[JsonSerializable(typeof(Reading))]
internal sealed partial class ReadingJson : JsonSerializerContext;
