-- Files of releases for things, in chunks of 64 KB, so that neither an upload nor a download holds more in memory. sha256 null = it is still
-- coming, touched_at says when a chunk last came; what came and belongs to no release after an hour goes.
CREATE TABLE firmware_files (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    size        INTEGER NOT NULL DEFAULT 0,
    sha256      TEXT,
    touched_at  INTEGER NOT NULL
);

CREATE TABLE firmware_chunks (
    file_id  INTEGER NOT NULL REFERENCES firmware_files (id),
    number   INTEGER NOT NULL,
    data     BLOB NOT NULL,
    PRIMARY KEY (file_id, number)
);

-- Releases for things. version_key: the version as it is compared. kind: app, merged, esp8266. project, app_version, idf_version: what the
-- image says of itself.
CREATE TABLE firmware_releases (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    product      TEXT NOT NULL,
    platform     TEXT NOT NULL,
    env          TEXT NOT NULL,
    version      TEXT NOT NULL,
    version_key  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    description  TEXT,
    project      TEXT,
    app_version  TEXT,
    idf_version  TEXT,
    uploaded_by  TEXT NOT NULL,
    uploaded_at  INTEGER NOT NULL,
    UNIQUE (product, platform, env, version_key)
);

-- part: app, bootloader, partitions. It is a range of a file: of a merged image all three are. address: where it lies in flash.
CREATE TABLE firmware_parts (
    release_id  INTEGER NOT NULL REFERENCES firmware_releases (id),
    part        TEXT NOT NULL,
    file_id     INTEGER NOT NULL REFERENCES firmware_files (id),
    start_at    INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    address     INTEGER NOT NULL,
    PRIMARY KEY (release_id, part)
);

CREATE INDEX firmware_parts_file ON firmware_parts (file_id);

-- Keys that upload or download for some products or platforms only. No row of a kind = all. kind: product, platform.
CREATE TABLE firmware_limits (
    principal  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (principal, kind, name)
);

-- Who fetched what. via: key, device, link, alias.
CREATE TABLE firmware_downloads (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    who       TEXT NOT NULL,
    via       TEXT NOT NULL,
    product   TEXT NOT NULL,
    platform  TEXT NOT NULL,
    env       TEXT NOT NULL,
    version   TEXT NOT NULL,
    part      TEXT NOT NULL,
    address   TEXT,
    agent     TEXT
);
