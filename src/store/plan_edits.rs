//! What was changed in a market's floor plan, so that the latest change can be taken back; and how many places a stall takes.

use super::{Db, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        ids::{PlanEditId, StallId},
        time::UnixMillis,
    },
    execute, fetch_optional,
};

stored_row! {
    /// A change of the floor plan.
    #[derive(Debug, Clone)]
    pub struct Edit {
        /// Its identifier.
        pub edit_id: PlanEditId,
        /// `row`, `insert`, `merge` or `split`.
        pub kind: String,
        /// What it needs to be taken back, as JSON.
        pub detail: String,
        /// When.
        pub made_at_ms: UnixMillis,
    }
}

const LATEST: &str = "SELECT edit_id, kind, detail, made_at_ms FROM plan_edits WHERE market_id = $1 AND undone_at_ms IS NULL \
     ORDER BY seq DESC LIMIT 1";

/// Notes a change.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: PlanEditId,
    (kind, detail): (&str, &str),
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO plan_edits (market_id, edit_id, seq, kind, detail, made_by, made_at_ms) \
         SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6 FROM plan_edits WHERE market_id = $1";
    execute!(tx, SQL, scope.market_id(), id, kind, detail, scope.actor(), now).map(drop)
}

/// The latest change that was not taken back.
pub async fn latest(db: &Db, scope: &MarketScope) -> Result<Option<Edit>, StoreError> {
    fetch_optional!(db, LATEST, scope.market_id())
}

/// The same inside a write.
pub async fn latest_in(tx: &mut Tx<'_>, scope: &MarketScope) -> Result<Option<Edit>, StoreError> {
    fetch_optional!(tx, LATEST, scope.market_id())
}

/// A change was taken back.
pub async fn undone(tx: &mut Tx<'_>, scope: &MarketScope, id: PlanEditId, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE plan_edits SET undone_at_ms = $3 WHERE market_id = $1 AND edit_id = $2";
    execute!(tx, SQL, scope.market_id(), id, now).map(drop)
}

/// How many places of the plan a stall takes. No new version: what a phone records at the stall does not depend on it.
pub async fn put_span(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: StallId,
    span: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE stalls SET span = $3, updated_at_ms = $4 WHERE market_id = $1 AND stall_id = $2";
    execute!(tx, SQL, scope.market_id(), stall, span, now).map(drop)
}
