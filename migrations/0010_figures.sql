-- Figures of a market by day: what dashboards and reports read instead of stalls and visits. A row says how much one figure changed
-- on one Vietnamese day; what is true at the end of a day is the sum of all rows up to it, what happened in a period the sum of its
-- rows. Days to come are written ahead (a check counts 90 days, then no more), so that nothing has to run at midnight.
CREATE TABLE market_figures (
    market_id TEXT NOT NULL,
    figure TEXT NOT NULL,
    day TEXT NOT NULL,
    item TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (market_id, figure, day, item)
);

-- What each stall adds to its market's figures, so that a write can take the old out and put the new in.
CREATE TABLE stall_figures (
    market_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (market_id, stall_id)
);

-- The same figures summed over a province's or the nation's markets, written each night. `place` is `province:19` or `nation`.
CREATE TABLE place_figures (
    place TEXT NOT NULL,
    figure TEXT NOT NULL,
    day TEXT NOT NULL,
    item TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (place, figure, day, item)
);

-- Since when a stall is what it is: N of a past day cannot be had from the present occupancy.
CREATE TABLE occupancies (
    market_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    occupancy TEXT NOT NULL CHECK (occupancy IN ('vacant', 'trading', 'paused', 'left')),
    PRIMARY KEY (market_id, stall_id, since_ms)
);
INSERT INTO occupancies (market_id, stall_id, since_ms, occupancy) SELECT market_id, stall_id, created_at_ms, occupancy FROM stalls;

-- Evidence of use: seen by a volunteer ('field', also where nothing is said) or told by the vendor ('declared'); and which part of
-- the sales the vendor says is paid by code.
ALTER TABLE visits ADD COLUMN use_source TEXT CHECK (use_source IN ('field', 'declared'));
ALTER TABLE visits ADD COLUMN use_share TEXT CHECK (use_share IN ('none', 'under_20', 'to_50', 'to_80', 'over_80'));
ALTER TABLE payment_codes ADD COLUMN frozen_at_ms BIGINT;

-- What a bank or a provider reports: on how many days of a month a stall was paid, from which file.
CREATE TABLE partner_usage (
    market_id TEXT NOT NULL,
    stall_id TEXT NOT NULL,
    month TEXT NOT NULL,
    active_days BIGINT NOT NULL,
    source_file TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, stall_id, month)
);

-- What a market's people write down once a month.
CREATE TABLE market_facts (
    market_id TEXT NOT NULL,
    month TEXT NOT NULL,
    fact TEXT NOT NULL,
    value BIGINT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at_ms BIGINT NOT NULL,
    PRIMARY KEY (market_id, month, fact)
);
