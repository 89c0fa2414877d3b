//! Counts every stall again and compares with the counters that were written with the facts.

use super::{Db, StoreError, sqlite::stored_row};
use crate::{
    domain::{
        adoption::{COUNTERS, Counts, StallState, counts},
        ids::MarketId,
        stall::{CodeSafety, Occupancy, Progress},
    },
    fetch_all,
};

/// A counter that is not what a recount gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In which market.
    pub market_id: MarketId,
    /// Which counter.
    pub counter: &'static str,
    /// What is stored.
    pub stored: i64,
    /// What the stalls say.
    pub counted: i64,
}

stored_row! {
    struct Row {
        market_id: MarketId,
        occupancy: Occupancy,
        progress: Progress,
        code_safety: CodeSafety,
        reached: bool,
        with_code: bool,
        verified: bool,
        unconfirmed: bool,
        frozen: bool,
        n: i64,
    }
}

/// Every counter that differs, market by market.
pub async fn differences(db: &Db) -> Result<Vec<Difference>, StoreError> {
    const STALLS: &str = "SELECT market_id, occupancy, progress, code_safety, reached, with_code, verified, unconfirmed, frozen, COUNT(*) AS n FROM stalls \
         GROUP BY market_id, occupancy, progress, code_safety, reached, with_code, verified, unconfirmed, frozen ORDER BY market_id";
    let rows: Vec<Row> = fetch_all!(db, STALLS)?;
    let mut counted: std::collections::BTreeMap<MarketId, Counts> = std::collections::BTreeMap::new();
    for row in rows {
        let state = StallState {
            progress: row.progress,
            safety: row.code_safety,
            reached: row.reached,
            with_code: row.with_code,
            verified: row.verified,
            unconfirmed: row.unconfirmed,
            frozen: row.frozen,
            ..StallState::UNTOUCHED
        };
        let sum = counted.entry(row.market_id).or_insert([0; COUNTERS.len()]);
        for (total, one) in sum.iter_mut().zip(counts(row.occupancy, &state)) {
            *total += one * row.n;
        }
    }
    let mut differences = Vec::new();
    for (market_id, stored) in stored(db).await? {
        let counted = counted.remove(&market_id).unwrap_or([0; COUNTERS.len()]);
        for ((counter, stored), counted) in COUNTERS.iter().zip(stored).zip(counted) {
            if stored != counted {
                differences.push(Difference { market_id, counter, stored, counted });
            }
        }
    }
    Ok(differences)
}

async fn stored(db: &Db) -> Result<Vec<(MarketId, Counts)>, StoreError> {
    let rows = super::markets::every(db).await?;
    Ok(rows
        .into_iter()
        .map(|s| {
            let counts = [
                s.stalls,
                s.vacant,
                s.trading,
                s.paused,
                s.left_stalls,
                s.reached,
                s.with_code,
                s.verified,
                s.not_reached,
                s.postponed,
                s.awaiting_account,
                s.declined,
                s.in_review,
                s.needs_fix,
                s.code_issued,
                s.posted,
                s.in_use,
                s.stopped,
                s.unsafe_stalls,
                s.unconfirmed,
            ];
            (s.market_id, counts)
        })
        .collect())
}
