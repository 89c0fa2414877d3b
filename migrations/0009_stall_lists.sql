-- A market board's list on its way into the book: the file and what was put right in it, sealed, until it is written or a day has passed;
-- then what came of it. `digest` is over the outcomes that were shown, so that nothing else is written than what was seen.
CREATE TABLE stall_lists (
    market_id TEXT NOT NULL REFERENCES markets (market_id),
    list_id TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_sealed BYTEA,
    wishes_sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'written', 'undone')),
    counts TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at_ms BIGINT NOT NULL,
    written_by TEXT,
    written_at_ms BIGINT,
    undone_by TEXT,
    undone_at_ms BIGINT,
    PRIMARY KEY (market_id, list_id)
);
CREATE INDEX stall_lists_by_time ON stall_lists (market_id, made_at_ms);
CREATE INDEX stall_lists_in_draft ON stall_lists (made_at_ms) WHERE file_sealed IS NOT NULL;

-- What a list changed, in its order, with what stood there before: what an undo goes back to, as long as nobody has been there since.
CREATE TABLE stall_list_changes (
    market_id TEXT NOT NULL,
    list_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    stall_id TEXT NOT NULL,
    stall_version BIGINT NOT NULL,
    before_sealed BYTEA NOT NULL,
    PRIMARY KEY (market_id, list_id, seq)
);

-- The account that a list names for a stall. No code is made of it: the vendor has not been asked. It is what an enrolment is compared with.
CREATE TABLE listed_accounts (
    market_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    bin TEXT NOT NULL,
    account_sealed BYTEA NOT NULL,
    account_index BYTEA NOT NULL,
    account_last4 TEXT NOT NULL,
    holder_name TEXT,
    listed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, stall_id)
);

-- Who walks which rows of a market.
CREATE TABLE row_assignments (
    market_id TEXT NOT NULL,
    zone TEXT NOT NULL,
    row_name TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    assigned_by TEXT NOT NULL,
    assigned_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, zone, row_name)
);
CREATE INDEX row_assignments_by_staff ON row_assignments (staff_id);

-- How many places of the floor plan a stall takes: two stalls that were merged are one with two.
ALTER TABLE stalls ADD COLUMN span BIGINT NOT NULL DEFAULT 1;

-- What was changed in a market's floor plan, for an undo of the latest. Holds codes and identifiers, never a person's name.
CREATE TABLE plan_edits (
    market_id TEXT NOT NULL,
    edit_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('row', 'insert', 'merge', 'split')),
    detail TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at_ms BIGINT NOT NULL,
    undone_at_ms BIGINT,
    PRIMARY KEY (market_id, edit_id)
);
