//! One stall: what is known, what can be done, and its history in plain sentences.

use axum::{
    Form,
    extract::{Multipart, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    chrome::{Chrome, Room},
    codes,
    enrol::first_words,
    error::{AppError, words_of},
    looks::{self, Look},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    uploads::{Shown, Upload},
    words::Words,
};
use crate::{
    app::{
        UseError,
        check_sticker::{self, Scan},
        corrections,
        print_stickers::{self, Pick},
        record_visit::{self, Visit},
        reveal, vendor_link,
    },
    clock::random,
    domain::{
        ids::{CheckId, PaymentAccountId, PaymentCodeId, StallId, VendorId, VisitId},
        payment_code::{CONFIRM_WITHIN_MS, CodeStatus},
        scope::Act,
        stall::Occupancy,
        sticker::StickerStatus,
        text::Name,
        vendor::{FormOfAddress, Phone},
        visit::{Reason, VisitOutcome},
    },
    payment_code::bank,
    store::{
        accounts, audit,
        markets::{self, MarketScope},
        payment_codes, staff,
        stalls::{self, Stall},
        stickers,
        vendors::{self, VendorRecord},
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/stalls/{stall_id}", show),
        routes::post("/stalls/{stall_id}/visits", visit),
        routes::post("/stalls/{stall_id}/check", check),
        routes::post("/stalls/{stall_id}/occupancy", occupancy),
        routes::post("/stalls/{stall_id}/move", relocate),
        routes::post("/stalls/{stall_id}/vendor-link", link),
        routes::get("/vendors/{vendor_id}/edit", vendor_form),
        routes::post("/vendors/{vendor_id}/edit", change_vendor),
        routes::post("/vendors/{vendor_id}/accounts/{account_id}/reveal", reveal_account),
        routes::post("/payment-codes/{code_id}/revoke", revoke),
        routes::post("/payment-codes/{code_id}/reprint", reprint),
    ]
}

/// A code on the stall's page.
struct CodeLine {
    id: PaymentCodeId,
    vendor_id: VendorId,
    account_id: PaymentAccountId,
    bank: String,
    masked: String,
    holder: String,
    status: &'static str,
    in_force: bool,
    confirmed: bool,
    overdue: bool,
    frozen: bool,
}

/// A sentence of the history.
struct Told {
    at: String,
    who: String,
    what: String,
    glyph: &'static str,
    seq: i64,
}

#[derive(askama::Template)]
#[template(path = "stalls/show.html")]
struct ShowPage {
    chrome: Chrome,
    stall: Stall,
    market_id: String,
    market: String,
    looks: [Look; 3],
    address: &'static str,
    phone: String,
    codes: Vec<CodeLine>,
    stickers: Vec<(String, &'static str, String)>,
    history: Vec<Told>,
    outcomes: Vec<(&'static str, &'static str)>,
    reasons: Vec<(&'static str, &'static str)>,
    occupancies: Vec<(&'static str, &'static str)>,
    may_enrol: bool,
    may_edit: bool,
    may_review: bool,
    may_reveal: bool,
    may_print: bool,
    problem: &'static str,
    notice: String,
}

async fn enter(state: &AppState, who: &SignedIn, act: Act, id: &str) -> Result<(MarketScope, Stall), AppError> {
    let stall_id: StallId = id_of(id)?;
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, act, stall_id).await?;
    let stall = stalls::find(&state.app.db, &scope, stall_id).await?.ok_or(AppError::NotFound)?;
    Ok((scope, stall))
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let (scope, stall) = enter(&state, &who, Act::SeeStalls, &id).await?;
    Ok(Page(page(&state, &who, &scope, stall, "", String::new()).await?).into_response())
}

fn words<T: Copy>(
    all: &[T],
    word: fn(T) -> &'static str,
    find: impl Fn(&str) -> Option<&'static str>,
) -> Vec<(&'static str, &'static str)> {
    all.iter().map(|value| (word(*value), find(word(*value)).unwrap_or(""))).collect()
}

async fn page(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    stall: Stall,
    problem: &'static str,
    notice: String,
) -> Result<ShowPage, AppError> {
    let db = &state.app.db;
    let t = who.lang.words();
    let may = |act| who.viewer.may(act);
    let vendor = match stall.vendor_id {
        Some(id) => vendors::find(db, scope, id).await?,
        None => None,
    };
    let may_call = may(Act::Enrol);
    let phone = match (&vendor, may_call) {
        (Some(vendor), true) => vendors::phone(db, scope, vendor.vendor_id).await?.unwrap_or_default(),
        _ => String::new(),
    };
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
    Ok(ShowPage {
        chrome: Chrome::of(state, who, format!("{} · {}", stall.code, scope.market().name), Room::Markets).await?,
        market_id: scope.market_id().to_string(),
        market: scope.market().name.clone(),
        looks: [looks::occupancy(t, stall.occupancy), looks::progress(t, stall.progress), looks::safety(t, stall.code_safety)],
        address: vendor.as_ref().and_then(|vendor| t.address.find(vendor.form_of_address.as_str())).unwrap_or(""),
        phone,
        codes: code_lines(state, scope, &stall, t).await?,
        stickers,
        history: history(state, scope, &stall, t).await?,
        outcomes: words(VisitOutcome::ALL, VisitOutcome::as_str, |word| t.outcome.find(word)),
        reasons: words(Reason::ALL, Reason::as_str, |word| t.reason.find(word)),
        occupancies: words(Occupancy::ALL, Occupancy::as_str, |word| t.occupancy.find(word)),
        may_enrol: may(Act::Enrol),
        may_edit: may(Act::EditStalls),
        may_review: may(Act::Review),
        may_reveal: may(Act::Reveal),
        may_print: may(Act::Print) || may(Act::PrintOwn),
        stall,
        problem,
        notice,
    })
}

async fn code_lines(state: &AppState, scope: &MarketScope, stall: &Stall, t: &'static Words) -> Result<Vec<CodeLine>, AppError> {
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
            CodeLine {
                id: code.payment_code_id,
                vendor_id: code.vendor_id,
                account_id: code.payment_account_id,
                bank: code.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned(),
                masked: format!("…{}", code.account_last4),
                holder: holder.and_then(|account| account.holder_name.clone()).unwrap_or_default(),
                status: t.code_status.find(code.status.as_str()).unwrap_or(""),
                in_force,
                confirmed: code.confirmed_at_ms.is_some(),
                overdue: code.confirmed_at_ms.is_none() && code.issued_at_ms.is_some_and(|at| now.0 - at.0 > CONFIRM_WITHIN_MS),
                frozen: in_force && code.is_frozen,
            }
        })
        .collect())
}

