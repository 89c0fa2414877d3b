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
    designs: Vec<(String, String)>,
    batches: Vec<(String, String, String, i64)>,
    form: PrintForm,
    /// What is wrong, and in which field; an empty field is the whole.
    problem: (String, &'static str),
    /// Nobody has said under which address stickers will be checked.
    no_address: bool,
}

impl PrintPage {
    fn problem(&self, field: &str) -> &'static str {
        if self.problem.0 == field { self.problem.1 } else { "" }
    }
}

async fn page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    mut form: PrintForm,
    problem: (String, &'static str),
) -> Result<PrintPage, AppError> {
    let prints_all = who.viewer.may(Act::Print);
    let act = if prints_all { Act::Print } else { Act::PrintOwn };
    let db = &state.app.db;
    let scope = markets::enter(db, &who.viewer, act, id_of(id)?).await?;
    let own = (!prints_all).then(|| who.viewer.actor());
    let count = async |filter| -> Result<usize, AppError> {
        Ok(stickers::count_printable(db, &scope, filter, None, own.as_deref()).await?)
    };
    let t = who.lang.words();
    let language = super::codes::language(who.lang);
    let design_label =
        |name: &str| state.designs.find(name).map_or_else(|_| name.to_owned(), |design| design.label(language).to_owned());
    let batches = stickers::list_batches(db, &scope, 20).await?;
    let (unprinted, all) = (count(PrintFilter::NotYetPrinted).await?, count(PrintFilter::All).await?);
    let reprint = count(PrintFilter::Reprint).await?;
    if form.filter.is_empty() {
        // What is offered first has something to print, if anything has.
        let first = match (unprinted, all, reprint) {
            (0, 0, 1..) => PrintFilter::Reprint,
            (0, 1.., _) => PrintFilter::All,
            _ => PrintFilter::NotYetPrinted,
        };
        first.as_str().clone_into(&mut form.filter);
    }
    Ok(PrintPage {
        chrome: Chrome::of(state, who, t.print.title, Room::Markets).await?.at(format!("/markets/{id}/print")),
        market_id: scope.market_id(),
        name: scope.market().name.clone(),
        unprinted,
        all,
        reprint,
        designs: state.designs.iter().map(|design| (design.name().to_owned(), design.label(language).to_owned())).collect(),
        batches: batches
            .into_iter()
            .filter(|batch| prints_all || batch.printed_by == who.viewer.actor())
            .map(|batch| {
                (batch.print_batch_id.to_string(), batch.created_at_ms.to_people(), design_label(&batch.design), batch.stickers)
            })
            .collect(),
        form,
        problem,
        no_address: state.config.public_url.is_none() && !state.config.demo,
    })
}

async fn form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    Ok(Page(page(&state, &who, &id, PrintForm::fresh(), (String::new(), "")).await?).into_response())
}

/// An order as it is typed.
#[derive(Debug, Default, Deserialize)]
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
    /// Said of a reprint: what hangs at the stalls becomes invalid.
    sure: Option<String>,
}

impl PrintForm {
    fn fresh() -> Self {
        Self { design: "label_99x68".to_owned(), start_at: "1".to_owned(), copies: "1".to_owned(), ..Self::default() }
    }
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
        &state.designs,
        Some(&form.design),
        Some(&form.paper),
        number(&form.start_at),
        number(&form.copies),
        Pick::Filter(filter, row),
    );
    let printed = match order {
        Ok(_) if filter == PrintFilter::Reprint && form.sure.is_none() => {
            Err(UseError::invalid("/sure", "reprint_unsure", "what hangs at the stalls becomes invalid"))
        }
        Ok(order) => print_stickers::print(&state.app, &who.viewer, market_id, order).await,
        Err(AppError::Invalid(problems)) => Err(UseError::Invalid(problems)),
        Err(other) => return Err(other),
    };
    let (status, problem) = match printed {
        Ok(printed) => return Ok(Redirect::to(&printed.pdf_url).into_response()),
        Err(UseError::Invalid(problems)) => {
            let field = problems.first().map_or("", |problem| problem.pointer.trim_start_matches('/')).to_owned();
            (StatusCode::UNPROCESSABLE_ENTITY, (field, first_words(who.lang, &problems)))
        }
        Err(UseError::Conflict(code)) => (StatusCode::CONFLICT, ("filter".to_owned(), words_of(who.lang, code))),
        Err(other) => return Err(other.into()),
    };
    Ok((status, Page(page(&state, &who, &id, form, problem).await?)).into_response())
}
