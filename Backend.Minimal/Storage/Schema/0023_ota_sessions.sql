-- Attempts of things at an update, as they tell of them. state: started, downloading, success, failed; why: the device's own words, or ours:
-- interrupted, no_report, silent.
CREATE TABLE ota_sessions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id   TEXT NOT NULL UNIQUE,
    device_id    TEXT NOT NULL,
    product      TEXT,
    platform     TEXT,
    old_version  TEXT,
    new_version  TEXT,
    state        TEXT NOT NULL,
    progress     INTEGER NOT NULL DEFAULT 0,
    why          TEXT,
    started_at   INTEGER NOT NULL,
    heard_at     INTEGER NOT NULL,
    ended_at     INTEGER
);

-- A device is at one update at a time, however many processes serve it.
CREATE UNIQUE INDEX ota_sessions_open ON ota_sessions (device_id) WHERE ended_at IS NULL;
CREATE INDEX ota_sessions_device ON ota_sessions (device_id, id);
