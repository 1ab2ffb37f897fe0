-- A roll-out: a release on its way to the boxes, stage by stage. state: draft, scheduled (starts at start_at), canary (stage 0), rolling
-- (a later stage), done, paused, aborted, stopped (too many failures). stage: null before the start. window: minutes of the day in
-- time_zone, may go over midnight. revision is written first by whoever changes the roll-out: the others wait for that row.
CREATE TABLE ota_rollouts (
    id                   INTEGER PRIMARY KEY,
    firmware_id          INTEGER NOT NULL REFERENCES ota_firmware (id),
    hw                   TEXT NOT NULL,
    state                TEXT NOT NULL,
    stage                INTEGER,
    stage_at             INTEGER,
    start_at             INTEGER,
    window_from          INTEGER,
    window_to            INTEGER,
    time_zone            TEXT,
    max_failures         INTEGER NOT NULL,
    max_failure_percent  INTEGER NOT NULL,
    min_sample           INTEGER NOT NULL,
    auto_advance         INTEGER NOT NULL,
    soak_minutes         INTEGER NOT NULL,
    silent_hours         INTEGER NOT NULL,
    notes                TEXT,
    reason               TEXT,
    created_by           TEXT NOT NULL,
    created_at           INTEGER NOT NULL,
    started_at           INTEGER,
    resumed_at           INTEGER,
    ended_at             INTEGER,
    revision             INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX ota_rollouts_hw ON ota_rollouts (hw, state);
CREATE INDEX ota_rollouts_state ON ota_rollouts (state);

-- percent: of the eligible boxes, those of the stages before included; null = the boxes that name this stage in "listed".
CREATE TABLE ota_rollout_stages (
    rollout_id  INTEGER NOT NULL REFERENCES ota_rollouts (id),
    number      INTEGER NOT NULL,
    percent     INTEGER,
    PRIMARY KEY (rollout_id, number)
);

-- The boxes that a roll-out knows of. stage: since when (staged_at) it may have the release; never taken back. How far it is stands
-- in ota_attempts. box_rank: its place in the queue, a hash of roll-out and device.
CREATE TABLE ota_rollout_boxes (
    rollout_id  INTEGER NOT NULL REFERENCES ota_rollouts (id),
    device_id   TEXT NOT NULL REFERENCES devices (device_id),
    box_rank    INTEGER NOT NULL,
    listed      INTEGER,
    excluded    INTEGER NOT NULL DEFAULT 0,
    stage       INTEGER,
    staged_at   INTEGER,
    PRIMARY KEY (rollout_id, device_id)
);
