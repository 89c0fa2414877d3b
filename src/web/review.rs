//! The second pair of eyes: the queue, and one case a screen.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    enrol::first_words,
    error::AppError,
    markets::id_of,
    page::Page,
    review_payload::{Apart, take_apart},
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::{
    app::{
        UseError,
        review::{self, Decision, ReturnReason},
    },
    domain::{
        ids::EnrolmentId,
        payment_account::ReviewReason,
        payment_code::CodeStatus,
        scope::{Act, Viewer},
    },
    payment_code::{bank, fold},
    store::{
        Db,
        accounts::{self, Account},
        enrolments::{self, Enrolment},
        markets::{self, MarketScope},
        payment_codes, vendors,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/review", queue),
        routes::get("/review/{enrolment_id}", show),
        routes::post("/review/{enrolment_id}/approve", approve),
        routes::post("/review/{enrolment_id}/return", give_back),
    ]
}

/// A case in the queue.
struct Case {
    id: EnrolmentId,
    stall: String,
    name: String,
    market: String,
    reasons: Vec<&'static str>,
    enroller: String,
    at: String,
    is_own: bool,
}

#[derive(askama::Template)]
#[template(path = "review/queue.html")]
struct QueuePage {
    chrome: Chrome,
    cases: Vec<Case>,
}

/// Everything that waits within the viewer's bounds, oldest first.
async fn waiting(db: &Db, viewer: &Viewer) -> Result<Vec<(String, Enrolment)>, AppError> {
    if !viewer.may(Act::Review) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    let mut all = Vec::new();
    for market in markets::list(db, viewer).await? {
        let scope = markets::enter(db, viewer, Act::Review, market.market_id).await?;
        all.extend(
            enrolments::list_by_status(db, &scope, "in_review").await?.into_iter().map(|case| (market.name.clone(), case)),
        );
    }
    all.sort_by_key(|(_, case)| case.received_at_ms);
    Ok(all)
}

async fn queue(State(state): State<AppState>, who: SignedIn) -> Result<Response, AppError> {
    let t = who.lang.words();
    let cases = waiting(&state.app.db, &who.viewer)
        .await?
        .into_iter()
        .map(|(market, case)| Case {
            id: case.enrolment_id,
            stall: case.stall_code,
            name: case.vendor_name,
            market,
            reasons: case.review_reasons.split(' ').filter_map(|reason| t.review_reason.find(reason)).collect(),
            enroller: case.enroller_name.unwrap_or_default(),
            at: case.received_at_ms.to_people(),
            is_own: case.enrolled_by == who.viewer.actor(),
        })
        .collect();
    Ok(Page(QueuePage { chrome: Chrome::of(&state, &who, t.review.title, Room::Review).await?, cases }).into_response())
}

/// A word of a name, and whether the other name lacks it.
struct Part {
    word: String,
    differs: bool,
}

