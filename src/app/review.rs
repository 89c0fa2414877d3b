//! The second pair of eyes: approve an enrolment or give it back, never one's own.

use crate::{
    app::{App, UseError, enrol::note_issued},
    clock::random,
    domain::{
        audit::Event,
        consent,
        ids::{ConsentId, EnrolmentId},
        payment_account::ReviewReason,
        payment_code::CodeStatus,
        scope::{Act, Viewer},
    },
    store::{
        StoreError,
        enrolments::{self, Enrolment, NewConsent},
        markets::{self, MarketScope},
        payment_codes, stall_facts, stalls,
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
                let stall =
                    stalls::find_in(tx, &scope, enrolment.stall_id).await?.ok_or(StoreError::Damaged("enrolments.stall_id"))?;
                let codes = payment_codes::list_of_enrolment_in(tx, &scope, id).await?;
                let (to, reason) = match decision {
                    Decision::Approve { .. } => ("issued", None),
                    Decision::Return(reason) => ("returned", Some(reason.as_str())),
                };
                if !enrolments::decide(tx, &scope, id, ("in_review", to), reason, now).await? {
                    return Err(UseError::Conflict("already_decided"));
                }
                match decision {
                    Decision::Approve { holder_agreed } => {
                        holder_consent(tx, &scope, &enrolment, holder_agreed, now).await?;
                        for code in &codes {
                            payment_codes::approve(tx, &scope, code.payment_code_id, scope.actor(), now).await?;
                        }
                        note_issued(
                            tx.ledger(),
                            scope.market_id(),
                            now,
                            stall.goods.as_deref(),
                            codes.iter().map(|code| code.bin.as_deref()),
                        );
                    }
                    Decision::Return(reason) => {
                        for code in &codes {
                            // A frozen code that was in force goes out of force for good; a new enrolment brings a new one.
                            let status =
                                if code.status == CodeStatus::Active { CodeStatus::Revoked } else { CodeStatus::Refused };
                            payment_codes::end(tx, &scope, code.payment_code_id, status, reason.as_str(), now).await?;
                        }
                    }
                }
                stall_facts::refresh(tx, &scope, &stall, now).await?;
                tx.ledger().event(
                    scope.market_id(),
                    Event {
                        at: now,
                        actor: scope.actor().to_owned(),
                        action: if to == "issued" { "enrolment.approved" } else { "enrolment.returned" },
                        subject: id.to_string(),
                        stall: Some(enrolment.stall_id),
                        detail: serde_json::json!({ "reason": reason, "review_reasons": enrolment.review_reasons }),
                    },
                );
                Ok(())
            })
        })
        .await
}

/// Somebody else's account needs that person's own consent, given at enrolment or to the reviewer.
async fn holder_consent(
    tx: &mut crate::store::Tx<'_>,
    scope: &MarketScope,
    enrolment: &Enrolment,
    holder_agreed: bool,
    now: crate::domain::time::UnixMillis,
) -> Result<(), UseError> {
    let needs = enrolment.review_reasons.split(' ').any(|reason| reason == ReviewReason::NameDiffers.as_str());
    if !needs || enrolments::has_holder_consent_in(tx, scope, enrolment.enrolment_id).await? {
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