/// The chain's events of a stall, told in the reader's language.
async fn history(state: &AppState, scope: &MarketScope, stall: &Stall, t: &'static Words) -> Result<Vec<Told>, AppError> {
    let names = staff::names(&state.app.db).await?;
    let entries = audit::of_stall(&state.app.db, scope, stall.stall_id, 50).await?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let detail: Value = serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
            let word = |key: &str| detail.get(key).and_then(Value::as_str).unwrap_or("");
            let base = t.history.find(&entry.action.replace('.', "_")).unwrap_or(t.history.other);
            let more = match entry.action.as_str() {
                "visit.recorded" => {
                    let reason = t.reason.find(word("reason")).map(|reason| format!(" ({reason})")).unwrap_or_default();
                    format!(": {}{reason}", t.outcome.find(word("outcome")).unwrap_or(""))
                }
                "sticker.checked" => format!(": {}", t.verdict.find(word("verdict")).unwrap_or("")),
                "sticker.printed" => format!(" {}", word("serial")),
                "enrolment.returned" => format!(": {}", t.return_reason.find(word("reason")).unwrap_or("")),
                "enrolment.issued" | "enrolment.received" => format!(" ({})", word("receipt")),
                "stall.occupancy" => format!(": {}", t.occupancy.find(word("to")).unwrap_or("")),
                _ => String::new(),
            };
            let glyph = match (entry.action.as_str(), word("verdict")) {
                ("sticker.checked", "other_vendor" | "unknown") | ("code.frozen", _) => "lech",
                ("sticker.checked", _) => "dan",
                ("enrolment.issued" | "enrolment.approved", _) => "ma",
                ("enrolment.received", _) => "duyet",
                ("visit.recorded", _) => "hen",
                _ => "chua",
            };
            Told {
                at: entry.at_ms.to_people(),
                who: names.get(&entry.actor).cloned().unwrap_or_else(|| t.history.find(&entry.actor).unwrap_or("").to_owned()),
                what: format!("{base}{more}"),
                glyph,
                seq: entry.seq,
            }
        })
        .collect())
}