#[derive(askama::Template)]
#[template(path = "review/show.html")]
struct ShowPage {
    chrome: Chrome,
    case: Enrolment,
    market: String,
    reasons: Vec<&'static str>,
    said: Vec<Part>,
    /// The accounts of this case.
    accounts: Vec<AccountLine>,
    /// What is in force at the stall now: bank, last digits, and whether it stays or gives way to this case.
    in_force: Vec<(String, String, &'static str)>,
    /// Why this viewer cannot approve it although they may review; empty when they can.
    needs_official: &'static str,
    aparts: Vec<Apart>,
    /// What the machine looked at, and whether it was right.
    checked: Vec<(bool, &'static str)>,
    phone: String,
    captured: String,
    needs_holder: bool,
    is_own: bool,
    returns: Vec<(&'static str, &'static str)>,
    previous: Option<EnrolmentId>,
    next: Option<EnrolmentId>,
    place: (usize, usize),
    problem: &'static str,
}

struct AccountLine {
    bank: String,
    is_known: bool,
    masked: String,
    how: &'static str,
    holder: Vec<Part>,
}

/// The words of a name in capitals without marks, those missing in the other name marked.
fn parts(name: &str, other: &str) -> Vec<Part> {
    let upper = |text: &str| fold::fold_ascii(&fold::nfc_clean(text)).to_uppercase();
    let other = upper(other);
    let known: Vec<&str> = other.split(' ').collect();
    upper(name).split(' ').map(|word| Part { word: word.to_owned(), differs: !known.contains(&word) }).collect()
}

/// Each account of the case with what its code says: the vendor's own as it was read, or ours when the number was typed.
async fn aparts(
    state: &AppState,
    scope: &MarketScope,
    case: &Enrolment,
    accounts: &[Account],
    t: &'static Words,
) -> Result<Vec<Apart>, AppError> {
    let db = &state.app.db;
    let codes = payment_codes::list_of_stall(db, scope, case.stall_id).await?;
    let mut aparts = Vec::new();
    for account in accounts {
        let id = account.payment_account_id;
        let ours = codes.iter().find(|code| code.enrolment_id == case.enrolment_id && code.payment_account_id == id);
        let payload = match (accounts::scanned(db, scope, id).await?, ours) {
            (Some(scanned), _) => Some(scanned),
            (None, Some(code)) => payment_codes::payload(db, scope, code.payment_code_id).await?,
            (None, None) => None,
        };
        aparts.extend(payload.map(|payload| take_apart(&payload, t)));
    }
    Ok(aparts)
}

fn checked(t: &'static Words, case: &Enrolment, accounts: &[AccountLine], aparts: &[Apart]) -> Vec<(bool, &'static str)> {
    let t = &t.review;
    let has = |reason| case.is_reviewed_for(reason);
    let is_known = accounts.iter().all(|account| account.is_known);
    let either = |good: bool, yes: &'static str, no: &'static str| (good, if good { yes } else { no });
    vec![
        (true, t.ok_read),
        either(is_known, t.ok_bank, t.not_bank),
        either(!has(ReviewReason::TypedByHand), t.ok_scanned, t.not_scanned),
        either(!has(ReviewReason::NameDiffers), t.ok_name, t.not_name),
        either(!has(ReviewReason::AccountInUse), t.ok_unused, t.not_unused),
        either(!aparts.iter().any(|apart| apart.is_unusual), t.ok_length, t.not_length),
    ]
}

async fn show_page(state: &AppState, who: &SignedIn, id: &str, problem: &'static str) -> Result<ShowPage, AppError> {
    let id: EnrolmentId = id_of(id)?;
    let db = &state.app.db;
    let scope = markets::enter_by_enrolment(db, &who.viewer, Act::Review, id).await?;
    let case = enrolments::find(db, &scope, id).await?.ok_or(AppError::NotFound)?;
    let t = who.lang.words();
    let vendor = vendors::find(db, &scope, case.vendor_id).await?.ok_or(AppError::NotFound)?;
    let mine = accounts::list_of_enrolment(db, &scope, id).await?;
    let lines: Vec<AccountLine> = mine
        .iter()
        .map(|account| AccountLine {
            bank: account.bin.as_deref().map(bank::name_of).unwrap_or(&account.scheme).to_owned(),
            is_known: account.bin.as_deref().is_none_or(|bin| bank::by_bin(bin).is_some()),
            masked: format!("…{}", account.account_last4),
            how: t.how.find(account.how.as_str()).unwrap_or(""),
            holder: parts(account.holder_name.as_deref().unwrap_or(""), &vendor.full_name),
        })
        .collect();
    let in_force = payment_codes::list_of_stall(db, &scope, case.stall_id)
        .await?
        .into_iter()
        .filter(|code| code.status == CodeStatus::Active && code.enrolment_id != id)
        .map(|code| {
            let bank = code.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned();
            let gives_way = case.is_account_change() && code.gives_way_to == Some(id);
            let fate = if gives_way { t.review.gives_way } else { t.review.stays };
            (bank, format!("…{}", code.account_last4), fate)
        })
        .collect();
    let aparts = aparts(state, &scope, &case, &mine, t).await?;
    let first_holder = mine.iter().find_map(|account| account.holder_name.as_deref());
    let queue: Vec<EnrolmentId> = waiting(db, &who.viewer).await?.into_iter().map(|(_, case)| case.enrolment_id).collect();
    let at = queue.iter().position(|waiting| *waiting == id);
    Ok(ShowPage {
        chrome: Chrome::of(state, who, format!("{} · {}", case.stall_code, case.vendor_name), Room::Review)
            .await?
            .at(format!("/review/{id}")),
        market: scope.market().name.clone(),
        reasons: case.review_reasons.split(' ').filter_map(|reason| t.review_reason.find(reason)).collect(),
        said: parts(&vendor.full_name, first_holder.unwrap_or("")),
        checked: checked(t, &case, &lines, &aparts),
        aparts,
        phone: vendor.phone_last4.map(|last4| format!("•••• ••• {last4}")).unwrap_or_default(),
        accounts: lines,
        in_force,
        needs_official: if case.is_account_change() && !who.viewer.may(Act::ApproveAccountChange) {
            t.errors.change_needs_official
        } else {
            ""
        },
        captured: case.captured_at_ms.to_people(),
        needs_holder: case.is_reviewed_for(ReviewReason::NameDiffers),
        is_own: case.enrolled_by == who.viewer.actor(),
        returns: ReturnReason::ALL
            .iter()
            .map(|reason| (reason.as_str(), t.return_reason.find(reason.as_str()).unwrap_or("")))
            .collect(),
        previous: at.and_then(|at| at.checked_sub(1)).and_then(|at| queue.get(at).copied()),
        next: at.and_then(|at| queue.get(at + 1).copied()),
        place: (at.map_or(0, |at| at + 1), queue.len()),
        case,
        problem,
    })
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    Ok(Page(show_page(&state, &who, &id, "").await?).into_response())
}

#[derive(Deserialize)]
struct ApproveForm {
    holder_agreed: Option<String>,
}

async fn approve(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<ApproveForm>,
) -> Result<Response, AppError> {
    decide(&state, &who, &id, Decision::Approve { holder_agreed: form.holder_agreed.is_some() }).await
}

#[derive(Deserialize)]
struct ReturnForm {
    #[serde(default)]
    reason: String,
}

async fn give_back(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<ReturnForm>,
) -> Result<Response, AppError> {
    markets::enter_by_enrolment(&state.app.db, &who.viewer, Act::Review, id_of(&id)?).await?;
    let reason = form.reason.parse().map_err(|_| AppError::BadRequest("reason_unknown"))?;
    decide(&state, &who, &id, Decision::Return(reason)).await
}

async fn decide(state: &AppState, who: &SignedIn, id: &str, decision: Decision) -> Result<Response, AppError> {
    match review::decide(&state.app, &who.viewer, id_of(id)?, decision).await {
        Ok(()) => Ok(Redirect::to("/review").into_response()),
        Err(UseError::Invalid(problems)) => {
            let page = show_page(state, who, id, first_words(who.lang, &problems)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}
