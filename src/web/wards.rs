//! Overviews: a ward's markets, a province's wards. Counters only, each ratio with numerator and denominator.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    looks::Ratio,
    markets::MarketLine,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    domain::{place, scope::Act},
    store::{enrolments, markets},
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/wards/{ward_code}", ward), routes::get("/provinces/{province_code}", province)]
}

#[derive(askama::Template)]
#[template(path = "wards/ward.html")]
struct WardPage {
    chrome: Chrome,
    name: String,
    at: String,
    trading: i64,
    /// The big figures on top.
    tiles: [(&'static str, Ratio); 4],
    lines: Vec<MarketLine>,
    waiting: i64,
    unsafe_stalls: i64,
    unconfirmed: i64,
    unposted: i64,
    may_review: bool,
    may_make: bool,
}

async fn ward(State(state): State<AppState>, who: SignedIn, Path(code): Path<String>) -> Result<Response, AppError> {
    let stats = markets::list_in_place(&state.app.db, &who.viewer, "ward", &code).await?;
    let ward = place::ward(&code).ok_or(AppError::NotFound)?;
    let sum = |pick: fn(&markets::Stats) -> i64| stats.iter().map(pick).sum::<i64>();
    let trading = sum(|s| s.trading);
    let of = |n: i64| Ratio { of: n, all: trading };
    let t = &who.lang.words().market;
    let may_review = who.viewer.may(Act::Review);
    let page = WardPage {
        chrome: Chrome::of(&state, &who, ward.full_name.clone(), Room::Overview).await?,
        name: ward.full_name.clone(),
        at: state.app.clock.now().to_people(),
        trading,
        tiles: [
            (t.reached, of(sum(|s| s.reached))),
            (t.with_code, of(sum(|s| s.with_code))),
            (t.verified, of(sum(|s| s.verified))),
            (t.in_use, Ratio { of: sum(|s| s.used_verified), all: sum(|s| s.verified) }),
        ],
        waiting: if may_review { enrolments::waiting(&state.app.db, &who.viewer).await? } else { 0 },
        unsafe_stalls: sum(|s| s.unsafe_stalls),
        unconfirmed: sum(|s| s.unconfirmed),
        unposted: sum(|s| s.code_issued),
        lines: stats.into_iter().map(MarketLine::of).collect(),
        may_review,
        may_make: who.viewer.may(Act::MakeMarket),
    };
    Ok(Page(page).into_response())
}

/// A ward in a province's list. A ward with fewer than five trading stalls shows no shares: they would point at people.
struct WardLine {
    name: String,
    markets: i64,
    trading: i64,
    is_small: bool,
    /// Reached, with a code, verified, in use: the columns in their order.
    ratios: [Ratio; 4],
}

#[derive(askama::Template)]
#[template(path = "wards/province.html")]
struct ProvincePage {
    chrome: Chrome,
    name: String,
    at: String,
    lines: Vec<WardLine>,
}

async fn province(State(state): State<AppState>, who: SignedIn, Path(code): Path<String>) -> Result<Response, AppError> {
    let sums = markets::sums_by_ward(&state.app.db, &who.viewer, &code).await?;
    let province = place::province(&code).ok_or(AppError::NotFound)?;
    let lines = sums
        .into_iter()
        .map(|sum| {
            let of = |n: i64| Ratio { of: n, all: sum.trading };
            let used = Ratio { of: sum.used_verified, all: sum.verified };
            WardLine {
                name: place::ward(&sum.ward_code).map(|ward| ward.full_name.clone()).unwrap_or_default(),
                markets: sum.markets,
                trading: sum.trading,
                is_small: sum.trading < 5,
                ratios: [of(sum.reached), of(sum.with_code), of(sum.verified), used],
            }
        })
        .collect();
    let chrome = Chrome::of(&state, &who, province.full_name.clone(), Room::Overview).await?;
    Ok(Page(ProvincePage { chrome, name: province.full_name.clone(), at: state.app.clock.now().to_people(), lines })
        .into_response())
}
