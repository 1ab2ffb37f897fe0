-- When silence after a new image was staged is a failure, how many boxes must have proved the release, and the health gate: a box is
-- compared with itself before. Their meanings and ranges: docs/ota.md. cause: why it stopped: failures, health or canaries. awake_at:
-- since when the server has been listening without a break; silence before counts for nothing.
ALTER TABLE ota_rollouts ADD COLUMN silent_intervals INTEGER NOT NULL DEFAULT 24;
ALTER TABLE ota_rollouts ADD COLUMN min_proved_percent INTEGER NOT NULL DEFAULT 50;
ALTER TABLE ota_rollouts ADD COLUMN max_unhealthy_percent INTEGER NOT NULL DEFAULT 10;
ALTER TABLE ota_rollouts ADD COLUMN min_readings INTEGER NOT NULL DEFAULT 3;
ALTER TABLE ota_rollouts ADD COLUMN min_readings_percent INTEGER NOT NULL DEFAULT 50;
ALTER TABLE ota_rollouts ADD COLUMN min_heap_percent INTEGER NOT NULL DEFAULT 50;
ALTER TABLE ota_rollouts ADD COLUMN max_resets INTEGER NOT NULL DEFAULT 3;
ALTER TABLE ota_rollouts ADD COLUMN max_send_failures INTEGER NOT NULL DEFAULT 3;
ALTER TABLE ota_rollouts ADD COLUMN min_counts_percent INTEGER NOT NULL DEFAULT 20;
ALTER TABLE ota_rollouts ADD COLUMN min_counts INTEGER NOT NULL DEFAULT 50;
ALTER TABLE ota_rollouts ADD COLUMN proof_hours INTEGER NOT NULL DEFAULT 24;
ALTER TABLE ota_rollouts ADD COLUMN cause TEXT;
ALTER TABLE ota_rollouts ADD COLUMN awake_at INTEGER;

-- measured_at: when the box was last compared; reading_at: when a reading of the release last came; proved_at: when it had shown that
-- it does as well as before; unhealthy: the measures in which it does not; health: the comparison as JSON; told: what listeners were last told.
ALTER TABLE ota_rollout_boxes ADD COLUMN measured_at INTEGER;
ALTER TABLE ota_rollout_boxes ADD COLUMN reading_at INTEGER;
ALTER TABLE ota_rollout_boxes ADD COLUMN proved_at INTEGER;
ALTER TABLE ota_rollout_boxes ADD COLUMN unhealthy TEXT;
ALTER TABLE ota_rollout_boxes ADD COLUMN health TEXT;
ALTER TABLE ota_rollout_boxes ADD COLUMN told TEXT;

-- What was over before there was a gate is not measured any more.
UPDATE ota_rollout_boxes SET proved_at = staged_at WHERE stage IS NOT NULL
    AND rollout_id IN (SELECT id FROM ota_rollouts WHERE state IN ('done', 'aborted', 'stopped'));

-- When a box said that an update had succeeded of which it was given no chunk: believed when it next asks from the new image.
ALTER TABLE ota_attempts ADD COLUMN claimed_at INTEGER;

-- Why a box got nothing when it last asked, in one word; null = it was offered something.
ALTER TABLE ota_devices ADD COLUMN reason TEXT;

-- Boxes that are to run one version and get no other.
CREATE TABLE ota_pins (
    device_id  TEXT PRIMARY KEY REFERENCES devices (device_id),
    version    TEXT NOT NULL,
    pinned_by  TEXT NOT NULL,
    pinned_at  INTEGER NOT NULL
);
