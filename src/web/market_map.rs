//! One market: the map on the left, the list on the right, both under the same filter, and a drawer with one stall. The
//! filter and the open stall sit in the address, so that all of it works without a script and can be sent to somebody.

use std::collections::HashSet;

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    history::{self, Told},
    looks::{self, Look},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::{SignedIn, encode_next},
    stall_page::{self, CodeLine},
    state::AppState,
    words::Words,
};
use crate::{
    domain::{
        ids::{MarketId, StallId},
        scope::Act,
        staff::Role,
        stall::{CodeSafety, Need, Occupancy, Progress},
        time::{DAY_MS, UnixMillis},
    },
    payment_code::fold,
    store::{
        field_records,
        markets::{self, MarketScope, Stats},
        stalls::{self, Stall, StallFilter},
        sticker_reports,
    },
};

/// How many events of a stall the drawer tells.
const EVENTS: i64 = 12;

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/markets/{market_id}", show)]
}

/// Whether a stall needs that.
fn holds(need: Need, stall: &Stall, filter: &Filter) -> bool {
    match need {
        Need::Unsafe => stall.code_safety == CodeSafety::Mismatch || stall.frozen,
        Need::Due => {
            stall.occupancy == Occupancy::Trading
                && matches!(stall.progress, Progress::Postponed | Progress::AwaitingAccount)
                && stall.come_back_on.is_some_and(|day| day <= filter.now.day())
        }
        Need::Unposted => stall.progress == Progress::CodeIssued && stall.occupancy == Occupancy::Trading,
        Need::Unconfirmed => stall.unconfirmed,
        Need::Reported => filter.reported.contains(&stall.stall_id),
        Need::Resting => stall.occupancy != Occupancy::Trading,
    }
}

/// A stall on the map or in the list.
struct Cell {
    href: String,
    code: String,
    number: String,
    name: String,
    goods: String,
    look: Look,
    note: String,
    is_open: bool,
    is_dim: bool,
}

/// A row of the map.
struct Row {
    name: String,
    cells: Vec<Cell>,
}

/// A zone of the map.
struct Zone {
    name: String,
    goods: String,
    with_code: usize,
    trading: usize,
    rows: Vec<Row>,
}

/// A filter with its count: legend and filter in one.
struct Chip {
    href: String,
    look: Look,
    count: i64,
    current: bool,
    /// Whether it takes a line of its own on a phone.
    is_wide: bool,
}

/// One stall beside the map.
struct Drawer {
    stall: Stall,
    address: &'static str,
    pills: Vec<(Look, String)>,
    codes: Vec<CodeLine>,
    told: Vec<Told>,
    close: String,
}

#[derive(Deserialize)]
struct ShowQuery {
    progress: Option<String>,
    need: Option<String>,
    q: Option<String>,
    stall: Option<String>,
}

/// What the map and the list are narrowed to.
struct Filter {
    progress: Option<Progress>,
    need: Option<Need>,
    text: String,
    now: UnixMillis,
    /// Where a report waits for somebody.
    reported: HashSet<StallId>,
}

impl Filter {
    fn of(query: &ShowQuery, now: UnixMillis, reported: HashSet<StallId>) -> Self {
        Self {
            progress: query.progress.as_deref().and_then(|word| word.parse().ok()),
            need: query.need.as_deref().and_then(|word| word.parse().ok()),
            text: query.q.as_deref().unwrap_or("").trim().to_owned(),
            now,
            reported,
        }
    }

    fn is_set(&self) -> bool {
        self.progress.is_some() || self.need.is_some() || !self.text.is_empty()
    }

    fn lets_through(&self, stall: &Stall, text: &str) -> bool {
        let is_named = |text: &str| {
            fold::name_fold(&stall.code).contains(text)
                || stall.vendor_name.as_deref().is_some_and(|name| fold::name_fold(name).contains(text))
        };
        self.progress.is_none_or(|progress| stall.progress == progress && stall.occupancy == Occupancy::Trading)
            && self.need.is_none_or(|need| holds(need, stall, self))
            && (text.is_empty() || is_named(text))
    }

    /// The filter as it stands in an address, ready for one more value behind it.
    fn query(&self) -> String {
        let mut query = String::from("?");
        let mut add = |name: &str, value: &str| {
            query.push_str(name);
            query.push('=');
            query.push_str(&encode_next(value));
            query.push('&');
        };
        if let Some(progress) = self.progress {
            add("progress", progress.as_str());
        }
        if let Some(need) = self.need {
            add("need", need.as_str());
        }
        if !self.text.is_empty() {
            add("q", &self.text);
        }
        query
    }
}

