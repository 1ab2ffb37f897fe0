-- Packages for gateways.
CREATE TABLE deployments (
    id           TEXT NOT NULL PRIMARY KEY,
    version      TEXT NOT NULL,
    filename     TEXT NOT NULL,
    size         INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    uploaded_at  INTEGER NOT NULL,
    uploaded_by  TEXT NOT NULL
);
