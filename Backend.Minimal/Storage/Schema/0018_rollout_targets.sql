-- Whose boxes a roll-out is for: those that stand at one of the places (where it has any) and carry one of the tags (where it has any).
CREATE TABLE ota_rollout_places (
    rollout_id  INTEGER NOT NULL REFERENCES ota_rollouts (id),
    place_id    INTEGER NOT NULL REFERENCES places (id),
    PRIMARY KEY (rollout_id, place_id)
);

CREATE TABLE ota_rollout_tags (
    rollout_id  INTEGER NOT NULL REFERENCES ota_rollouts (id),
    tag         TEXT NOT NULL,
    PRIMARY KEY (rollout_id, tag)
);

-- When a new token of the box was first used: since then it may be another box under the same id.
ALTER TABLE devices ADD COLUMN renewed_at INTEGER;
