using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Config;

/// <summary>What an operator sends to change a configuration. What is absent keeps its value.</summary>
internal sealed class ConfigChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ConfigChange> Fields = new(
        Number("rssi_immediate_threshold", -60, -30, static (c, v) => c.RssiImmediate = v),
        Number("rssi_near_threshold", -75, -50, static (c, v) => c.RssiNear = v),
        Number("rssi_far_threshold", -90, -65, static (c, v) => c.RssiFar = v),
        Number("dwell_short_threshold", 1, 5, static (c, v) => c.DwellShort = v),
        Number("dwell_medium_threshold", 2, 15, static (c, v) => c.DwellMedium = v),
        Number("dwell_long_threshold", 5, 30, static (c, v) => c.DwellLong = v),
        Number("report_interval_ms", 60_000, 3_600_000, static (c, v) => c.ReportIntervalMs = v),
        Number("heartbeat_interval_ms", 3_600_000, 604_800_000, static (c, v) => c.HeartbeatIntervalMs = v),
        new BoolField<ConfigChange>("geolocation_on_boot", static (c, v) => c.GeolocationOnBoot = v),
        new NumbersField<ConfigChange>("wifi_channels", 1, 13, static (c, v) => c.WifiChannels = v));

    /// <summary>See <see cref="DeviceConfig.RssiImmediate"/>.</summary>
    [JsonPropertyName("rssi_immediate_threshold")]
    public int? RssiImmediate { get; set; }

    /// <summary>See <see cref="DeviceConfig.RssiNear"/>.</summary>
    [JsonPropertyName("rssi_near_threshold")]
    public int? RssiNear { get; set; }

    /// <summary>See <see cref="DeviceConfig.RssiFar"/>.</summary>
    [JsonPropertyName("rssi_far_threshold")]
    public int? RssiFar { get; set; }

    /// <summary>See <see cref="DeviceConfig.DwellShort"/>.</summary>
    [JsonPropertyName("dwell_short_threshold")]
    public int? DwellShort { get; set; }

    /// <summary>See <see cref="DeviceConfig.DwellMedium"/>.</summary>
    [JsonPropertyName("dwell_medium_threshold")]
    public int? DwellMedium { get; set; }

    /// <summary>See <see cref="DeviceConfig.DwellLong"/>.</summary>
    [JsonPropertyName("dwell_long_threshold")]
    public int? DwellLong { get; set; }

    /// <summary>See <see cref="DeviceConfig.ReportIntervalMs"/>.</summary>
    [JsonPropertyName("report_interval_ms")]
    public int? ReportIntervalMs { get; set; }

    /// <summary>See <see cref="DeviceConfig.HeartbeatIntervalMs"/>.</summary>
    [JsonPropertyName("heartbeat_interval_ms")]
    public int? HeartbeatIntervalMs { get; set; }

    /// <summary>See <see cref="DeviceConfig.GeolocationOnBoot"/>.</summary>
    [JsonPropertyName("geolocation_on_boot")]
    public bool? GeolocationOnBoot { get; set; }

    /// <summary>See <see cref="DeviceConfig.WifiChannels"/>.</summary>
    [JsonPropertyName("wifi_channels")]
    public IReadOnlyList<int>? WifiChannels { get; set; }

    /// <summary>The configuration with this change in it.</summary>
    public DeviceConfig ApplyTo(DeviceConfig config) => config with
    {
        RssiImmediate = RssiImmediate ?? config.RssiImmediate,
        RssiNear = RssiNear ?? config.RssiNear,
        RssiFar = RssiFar ?? config.RssiFar,
        DwellShort = DwellShort ?? config.DwellShort,
        DwellMedium = DwellMedium ?? config.DwellMedium,
        DwellLong = DwellLong ?? config.DwellLong,
        ReportIntervalMs = ReportIntervalMs ?? config.ReportIntervalMs,
        HeartbeatIntervalMs = HeartbeatIntervalMs ?? config.HeartbeatIntervalMs,
        GeolocationOnBoot = GeolocationOnBoot ?? config.GeolocationOnBoot,
        WifiChannels = WifiChannels ?? config.WifiChannels,
    };

    private static NumberField<ConfigChange> Number(string name, int min, int max, Action<ConfigChange, int> set) =>
        new(name, min, max, (change, value) => set(change, (int)value));
}
