//! What was printed: a batch's page, from which its sheets are downloaded as often as anybody likes, and the same as JSON.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    chrome::{Chrome, Room},
    codes::language,
    error::AppError,
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    sheets::{Batch, OnPaper},
    state::AppState,
    words::Words,
};
use crate::{
    domain::{
        ids::{MarketId, PrintBatchId, StallId},
        sticker::StickerStatus,
    },
    print::{CutOrder, Paper},
    store::{
        staff,
        stickers::{self, InBatch},
    },
};

/// How many stickers a page lists.
const LISTED: i64 = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/print-batches/{batch_id}", show)]
}

/// A sticker in the list.
struct Line {
    stall_id: StallId,
    stall_code: String,
    serial: String,
    glyph: &'static str,
    label: &'static str,
}

#[derive(askama::Template)]
#[template(path = "print_batches/show.html")]
struct BatchPage {
    chrome: Chrome,
    id: PrintBatchId,
    market_id: MarketId,
    market: String,
    at: String,
    by: String,
    design: String,
    paper: String,
    copies: i64,
    /// What was asked for, in words.
    picked: String,
    serials: String,
    stickers: i64,
    pieces: usize,
    pages: usize,
    is_piece: bool,
    order: String,
    x: String,
    y: String,
    calibration: String,
    lines: Vec<Line>,
    before: Option<i64>,
    after: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shown {
    order: String,
    x: String,
    y: String,
    from: i64,
}

/// What was asked for, in the reader's words.
fn picked(t: &'static Words, stored: Option<&str>) -> String {
    let Some(Ok(picked)) = stored.map(serde_json::from_str::<Value>) else { return String::new() };
    let word = |key: &str| picked.get(key).and_then(Value::as_str);
    if word("code").is_some() {
        return t.print_batch.picked_code.to_owned();
    }
    let mut parts = vec![t.print_batch.find(&format!("picked_{}", word("which").unwrap_or(""))).unwrap_or("").to_owned()];
    parts.extend(word("row").map(|row| t.print_batch.picked_row(row)));
    parts.extend(word("progress").and_then(|step| t.progress.find(step)).map(str::to_owned));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn line(t: &'static Words, sticker: InBatch) -> Line {
    let (glyph, label) = match sticker.status {
        StickerStatus::Printed => ("ma", t.stall.sticker_printed),
        StickerStatus::Posted => ("dan", t.stall.sticker_posted),
        StickerStatus::Retired => ("tuchoi", t.stall.sticker_retired),
    };
    Line { stall_id: sticker.stall_id, stall_code: sticker.stall_code, serial: sticker.serial, glyph, label }
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
) -> Result<Response, AppError> {
    let id: PrintBatchId = id_of(&id)?;
    let (t, db) = (who.lang.words(), &state.app.db);
    let job = Batch::open(&state, &who, id).await?;
    let on_paper = OnPaper { order: shown.order, x: shown.x, y: shown.y, ..OnPaper::default() };
    let options = job.options(&on_paper, who.lang)?;
    let plan = job.plan(&options)?;
    let Batch { scope, stored: batch, design, paper, .. } = job;
    let last = stickers::of_batch(db, &scope, id, batch.stickers - 1, 1).await?;
    let first = stickers::of_batch(db, &scope, id, 0, 1).await?;
    let serials: Vec<String> = first.into_iter().chain(last).map(|sticker| sticker.serial).collect();
    let serials = match serials.as_slice() {
        [first, last] if first != last => format!("{first} – {last}"),
        [first, ..] => first.clone(),
        [] => String::new(),
    };
    let from = shown.from.clamp(0, batch.stickers);
    let lines = stickers::of_batch(db, &scope, id, from, LISTED).await?.into_iter().map(|sticker| line(t, sticker)).collect();
    let by = staff::names(db, [batch.printed_by.as_str()]).await?.into_values().next().unwrap_or_default();
    let is_piece = paper == Paper::Piece;
    let calibration = format!(
        "/markets/{}/print/calibration.pdf?design={}&paper={}",
        scope.market_id(),
        batch.design,
        super::session::encode_next(&batch.paper)
    );
    let page = BatchPage {
        chrome: Chrome::of(&state, &who, t.print_batch.title, Room::Markets).await?,
        id,
        market_id: scope.market_id(),
        market: scope.market().name.clone(),
        at: batch.created_at_ms.to_people(),
        by,
        design: design.label(language(who.lang)).to_owned(),
        paper: if is_piece { t.print.paper_piece.to_owned() } else { batch.paper.to_uppercase() },
        copies: batch.copies,
        picked: picked(t, batch.picked.as_deref()),
        serials,
        stickers: batch.stickers,
        pieces: plan.stickers(),
        pages: plan.pages(),
        is_piece,
        order: if options.order == CutOrder::Stacks { "stacks" } else { "rows" }.to_owned(),
        x: on_paper.x,
        y: on_paper.y,
        calibration: if is_piece { String::new() } else { calibration },
        lines,
        before: (from > 0).then(|| (from - LISTED).max(0)),
        after: (from + LISTED < batch.stickers).then_some(from + LISTED),
    };
    Ok(Page(page).into_response())
}

/// `GET /api/v1/print-batches/{id}`: what was printed, and how far its latest drawing is.
pub(super) async fn json(state: &AppState, who: &SignedIn, id: PrintBatchId) -> Result<Response, AppError> {
    let job = Batch::open(state, who, id).await?;
    let plan = job.plan(&job.options(&OnPaper::default(), who.lang)?)?;
    let Batch { scope, stored: batch, .. } = job;
    Ok(Json(json!({
        "print_batch_id": id,
        "market_id": scope.market_id(),
        "design": batch.design,
        "paper": batch.paper,
        "start_at": batch.start_at,
        "copies": batch.copies,
        "stickers": batch.stickers,
        "printed_by": batch.printed_by,
        "created_at": batch.created_at_ms.to_rfc3339(),
        "pages": plan.pages(),
        "drawn": state.drawings.reached(id),
    }))
    .into_response())
}
