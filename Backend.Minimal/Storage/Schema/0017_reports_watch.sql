-- The day (by its own clock) on which the counting of a place was last judged: so that of several processes one does it, once a day.
CREATE TABLE counting_watch (
    place_id  INTEGER NOT NULL UNIQUE REFERENCES places (id),
    day       TEXT NOT NULL
);

-- Which reports a user is mailed. places: ids, separated by commas; null = all of theirs. chosen_at: what was due before is not sent.
CREATE TABLE report_choices (
    user_id    INTEGER NOT NULL UNIQUE REFERENCES users (id),
    week       INTEGER NOT NULL,
    month      INTEGER NOT NULL,
    places     TEXT,
    format     TEXT NOT NULL,
    language   TEXT NOT NULL,
    chosen_at  INTEGER NOT NULL
);

-- What was queued, so that it is queued once. kind: week, month; first_day: 2026-11-23.
CREATE TABLE report_sends (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    kind       TEXT NOT NULL,
    first_day  TEXT NOT NULL,
    place_id   INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    UNIQUE (user_id, kind, first_day, place_id)
);
