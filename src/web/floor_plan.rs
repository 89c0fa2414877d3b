//! A market's floor plan as one drawing: every stall a link with its glyph, a pattern under it so that it is told apart in grey, the
//! whole on a sheet of A3. And changing it by taps: a stall behind another, two merged, one split, the last change taken back.

use std::fmt::Write;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    assets,
    chrome::{Chrome, Room},
    error::{AppError, words_of},
    looks::{self, Look},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::{
    app::{UseError, floor_plan},
    domain::{
        ids::{MarketId, StallId},
        scope::Act,
        stall::StallCode,
    },
    store::{
        markets, plan_edits,
        stalls::{self, Stall, StallFilter},
    },
};

/// Places in a line of the drawing; a longer row goes on below.
const PLACES: i64 = 24;
// A place's width and height, and the gap between two, in the drawing's units.
const WIDE: i64 = 46;
const HIGH: i64 = 40;
const GAP: i64 = 4;

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/markets/{market_id}/plan", show),
        routes::post("/markets/{market_id}/plan/undo", undo),
        routes::get("/stalls/{stall_id}/place", place_form),
        routes::post("/stalls/{stall_id}/place", change),
    ]
}

/// A status with how many stalls have it.
struct Legend {
    look: Look,
    count: usize,
}

#[derive(askama::Template)]
#[template(path = "markets/plan.html")]
struct PlanPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    svg: String,
    legend: Vec<Legend>,
    stalls: usize,
    cutoff: String,
    may_edit: bool,
    /// What the latest change was; empty when there is none.
    last: &'static str,
    problem: &'static str,
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    page(&state, &who, id_of(&id)?, "").await
}

