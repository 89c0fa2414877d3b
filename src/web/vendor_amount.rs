//! The amount page behind a vendor's link: the vendor types what the customer owes and shows a code that carries it. The
//! page's script does the same without a network once the page is there; without a script the form asks the server.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{chrome::Chrome, codes, error::AppError, page::Page, state::AppState, words::Lang};
use crate::{
    app::vendor_link,
    domain::ids::PaymentCodeId,
    payment_code::{Code, Mode, Payee, Service, TransferCode, Vnd, bank, fold},
    store::accounts,
};

/// Apps that fill in what the link says (vietqr.io's list of 2026): its word for the app, and the name people know.
const APPS: [(&str, &str); 5] = [("mb", "MBBank"), ("bidv", "BIDV"), ("icb", "VietinBank"), ("acb", "ACB"), ("ocb", "OCB")];

/// A bank app on the payer's phone.
pub(super) struct PayApp {
    pub(super) name: &'static str,
    pub(super) href: String,
}

/// The apps on a vendor's page, by way of [`pay`]: the page itself never writes the account number out. Empty for what is no
/// transfer to an account.
pub(super) fn pay_apps(token: &str, code_id: PaymentCodeId, payload: &str, amount: Option<Vnd>) -> Vec<PayApp> {
    if app_link("mb", payload, "", None).is_none() {
        return Vec::new();
    }
    let amount = amount.map(|amount| format!("&amount={amount}")).unwrap_or_default();
    APPS.into_iter()
        .map(|(app, name)| PayApp { name, href: format!("/c/{token}/pay?code={code_id}&app={app}{amount}") })
        .collect()
}

/// The link that opens a bank app with the payee filled in: `https://dl.vietqr.io/pay`, whose documented parameters are the app,
/// the account at a bank by its VietQR code, the amount and the payee's name.
fn app_link(app: &str, payload: &str, name: &str, amount: Option<Vnd>) -> Option<String> {
    let (app, _) = APPS.into_iter().find(|(known, _)| *known == app)?;
    let code = Code::read(payload, Mode::Strict).ok().filter(Code::is_transfer)?;
    let bank = code.bin().and_then(bank::by_bin)?.code.to_lowercase();
    let account = code.account().filter(|_| !is_card(&code))?;
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_plain(&bank) || !is_plain(account) {
        return None;
    }
    let amount = amount.map(|amount| format!("&am={amount}")).unwrap_or_default();
    let words: Vec<String> =
        fold::fold_ascii(name).to_uppercase().split_whitespace().filter(|word| is_plain(word)).map(str::to_owned).collect();
    let named = if words.is_empty() { String::new() } else { format!("&bn={}", words.join("%20")) };
    Some(format!("https://dl.vietqr.io/pay?app={app}&ba={account}@{bank}{amount}{named}"))
}

fn is_card(code: &Code<'_>) -> bool {
    matches!(code.payee(), Payee::VietQr { service: Some(Service::Card), .. })
}

/// Whether an amount can be written into this code: only a transfer is ours to write again; a wallet's own code is not.
pub(super) fn takes_amount(payload: &str) -> bool {
    transfer(payload).is_some()
}

fn transfer(payload: &str) -> Option<TransferCode> {
    let code = Code::read(payload, Mode::Strict).ok().filter(Code::is_transfer)?;
    let (bin, account) = (code.bin()?.parse().ok()?, code.account()?.parse().ok()?);
    let transfer = if is_card(&code) { TransferCode::to_card(bin, account) } else { TransferCode::new(bin, account) };
    let purpose = code.purpose().and_then(|text| text.parse().ok());
    let name = code.merchant_name().and_then(|text| text.parse().ok());
    let city = code.merchant_city().and_then(|text| text.parse().ok());
    Some(transfer.ok()?.with_purpose(purpose).with_name(name).with_city(city))
}

