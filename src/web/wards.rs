//! A ward's overview: its markets, what needs doing, the KPIs of a period. Counters only, each ratio with numerator and denominator.

use std::collections::HashMap;

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    figures::{dashboard::Dashboard, period::PeriodQuery},
    looks::{self, Look, Ratio},
    markets::{counted, enough},
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::{
    domain::{
        disclosure::{ENOUGH, is_few, withheld},
        ids::MarketId,
        kpi::{Entry, Kpis},
        period::Period,
        place,
        scope::{Act, Scope, Viewer},
        stall::{Need, Progress},
        time::Day,
    },
    store::{
        enrolments, figures,
        markets::{self, Stats},
        sticker_reports,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/wards/{ward_code}", ward)]
}

/// What needs doing, and where.
struct Todo {
    /// Empty for whoever sees counters only.
    href: String,
    count: i64,
    /// The count as it is told.
    shown: String,
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
    resting: i64,
    trading: i64,
    lines: Vec<WardMarket>,
    total: Option<(i64, [Ratio; 4])>,
    report: String,
    d: Dashboard,
    stages: Vec<Stage>,
    alarm: Option<Todo>,
    todo: Vec<Todo>,
    may_make: bool,
}

/// A market in the ward's table.
struct WardMarket {
    name: String,
    /// Empty for whoever sees counters only.
    href: String,
    figures_href: String,
    note: String,
    /// Trading stalls; then reached, with a code, verified, in use. `None` where too few trade.
    figures: Option<(i64, [Ratio; 4])>,
    spark: String,
}

async fn ward(
    State(state): State<AppState>,
    who: SignedIn,
    Path(code): Path<String>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let stats = markets::list_in_place(&state.app.db, &who.viewer, &Scope::Ward(code.clone())).await?;
    let ward = place::ward(&code).ok_or(AppError::NotFound)?;
    enough(&who.viewer, &stats)?;
    let t = who.lang.words();
    let trading = stats.iter().map(|market| market.trading).sum();
    let today = state.app.clock.now().day();
    let by_market = figures::of_listed(&state.app.db, &stats, today).await?;
    let mut todo = vec![
        todo_of(&counts(&stats, Need::Unposted), &who.viewer, Need::Unposted, t.ward.unposted, t.ward.unposted_help),
        todo_of(&counts(&stats, Need::Unconfirmed), &who.viewer, Need::Unconfirmed, t.ward.unconfirmed, t.ward.unconfirmed_help),
    ];
    if who.viewer.may(Act::Review) {
        let count = enrolments::waiting(&state.app.db, &who.viewer).await?;
        let help = t.ward.waiting_help.to_owned();
        todo.insert(0, Todo { href: "/review".to_owned(), count, shown: count.to_string(), label: t.ward.waiting, help });
    }
    if who.viewer.may(Act::SeeStalls) {
        todo.extend(reported(&state, &who, &stats, t).await?);
    }
    let alarm = todo_of(&counts(&stats, Need::Unsafe), &who.viewer, Need::Unsafe, "", t.ward.unsafe_help);
    let size = |market: &Stats| match market.class {
        0 => t.market.stalls(market.stalls),
        class => format!("{} {class} · {}", t.market.class, t.market.stalls(market.stalls)),
    };
    let period = query.period(today);
    let lines: Vec<WardMarket> = stats
        .iter()
        .zip(&by_market)
        .map(|(market, (_, entries))| ward_market(&who, market, entries, size(market), (period, today)))
        .collect();
    let all: Vec<Entry> = by_market.into_iter().flat_map(|(_, entries)| entries).collect();
    let d = super::figures::dashboard(&state, &who, format!("/wards/{code}"), &query, &all).await?;
    let is_whole = lines.len() > 1 && lines.iter().all(|line| line.figures.is_some());
    let may_report = who.viewer.may(Act::Report) && who.viewer.scope == Scope::Ward(code.clone());
    let page = WardPage {
        chrome: Chrome::of(&state, &who, ward.full_name.clone(), Room::Overview).await?,
        name: ward.full_name.clone(),
        at: state.app.clock.now().to_people(),
        trading,
        resting: stats.iter().map(|market| market.stalls - market.trading).sum(),
        total: is_whole.then_some((d.trading, d.ratios)),
        lines,
        report: if may_report { format!("/wards/{code}/report") } else { String::new() },
        d,
        stages: stages(t, &who.viewer, &stats, trading),
        alarm: Some(alarm).filter(|alarm| alarm.count > 0),
        todo,
        may_make: who.viewer.may(Act::MakeMarket),
    };
    Ok(Page(page).into_response())
}

fn ward_market(who: &SignedIn, market: &Stats, entries: &[Entry], note: String, (period, today): (Period, Day)) -> WardMarket {
    let kpis = Kpis::of(entries, &period, today);
    let is_shown = !who.viewer.is_too_few(market.trading) && !who.viewer.is_too_few(kpis.trading);
    let href = format!("/markets/{}", market.market_id);
    WardMarket {
        name: market.name.clone(),
        figures_href: if is_shown && who.viewer.may(Act::SeeStalls) { format!("{href}/figures") } else { String::new() },
        href: if who.viewer.may(Act::SeeStalls) { href } else { String::new() },
        note,
        figures: is_shown.then(|| (kpis.trading, kpi_ratios(&who.viewer, &kpis))),
        spark: if is_shown {
            super::figures::dashboard::spark(who.lang.words(), &who.viewer, entries, kpis.cut_off)
        } else {
            String::new()
        },
    }
}

/// The four ratios as pages show them.
fn kpi_ratios(viewer: &Viewer, kpis: &Kpis) -> [Ratio; 4] {
    kpis.ratios().map(|ratio| Ratio::new(ratio.of, ratio.all).told_to(viewer))
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
    Ok(Some(todo_of(&counts, &who.viewer, Need::Reported, t.ward.reported, t.ward.reported_help)).filter(|todo| todo.count > 0))
}

/// One line of what needs doing: it leads to the market, or to the markets, where it is to be done.
fn todo_of(counts: &[(&Stats, i64)], viewer: &Viewer, need: Need, label: &'static str, help: &str) -> Todo {
    // Who sees no stalls has nowhere to go, and a market's name beside a small count would point at people.
    let is_named = viewer.may(Act::SeeStalls);
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
    let count = places.iter().map(|(_, count)| count).sum();
    let shown = if is_few(viewer, count) { format!("< {ENOUGH}") } else { count.to_string() };
    Todo { href, count, shown, label, help }
}

fn stages(t: &'static Words, viewer: &Viewer, stats: &[Stats], trading: i64) -> Vec<Stage> {
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
    let counts = steps.map(|(_, pick)| stats.iter().map(pick).sum::<i64>());
    let hidden = withheld(viewer, &counts);
    let stage = |((progress, _), (of, is_hidden)): ((Progress, _), (i64, bool))| Stage {
        look: looks::progress(t, progress),
        ratio: Ratio::new(of, trading).withheld_if(is_hidden),
    };
    steps.into_iter().zip(counts.into_iter().zip(hidden)).filter(|(_, (of, _))| *of > 0).map(stage).collect()
}