/// Draws the stall's page again with what went wrong.
async fn redraw(state: &AppState, who: &SignedIn, id: &str, error: UseError) -> Result<Response, AppError> {
    let (status, words) = match &error {
        UseError::Invalid(problems) => (StatusCode::UNPROCESSABLE_ENTITY, first_words(who.lang, problems)),
        UseError::Conflict(code) => (StatusCode::CONFLICT, words_of(who.lang, code)),
        _ => return Err(error.into()),
    };
    let (scope, stall) = enter(state, who, Act::SeeStalls, id).await?;
    Ok((status, Page(page(state, who, &scope, stall, words, String::new()).await?)).into_response())
}

fn back(id: &str) -> Response {
    Redirect::to(&format!("/stalls/{id}")).into_response()
}

#[derive(Deserialize)]
struct VisitForm {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    come_back_on: String,
}

async fn visit(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<VisitForm>,
) -> Result<Response, AppError> {
    let stall_id: StallId = id_of(&id)?;
    let now = state.app.clock.now();
    let parsed = form
        .outcome
        .parse::<VisitOutcome>()
        .map_err(|_| UseError::invalid("/outcome", "outcome_unknown", "not an outcome"))
        .and_then(|outcome| {
            let day = Some(form.come_back_on.as_str()).filter(|text| !text.is_empty()).map(str::parse).transpose();
            let day = day.map_err(|_| UseError::invalid("/come_back_on", "day_malformed", "not a day"))?;
            Ok(Visit {
                id: VisitId::generate(now, random()),
                outcome,
                reason: form.reason.parse().ok(),
                come_back_on: day,
                visited_at: now,
            })
        });
    let recorded = match parsed {
        Ok(visit) => record_visit::record(&state.app, &who.viewer, stall_id, visit).await.map(drop),
        Err(error) => {
            // A role that may not visit is told that, not what its form lacks.
            markets::enter_by_stall(&state.app.db, &who.viewer, Act::Enrol, stall_id).await?;
            Err(error)
        }
    };
    match recorded {
        Ok(()) => Ok(back(&id)),
        Err(error) => redraw(&state, &who, &id, error).await,
    }
}

#[derive(askama::Template)]
#[template(path = "stalls/checked.html")]
struct CheckedPage {
    chrome: Chrome,
    stall_id: StallId,
    code: String,
    name: String,
    is_good: bool,
    verdict: &'static str,
    say: &'static str,
}

/// A sticker is posted, or checked later, by scanning what hangs at the stall: a photo of it, or its text.
async fn check(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    multipart: Multipart,
) -> Result<Response, AppError> {
    let (_, stall) = enter(&state, &who, Act::Enrol, &id).await?;
    let mut upload = Upload::read(multipart).await?;
    let payload = match upload.code("photo").await {
        Some(Shown::One(payload)) => payload,
        Some(Shown::Several(_)) => {
            return redraw(&state, &who, &id, UseError::invalid("/photo", "several_codes_found", "which of them hangs there"))
                .await;
        }
        Some(Shown::Nothing(code)) => {
            return redraw(&state, &who, &id, UseError::invalid("/photo", code, "the photo was not read")).await;
        }
        None if upload.text("payload").is_empty() => {
            return redraw(&state, &who, &id, UseError::invalid("/payload", "payload_missing", "nothing to check")).await;
        }
        None => upload.text("payload").to_owned(),
    };
    let now = state.app.clock.now();
    let scan = Scan { id: CheckId::generate(now, random()), stall_id: stall.stall_id, payload, checked_at: now };
    let answer = check_sticker::check(&state.app, &who.viewer, scan).await?;
    let t = who.lang.words();
    let verdict = answer.verdict;
    let say = t.stall.find(&format!("say_{verdict}")).unwrap_or("");
    let page = CheckedPage {
        chrome: Chrome::of(&state, &who, t.stall.check, Room::Markets).await?,
        stall_id: stall.stall_id,
        code: stall.code,
        name: stall.vendor_name.unwrap_or_default(),
        is_good: verdict.is_good(),
        verdict: t.verdict.find(verdict.as_str()).unwrap_or(""),
        say,
    };
    Ok(Page(page).into_response())
}

