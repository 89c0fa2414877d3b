-- One portable text for SQLite and PostgreSQL: TEXT ids, BIGINT milliseconds (UTC) and dong, BOOLEAN, inline CHECKs.
-- Tenant tables lead every key with market_id, so that the same schema can be spread over machines.
-- `*_sealed` columns hold XChaCha20-Poly1305 ciphertext, `*_index` a keyed blind index, `*_last4` the digits people may see.
-- BYTEA gives NUMERIC affinity on SQLite, which leaves a bound blob a blob: values are always bound as bytes.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Installation-wide number series (receipts, sticker serials), handed out in blocks.
CREATE TABLE number_series (
    name TEXT PRIMARY KEY,
    next_value BIGINT NOT NULL
);

CREATE TABLE markets (
    market_id TEXT PRIMARY KEY,
    ward_code TEXT NOT NULL,
    province_code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    class SMALLINT NOT NULL CHECK (class BETWEEN 0 AND 3),
    contact_name TEXT,
    contact_phone_sealed BYTEA,
    review_first BOOLEAN NOT NULL,
    transfer_purpose TEXT,
    is_active BOOLEAN NOT NULL,
    created_at_ms BIGINT NOT NULL,
    UNIQUE (ward_code, name_fold)
);
CREATE INDEX markets_by_province ON markets (province_code, ward_code, name_sort);

-- One row per market, updated last in the transaction that changes a fact (see store/ledger.rs).
-- Progress columns count stalls that are trading; occupancy columns count all.
CREATE TABLE market_stats (
    market_id TEXT PRIMARY KEY,
    ward_code TEXT NOT NULL,
    province_code TEXT NOT NULL,
    stalls BIGINT NOT NULL,
    vacant BIGINT NOT NULL,
    trading BIGINT NOT NULL,
    paused BIGINT NOT NULL,
    left_stalls BIGINT NOT NULL,
    reached BIGINT NOT NULL,
    with_code BIGINT NOT NULL,
    verified BIGINT NOT NULL,
    not_reached BIGINT NOT NULL,
    postponed BIGINT NOT NULL,
    awaiting_account BIGINT NOT NULL,
    declined BIGINT NOT NULL,
    in_review BIGINT NOT NULL,
    needs_fix BIGINT NOT NULL,
    code_issued BIGINT NOT NULL,
    posted BIGINT NOT NULL,
    in_use BIGINT NOT NULL,
    stopped BIGINT NOT NULL,
    unsafe_stalls BIGINT NOT NULL,
    unconfirmed BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);
CREATE INDEX market_stats_by_place ON market_stats (province_code, ward_code);

-- Per market, Vietnamese day and dimension (progress, reason, goods, bank): how many facts of that kind happened that day.
CREATE TABLE market_days (
    market_id TEXT NOT NULL,
    day TEXT NOT NULL,
    dimension TEXT NOT NULL,
    item TEXT NOT NULL,
    entered BIGINT NOT NULL,
    PRIMARY KEY (market_id, day, dimension, item)
);

CREATE TABLE audit_heads (
    chain_id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE audit_events (
    chain_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    stall_id TEXT,
    detail TEXT NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain_id, seq)
);
CREATE INDEX audit_events_by_stall ON audit_events (chain_id, stall_id, seq);

CREATE TABLE stalls (
    market_id TEXT NOT NULL REFERENCES markets (market_id),
    stall_id TEXT NOT NULL,
    code TEXT NOT NULL,
    code_sort TEXT NOT NULL,
    zone TEXT NOT NULL,
    row_name TEXT NOT NULL,
    number TEXT NOT NULL,
    goods TEXT,
    occupancy TEXT NOT NULL CHECK (occupancy IN ('vacant', 'trading', 'paused', 'left')),
    progress TEXT NOT NULL CHECK (progress IN ('not_reached', 'postponed', 'awaiting_account', 'declined', 'in_review',
        'needs_fix', 'code_issued', 'posted', 'in_use', 'stopped')),
    code_safety TEXT NOT NULL CHECK (code_safety IN ('none', 'match', 'own_code', 'mismatch', 'damaged', 'changing', 'revoked')),
    reached BOOLEAN NOT NULL,
    with_code BOOLEAN NOT NULL,
    verified BOOLEAN NOT NULL,
    unconfirmed BOOLEAN NOT NULL,
    frozen BOOLEAN NOT NULL,
    come_back_on TEXT,
    progress_since_ms BIGINT NOT NULL,
    -- When the state changes by time alone (30 days without evidence, 90 without a check).
    expires_at_ms BIGINT,
    vendor_id TEXT,
    tenancy_id TEXT,
    version BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, stall_id),
    UNIQUE (market_id, code)
);
CREATE INDEX stalls_by_id ON stalls (stall_id);
CREATE INDEX stalls_expiring ON stalls (expires_at_ms);
CREATE INDEX stalls_in_order ON stalls (market_id, code_sort);

