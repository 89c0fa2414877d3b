//! Markets: the list, making markets and rows of stalls.

use std::collections::HashMap;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    error::{AppError, words_of},
    looks::{self, Look, Ratio},
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::{
        UseError, floor_plan,
        market_work::{self, MarketWish, StallWish},
    },
    domain::{
        ids::MarketId,
        market::{MarketClass, TransferPurpose, WardRules},
        place,
        scope::{Act, Scope, Viewer},
        stall::{self, Need, Occupancy, RowError},
        text::Name,
    },
    store::{
        markets::{self, Listed, MarketChange, Stats},
        stalls::{self, StallFilter},
        sticker_reports,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/markets", list),
        routes::get("/markets/new", new_form),
        routes::post("/markets", create),
        routes::get("/markets/{market_id}/edit", edit_form),
        routes::post("/markets/{market_id}/edit", edit),
        routes::get("/markets/{market_id}/rows", rows_form),
        routes::post("/markets/{market_id}/rows", make_row),
    ]
}

/// Reads the identifier in a path; what is not one is not there.
pub(super) fn id_of<T: std::str::FromStr>(text: &str) -> Result<T, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// A market in a list, with its counters.
pub(super) struct MarketLine {
    pub(super) name: String,
    /// Empty for whoever sees counters only.
    pub(super) href: String,
    /// What stands below the name: its ward, or its class and size, or how much needs doing.
    pub(super) note: String,
    /// Trading stalls; then reached, with a code, verified, in use: the columns in their order. `None` where too few trade.
    pub(super) figures: Option<(i64, [Ratio; 4])>,
}

impl MarketLine {
    pub(super) fn of(
        viewer: &Viewer,
        (market_id, name): (MarketId, &str),
        stats: Option<&Stats>,
        note: String,
        need: Option<Need>,
    ) -> Self {
        let href = format!("/markets/{market_id}");
        let href = need.map_or_else(|| href.clone(), |need| format!("{href}?need={need}"));
        Self {
            name: name.to_owned(),
            href: if viewer.may(Act::SeeStalls) { href } else { String::new() },
            note,
            figures: stats.map(|stats| (stats.trading, ratios(viewer, std::slice::from_ref(stats)))),
        }
    }
}

/// Refuses sums over so few trading stalls that they are kept from this viewer. A place without a market hides nobody.
pub(super) fn enough(viewer: &Viewer, stats: &[Stats]) -> Result<(), AppError> {
    let trading = stats.iter().map(|market| market.trading).sum();
    if viewer.is_too_few(trading) && !stats.is_empty() { Err(AppError::Forbidden("too_few_stalls")) } else { Ok(()) }
}

/// The same of one sum.
pub(super) fn enough_of(viewer: &Viewer, trading: i64) -> Result<(), AppError> {
    if viewer.is_too_few(trading) { Err(AppError::Forbidden("too_few_stalls")) } else { Ok(()) }
}

/// Reached, with a code, verified, in use, over the trading stalls of some markets.
pub(super) fn ratios(viewer: &Viewer, stats: &[Stats]) -> [Ratio; 4] {
    let sum = |pick: fn(&Stats) -> i64| stats.iter().map(pick).sum::<i64>();
    let of_trading = |of: i64| Ratio::new(of, sum(|s| s.trading));
    let used = Ratio::new(sum(|s| s.used_verified), sum(|s| s.verified));
    let all = [of_trading(sum(|s| s.reached)), of_trading(sum(|s| s.with_code)), of_trading(sum(|s| s.verified)), used];
    all.map(|ratio| ratio.told_to(viewer))
}

/// The last line under several markets: their trading stalls and ratios together. Where one is left out it says nothing, or
/// that one could be told from the difference.
pub(super) fn total(viewer: &Viewer, lines: &[MarketLine], stats: &[Stats]) -> Option<(i64, [Ratio; 4])> {
    let is_whole = lines.len() > 1 && lines.iter().all(|line| line.figures.is_some());
    is_whole.then(|| (stats.iter().map(|market| market.trading).sum(), ratios(viewer, stats)))
}

/// How many of a market's stalls its counters know to need that; what is due by the day and
/// what was reported only the stalls themselves tell.
pub(super) const fn counted(need: Need, stats: &Stats) -> i64 {
    match need {
        Need::Unsafe => stats.unsafe_stalls,
        Need::Due | Need::Reported => 0,
        Need::Unposted => stats.code_issued,
        Need::Unconfirmed => stats.unconfirmed,
        Need::Resting => stats.stalls - stats.trading,
    }
}

