//! What a write notes on its way and the store writes last, in the same transaction: audit events, each market's
//! counters, and its day counts.
//!
//! Noting instead of writing keeps the row locks on hot rows short, and lets a group of enrolments update each
//! market's counters once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conn, Driver, StoreError, sqlite};
use crate::{
    domain::{
        adoption::{COUNTERS, Counts, StallState, counts},
        audit::{self, Event, Link},
        ids::{MarketId, StallId},
        stall::Occupancy,
        time::{Day, UnixMillis},
    },
    execute, fetch_optional,
};

crate::word_enum!(
    /// What a day count is counted by.
    Dimension {
        /// Stalls that entered a progress.
        Progress = "progress",
        /// Refusals and stops, by reason.
        Reason = "reason",
        /// Codes issued, by goods.
        Goods = "goods",
        /// Codes issued, by bank.
        Bank = "bank",
        /// Scans, by verdict.
        Check = "check",
    }
);

/// The notes of one write, or of a group of them.
#[derive(Debug, Default)]
pub struct Ledger {
    events: Vec<(String, Event)>,
    counts: BTreeMap<MarketId, (Counts, UnixMillis)>,
    days: BTreeMap<(MarketId, Day, Dimension, String), i64>,
    touched: BTreeSet<(MarketId, StallId)>,
}

impl Ledger {
    /// Notes a change in a market.
    pub fn event(&mut self, market: MarketId, event: Event) {
        self.events.push((market.to_string(), event));
    }

    /// Notes a change that belongs to no market.
    pub fn installation_event(&mut self, event: Event) {
        self.events.push((audit::INSTALLATION.to_owned(), event));
    }

    /// Notes that a stall went from one state to another; `None` when it did not exist before.
    pub fn stall_changed(
        &mut self,
        market: MarketId,
        before: Option<(Occupancy, &StallState)>,
        after: (Occupancy, &StallState),
        now: UnixMillis,
    ) {
        let new = counts(after.0, after.1);
        let old = before.map_or([0; COUNTERS.len()], |(occupancy, state)| counts(occupancy, state));
        let (sum, at) = self.counts.entry(market).or_insert(([0; COUNTERS.len()], now));
        for (total, (new, old)) in sum.iter_mut().zip(new.iter().zip(old)) {
            *total += new - old;
        }
        *at = now;
        if before.is_some_and(|(_, state)| state.progress != after.1.progress) {
            self.happened(market, now.day(), Dimension::Progress, after.1.progress.as_str());
        }
    }

    /// Notes that a stall is in the book no more.
    pub fn stall_removed(&mut self, market: MarketId, was: (Occupancy, &StallState), now: UnixMillis) {
        let (sum, at) = self.counts.entry(market).or_insert(([0; COUNTERS.len()], now));
        sum.iter_mut().zip(counts(was.0, was.1)).for_each(|(total, one)| *total -= one);
        *at = now;
    }

    /// Notes that something countable happened on a day.
    pub fn happened(&mut self, market: MarketId, day: Day, dimension: Dimension, item: &str) {
        *self.days.entry((market, day, dimension, item.to_owned())).or_insert(0) += 1;
    }

    /// Notes that something of a stall's history changed: its part in the market's figures is made anew.
    pub fn touch(&mut self, market: MarketId, stall: StallId) {
        self.touched.insert((market, stall));
    }

    /// Takes over the notes of one write of a group.
    pub(super) fn absorb(&mut self, other: Self) {
        self.events.extend(other.events);
        for (market, (delta, at)) in other.counts {
            let (sum, last) = self.counts.entry(market).or_insert(([0; COUNTERS.len()], at));
            sum.iter_mut().zip(delta).for_each(|(total, delta)| *total += delta);
            *last = at;
        }
        for (key, n) in other.days {
            *self.days.entry(key).or_insert(0) += n;
        }
        self.touched.extend(other.touched);
    }

