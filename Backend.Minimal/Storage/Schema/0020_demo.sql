-- The virtual box and its place: people who look at the pages see them, and nothing that watches the fleet does.
ALTER TABLE places ADD COLUMN is_demo INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN is_demo INTEGER NOT NULL DEFAULT 0;

-- What whoever has typed a box's PIN on a phone may do until then without typing it again. pin_hash: once the PIN is another one, the pass
-- is of no use any more.
CREATE TABLE activation_passes (
    pass_hash   TEXT PRIMARY KEY,
    device_id   TEXT NOT NULL,
    pin_hash    TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
);
