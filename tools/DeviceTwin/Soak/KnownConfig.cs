using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Counting;

namespace JamBox.Twin.Soak;

/// <summary>A whole configuration: one that the backend handed out, or one that is in force.</summary>
/// <param name="Version">Its version.</param>
/// <param name="ReportIntervalMs">The interval.</param>
/// <param name="Rest">Everything else, in one text.</param>
internal sealed record KnownConfig(int Version, int ReportIntervalMs, string Rest)
{
    /// <summary>What is in force in a box.</summary>
    /// <param name="config">Its configuration.</param>
    /// <returns>The same.</returns>
    public static KnownConfig Of(BoxConfig config) => new(
        config.Version,
        config.ReportIntervalMs,
        FormattableString.Invariant($"{config.HeartbeatIntervalMs} {config.GeolocationOnBoot} {string.Join(',', config.WifiChannels)} ") +
        FormattableString.Invariant($"{config.Thresholds.ImmediateDbm} {config.Thresholds.NearDbm} {config.Thresholds.FarDbm} ") +
        FormattableString.Invariant($"{config.Thresholds.ShortMinutes} {config.Thresholds.MediumMinutes} {config.Thresholds.LongMinutes}"));

    /// <summary>What the backend shows.</summary>
    /// <param name="json">The configuration as it goes to the device.</param>
    /// <returns>The same.</returns>
    public static KnownConfig Of(JsonNode json) => new(
        json["config_version"]!.GetValue<int>(),
        json["report_interval_ms"]!.GetValue<int>(),
        $"{json["heartbeat_interval_ms"]} {(json["geolocation_on_boot"]!.GetValue<bool>() ? "True" : "False")} {string.Join(',', json["wifi_channels"]!.AsArray())} " +
        $"{json["rssi_immediate_threshold"]} {json["rssi_near_threshold"]} {json["rssi_far_threshold"]} " +
        $"{json["dwell_short_threshold"]} {json["dwell_medium_threshold"]} {json["dwell_long_threshold"]}");
}