    /// Writes everything noted. Called once, right before the commit.
    pub(super) async fn write(self, conn: &mut Conn<'_>) -> Result<(), StoreError> {
        write_events(conn, self.events).await?;
        for ((market, day, dimension, item), n) in self.days {
            const SQL: &str = "INSERT INTO market_days (market_id, day, dimension, item, entered) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (market_id, day, dimension, item) DO UPDATE SET entered = market_days.entered + excluded.entered";
            execute!(conn, SQL, market, day, dimension, &item, n)?;
        }
        for (market, (delta, at)) in self.counts {
            if delta.iter().all(|n| *n == 0) {
                continue;
            }
            update_counters(conn, market, at, delta).await?;
        }
        super::figures::replace(conn, self.touched).await
    }
}

/// `$1` market, `$2` moment, then one parameter for each of `COUNTERS`, in that order (checked by a test).
const UPDATE_COUNTERS: &str = "UPDATE market_stats SET updated_at_ms = $2, stalls = stalls + $3, vacant = vacant + $4, \
    trading = trading + $5, paused = paused + $6, left_stalls = left_stalls + $7, reached = reached + $8, \
    with_code = with_code + $9, verified = verified + $10, not_reached = not_reached + $11, postponed = postponed + $12, \
    awaiting_account = awaiting_account + $13, declined = declined + $14, in_review = in_review + $15, \
    needs_fix = needs_fix + $16, code_issued = code_issued + $17, posted = posted + $18, in_use = in_use + $19, \
    stopped = stopped + $20, unsafe_stalls = unsafe_stalls + $21, unconfirmed = unconfirmed + $22, \
    used_verified = used_verified + $23 WHERE market_id = $1";

/// Chains the events, each chain's in the order in which they were noted.
async fn write_events(conn: &mut Conn<'_>, events: Vec<(String, Event)>) -> Result<(), StoreError> {
    let mut chains: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for (chain, event) in events {
        chains.entry(chain).or_default().push(event);
    }
    for (chain, events) in chains {
        let (first, mut hash) = head(conn, &chain).await?.unwrap_or((0, audit::GENESIS.to_vec()));
        let mut seq = first;
        for event in events {
            seq += 1;
            let stall = event.stall.map(|id| id.to_string());
            let detail = event.detail.to_string();
            let link = Link {
                chain: &chain,
                seq,
                at: event.at,
                actor: &event.actor,
                action: event.action,
                subject: &event.subject,
                stall: stall.as_deref().unwrap_or(""),
                detail: &detail,
            };
            let next = audit::hash(link, &hash).to_vec();
            const SQL: &str = "INSERT INTO audit_events (chain_id, seq, at_ms, actor, action, subject, stall_id, detail, prev_hash, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
            execute!(
                conn,
                SQL,
                &chain,
                seq,
                event.at,
                &event.actor,
                event.action,
                &event.subject,
                &stall,
                &detail,
                &hash,
                &next
            )?;
            hash = next;
        }
        const HEAD: &str = "INSERT INTO audit_heads (chain_id, seq, hash) VALUES ($1, $2, $3) \
             ON CONFLICT (chain_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
        execute!(conn, HEAD, &chain, seq, &hash)?;
    }
    Ok(())
}

/// The head of a chain, locked until the commit where several writers can run at once.
pub(super) async fn head(conn: &mut Conn<'_>, chain: &str) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let sql = if matches!(conn, Driver::Sqlite(_)) { super::dialect::HEAD_SQLITE } else { super::dialect::HEAD_POSTGRES };
    fetch_optional!(conn, sql, chain)
}

async fn update_counters(conn: &mut Conn<'_>, market: MarketId, at: UnixMillis, delta: Counts) -> Result<(), StoreError> {
    match conn {
        Driver::Sqlite(conn) => {
            let mut values: Vec<&dyn rusqlite::ToSql> = vec![&market, &at];
            values.extend(delta.iter().map(|n| n as &dyn rusqlite::ToSql));
            sqlite::execute(&mut **conn, UPDATE_COUNTERS, &values)?;
        }
        Driver::Postgres(conn) => {
            let query = sqlx::query(UPDATE_COUNTERS).bind(market).bind(at);
            delta.into_iter().fold(query, sqlx::query::Query::bind).execute(&mut **conn).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_update_names_every_counter_in_order() {
        for (i, column) in COUNTERS.iter().enumerate() {
            assert!(UPDATE_COUNTERS.contains(&format!("{column} = {column} + ${}", i + 3)), "{column}");
        }
    }
}
