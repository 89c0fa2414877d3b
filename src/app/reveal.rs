//! Opening what is sealed to a person. A payload holds the account, so handing out a code is a reveal and leaves a trace,
//! unless it is the vendor's own link or the enroller's own enrolment of that day.

use crate::{
    app::{App, UseError},
    domain::{
        audit::Event,
        ids::{PaymentAccountId, PaymentCodeId, VendorId},
        payment_code::CodeStatus,
        scope::{Act, Viewer},
    },
    store::{
        accounts,
        markets::{self, MarketScope},
        payment_codes::{self, PaymentCode},
    },
};

/// A code whose payload has been opened.
#[derive(Clone)]
pub struct OpenCode {
    /// The code.
    pub code: PaymentCode,
    /// What it says.
    pub payload: String,
    /// Where it belongs.
    pub scope: MarketScope,
}

impl std::fmt::Debug for OpenCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenCode({})", self.code.payment_code_id)
    }
}

/// Opens a code in force to a member of staff.
pub async fn open_code(app: &App, viewer: &Viewer, id: PaymentCodeId) -> Result<OpenCode, UseError> {
    let act = if viewer.may(Act::Reveal) { Act::Reveal } else { Act::RevealOwnToday };
    let scope = markets::enter_by_code(&app.db, viewer, act, id).await?;
    let code = payment_codes::find(&app.db, &scope, id).await?.ok_or(UseError::NotFound)?;
    let now = app.clock.now();
    let is_own_today = code.enrolled_by == viewer.actor() && code.issued_at_ms.is_some_and(|at| at.day() == now.day());
    if !is_own_today && act == Act::RevealOwnToday {
        return Err(UseError::Forbidden("role_may_not"));
    }
    if code.status != CodeStatus::Active || code.is_frozen {
        return Err(UseError::Conflict("code_not_in_force"));
    }
    if !is_own_today {
        note(app, &scope, "code.revealed", &id, code.stall_id, serde_json::json!({})).await?;
    }
    let payload = payment_codes::payload(&app.db, &scope, id).await?.ok_or(UseError::NotFound)?;
    Ok(OpenCode { code, payload, scope })
}

/// Opens one account number to a member of staff, who says why.
pub async fn open_account(
    app: &App,
    viewer: &Viewer,
    vendor: VendorId,
    id: PaymentAccountId,
    reason: &str,
) -> Result<String, UseError> {
    let scope = markets::enter_by_vendor(&app.db, viewer, Act::Reveal, vendor).await?;
    let reason = crate::payment_code::fold::nfc_clean(reason);
    if reason.chars().count() < 3 {
        return Err(UseError::invalid("/reason", "reason_missing", "say why"));
    }
    let mine = accounts::list(&app.db, &scope, vendor).await?;
    let account = mine.iter().find(|account| account.payment_account_id == id).ok_or(UseError::NotFound)?;
    let stalls = crate::store::stalls::list_of_vendor(&app.db, &scope, vendor).await?;
    let stall = stalls.first().map(|stall| stall.stall_id);
    let subject = account.payment_account_id;
    // The words of the reason stay out of the chain: people write names into them. Their hash proves what was said.
    let said = data_encoding::HEXLOWER.encode(&app.db.keys().index("reason", &reason));
    let (now, event_scope) = (app.clock.now(), scope.clone());
    app.db
        .write(move |tx| {
            let (scope, said) = (event_scope.clone(), said.clone());
            Box::pin(async move {
                tx.ledger().event(
                    scope.market_id(),
                    Event {
                        at: now,
                        actor: scope.actor().to_owned(),
                        action: "account.revealed",
                        subject: subject.to_string(),
                        stall,
                        detail: serde_json::json!({ "reason_index": said }),
                    },
                );
                Ok::<_, UseError>(())
            })
        })
        .await?;
    accounts::reveal(&app.db, &scope, id).await?.ok_or(UseError::NotFound)
}

async fn note(
    app: &App,
    scope: &MarketScope,
    action: &'static str,
    subject: &impl std::fmt::Display,
    stall: crate::domain::ids::StallId,
    detail: serde_json::Value,
) -> Result<(), UseError> {
    let (now, scope, subject) = (app.clock.now(), scope.clone(), subject.to_string());
    app.db
        .write(move |tx| {
            let (scope, subject, detail) = (scope.clone(), subject.clone(), detail.clone());
            Box::pin(async move {
                let event = Event { at: now, actor: scope.actor().to_owned(), action, subject, stall: Some(stall), detail };
                tx.ledger().event(scope.market_id(), event);
                Ok(())
            })
        })
        .await
}
