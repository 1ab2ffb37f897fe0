-- Times are whole milliseconds since 1970 (UTC): they sort, subtract and index as numbers, in SQLite as in PostgreSQL.
-- Columns that the predecessor had keep its names; ours bear the names they have on the wire (docs/wire.md).

CREATE TABLE api_keys (
    name        TEXT PRIMARY KEY,
    role        TEXT NOT NULL,
    key_hash    TEXT NOT NULL,
    created_at  INTEGER NOT NULL
);

CREATE TABLE devices (
    id                   INTEGER PRIMARY KEY,
    device_id            TEXT NOT NULL UNIQUE,
    token_hash           TEXT NOT NULL,
    project_name         TEXT,
    location_name        TEXT,
    timezone             TEXT NOT NULL DEFAULT 'UTC',
    firmware_version     TEXT,
    status               TEXT NOT NULL DEFAULT 'active',
    registered_at        INTEGER NOT NULL,
    last_seen_at         INTEGER,
    last_signal_dbm      INTEGER,
    last_battery_pct     INTEGER,
    config_version       INTEGER NOT NULL DEFAULT 1,
    b                    INTEGER,
    cv                   INTEGER
);

-- The token's hash is what a request is looked up by.
CREATE INDEX devices_token_hash ON devices (token_hash);

CREATE TABLE readings (
    id                INTEGER PRIMARY KEY,
    device_id         TEXT NOT NULL REFERENCES devices (device_id),

    -- When: the device's word (t, ts), the time that counts (timestamp; null = undated), where that comes from (time_source)
    -- and the 5-minute period it falls into.
    t                 INTEGER NOT NULL,
    ts                INTEGER,
    timestamp         INTEGER,
    time_source       TEXT NOT NULL,
    period_start_ts   INTEGER NOT NULL,
    received_at       INTEGER NOT NULL,

    -- Which: the same reading sent again has the same three numbers. key_kind 0 = (b, n), 1 = (t, 0), 2 = (age slot, 0).
    key_kind          INTEGER NOT NULL,
    key_a             INTEGER NOT NULL,
    key_b             INTEGER NOT NULL,
    b                 INTEGER,
    n                 INTEGER,

    impressions       INTEGER NOT NULL,
    unique_count      INTEGER NOT NULL,
    battery_pct       INTEGER,
    firmware_version  TEXT,
    apple_count       INTEGER NOT NULL,
    android_count     INTEGER NOT NULL,
    other_count       INTEGER NOT NULL,
    cell_rssi         INTEGER,
    probe_rssi_avg    INTEGER,
    probe_rssi_min    INTEGER,
    probe_rssi_max    INTEGER,
    dwell_0_1         INTEGER NOT NULL,
    dwell_1_5         INTEGER NOT NULL,
    dwell_5_10        INTEGER NOT NULL,
    dwell_10plus      INTEGER NOT NULL,
    rssi_immediate    INTEGER NOT NULL,
    rssi_near         INTEGER NOT NULL,
    rssi_far          INTEGER NOT NULL,
    rssi_remote       INTEGER NOT NULL,
    ble_impressions   INTEGER NOT NULL,
    ble_unique        INTEGER NOT NULL,
    ble_apple         INTEGER NOT NULL,
    ble_android       INTEGER NOT NULL,
    ble_other         INTEGER NOT NULL,
    ble_rssi_avg      INTEGER,
    overflow_count    INTEGER NOT NULL,
    cache_depth       INTEGER NOT NULL,
    send_failures     INTEGER NOT NULL,
    age_seconds       INTEGER NOT NULL,
    dr                INTEGER,
    "do"              INTEGER,
    rl                INTEGER,
    ls                INTEGER,
    iv                INTEGER,
    cv                INTEGER
);

CREATE UNIQUE INDEX readings_same ON readings (device_id, key_kind, key_a, key_b);

-- One device's readings, newest first.
CREATE INDEX readings_device ON readings (device_id, id);

CREATE TABLE heartbeats (
    id                INTEGER PRIMARY KEY,
    device_id         TEXT NOT NULL REFERENCES devices (device_id),
    timestamp         INTEGER NOT NULL,
    signal_dbm        INTEGER,
    battery_pct       INTEGER,
    firmware_version  TEXT,
    uptime_seconds    INTEGER,
    ip_address        TEXT,
    b                 INTEGER,
    cv                INTEGER,
    hf                INTEGER,
    rr                TEXT,
    ob                TEXT
);

CREATE INDEX heartbeats_device ON heartbeats (device_id, id);
