//! An account change: asked for by an enrolment, approved by a ward official, waiting a day in the vendor's sight, then in
//! force. Until then the code before stays in force, and the vendor can stop it.

use crate::{
    app::{App, UseError, enrol::note_issued},
    domain::{
        audit::Event,
        ids::{EnrolmentId, StallId},
        payment_account::ReviewReason,
        time::UnixMillis,
    },
    store::{
        StoreError, Tx, accounts, enrolments,
        markets::{self, MarketScope},
        payment_codes, stall_facts, stalls, stickers,
    },
};

/// How many changes are looked at in one go.
const PAGE: i64 = 200;

/// Puts every change in force whose waiting time is over; gives how many. A change that fails is told and does not hold up
/// the others.
pub async fn take_force(app: &App, now: UnixMillis) -> Result<usize, UseError> {
    let due = payment_codes::changes_due(&app.db, now, PAGE).await?;
    let mut done = 0;
    for (market, enrolment) in due {
        let scope = markets::enter_as(&app.db, "job", market).await?;
        let changed = app
            .db
            .write(move |tx| {
                let scope = scope.clone();
                Box::pin(async move { change(tx, &scope, enrolment, now).await })
            })
            .await;
        match changed {
            Ok(true) => done += 1,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, %enrolment, "an account change did not come into force");
            }
        }
    }
    Ok(done)
}

/// The new codes come into force and the old ones go out of it, in one transaction.
async fn change(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId, now: UnixMillis) -> Result<bool, UseError> {
    tx.lock_market(scope.market_id()).await?;
    let codes = payment_codes::take_force(tx, scope, id, now).await?;
    let Some(first) = codes.first() else { return Ok(false) };
    let (stall_id, vendor, tenancy) = (first.stall_id, first.vendor_id, first.tenancy_id);
    let old = payment_codes::supersede(tx, scope, id, now).await?;
    for code in &old {
        stickers::retire_of_code(tx, scope, *code, "account_changed", now).await?;
    }
    accounts::release_unused(tx, scope, vendor).await?;
    if let Some(primary) = codes.iter().find(|code| code.is_primary) {
        payment_codes::only_primary(tx, scope, tenancy, id).await?;
        accounts::make_primary(tx, scope, vendor, primary.payment_account_id).await?;
    }
    let stall = stalls::find_in(tx, scope, stall_id).await?.ok_or(StoreError::Damaged("payment_codes.stall_id"))?;
    stall_facts::refresh(tx, scope, &stall, now).await?;
    note_issued(tx.ledger(), scope.market_id(), now, stall.goods.as_deref(), codes.iter().map(|code| code.bin.as_deref()));
    let new: Vec<_> = codes.iter().map(|code| code.payment_code_id).collect();
    note(
        tx,
        scope,
        ("account_change.in_force", id, stall_id),
        serde_json::json!({ "payment_codes": new, "superseded": old }),
        now,
    );
    Ok(true)
}

/// Stops whatever change of a stall waits to come into force: its vendor refused it. Gives whether there was one. The
/// caller computes the stall's state again.
pub(super) async fn stop(tx: &mut Tx<'_>, scope: &MarketScope, stall: StallId, now: UnixMillis) -> Result<bool, UseError> {
    let reason = ReviewReason::NotMine.as_str();
    let stopped = payment_codes::stop_coming(tx, scope, stall, reason, now).await?;
    if let Some(vendor) = stalls::find_in(tx, scope, stall).await?.and_then(|stall| stall.vendor_id) {
        accounts::release_unused(tx, scope, vendor).await?;
    }
    for id in &stopped {
        enrolments::refuse(tx, scope, *id, reason).await?;
        note(tx, scope, ("account_change.refused", *id, stall), serde_json::json!({ "reason": reason }), now);
    }
    Ok(!stopped.is_empty())
}

fn note(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (action, id, stall): (&'static str, EnrolmentId, StallId),
    detail: serde_json::Value,
    at: UnixMillis,
) {
    let event = Event { at, actor: scope.actor().to_owned(), action, subject: id.to_string(), stall: Some(stall), detail };
    tx.ledger().event(scope.market_id(), event);
}
