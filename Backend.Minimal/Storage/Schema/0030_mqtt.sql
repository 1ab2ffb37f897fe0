-- Devices that may sign in to MQTT with the password that follows from their serial number; the first use of a token ends it.
CREATE TABLE mqtt_passwords (
    device_id  TEXT NOT NULL PRIMARY KEY REFERENCES devices (device_id),
    set_by     TEXT NOT NULL,
    set_at     INTEGER NOT NULL
);

-- Whose a client id is at a broker that knows connections by it alone. owner: a device's id, key NAME or shared NAME.
CREATE TABLE mqtt_clients (
    client_id  TEXT NOT NULL PRIMARY KEY,
    owner      TEXT NOT NULL,
    used_at    INTEGER NOT NULL
);

CREATE INDEX mqtt_clients_owner ON mqtt_clients (owner, used_at);
