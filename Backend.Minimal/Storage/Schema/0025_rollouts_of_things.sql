-- Roll-outs for things beside those for boxes. build_id: the build, of one for boxes; product, platform, env, version: the release, of one
-- for things; hw is then "product/platform/env". order_key: by which releases of one hw are compared, as text: the sequence of a build in
-- ten digits, the version_key of a release. boards: what devices of the platform call themselves, as it was known when the roll-out was
-- made, one a line, in small letters.
ALTER TABLE ota_rollouts ADD COLUMN build_id INTEGER REFERENCES ota_firmware (id);
UPDATE ota_rollouts SET build_id = firmware_id;
ALTER TABLE ota_rollouts DROP COLUMN firmware_id;
ALTER TABLE ota_rollouts ADD COLUMN product TEXT CHECK ((build_id IS NULL) <> (product IS NULL));
ALTER TABLE ota_rollouts ADD COLUMN platform TEXT;
ALTER TABLE ota_rollouts ADD COLUMN env TEXT;
ALTER TABLE ota_rollouts ADD COLUMN version TEXT;
ALTER TABLE ota_rollouts ADD COLUMN boards TEXT;
ALTER TABLE ota_rollouts ADD COLUMN order_key TEXT NOT NULL DEFAULT '';
UPDATE ota_rollouts SET order_key = (SELECT substr('0000000000' || CAST(f.sequence AS VARCHAR), length(CAST(f.sequence AS VARCHAR)) + 1)
    FROM ota_firmware f WHERE f.id = ota_rollouts.build_id);

-- rollout_id: the roll-out that offered what a thing went to. allowed_at: when an operator let it have the release again in spite of its end.
ALTER TABLE ota_sessions ADD COLUMN rollout_id INTEGER REFERENCES ota_rollouts (id);
ALTER TABLE ota_sessions ADD COLUMN allowed_at INTEGER;
CREATE INDEX ota_sessions_rollout ON ota_sessions (rollout_id, device_id);