#[derive(askama::Template)]
#[template(path = "markets/list.html")]
struct ListPage {
    chrome: Chrome,
    lines: Vec<MarketLine>,
    total: Option<(i64, [Ratio; 4])>,
    has_figures: bool,
    need: Option<Look>,
    may_make: bool,
}

#[derive(Deserialize)]
struct ListQuery {
    need: Option<String>,
}

async fn list(State(state): State<AppState>, who: SignedIn, Query(query): Query<ListQuery>) -> Result<Response, AppError> {
    let t = who.lang.words();
    let need: Option<Need> = query.need.as_deref().and_then(|word| word.parse().ok());
    let mut listed = markets::list(&state.app.db, &who.viewer).await?;
    let reported: HashMap<MarketId, i64> = match need {
        Some(Need::Reported) if who.viewer.may(Act::SeeStalls) => {
            sticker_reports::stalls_by_market(&state.app.db, &who.viewer).await?.into_iter().collect()
        }
        _ => HashMap::new(),
    };
    let needing = |market: &Listed, need| match need {
        Need::Reported => reported.get(&market.market_id).copied().unwrap_or(0),
        need => market.stats.as_ref().map_or(0, |stats| counted(need, stats)),
    };
    listed.retain(|market| need.is_none_or(|need| needing(market, need) > 0));
    let note = |market: &Listed| match need {
        Some(need) => format!("{} {}", needing(market, need), looks::need(t, need).label),
        None => place::ward(&market.ward_code).map(|ward| ward.full_name.clone()).unwrap_or_default(),
    };
    let lines: Vec<_> = listed
        .iter()
        .map(|market| MarketLine::of(&who.viewer, (market.market_id, &market.name), market.stats.as_ref(), note(market), need))
        .collect();
    let stats: Vec<Stats> = listed.into_iter().filter_map(|market| market.stats).collect();
    let page = ListPage {
        chrome: Chrome::of(&state, &who, t.market.list_title, Room::Markets).await?,
        total: total(&who.viewer, &lines, &stats),
        lines,
        has_figures: who.viewer.may(Act::SeeCounters),
        need: need.map(|need| looks::need(t, need)),
        may_make: who.viewer.may(Act::MakeMarket),
    };
    Ok(Page(page).into_response())
}

/// A market as it is typed.
#[derive(Debug, Default, Deserialize)]
struct MarketForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    ward: String,
    #[serde(default)]
    contact_name: String,
    #[serde(default)]
    contact_phone: String,
    #[serde(default)]
    review_first: Option<String>,
    #[serde(default)]
    transfer_purpose: String,
}

#[derive(askama::Template)]
#[template(path = "markets/form.html")]
struct FormPage {
    chrome: Chrome,
    action: String,
    back: String,
    form: MarketForm,
    /// The operator says which ward; everybody else works in their own.
    asks_ward: bool,
    /// Whether the ward's choices are asked; the purpose of transfers only of a market that is there.
    asks_rules: bool,
    asks_purpose: bool,
    problems: Vec<(String, &'static str)>,
}

impl FormPage {
    fn problem(&self, field: &str) -> &'static str {
        self.problems.iter().find(|(name, _)| name == field).map_or("", |(_, words)| words)
    }
}

async fn new_form(State(state): State<AppState>, who: SignedIn) -> Result<Response, AppError> {
    if !who.viewer.may(Act::MakeMarket) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    Ok(Page(new_page(&state, &who, MarketForm::default(), Vec::new()).await?).into_response())
}

