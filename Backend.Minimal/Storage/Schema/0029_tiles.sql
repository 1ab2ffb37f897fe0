-- What a user has pinned at the top of the page of things: values, by their keys, in the user's order.
CREATE TABLE tiles (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    rank       INTEGER NOT NULL,
    device_id  TEXT NOT NULL REFERENCES devices (device_id),
    key        TEXT NOT NULL,
    PRIMARY KEY (user_id, rank)
);

CREATE INDEX tiles_device ON tiles (device_id);
