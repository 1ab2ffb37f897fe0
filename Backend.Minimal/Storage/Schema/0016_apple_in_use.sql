-- Bluetooth device-minutes of Apple's phones, tablets and watches in use (baa): of ble_apple, without tags and loudspeakers. Null where the
-- box's firmware does not tell. The sums have those of the readings that tell, and beside them what they are a share of.
ALTER TABLE readings ADD COLUMN baa INTEGER;

ALTER TABLE quarters ADD COLUMN baa INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarters ADD COLUMN baa_ble_apple INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarters ADD COLUMN baa_ble_unique INTEGER NOT NULL DEFAULT 0;
