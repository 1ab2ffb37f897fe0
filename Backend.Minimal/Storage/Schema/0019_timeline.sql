-- What a version of a box's configuration said, so that what is in force can be told while another one is wanted. config: as the API gives
-- it. The latest 50 of each box.
CREATE TABLE device_config_versions (
    device_id       TEXT NOT NULL REFERENCES devices (device_id),
    config_version  INTEGER NOT NULL,
    config          TEXT NOT NULL,
    PRIMARY KEY (device_id, config_version)
);

-- Everything that happened to one box, newest first.
CREATE INDEX alerts_device ON alerts (device_id, created_at);
CREATE INDEX notifications_device ON notifications (device_id, at);

-- The roll-outs that a box is in.
CREATE INDEX ota_rollout_boxes_device ON ota_rollout_boxes (device_id);
