-- When a key was last used, to ten minutes; null = never since this is noted.
ALTER TABLE api_keys ADD COLUMN used_at INTEGER;
