//! Campaigns of a market, and the facts that its people write down once a month.

use super::{Db, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        campaign::{Goal, MarketFact},
        ids::CampaignId,
        time::{Day, UnixMillis},
    },
    execute, fetch_all,
};

stored_row! {
    /// A campaign.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Campaign {
        /// Its identifier.
        pub campaign_id: CampaignId,
        /// What it is called.
        pub name: String,
        /// Its first day.
        pub from_day: Day,
        /// Its last day.
        pub until_day: Day,
        /// What it wants to raise.
        pub goal: Goal,
        /// To how many percent.
        pub target_percent: i64,
        /// When somebody ended it.
        pub ended_at_ms: Option<UnixMillis>,
    }
}

/// The campaigns of a market, those under way first.
pub async fn list(db: &Db, scope: &MarketScope) -> Result<Vec<Campaign>, StoreError> {
    const SQL: &str = "SELECT campaign_id, name, from_day, until_day, goal, target_percent, ended_at_ms FROM campaigns \
         WHERE market_id = $1 ORDER BY CASE WHEN ended_at_ms IS NULL THEN 0 ELSE 1 END, until_day DESC, campaign_id DESC";
    fetch_all!(db, SQL, scope.market_id())
}

/// Adds a campaign.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &Campaign, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO campaigns (market_id, campaign_id, name, from_day, until_day, goal, target_percent, made_by, made_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.campaign_id,
        &new.name,
        new.from_day,
        new.until_day,
        new.goal,
        new.target_percent,
        scope.actor(),
        now
    )
    .map(drop)
}

/// Ends a campaign; `false` when it was over already or is not there.
pub async fn end(tx: &mut Tx<'_>, scope: &MarketScope, id: CampaignId, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE campaigns SET ended_at_ms = $3 WHERE market_id = $1 AND campaign_id = $2 AND ended_at_ms IS NULL";
    Ok(execute!(tx, SQL, scope.market_id(), id, now)? == 1)
}

/// What was written down of a month, `2026-11`.
pub async fn facts(db: &Db, scope: &MarketScope, month: &str) -> Result<Vec<(MarketFact, i64)>, StoreError> {
    const SQL: &str = "SELECT fact, value FROM market_facts WHERE market_id = $1 AND month = $2 ORDER BY fact";
    fetch_all!(db, SQL, scope.market_id(), month)
}

/// Writes a fact of a month down, or takes it back with `None`.
pub async fn put_fact(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (month, fact): (&str, MarketFact),
    value: Option<i64>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const PUT: &str = "INSERT INTO market_facts (market_id, month, fact, value, noted_by, noted_at_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (market_id, month, fact) DO UPDATE SET value = excluded.value, noted_by = excluded.noted_by, noted_at_ms = excluded.noted_at_ms";
    const DROP: &str = "DELETE FROM market_facts WHERE market_id = $1 AND month = $2 AND fact = $3";
    match value {
        Some(value) => execute!(tx, PUT, scope.market_id(), month, fact, value, scope.actor(), now).map(drop),
        None => execute!(tx, DROP, scope.market_id(), month, fact).map(drop),
    }
}
