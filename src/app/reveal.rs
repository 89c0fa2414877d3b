//! Opening what is sealed to a person. A payload holds the account, so handing out a code is a reveal and leaves a trace,
//! unless it is the vendor's own link or the enroller's own enrolment of that day.

use crate::{
    app::{App, UseError},
    domain::{
        audit::Event,
        ids::{PaymentAccountId, PaymentCodeId, PrintBatchId, StallId, VendorId},
        payment_code::CodeStatus,
        reveal::RevealReason,
        scope::{Act, Viewer},
    },
    store::{
        accounts,
        markets::{self, MarketScope},
        payment_codes::{self, PaymentCode},
        stalls, vendors,
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
    let is_own_today = code.is_of_day(&viewer.actor(), now.day());
    if !is_own_today && act == Act::RevealOwnToday {
        return Err(UseError::Forbidden("role_may_not"));
    }
    if code.status != CodeStatus::Active || code.is_frozen {
        return Err(UseError::Conflict("code_not_in_force"));
    }
    if !is_own_today {
        note(app, &scope, "code.revealed", &id, Some(code.stall_id), RevealReason::Download).await?;
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
    let act = if viewer.may(Act::Reveal) { Act::Reveal } else { Act::RevealOwnToday };
    let scope = markets::enter_by_vendor(&app.db, viewer, act, vendor).await?;
    if act == Act::RevealOwnToday && !is_own_today(app, &scope, vendor, id).await? {
        return Err(UseError::Forbidden("role_may_not"));
    }
    let reason = chosen(reason)?;
    let mine = accounts::list(&app.db, &scope, vendor).await?;
    let account = mine.iter().find(|account| account.payment_account_id == id).ok_or(UseError::NotFound)?;
    let stall = first_stall(app, &scope, vendor).await?;
    note(app, &scope, "account.revealed", &account.payment_account_id, stall, reason).await?;
    accounts::reveal(&app.db, &scope, id).await?.ok_or(UseError::NotFound)
}

/// Whether a code of the account was enrolled by the viewer and issued today.
async fn is_own_today(app: &App, scope: &MarketScope, vendor: VendorId, id: PaymentAccountId) -> Result<bool, UseError> {
    let today = app.clock.now().day();
    for stall in stalls::list_of_vendor(&app.db, scope, vendor).await? {
        let codes = payment_codes::list_of_stall(&app.db, scope, stall.stall_id).await?;
        if codes.iter().any(|code| code.payment_account_id == id && code.is_of_day(scope.actor(), today)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Opens a vendor's phone number to whoever visits them, who says why.
pub async fn open_phone(app: &App, viewer: &Viewer, vendor: VendorId, reason: &str) -> Result<String, UseError> {
    let scope = markets::enter_by_vendor(&app.db, viewer, Act::Enrol, vendor).await?;
    let reason = chosen(reason)?;
    let stall = first_stall(app, &scope, vendor).await?;
    let number = vendors::phone(&app.db, &scope, vendor).await?.ok_or(UseError::NotFound)?;
    note(app, &scope, "phone.revealed", &vendor, stall, reason).await?;
    Ok(number)
}

/// Notes that a sheet of codes was handed out: each download of it is one reveal.
pub async fn note_sheet(app: &App, scope: &MarketScope, id: PrintBatchId) -> Result<(), UseError> {
    note(app, scope, "sheet.downloaded", &id, None, RevealReason::Print).await
}

/// Notes that a code was shown on a sticker that is not printed yet.
pub async fn note_preview(app: &App, scope: &MarketScope, id: PaymentCodeId, stall: StallId) -> Result<(), UseError> {
    note(app, scope, "code.revealed", &id, Some(stall), RevealReason::Print).await
}

/// Notes that a sheet that is not printed yet was shown, with so many stickers of this market on it.
pub async fn note_sheet_preview(app: &App, scope: &MarketScope, stickers: usize) -> Result<(), UseError> {
    let detail = serde_json::json!({ "reason": RevealReason::Print, "stickers": stickers });
    write_note(app, scope, ("sheet.previewed", scope.market_id().to_string()), None, detail).await
}

fn chosen(reason: &str) -> Result<RevealReason, UseError> {
    let reason = reason.parse().ok().filter(|reason| RevealReason::CHOICES.contains(reason));
    reason.ok_or_else(|| UseError::invalid("/reason", "reason_missing", "help_vendor, check_code, print, complaint or other"))
}

async fn first_stall(app: &App, scope: &MarketScope, vendor: VendorId) -> Result<Option<StallId>, UseError> {
    Ok(stalls::list_of_vendor(&app.db, scope, vendor).await?.first().map(|stall| stall.stall_id))
}

async fn note(
    app: &App,
    scope: &MarketScope,
    action: &'static str,
    subject: &impl std::fmt::Display,
    stall: Option<StallId>,
    reason: RevealReason,
) -> Result<(), UseError> {
    let detail = serde_json::json!({ "reason": reason });
    write_note(app, scope, (action, subject.to_string()), stall, detail).await
}

async fn write_note(
    app: &App,
    scope: &MarketScope,
    (action, subject): (&'static str, String),
    stall: Option<StallId>,
    detail: serde_json::Value,
) -> Result<(), UseError> {
    let (now, scope) = (app.clock.now(), scope.clone());
    app.db
        .write(move |tx| {
            let (scope, subject, detail) = (scope.clone(), subject.clone(), detail.clone());
            Box::pin(async move {
                let event = Event { at: now, actor: scope.actor().to_owned(), action, subject, stall, detail };
                tx.ledger().event(scope.market_id(), event);
                Ok(())
            })
        })
        .await
}
