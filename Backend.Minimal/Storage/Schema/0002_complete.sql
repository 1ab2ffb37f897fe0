-- Keys and what they may see. A key without places sees all of them.
ALTER TABLE api_keys ADD COLUMN created_by TEXT;

CREATE TABLE api_key_places (
    name   TEXT NOT NULL,
    place  TEXT NOT NULL,
    PRIMARY KEY (name, place)
);

-- Who changed what. Before and after are JSON, or null where there is nothing to show.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    action  TEXT NOT NULL,
    target  TEXT NOT NULL,
    before  TEXT,
    after   TEXT
);

CREATE INDEX audit_at ON audit (at);

-- Fixed windows; shared by all processes.
CREATE TABLE rate_limits (
    name          TEXT PRIMARY KEY,
    window_start  INTEGER NOT NULL,
    used          INTEGER NOT NULL
);

-- A new token waits beside the old one until it is first used.
ALTER TABLE devices ADD COLUMN next_token_hash TEXT;
ALTER TABLE devices ADD COLUMN latitude REAL;
ALTER TABLE devices ADD COLUMN longitude REAL;
ALTER TABLE devices ADD COLUMN location_source TEXT;
ALTER TABLE devices ADD COLUMN pin_hash TEXT;
ALTER TABLE devices ADD COLUMN anomalous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN anomaly_reason TEXT;
ALTER TABLE devices ADD COLUMN anomaly_detected_at INTEGER;
ALTER TABLE devices ADD COLUMN report_interval_ms INTEGER NOT NULL DEFAULT 300000;

-- Hints that spare a query per reading: 1 = the command queue may hold something; live readings of this and the last minute.
ALTER TABLE devices ADD COLUMN has_commands INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN live_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN live_now INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN live_before INTEGER NOT NULL DEFAULT 0;

-- 1 = its latest reading was DEGRADED.
ALTER TABLE devices ADD COLUMN degraded INTEGER NOT NULL DEFAULT 0;

-- Totals since registration, so that no list has to add up all readings. They outlive retention.
ALTER TABLE devices ADD COLUMN readings_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN impressions_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN unique_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN apple_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN android_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN other_total INTEGER NOT NULL DEFAULT 0;

CREATE INDEX devices_next_token_hash ON devices (next_token_hash);
CREATE INDEX devices_place ON devices (location_name);

-- Sums of readings by quarter of an hour: every time zone's midnight falls between two of them. Counts of a reading whose interval
-- reaches over several quarters are spread over them by seconds; what describes the reading itself stands where it ended.
CREATE TABLE quarters (
    device_id          TEXT NOT NULL,
    start_at           INTEGER NOT NULL,
    readings           INTEGER NOT NULL,
    impressions        INTEGER NOT NULL,
    unique_count       INTEGER NOT NULL,
    apple_count        INTEGER NOT NULL,
    android_count      INTEGER NOT NULL,
    other_count        INTEGER NOT NULL,
    dwell_0_1          INTEGER NOT NULL,
    dwell_1_5          INTEGER NOT NULL,
    dwell_5_10         INTEGER NOT NULL,
    dwell_10plus       INTEGER NOT NULL,
    rssi_immediate     INTEGER NOT NULL,
    rssi_near          INTEGER NOT NULL,
    rssi_far           INTEGER NOT NULL,
    rssi_remote        INTEGER NOT NULL,
    ble_impressions    INTEGER NOT NULL,
    ble_unique         INTEGER NOT NULL,
    ble_apple          INTEGER NOT NULL,
    ble_android        INTEGER NOT NULL,
    ble_other          INTEGER NOT NULL,
    listened_s         INTEGER NOT NULL,
    overflow_count     INTEGER NOT NULL,
    overflow_readings  INTEGER NOT NULL,
    degraded_readings  INTEGER NOT NULL,
    cached_readings    INTEGER NOT NULL,
    send_failures      INTEGER NOT NULL,
    max_cache_depth    INTEGER NOT NULL,
    signal_sum         INTEGER NOT NULL,
    signal_count       INTEGER NOT NULL,
    PRIMARY KEY (device_id, start_at)
) WITHOUT ROWID;