async fn new_page(
    state: &AppState,
    who: &SignedIn,
    form: MarketForm,
    problems: Vec<(String, &'static str)>,
) -> Result<FormPage, AppError> {
    let chrome = Chrome::of(state, who, who.lang.words().market.new, Room::Markets).await?.at("/markets/new");
    let asks_ward = matches!(who.viewer.scope, Scope::Nation);
    let (action, back) = ("/markets".to_owned(), "/markets".to_owned());
    Ok(FormPage { chrome, action, back, form, asks_ward, asks_rules: true, asks_purpose: false, problems })
}

/// What of a form is wrong, or the parts that are right.
fn parse(form: &MarketForm) -> Result<MarketChange, Vec<(&'static str, &'static str)>> {
    let mut problems = Vec::new();
    let name = form.name.parse::<Name>().map_err(|error| problems.push(("name", error.code()))).ok();
    let class = form.class.parse::<MarketClass>().map_err(|_| problems.push(("class", "class_malformed"))).ok();
    let contact_name = Some(form.contact_name.trim()).filter(|text| !text.is_empty());
    let contact_name =
        contact_name.map(str::parse::<Name>).transpose().map_err(|error| problems.push(("contact_name", error.code()))).ok();
    let phone = Some(form.contact_phone.trim()).filter(|text| !text.is_empty());
    let phone = phone.map(str::parse).transpose().map_err(|_| problems.push(("contact_phone", "phone_malformed"))).ok();
    let purpose = Some(form.transfer_purpose.trim()).filter(|text| !text.is_empty());
    let purpose = purpose
        .map(str::parse::<TransferPurpose>)
        .transpose()
        .map_err(|_| problems.push(("transfer_purpose", "purpose_malformed")))
        .ok();
    match (name, class, contact_name, phone, purpose) {
        (Some(name), Some(class), Some(contact_name), Some(contact_phone), Some(transfer_purpose)) => {
            let ward_rules = Some(WardRules { review_first: form.review_first.is_some(), transfer_purpose });
            Ok(MarketChange { name, class, contact_name, contact_phone, ward_rules })
        }
        _ => Err(problems),
    }
}

fn said(who: &SignedIn, problems: Vec<(&'static str, &'static str)>) -> Vec<(String, &'static str)> {
    problems.into_iter().map(|(field, code)| (field.to_owned(), words_of(who.lang, code))).collect()
}

async fn create(State(state): State<AppState>, who: SignedIn, Form(form): Form<MarketForm>) -> Result<Response, AppError> {
    if !who.viewer.may(Act::MakeMarket) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    let ward_code = match &who.viewer.scope {
        Scope::Ward(code) => code.clone(),
        _ => match place::search(&form.ward, 2).as_slice() {
            [ward] => ward.code.clone(),
            hits => {
                let problem = if hits.is_empty() { "ward_unknown" } else { "ward_several" };
                return Ok(redraw(new_page(&state, &who, form, said(&who, vec![("ward", problem)])).await?));
            }
        },
    };
    let made = match parse(&form) {
        Ok(change) => {
            let wish = MarketWish {
                ward_code,
                name: change.name,
                class: change.class,
                contact_name: change.contact_name,
                contact_phone: change.contact_phone,
                review_first: change.ward_rules.is_some_and(|rules| rules.review_first),
            };
            market_work::make_market(&state.app, &who.viewer, wish).await
        }
        Err(problems) => return Ok(redraw(new_page(&state, &who, form, said(&who, problems)).await?)),
    };
    match made {
        Ok(market) if who.viewer.may(Act::EditStalls) => {
            Ok(Redirect::to(&format!("/markets/{}/rows", market.market_id)).into_response())
        }
        Ok(_) => Ok(Redirect::to("/markets").into_response()),
        Err(UseError::Conflict("name_taken")) => {
            Ok(redraw(new_page(&state, &who, form, said(&who, vec![("name", "name_taken")])).await?))
        }
        Err(UseError::Invalid(_)) => Ok(redraw(new_page(&state, &who, form, said(&who, vec![("ward", "ward_unknown")])).await?)),
        Err(other) => Err(other.into()),
    }
}

fn redraw<T: askama::Template>(page: T) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response()
}

async fn edit_form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, id_of(&id)?).await?;
    let market = scope.market();
    let form = MarketForm {
        name: market.name.clone(),
        class: if market.class == 0 { String::new() } else { market.class.to_string() },
        ward: String::new(),
        contact_name: market.contact_name.clone().unwrap_or_default(),
        contact_phone: markets::contact_phone(&state.app.db, &scope).await?.unwrap_or_default(),
        review_first: market.review_first.then(|| "yes".to_owned()),
        transfer_purpose: market.transfer_purpose.clone().unwrap_or_default(),
    };
    Ok(Page(edit_page(&state, &who, &id, form, Vec::new()).await?).into_response())
}

async fn edit_page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    form: MarketForm,
    problems: Vec<(String, &'static str)>,
) -> Result<FormPage, AppError> {
    let chrome = Chrome::of(state, who, who.lang.words().market.edit, Room::Markets).await?.at(format!("/markets/{id}/edit"));
    Ok(FormPage {
        chrome,
        action: format!("/markets/{id}/edit"),
        back: format!("/markets/{id}"),
        form,
        asks_ward: false,
        asks_rules: who.viewer.may(Act::SetWardRules),
        asks_purpose: true,
        problems,
    })
}

