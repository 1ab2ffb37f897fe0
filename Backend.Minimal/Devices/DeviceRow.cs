using System.Text.Json.Serialization;

namespace JamBox.Backend.Devices;

/// <summary>A device as <c>GET /api/devices</c> lists it. Neither token nor PIN is ever among it.</summary>
internal sealed class DeviceRow
{
    /// <summary>Device id.</summary>
    [JsonPropertyName("device_id")]
    public required string DeviceId { get; init; }

    /// <summary>Project.</summary>
    [JsonPropertyName("project_name")]
    public string? ProjectName { get; init; }

    /// <summary>Place.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; init; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public required string Timezone { get; init; }

    /// <summary>Firmware version that it last named.</summary>
    [JsonPropertyName("firmware_version")]
    public string? FirmwareVersion { get; init; }

    /// <summary>active, inactive or maintenance.</summary>
    [JsonPropertyName("status")]
    public required string Status { get; init; }

    /// <summary>When it was registered.</summary>
    [JsonPropertyName("registered_at")]
    public DateTime RegisteredAt { get; init; }

    /// <summary>When it last spoke; null = never.</summary>
    [JsonPropertyName("last_seen_at")]
    public DateTime? LastSeenAt { get; init; }

    /// <summary>Last known level of the cell, dBm.</summary>
    [JsonPropertyName("last_signal_dbm")]
    public int? LastSignalDbm { get; init; }

    /// <summary>Last known battery, per cent.</summary>
    [JsonPropertyName("last_battery_pct")]
    public int? LastBatteryPct { get; init; }

    /// <summary>Version of the configuration that it should run.</summary>
    [JsonPropertyName("config_version")]
    public int ConfigVersion { get; init; }

    /// <summary>Version of the configuration that it last said it runs; null = never said.</summary>
    [JsonPropertyName("cv")]
    public int? ReportedConfigVersion { get; init; }

    /// <summary>Its last boot id; null for the old fleet.</summary>
    [JsonPropertyName("b")]
    public long? BootId { get; init; }

    /// <summary>Degrees; null = unknown.</summary>
    [JsonPropertyName("latitude")]
    public double? Latitude { get; init; }

    /// <summary>Degrees; null = unknown.</summary>
    [JsonPropertyName("longitude")]
    public double? Longitude { get; init; }

    /// <summary>manual or geolocation; null = no place yet.</summary>
    [JsonPropertyName("location_source")]
    public string? LocationSource { get; init; }

    /// <summary>1 = flagged: more readings than a box can make.</summary>
    [JsonPropertyName("anomalous")]
    public int Anomalous { get; init; }

    /// <summary>Why it is flagged.</summary>
    [JsonPropertyName("anomaly_reason")]
    public string? AnomalyReason { get; init; }

    /// <summary>When it was flagged.</summary>
    [JsonPropertyName("anomaly_detected_at")]
    public DateTime? AnomalyDetectedAt { get; init; }

    /// <summary>Milliseconds between its readings, as configured.</summary>
    [JsonPropertyName("report_interval_ms")]
    public int ReportIntervalMs { get; init; }

    /// <summary>online (at most 3 report intervals of silence), warning (at most 24 h), offline, or new (never seen).</summary>
    [JsonPropertyName("connection_status")]
    public required string ConnectionStatus { get; init; }

    /// <summary>The last word in words: Just now, 5 min ago, … , Never.</summary>
    [JsonPropertyName("last_seen_ago")]
    public required string LastSeenAgo { get; init; }

    /// <summary>Whether a PIN is set. The PIN itself is nowhere.</summary>
    [JsonPropertyName("has_pin")]
    public bool HasPin { get; init; }
}
