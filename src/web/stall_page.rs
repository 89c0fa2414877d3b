//! What the page of one stall shows: where it stands, what can be done here, its codes and its history.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    chrome::{Chrome, Room},
    enrol::first_words,
    error::{AppError, words_of},
    history::{self, Told},
    looks::{self, Look},
    page::Page,
    session::SignedIn,
    state::AppState,
    sticker_reports::{self, ReportLine},
    words::Words,
};
use crate::{
    app::UseError,
    domain::{
        ids::{PaymentAccountId, PaymentCodeId, StallId, VendorId},
        payment_code::{CONFIRM_WITHIN_MS, CodeStatus},
        reveal::RevealReason,
        scope::Act,
        stall::{CodeSafety, Occupancy, Progress},
        sticker::StickerStatus,
        time::{DAY_MS, UnixMillis},
        visit::{Reason, VisitOutcome},
    },
    payment_code::bank,
    store::{
        accounts, enrolments, field_photos,
        markets::MarketScope,
        payment_codes, stall_lists,
        stalls::{self, Stall},
        stickers, vendors,
    },
};

/// How many events of the history a page shows.
const EVENTS: i64 = 50;
/// How many stalls are looked at in one go for the next one to work at.
const NEXT_PAGE: i64 = 32;

/// A code on the stall's page.
pub(super) struct CodeLine {
    pub(super) id: PaymentCodeId,
    pub(super) vendor_id: VendorId,
    pub(super) account_id: PaymentAccountId,
    pub(super) bank: String,
    pub(super) masked: String,
    pub(super) holder: String,
    pub(super) status: String,
    pub(super) in_force: bool,
    pub(super) confirmed: bool,
    pub(super) overdue: bool,
    pub(super) frozen: bool,
    /// The viewer enrolled it today, and may see the account.
    pub(super) is_own_today: bool,
}

/// A form that came back: which one, what was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    /// `postponed`, `declined`, `other`, `check` or `corrections` (a move): the act whose form stays open.
    pub(super) act: &'static str,
    pub(super) outcome: String,
    pub(super) reason: String,
    pub(super) come_back_on: String,
    pub(super) payload: String,
    pub(super) to: String,
    pub(super) swap: bool,
    pub(super) problem: &'static str,
}

/// A day that is one tap away.
pub(super) struct QuickDay {
    iso: String,
    label: String,
    date: String,
}

