-- Images that nothing needs any more are removed; what is known of the build stays. pruned_at: when; its image is empty then.
-- restored_at: when the same image was uploaded again. A patch of such a build is 'pruned': its bytes are gone, its row stays for the
-- attempts that name it.
ALTER TABLE ota_firmware ADD COLUMN pruned_at INTEGER;
ALTER TABLE ota_firmware ADD COLUMN restored_at INTEGER;
