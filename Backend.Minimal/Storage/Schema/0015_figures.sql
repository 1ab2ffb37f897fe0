-- People. What turns what is heard into a number of them: counts by hand, the models that are fitted to them, what boxes hear when nobody
-- is there, the usual staff.

-- kind: present (how many people are there, staff too) or door (how many came in during some minutes). at: when it was, or began.
CREATE TABLE place_counts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id    INTEGER NOT NULL REFERENCES places (id),
    kind        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    minutes     INTEGER,
    people      INTEGER NOT NULL,
    note        TEXT,
    entered_by  TEXT NOT NULL,
    entered_at  INTEGER NOT NULL,
    UNIQUE (place_id, kind, at)
);

-- Versions of a place's model (JSON). One is in force from valid_from on (0 = from the beginning) until the next one's; the newest of
-- those of one moment counts. replaced_at: a recalculation has taken its place. since_at: counts from then on were used. inputs: hash of
-- what it was fitted from.
CREATE TABLE place_models (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id      INTEGER NOT NULL REFERENCES places (id),
    valid_from    INTEGER NOT NULL,
    made_at       INTEGER NOT NULL,
    made_by       TEXT NOT NULL,
    state         TEXT NOT NULL,
    counts        INTEGER NOT NULL,
    count_days    INTEGER NOT NULL,
    stay_minutes  REAL,
    since_at      INTEGER NOT NULL,
    model         TEXT NOT NULL,
    inputs        TEXT NOT NULL,
    replaced_at   INTEGER,
    replaced_by   TEXT
);

CREATE INDEX place_models_place ON place_models (place_id, valid_from, id);

-- Since when (at) counts before no longer fit, and why. withdrawn_at: somebody has said that they do.
CREATE TABLE place_stale (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id      INTEGER NOT NULL REFERENCES places (id),
    at            INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    detail        TEXT NOT NULL,
    marked_by     TEXT NOT NULL,
    marked_at     INTEGER NOT NULL,
    withdrawn_at  INTEGER,
    withdrawn_by  TEXT
);

CREATE INDEX place_stale_place ON place_stale (place_id, at);

-- The usual staff while a place is open, from valid_from on (0 = from the beginning).
CREATE TABLE place_staff (
    place_id    INTEGER NOT NULL REFERENCES places (id),
    valid_from  INTEGER NOT NULL,
    monday      REAL NOT NULL,
    tuesday     REAL NOT NULL,
    wednesday   REAL NOT NULL,
    thursday    REAL NOT NULL,
    friday      REAL NOT NULL,
    saturday    REAL NOT NULL,
    sunday      REAL NOT NULL,
    PRIMARY KEY (place_id, valid_from)
);

-- When a place's model is fitted next, and the mean stay that its owner has said (null = nobody did).
CREATE TABLE place_fits (
    place_id      INTEGER NOT NULL UNIQUE REFERENCES places (id),
    stay_minutes  REAL,
    due_at        INTEGER NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX place_fits_due ON place_fits (due_at);

-- What a box at a place hears when nobody is there, devices a minute, by gate; a row when it has changed.
CREATE TABLE box_baselines (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id         INTEGER NOT NULL REFERENCES places (id),
    device_id        TEXT NOT NULL REFERENCES devices (device_id),
    found_at         INTEGER NOT NULL,
    far              REAL NOT NULL,
    half_far         REAL NOT NULL,
    near             REAL NOT NULL,
    samples          INTEGER NOT NULL,
    guessed          INTEGER NOT NULL,
    quiet_from_hour  INTEGER NOT NULL,
    drift_per_week   REAL NOT NULL
);

CREATE INDEX box_baselines_place ON box_baselines (place_id, device_id, id);

-- Probe requests that were lost in the box: figures of such a quarter may be too low.
ALTER TABLE quarters ADD COLUMN lost_count INTEGER NOT NULL DEFAULT 0;
