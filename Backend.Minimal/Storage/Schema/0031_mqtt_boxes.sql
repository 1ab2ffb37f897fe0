-- How far what boxes have sent was published over MQTT, one row: the newest reading, and when somebody asked for everything anew.
CREATE TABLE mqtt_box_feed (
    name         TEXT NOT NULL PRIMARY KEY,
    reading      INTEGER NOT NULL,
    again_at     INTEGER NOT NULL
);

-- What brokers keep of boxes: so that it can be taken back when a box has ended, or is not to be told of any more.
CREATE TABLE mqtt_box_topics (
    topic      TEXT NOT NULL PRIMARY KEY,
    device_id  TEXT NOT NULL
);
