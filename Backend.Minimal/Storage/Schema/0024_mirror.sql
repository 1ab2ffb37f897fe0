-- A mirror of another server's firmware: how far it is, who of several processes is at it, and what is half fetched.
CREATE TABLE mirror_state (
    source        TEXT PRIMARY KEY,
    last_id       INTEGER NOT NULL DEFAULT 0,
    tried_at      INTEGER,
    succeeded_at  INTEGER,
    error         TEXT,
    holder        TEXT,
    held_until    INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE mirror_parts (
    source      TEXT NOT NULL,
    release_id  INTEGER NOT NULL,
    part        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    file_id     INTEGER NOT NULL,
    PRIMARY KEY (source, release_id, part)
);
