-- What devices say of themselves. One row a message: its numbers and booleans, packed (Telemetry/Packed.cs). t: when it was so, by the
-- device's clock or ours; the same device, key and moment is the same value. points: how many values are in it.
CREATE TABLE telemetry (
    device_key  INTEGER NOT NULL REFERENCES devices (id),
    t           INTEGER NOT NULL,
    points      INTEGER NOT NULL,
    data        BLOB NOT NULL,
    PRIMARY KEY (device_key, t)
) WITHOUT ROWID;

-- Least, mean and greatest of each key in five minutes, packed: one row a device.
CREATE TABLE telemetry_sums (
    device_key  INTEGER NOT NULL REFERENCES devices (id),
    t           INTEGER NOT NULL,
    data        BLOB NOT NULL,
    PRIMARY KEY (device_key, t)
) WITHOUT ROWID;

-- What each device reported last and what is wanted of it, packed (Telemetry/DeviceValues.cs). at: its last word, 0 = none. touched_at:
-- when devices.last_seen_at was last set by it. points: values in telemetry. summed_until: before that telemetry_sums are complete;
-- trimmed_before: before that telemetry was removed. source: the process that wrote it last.
CREATE TABLE telemetry_states (
    device_key      INTEGER NOT NULL PRIMARY KEY REFERENCES devices (id),
    at              INTEGER NOT NULL,
    touched_at      INTEGER NOT NULL DEFAULT 0,
    points          INTEGER NOT NULL DEFAULT 0,
    summed_until    INTEGER NOT NULL DEFAULT 0,
    trimmed_before  INTEGER NOT NULL DEFAULT 0,
    source          INTEGER NOT NULL DEFAULT 0,
    data            BLOB NOT NULL
);

-- Who changed what of a device: operators, and the device itself where it is no measurement. before, after: as JSON.
CREATE TABLE state_changes (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id     TEXT NOT NULL REFERENCES devices (device_id),
    at            INTEGER NOT NULL,
    who           TEXT NOT NULL,
    what          TEXT NOT NULL,
    key           TEXT NOT NULL,
    before_value  TEXT NOT NULL,
    after_value   TEXT NOT NULL
);

CREATE INDEX state_changes_device ON state_changes (device_id, id);

-- When people are told of a value: of one device, or of every device of a product.
CREATE TABLE telemetry_rules (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    device_id   TEXT REFERENCES devices (device_id),
    product     TEXT,
    key         TEXT NOT NULL,
    op          TEXT NOT NULL,
    value       REAL NOT NULL,
    for_s       INTEGER NOT NULL,
    is_on       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL
);

CREATE INDEX telemetry_rules_device ON telemetry_rules (device_id);

-- Of which devices it is so now, and since when; raised_at null = not yet for so long that people are told.
CREATE TABLE telemetry_rule_states (
    rule_id    INTEGER NOT NULL REFERENCES telemetry_rules (id) ON DELETE CASCADE,
    device_id  TEXT NOT NULL REFERENCES devices (device_id),
    since      INTEGER NOT NULL,
    raised_at  INTEGER,
    value      REAL NOT NULL,
    PRIMARY KEY (rule_id, device_id)
) WITHOUT ROWID;

CREATE INDEX telemetry_rule_states_device ON telemetry_rule_states (device_id);

-- Where the telemetry of a device or product goes too. secret: encrypted.
CREATE TABLE telemetry_hooks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id   TEXT REFERENCES devices (device_id),
    product     TEXT,
    url         TEXT NOT NULL,
    secret      TEXT NOT NULL,
    is_on       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    dropped     INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT
);

CREATE INDEX telemetry_hooks_device ON telemetry_hooks (device_id);

CREATE TABLE telemetry_deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    hook_id     INTEGER NOT NULL REFERENCES telemetry_hooks (id) ON DELETE CASCADE,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL
);

CREATE INDEX telemetry_deliveries_due ON telemetry_deliveries (next_at);
CREATE INDEX telemetry_deliveries_hook ON telemetry_deliveries (hook_id, id);

INSERT INTO telemetry_rules (name, key, op, value, for_s, is_on, created_at, created_by)
VALUES ('Battery low', 'battery', '<', 10, 0, 0, 0, 'default'), ('Too warm', 'temperature', '>', 70, 60, 0, 0, 'default');
