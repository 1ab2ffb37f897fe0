-- The day (by its own clock) on which the counting of a place was last judged: so that of several processes one does it, once a day.
CREATE TABLE counting_watch (
    place_id  INTEGER PRIMARY KEY REFERENCES places (id),
    day       TEXT NOT NULL
);
