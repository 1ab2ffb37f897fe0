-- Devices that were made together. ids: serial = a device's id is its serial number; jbnb = JBNB and 4 digits.
CREATE TABLE batches (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    board_type     TEXT NOT NULL,
    board_version  TEXT NOT NULL,
    quantity       INTEGER NOT NULL,
    platform       TEXT NOT NULL,
    product        TEXT,
    plan           TEXT,
    outputs        TEXT,
    note           TEXT,
    ids            TEXT NOT NULL,
    made_at        INTEGER NOT NULL,
    made_by        TEXT NOT NULL
);

-- Each device of a batch; its status is devices.life. mac_key: encrypted. images: how many identities were made for its flash, the first
-- of them at first_image_at. provisioned_at: its first word.
CREATE TABLE manufactured (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id       TEXT NOT NULL UNIQUE REFERENCES devices (device_id),
    batch_id        INTEGER NOT NULL REFERENCES batches (id),
    serial          TEXT NOT NULL UNIQUE,
    assigned_email  TEXT,
    assigned_name   TEXT,
    assigned_at     INTEGER,
    mac_key         TEXT,
    images          INTEGER NOT NULL DEFAULT 0,
    first_image_at  INTEGER,
    provisioned_at  INTEGER
);

CREATE INDEX manufactured_batch ON manufactured (batch_id, id);

-- Every step of such a device: who, when, why.
CREATE TABLE manufacturing_steps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id  TEXT NOT NULL REFERENCES devices (device_id),
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    from_life  TEXT NOT NULL,
    to_life    TEXT NOT NULL,
    why        TEXT
);

CREATE INDEX manufacturing_steps_device ON manufacturing_steps (device_id, id);
