//! The vendor's own page behind a capability link. It works without a script, and changes nothing on GET.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    chrome::Chrome,
    codes,
    error::AppError,
    page::Page,
    routes::{self, Route},
    session,
    state::AppState,
    vendor_amount::{self, PayApp},
    words::Lang,
};
use crate::{
    app::{
        reveal::OpenCode,
        vendor_link::{self, Behind},
    },
    payment_code::{bank, fold},
    store::{accounts, markets},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/c/{token}", show),
        routes::get("/c/{token}/amount", vendor_amount::amount),
        routes::get("/c/{token}/pay", vendor_amount::pay),
        routes::get("/c/{token}/{file}", code),
        routes::post("/c/{token}/confirm", confirm),
        routes::post("/c/{token}/freeze", freeze),
        routes::post("/c/{token}/refuse-change", refuse_change),
    ]
}

/// A code on the vendor's page.
struct VendorCode {
    svg: String,
    name: String,
    bank: String,
    masked: String,
    png: String,
    pdf: String,
    /// Where an amount is typed; empty for a code that cannot carry one.
    amount: String,
    apps: Vec<PayApp>,
}

#[derive(askama::Template)]
#[template(path = "vendors/show.html")]
struct VendorPage {
    chrome: Chrome,
    token: String,
    address: &'static str,
    name: String,
    stall: String,
    market: String,
    codes: Vec<VendorCode>,
    /// Accounts of a change that is coming: name, bank, last digits, from when.
    coming: Vec<(String, String, String, String)>,
    is_frozen: bool,
    is_waiting: bool,
    is_confirmed: bool,
    phone: String,
    contact: String,
}

async fn show(State(state): State<AppState>, lang: Lang, Path(token): Path<String>) -> Result<Response, AppError> {
    let behind = vendor_link::open(&state.app, &token).await?;
    let t = lang.words();
    let holders = accounts::list(&state.app.db, &behind.scope, behind.vendor.vendor_id).await?;
    let mut shown = Vec::new();
    let mut is_confirmed = true;
    for code in behind.stalls.iter().flat_map(|(_, codes)| codes).filter(|code| !code.is_frozen) {
        let payload = vendor_link::payload(&state.app, &behind, code.payment_code_id).await?;
        let holder = holders.iter().find(|account| account.payment_account_id == code.payment_account_id);
        let name = holder.and_then(|account| account.holder_name.as_deref()).unwrap_or(&behind.vendor.full_name);
        is_confirmed &= code.confirmed_at_ms.is_some();
        shown.push(VendorCode {
            svg: codes::svg_inline(&payload)?,
            name: fold::fold_ascii(name).to_uppercase(),
            bank: code.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned(),
            masked: format!("…{}", code.account_last4),
            png: format!("/c/{token}/{}.png", code.payment_code_id),
            pdf: format!("/c/{token}/{}.pdf", code.payment_code_id),
            amount: if vendor_amount::takes_amount(&payload) {
                format!("/c/{token}/amount?code={}", code.payment_code_id)
            } else {
                String::new()
            },
            apps: vendor_amount::pay_apps(&token, code.payment_code_id, &payload, None),
        });
    }
    let coming = behind
        .coming
        .iter()
        .map(|code| {
            let holder = holders.iter().find(|account| account.payment_account_id == code.payment_account_id);
            let name = holder.and_then(|account| account.holder_name.as_deref()).unwrap_or(&behind.vendor.full_name);
            let bank = code.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned();
            let from = code.in_force_from_ms.map(crate::domain::time::UnixMillis::to_people).unwrap_or_default();
            (fold::fold_ascii(name).to_uppercase(), bank, format!("…{}", code.account_last4), from)
        })
        .collect();
    let is_frozen = behind.stalls.iter().any(|(stall, _)| stall.frozen);
    let stalls: Vec<&str> = behind.stalls.iter().map(|(stall, _)| stall.code.as_str()).collect();
    let mut chrome = Chrome::bare(lang, t.vendor.title);
    chrome.path = format!("/c/{token}");
    let page = VendorPage {
        stall: stalls.join(", "),
        market: behind.scope.market().name.clone(),
        address: t.address.find(behind.vendor.form_of_address.as_str()).unwrap_or(t.address.unknown),
        name: behind.vendor.full_name.clone(),
        is_waiting: shown.is_empty() && !is_frozen,
        is_frozen,
        is_confirmed,
        coming,
        codes: shown,
        phone: markets::contact_phone(&state.app.db, &behind.scope).await?.unwrap_or_default(),
        contact: behind.scope.market().contact_name.clone().unwrap_or_default(),
        token,
        chrome,
    };
    Ok(Page(page).into_response())
}

/// The code as a picture or a card to print, under the vendor's own link.
async fn code(
    State(state): State<AppState>,
    lang: Lang,
    Path((token, file)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let behind: Behind = vendor_link::open(&state.app, &token).await?;
    let (id, kind) =
        file.rsplit_once('.').filter(|(_, kind)| matches!(*kind, "png" | "pdf" | "svg")).ok_or(AppError::NotFound)?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    let payload = vendor_link::payload(&state.app, &behind, id).await?;
    let found = behind.stalls.iter().flat_map(|(_, codes)| codes).find(|code| code.payment_code_id == id);
    let code = found.cloned().ok_or(AppError::NotFound)?;
    codes::draw(&state, &OpenCode { code, payload, scope: behind.scope }, kind, lang).await
}

async fn confirm(State(state): State<AppState>, headers: HeaderMap, Path(token): Path<String>) -> Result<Redirect, AppError> {
    let staff = session::viewer(&headers, &state).await?;
    vendor_link::confirm(&state.app, &token, staff.as_ref()).await?;
    Ok(Redirect::to(&format!("/c/{token}")))
}

async fn freeze(State(state): State<AppState>, Path(token): Path<String>) -> Result<Redirect, AppError> {
    vendor_link::freeze(&state.app, &token).await?;
    Ok(Redirect::to(&format!("/c/{token}")))
}

async fn refuse_change(State(state): State<AppState>, Path(token): Path<String>) -> Result<Redirect, AppError> {
    vendor_link::refuse_change(&state.app, &token).await?;
    Ok(Redirect::to(&format!("/c/{token}")))
}
