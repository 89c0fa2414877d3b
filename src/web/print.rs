//! The print page of a market: what to print, on which design, from which position; and the batches printed before.

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
    error::{AppError, words_of},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::{
        UseError,
        print_stickers::{self, Pick},
    },
    domain::{ids::MarketId, scope::Act},
    store::{
        markets,
        stickers::{self, PrintFilter},
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/markets/{market_id}/print", form), routes::post("/markets/{market_id}/print", create)]
}

#[derive(askama::Template)]
#[template(path = "markets/print.html")]
struct PrintPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    unprinted: usize,
    all: usize,
    reprint: usize,
    designs: Vec<(&'static str, &'static str)>,
    batches: Vec<(String, String, &'static str, i64)>,
    problem: &'static str,
    /// Nobody has said under which address stickers will be checked.
    no_address: bool,
}

async fn page(state: &AppState, who: &SignedIn, id: &str, problem: &'static str) -> Result<PrintPage, AppError> {
    let prints_all = who.viewer.may(Act::Print);
    let act = if prints_all { Act::Print } else { Act::PrintOwn };
    let db = &state.app.db;
    let scope = markets::enter(db, &who.viewer, act, id_of(id)?).await?;
    let own = (!prints_all).then(|| who.viewer.actor());
    let count = async |filter| -> Result<usize, AppError> {
        Ok(stickers::count_printable(db, &scope, filter, None, own.as_deref()).await?)
    };
    let t = who.lang.words();
    let design_label = |name: &str| t.design.find(name).unwrap_or("");
    let batches = stickers::list_batches(db, &scope, 20).await?;
    Ok(PrintPage {
        chrome: Chrome::of(state, who, t.print.title, Room::Markets).await?.at(format!("/markets/{id}/print")),
        market_id: scope.market_id(),
        name: scope.market().name.clone(),
        unprinted: count(PrintFilter::NotYetPrinted).await?,
        all: count(PrintFilter::All).await?,
        reprint: count(PrintFilter::Reprint).await?,
        designs: crate::print::designs().iter().map(|name| (*name, design_label(name))).collect(),
        batches: batches
            .into_iter()
            .filter(|batch| prints_all || batch.printed_by == who.viewer.actor())
            .map(|batch| {
                (batch.print_batch_id.to_string(), batch.created_at_ms.to_people(), design_label(&batch.design), batch.stickers)
            })
            .collect(),
        problem,
        no_address: state.config.public_url.is_none() && !state.config.demo,
    })
}

async fn form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    Ok(Page(page(&state, &who, &id, "").await?).into_response())
}

#[derive(Deserialize)]
struct PrintForm {
    #[serde(default)]
    filter: String,
    #[serde(default)]
    design: String,
    #[serde(default)]
    paper: String,
    #[serde(default)]
    start_at: String,
    #[serde(default)]
    copies: String,
    #[serde(default)]
    row: String,
}

async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<PrintForm>,
) -> Result<Response, AppError> {
    let act = if who.viewer.may(Act::Print) { Act::Print } else { Act::PrintOwn };
    let market_id: MarketId = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, act, market_id).await?;
    let number = |text: &str| if text.trim().is_empty() { 1 } else { text.trim().parse().unwrap_or(0) };
    let row = Some(form.row.trim().to_uppercase()).filter(|row| !row.is_empty());
    let filter = form.filter.parse().unwrap_or(PrintFilter::NotYetPrinted);
    let order = super::api::order(
        Some(&form.design),
        Some(&form.paper),
        number(&form.start_at),
        number(&form.copies),
        Pick::Filter(filter, row),
    );
    let printed = match order {
        Ok(order) => print_stickers::print(&state.app, &who.viewer, market_id, order).await,
        Err(AppError::Invalid(problems)) => Err(UseError::Invalid(problems)),
        Err(other) => return Err(other),
    };
    let (status, words) = match printed {
        Ok(printed) => return Ok(Redirect::to(&printed.pdf_url).into_response()),
        Err(UseError::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, first_words(who.lang, &problems)),
        Err(UseError::Conflict(code)) => (StatusCode::CONFLICT, words_of(who.lang, code)),
        Err(other) => return Err(other.into()),
    };
    Ok((status, Page(page(&state, &who, &id, words).await?)).into_response())
}
