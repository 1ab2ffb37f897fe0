using JamBox.Backend.Storage;

namespace JamBox.Backend.Devices;

/// <summary>The columns of devices that are listed, and those that a registration fills.</summary>
internal static class DeviceColumns
{
    /// <summary>The table.</summary>
    public static readonly ColumnTable<NewDevice, DeviceRow> Table = new(
        "devices",
        static () => new DeviceRow
        {
            DeviceId = "", Kind = "", Life = "", Timezone = "", Status = "", ConnectionStatus = "", LastSeenAgo = "",
        },
        new("device_id", "TEXT NOT NULL", static d => d.DeviceId, static (r, s, i) => r.DeviceId = s.Text(i)),
        new("kind", "TEXT NOT NULL", static d => d.Kind, static (r, s, i) => r.Kind = s.Text(i)),
        new("product", "TEXT", static d => d.Product, static (r, s, i) => r.Product = s.TextOrNull(i)),
        new("platform", "TEXT", static d => d.Platform, static (r, s, i) => r.Platform = s.TextOrNull(i)),
        new("life", "TEXT NOT NULL", null, static (r, s, i) => r.Life = s.Text(i)),
        new("place_id", "INTEGER", null, static (r, s, i) => r.PlaceId = s.Int64OrNull(i)),
        new(PlaceOr("project", "project_name"), null, null, static (r, s, i) => r.ProjectName = s.TextOrNull(i)),
        new(
            "(SELECT p.name FROM places p WHERE p.id = devices.place_id)", null, null,
            static (r, s, i) => r.LocationName = s.TextOrNull(i)),
        new(PlaceOr("timezone", "timezone"), null, null, static (r, s, i) => r.Timezone = s.Text(i)),
        new("project_name", "TEXT", static d => d.ProjectName, null),
        new("timezone", "TEXT NOT NULL", static d => d.Timezone, null),
        new("firmware_version", "TEXT", null, static (r, s, i) => r.FirmwareVersion = s.TextOrNull(i)),
        new("status", "TEXT NOT NULL", null, static (r, s, i) => r.Status = s.Text(i)),
        new("registered_at", "INTEGER NOT NULL", static d => d.RegisteredAt, static (r, s, i) => r.RegisteredAt = s.Time(i)),
        new("last_seen_at", "INTEGER", null, static (r, s, i) => r.LastSeenAt = s.TimeOrNull(i)),
        new("last_signal_dbm", "INTEGER", null, static (r, s, i) => r.LastSignalDbm = s.Int32OrNull(i)),
        new("last_battery_pct", "INTEGER", null, static (r, s, i) => r.LastBatteryPct = s.Int32OrNull(i)),
        new("config_version", "INTEGER NOT NULL", null, static (r, s, i) => r.ConfigVersion = s.Int32(i)),
        new("cv", "INTEGER", null, static (r, s, i) => r.ReportedConfigVersion = s.Int32OrNull(i)),
        new("b", "INTEGER", null, static (r, s, i) => r.BootId = s.Int64OrNull(i)),
        new("latitude", "REAL", null, static (r, s, i) => r.Latitude = s.RealOrNull(i)),
        new("longitude", "REAL", null, static (r, s, i) => r.Longitude = s.RealOrNull(i)),
        new("location_source", "TEXT", null, static (r, s, i) => r.LocationSource = s.TextOrNull(i)),
        new("anomalous", "INTEGER NOT NULL", null, static (r, s, i) => r.Anomalous = s.Int32(i)),
        new("anomaly_reason", "TEXT", null, static (r, s, i) => r.AnomalyReason = s.TextOrNull(i)),
        new("anomaly_detected_at", "INTEGER", null, static (r, s, i) => r.AnomalyDetectedAt = s.TimeOrNull(i)),
        new("report_interval_ms", "INTEGER NOT NULL", null, static (r, s, i) => r.ReportIntervalMs = s.Int32(i)),
        new("CASE WHEN pin_hash IS NULL THEN 0 ELSE 1 END", null, null, static (r, s, i) => r.HasPin = s.Int32(i) != 0),
        new("retired_at", "INTEGER", null, static (r, s, i) => r.RetiredAt = s.TimeOrNull(i)),
        new("is_demo", "INTEGER NOT NULL", null, static (r, s, i) => r.Demo = s.Int32(i) != 0),
        new("(SELECT string_agg(tag, ',') FROM (SELECT t.tag FROM device_tags t WHERE t.device_id = devices.device_id ORDER BY t.tag) sorted)", null, null, static (r, s, i) => r.Tags = s.TextOrNull(i)?.Split(',') ?? []),
        new("answers", "TEXT", null, static (r, s, i) => r.Answers = s.TextOrNull(i)),
        new("token_hash", "TEXT NOT NULL", static d => d.TokenHash, null));

    /// <summary>What the place says, else what the device itself says until it has one.</summary>
    private static string PlaceOr(string ofPlace, string ofDevice) =>
        $"coalesce((SELECT p.{ofPlace} FROM places p WHERE p.id = devices.place_id), devices.{ofDevice})";
}
