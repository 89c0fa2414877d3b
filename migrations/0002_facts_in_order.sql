-- The latest enrolment and the latest scan of a stall are read in index order, without sorting.
DROP INDEX enrolments_by_stall;
CREATE INDEX enrolments_by_stall ON enrolments (market_id, stall_id, received_at_ms, enrolment_id);
DROP INDEX sticker_checks_by_stall;
CREATE INDEX sticker_checks_by_stall ON sticker_checks (market_id, stall_id, checked_at_ms, check_id);
