//! Reads everything recorded about a stall in its present tenancy, and stores the state computed from it.

use super::{
    StoreError, Tx,
    markets::MarketScope,
    sqlite::stored_row,
    stalls::{self, Stall},
};
use crate::{
    domain::{
        adoption::{self, EnrolmentState, StallFacts, StallState, VisitFact},
        ids::{TenancyId, VendorId},
        stall::{CodeSafety, Occupancy},
        sticker_check::Verdict,
        time::{Day, UnixMillis},
        visit::VisitOutcome,
    },
    fetch_all, fetch_one,
};

stored_row! {
    struct FactsRow {
        active_since: Option<UnixMillis>,
        frozen: i64,
        unconfirmed: i64,
        ended: i64,
        changing: i64,
        enrolment: Option<String>,
        posted_at: Option<UnixMillis>,
        last_verdict: Option<Verdict>,
        last_checked_at: Option<UnixMillis>,
        last_read: Option<Verdict>,
        visits: i64,
    }
}

/// `$1` market, `$2` stall, `$3` tenancy (empty for none), `$4` when the last tenancy ended. Every sub-select is one look
/// into an index, in the index's order.
const FACTS: &str = "SELECT MIN(CASE WHEN c.status = 'active' THEN c.issued_at_ms END) AS active_since, \
    COALESCE(SUM(CASE WHEN c.status = 'active' AND c.is_frozen THEN 1 ELSE 0 END), 0) AS frozen, \
    COALESCE(SUM(CASE WHEN c.status = 'active' AND c.confirmed_at_ms IS NULL THEN 1 ELSE 0 END), 0) AS unconfirmed, \
    COALESCE(SUM(CASE WHEN c.status = 'revoked' THEN 1 ELSE 0 END), 0) AS ended, \
    COALESCE(SUM(CASE WHEN c.status = 'in_review' AND c.in_force_from_ms IS NOT NULL THEN 1 ELSE 0 END), 0) AS changing, \
    (SELECT e.status FROM enrolments e WHERE e.market_id = $1 AND e.stall_id = $2 AND e.status <> 'replaced' \
        AND e.received_at_ms >= $4 ORDER BY e.received_at_ms DESC, e.enrolment_id DESC LIMIT 1) AS enrolment, \
    (SELECT MIN(k.checked_at_ms) FROM sticker_checks k JOIN payment_codes p ON p.market_id = k.market_id AND p.payment_code_id = k.payment_code_id \
        WHERE k.market_id = $1 AND k.stall_id = $2 AND k.verdict = 'match' AND p.status = 'active' \
        AND p.tenancy_id = $3) AS posted_at, \
    (SELECT CASE WHEN k.verdict IN ('match', 'own_code') AND (p.status IS NULL OR p.status <> 'active') THEN 'superseded' ELSE k.verdict END \
        FROM sticker_checks k LEFT JOIN payment_codes p ON p.market_id = k.market_id AND p.payment_code_id = k.payment_code_id \
        WHERE k.market_id = $1 AND k.stall_id = $2 AND k.checked_at_ms >= $4 \
        ORDER BY k.checked_at_ms DESC, k.check_id DESC LIMIT 1) AS last_verdict, \
    (SELECT MAX(k.checked_at_ms) FROM sticker_checks k WHERE k.market_id = $1 AND k.stall_id = $2 AND k.checked_at_ms >= $4) AS last_checked_at, \
    (SELECT k.verdict FROM sticker_checks k WHERE k.market_id = $1 AND k.stall_id = $2 AND k.checked_at_ms >= $4 \
        AND k.verdict <> 'unreadable' ORDER BY k.checked_at_ms DESC, k.check_id DESC LIMIT 1) AS last_read, \
    (SELECT COUNT(*) FROM visits v WHERE v.market_id = $1 AND v.stall_id = $2 AND v.visited_at_ms >= $4) AS visits \
    FROM payment_codes c WHERE c.market_id = $1 AND c.stall_id = $2 AND c.tenancy_id = $3";

/// Everything recorded since the last tenancy of the stall ended.
pub async fn load(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: &Stall,
    tenancy: Option<TenancyId>,
) -> Result<StallFacts, StoreError> {
    const BEGAN: &str = "SELECT COALESCE(MAX(until_ms), 0) FROM tenancies WHERE market_id = $1 AND stall_id = $2";
    const VISITS: &str = "SELECT outcome, visited_at_ms, come_back_on FROM visits \
         WHERE market_id = $1 AND stall_id = $2 AND visited_at_ms >= $3 ORDER BY visited_at_ms, visit_id";
    let market = scope.market_id();
    let tenancy = tenancy.map(|id| id.to_string()).unwrap_or_default();
    let (began_at,): (i64,) = fetch_one!(tx, BEGAN, market, stall.stall_id)?;
    let row: FactsRow = fetch_one!(tx, FACTS, market, stall.stall_id, &tenancy, began_at)?;
    let visits: Vec<(VisitOutcome, UnixMillis, Option<Day>)> =
        if row.visits == 0 { Vec::new() } else { fetch_all!(tx, VISITS, market, stall.stall_id, began_at)? };
    Ok(StallFacts {
        visits: visits.into_iter().map(|(outcome, at, come_back_on)| VisitFact { outcome, at, come_back_on }).collect(),
        enrolment: row.enrolment.as_deref().map(enrolment_state).transpose()?,
        active_since: row.active_since,
        frozen: row.frozen > 0,
        unconfirmed: row.unconfirmed > 0,
        revoked: row.ended > 0,
        posted_at: row.posted_at,
        last_check: row.last_verdict.zip(row.last_checked_at),
        foreign: row.last_read.is_some_and(|verdict| verdict.safety() == CodeSafety::Mismatch),
        changing: row.changing > 0,
    })
}

fn enrolment_state(status: &str) -> Result<EnrolmentState, StoreError> {
    match status {
        "in_review" => Ok(EnrolmentState::InReview),
        "returned" => Ok(EnrolmentState::Returned),
        "issued" => Ok(EnrolmentState::Issued),
        "refused" | "replaced" => Ok(EnrolmentState::Closed),
        _ => Err(StoreError::Damaged("enrolments.status")),
    }
}

/// Computes a stall's state from its facts and stores it. The one way in which a status changes.
pub async fn recompute(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    before: &Stall,
    occupancy: Occupancy,
    keeper: Option<(VendorId, TenancyId)>,
    now: UnixMillis,
) -> Result<StallState, StoreError> {
    let facts = load(tx, scope, before, keeper.map(|(_, tenancy)| tenancy)).await?;
    let state = adoption::state(&facts, now);
    stalls::put_state(tx, scope, before, occupancy, keeper, &state, now).await?;
    Ok(state)
}

/// The same when neither the occupancy nor the keeper changes.
pub async fn refresh(tx: &mut Tx<'_>, scope: &MarketScope, stall: &Stall, now: UnixMillis) -> Result<StallState, StoreError> {
    recompute(tx, scope, stall, stall.occupancy, stall.vendor_id.zip(stall.tenancy_id), now).await
}
