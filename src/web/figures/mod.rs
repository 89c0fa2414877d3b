//! Figures of a market, a province and the nation: their KPIs over a period, out of counters alone.

mod charts;
pub(super) mod dashboard;
pub(super) mod period;

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    looks::Ratio,
    markets::{enough_of, id_of},
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    domain::{
        kpi::{Entry, Figure, Kpis},
        place,
        scope::{Act, Scope},
    },
    store::{figures, markets, staff},
};
use dashboard::{Dashboard, Look};
use period::PeriodQuery;

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/markets/{market_id}/figures", market),
        routes::get("/provinces/{province_code}", province),
        routes::get("/nation", nation),
    ]
}

/// The dashboard of whoever looks, with the names of those who worked where names may be seen.
pub(super) async fn dashboard(
    state: &AppState,
    who: &SignedIn,
    action: String,
    query: &PeriodQuery,
    entries: &[Entry],
) -> Result<Dashboard, AppError> {
    let now = state.app.clock.now();
    // Enough may trade today where too few did then; where nobody did there is nobody to point at.
    let period = query.period(now.day());
    let kpis = [period, query.compared(&period)].map(|period| Kpis::of(entries, &period, now.day()));
    for trading in kpis.iter().map(|kpis| kpis.trading).filter(|trading| *trading > 0) {
        enough_of(&who.viewer, trading)?;
    }
    let look = Look { t: who.lang.words(), viewer: &who.viewer, today: now.day(), cut_off: now.to_people(), action };
    let workers: BTreeSet<&str> =
        entries.iter().filter(|entry| entry.figure == Figure::Work).filter_map(|entry| entry.item.split('|').next()).collect();
    let names = if who.viewer.may(Act::SeeStalls) { staff::names(&state.app.db, workers).await? } else { BTreeMap::new() };
    let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| "–".to_owned());
    Ok(Dashboard::of(&look, query, (entries, kpis), &name))
}

#[derive(askama::Template)]
#[template(path = "figures/market.html")]
struct MarketPage {
    chrome: Chrome,
    name: String,
    /// Empty for whoever sees counters only.
    back: String,
    report: String,
    d: Dashboard,
}

async fn market(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::SeeCounters, id_of(&id)?).await?;
    enough_of(&who.viewer, markets::stats(&state.app.db, &scope).await?.trading)?;
    let entries = figures::of_market(&state.app.db, &scope, state.app.clock.now().day()).await?;
    let name = scope.market().name.clone();
    let d = dashboard(&state, &who, format!("/markets/{id}/figures"), &query, &entries).await?;
    let page = MarketPage {
        chrome: Chrome::of(&state, &who, who.lang.words().figures.title(&name), Room::Markets).await?,
        name,
        back: if who.viewer.may(Act::SeeStalls) { format!("/markets/{id}") } else { String::new() },
        report: if who.viewer.may(Act::Report) { format!("/markets/{id}/report") } else { String::new() },
        d,
    };
    Ok(Page(page).into_response())
}

/// A ward in a province's list, or a province in the nation's.
struct PlaceLine {
    name: String,
    /// Empty for a place that shows no shares: its own page would.
    href: String,
    markets: i64,
    trading: i64,
    /// Too few stalls trade for shares to be shown.
    is_small: bool,
    /// Reached, with a code, verified, in use: the columns in their order.
    ratios: [Ratio; 4],
}

#[derive(askama::Template)]
#[template(path = "wards/province.html")]
struct PlacePage {
    chrome: Chrome,
    name: String,
    at: String,
    lines: Vec<PlaceLine>,
    is_nation: bool,
    /// Nothing where too few stalls trade, or where no night has passed yet.
    has_figures: bool,
    d: Dashboard,
}

fn place_line(who: &SignedIn, name: String, href: String, sum: &markets::WardSums) -> PlaceLine {
    let of = |n: i64| Ratio::new(n, sum.trading).told_to(&who.viewer);
    let is_small = who.viewer.is_too_few(sum.trading);
    PlaceLine {
        name,
        href: if is_small { String::new() } else { href },
        markets: sum.markets,
        trading: sum.trading,
        is_small,
        ratios: [
            of(sum.reached),
            of(sum.with_code),
            of(sum.verified),
            Ratio::new(sum.used_verified, sum.verified).told_to(&who.viewer),
        ],
    }
}

async fn place_dashboard(
    state: &AppState,
    who: &SignedIn,
    (place, action): (String, String),
    query: &PeriodQuery,
    sums: &[markets::WardSums],
) -> Result<Option<Dashboard>, AppError> {
    let trading = sums.iter().map(|sum| sum.trading).sum();
    if who.viewer.is_too_few(trading) {
        return Ok(None);
    }
    let entries = figures::of_place(&state.app.db, &place, state.app.clock.now().day()).await?;
    if entries.is_empty() {
        return Ok(None);
    }
    dashboard(state, who, action, query, &entries).await.map(Some)
}

async fn province(
    State(state): State<AppState>,
    who: SignedIn,
    Path(code): Path<String>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let sums = markets::sums_by_ward(&state.app.db, &who.viewer, &code).await?;
    let province = place::province(&code).ok_or(AppError::NotFound)?;
    let line = |sum: &markets::WardSums| {
        let name = place::ward(&sum.ward_code).map(|ward| ward.full_name.clone()).unwrap_or_default();
        place_line(&who, name, format!("/wards/{}", sum.ward_code), sum)
    };
    let lines = sums.iter().map(line).collect();
    let where_to = (format!("province:{code}"), format!("/provinces/{code}"));
    let d = place_dashboard(&state, &who, where_to, &query, &sums).await?;
    let chrome = Chrome::of(&state, &who, province.full_name.clone(), Room::Overview).await?;
    let at = state.app.clock.now().to_people();
    Ok(Page(PlacePage {
        chrome,
        name: province.full_name.clone(),
        at,
        lines,
        is_nation: false,
        has_figures: d.is_some(),
        d: d.unwrap_or_default(),
    })
    .into_response())
}

async fn nation(State(state): State<AppState>, who: SignedIn, Query(query): Query<PeriodQuery>) -> Result<Response, AppError> {
    if !who.viewer.may(Act::SeeCounters) && !who.viewer.may(Act::SeeNation) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    if who.viewer.scope != Scope::Nation {
        return Err(AppError::NotFound);
    }
    let sums = markets::sums_by_province(&state.app.db, &who.viewer).await?;
    let line = |sum: &markets::WardSums| {
        let name = place::province(&sum.ward_code).map(|province| province.full_name.clone()).unwrap_or_default();
        let href = if who.viewer.may(Act::SeeCounters) { format!("/provinces/{}", sum.ward_code) } else { String::new() };
        place_line(&who, name, href, sum)
    };
    let lines = sums.iter().map(line).collect();
    let d = place_dashboard(&state, &who, ("nation".to_owned(), "/nation".to_owned()), &query, &sums).await?;
    let t = who.lang.words();
    let chrome = Chrome::of(&state, &who, t.figures.nation_title, Room::Overview).await?;
    let at = state.app.clock.now().to_people();
    Ok(Page(PlacePage {
        chrome,
        name: t.figures.nation_title.to_owned(),
        at,
        lines,
        is_nation: true,
        has_figures: d.is_some(),
        d: d.unwrap_or_default(),
    })
    .into_response())
}