async fn edit(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<MarketForm>,
) -> Result<Response, AppError> {
    let market_id: MarketId = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    match parse(&form) {
        Ok(change) => match market_work::change_market(&state.app, &who.viewer, market_id, change).await {
            Ok(()) => Ok(Redirect::to(&format!("/markets/{id}")).into_response()),
            Err(UseError::Conflict("name_taken")) => {
                Ok(redraw(edit_page(&state, &who, &id, form, said(&who, vec![("name", "name_taken")])).await?))
            }
            Err(other) => Err(other.into()),
        },
        Err(problems) => Ok(redraw(edit_page(&state, &who, &id, form, said(&who, problems)).await?)),
    }
}

/// Which field of a form for a row of stalls is wrong, and how.
pub(super) const fn row_problem(error: RowError) -> (&'static str, &'static str) {
    match error {
        RowError::Prefix(_) => ("prefix", "stall_code_malformed"),
        RowError::Backwards => ("to", "row_backwards"),
        RowError::TooLong => ("to", "row_too_long"),
    }
}

/// A row of stalls as it is typed.
#[derive(Debug, Default, Deserialize)]
struct RowForm {
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    goods: String,
    #[serde(default)]
    occupancy: String,
}

#[derive(askama::Template)]
#[template(path = "markets/rows.html")]
struct RowsPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    form: RowForm,
    made: Vec<(String, i64)>,
    problems: Vec<(String, &'static str)>,
    done: String,
}

impl RowsPage {
    fn problem(&self, field: &str) -> &'static str {
        self.problems.iter().find(|(name, _)| name == field).map_or("", |(_, words)| words)
    }
}

async fn rows_page(
    state: &AppState,
    who: &SignedIn,
    market_id: MarketId,
    form: RowForm,
    problems: Vec<(String, &'static str)>,
    done: String,
) -> Result<RowsPage, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let mut made: Vec<(String, i64)> = Vec::new();
    for stall in stalls::list(&state.app.db, &scope, &StallFilter::default()).await? {
        match made.last_mut() {
            Some((row, count)) if *row == stall.row_name => *count += 1,
            _ => made.push((stall.row_name, 1)),
        }
    }
    let chrome =
        Chrome::of(state, who, who.lang.words().market.rows_title, Room::Markets).await?.at(format!("/markets/{market_id}/rows"));
    Ok(RowsPage { chrome, market_id, name: scope.market().name.clone(), form, made, problems, done })
}

async fn rows_form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let page = rows_page(&state, &who, id_of(&id)?, RowForm::default(), Vec::new(), String::new()).await?;
    Ok(Page(page).into_response())
}

async fn make_row(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<RowForm>,
) -> Result<Response, AppError> {
    let market_id: MarketId = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let mut problems = Vec::new();
    let mut number =
        |field: &'static str, text: &str| text.trim().parse::<u16>().map_err(|_| problems.push((field, "number_malformed"))).ok();
    let (from, to) = (number("from", &form.from), number("to", &form.to));
    let codes = match (from, to) {
        (Some(from), Some(to)) => stall::row(&form.prefix, from, to).map_err(|error| problems.push(row_problem(error))),
        _ => Err(()),
    };
    let Ok(codes) = codes else {
        return Ok(redraw(rows_page(&state, &who, market_id, form, said(&who, problems), String::new()).await?));
    };
    let (zone, goods) = match (market_work::words(&form.zone), market_work::words(&form.goods)) {
        (Ok(zone), Ok(goods)) => (zone, goods),
        (zone, goods) => {
            let problems = [("zone", zone), ("goods", goods)].into_iter();
            let problems = problems.filter_map(|(field, read)| read.err().map(|code| (field, code))).collect();
            return Ok(redraw(rows_page(&state, &who, market_id, form, said(&who, problems), String::new()).await?));
        }
    };
    let wishes = codes
        .into_iter()
        .map(|code| StallWish {
            code,
            zone: zone.clone(),
            row: None,
            goods: goods.clone(),
            occupancy: if form.occupancy == "vacant" { Occupancy::Vacant } else { Occupancy::Trading },
            keeper: None,
        })
        .collect();
    let (new, stood) = floor_plan::make_row(&state.app, &who.viewer, market_id, wishes).await?;
    let t = who.lang.words();
    let done = t.market.row_made(new, stood);
    Ok(Page(rows_page(&state, &who, market_id, RowForm::default(), Vec::new(), done).await?).into_response())
}
