-- What strangers report of a sticker through its check link. One row a sticker, reason and day while it waits for somebody;
-- whoever reports the same again is counted in `times`. The note is a stranger's free text: sealed, NULL when there is none.
CREATE TABLE sticker_reports (
    market_id TEXT NOT NULL,
    report_id TEXT NOT NULL,
    sticker_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('name_differs', 'pasted_over', 'torn_or_moved', 'other')),
    note_sealed BYTEA,
    day TEXT NOT NULL,
    times BIGINT NOT NULL,
    reported_at_ms BIGINT NOT NULL,
    handled_by TEXT,
    handled_at_ms BIGINT,
    PRIMARY KEY (market_id, report_id)
);
CREATE INDEX sticker_reports_by_id ON sticker_reports (report_id);
-- What waits, which is little: a market's to-do is read on every visit to its page.
CREATE INDEX sticker_reports_open ON sticker_reports (market_id, stall_id, sticker_id) WHERE handled_at_ms IS NULL;
