-- Places. An id is never given twice: rights hang on it. What was found by geolocation gives way to what was set by hand
-- (location_source, timezone_source: manual, geolocation, null = nobody said). merged_into: the place that has taken this one over.
CREATE TABLE places (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    name             TEXT NOT NULL,
    timezone         TEXT NOT NULL,
    timezone_source  TEXT,
    latitude         REAL,
    longitude        REAL,
    location_source  TEXT,
    client           TEXT,
    project          TEXT,
    hours_known      INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    created_by       TEXT NOT NULL,
    retired_at       INTEGER,
    merged_into      INTEGER
);

-- Which device stood where: [from_at, to_at), both at a quarter of an hour, so that a quarter's sums are of one place. to_at null = it
-- stands there now. Readings and sums have no place of their own: theirs is the one whose interval they fall into.
CREATE TABLE place_devices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id   INTEGER NOT NULL REFERENCES places (id),
    device_id  TEXT NOT NULL REFERENCES devices (device_id),
    from_at    INTEGER NOT NULL,
    to_at      INTEGER
);

CREATE UNIQUE INDEX place_devices_now ON place_devices (device_id) WHERE to_at IS NULL;
CREATE INDEX place_devices_device ON place_devices (device_id, from_at);
CREATE INDEX place_devices_place ON place_devices (place_id, from_at);

-- Opening hours, by the place's clock. spans: 09:00-13:00,15:00-18:30 (after midnight: 22:00-02:00), empty = closed. weekday: 1 = Monday.
CREATE TABLE place_hours (
    place_id  INTEGER NOT NULL REFERENCES places (id),
    weekday   INTEGER NOT NULL,
    spans     TEXT NOT NULL,
    PRIMARY KEY (place_id, weekday)
);

CREATE TABLE place_exceptions (
    place_id  INTEGER NOT NULL REFERENCES places (id),
    day       TEXT NOT NULL,
    spans     TEXT NOT NULL,
    note      TEXT,
    PRIMARY KEY (place_id, day)
);

-- Codes with which a box joins a place that is there: made by those to whom it belongs, good once.
CREATE TABLE place_codes (
    code_hash   TEXT PRIMARY KEY,
    place_id    INTEGER NOT NULL REFERENCES places (id),
    created_by  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
);

CREATE INDEX place_codes_place ON place_codes (place_id);

-- Who may do what. principal: "key NAME" or "user ID"; place_id 0 = everywhere.
CREATE TABLE grants (
    principal  TEXT NOT NULL,
    place_id   INTEGER NOT NULL,
    role       TEXT NOT NULL,
    PRIMARY KEY (principal, place_id, role)
);

CREATE INDEX grants_place ON grants (place_id);

-- The same, unfolded for queries: at which places a principal may do what a role may ("key NAME Viewer"). Written with grants, never alone.
CREATE TABLE scopes (
    scope     TEXT NOT NULL,
    place_id  INTEGER NOT NULL,
    PRIMARY KEY (scope, place_id)
);

CREATE TABLE device_tags (
    device_id  TEXT NOT NULL REFERENCES devices (device_id),
    tag        TEXT NOT NULL,
    PRIMARY KEY (device_id, tag)
);

CREATE INDEX device_tags_tag ON device_tags (tag, device_id);

-- kind: box, thing, gateway. platform: chip or board; product: what the firmware is for. life: manufactured, flashed, provisioned, sold,
-- claimed, active, returned, scrapped. place_id: that of the open row in place_devices, so that no list has to look there.
ALTER TABLE devices ADD COLUMN kind TEXT NOT NULL DEFAULT 'box';
ALTER TABLE devices ADD COLUMN product TEXT;
ALTER TABLE devices ADD COLUMN platform TEXT;
ALTER TABLE devices ADD COLUMN life TEXT NOT NULL DEFAULT 'manufactured';
ALTER TABLE devices ADD COLUMN place_id INTEGER;
ALTER TABLE devices ADD COLUMN retired_at INTEGER;
CREATE INDEX devices_place_id ON devices (place_id);
UPDATE devices SET life = 'active' WHERE last_seen_at IS NOT NULL;

-- Names become ids: boxes of one name share a place. Names that only keys bear become places too, so that no key loses what it was
-- meant for, and none that was for some places becomes one for all.
INSERT INTO places (name, timezone, project, created_at, created_by)
SELECT location_name, coalesce(min(CASE WHEN timezone <> 'UTC' THEN timezone END), 'UTC'), min(project_name), min(registered_at), 'migration'
FROM devices WHERE location_name IS NOT NULL GROUP BY location_name ORDER BY min(id);
INSERT INTO places (name, timezone, created_at, created_by)
SELECT p.place, 'UTC', min(k.created_at), 'migration'
FROM api_key_places p JOIN api_keys k ON k.name = p.name
WHERE p.place NOT IN (SELECT name FROM places) GROUP BY p.place ORDER BY p.place;
UPDATE places SET latitude = (SELECT d.latitude FROM devices d WHERE d.location_name = places.name AND d.latitude IS NOT NULL ORDER BY d.id LIMIT 1),
    longitude = (SELECT d.longitude FROM devices d WHERE d.location_name = places.name AND d.latitude IS NOT NULL ORDER BY d.id LIMIT 1),
    location_source = (SELECT d.location_source FROM devices d WHERE d.location_name = places.name AND d.latitude IS NOT NULL ORDER BY d.id LIMIT 1);
UPDATE devices SET place_id = (SELECT p.id FROM places p WHERE p.name = devices.location_name) WHERE location_name IS NOT NULL;
INSERT INTO place_devices (place_id, device_id, from_at) SELECT place_id, device_id, 0 FROM devices WHERE place_id IS NOT NULL ORDER BY id;

INSERT INTO grants (principal, place_id, role)
SELECT 'key ' || k.name, p.id, k.role FROM api_keys k JOIN api_key_places kp ON kp.name = k.name JOIN places p ON p.name = kp.place;
INSERT INTO grants (principal, place_id, role)
SELECT 'key ' || k.name, 0, k.role FROM api_keys k WHERE NOT EXISTS (SELECT 1 FROM api_key_places kp WHERE kp.name = k.name);
INSERT INTO scopes (scope, place_id) SELECT principal || ' Viewer', place_id FROM grants WHERE place_id > 0;
INSERT INTO scopes (scope, place_id) SELECT principal || ' Owner', place_id FROM grants WHERE place_id > 0 AND role <> 'viewer';
INSERT INTO scopes (scope, place_id) SELECT principal || ' Operator', place_id FROM grants WHERE place_id > 0 AND role <> 'viewer';

DROP TABLE api_key_places;
ALTER TABLE api_keys DROP COLUMN role;
DROP INDEX devices_place;
ALTER TABLE devices DROP COLUMN location_name;

-- A key that was revoked stays dead, also the one that is made at the first start: its name is not given again by the server.
CREATE TABLE revoked_keys (
    name        TEXT PRIMARY KEY,
    revoked_at  INTEGER NOT NULL
);

-- From where a change came; how often it was tried (what fails is counted, not listed, so that strangers cannot fill the disk).
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
ALTER TABLE audit ADD COLUMN until_at INTEGER;
CREATE INDEX audit_action ON audit (action, at);
CREATE INDEX audit_target ON audit (target, id);
