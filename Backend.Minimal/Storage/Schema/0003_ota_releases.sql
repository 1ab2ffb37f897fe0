-- Builds. assemblies: name=native checksum (8 hex digits), by name, separated by blanks; manifest: the 148 signed bytes, or null.
-- Large columns stand last: what comes before them is read without them.
CREATE TABLE ota_firmware (
    id               INTEGER PRIMARY KEY,
    hw               TEXT NOT NULL,
    version          TEXT NOT NULL,
    sequence         INTEGER NOT NULL,
    image_size       INTEGER NOT NULL,
    sha256           TEXT NOT NULL,
    native_checksum  INTEGER NOT NULL,
    assemblies       TEXT NOT NULL,
    notes            TEXT,
    uploaded_by      TEXT NOT NULL,
    uploaded_at      INTEGER NOT NULL,
    manifest         BLOB,
    image            BLOB NOT NULL,
    UNIQUE (hw, version),
    UNIQUE (hw, sequence)
);

CREATE INDEX ota_firmware_sha256 ON ota_firmware (sha256);

-- Patches of our own making. base_sha256 and base_version are empty for the full image; its id is what devices name.
-- state: waiting, making, ready, useless (the full image is not larger), failed (error says why). maker and seen_at: which process
-- is at it, and when it last said so, so that another one takes up what a dead one left.
CREATE TABLE ota_deltas (
    id            INTEGER PRIMARY KEY,
    firmware_id   INTEGER NOT NULL REFERENCES ota_firmware (id),
    base_sha256   TEXT NOT NULL,
    base_version  TEXT NOT NULL,
    profile       TEXT NOT NULL,
    state         TEXT NOT NULL,
    percent       INTEGER NOT NULL DEFAULT 0,
    size          INTEGER,
    sha256        TEXT,
    chunk_count   INTEGER,
    queued_at     INTEGER NOT NULL,
    made_at       INTEGER,
    made_ms       INTEGER,
    maker         TEXT,
    seen_at       INTEGER,
    error         TEXT,
    data          BLOB,
    UNIQUE (firmware_id, base_sha256, profile)
);

CREATE INDEX ota_deltas_state ON ota_deltas (state, id);

-- What each device said when it last asked: which image it runs, on what, and which patches it can apply.
CREATE TABLE ota_devices (
    device_id   TEXT PRIMARY KEY,
    hw          TEXT NOT NULL,
    base        TEXT NOT NULL,
    version     TEXT NOT NULL,
    sequence    INTEGER NOT NULL,
    profiles    TEXT NOT NULL,
    checked_at  INTEGER NOT NULL
);

-- Every attempt of a device at a release. state: offered, downloading, verifying, applying, staged, trial, confirmed, rolled_back,
-- failed; why: the word of the device, or ours: withdrawn, no_report. chunks: the next one that it needs; bytes: those of all chunks given, repeats
-- included. allowed_at: when an operator let the device have the release again in spite of its end.
CREATE TABLE ota_attempts (
    id           INTEGER PRIMARY KEY,
    device_id    TEXT NOT NULL,
    firmware_id  INTEGER NOT NULL REFERENCES ota_firmware (id),
    rollout_id   INTEGER,
    delta_id     INTEGER NOT NULL REFERENCES ota_deltas (id),
    state        TEXT NOT NULL,
    why          TEXT,
    chunks       INTEGER NOT NULL DEFAULT 0,
    chunk_count  INTEGER NOT NULL,
    bytes        INTEGER NOT NULL DEFAULT 0,
    offered_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    allowed_at   INTEGER
);

-- A device is at one release at a time, however many processes serve it.
CREATE UNIQUE INDEX ota_attempts_open ON ota_attempts (device_id) WHERE ended_at IS NULL;
CREATE INDEX ota_attempts_device ON ota_attempts (device_id, firmware_id);
CREATE INDEX ota_attempts_rollout ON ota_attempts (rollout_id);
CREATE INDEX ota_attempts_firmware ON ota_attempts (firmware_id);
