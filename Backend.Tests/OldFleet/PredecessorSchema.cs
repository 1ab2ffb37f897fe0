namespace JamBox.Backend.Tests.OldFleet;

/// <summary>The tables of the predecessor's file.</summary>
internal static class PredecessorSchema
{
    public const string Sql = """
        CREATE TABLE devices (id INTEGER PRIMARY KEY AUTOINCREMENT, device_id TEXT UNIQUE NOT NULL, token_hash TEXT NOT NULL, project_name TEXT,
            location_name TEXT, timezone TEXT DEFAULT 'UTC', firmware_version TEXT, status TEXT DEFAULT 'active', registered_at TEXT NOT NULL,
            last_seen_at TEXT, last_signal_dbm INTEGER, last_battery_pct INTEGER, latitude REAL, longitude REAL, device_pin VARCHAR(4),
            pending_command TEXT, anomalous INTEGER DEFAULT 0, anomaly_reason TEXT, anomaly_detected_at TEXT);
        CREATE TABLE readings (id INTEGER PRIMARY KEY AUTOINCREMENT, device_id TEXT NOT NULL, timestamp TEXT NOT NULL, impressions INTEGER NOT NULL,
            unique_count INTEGER NOT NULL, signal_dbm INTEGER, battery_pct INTEGER, firmware_version TEXT, apple_count INTEGER DEFAULT 0,
            android_count INTEGER DEFAULT 0, other_count INTEGER DEFAULT 0, probe_rssi_avg INTEGER, probe_rssi_min INTEGER, probe_rssi_max INTEGER,
            cell_rssi INTEGER, dwell_0_1 INTEGER DEFAULT 0, dwell_1_5 INTEGER DEFAULT 0, dwell_5_10 INTEGER DEFAULT 0, dwell_10plus INTEGER DEFAULT 0,
            rssi_immediate INTEGER DEFAULT 0, rssi_near INTEGER DEFAULT 0, rssi_far INTEGER DEFAULT 0, rssi_remote INTEGER DEFAULT 0,
            received_at TEXT NOT NULL, synced_to_supabase INTEGER DEFAULT 0, ble_impressions INTEGER DEFAULT 0, ble_unique INTEGER DEFAULT 0,
            ble_apple INTEGER DEFAULT 0, ble_android INTEGER DEFAULT 0, ble_other INTEGER DEFAULT 0, ble_rssi_avg INTEGER, period_start_ts TEXT,
            overflow_count INTEGER DEFAULT 0, cache_depth INTEGER DEFAULT 0, send_failures INTEGER DEFAULT 0, age_seconds INTEGER DEFAULT 0);
        CREATE TABLE heartbeats (id INTEGER PRIMARY KEY, device_id TEXT NOT NULL, timestamp TEXT NOT NULL, signal_dbm INTEGER, battery_pct INTEGER,
            firmware_version TEXT, uptime_seconds INTEGER, ip_address TEXT);
        CREATE TABLE device_configs (device_id TEXT PRIMARY KEY, report_interval_ms INTEGER DEFAULT 300000, heartbeat_interval_ms INTEGER DEFAULT 86400000,
            geolocation_on_boot INTEGER DEFAULT 1, wifi_channels TEXT DEFAULT '1,6,11', rssi_immediate_threshold INTEGER DEFAULT -50,
            rssi_near_threshold INTEGER DEFAULT -65, rssi_far_threshold INTEGER DEFAULT -80, dwell_short_threshold INTEGER DEFAULT 1,
            dwell_medium_threshold INTEGER DEFAULT 5, dwell_long_threshold INTEGER DEFAULT 10, config_version INTEGER DEFAULT 1, updated_at TEXT);

        """;
}
