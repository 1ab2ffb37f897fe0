using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Config;

/// <summary>The SQL of configurations.</summary>
internal static class ConfigSql
{
    private const string SelectSql = """
        SELECT config_version, rssi_immediate_threshold, rssi_near_threshold, rssi_far_threshold, dwell_short_threshold,
            dwell_medium_threshold, dwell_long_threshold, report_interval_ms, heartbeat_interval_ms, geolocation_on_boot, wifi_channels, updated_at
        FROM device_configs WHERE device_id = $1
        """;

    private const string SaveSql = """
        INSERT INTO device_configs (device_id, config_version, rssi_immediate_threshold, rssi_near_threshold, rssi_far_threshold,
            dwell_short_threshold, dwell_medium_threshold, dwell_long_threshold, report_interval_ms, heartbeat_interval_ms,
            geolocation_on_boot, wifi_channels, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (device_id) DO UPDATE SET config_version = excluded.config_version,
            rssi_immediate_threshold = excluded.rssi_immediate_threshold, rssi_near_threshold = excluded.rssi_near_threshold,
            rssi_far_threshold = excluded.rssi_far_threshold, dwell_short_threshold = excluded.dwell_short_threshold,
            dwell_medium_threshold = excluded.dwell_medium_threshold, dwell_long_threshold = excluded.dwell_long_threshold,
            report_interval_ms = excluded.report_interval_ms, heartbeat_interval_ms = excluded.heartbeat_interval_ms,
            geolocation_on_boot = excluded.geolocation_on_boot, wifi_channels = excluded.wifi_channels, updated_at = excluded.updated_at
        """;

    /// <summary>The configuration of a device; the defaults when it was never changed.</summary>
    public static DeviceConfig Of(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(SelectSql, deviceId);
        return !row.Read() ? new DeviceConfig() : new DeviceConfig
        {
            Version = row.Int32(0),
            RssiImmediate = row.Int32(1),
            RssiNear = row.Int32(2),
            RssiFar = row.Int32(3),
            DwellShort = row.Int32(4),
            DwellMedium = row.Int32(5),
            DwellLong = row.Int32(6),
            ReportIntervalMs = row.Int32(7),
            HeartbeatIntervalMs = row.Int32(8),
            GeolocationOnBoot = row.Int32(9) != 0,
            WifiChannels = [.. row.Text(10).Split(',').Select(static channel => int.Parse(channel, CultureInfo.InvariantCulture))],
            UpdatedAt = row.TimeOrNull(11),
        };
    }

    /// <summary>Changes a configuration.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">Whose, what, by whom and when (milliseconds since 1970).</param>
    /// <returns>The new configuration; or what is wrong with it.</returns>
    public static (DeviceConfig? Config, string? Fault) Change(SqlSession session, (string DeviceId, ConfigChange Change, string Who, long At) wanted)
    {
        // The device's row is what two processes that change the same configuration wait for each other at.
        session.Execute("UPDATE devices SET config_version = config_version WHERE device_id = $1", wanted.DeviceId);
        DeviceConfig before = Of(session, wanted.DeviceId);
        DeviceConfig after = wanted.Change.ApplyTo(before) with
        {
            Version = before.Version + 1,
            UpdatedAt = DateTime.UnixEpoch.AddMilliseconds(wanted.At),
        };
        if (after.FindFault() is { } fault)
        {
            return (null, fault);
        }

        Save(session, wanted.DeviceId, after);
        Audit.Note(session, wanted.Who, "device.config", wanted.DeviceId, Json(before), Json(after), wanted.At);
        return (after, null);
    }

    /// <summary>Stores a configuration as it is.</summary>
    public static void Save(SqlSession session, string deviceId, DeviceConfig c)
    {
        session.Execute(
            SaveSql, deviceId, c.Version, c.RssiImmediate, c.RssiNear, c.RssiFar, c.DwellShort, c.DwellMedium, c.DwellLong,
            c.ReportIntervalMs, c.HeartbeatIntervalMs, c.GeolocationOnBoot, string.Join(',', c.WifiChannels),
            c.UpdatedAt is { } at ? (long?)(at - DateTime.UnixEpoch).TotalMilliseconds : null);
        session.Execute(
            "UPDATE devices SET config_version = $2, report_interval_ms = $3 WHERE device_id = $1", deviceId, c.Version, c.ReportIntervalMs);
    }

    private static string Json(DeviceConfig config) => JsonSerializer.Serialize(config, ConfigJson.Default.DeviceConfig);
}
