//! Visits to stalls.

use super::{Db, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        ids::{StallId, TenancyId, VisitId},
        kpi::{UseShare, UseSource},
        time::{Day, UnixMillis},
        visit::{Reason, VisitOutcome},
    },
    execute, fetch_all, fetch_optional,
};

/// A visit to be recorded.
#[derive(Debug, Clone)]
pub struct NewVisit {
    /// Its identifier, made by the client.
    pub id: VisitId,
    /// Which stall.
    pub stall_id: StallId,
    /// In whose tenancy.
    pub tenancy_id: Option<TenancyId>,
    /// What it came to.
    pub outcome: VisitOutcome,
    /// Why.
    pub reason: Option<Reason>,
    /// When to come back.
    pub come_back_on: Option<Day>,
    /// When it was.
    pub visited_at: UnixMillis,
    /// How use was known.
    pub use_source: Option<UseSource>,
    /// What the vendor says of the sales.
    pub use_share: Option<UseShare>,
    /// SHA-256 over the canonical body.
    pub body_hash: Vec<u8>,
}

/// The hash of the visit stored under an id of this market.
pub async fn stored_hash(tx: &mut Tx<'_>, scope: &MarketScope, id: VisitId) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT body_hash FROM visits WHERE market_id = $1 AND visit_id = $2";
    Ok(fetch_optional!(tx, SQL, scope.market_id(), id)?.map(|(value,)| value))
}

/// Adds a visit.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewVisit, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO visits (market_id, visit_id, stall_id, tenancy_id, outcome, reason, come_back_on, visited_by, visited_at_ms, received_at_ms, use_source, use_share, body_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.stall_id,
        new.tenancy_id,
        new.outcome,
        new.reason,
        new.come_back_on,
        scope.actor(),
        new.visited_at,
        now,
        new.use_source,
        new.use_share,
        &new.body_hash,
    )
    .map(drop)
}

stored_row! {
    /// A visit in a stall's history.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Visit {
        /// Its identifier.
        pub visit_id: VisitId,
        /// What it came to.
        pub outcome: VisitOutcome,
        /// Why.
        pub reason: Option<Reason>,
        /// When to come back.
        pub come_back_on: Option<Day>,
        /// Who went.
        pub visited_by: String,
        /// When.
        pub visited_at_ms: UnixMillis,
    }
}

/// A stall's visits, latest first.
pub async fn list_of_stall(db: &Db, scope: &MarketScope, stall: StallId) -> Result<Vec<Visit>, StoreError> {
    const SQL: &str = "SELECT visit_id, outcome, reason, come_back_on, visited_by, visited_at_ms FROM visits \
         WHERE market_id = $1 AND stall_id = $2 ORDER BY visited_at_ms DESC, visit_id DESC";
    fetch_all!(db, SQL, scope.market_id(), stall)
}
