-- Packages for gateways. Their bytes are files below Deployments:Folder, by their ids: what has no row here is none of ours and goes. number:
-- the order in which they came. signed: release, other, none, as it was found when it came. key_id: of the key that signed it.
CREATE TABLE deployments (
    id             TEXT NOT NULL PRIMARY KEY,
    number         INTEGER NOT NULL UNIQUE,
    version        TEXT NOT NULL,
    filename       TEXT NOT NULL,
    size           INTEGER NOT NULL,
    sha256         TEXT NOT NULL,
    signed         TEXT NOT NULL,
    key_id         TEXT,
    files          INTEGER NOT NULL,
    unpacked_size  INTEGER NOT NULL,
    uploaded_at    INTEGER NOT NULL,
    uploaded_by    TEXT NOT NULL
);
