//! Overviews: a ward's markets, a province's wards. Counters only, each ratio with numerator and denominator.

use std::collections::HashMap;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    looks::{self, Look, Ratio},
    markets::{MarketLine, counted, enough, ratios, total},
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::{
    domain::{
        ids::MarketId,
        place,
        scope::{Act, Scope},
        stall::{Need, Progress},
    },
    store::{
        enrolments,
        markets::{self, Stats},
        sticker_reports,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/wards/{ward_code}", ward), routes::get("/provinces/{province_code}", province)]
}

/// What needs doing, and where.
struct Todo {
    /// Empty for whoever sees counters only.
    href: String,
    count: i64,
    label: &'static str,
    help: String,
}

/// How many stalls stand at a step.
struct Stage {
    look: Look,
    ratio: Ratio,
}

#[derive(askama::Template)]
#[template(path = "wards/ward.html")]
struct WardPage {
    chrome: Chrome,
    name: String,
    at: String,
    trading: i64,
    resting: i64,
    /// The big figures on top.
    tiles: [(&'static str, Ratio); 4],
    lines: Vec<MarketLine>,
    total: Option<(i64, [Ratio; 4])>,
    has_figures: bool,
    stages: Vec<Stage>,
    alarm: Option<Todo>,
    todo: Vec<Todo>,
    may_make: bool,
}

async fn ward(State(state): State<AppState>, who: SignedIn, Path(code): Path<String>) -> Result<Response, AppError> {
    let stats = markets::list_in_place(&state.app.db, &who.viewer, &Scope::Ward(code.clone())).await?;
    let ward = place::ward(&code).ok_or(AppError::NotFound)?;
    enough(&who.viewer, &stats)?;
    let t = who.lang.words();
    let trading = stats.iter().map(|market| market.trading).sum();
    let [reached, with_code, verified, in_use] = ratios(&stats);
    // Who sees no stalls has nowhere to go, and a market's name beside a small count would point at people.
    let is_named = who.viewer.may(Act::SeeStalls);
    let mut todo = vec![
        todo_of(&counts(&stats, Need::Unposted), is_named, Need::Unposted, t.ward.unposted, t.ward.unposted_help),
        todo_of(&counts(&stats, Need::Unconfirmed), is_named, Need::Unconfirmed, t.ward.unconfirmed, t.ward.unconfirmed_help),
    ];
    if who.viewer.may(Act::Review) {
        let count = enrolments::waiting(&state.app.db, &who.viewer).await?;
        let help = t.ward.waiting_help.to_owned();
        todo.insert(0, Todo { href: "/review".to_owned(), count, label: t.ward.waiting, help });
    }
    if is_named {
        todo.extend(reported(&state, &who, &stats, t).await?);
    }
    let alarm = todo_of(&counts(&stats, Need::Unsafe), is_named, Need::Unsafe, "", t.ward.unsafe_help);
    let size = |market: &Stats| match market.class {
        0 => t.market.stalls(market.stalls),
        class => format!("{} {class} · {}", t.market.class, t.market.stalls(market.stalls)),
    };
    let line = |market: &Stats| {
        let shown = Some(market).filter(|market| !who.viewer.is_too_few(market.trading));
        MarketLine::of(&who.viewer, (market.market_id, &market.name), shown, size(market), None)
    };
    let lines: Vec<_> = stats.iter().map(line).collect();
    let page = WardPage {
        chrome: Chrome::of(&state, &who, ward.full_name.clone(), Room::Overview).await?,
        name: ward.full_name.clone(),
        at: state.app.clock.now().to_people(),
        trading,
        resting: stats.iter().map(|market| market.stalls - market.trading).sum(),
        tiles: [
            (t.market.reached, reached),
            (t.market.with_code, with_code),
            (t.market.verified, verified),
            (t.market.in_use, in_use),
        ],
        total: total(&lines, &stats),
        lines,
        has_figures: true,
        stages: stages(t, &stats, trading),
        alarm: Some(alarm).filter(|alarm| alarm.count > 0),
        todo,
        may_make: who.viewer.may(Act::MakeMarket),
    };
    Ok(Page(page).into_response())
}

/// How many stalls of each market need that.
fn counts(stats: &[Stats], need: Need) -> Vec<(&Stats, i64)> {
    stats.iter().map(|market| (market, counted(need, market))).collect()
}

/// What strangers reported, which is rare: a line only when there is something.
async fn reported(state: &AppState, who: &SignedIn, stats: &[Stats], t: &'static Words) -> Result<Option<Todo>, AppError> {
    let by_market: HashMap<MarketId, i64> =
        sticker_reports::stalls_by_market(&state.app.db, &who.viewer).await?.into_iter().collect();
    let counts: Vec<(&Stats, i64)> =
        stats.iter().map(|market| (market, by_market.get(&market.market_id).copied().unwrap_or(0))).collect();
    Ok(Some(todo_of(&counts, true, Need::Reported, t.ward.reported, t.ward.reported_help)).filter(|todo| todo.count > 0))
}

/// One line of what needs doing: it leads to the market, or to the markets, where it is to be done.
fn todo_of(counts: &[(&Stats, i64)], is_named: bool, need: Need, label: &'static str, help: &str) -> Todo {
    let mut places: Vec<(&Stats, i64)> = counts.iter().copied().filter(|(_, count)| *count > 0).collect();
    places.sort_by_key(|(_, count)| -count);
    let href = match places.as_slice() {
        _ if !is_named => String::new(),
        [(market, _)] => format!("/markets/{}?need={need}", market.market_id),
        _ => format!("/markets?need={need}"),
    };
    let told: Vec<String> = places.iter().take(2).map(|(market, count)| format!("{} {count}", market.name)).collect();
    // With one market in the ward its name says nothing.
    let help = if is_named && counts.len() > 1 && !told.is_empty() { told.join(", ") } else { help.to_owned() };
    Todo { href, count: places.iter().map(|(_, count)| count).sum(), label, help }
}

fn stages(t: &'static Words, stats: &[Stats], trading: i64) -> Vec<Stage> {
    let steps: [(Progress, fn(&Stats) -> i64); 10] = [
        (Progress::InUse, |s| s.in_use),
        (Progress::Posted, |s| s.posted),
        (Progress::CodeIssued, |s| s.code_issued),
        (Progress::InReview, |s| s.in_review),
        (Progress::NeedsFix, |s| s.needs_fix),
        (Progress::Postponed, |s| s.postponed),
        (Progress::AwaitingAccount, |s| s.awaiting_account),
        (Progress::Declined, |s| s.declined),
        (Progress::Stopped, |s| s.stopped),
        (Progress::NotReached, |s| s.not_reached),
    ];
    steps
        .into_iter()
        .map(|(progress, pick)| Stage {
            look: looks::progress(t, progress),
            ratio: Ratio { of: stats.iter().map(pick).sum(), all: trading },
        })
        .filter(|stage| stage.ratio.of > 0)
        .collect()
}

/// A ward in a province's list.
struct WardLine {
    name: String,
    /// Empty for a ward that shows no shares: its own page would.
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
                href: if who.viewer.is_too_few(sum.trading) { String::new() } else { format!("/wards/{}", sum.ward_code) },
                markets: sum.markets,
                trading: sum.trading,
                is_small: who.viewer.is_too_few(sum.trading),
                ratios: [of(sum.reached), of(sum.with_code), of(sum.verified), used],
            }
        })
        .collect();
    let chrome = Chrome::of(&state, &who, province.full_name.clone(), Room::Overview).await?;
    Ok(Page(ProvincePage { chrome, name: province.full_name.clone(), at: state.app.clock.now().to_people(), lines })
        .into_response())
}
