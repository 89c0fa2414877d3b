//! The second pair of eyes: approve an enrolment or give it back, never one's own.

use crate::{
    app::{App, UseError, enrol::note_issued},
    clock::random,
    domain::{
        audit::Event,
        consent,
        ids::{ConsentId, EnrolmentId, StallId},
        payment_account::ReviewReason,
        payment_code::{CHANGE_WAITS_MS, CodeStatus},
        scope::{Act, Viewer},
        time::UnixMillis,
    },
    store::{
        StoreError, Tx, accounts,
        enrolments::{self, Enrolment, NewConsent},
        markets::{self, MarketScope},
        payment_codes::{self, PaymentCode},
        stall_facts, stalls, stickers,
    },
};

crate::word_enum!(
    /// Why a reviewer gives an enrolment back.
    ReturnReason {
        /// Please scan again from the bank's app.
        ScanAgain = "scan_again",
        /// A relative's account needs that person's consent.
        HolderConsent = "holder_consent",
        /// The name is not right.
        NameWrong = "name_wrong",
        /// The account is not right.
        AccountWrong = "account_wrong",
        /// The stall is not right.
        StallWrong = "stall_wrong",
    }
);

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The codes come into force.
    Approve {
        /// The reviewer spoke with the holder of somebody else's account, who agrees.
        holder_agreed: bool,
    },
    /// The enroller is asked to put something right.
    Return(ReturnReason),
}

/// Decides. Of two reviewers at once, one wins and the other is told.
pub async fn decide(app: &App, viewer: &Viewer, id: EnrolmentId, decision: Decision) -> Result<(), UseError> {
    let scope = markets::enter_by_enrolment(&app.db, viewer, Act::Review, id).await?;
    let may_change = viewer.may(Act::ApproveAccountChange);
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let enrolment = enrolments::find_in(tx, &scope, id).await?.ok_or(UseError::NotFound)?;
                if enrolment.enrolled_by == scope.actor() {
                    return Err(UseError::Forbidden("own_enrolment"));
                }
                match decision {
                    Decision::Approve { .. } if enrolment.is_account_change() && !may_change => {
                        Err(UseError::Forbidden("change_needs_official"))
                    }
                    Decision::Approve { holder_agreed } => approve(tx, &scope, &enrolment, holder_agreed, now).await,
                    Decision::Return(reason) => give_back(tx, &scope, &enrolment, reason, now).await,
                }
            })
        })
        .await
}

/// What waits comes into force, at once or after the waiting time of an account change; what its owner froze is thawed.
/// What went out of force meanwhile stays out of it.
async fn approve(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    enrolment: &Enrolment,
    holder_agreed: bool,
    now: UnixMillis,
) -> Result<(), UseError> {
    let id = enrolment.enrolment_id;
    if !enrolments::decide(tx, scope, id, ("in_review", "issued"), None, now).await? {
        return Err(UseError::Conflict("already_decided"));
    }
    holder_consent(tx, scope, enrolment, holder_agreed, now).await?;
    let codes = payment_codes::list_of_enrolment_in(tx, scope, id).await?;
    let (mut issued, mut waits, mut thawed) = (Vec::new(), None, false);
    for code in &codes {
        let (id, by) = (code.payment_code_id, scope.actor());
        if code.status == CodeStatus::InReview && enrolment.is_account_change() {
            let from = now.plus(CHANGE_WAITS_MS);
            if payment_codes::approve_for(tx, scope, id, by, (now, from)).await? {
                waits = Some(from);
            }
        } else if payment_codes::approve(tx, scope, id, by, now).await? {
            if code.status == CodeStatus::InReview {
                issued.push(code);
            } else {
                thawed = true;
            }
        }
    }
    if !codes.is_empty() && issued.is_empty() && waits.is_none() && !thawed {
        return Err(UseError::Conflict("code_not_in_force"));
    }
    if !issued.is_empty() {
        let stall = stalls::find_in(tx, scope, enrolment.stall_id).await?.ok_or(StoreError::Damaged("enrolments.stall_id"))?;
        let bins = issued.iter().map(|code| code.bin.as_deref());
        note_issued(tx.ledger(), scope.market_id(), now, stall.goods.as_deref(), bins);
    }
    let action = if waits.is_some() { "account_change.approved" } else { "enrolment.approved" };
    let detail =
        serde_json::json!({ "review_reasons": enrolment.review_reasons, "in_force_from": waits.map(UnixMillis::to_rfc3339) });
    finish(tx, scope, enrolment, &codes, (action, detail), now).await
}