#[derive(askama::Template)]
#[template(path = "stalls/show.html")]
pub(super) struct ShowPage {
    pub(super) chrome: Chrome,
    stall: Stall,
    market_id: String,
    market: String,
    pills: Vec<(Look, String)>,
    address: &'static str,
    vendor_id: String,
    /// The last digits of the keeper's phone, for whoever may call them.
    phone_last4: String,
    /// The whole number, once, after it was asked for with a reason.
    pub(super) phone: String,
    reveal_reasons: Vec<(&'static str, &'static str)>,
    codes: Vec<CodeLine>,
    /// The account that the board's list names; empty when it names none. No code is made of it.
    listed: String,
    stickers: Vec<(String, &'static str, String)>,
    reports: Vec<ReportLine>,
    /// Photos of what hung there: address, and who took it when.
    photos: Vec<(String, String)>,
    history: Vec<Told>,
    outcomes: Vec<(&'static str, &'static str)>,
    reasons: Vec<(&'static str, &'static str)>,
    /// What the place may be instead: value, word, and whether that ends the keeper's codes.
    occupancies: Vec<(&'static str, &'static str, bool)>,
    /// Designs of the owner's card: name and label.
    owners_cards: Vec<(String, String)>,
    days: Vec<QuickDay>,
    today: String,
    /// The case in which a second person looks at this stall, for whoever may; empty when there is none.
    review_case: String,
    may_enrol: bool,
    may_edit: bool,
    may_review: bool,
    may_reveal: bool,
    may_print: bool,
    typed: Typed,
    notice: String,
}

/// The values of a word enum with their words.
pub(super) fn words<T: Copy>(
    all: &[T],
    word: fn(T) -> &'static str,
    find: impl Fn(&str) -> Option<&'static str>,
) -> Vec<(&'static str, &'static str)> {
    all.iter().map(|value| (word(*value), find(word(*value)).unwrap_or(""))).collect()
}

/// Gathers the page.
pub(super) async fn page(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    stall: Stall,
    typed: Typed,
    notice: String,
) -> Result<ShowPage, AppError> {
    let db = &state.app.db;
    let t = who.lang.words();
    let may = |act| who.viewer.may(act);
    let now = state.app.clock.now();
    let (address, phone_last4) = keeper(state, who, scope, &stall).await?;
    let stickers = stickers::list_of_stall(db, scope, stall.stall_id)
        .await?
        .into_iter()
        .map(|sticker| {
            let label = match sticker.status {
                StickerStatus::Printed => t.stall.sticker_printed,
                StickerStatus::Posted => t.stall.sticker_posted,
                StickerStatus::Retired => t.stall.sticker_retired,
            };
            (sticker.serial, label, sticker.printed_at_ms.day().to_people())
        })
        .collect();
    // Postponing and declining have forms of their own; a code is used, or no longer, where there is one.
    let has_code = stall.with_code || stall.frozen;
    let other: Vec<VisitOutcome> =
        [VisitOutcome::Agreed, VisitOutcome::AwaitingAccount, VisitOutcome::InUse, VisitOutcome::Stopped, VisitOutcome::Closed]
            .into_iter()
            .filter(|outcome| has_code || !matches!(outcome, VisitOutcome::InUse | VisitOutcome::Stopped))
            .collect();
    Ok(ShowPage {
        chrome: Chrome::of(state, who, format!("{} · {}", stall.code, scope.market().name), Room::Markets)
            .await?
            // What a notice tells is told once.
            .at(if notice.is_empty() { format!("/stalls/{}", stall.stall_id) } else { String::new() }),
        market_id: scope.market_id().to_string(),
        market: scope.market().name.clone(),
        pills: pills(t, &stall),
        address,
        vendor_id: stall.vendor_id.map(|id| id.to_string()).unwrap_or_default(),
        phone_last4,
        phone: String::new(),
        reveal_reasons: words(&RevealReason::CHOICES, RevealReason::as_str, |word| t.reveal_reason.find(word)),
        codes: code_lines(state, scope, &stall, t).await?,
        listed: stall_lists::listed(&state.app.db, scope, stall.stall_id).await?.map_or(String::new(), |listed| {
            let holder = listed.holder.map_or(String::new(), |holder| format!(", {holder}"));
            format!("{} …{}{holder}", bank::name_of(&listed.bin), listed.last4)
        }),
        stickers,
        reports: sticker_reports::lines(state, who, scope, stall.stall_id, t).await?,
        photos: photos(state, scope, stall.stall_id, t).await?,
        history: history::of_stall(state, scope, stall.stall_id, EVENTS, t).await?,
        outcomes: words(&other, VisitOutcome::as_str, |word| t.outcome.find(word)),
        reasons: words(Reason::ALL, Reason::as_str, |word| t.reason.find(word)),
        owners_cards: state
            .designs
            .iter()
            .filter(|design| design.is_owners_card())
            .map(|design| (design.name().to_owned(), design.label(super::codes::language(who.lang)).to_owned()))
            .collect(),
        occupancies: words(Occupancy::ALL, Occupancy::as_str, |word| t.occupancy.find(word))
            .into_iter()
            .filter(|(value, _)| *value != stall.occupancy.as_str())
            .map(|(value, label)| (value, label, [Occupancy::Left.as_str(), Occupancy::Vacant.as_str()].contains(&value)))
            .collect(),
        days: quick_days(t, now),
        today: now.day().to_string(),
        review_case: if may(Act::Review) { waiting_case(state, scope, stall.stall_id).await? } else { String::new() },
        may_enrol: may(Act::Enrol),
        may_edit: may(Act::EditStalls),
        may_review: may(Act::Review),
        may_reveal: may(Act::Reveal),
        may_print: may(Act::Print) || may(Act::PrintOwn),
        stall,
        typed,
        notice,
    })
}

/// The latest photos of what hung at a stall: address, and who took it when.
async fn photos(
    state: &AppState,
    scope: &MarketScope,
    stall: StallId,
    t: &'static Words,
) -> Result<Vec<(String, String)>, AppError> {
    let photos = field_photos::list_of_stall(&state.app.db, scope, stall).await?;
    let line = |photo: field_photos::Photo| {
        let by = t.record.photo_by(photo.taker.unwrap_or_default(), photo.taken_at_ms.to_people());
        (format!("/stalls/{stall}/photos/{}", photo.photo_id), by)
    };
    Ok(photos.into_iter().map(line).collect())
}

/// The enrolment of a stall that waits for a second person; empty when none does.
async fn waiting_case(state: &AppState, scope: &MarketScope, stall: StallId) -> Result<String, AppError> {
    let all = enrolments::list_of_stall(&state.app.db, scope, stall).await?;
    Ok(all.into_iter().find(|case| case.status == "in_review").map(|case| case.enrolment_id.to_string()).unwrap_or_default())
}

/// How the keeper is addressed and, for whoever works at the stalls, the last digits of their phone.
pub(super) async fn keeper(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    stall: &Stall,
) -> Result<(&'static str, String), AppError> {
    let db = &state.app.db;
    let t = who.lang.words();
    let Some(vendor_id) = stall.vendor_id else { return Ok(("", String::new())) };
    let vendor = vendors::find(db, scope, vendor_id).await?;
    let address = vendor.as_ref().and_then(|vendor| t.address.find(vendor.form_of_address.as_str()));
    let address = address.filter(|address| *address != t.address.unknown).unwrap_or("");
    let last4 = vendor.and_then(|vendor| vendor.phone_last4).filter(|_| who.viewer.may(Act::Enrol)).unwrap_or_default();
    Ok((address, last4))
}

/// What a stall's head says: the one status that stands for it first, then what that one leaves out.
pub(super) fn pills(t: &'static Words, stall: &Stall) -> Vec<(Look, String)> {
    let first = looks::stall(t, stall);
    let progress = looks::progress(t, stall.progress);
    let day = match (stall.progress, stall.come_back_on) {
        (Progress::Postponed | Progress::AwaitingAccount, Some(day)) => day.to_people(),
        _ => String::new(),
    };
    let mut pills = vec![(first, if first == progress { day } else { String::new() })];
    let mut add = |look: Look, says_something: bool| {
        if says_something && pills.iter().all(|(shown, _)| *shown != look) {
            pills.push((look, String::new()));
        }
    };
    add(looks::occupancy(t, stall.occupancy), stall.occupancy != Occupancy::Trading);
    add(progress, stall.occupancy == Occupancy::Trading);
    // That the sticker matches says nothing good of a code that is frozen.
    let is_told = match stall.code_safety {
        CodeSafety::None => false,
        CodeSafety::Match | CodeSafety::OwnCode => !stall.frozen,
        _ => true,
    };
    add(looks::safety(t, stall.code_safety), is_told);
    pills
}

fn quick_days(t: &'static Words, now: UnixMillis) -> Vec<QuickDay> {
    [(1, t.stall.tomorrow.to_owned()), (3, t.stall.in_days(3)), (7, t.stall.next_week.to_owned())]
        .into_iter()
        .map(|(days, label)| {
            let day = now.plus(days * DAY_MS).day();
            QuickDay { iso: day.to_string(), label, date: day.to_people().chars().take(5).collect() }
        })
        .collect()
}

/// The codes of a stall, those in force first.
pub(super) async fn code_lines(
    state: &AppState,
    scope: &MarketScope,
    stall: &Stall,
    t: &'static Words,
) -> Result<Vec<CodeLine>, AppError> {
    let db = &state.app.db;
    let now = state.app.clock.now();
    let holders = match stall.vendor_id {
        Some(vendor) => accounts::list(db, scope, vendor).await?,
        None => Vec::new(),
    };
    let codes = payment_codes::list_of_stall(db, scope, stall.stall_id).await?;
    Ok(codes
        .into_iter()
        .map(|code| {
            let holder = holders.iter().find(|account| account.payment_account_id == code.payment_account_id);
            let in_force = code.status == CodeStatus::Active;
            let status = match (code.status, code.in_force_from_ms) {
                (CodeStatus::Active, _) if code.is_frozen => t.code_status.frozen.to_owned(),
                // Approved, and waiting for its hour.
                (CodeStatus::InReview, Some(from)) => t.code_status.in_force_from(from.to_people()),
                (status, _) => t.code_status.find(status.as_str()).unwrap_or("").to_owned(),
            };
            CodeLine {
                id: code.payment_code_id,
                vendor_id: code.vendor_id,
                account_id: code.payment_account_id,
                bank: code.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned(),
                masked: format!("…{}", code.account_last4),
                holder: holder.and_then(|account| account.holder_name.clone()).unwrap_or_default(),
                status,
                in_force,
                confirmed: code.confirmed_at_ms.is_some(),
                overdue: code.confirmed_at_ms.is_none() && code.issued_at_ms.is_some_and(|at| now.0 - at.0 > CONFIRM_WITHIN_MS),
                frozen: in_force && code.is_frozen,
                is_own_today: code.is_of_day(scope.actor(), now.day()),
            }
        })
        .collect())
}

/// The next stall in walking order, round the market's end, that is trading and for which `wanted` holds.
pub(super) async fn next_stall(
    state: &AppState,
    scope: &MarketScope,
    after: StallId,
    wanted: fn(&Stall) -> bool,
) -> Result<Option<(StallId, String)>, AppError> {
    for start in [Some(after), None] {
        let mut from = start;
        loop {
            // Mostly it is the very next stall; more pages are read when whole rows are done.
            let page = stalls::trading_after(&state.app.db, scope, from, NEXT_PAGE).await?;
            if let Some(next) = page.iter().find(|stall| stall.stall_id != after && wanted(stall)) {
                return Ok(Some((next.stall_id, next.code.clone())));
            }
            let Some(last) = page.last() else { break };
            if start.is_none() && page.iter().any(|stall| stall.stall_id == after) {
                break;
            }
            from = Some(last.stall_id);
        }
    }
    Ok(None)
}

/// Draws the stall's page again with what was typed and, beside it, what is wrong.
pub(super) async fn redraw(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    stall: Stall,
    error: UseError,
    typed: Typed,
) -> Result<Response, AppError> {
    let (status, problem) = match &error {
        UseError::Invalid(problems) => (StatusCode::UNPROCESSABLE_ENTITY, first_words(who.lang, problems)),
        UseError::Conflict(code) => (StatusCode::CONFLICT, words_of(who.lang, code)),
        _ => return Err(error.into()),
    };
    let page = page(state, who, scope, stall, Typed { problem, ..typed }, String::new()).await?;
    Ok((status, Page(page)).into_response())
}
