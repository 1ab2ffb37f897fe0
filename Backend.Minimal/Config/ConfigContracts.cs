using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Config;

/// <summary>
/// The configuration that a device should run. The order is the wire's: version and thresholds within the first 420 bytes of an answer.
/// </summary>
internal sealed record DeviceConfig
{
    /// <summary>Rises by one at every change; 1 = never changed.</summary>
    [JsonPropertyName("config_version")]
    public int Version { get; set; } = 1;

    /// <summary>dBm above which a device-minute is immediate, −60 to −30.</summary>
    [JsonPropertyName("rssi_immediate_threshold")]
    public int RssiImmediate { get; set; } = -50;

    /// <summary>dBm above which it is near, −75 to −50.</summary>
    [JsonPropertyName("rssi_near_threshold")]
    public int RssiNear { get; set; } = -65;

    /// <summary>dBm above which it is far, −90 to −65; else remote.</summary>
    [JsonPropertyName("rssi_far_threshold")]
    public int RssiFar { get; set; } = -80;

    /// <summary>Minutes up to which a stay is dwell_0_1, 1 to 5.</summary>
    [JsonPropertyName("dwell_short_threshold")]
    public int DwellShort { get; set; } = 1;

    /// <summary>Minutes up to which it is dwell_1_5, 2 to 15.</summary>
    [JsonPropertyName("dwell_medium_threshold")]
    public int DwellMedium { get; set; } = 5;

    /// <summary>Minutes up to which it is dwell_5_10, 5 to 30; else dwell_10plus.</summary>
    [JsonPropertyName("dwell_long_threshold")]
    public int DwellLong { get; set; } = 10;

    /// <summary>Milliseconds between readings, 60,000 to 3,600,000, a multiple of 60,000.</summary>
    [JsonPropertyName("report_interval_ms")]
    public int ReportIntervalMs { get; set; } = 300_000;

    /// <summary>Milliseconds between heartbeats, 3,600,000 to 604,800,000.</summary>
    [JsonPropertyName("heartbeat_interval_ms")]
    public int HeartbeatIntervalMs { get; set; } = 86_400_000;

    /// <summary>Whether the box looks for its place at boot.</summary>
    [JsonPropertyName("geolocation_on_boot")]
    public bool GeolocationOnBoot { get; set; } = true;

    /// <summary>Wi-Fi channels to listen on, 1 to 13.</summary>
    [JsonPropertyName("wifi_channels")]
    public IReadOnlyList<int> WifiChannels { get; set; } = [1, 6, 11];

    /// <summary>When it was last changed; null = never.</summary>
    [JsonPropertyName("updated_at")]
    public DateTime? UpdatedAt { get; set; }

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

/// <summary>What an operator sends to change a configuration. What is absent keeps its value.</summary>
internal sealed class ConfigChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ConfigChange> Fields = new(Common());

    /// <summary>The same, with the boxes that are meant.</summary>
    public static readonly FieldTable<ConfigChange> ManyFields = new(
        [.. Common(), new ListField<ConfigChange>("devices", 1000, static (c, v) => c.Devices = v)])
    {
        SchemaName = "ConfigForMany",
    };

    /// <summary>dBm above which a device-minute is immediate, −60 to −30.</summary>
    [JsonPropertyName("rssi_immediate_threshold")]
    public int? RssiImmediate { get; set; }

    /// <summary>dBm above which it is near, −75 to −50.</summary>
    [JsonPropertyName("rssi_near_threshold")]
    public int? RssiNear { get; set; }

    /// <summary>dBm above which it is far, −90 to −65; else remote.</summary>
    [JsonPropertyName("rssi_far_threshold")]
    public int? RssiFar { get; set; }

    /// <summary>Minutes up to which a stay is dwell_0_1, 1 to 5.</summary>
    [JsonPropertyName("dwell_short_threshold")]
    public int? DwellShort { get; set; }

    /// <summary>Minutes up to which it is dwell_1_5, 2 to 15.</summary>
    [JsonPropertyName("dwell_medium_threshold")]
    public int? DwellMedium { get; set; }

    /// <summary>Minutes up to which it is dwell_5_10, 5 to 30; else dwell_10plus.</summary>
    [JsonPropertyName("dwell_long_threshold")]
    public int? DwellLong { get; set; }

