//! One stall: its page and what can be done there, visits first; the acts that put mistakes right keep their history.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    codes,
    error::{AppError, words_of},
    markets::id_of,
    page::Page,
    print_order::{self, Wish},
    routes::{self, Route},
    session::SignedIn,
    stall_page::{self, Typed},
    state::AppState,
};
use crate::{
    app::{
        UseError, corrections,
        print_stickers::{self, Pick},
        record_visit::{self, Visit},
        reveal, vendor_link,
    },
    clock::random,
    domain::{
        ids::{PaymentCodeId, StallId, VendorId, VisitId},
        kpi::UseSource,
        scope::Act,
        text::Name,
        vendor::{FormOfAddress, Phone},
        visit::VisitOutcome,
    },
    store::{
        field_photos,
        markets::{self, MarketScope},
        stalls::{self, Stall},
        vendors::{self, VendorRecord},
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/stalls/{stall_id}", show),
        routes::get("/stalls/{stall_id}/photos/{photo_id}", photo),
        routes::post("/stalls/{stall_id}/visits", visit),
        routes::post("/stalls/{stall_id}/occupancy", occupancy),
        routes::post("/stalls/{stall_id}/move", relocate),
        routes::post("/stalls/{stall_id}/vendor-link", link),
        routes::get("/vendors/{vendor_id}/edit", vendor_form),
        routes::post("/vendors/{vendor_id}/edit", change_vendor),
        routes::post("/vendors/{vendor_id}/accounts/{account_id}/reveal", reveal_account),
        routes::post("/vendors/{vendor_id}/phone/reveal", reveal_phone),
        routes::post("/payment-codes/{code_id}/revoke", revoke),
        routes::post("/payment-codes/{code_id}/reprint", reprint),
    ]
}

pub(super) async fn enter(state: &AppState, who: &SignedIn, act: Act, id: &str) -> Result<(MarketScope, Stall), AppError> {
    let stall_id: StallId = id_of(id)?;
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, act, stall_id).await?;
    let stall = stalls::find(&state.app.db, &scope, stall_id).await?.ok_or(AppError::NotFound)?;
    Ok((scope, stall))
}

/// What hung at a stall, as a volunteer's phone took it.
async fn photo(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, photo_id)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (scope, stall) = enter(&state, &who, Act::SeeStalls, &id).await?;
    let jpeg = field_photos::jpeg(&state.app.db, &scope, stall.stall_id, id_of(&photo_id)?).await?.ok_or(AppError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let (scope, stall) = enter(&state, &who, Act::SeeStalls, &id).await?;
    Ok(Page(stall_page::page(&state, &who, &scope, stall, Typed::default(), String::new()).await?).into_response())
}

/// Draws the stall's page again with what went wrong, the form that was sent still open.
async fn redraw(state: &AppState, who: &SignedIn, id: &str, error: UseError, typed: Typed) -> Result<Response, AppError> {
    let (scope, stall) = enter(state, who, Act::SeeStalls, id).await?;
    stall_page::redraw(state, who, &scope, stall, error, typed).await
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
    #[serde(default)]
    use_source: String,
    #[serde(default)]
    use_share: String,
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
        .map_err(|_| {
            let code = if form.outcome.is_empty() { "outcome_missing" } else { "outcome_unknown" };
            UseError::invalid("/outcome", code, "not an outcome")
        })
        .and_then(|outcome| {
            let day = Some(form.come_back_on.as_str()).filter(|text| !text.is_empty()).map(str::parse).transpose();
            let day = day.map_err(|_| UseError::invalid("/come_back_on", "day_malformed", "not a day"))?;
            Ok(Visit {
                id: VisitId::generate(now, random()),
                outcome,
                reason: form.reason.parse().ok(),
                come_back_on: day,
                visited_at: now,
                // What a partner reports comes by its list, never by a visit.
                use_source: form.use_source.parse().ok().filter(|source| *source != UseSource::Partner),
                use_share: form.use_share.parse().ok(),
                body_hash: None,
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
        Err(error) => {
            let act = match form.outcome.as_str() {
                "postponed" => "postponed",
                "declined" => "declined",
                _ => "other",
            };
            let typed =
                Typed { act, outcome: form.outcome, reason: form.reason, come_back_on: form.come_back_on, ..Typed::default() };
            redraw(&state, &who, &id, error, typed).await
        }
    }
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
        Err(error) => {
            let typed = Typed { act: "corrections", to: form.to, swap: form.swap.is_some(), ..Typed::default() };
            redraw(&state, &who, &id, error, typed).await
        }
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
        Err(error) => return redraw(&state, &who, &id, error, Typed::default()).await,
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
        chrome: Chrome::of(state, who, t.stall.edit_vendor, Room::Markets).await?.at(format!("/vendors/{id}/edit")),
        vendor_id: id,
        last4: vendor.phone_last4.unwrap_or_default(),
        form: form.unwrap_or(VendorForm {
            full_name: vendor.full_name,
            form_of_address: vendor.form_of_address.as_str().to_owned(),
            business_name: vendor.business_name.unwrap_or_default(),
            phone: String::new(),
        }),
        addresses: stall_page::words(FormOfAddress::ALL, FormOfAddress::as_str, |word| t.address.find(word)),
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
            Ok(Page(stall_page::page(&state, &who, &scope, stall, Typed::default(), notice).await?).into_response())
        }
        Err(error) => redraw(&state, &who, &form.stall, error, Typed::default()).await,
    }
}

/// A phone number in full, with a reason, once.
async fn reveal_phone(
    State(state): State<AppState>,
    who: SignedIn,
    Path(vendor): Path<String>,
    Form(form): Form<RevealForm>,
) -> Result<Response, AppError> {
    match reveal::open_phone(&state.app, &who.viewer, id_of(&vendor)?, &form.reason).await {
        Ok(number) => {
            let (scope, stall) = enter(&state, &who, Act::SeeStalls, &form.stall).await?;
            let mut page = stall_page::page(&state, &who, &scope, stall, Typed::default(), String::new()).await?;
            page.phone = number;
            page.chrome.path.clear();
            Ok(Page(page).into_response())
        }
        Err(error) => redraw(&state, &who, &form.stall, error, Typed::default()).await,
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
    let wish = Wish { design: Some("card_a6"), paper: Some("piece"), ..Wish::of(Pick::Code(code)) };
    let order = print_order::order(&state.designs, wish)?;
    let printed = print_stickers::print(&state.app, &who.viewer, scope.market_id(), order).await?;
    Ok(Redirect::to(&printed.pdf_url).into_response())
}
