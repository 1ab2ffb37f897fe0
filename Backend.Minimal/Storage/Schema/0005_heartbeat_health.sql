-- What a box says of its own health: its hardware, the part of its board that does not work, and the counters that are not 0, as JSON.
ALTER TABLE heartbeats ADD COLUMN hw TEXT;
ALTER TABLE heartbeats ADD COLUMN bf TEXT;
ALTER TABLE heartbeats ADD COLUMN hc TEXT;
