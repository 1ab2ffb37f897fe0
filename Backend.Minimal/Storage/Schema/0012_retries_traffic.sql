-- Work that failed too often to be tried again by itself: an operator retries it or drops it. The work itself stays where it was queued,
-- parked until then. queue: geolocation, or a channel of alerts. item: its key there.
CREATE TABLE dead_letters (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    queue      TEXT NOT NULL,
    item       TEXT NOT NULL,
    device_id  TEXT NOT NULL,
    error      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    died_at    INTEGER NOT NULL,
    UNIQUE (queue, item)
);

CREATE INDEX outbox_channel ON outbox (channel, delivered_at, next_at);
DROP INDEX outbox_due;

-- What went over the air, by device and UTC day (its first millisecond): requests and answers with their headers, as HTTP counts them.
CREATE TABLE device_traffic (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id       TEXT NOT NULL REFERENCES devices (device_id),
    day_at          INTEGER NOT NULL,
    requests        INTEGER NOT NULL,
    received_bytes  INTEGER NOT NULL,
    sent_bytes      INTEGER NOT NULL,
    UNIQUE (device_id, day_at)
);
