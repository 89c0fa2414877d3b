-- An owner's card carries, beside the link, eight digits with which its holder finds the link's page again. Only a keyed
-- index over stall and digits is kept. What opens after that is a link of one hour.
ALTER TABLE vendor_links ADD COLUMN recovery_index BYTEA;
ALTER TABLE vendor_links ADD COLUMN expires_at_ms BIGINT;
CREATE INDEX vendor_links_by_recovery ON vendor_links (recovery_index);