async fn give_back(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    enrolment: &Enrolment,
    reason: ReturnReason,
    now: UnixMillis,
) -> Result<(), UseError> {
    let id = enrolment.enrolment_id;
    if !enrolments::decide(tx, scope, id, ("in_review", "returned"), Some(reason.as_str()), now).await? {
        return Err(UseError::Conflict("already_decided"));
    }
    let codes = payment_codes::list_of_enrolment_in(tx, scope, id).await?;
    for code in &codes {
        // A frozen code that was in force goes out of force for good; a new enrolment brings a new one.
        let was_in_force = code.status == CodeStatus::Active;
        let status = if was_in_force { CodeStatus::Revoked } else { CodeStatus::Refused };
        payment_codes::end(tx, scope, code.payment_code_id, status, reason.as_str(), now).await?;
        if was_in_force {
            stickers::retire_of_code(tx, scope, code.payment_code_id, "code_revoked", now).await?;
        }
    }
    accounts::release_unused(tx, scope, enrolment.vendor_id).await?;
    let detail = serde_json::json!({ "reason": reason, "review_reasons": enrolment.review_reasons });
    finish(tx, scope, enrolment, &codes, ("enrolment.returned", detail), now).await
}

/// Computes every stall again that a decision touched (a code may have moved since it was enrolled), and notes it.
async fn finish(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    enrolment: &Enrolment,
    codes: &[PaymentCode],
    (action, detail): (&'static str, serde_json::Value),
    now: UnixMillis,
) -> Result<(), UseError> {
    let mut touched: Vec<StallId> = codes.iter().map(|code| code.stall_id).chain([enrolment.stall_id]).collect();
    touched.sort_unstable();
    touched.dedup();
    for stall in touched {
        let stall = stalls::find_in(tx, scope, stall).await?.ok_or(StoreError::Damaged("enrolments.stall_id"))?;
        stall_facts::refresh(tx, scope, &stall, now).await?;
    }
    let event = Event {
        at: now,
        actor: scope.actor().to_owned(),
        action,
        subject: enrolment.enrolment_id.to_string(),
        stall: Some(enrolment.stall_id),
        detail,
    };
    tx.ledger().event(scope.market_id(), event);
    Ok(())
}

/// Somebody else's account needs that person's own consent, given at enrolment or to the reviewer.
async fn holder_consent(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    enrolment: &Enrolment,
    holder_agreed: bool,
    now: UnixMillis,
) -> Result<(), UseError> {
    if !enrolment.is_reviewed_for(ReviewReason::NameDiffers)
        || enrolments::has_holder_consent_in(tx, scope, enrolment.enrolment_id).await?
    {
        return Ok(());
    }
    if !holder_agreed {
        return Err(UseError::invalid("/holder_agreed", "holder_consent_missing", "the account's holder has not agreed yet"));
    }
    let new = NewConsent {
        id: ConsentId::generate(now, random()),
        enrolment_id: enrolment.enrolment_id,
        vendor_id: enrolment.vendor_id,
        subject: "account_holder",
        purpose: consent::Purpose::IssueCode.as_str().to_owned(),
        text_version: consent::CURRENT.to_owned(),
        text_hash: consent::text_hash(consent::CURRENT).unwrap_or_default(),
        given_at: now,
        collected_by: scope.actor().to_owned(),
    };
    Ok(enrolments::insert_consent(tx, scope, &new).await?)
}
