-- An account change is approved, waits, and then takes the place of the codes that give way to it.
-- `in_force_from_ms`: when an approved code comes into force; `gives_way_to`: the enrolment whose codes take this one's
-- place; `doubted_by`: who made a confirmed code unconfirmed again, and so may not be the one to confirm it.
ALTER TABLE payment_codes ADD COLUMN in_force_from_ms BIGINT;
ALTER TABLE payment_codes ADD COLUMN gives_way_to TEXT;
ALTER TABLE payment_codes ADD COLUMN doubted_by TEXT;
CREATE INDEX payment_codes_coming ON payment_codes (in_force_from_ms) WHERE status = 'in_review' AND in_force_from_ms IS NOT NULL;

-- What a phone says about the record it sends: the version of the stall it had seen, and which phone it was.
ALTER TABLE enrolments ADD COLUMN base_version BIGINT;
ALTER TABLE enrolments ADD COLUMN device_id TEXT;

-- Stalls in use among those whose last scan was good: the numerator of KPI 4, whose denominator is `verified`.
ALTER TABLE market_stats ADD COLUMN used_verified BIGINT NOT NULL DEFAULT 0;
UPDATE market_stats SET used_verified = (SELECT COUNT(*) FROM stalls s WHERE s.market_id = market_stats.market_id
    AND s.occupancy = 'trading' AND s.verified AND s.progress = 'in_use');
