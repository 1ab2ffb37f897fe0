-- The key of a box's messages that an identity made since would replace: it counts until the box comes with the newer one.
ALTER TABLE manufactured ADD COLUMN mac_key_before TEXT;

-- authenticated, no_key or other_key, as the last heartbeat of a box had it; NULL = not told yet.
ALTER TABLE devices ADD COLUMN answers TEXT;
