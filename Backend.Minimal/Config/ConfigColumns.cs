using System.Globalization;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Config;

/// <summary>The columns of configurations. A key of the configuration gets one line here, and one in a migration.</summary>
internal static class ConfigColumns
{
    /// <summary>The table; the first column is its key.</summary>
    public static readonly ColumnTable<(string DeviceId, DeviceConfig Config), DeviceConfig> Table = new(
        "device_configs",
        static () => new DeviceConfig(),
        new("device_id", "TEXT", static c => c.DeviceId, null),
        new("config_version", "INTEGER NOT NULL", static c => c.Config.Version, static (c, s, i) => c.Version = s.Int32(i)),
        Number("rssi_immediate_threshold", static c => c.RssiImmediate, static (c, v) => c.RssiImmediate = v),
        Number("rssi_near_threshold", static c => c.RssiNear, static (c, v) => c.RssiNear = v),
        Number("rssi_far_threshold", static c => c.RssiFar, static (c, v) => c.RssiFar = v),
        Number("dwell_short_threshold", static c => c.DwellShort, static (c, v) => c.DwellShort = v),
        Number("dwell_medium_threshold", static c => c.DwellMedium, static (c, v) => c.DwellMedium = v),
        Number("dwell_long_threshold", static c => c.DwellLong, static (c, v) => c.DwellLong = v),
        Number("report_interval_ms", static c => c.ReportIntervalMs, static (c, v) => c.ReportIntervalMs = v),
        Number("heartbeat_interval_ms", static c => c.HeartbeatIntervalMs, static (c, v) => c.HeartbeatIntervalMs = v),
        Number("geolocation_on_boot", static c => c.GeolocationOnBoot ? 1 : 0, static (c, v) => c.GeolocationOnBoot = v != 0),
        new(
            "wifi_channels", "TEXT NOT NULL", static c => string.Join(',', c.Config.WifiChannels),
            static (c, s, i) => c.WifiChannels = Channels(s.Text(i))),
        new("updated_at", "INTEGER", static c => Milliseconds(c.Config.UpdatedAt), static (c, s, i) => c.UpdatedAt = s.TimeOrNull(i)));

    private static Column<(string DeviceId, DeviceConfig Config), DeviceConfig> Number(
        string name, Func<DeviceConfig, int> get, Action<DeviceConfig, int> set) =>
        new(name, "INTEGER NOT NULL", c => get(c.Config), (c, s, i) => set(c, s.Int32(i)));

    private static int[] Channels(string text) =>
        [.. text.Split(',').Select(static channel => int.Parse(channel, CultureInfo.InvariantCulture))];

    private static long? Milliseconds(DateTime? time) => time is { } at ? (long?)(at - DateTime.UnixEpoch).TotalMilliseconds : null;
}
