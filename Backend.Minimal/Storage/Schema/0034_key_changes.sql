-- Key-change records and floors as the bench signed them. They are never removed: boxes that missed some need them one after the other.
CREATE TABLE ota_key_changes (
    epoch     INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    record    BLOB NOT NULL,
    added_by  TEXT NOT NULL,
    added_at  INTEGER NOT NULL,
    PRIMARY KEY (epoch, number)
);

CREATE TABLE ota_floors (
    hw        TEXT NOT NULL,
    epoch     INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    minimum   INTEGER NOT NULL,
    record    BLOB NOT NULL,
    added_by  TEXT NOT NULL,
    added_at  INTEGER NOT NULL,
    PRIMARY KEY (hw, epoch, number)
);

-- What each box said last: the names of the keys that it trusts, separated by a comma ('-' = none), and which floor is in force there.
CREATE TABLE ota_trust (
    device_id     TEXT PRIMARY KEY,
    keys          TEXT NOT NULL,
    floor_epoch   INTEGER NOT NULL,
    floor_number  INTEGER NOT NULL,
    is_expired    INTEGER NOT NULL,
    told_at       INTEGER NOT NULL
);

CREATE INDEX ota_trust_keys ON ota_trust (keys);