#[derive(askama::Template)]
#[template(path = "markets/show.html")]
struct ShowPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    class: i16,
    stats: Stats,
    zones: Vec<Zone>,
    list: Vec<Cell>,
    chips: Vec<Chip>,
    /// What a volunteer came for, on a phone above the map.
    today: Vec<Chip>,
    query: String,
    filtered: bool,
    drawer: Option<Drawer>,
    may_edit: bool,
    may_print: bool,
    may_enrol: bool,
    /// Records from phones that wait for a person; for who may review.
    waiting: i64,
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::SeeStalls, id_of(&id)?).await?;
    let now = state.app.clock.now();
    let reported = sticker_reports::stalls_reported(&state.app.db, &scope).await?.into_iter().collect();
    let filter = Filter::of(&query, now, reported);
    let open = query.stall.as_deref().map(id_of::<StallId>).transpose()?;
    let all = stalls::list(&state.app.db, &scope, &StallFilter::default()).await?;
    let drawer = match open {
        Some(open) => Some(drawer(&state, &who, &scope, &all, open, &filter).await?),
        None => None,
    };
    let stats = markets::stats(&state.app.db, &scope).await?;
    let t = who.lang.words();
    // Who walks from stall to stall goes straight to the stall; who sits before a map opens it beside the map.
    let is_walking = who.viewer.role == Role::Volunteer;
    let (today, chips) = (today(t, &filter, &all), chips(t, &stats, &filter, &all));
    let (zones, list) = both(t, all, &filter, open, is_walking);
    let page = ShowPage {
        chrome: Chrome::of(&state, &who, scope.market().name.clone(), Room::Markets).await?,
        market_id: scope.market_id(),
        name: scope.market().name.clone(),
        class: scope.market().class,
        chips,
        today,
        stats,
        zones,
        list,
        filtered: filter.is_set(),
        query: filter.text,
        drawer,
        may_edit: who.viewer.may(Act::EditStalls),
        may_print: who.viewer.may(Act::Print) || who.viewer.may(Act::PrintOwn),
        may_enrol: who.viewer.may(Act::Enrol),
        waiting: if who.viewer.may(Act::Review) { field_records::waiting(&state.app.db, &scope).await? } else { 0 },
    };
    Ok(Page(page).into_response())
}

async fn drawer(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    all: &[Stall],
    open: StallId,
    filter: &Filter,
) -> Result<Drawer, AppError> {
    let t = who.lang.words();
    let stall = all.iter().find(|stall| stall.stall_id == open).cloned().ok_or(AppError::NotFound)?;
    let (address, _phone) = stall_page::keeper(state, who, scope, &stall).await?;
    let query = filter.query();
    Ok(Drawer {
        address,
        pills: stall_page::pills(t, &stall),
        codes: stall_page::code_lines(state, scope, &stall, t).await?.into_iter().filter(|code| code.in_force).collect(),
        told: history::of_stall(state, scope, open, EVENTS, t).await?,
        close: format!("/markets/{}{}", scope.market_id(), query.trim_end_matches(['&', '?'])),
        stall,
    })
}

/// The map in walking order and the list, worst first.
fn both(t: &'static Words, all: Vec<Stall>, filter: &Filter, open: Option<StallId>, is_walking: bool) -> (Vec<Zone>, Vec<Cell>) {
    let query = filter.query();
    let folded = fold::name_fold(&filter.text);
    let make = |stall: &Stall, is_dim: bool| {
        let href = if is_walking { format!("/stalls/{}", stall.stall_id) } else { format!("{query}stall={}", stall.stall_id) };
        cell(t, stall, href, filter, open == Some(stall.stall_id), is_dim)
    };
    let mut list = Vec::new();
    let mut zones: Vec<Zone> = Vec::new();
    for stall in all {
        let is_meant = filter.lets_through(&stall, &folded);
        if is_meant {
            list.push((rank(&stall, filter), make(&stall, false)));
        }
        let drawn = make(&stall, !is_meant);
        place(&mut zones, &stall, drawn);
    }
    list.sort_by_key(|(rank, _)| *rank);
    (zones, list.into_iter().map(|(_, cell)| cell).collect())
}

fn place(zones: &mut Vec<Zone>, stall: &Stall, drawn: Cell) {
    if zones.last().is_none_or(|zone| zone.name != stall.zone) {
        let goods = stall.goods.clone().unwrap_or_default();
        zones.push(Zone { name: stall.zone.clone(), goods, with_code: 0, trading: 0, rows: Vec::new() });
    }
    let Some(zone) = zones.last_mut() else { return };
    zone.trading += usize::from(stall.occupancy == Occupancy::Trading);
    zone.with_code += usize::from(stall.occupancy == Occupancy::Trading && stall.with_code);
    if zone.rows.last().is_none_or(|row| row.name != stall.row_name) {
        zone.rows.push(Row { name: stall.row_name.clone(), cells: Vec::new() });
    }
    if let Some(row) = zone.rows.last_mut() {
        row.cells.push(drawn);
    }
}

