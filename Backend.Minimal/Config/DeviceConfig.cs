using System.Text.Json.Serialization;

namespace JamBox.Backend.Config;

/// <summary>The configuration that a device should run. The order is the wire's: version and thresholds within the first 420 bytes of an answer.</summary>
internal sealed record DeviceConfig
{
    /// <summary>Rises by one at every change; 1 = never changed.</summary>
    [JsonPropertyName("config_version")]
    public int Version { get; init; } = 1;

    /// <summary>dBm above which a device-minute is immediate, −60 to −30.</summary>
    [JsonPropertyName("rssi_immediate_threshold")]
    public int RssiImmediate { get; init; } = -50;

    /// <summary>dBm above which it is near, −75 to −50.</summary>
    [JsonPropertyName("rssi_near_threshold")]
    public int RssiNear { get; init; } = -65;

    /// <summary>dBm above which it is far, −90 to −65; else remote.</summary>
    [JsonPropertyName("rssi_far_threshold")]
    public int RssiFar { get; init; } = -80;

    /// <summary>Minutes up to which a stay is dwell_0_1, 1 to 5.</summary>
    [JsonPropertyName("dwell_short_threshold")]
    public int DwellShort { get; init; } = 1;

    /// <summary>Minutes up to which it is dwell_1_5, 2 to 15.</summary>
    [JsonPropertyName("dwell_medium_threshold")]
    public int DwellMedium { get; init; } = 5;

    /// <summary>Minutes up to which it is dwell_5_10, 5 to 30; else dwell_10plus.</summary>
    [JsonPropertyName("dwell_long_threshold")]
    public int DwellLong { get; init; } = 10;

    /// <summary>Milliseconds between readings, 60,000 to 3,600,000, a multiple of 60,000.</summary>
    [JsonPropertyName("report_interval_ms")]
    public int ReportIntervalMs { get; init; } = 300_000;

    /// <summary>Milliseconds between heartbeats, 3,600,000 to 604,800,000.</summary>
    [JsonPropertyName("heartbeat_interval_ms")]
    public int HeartbeatIntervalMs { get; init; } = 86_400_000;

    /// <summary>Whether the box looks for its place at boot.</summary>
    [JsonPropertyName("geolocation_on_boot")]
    public bool GeolocationOnBoot { get; init; } = true;

    /// <summary>Wi-Fi channels to listen on, 1 to 13.</summary>
    [JsonPropertyName("wifi_channels")]
    public IReadOnlyList<int> WifiChannels { get; init; } = [1, 6, 11];

    /// <summary>When it was last changed; null = never.</summary>
    [JsonPropertyName("updated_at")]
    public DateTime? UpdatedAt { get; init; }

    /// <summary>Checks what the ranges alone cannot.</summary>
    /// <returns>What is wrong, beginning with the field; null when all is well.</returns>
    public string? FindFault() =>
        RssiImmediate <= RssiNear ? "rssi_near_threshold: must be below rssi_immediate_threshold"
        : RssiNear <= RssiFar ? "rssi_far_threshold: must be below rssi_near_threshold"
        : DwellShort >= DwellMedium ? "dwell_medium_threshold: must be above dwell_short_threshold"
        : DwellMedium >= DwellLong ? "dwell_long_threshold: must be above dwell_medium_threshold"
        : ReportIntervalMs % 60_000 != 0 ? "report_interval_ms: must be a multiple of 60000"
        : null;
}
