-- SQLite only: which readings are a device's, in the order of their ids. An index of readings would be written with every one of them;
-- this is written with the sums, under load some times a second, for many readings of a device at once (DeferredSums). What it lacks until
-- then is what readings_unsummed says. PostgreSQL has an index instead: readings_device.
--sqlite:begin
CREATE TABLE readings_of_device (
    device_key        INTEGER NOT NULL,
    id                INTEGER NOT NULL,
    PRIMARY KEY (device_key, id)
) WITHOUT ROWID;

INSERT INTO readings_of_device SELECT device_key, id FROM readings ORDER BY device_key, id;

CREATE TRIGGER readings_of_device_gone AFTER DELETE ON readings
BEGIN
    DELETE FROM readings_of_device WHERE device_key = OLD.device_key AND id = OLD.id;
END;
--sqlite:end
