//! Counts every stall again and compares: the counters with the stalls, and each stall's stored state with the facts.

use super::{
    Db, StoreError, Tx,
    markets::MarketScope,
    sqlite::stored_row,
    stall_facts,
    stalls::{self, Stall},
};
use crate::{
    domain::{
        adoption::{self, COUNTERS, Counts, StallState, counts},
        ids::{MarketId, StallId},
        stall::{CodeSafety, Occupancy, Progress},
        time::UnixMillis,
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
    /// A market's counters beside one group of its stalls: one statement reads both, so that both are of one moment.
    struct Row {
        market_id: MarketId,
        stalls: i64,
        vacant: i64,
        trading: i64,
        paused: i64,
        left_stalls: i64,
        reached: i64,
        with_code: i64,
        verified: i64,
        not_reached: i64,
        postponed: i64,
        awaiting_account: i64,
        declined: i64,
        in_review: i64,
        needs_fix: i64,
        code_issued: i64,
        posted: i64,
        in_use: i64,
        stopped: i64,
        unsafe_stalls: i64,
        unconfirmed: i64,
        used_verified: i64,
        occupancy: Option<Occupancy>,
        progress: Option<Progress>,
        code_safety: Option<CodeSafety>,
        is_reached: Option<bool>,
        has_code: Option<bool>,
        is_verified: Option<bool>,
        is_unconfirmed: Option<bool>,
        frozen: Option<bool>,
        n: Option<i64>,
    }
}

impl Row {
    /// The stored counters, in the order of [`COUNTERS`].
    const fn stored(&self) -> Counts {
        [
            self.stalls,
            self.vacant,
            self.trading,
            self.paused,
            self.left_stalls,
            self.reached,
            self.with_code,
            self.verified,
            self.not_reached,
            self.postponed,
            self.awaiting_account,
            self.declined,
            self.in_review,
            self.needs_fix,
            self.code_issued,
            self.posted,
            self.in_use,
            self.stopped,
            self.unsafe_stalls,
            self.unconfirmed,
            self.used_verified,
        ]
    }

    /// What this group of stalls adds; nothing for a market without stalls.
    fn counted(&self) -> Counts {
        let (Some(occupancy), Some(progress), Some(safety)) = (self.occupancy, self.progress, self.code_safety) else {
            return [0; COUNTERS.len()];
        };
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let state = StallState {
            progress,
            safety,
            reached: is(self.is_reached),
            with_code: is(self.has_code),
            verified: is(self.is_verified),
            unconfirmed: is(self.is_unconfirmed),
            frozen: is(self.frozen),
            ..StallState::UNTOUCHED
        };
        counts(occupancy, &state).map(|one| one * self.n.unwrap_or(0))
    }
}

/// Every counter that differs from the stalls, market by market.
pub async fn differences(db: &Db) -> Result<Vec<Difference>, StoreError> {
    const SQL: &str = "SELECT m.market_id, m.stalls, m.vacant, m.trading, m.paused, m.left_stalls, m.reached, m.with_code, m.verified, \
         m.not_reached, m.postponed, m.awaiting_account, m.declined, m.in_review, m.needs_fix, m.code_issued, m.posted, m.in_use, m.stopped, \
         m.unsafe_stalls, m.unconfirmed, m.used_verified, g.occupancy, g.progress, g.code_safety, g.is_reached, g.has_code, g.is_verified, \
         g.is_unconfirmed, g.frozen, g.n FROM market_stats m LEFT JOIN (SELECT market_id, occupancy, progress, code_safety, \
            reached AS is_reached, with_code AS has_code, verified AS is_verified, unconfirmed AS is_unconfirmed, frozen, COUNT(*) AS n \
            FROM stalls GROUP BY market_id, occupancy, progress, code_safety, reached, with_code, verified, unconfirmed, frozen) g \
         ON g.market_id = m.market_id ORDER BY m.market_id";
    let rows: Vec<Row> = fetch_all!(db, SQL)?;
    let mut differences = Vec::new();
    for market in rows.chunk_by(|a, b| a.market_id == b.market_id) {
        let mut counted: Counts = [0; COUNTERS.len()];
        for group in market {
            counted.iter_mut().zip(group.counted()).for_each(|(total, one)| *total += one);
        }
        for ((counter, stored), counted) in COUNTERS.iter().zip(market[0].stored()).zip(counted) {
            if stored != counted {
                differences.push(Difference { market_id: market[0].market_id, counter, stored, counted });
            }
        }
    }
    Ok(differences)
}

/// A page of stalls of a market whose stored state is not what their facts give at `now`, after `after` in the order of
/// their identifiers; and the last stall looked at, `None` at the end. What only time has changed is the midnight job's.
/// Runs inside a write, under the market's lock, so that nothing moves between a fact and its state.
pub async fn stale_states(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    after: &str,
    limit: i64,
    now: UnixMillis,
) -> Result<(Vec<StallId>, Option<StallId>), StoreError> {
    let page = stalls::page_in(tx, scope, after, limit).await?;
    let last = page.last().map(|stall| stall.stall_id);
    let mut stale = Vec::new();
    for stall in page {
        if stall.expires_at_ms.is_none_or(|at| at > now) && recomputed(tx, scope, &stall, now).await? != stall.state() {
            stale.push(stall.stall_id);
        }
    }
    Ok((stale, last))
}

async fn recomputed(tx: &mut Tx<'_>, scope: &MarketScope, stall: &Stall, now: UnixMillis) -> Result<StallState, StoreError> {
    let facts = stall_facts::load(tx, scope, stall, stall.tenancy_id).await?;
    Ok(adoption::state(&facts, now))
}
