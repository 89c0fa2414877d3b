//! The bank directory, as a page and as JSON.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::payment_code::{
    bank::{self, Bank},
    bank_search::{self, Candidate, Why},
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/banks", page), routes::get("/api/v1/banks", list)]
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

/// A row of the table.
struct Line {
    bank: &'static Bank,
    kind: &'static str,
    transfers: &'static str,
    /// Why it was found; empty in the whole list.
    why: &'static str,
}

#[derive(askama::Template)]
#[template(path = "banks/list.html")]
struct BanksPage {
    chrome: Chrome,
    q: String,
    lines: Vec<Line>,
    snapshot: String,
}

async fn page(State(state): State<AppState>, who: SignedIn, Query(asked): Query<Asked>) -> Result<Response, AppError> {
    let t = who.lang.words();
    let lines = found(&asked.q).into_iter().map(|(bank, why)| line(t, bank, why)).collect();
    let page = BanksPage {
        chrome: Chrome::of(&state, &who, t.banks.title.to_owned(), Room::Elsewhere).await?,
        q: asked.q.trim().to_owned(),
        lines,
        snapshot: snapshot_day(),
    };
    Ok(Page(page).into_response())
}

async fn list(_who: SignedIn, Query(asked): Query<Asked>) -> Json<Value> {
    let banks = if asked.q.trim().is_empty() { json!(bank::all()) } else { json!(bank_search::look_up(&asked.q).candidates()) };
    Json(json!({ "banks": banks, "snapshot": bank::SNAPSHOT }))
}

/// Every bank, or those that a text may mean.
fn found(text: &str) -> Vec<(&'static Bank, Option<Why>)> {
    if text.trim().is_empty() {
        return bank::all().iter().map(|bank| (bank, None)).collect();
    }
    bank_search::look_up(text).candidates().into_iter().map(|Candidate { bank, why }| (bank, Some(why))).collect()
}

fn line(t: &'static Words, bank: &'static Bank, why: Option<Why>) -> Line {
    let t = &t.banks;
    Line {
        bank,
        kind: match bank.kind.as_str() {
            "digital_bank" => t.kind_digital,
            "foreign" => t.kind_foreign,
            "finance" => t.kind_finance,
            "wallet" => t.kind_wallet,
            _ => t.kind_bank,
        },
        transfers: match bank.transfer.as_str() {
            "1" => t.transfers_yes,
            "0" => t.transfers_no,
            _ => t.transfers_unknown,
        },
        why: match why {
            None => "",
            Some(Why::Bin) => t.why_bin,
            Some(Why::VietQrCode) => t.why_viet_qr_code,
            Some(Why::TickerCode) => t.why_ticker_code,
            Some(Why::Name) => t.why_name,
            Some(Why::FormerName) => t.why_former_name,
            Some(Why::Alias) => t.why_alias,
            Some(Why::Part) => t.why_part,
            Some(Why::Similar) => t.why_similar,
        },
    }
}

/// The snapshot's day as people write it.
fn snapshot_day() -> String {
    bank::SNAPSHOT.rsplit('-').collect::<Vec<_>>().join("/")
}
