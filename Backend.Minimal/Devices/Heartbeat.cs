using System.Text.Json.Serialization;

namespace JamBox.Backend.Devices;

/// <summary>A heartbeat as a device sends it: at boot and once a day. Only <c>d</c> is required.</summary>
internal sealed class Heartbeat
{
    /// <summary>Device id (also <c>device_id</c>).</summary>
    [JsonPropertyName("d")]
    public string? DeviceId { get; set; }

    /// <summary>Firmware version (also <c>fw</c>, <c>firmware_version</c>).</summary>
    [JsonPropertyName("v")]
    public string? FirmwareVersion { get; set; }

    /// <summary>Seconds since boot (also <c>uptime_seconds</c>).</summary>
    [JsonPropertyName("uptime")]
    public long? UptimeSeconds { get; set; }

    /// <summary>Level of the cell, dBm (also <c>sig</c>, <c>signal_dbm</c>).</summary>
    [JsonPropertyName("cell_rssi")]
    public int? CellRssiDbm { get; set; }

    /// <summary>Battery in per cent, 0 to 100 (also <c>battery_pct</c>).</summary>
    [JsonPropertyName("bat")]
    public int? BatteryPct { get; set; }

    /// <summary>Boot id: 32 random bits, new at each boot.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    [JsonPropertyName("cv")]
    public int? ConfigVersion { get; set; }

    /// <summary>Free heap, bytes.</summary>
    [JsonPropertyName("hf")]
    public int? HeapFreeBytes { get; set; }

    /// <summary>Why the device booted.</summary>
    [JsonPropertyName("rr")]
    public string? ResetReason { get; set; }

    /// <summary>State of OTA: idle, offered, downloading:12/139, verifying, applying, staged, trial, confirmed, rolled_back:why or failed:why.</summary>
    [JsonPropertyName("ob")]
    public string? OtaState { get; set; }

    /// <summary>The hardware that the firmware is built for, such as atoms3-nb1.</summary>
    [JsonPropertyName("hw")]
    public string? Hardware { get; set; }

    /// <summary>The first part of the board that does not work, such as i2c; absent when all do.</summary>
    [JsonPropertyName("bf")]
    public string? BoardFault { get; set; }

    /// <summary>Counters of what the device did to stay alive, those that are not 0, by name: at most 32, names of at most 16 characters a-z, 0-9, _.</summary>
    [JsonPropertyName("hc")]
    public SortedDictionary<string, int>? Counters { get; set; }

    /// <summary>Id of the last command that was carried out, until answered 2xx.</summary>
    [JsonPropertyName("ack")]
    public int? Ack { get; set; }

    /// <summary>What came of that command: ok, failed or unknown.</summary>
    [JsonPropertyName("ar")]
    public string? AckResult { get; set; }
}
