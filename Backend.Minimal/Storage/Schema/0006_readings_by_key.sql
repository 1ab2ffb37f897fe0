-- Readings name their device by its number: 1 to 3 bytes instead of 8 in the row and in the index that every reading is looked up in.
-- The index on (device_id, id) is gone from SQLite, where it cost a page of log a reading: one device's readings are found by
-- readings_same, whose entries bear the rowid, and sorted. PostgreSQL's entries do not, so that it keeps one.
-- Copied in the order of their ids: neither storage holds more of it in memory than its cache.
CREATE TABLE readings_by_key (
    id                INTEGER PRIMARY KEY,
    device_key        INTEGER NOT NULL REFERENCES devices (id),

    -- When: the device's word (t, ts), the time that counts (timestamp; null = undated), where that comes from (time_source)
    -- and the 5-minute period it falls into.
    t                 INTEGER NOT NULL,
    ts                INTEGER,
    timestamp         INTEGER,
    time_source       TEXT NOT NULL,
    period_start_ts   INTEGER NOT NULL,
    received_at       INTEGER NOT NULL,

    -- Which: the same reading sent again has the same three numbers. key_kind 0 = (b, n), 1 = (t, 0), 2 = (age slot, 0).
    key_kind          INTEGER NOT NULL,
    key_a             INTEGER NOT NULL,
    key_b             INTEGER NOT NULL,
    b                 INTEGER,
    n                 INTEGER,

    impressions       INTEGER NOT NULL,
    unique_count      INTEGER NOT NULL,
    battery_pct       INTEGER,
    firmware_version  TEXT,
    apple_count       INTEGER NOT NULL,
    android_count     INTEGER NOT NULL,
    other_count       INTEGER NOT NULL,
    cell_rssi         INTEGER,
    probe_rssi_avg    INTEGER,
    probe_rssi_min    INTEGER,
    probe_rssi_max    INTEGER,
    dwell_0_1         INTEGER NOT NULL,
    dwell_1_5         INTEGER NOT NULL,
    dwell_5_10        INTEGER NOT NULL,
    dwell_10plus      INTEGER NOT NULL,
    rssi_immediate    INTEGER NOT NULL,
    rssi_near         INTEGER NOT NULL,
    rssi_far          INTEGER NOT NULL,
    rssi_remote       INTEGER NOT NULL,
    ble_impressions   INTEGER NOT NULL,
    ble_unique        INTEGER NOT NULL,
    ble_apple         INTEGER NOT NULL,
    ble_android       INTEGER NOT NULL,
    ble_other         INTEGER NOT NULL,
    ble_rssi_avg      INTEGER,
    overflow_count    INTEGER NOT NULL,
    cache_depth       INTEGER NOT NULL,
    send_failures     INTEGER NOT NULL,
    age_seconds       INTEGER NOT NULL,
    dr                INTEGER,
    "do"              INTEGER,
    rl                INTEGER,
    ls                INTEGER,
    iv                INTEGER,
    cv                INTEGER
);

INSERT INTO readings_by_key (id, device_key, t, ts, timestamp, time_source, period_start_ts, received_at, key_kind, key_a, key_b, b, n,
    impressions, unique_count, battery_pct, firmware_version, apple_count, android_count, other_count, cell_rssi, probe_rssi_avg,
    probe_rssi_min, probe_rssi_max, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate, rssi_near, rssi_far, rssi_remote,
    ble_impressions, ble_unique, ble_apple, ble_android, ble_other, ble_rssi_avg, overflow_count, cache_depth, send_failures,
    age_seconds, dr, "do", rl, ls, iv, cv)
SELECT r.id, d.id, r.t, r.ts, r.timestamp, r.time_source, r.period_start_ts, r.received_at, r.key_kind, r.key_a, r.key_b, r.b, r.n,
    r.impressions, r.unique_count, r.battery_pct, r.firmware_version, r.apple_count, r.android_count, r.other_count, r.cell_rssi,
    r.probe_rssi_avg, r.probe_rssi_min, r.probe_rssi_max, r.dwell_0_1, r.dwell_1_5, r.dwell_5_10, r.dwell_10plus, r.rssi_immediate,
    r.rssi_near, r.rssi_far, r.rssi_remote, r.ble_impressions, r.ble_unique, r.ble_apple, r.ble_android, r.ble_other, r.ble_rssi_avg,
    r.overflow_count, r.cache_depth, r.send_failures, r.age_seconds, r.dr, r."do", r.rl, r.ls, r.iv, r.cv
FROM readings r CROSS JOIN devices d
WHERE d.device_id = r.device_id
ORDER BY r.id;

DROP TABLE readings;

ALTER TABLE readings_by_key RENAME TO readings;

CREATE UNIQUE INDEX readings_same ON readings (device_key, key_kind, key_a, key_b);

--postgres: CREATE INDEX readings_device ON readings (device_key, id);
-- PostgreSQL looks up and locks the device once more for every reading that refers to it, a tenth of its work: there the statement that
-- stores readings is followed by one that locks and changes their devices, in the same transaction, and numbers never come again.
--postgres: ALTER TABLE readings DROP CONSTRAINT readings_by_key_device_key_fkey;
-- These rows change with every reading: with room in their pages they do so without touching an index.
--postgres: ALTER TABLE devices SET (fillfactor = 50);
--postgres: ALTER TABLE quarters SET (fillfactor = 70);
--postgres: SELECT setval(pg_get_serial_sequence('readings', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM readings), false);

-- SQLite only. Under load the writer adds up readings in memory and stores their sums (quarters, and what they say of their devices) some
-- times a second. Until then a row here for each commit says which readings they are; after a crash they are made good from there.
CREATE TABLE readings_unsummed (after_id INTEGER NOT NULL, up_to INTEGER NOT NULL);
