//! Who walks which rows of a market: one table, a person for each row, saved in one go.

use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::assign_rows::{self, RowOfStalls},
    domain::{
        ids::{MarketId, StaffId},
        scope::Act,
        stall::Occupancy,
    },
    store::{
        markets,
        row_assignments::{self, Walker},
        stalls::{self, StallFilter},
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/markets/{market_id}/assign", show), routes::post("/markets/{market_id}/assign", save)]
}

/// A row of stalls.
struct Line {
    zone: String,
    row: String,
    stalls: usize,
    /// Trading stalls without a code, which is what there is to do.
    left: usize,
    who: String,
}

#[derive(askama::Template)]
#[template(path = "markets/assign.html")]
struct AssignPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    lines: Vec<Line>,
    walkers: Vec<Walker>,
    /// How many rows each person has.
    shares: Vec<(String, usize, usize)>,
    is_saved: bool,
}

#[derive(Deserialize)]
struct ShowQuery {
    saved: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, AppError> {
    let market_id = id_of(&id)?;
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let assigned = row_assignments::list(&state.app.db, &scope).await?;
    let mut lines: Vec<Line> = Vec::new();
    for stall in stalls::list(&state.app.db, &scope, &StallFilter::default()).await? {
        if lines.last().is_none_or(|line| line.zone != stall.zone || line.row != stall.row_name) {
            let who = assigned.iter().find(|line| line.zone == stall.zone && line.row_name == stall.row_name);
            let who = who.map_or(String::new(), |line| line.staff_id.to_string());
            lines.push(Line { zone: stall.zone.clone(), row: stall.row_name.clone(), stalls: 0, left: 0, who });
        }
        if let Some(line) = lines.last_mut() {
            line.stalls += 1;
            line.left += usize::from(stall.occupancy == Occupancy::Trading && !stall.with_code);
        }
    }
    let walkers = row_assignments::walkers(&state.app.db, &scope).await?;
    let shares = walkers
        .iter()
        .map(|walker| {
            let own: Vec<&Line> = lines.iter().filter(|line| line.who == walker.staff_id.to_string()).collect();
            (walker.full_name.clone(), own.len(), own.iter().map(|line| line.left).sum())
        })
        .collect();
    let t = who.lang.words();
    let page = AssignPage {
        chrome: Chrome::of(&state, &who, t.plan.assign, Room::Markets).await?.at(format!("/markets/{market_id}/assign")),
        market_id,
        name: scope.market().name.clone(),
        lines,
        walkers,
        shares,
        is_saved: query.saved.is_some(),
    };
    Ok(Page(page).into_response())
}

/// The form's fields come in threes: zone, row, who.
async fn save(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let market_id: MarketId = id_of(&id)?;
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let before = row_assignments::list(&state.app.db, &scope).await?;
    let mut wishes = Vec::new();
    for line in form.chunks_exact(3) {
        let [(a, zone), (b, row), (c, person)] = line else { continue };
        if (a.as_str(), b.as_str(), c.as_str()) != ("zone", "row", "who") {
            return Err(AppError::BadRequest("bad_request"));
        }
        let person: Option<StaffId> = if person.is_empty() { None } else { Some(id_of(person)?) };
        let was = before.iter().find(|line| line.zone == *zone && line.row_name == *row).map(|line| line.staff_id);
        // Only what changes is noted.
        if was != person {
            wishes.push((RowOfStalls { zone: zone.clone(), row: row.clone() }, person));
        }
    }
    assign_rows::assign(&state.app, &who.viewer, market_id, wishes).await?;
    Ok(Redirect::to(&format!("/markets/{market_id}/assign?saved=1")).into_response())
}
