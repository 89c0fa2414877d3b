//! Counters of a market, a ward, a province or the nation: sums over `market_stats`, and nothing else is read.
//!
//! There is no stored row above a market: 34 of them would be locked by every enrolment of the country on PostgreSQL. What is
//! summed stays small: a ward has two or three markets, found by the index (province, ward); the nation is read once a second
//! at most by each node (`app::place_sums`). Measured on 8,500 markets: see `benches/nation.rs`.

use super::{Db, StoreError, markets::AccessError, sqlite::stored_row};
use crate::{
    domain::{
        ids::MarketId,
        place,
        scope::{Act, Viewer},
    },
    fetch_all, fetch_optional,
};

stored_row! {
    /// Sums of some markets of one province; a column each of `market_stats`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Sums {
        /// Two digits; empty for the nation.
        pub province_code: String,
        /// Five digits, of the last of the wards that are summed.
        pub ward_code: String,
        /// How many markets.
        pub markets: i64,
        /// All stalls.
        pub stalls: i64,
        /// Stalls that stand empty.
        pub vacant: i64,
        /// Stalls that trade: the denominator N.
        pub trading: i64,
        /// Stalls that pause.
        pub paused: i64,
        /// Stalls that were given back.
        pub left_stalls: i64,
        /// Trading stalls somebody has spoken with.
        pub reached: i64,
        /// Trading stalls with a code in force.
        pub with_code: i64,
        /// Trading stalls whose last scan was good and is not older than 90 days.
        pub verified: i64,
        /// By progress.
        pub not_reached: i64,
        /// By progress.
        pub postponed: i64,
        /// By progress.
        pub awaiting_account: i64,
        /// By progress.
        pub declined: i64,
        /// By progress.
        pub in_review: i64,
        /// By progress.
        pub needs_fix: i64,
        /// By progress.
        pub code_issued: i64,
        /// By progress.
        pub posted: i64,
        /// By progress.
        pub in_use: i64,
        /// By progress.
        pub stopped: i64,
        /// Stalls with a foreign code or a frozen one.
        pub unsafe_stalls: i64,
        /// Trading stalls whose code waits for a second person's confirmation.
        pub unconfirmed: i64,
        /// Trading stalls in use among the verified ones.
        pub used_verified: i64,
    }
}

impl Sums {
    /// Sums of no market.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            province_code: String::new(),
            ward_code: String::new(),
            markets: 0,
            stalls: 0,
            vacant: 0,
            trading: 0,
            paused: 0,
            left_stalls: 0,
            reached: 0,
            with_code: 0,
            verified: 0,
            not_reached: 0,
            postponed: 0,
            awaiting_account: 0,
            declined: 0,
            in_review: 0,
            needs_fix: 0,
            code_issued: 0,
            posted: 0,
            in_use: 0,
            stopped: 0,
            unsafe_stalls: 0,
            unconfirmed: 0,
            used_verified: 0,
        }
    }

    /// Adds another province's sums: the place is then the nation.
    pub const fn add(&mut self, other: &Self) {
        self.markets += other.markets;
        self.stalls += other.stalls;
        self.vacant += other.vacant;
        self.trading += other.trading;
        self.paused += other.paused;
        self.left_stalls += other.left_stalls;
        self.reached += other.reached;
        self.with_code += other.with_code;
        self.verified += other.verified;
        self.not_reached += other.not_reached;
        self.postponed += other.postponed;
        self.awaiting_account += other.awaiting_account;
        self.declined += other.declined;
        self.in_review += other.in_review;
        self.needs_fix += other.needs_fix;
        self.code_issued += other.code_issued;
        self.posted += other.posted;
        self.in_use += other.in_use;
        self.stopped += other.stopped;
        self.unsafe_stalls += other.unsafe_stalls;
        self.unconfirmed += other.unconfirmed;
        self.used_verified += other.used_verified;
    }
}