/// An amount as people type it: `45.000`, `45 000`, `45,000 đ`, `45k`. Dong have no decimals, so points and commas only part
/// the thousands.
fn amount_of(text: &str) -> Option<Vnd> {
    let text = text.trim().to_lowercase();
    let text = ["vnd", "đồng", "đ", "d"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(&text).trim_end();
    let (digits, thousand) = match text.strip_suffix('k') {
        Some(digits) => (digits, 1_000),
        None => (text, 1),
    };
    let digits: String = digits.chars().filter(|c| !matches!(c, '.' | ',' | ' ' | '\u{a0}')).collect();
    if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Vnd::new(digits.parse::<u64>().ok()?.checked_mul(thousand)?).ok()
}

/// `45.000 đ`, as Vietnamese write it.
fn said(amount: Vnd) -> String {
    let digits = amount.get().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    format!("{out} đ")
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    code: String,
    #[serde(default)]
    amount: String,
}

/// Opens the payer's bank app: the one place where the account is written out, in an address that nobody reads.
pub(super) async fn pay(
    State(state): State<AppState>,
    Path(token): Path<String>,
    Query(asked): Query<PayAsked>,
) -> Result<Redirect, AppError> {
    let behind = vendor_link::open(&state.app, &token).await?;
    let id: PaymentCodeId = asked.code.parse().map_err(|_| AppError::NotFound)?;
    let is_theirs = behind.stalls.iter().flat_map(|(_, codes)| codes).any(|code| code.payment_code_id == id && !code.is_frozen);
    if !is_theirs {
        return Err(AppError::NotFound);
    }
    let payload = vendor_link::payload(&state.app, &behind, id).await?;
    let link = app_link(&asked.app, &payload, &behind.vendor.full_name, amount_of(&asked.amount)).ok_or(AppError::NotFound)?;
    Ok(Redirect::to(&link))
}

#[derive(Debug, Deserialize)]
pub(super) struct PayAsked {
    #[serde(default)]
    code: String,
    #[serde(default)]
    app: String,
    #[serde(default)]
    amount: String,
}

#[derive(askama::Template)]
#[template(path = "vendors/amount.html")]
struct AmountPage {
    chrome: Chrome,
    token: String,
    code_id: String,
    payload: String,
    typed: String,
    problem: &'static str,
    said: String,
    svg: String,
    name: String,
    bank: String,
    masked: String,
    apps: Vec<PayApp>,
}

pub(super) async fn amount(
    State(state): State<AppState>,
    lang: Lang,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let behind = vendor_link::open(&state.app, &token).await?;
    let t = lang.words();
    let in_force = behind.stalls.iter().flat_map(|(_, codes)| codes).filter(|code| !code.is_frozen);
    let code = in_force
        .clone()
        .find(|code| code.payment_code_id.to_string() == asked.code)
        .or_else(|| in_force.clone().next())
        .ok_or(AppError::NotFound)?;
    let payload = vendor_link::payload(&state.app, &behind, code.payment_code_id).await?;
    let transfer = transfer(&payload).ok_or(AppError::NotFound)?;
    let amount = amount_of(&asked.amount);
    let is_wrong = amount.is_none() && !asked.amount.trim().is_empty();
    let shown = match amount {
        Some(amount) => transfer.with_amount(amount).encode().map_err(AppError::internal)?,
        None => payload.clone(),
    };
    let holders = accounts::list(&state.app.db, &behind.scope, behind.vendor.vendor_id).await?;
    let holder = holders.iter().find(|account| account.payment_account_id == code.payment_account_id);
    let name = holder.and_then(|account| account.holder_name.as_deref()).unwrap_or(&behind.vendor.full_name);
    let mut chrome = Chrome::bare(lang, t.vendor.amount_title);
    chrome.path = format!("/c/{token}/amount?code={}", code.payment_code_id);
    let page = AmountPage {
        code_id: code.payment_code_id.to_string(),
        svg: codes::svg_inline(&shown)?,
        said: amount.map(said).unwrap_or_default(),
        problem: if is_wrong { t.errors.amount_out_of_range } else { "" },
        typed: asked.amount,
        apps: pay_apps(&token, code.payment_code_id, &payload, amount),
        name: fold::fold_ascii(name).to_uppercase(),
        bank: code.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned(),
        masked: format!("…{}", code.account_last4),
        payload,
        token,
        chrome,
    };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Page(page)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_people_type_it() {
        for (text, dong) in
            [("45.000", 45_000), ("45 000", 45_000), (" 45,000 đ", 45_000), ("45k", 45_000), ("1.250.000đ", 1_250_000)]
        {
            assert_eq!(amount_of(text).map(Vnd::get), Some(dong), "{text}");
        }
        for text in ["", "0", "-5", "4x", "500.000.000", "9999999999999999", "k", "٤٥"] {
            assert_eq!(amount_of(text), None, "{text}");
        }
        assert_eq!(said(Vnd::new(1_250_000).expect("below the limit")), "1.250.000 đ");
    }

    #[test]
    fn a_link_to_an_app_names_the_account_and_the_bank() {
        let payload = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
        assert_eq!(
            app_link("mb", payload, "Nguyễn Thị Hoà", Vnd::new(45_000).ok()).as_deref(),
            Some("https://dl.vietqr.io/pay?app=mb&ba=0011012345678@stb&am=45000&bn=NGUYEN%20THI%20HOA")
        );
        assert_eq!(app_link("khac", payload, "x", None), None, "an app that fills nothing in");
        assert_eq!(app_link("mb", "https://example.com", "x", None), None);
    }
}