CREATE TABLE device_configs (
    device_id                TEXT PRIMARY KEY,
    report_interval_ms       INTEGER NOT NULL,
    heartbeat_interval_ms    INTEGER NOT NULL,
    geolocation_on_boot      INTEGER NOT NULL,
    wifi_channels            TEXT NOT NULL,
    rssi_immediate_threshold INTEGER NOT NULL,
    rssi_near_threshold      INTEGER NOT NULL,
    rssi_far_threshold       INTEGER NOT NULL,
    dwell_short_threshold    INTEGER NOT NULL,
    dwell_medium_threshold   INTEGER NOT NULL,
    dwell_long_threshold     INTEGER NOT NULL,
    config_version           INTEGER NOT NULL,
    updated_at               INTEGER
);

-- state: queued, delivered (once or more, not acknowledged), given (to a box that cannot acknowledge), done, expired.
CREATE TABLE commands (
    id            INTEGER PRIMARY KEY,
    device_id     TEXT NOT NULL REFERENCES devices (device_id),
    command       TEXT NOT NULL,
    arg           INTEGER,
    state         TEXT NOT NULL,
    queued_by     TEXT NOT NULL,
    queued_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    delivered_at  INTEGER,
    deliveries    INTEGER NOT NULL DEFAULT 0,
    done_at       INTEGER,
    result        TEXT
);

CREATE INDEX commands_device ON commands (device_id, id);

-- Access points that wait to be looked up; gone as soon as they are.
CREATE TABLE geolocation_jobs (
    device_id   TEXT PRIMARY KEY,
    body        TEXT NOT NULL,
    asked_at    INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    next_at     INTEGER NOT NULL
);

CREATE TABLE firmware_versions (
    id             INTEGER PRIMARY KEY,
    version        TEXT NOT NULL UNIQUE,
    release_date   INTEGER NOT NULL,
    binary_size    INTEGER NOT NULL,
    sha256         TEXT NOT NULL,
    release_notes  TEXT,
    is_current     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL
);

CREATE TABLE ota_patches (
    id            INTEGER PRIMARY KEY,
    from_version  TEXT NOT NULL,
    to_version    TEXT NOT NULL,
    patch_size    INTEGER NOT NULL,
    chunk_count   INTEGER NOT NULL,
    sha256        TEXT NOT NULL,
    compression   TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    data          BLOB,
    UNIQUE (from_version, to_version)
);

CREATE TABLE device_ota_progress (
    device_id        TEXT NOT NULL,
    target_version   TEXT NOT NULL,
    chunks_received  INTEGER NOT NULL,
    total_chunks     INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    last_chunk_at    INTEGER,
    status           TEXT NOT NULL,
    error_message    TEXT,
    PRIMARY KEY (device_id, target_version)
);

CREATE TABLE alerts (
    id               INTEGER PRIMARY KEY,
    device_id        TEXT NOT NULL,
    alert_type       TEXT NOT NULL,
    severity         TEXT NOT NULL,
    message          TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    cleared_at       INTEGER,
    acknowledged_by  TEXT,
    acknowledged_at  INTEGER
);

-- At most one open alert of a kind per device, however many processes look.
CREATE UNIQUE INDEX alerts_open ON alerts (device_id, alert_type) WHERE cleared_at IS NULL;

-- Written in the transaction of the alert, sent later: neither can be without the other.
CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY,
    alert_id      INTEGER NOT NULL,
    channel       TEXT NOT NULL,
    body          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    delivered_at  INTEGER,
    last_error    TEXT
);

CREATE INDEX outbox_due ON outbox (delivered_at, next_at);

-- What live listeners are told besides readings and heartbeats.
CREATE TABLE events (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    device_id  TEXT NOT NULL,
    data       TEXT NOT NULL
);

CREATE INDEX events_at ON events (at);