/// Where in the list a stall stands: danger, what was reported, what is due, what waits for somebody, what is done; among those that wait,
/// the longest first.
fn rank(stall: &Stall, filter: &Filter) -> (u8, i64) {
    if holds(Need::Unsafe, stall, filter) {
        return (0, 0);
    }
    if holds(Need::Reported, stall, filter) {
        return (0, 1);
    }
    if stall.occupancy != Occupancy::Trading {
        return (9, 0);
    }
    let since = stall.progress_since_ms.0;
    match stall.progress {
        _ if holds(Need::Due, stall, filter) => (1, 0),
        Progress::NeedsFix => (2, since),
        Progress::InReview => (3, since),
        Progress::CodeIssued => (4, since),
        Progress::Postponed | Progress::AwaitingAccount => (5, 0),
        Progress::NotReached => (6, 0),
        Progress::Posted | Progress::InUse => (7, 0),
        Progress::Declined | Progress::Stopped => (8, 0),
    }
}

fn cell(t: &'static Words, stall: &Stall, href: String, filter: &Filter, is_open: bool, is_dim: bool) -> Cell {
    let look = looks::stall(t, stall);
    let is_progress = look == looks::progress(t, stall.progress);
    let now = filter.now;
    let note = match (stall.progress, stall.come_back_on) {
        _ if holds(Need::Reported, stall, filter) => t.market.need_reported.to_owned(),
        _ if !is_progress => String::new(),
        (Progress::Postponed | Progress::AwaitingAccount, Some(day)) if day == now.day() => t.market.today.to_owned(),
        (Progress::Postponed | Progress::AwaitingAccount, Some(day)) => day.to_people(),
        (Progress::CodeIssued | Progress::InReview | Progress::NeedsFix, _) => {
            match (now.0 - stall.progress_since_ms.0) / DAY_MS {
                0 => t.market.today.to_owned(),
                days => t.market.days(days),
            }
        }
        _ => String::new(),
    };
    Cell {
        href,
        number: stall.number.clone(),
        name: stall.vendor_name.clone().unwrap_or_default(),
        goods: stall.goods.clone().unwrap_or_default(),
        look,
        note,
        code: stall.code.clone(),
        is_open,
        is_dim,
    }
}

fn count(need: Need, filter: &Filter, all: &[Stall]) -> i64 {
    all.iter().filter(|stall| holds(need, stall, filter)).count().try_into().unwrap_or(i64::MAX)
}

fn need_chip(t: &'static Words, filter: &Filter, need: Need, count: i64) -> Chip {
    Chip {
        href: format!("?need={need}"),
        look: looks::need(t, need),
        count,
        current: filter.need == Some(need),
        is_wide: need == Need::Reported,
    }
}

fn today(t: &'static Words, filter: &Filter, all: &[Stall]) -> Vec<Chip> {
    [Need::Unsafe, Need::Reported, Need::Due, Need::Unposted, Need::Unconfirmed]
        .into_iter()
        .map(|need| (need, need_chip(t, filter, need, count(need, filter, all))))
        .filter(|(need, chip)| chip.count > 0 || !matches!(need, Need::Unsafe | Need::Reported))
        .map(|(_, chip)| chip)
        .collect()
}

fn chips(t: &'static Words, stats: &Stats, filter: &Filter, all: &[Stall]) -> Vec<Chip> {
    let count = |need: Need| count(need, filter, all);
    let need = |need: Need, count: i64| need_chip(t, filter, need, count);
    let steps = [
        (Progress::InUse, stats.in_use),
        (Progress::Posted, stats.posted),
        (Progress::CodeIssued, stats.code_issued),
        (Progress::InReview, stats.in_review),
        (Progress::NeedsFix, stats.needs_fix),
        (Progress::Postponed, stats.postponed),
        (Progress::AwaitingAccount, stats.awaiting_account),
        (Progress::Declined, stats.declined),
        (Progress::Stopped, stats.stopped),
        (Progress::NotReached, stats.not_reached),
    ];
    let steps = steps.into_iter().map(|(progress, count)| Chip {
        href: format!("?progress={progress}"),
        look: looks::progress(t, progress),
        count,
        current: filter.progress == Some(progress),
        is_wide: false,
    });
    // What has a step of its own on the line is not said twice, unless somebody came for it.
    let twice = [Need::Unposted, Need::Unconfirmed]
        .into_iter()
        .filter(|word| filter.need == Some(*word))
        .map(|word| need(word, count(word)));
    [need(Need::Unsafe, stats.unsafe_stalls), need(Need::Reported, count(Need::Reported)), need(Need::Due, count(Need::Due))]
        .into_iter()
        .chain(twice)
        .chain(steps)
        .chain([need(Need::Resting, stats.stalls - stats.trading)])
        .filter(|chip| chip.count > 0 || chip.current)
        .collect()
}