async fn page(state: &AppState, who: &SignedIn, market_id: MarketId, problem: &'static str) -> Result<Response, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::SeeStalls, market_id).await?;
    let all = stalls::list(&state.app.db, &scope, &StallFilter::default()).await?;
    let t = who.lang.words();
    let may_edit = who.viewer.may(Act::EditStalls);
    let last = if may_edit { plan_edits::latest(&state.app.db, &scope).await? } else { None };
    let page = PlanPage {
        chrome: Chrome::of(state, who, t.plan.title, Room::Markets).await?.at(format!("/markets/{market_id}/plan")),
        market_id,
        name: scope.market().name.clone(),
        svg: draw(t, &all, may_edit),
        legend: legend(t, &all),
        stalls: all.len(),
        cutoff: state.app.clock.now().to_people(),
        may_edit,
        last: last.and_then(|edit| t.plan.find(&format!("did_{}", edit.kind))).unwrap_or(""),
        problem,
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    Ok((status, Page(page)).into_response())
}

fn legend(t: &'static Words, all: &[Stall]) -> Vec<Legend> {
    let mut legend: Vec<Legend> = Vec::new();
    for stall in all {
        let look = looks::stall(t, stall);
        match legend.iter_mut().find(|line| line.look == look) {
            Some(line) => line.count += 1,
            None => legend.push(Legend { look, count: 1 }),
        }
    }
    legend.sort_by_key(|line| std::cmp::Reverse(line.count));
    legend
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Width of a row's name before its first place.
const LABEL: i64 = 64;

/// The drawing. Short rows stand in two or three columns, so that a market fits one sheet. Cells lead to the stall, or to changing its
/// place for whoever changes the plan.
fn draw(t: &'static Words, all: &[Stall], may_edit: bool) -> String {
    let zones: Vec<&[Stall]> = all.chunk_by(|a, b| a.zone == b.zone).collect();
    let longest = all
        .chunk_by(|a, b| a.zone == b.zone && a.row_name == b.row_name)
        .map(|row| row.iter().map(|stall| stall.span.clamp(1, PLACES)).sum::<i64>())
        .max()
        .unwrap_or(0);
    let (columns, places) = match longest {
        ..=7 => (3, 7),
        8..=11 => (2, 11),
        _ => (1, PLACES),
    };
    let wide = LABEL + places * (WIDE + GAP) + 24;
    let mut heights = vec![0; columns as usize];
    let mut body = String::new();
    let whole: i64 = zones.iter().map(|zone| height(zone, places)).sum();
    let mut column = 0;
    for zone in zones {
        // A column is left when it has its share; the order stays the walking order.
        let needs = height(zone, places);
        if heights[column] > 0 && heights[column] + needs / 2 > whole / columns && column + 1 < heights.len() {
            column += 1;
        }
        let (x, y) = (column as i64 * wide, heights[column]);
        draw_zone(&mut body, t, zone, (x, y), places, may_edit);
        heights[column] += needs;
    }
    let high = heights.into_iter().max().unwrap_or(0).max(HIGH);
    format!(
        "<svg class=\"plan\" viewBox=\"0 0 {} {high}\" role=\"group\" aria-label=\"{}\">{PATTERNS}{body}</svg>",
        columns * wide - 24,
        escaped(t.plan.title)
    )
}

/// How many lines a row takes.
fn lines(row: &[Stall], places: i64) -> i64 {
    let (mut lines, mut at) = (1, 0);
    for stall in row {
        let span = stall.span.clamp(1, places);
        if at + span > places {
            (lines, at) = (lines + 1, 0);
        }
        at += span;
    }
    lines
}

/// Height of a zone's name above its rows.
const NAME: i64 = 34;

fn height(zone: &[Stall], places: i64) -> i64 {
    let rows = zone.chunk_by(|a, b| a.row_name == b.row_name);
    NAME + rows.map(|row| lines(row, places) * (HIGH + GAP) + GAP).sum::<i64>()
}

fn draw_zone(body: &mut String, t: &'static Words, zone: &[Stall], (x, top): (i64, i64), places: i64, may_edit: bool) {
    let icons = assets::url("icons.svg");
    let goods = zone[0].goods.as_deref().unwrap_or("");
    let mut y = top + NAME;
    let _infallible = write!(
        body,
        "<text class=\"zone-name\" x=\"{x}\" y=\"{}\">{} <tspan class=\"soft\">{}</tspan></text>",
        y - 10,
        escaped(&zone[0].zone),
        escaped(goods)
    );
    for row in zone.chunk_by(|a, b| a.row_name == b.row_name) {
        let _infallible =
            write!(body, "<text class=\"row-name\" x=\"{x}\" y=\"{}\">{}</text>", y + 25, escaped(&row[0].row_name));
        let mut at = 0;
        for stall in row {
            let span = stall.span.clamp(1, places);
            if at + span > places {
                (at, y) = (0, y + HIGH + GAP);
            }
            cell(body, t, stall, (x + LABEL + at * (WIDE + GAP), y, span * (WIDE + GAP) - GAP), icons, may_edit);
            at += span;
        }
        y += HIGH + GAP * 2;
    }
}

/// What lies under a glyph, so that a cell is told apart without colour: lines for what waits, dots for what has a code, a full ground
/// for what hangs, a cross for what was refused.
const PATTERNS: &str = "<defs>\
    <pattern id=\"p-hen\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 6 6 0\"/></pattern>\
    <pattern id=\"p-duyet\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 3h6\"/></pattern>\
    <pattern id=\"p-ma\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><circle cx=\"3\" cy=\"3\" r=\"1\"/></pattern>\
    <pattern id=\"p-tuchoi\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0 8 8M8 0 0 8\"/></pattern>\
    <pattern id=\"p-lech\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0h4v2H0z\"/></pattern></defs>";

fn cell(body: &mut String, t: &'static Words, stall: &Stall, (x, y, wide): (i64, i64, i64), icons: &str, may_edit: bool) {
    let look = looks::stall(t, stall);
    let href = if may_edit { format!("/stalls/{}/place", stall.stall_id) } else { format!("/stalls/{}", stall.stall_id) };
    let title = format!("{} {} · {}", stall.code, stall.vendor_name.as_deref().unwrap_or(""), look.label);
    let pattern = if matches!(look.glyph, "hen" | "duyet" | "ma" | "tuchoi" | "lech") {
        format!(
            "<rect class=\"under\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{HIGH}\" rx=\"4\" fill=\"url(#p-{})\"/>",
            look.glyph
        )
    } else {
        String::new()
    };
    let _infallible = write!(
        body,
        "<a href=\"{href}\" class=\"{glyph}\"><title>{title}</title><rect class=\"ground\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{HIGH}\" rx=\"4\"/>{pattern}\
         <svg class=\"g\" x=\"{gx}\" y=\"{gy}\" width=\"14\" height=\"14\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><use href=\"{icons}#g-{glyph}\"/></svg>\
         <text class=\"number\" x=\"{tx}\" y=\"{ty}\">{number}</text></a>",
        glyph = look.glyph,
        title = escaped(title.trim()),
        gx = x + 5,
        gy = y + 5,
        tx = x + wide - 5,
        ty = y + HIGH - 7,
        number = escaped(&stall.number),
    );
}

async fn undo(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let market_id = id_of(&id)?;
    match floor_plan::undo(&state.app, &who.viewer, market_id).await {
        Ok(()) => Ok(Redirect::to(&format!("/markets/{market_id}/plan")).into_response()),
        Err(UseError::Conflict(code)) => page(&state, &who, market_id, words_of(who.lang, code)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(askama::Template)]
#[template(path = "markets/place.html")]
struct PlacePage {
    chrome: Chrome,
    market_id: MarketId,
    stall_id: StallId,
    code: String,
    keeper: String,
    /// The next stall of the row: its identifier and code.
    next: Option<(StallId, String)>,
    span: i64,
    suggested: String,
    problem: &'static str,
}

async fn place_form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    Ok(Page(place_page(&state, &who, id_of(&id)?, None, "").await?).into_response())
}

async fn place_page(
    state: &AppState,
    who: &SignedIn,
    stall_id: StallId,
    typed: Option<String>,
    problem: &'static str,
) -> Result<PlacePage, AppError> {
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, Act::EditStalls, stall_id).await?;
    let all = stalls::list(&state.app.db, &scope, &StallFilter::default()).await?;
    let at = all.iter().position(|stall| stall.stall_id == stall_id).ok_or(AppError::NotFound)?;
    let stall = &all[at];
    let next = all.get(at + 1).filter(|next| next.zone == stall.zone && next.row_name == stall.row_name);
    let t = who.lang.words();
    Ok(PlacePage {
        chrome: Chrome::of(state, who, t.plan.place(&stall.code), Room::Markets).await?.at(format!("/stalls/{stall_id}/place")),
        market_id: scope.market_id(),
        stall_id,
        code: stall.code.clone(),
        keeper: stall.vendor_name.clone().unwrap_or_default(),
        next: next.map(|next| (next.stall_id, next.code.clone())),
        span: stall.span,
        suggested: typed.unwrap_or_else(|| floor_plan::next_code(&stall.code, |code| all.iter().any(|stall| stall.code == code))),
        problem,
    })
}

#[derive(Deserialize)]
struct PlaceForm {
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

async fn change(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<PlaceForm>,
) -> Result<Response, AppError> {
    let stall_id: StallId = id_of(&id)?;
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, Act::EditStalls, stall_id).await?;
    let code = form.code.parse::<StallCode>();
    let done = match (form.what.as_str(), code) {
        ("merge", _) => floor_plan::merge(&state.app, &who.viewer, stall_id, id_of(&form.next)?).await,
        ("insert", Ok(code)) => floor_plan::insert_after(&state.app, &who.viewer, stall_id, code).await,
        ("split", Ok(code)) => floor_plan::split(&state.app, &who.viewer, stall_id, code).await,
        ("insert" | "split", Err(error)) => Err(UseError::invalid("/code", "stall_code_malformed", error.to_string())),
        _ => return Err(AppError::BadRequest("bad_request")),
    };
    let code = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/markets/{}/plan", scope.market_id())).into_response()),
        Err(UseError::Conflict(code)) => code,
        Err(UseError::Invalid(problems)) => problems.first().map_or("bad_request", |problem| problem.code),
        Err(error) => return Err(error.into()),
    };
    let page = place_page(&state, &who, stall_id, Some(form.code), words_of(who.lang, code)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}
