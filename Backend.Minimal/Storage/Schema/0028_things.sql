-- What things and gateways say of themselves beside their values. beat_*: their last heartbeat; beats: a bit a minute of the last hour in
-- which one came, bit 0 = beat_minute (minutes since 1970); beating_since: the first heartbeat. status: what people were told last.
CREATE TABLE things (
    device_id           TEXT NOT NULL PRIMARY KEY REFERENCES devices (device_id),
    name                TEXT,
    environment         TEXT,
    board               TEXT,
    config              TEXT,
    wanted_config       TEXT,
    supported_commands  TEXT,
    info_at             INTEGER,
    beat_at             INTEGER,
    beating_since       INTEGER,
    beat_minute         INTEGER NOT NULL DEFAULT 0,
    beats               INTEGER NOT NULL DEFAULT 0,
    ssid                TEXT,
    ip                  TEXT,
    rssi                INTEGER,
    free_heap           INTEGER,
    uptime_s            INTEGER,
    status              TEXT NOT NULL DEFAULT 'never',
    status_at           INTEGER
);

-- What happened to a device, in its own words.
CREATE TABLE thing_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id  TEXT NOT NULL REFERENCES devices (device_id),
    at         INTEGER NOT NULL,
    type       TEXT NOT NULL,
    data       TEXT NOT NULL
);

CREATE INDEX thing_events_device ON thing_events (device_id, id);
CREATE INDEX thing_events_at ON thing_events (at);

-- What a device shows: the newest that it has sent.
CREATE TABLE thing_snapshots (
    device_id  TEXT NOT NULL PRIMARY KEY REFERENCES devices (device_id),
    at         INTEGER NOT NULL,
    data       TEXT NOT NULL
);

-- What operators tell a device to do. sent_at: when it last went out; done_at: when it had been done, as far as the device lets us see.
CREATE TABLE thing_commands (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id       TEXT NOT NULL REFERENCES devices (device_id),
    command         TEXT NOT NULL,
    target_version  TEXT,
    queued_by       TEXT NOT NULL,
    queued_at       INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    sent_at         INTEGER,
    done_at         INTEGER
);

CREATE INDEX thing_commands_device ON thing_commands (device_id, id);

-- Over which environment's topics an update is told; null = over HTTP, which has none. A word from another environment is of another firmware.
ALTER TABLE ota_sessions ADD COLUMN env TEXT;

-- What one process at a time may do.
CREATE TABLE leases (
    name    TEXT NOT NULL PRIMARY KEY,
    holder  TEXT NOT NULL,
    until   INTEGER NOT NULL
);