    /// <summary>Milliseconds between readings, 60,000 to 3,600,000, a multiple of 60,000.</summary>
    [JsonPropertyName("report_interval_ms")]
    public int? ReportIntervalMs { get; set; }

    /// <summary>Milliseconds between heartbeats, 3,600,000 to 604,800,000.</summary>
    [JsonPropertyName("heartbeat_interval_ms")]
    public int? HeartbeatIntervalMs { get; set; }

    /// <summary>Whether the box looks for its place at boot.</summary>
    [JsonPropertyName("geolocation_on_boot")]
    public bool? GeolocationOnBoot { get; set; }

    /// <summary>Wi-Fi channels to listen on, 1 to 13.</summary>
    [JsonPropertyName("wifi_channels")]
    public IReadOnlyList<int>? WifiChannels { get; set; }

    /// <summary>In a request for many: ids of boxes, at most 1,000, in the place of place and tag.</summary>
    [JsonPropertyName("devices")]
    public IReadOnlyList<string>? Devices { get; set; }

    /// <summary>A change that makes of any configuration this one.</summary>
    public static ConfigChange Of(DeviceConfig config) => new()
    {
        RssiImmediate = config.RssiImmediate,
        RssiNear = config.RssiNear,
        RssiFar = config.RssiFar,
        DwellShort = config.DwellShort,
        DwellMedium = config.DwellMedium,
        DwellLong = config.DwellLong,
        ReportIntervalMs = config.ReportIntervalMs,
        HeartbeatIntervalMs = config.HeartbeatIntervalMs,
        GeolocationOnBoot = config.GeolocationOnBoot,
        WifiChannels = config.WifiChannels,
    };

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

    private static Field<ConfigChange>[] Common() =>
    [
        Number("rssi_immediate_threshold", -60, -30, static (c, v) => c.RssiImmediate = v),
        Number("rssi_near_threshold", -75, -50, static (c, v) => c.RssiNear = v),
        Number("rssi_far_threshold", -90, -65, static (c, v) => c.RssiFar = v),
        Number("dwell_short_threshold", 1, 5, static (c, v) => c.DwellShort = v),
        Number("dwell_medium_threshold", 2, 15, static (c, v) => c.DwellMedium = v),
        Number("dwell_long_threshold", 5, 30, static (c, v) => c.DwellLong = v),
        Number("report_interval_ms", 60_000, 3_600_000, static (c, v) => c.ReportIntervalMs = v),
        Number("heartbeat_interval_ms", 3_600_000, 604_800_000, static (c, v) => c.HeartbeatIntervalMs = v),
        new BoolField<ConfigChange>("geolocation_on_boot", static (c, v) => c.GeolocationOnBoot = v),
        new NumbersField<ConfigChange>("wifi_channels", 1, 13, static (c, v) => c.WifiChannels = v),
        new IgnoredField<ConfigChange>("device_id"),
        new IgnoredField<ConfigChange>("config_version"),
        new IgnoredField<ConfigChange>("updated_at"),
    ];

    private static NumberField<ConfigChange> Number(string name, int min, int max, Action<ConfigChange, int> set) =>
        new(name, min, max, (change, value) => set(change, (int)value));
}

/// <summary>What a device should run, and what it says it runs.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Wanted">What it should run.</param>
/// <param name="ReportedVersion">The version that it last named; null = never (the old fleet does not).</param>
/// <param name="InForce">Whether the two agree.</param>
/// <param name="Reported">What that version says; null = not known.</param>
internal sealed record ConfigState(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("wanted")] DeviceConfig Wanted,
    [property: JsonPropertyName("reported_version")] int? ReportedVersion,
    [property: JsonPropertyName("in_force")] bool InForce,
    [property: JsonPropertyName("reported")] DeviceConfig? Reported);

/// <summary>The answer to a change.</summary>
/// <param name="Success">Always true (the portal's word).</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Version">The new version.</param>
/// <param name="Status">Always ok (the backend's word).</param>
/// <param name="UpdatedAt">When.</param>
internal sealed record SavedConfig(
    [property: JsonPropertyName("success")] bool Success,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("config_version")] int Version,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("updated_at")] DateTime? UpdatedAt);

/// <summary>Serializers of the configuration, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(DeviceConfig))]
[JsonSerializable(typeof(ConfigChange))]
[JsonSerializable(typeof(ConfigState))]
[JsonSerializable(typeof(SavedConfig))]
internal sealed partial class ConfigJson : JsonSerializerContext;
