-- Where a deployment is to go. targets: as it was asked for, JSON. state: rolling, paused, stopped, done. stage: from 0. percents: of the
-- stages, with commas between; empty = all at once. over_at: since when nobody of the stage is under way. is_all: whether its last notice is
-- for everybody. notice_from: deployment_clock when it was made: a gateway that was told something else since is left out. No reference to deployments: what was done stays when the package is gone.
CREATE TABLE deployment_rollouts (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment_id  TEXT NOT NULL,
    version        TEXT NOT NULL,
    targets        TEXT NOT NULL,
    is_all         INTEGER NOT NULL,
    percents       TEXT NOT NULL,
    wait_ms        INTEGER NOT NULL,
    max_failures   INTEGER,
    state          TEXT NOT NULL,
    stage          INTEGER NOT NULL,
    stage_at       INTEGER NOT NULL,
    over_at        INTEGER,
    reason         TEXT,
    started_by     TEXT NOT NULL,
    started_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    notice_from    INTEGER NOT NULL,
    revision       INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX deployment_rollouts_deployment ON deployment_rollouts (deployment_id, id);
CREATE INDEX deployment_rollouts_active ON deployment_rollouts (id) WHERE state IN ('rolling', 'paused');

-- The gateways whose turn has come, by the stage that brought them.
CREATE TABLE deployment_rollout_gateways (
    rollout_id  INTEGER NOT NULL REFERENCES deployment_rollouts (id),
    device_id   TEXT NOT NULL,
    stage       INTEGER NOT NULL,
    PRIMARY KEY (rollout_id, device_id)
);

CREATE INDEX deployment_rollout_gateways_device ON deployment_rollout_gateways (device_id);

-- What gateways are told. device_id: empty = all of them. at: the timestamp of the notice, no two the same, ever rising: the newest counts.
-- withdrawn_at: since when it counts no more; the newest such row of a gateway stays, so that a broker can be told.
CREATE TABLE deployment_notices (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id      TEXT NOT NULL,
    deployment_id  TEXT NOT NULL,
    at             INTEGER NOT NULL UNIQUE,
    rollout_id     INTEGER REFERENCES deployment_rollouts (id),
    said_by        TEXT NOT NULL,
    withdrawn_at   INTEGER
);

CREATE INDEX deployment_notices_device ON deployment_notices (device_id, at);
CREATE INDEX deployment_notices_deployment ON deployment_notices (deployment_id);

-- The newest timestamp that was given: whoever gives one holds this row.
CREATE TABLE deployment_clock (
    id  INTEGER NOT NULL PRIMARY KEY,
    at  INTEGER NOT NULL
);

INSERT INTO deployment_clock (id, at) VALUES (1, 0);

-- What a gateway runs, by its newest word. seq, said_at: of that word, as the gateway counts. seen_at: when it last asked or said something.
CREATE TABLE deployment_gateways (
    device_id         TEXT NOT NULL PRIMARY KEY REFERENCES devices (device_id),
    seq               INTEGER,
    said_at           INTEGER,
    reported_at       INTEGER,
    seen_at           INTEGER NOT NULL,
    agent_version     TEXT,
    current_id        TEXT,
    current_version   TEXT,
    previous_id       TEXT,
    previous_version  TEXT
);

-- What became of a deployment at a gateway: a row for each notice that it took up. notice_at: 0 = none is known. status: its newest word; step: the newest before it had
-- ended. -- result: completed, failed; null = it is under way. modules: JSON.
CREATE TABLE deployment_runs (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id      TEXT NOT NULL REFERENCES devices (device_id),
    deployment_id  TEXT NOT NULL,
    notice_at      INTEGER NOT NULL,
    version        TEXT NOT NULL,
    rollout_id     INTEGER,
    said_by        TEXT,
    from_id        TEXT,
    from_version   TEXT,
    status         TEXT NOT NULL,
    step           TEXT,
    progress       INTEGER,
    attempt        INTEGER NOT NULL DEFAULT 1,
    error          TEXT,
    log            TEXT,
    modules        TEXT,
    seq            INTEGER,
    said_at        INTEGER,
    started_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    result         TEXT,
    UNIQUE (device_id, deployment_id, notice_at)
);

CREATE INDEX deployment_runs_device ON deployment_runs (device_id, id);
CREATE INDEX deployment_runs_deployment ON deployment_runs (deployment_id, id);
CREATE INDEX deployment_runs_rollout ON deployment_runs (rollout_id, device_id);

-- Words that were taken, so that one that comes again is known; said_at: as the gateway said, 0 = it did not.
CREATE TABLE deployment_words (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id     INTEGER NOT NULL REFERENCES deployment_runs (id),
    device_id  TEXT NOT NULL,
    status     TEXT NOT NULL,
    said_at    INTEGER NOT NULL,
    came_at    INTEGER NOT NULL,
    progress   INTEGER,
    UNIQUE (run_id, status, said_at)
);

CREATE INDEX deployment_words_device ON deployment_words (device_id);

-- Microcontrollers behind a gateway. hostname_key: the hostname in small letters. version: as it was last seen, version_at: when.
CREATE TABLE gateway_modules (
    device_id     TEXT NOT NULL REFERENCES devices (device_id),
    hostname_key  TEXT NOT NULL,
    hostname      TEXT NOT NULL,
    type          TEXT NOT NULL,
    name          TEXT,
    enabled       INTEGER NOT NULL,
    address       TEXT,
    connection    TEXT NOT NULL,
    version       TEXT,
    version_at    INTEGER,
    PRIMARY KEY (device_id, hostname_key)
);

-- What people call the types of modules.
CREATE TABLE module_types (
    type          TEXT NOT NULL PRIMARY KEY,
    display_name  TEXT NOT NULL
);