#[derive(Deserialize)]
struct OccupancyForm {
    occupancy: String,
}

async fn occupancy(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<OccupancyForm>,
) -> Result<Response, AppError> {
    let stall_id: StallId = id_of(&id)?;
    markets::enter_by_stall(&state.app.db, &who.viewer, Act::EditStalls, stall_id).await?;
    let wanted = form.occupancy.parse().map_err(|_| AppError::BadRequest("bad_request"))?;
    corrections::set_occupancy(&state.app, &who.viewer, stall_id, wanted).await?;
    Ok(back(&id))
}

#[derive(Deserialize)]
struct MoveForm {
    #[serde(default)]
    to: String,
    swap: Option<String>,
}

async fn relocate(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, AppError> {
    match corrections::relocate(&state.app, &who.viewer, id_of(&id)?, &form.to, form.swap.is_some()).await {
        Ok(there) => Ok(back(&there.to_string())),
        Err(error) => redraw(&state, &who, &id, error).await,
    }
}

#[derive(askama::Template)]
#[template(path = "stalls/link.html")]
struct LinkPage {
    chrome: Chrome,
    stall_id: StallId,
    code: String,
    name: String,
    link: String,
    svg: String,
}

async fn link(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let (_, stall) = enter(&state, &who, Act::Enrol, &id).await?;
    let token = match vendor_link::issue(&state.app, &who.viewer, stall.stall_id).await {
        Ok(token) => token,
        Err(error) => return redraw(&state, &who, &id, error).await,
    };
    let link = format!("{}/c/{token}", state.config.base_url(&headers));
    let page = LinkPage {
        chrome: Chrome::of(&state, &who, who.lang.words().enrol.link_title, Room::Markets).await?,
        stall_id: stall.stall_id,
        code: stall.code,
        name: stall.vendor_name.unwrap_or_default(),
        svg: codes::svg_inline(&link)?,
        link,
    };
    Ok(Page(page).into_response())
}

#[derive(Debug, Default, Deserialize)]
struct VendorForm {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    form_of_address: String,
    #[serde(default)]
    business_name: String,
    #[serde(default)]
    phone: String,
}

#[derive(askama::Template)]
#[template(path = "stalls/vendor.html")]
struct VendorPage {
    chrome: Chrome,
    vendor_id: VendorId,
    form: VendorForm,
    last4: String,
    addresses: Vec<(&'static str, &'static str)>,
    problems: Vec<(&'static str, &'static str)>,
    back: String,
}

impl VendorPage {
    fn problem(&self, field: &str) -> &'static str {
        self.problems.iter().find(|(name, _)| *name == field).map_or("", |(_, words)| words)
    }
}