macro_rules! sums_sql {
    ($tail:literal) => {
        concat!(
            "SELECT province_code, MAX(ward_code) AS ward_code, COUNT(*) AS markets, CAST(SUM(stalls) AS BIGINT) AS stalls, ",
            "CAST(SUM(vacant) AS BIGINT) AS vacant, CAST(SUM(trading) AS BIGINT) AS trading, CAST(SUM(paused) AS BIGINT) AS paused, ",
            "CAST(SUM(left_stalls) AS BIGINT) AS left_stalls, CAST(SUM(reached) AS BIGINT) AS reached, ",
            "CAST(SUM(with_code) AS BIGINT) AS with_code, CAST(SUM(verified) AS BIGINT) AS verified, ",
            "CAST(SUM(not_reached) AS BIGINT) AS not_reached, CAST(SUM(postponed) AS BIGINT) AS postponed, ",
            "CAST(SUM(awaiting_account) AS BIGINT) AS awaiting_account, CAST(SUM(declined) AS BIGINT) AS declined, ",
            "CAST(SUM(in_review) AS BIGINT) AS in_review, CAST(SUM(needs_fix) AS BIGINT) AS needs_fix, ",
            "CAST(SUM(code_issued) AS BIGINT) AS code_issued, CAST(SUM(posted) AS BIGINT) AS posted, ",
            "CAST(SUM(in_use) AS BIGINT) AS in_use, CAST(SUM(stopped) AS BIGINT) AS stopped, ",
            "CAST(SUM(unsafe_stalls) AS BIGINT) AS unsafe_stalls, CAST(SUM(unconfirmed) AS BIGINT) AS unconfirmed, ",
            "CAST(SUM(used_verified) AS BIGINT) AS used_verified FROM market_stats ",
            $tail
        )
    };
}

macro_rules! rows_sql {
    ($tail:literal) => {
        concat!(
            "SELECT province_code, ward_code, CAST(1 AS BIGINT) AS markets, stalls, vacant, trading, paused, left_stalls, reached, with_code, ",
            "verified, not_reached, postponed, awaiting_account, declined, in_review, needs_fix, code_issued, posted, in_use, stopped, ",
            "unsafe_stalls, unconfirmed, used_verified FROM market_stats ",
            $tail
        )
    };
}

const OF_PROVINCES: &str = sums_sql!("GROUP BY province_code ORDER BY province_code");
// One market's row, and the two or three of a ward, are added up here, to spare PostgreSQL 21 sums. The whole second query of a ward
// cost 350 µs of CPU there; how much of that was the sums has not been measured.
const OF_WARD: &str = rows_sql!("WHERE province_code = $1 AND ward_code = $2");
const OF_MARKET: &str = rows_sql!("WHERE market_id = $1");

/// Every province's sums, in the order of their codes: one pass over all markets. Whoever shows them judges the viewer.
pub async fn of_provinces(db: &Db) -> Result<Vec<Sums>, StoreError> {
    fetch_all!(db, OF_PROVINCES)
}

/// A ward's sums, for whoever may see its counters; the viewer's bounds are judged by the caller, who knows the place.
pub async fn of_ward(db: &Db, ward: &place::Ward) -> Result<Sums, StoreError> {
    let rows: Vec<Sums> = fetch_all!(db, OF_WARD, &ward.province_code, &ward.code)?;
    let mut sums = Sums::none();
    for row in &rows {
        sums.add(row);
    }
    if !rows.is_empty() {
        sums.province_code.clone_from(&ward.province_code);
        sums.ward_code.clone_from(&ward.code);
    }
    Ok(sums)
}

/// A market's counters, for whoever may see them: its bounds and its figures are one row, read once.
pub async fn of_market(db: &Db, viewer: &Viewer, market_id: MarketId) -> Result<Sums, AccessError> {
    if !viewer.may(Act::SeeCounters) {
        return Err(AccessError::Forbidden);
    }
    let found: Option<Sums> = fetch_optional!(db, OF_MARKET, market_id)?;
    found.filter(|sums| viewer.scope.covers(market_id, &sums.ward_code, &sums.province_code)).ok_or(AccessError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What SQLite says it will do, on the schema of today.
    fn plan(sql: &str) -> Vec<String> {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            db.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = statement.parameter_count();
        let values = vec!["x"; count];
        let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[test]
    fn counters_are_found_by_index_and_nothing_else_is_read() {
        assert_eq!(plan(OF_PROVINCES), ["SCAN market_stats USING INDEX market_stats_by_place"]);
        assert_eq!(plan(OF_WARD), ["SEARCH market_stats USING INDEX market_stats_by_place (province_code=? AND ward_code=?)"]);
        assert_eq!(plan(OF_MARKET), ["SEARCH market_stats USING INDEX sqlite_autoindex_market_stats_1 (market_id=?)"]);
    }
}
