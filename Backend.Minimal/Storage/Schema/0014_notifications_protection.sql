-- What people are told. One row is a matter of a device (or a roll-out): what happens again while it is fresh is counted in times, and
-- moves told_at. place_id: where the device stood then; null = nowhere, or no device's. mailed_at null = users have not been mailed yet.
CREATE TABLE notifications (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    told_at    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    device_id  TEXT NOT NULL,
    place_id   INTEGER,
    message    TEXT NOT NULL,
    times      INTEGER NOT NULL DEFAULT 1,
    alert_id   INTEGER NOT NULL DEFAULT 0,
    mailed_at  INTEGER
);

CREATE INDEX notifications_mailed ON notifications (mailed_at);
CREATE INDEX notifications_place ON notifications (place_id, id);

-- While a row is here, the same again is counted and not told: the cool-down. told_times < times = something is to be told when it is over.
CREATE TABLE notification_gates (
    device_id        TEXT NOT NULL,
    alert_type       TEXT NOT NULL,
    state            TEXT NOT NULL,
    place_id         INTEGER NOT NULL,
    kind             TEXT NOT NULL,
    notification_id  INTEGER NOT NULL DEFAULT 0,
    told_at          INTEGER NOT NULL,
    last_at          INTEGER NOT NULL,
    times            INTEGER NOT NULL,
    told_times       INTEGER NOT NULL,
    message          TEXT NOT NULL,
    PRIMARY KEY (device_id, alert_type, state, place_id)
);

CREATE INDEX notification_gates_told ON notification_gates (told_at);

-- What a user has done with it. What was told again later is unread again, and there again.
CREATE TABLE notification_marks (
    notification_id  INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    user_id          INTEGER NOT NULL REFERENCES users (id),
    read_at          INTEGER,
    deleted_at       INTEGER,
    PRIMARY KEY (notification_id, user_id)
);

CREATE INDEX notification_marks_user ON notification_marks (user_id);

-- All that was told until then is read. notifications_chosen_at null = nothing was chosen yet: everything is in the list, nothing is
-- mailed.
ALTER TABLE users ADD COLUMN notifications_read_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN notifications_chosen_at INTEGER;
UPDATE users SET notifications_chosen_at = created_at WHERE id IN (SELECT user_id FROM user_notifications);

-- The keys with which secrets are encrypted that must be read again. salt null = the key stands in clear in xml; else it is encrypted under
-- Protection:Secret.
CREATE TABLE protection_keys (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    xml         TEXT NOT NULL,
    salt        TEXT,
    created_at  INTEGER NOT NULL
);