async fn vendor_page(
    state: &AppState,
    who: &SignedIn,
    id: VendorId,
    form: Option<VendorForm>,
    problems: Vec<(&'static str, &'static str)>,
) -> Result<VendorPage, AppError> {
    let scope = markets::enter_by_vendor(&state.app.db, &who.viewer, Act::Enrol, id).await?;
    let vendor = vendors::find(&state.app.db, &scope, id).await?.ok_or(AppError::NotFound)?;
    let stall = stalls::list_of_vendor(&state.app.db, &scope, id).await?.into_iter().next();
    let t = who.lang.words();
    Ok(VendorPage {
        chrome: Chrome::of(state, who, t.stall.edit_vendor, Room::Markets).await?,
        vendor_id: id,
        last4: vendor.phone_last4.unwrap_or_default(),
        form: form.unwrap_or(VendorForm {
            full_name: vendor.full_name,
            form_of_address: vendor.form_of_address.as_str().to_owned(),
            business_name: vendor.business_name.unwrap_or_default(),
            phone: String::new(),
        }),
        addresses: words(FormOfAddress::ALL, FormOfAddress::as_str, |word| t.address.find(word)),
        problems,
        back: stall.map_or_else(|| format!("/markets/{}", scope.market_id()), |stall| format!("/stalls/{}", stall.stall_id)),
    })
}

async fn vendor_form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    Ok(Page(vendor_page(&state, &who, id_of(&id)?, None, Vec::new()).await?).into_response())
}

async fn change_vendor(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<VendorForm>,
) -> Result<Response, AppError> {
    let vendor_id: VendorId = id_of(&id)?;
    let mut problems = Vec::new();
    let full_name =
        form.full_name.parse::<Name>().map_err(|error| problems.push(("full_name", words_of(who.lang, error.code())))).ok();
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let business_name = some(&form.business_name)
        .map(|text| text.parse::<Name>())
        .transpose()
        .map_err(|_| problems.push(("business_name", words_of(who.lang, "business_name_malformed"))))
        .ok();
    let phone = some(&form.phone)
        .map(|text| text.parse::<Phone>())
        .transpose()
        .map_err(|_| problems.push(("phone", words_of(who.lang, "phone_malformed"))))
        .ok();
    let (Some(full_name), Some(business_name), Some(phone)) = (full_name, business_name, phone) else {
        let page = vendor_page(&state, &who, vendor_id, Some(form), problems).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    let form_of_address = form.form_of_address.parse().unwrap_or(FormOfAddress::Unknown);
    let record = VendorRecord { full_name, form_of_address, business_name, phone };
    corrections::change_vendor(&state.app, &who.viewer, vendor_id, record).await?;
    let page = vendor_page(&state, &who, vendor_id, None, Vec::new()).await?;
    Ok(Redirect::to(&page.back).into_response())
}

#[derive(Deserialize)]
struct RevealForm {
    #[serde(default)]
    reason: String,
    stall: String,
}

/// One account in full, with a reason, once: it is not in the address and not in the history of the browser.
async fn reveal_account(
    State(state): State<AppState>,
    who: SignedIn,
    Path((vendor, account)): Path<(String, String)>,
    Form(form): Form<RevealForm>,
) -> Result<Response, AppError> {
    match reveal::open_account(&state.app, &who.viewer, id_of(&vendor)?, id_of(&account)?, &form.reason).await {
        Ok(number) => {
            let (scope, stall) = enter(&state, &who, Act::SeeStalls, &form.stall).await?;
            let notice = who.lang.words().stall.revealed(grouped(&number));
            Ok(Page(page(&state, &who, &scope, stall, "", notice).await?).into_response())
        }
        Err(error) => redraw(&state, &who, &form.stall, error).await,
    }
}

/// An account number in groups of four, as people read it aloud.
fn grouped(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

async fn revoke(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let stall = corrections::revoke_code(&state.app, &who.viewer, id_of(&id)?).await?;
    Ok(back(&stall.to_string()))
}

/// One code is printed again: a new serial, and the sticker before is retired.
async fn reprint(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let code: PaymentCodeId = id_of(&id)?;
    let act = if who.viewer.may(Act::Print) { Act::Print } else { Act::PrintOwn };
    let scope = markets::enter_by_code(&state.app.db, &who.viewer, act, code).await?;
    let order = super::api::order(Some("card_a6"), Some("piece"), 1, 1, Pick::Code(code))?;
    let printed = print_stickers::print(&state.app, &who.viewer, scope.market_id(), order).await?;
    Ok(Redirect::to(&printed.pdf_url).into_response())
}
