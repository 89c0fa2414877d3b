-- A campaign: what a market wants to reach by a day.
CREATE TABLE campaigns (
    market_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    name TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    goal TEXT NOT NULL CHECK (goal IN ('reached', 'with_code', 'verified', 'in_use')),
    target_percent BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    made_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    PRIMARY KEY (market_id, campaign_id)
);
