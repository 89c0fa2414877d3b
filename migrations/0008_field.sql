-- The field app: phones that are bound to a person, the keys that records are sealed to, and what of their records was kept
-- for a person to look at. What a phone sends is never thrown away: it counts, or it waits here.
CREATE TABLE devices (
    device_id TEXT PRIMARY KEY,
    staff_id TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    label TEXT NOT NULL,
    bound_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    last_seen_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    -- What the phone said at its last call: how many records it still holds, and since when.
    unsent BIGINT NOT NULL,
    oldest_unsent_ms BIGINT,
    revoked_at_ms BIGINT,
    revoked_by TEXT
);
CREATE INDEX devices_by_token ON devices (token_hash);
CREATE INDEX devices_by_staff ON devices (staff_id, created_at_ms);

-- Single-use links that bind a phone, ten minutes long.
CREATE TABLE device_links (
    token_hash BYTEA PRIMARY KEY,
    staff_id TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT,
    device_id TEXT
);

-- The keys that phones seal records to (ECDH on P-256). A key that was retired still opens.
CREATE TABLE field_keys (
    key_id TEXT PRIMARY KEY,
    public_key BYTEA NOT NULL,
    private_sealed BYTEA NOT NULL,
    created_at_ms BIGINT NOT NULL,
    retired_at_ms BIGINT
);

-- Records that a person has to look at: refused, in conflict with another phone's, or sent by a phone that was revoked.
CREATE TABLE field_records (
    market_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('enrolment', 'visit', 'sticker_check', 'test_transfer')),
    stall_id TEXT,
    device_id TEXT,
    recorded_by TEXT NOT NULL,
    sent_by TEXT NOT NULL,
    body_hash BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('refused', 'conflict', 'quarantined', 'corrected', 'accepted', 'dropped')),
    -- Stable words: `/vendor/phone phone_malformed`, one problem a line.
    problems TEXT NOT NULL,
    captured_at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    handled_by TEXT,
    handled_at_ms BIGINT,
    -- The receipt of what came of it, or why it was dropped.
    outcome TEXT,
    PRIMARY KEY (market_id, record_id)
);
CREATE INDEX field_records_open ON field_records (market_id, received_at_ms) WHERE handled_at_ms IS NULL;

-- Photos that belong to a record: evidence of what hung at a stall.
CREATE TABLE field_photos (
    market_id TEXT NOT NULL,
    photo_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    device_id TEXT,
    taken_by TEXT NOT NULL,
    taken_at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    jpeg_sealed BYTEA NOT NULL,
    PRIMARY KEY (market_id, photo_id)
);
CREATE INDEX field_photos_by_stall ON field_photos (market_id, stall_id, taken_at_ms);

-- The version a stall had after an enrolment: a record that was made on an older one did not know of it.
ALTER TABLE enrolments ADD COLUMN stall_version BIGINT;