CREATE TABLE vendors (
    market_id TEXT NOT NULL REFERENCES markets (market_id),
    vendor_id TEXT NOT NULL,
    full_name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    form_of_address TEXT NOT NULL,
    business_name TEXT,
    phone_sealed BYTEA,
    phone_index BYTEA,
    phone_last4 TEXT,
    version BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, vendor_id)
);
CREATE INDEX vendors_by_id ON vendors (vendor_id);
CREATE INDEX vendors_by_phone ON vendors (market_id, phone_index);
CREATE INDEX vendors_by_fold ON vendors (market_id, name_fold);

CREATE TABLE tenancies (
    market_id TEXT NOT NULL,
    tenancy_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    until_ms BIGINT,
    end_reason TEXT,
    PRIMARY KEY (market_id, tenancy_id)
);
CREATE INDEX tenancies_by_stall ON tenancies (market_id, stall_id, since_ms);
CREATE INDEX tenancies_by_vendor ON tenancies (market_id, vendor_id);

CREATE TABLE payment_accounts (
    market_id TEXT NOT NULL,
    payment_account_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    scheme TEXT NOT NULL,
    bin TEXT,
    service TEXT,
    account_sealed BYTEA,
    account_index BYTEA NOT NULL,
    account_last4 TEXT NOT NULL,
    holder_name TEXT,
    holder_fold TEXT,
    holder_is_other BOOLEAN NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('camera', 'photo', 'paste', 'typed')),
    scanned_payload_sealed BYTEA,
    is_primary BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, payment_account_id)
);
CREATE INDEX payment_accounts_by_vendor ON payment_accounts (market_id, vendor_id);

-- Which vendor uses an account, across all markets. Its answer never tells anything of another scope.
CREATE TABLE accounts_in_use (
    account_index BYTEA PRIMARY KEY,
    market_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL
);
CREATE INDEX accounts_in_use_by_vendor ON accounts_in_use (market_id, vendor_id);

CREATE TABLE payment_codes (
    market_id TEXT NOT NULL,
    payment_code_id TEXT NOT NULL,
    payment_account_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    tenancy_id TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    payload_sealed BYTEA NOT NULL,
    payload_index BYTEA NOT NULL,
    identity_index BYTEA NOT NULL,
    bin TEXT,
    account_last4 TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('in_review', 'active', 'refused', 'superseded', 'revoked')),
    is_primary BOOLEAN NOT NULL,
    is_frozen BOOLEAN NOT NULL,
    enrolled_by TEXT NOT NULL,
    issued_at_ms BIGINT,
    confirmed_at_ms BIGINT,
    confirmed_by TEXT,
    ended_at_ms BIGINT,
    end_reason TEXT,
    PRIMARY KEY (market_id, payment_code_id)
);
CREATE INDEX payment_codes_by_id ON payment_codes (payment_code_id);
CREATE INDEX payment_codes_by_stall ON payment_codes (market_id, stall_id);
CREATE INDEX payment_codes_by_identity ON payment_codes (identity_index);

CREATE TABLE enrolment_ids (
    enrolment_id TEXT PRIMARY KEY,
    market_id TEXT NOT NULL
);

CREATE TABLE enrolments (
    market_id TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    rev BIGINT NOT NULL,
    body_hash BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    answer_sealed BYTEA NOT NULL,
    receipt TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('issued', 'in_review', 'returned', 'refused', 'replaced')),
    review_reasons TEXT NOT NULL,
    enrolled_by TEXT NOT NULL,
    test_transfer_seen BOOLEAN,
    captured_at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    reviewed_by TEXT,
    reviewed_at_ms BIGINT,
    return_reason TEXT,
    PRIMARY KEY (market_id, enrolment_id)
);
CREATE INDEX enrolments_by_status ON enrolments (market_id, status, received_at_ms);
CREATE INDEX enrolments_by_stall ON enrolments (market_id, stall_id);

