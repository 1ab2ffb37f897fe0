-- Written by whoever wants to know whether the storage can be written to; one row.
CREATE TABLE storage_probe (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    probes  INTEGER NOT NULL
);
