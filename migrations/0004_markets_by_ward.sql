-- A ward's own pages look for its markets by the ward alone.
CREATE INDEX markets_by_ward ON markets (ward_code);