CREATE TABLE consents (
    market_id TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    enrolment_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('vendor', 'account_holder')),
    purpose TEXT NOT NULL,
    text_version TEXT NOT NULL,
    text_hash BYTEA NOT NULL,
    given_at_ms BIGINT NOT NULL,
    collected_by TEXT NOT NULL,
    withdrawn_at_ms BIGINT,
    PRIMARY KEY (market_id, consent_id)
);
CREATE INDEX consents_by_vendor ON consents (market_id, vendor_id);

CREATE TABLE visits (
    market_id TEXT NOT NULL,
    visit_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    tenancy_id TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('agreed', 'postponed', 'awaiting_account', 'declined', 'stopped', 'in_use', 'closed')),
    reason TEXT,
    come_back_on TEXT,
    visited_by TEXT NOT NULL,
    visited_at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    body_hash BYTEA NOT NULL,
    PRIMARY KEY (market_id, visit_id)
);
CREATE INDEX visits_by_stall ON visits (market_id, stall_id, visited_at_ms);

CREATE TABLE print_batches (
    market_id TEXT NOT NULL,
    print_batch_id TEXT NOT NULL,
    design TEXT NOT NULL,
    paper TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    copies BIGINT NOT NULL,
    stickers BIGINT NOT NULL,
    printed_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, print_batch_id)
);
CREATE INDEX print_batches_by_id ON print_batches (print_batch_id);

CREATE TABLE stickers (
    market_id TEXT NOT NULL,
    sticker_id TEXT NOT NULL,
    serial TEXT NOT NULL,
    payment_code_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    print_batch_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('printed', 'posted', 'retired')),
    check_token_sealed BYTEA NOT NULL,
    check_token_hash BYTEA NOT NULL,
    printed_at_ms BIGINT NOT NULL,
    posted_at_ms BIGINT,
    retired_at_ms BIGINT,
    retire_reason TEXT,
    PRIMARY KEY (market_id, sticker_id)
);
CREATE INDEX stickers_by_stall ON stickers (market_id, stall_id);
CREATE INDEX stickers_by_batch ON stickers (market_id, print_batch_id, position);
CREATE INDEX stickers_by_token ON stickers (check_token_hash);

CREATE TABLE sticker_checks (
    market_id TEXT NOT NULL,
    check_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('match', 'own_code', 'superseded', 'other_vendor', 'unknown', 'unreadable')),
    scanned_sealed BYTEA NOT NULL,
    payment_code_id TEXT,
    checked_by TEXT NOT NULL,
    checked_at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    body_hash BYTEA NOT NULL,
    PRIMARY KEY (market_id, check_id)
);
CREATE INDEX sticker_checks_by_stall ON sticker_checks (market_id, stall_id, checked_at_ms);

CREATE TABLE vendor_links (
    token_hash BYTEA PRIMARY KEY,
    market_id TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);
CREATE INDEX vendor_links_by_vendor ON vendor_links (market_id, vendor_id);

CREATE TABLE staff (
    staff_id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    name_sort TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('volunteer', 'lead', 'market_board', 'ward_official', 'province', 'operator')),
    scope_kind TEXT NOT NULL CHECK (scope_kind IN ('nation', 'province', 'ward', 'market')),
    scope_id TEXT NOT NULL,
    province_code TEXT NOT NULL,
    ward_code TEXT NOT NULL,
    password_hash TEXT,
    is_active BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);
CREATE INDEX staff_by_place ON staff (province_code, ward_code);

-- One-time links and printed slips with which a person sets a password.
CREATE TABLE staff_links (
    token_hash BYTEA PRIMARY KEY,
    staff_id TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT
);
CREATE INDEX staff_links_by_staff ON staff_links (staff_id);

CREATE TABLE api_tokens (
    token_hash BYTEA PRIMARY KEY,
    staff_id TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);
CREATE INDEX api_tokens_by_staff ON api_tokens (staff_id);

CREATE TABLE sessions (
    session_hash BYTEA PRIMARY KEY,
    staff_id TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    last_seen_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
CREATE INDEX sessions_by_staff ON sessions (staff_id);

CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    run_at_ms BIGINT NOT NULL,
    claimed_until_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX jobs_due ON jobs (run_at_ms);
