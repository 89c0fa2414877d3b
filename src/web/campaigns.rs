//! What a market wants to reach by a day, what its people write down once a month, and which stalls a partner says are paid.

use axum::{
    Form,
    extract::{Multipart, Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    error::{AppError, words_of},
    looks::Ratio,
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    uploads::Upload,
};
use crate::{
    app::{
        UseError,
        campaigns::{self, CampaignWish, Taken},
    },
    domain::{
        campaign::{Goal, MarketFact},
        ids::{CampaignId, MarketId},
        scope::Act,
        time::Day,
    },
    store::{campaigns as stored, markets},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/markets/{market_id}/campaigns", show),
        routes::post("/markets/{market_id}/campaigns", make),
        routes::post("/markets/{market_id}/campaigns/{campaign_id}/end", end),
        routes::get("/markets/{market_id}/month", month),
        routes::post("/markets/{market_id}/month", note_facts),
        routes::post("/markets/{market_id}/month/usage", take_usage),
    ]
}

/// A campaign with how far it is.
struct Line {
    id: CampaignId,
    name: String,
    days: String,
    goal: &'static str,
    ratio: Ratio,
    target: i64,
    is_over: bool,
    says: String,
}

#[derive(askama::Template)]
#[template(path = "markets/campaigns.html")]
struct CampaignsPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    lines: Vec<Line>,
    goals: Vec<(&'static str, &'static str)>,
    form: CampaignForm,
    problem: (String, &'static str),
}

impl CampaignsPage {
    fn problem(&self, field: &str) -> &'static str {
        if self.problem.0 == field { self.problem.1 } else { "" }
    }
}

#[derive(Default, Deserialize)]
struct CampaignForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    goal: String,
    #[serde(default)]
    target: String,
}

async fn campaigns_page(
    state: &AppState,
    who: &SignedIn,
    market_id: MarketId,
    form: CampaignForm,
    problem: (String, &'static str),
) -> Result<CampaignsPage, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let t = who.lang.words();
    let stats = markets::stats(&state.app.db, &scope).await?;
    let today = state.app.clock.now().day();
    let lines = stored::list(&state.app.db, &scope)
        .await?
        .into_iter()
        .map(|campaign| {
            let ratio = match campaign.goal {
                Goal::Reached => Ratio::new(stats.reached, stats.trading),
                Goal::WithCode => Ratio::new(stats.with_code, stats.trading),
                Goal::Verified => Ratio::new(stats.verified, stats.trading),
                Goal::InUse => Ratio::new(stats.used_verified, stats.verified),
            };
            // How many stalls are missing: the target is a share of what there is today.
            let missing = (campaign.target_percent * ratio.all() + 99) / 100 - ratio.of();
            let left = campaign.until_day.since(today);
            let is_over = campaign.ended_at_ms.is_some() || left < 0;
            Line {
                id: campaign.campaign_id,
                days: format!("{} – {}", campaign.from_day.to_people(), campaign.until_day.to_people()),
                goal: t.campaign_goal.find(campaign.goal.as_str()).unwrap_or(""),
                says: match (missing <= 0, is_over) {
                    (true, _) => t.campaign.reached.to_owned(),
                    (false, true) => t.campaign.missed(missing),
                    (false, false) => t.campaign.left(left + 1, missing),
                },
                name: campaign.name,
                ratio,
                target: campaign.target_percent,
                is_over,
            }
        })
        .collect();
    let chrome = Chrome::of(state, who, t.campaign.title, Room::Markets).await?.at(format!("/markets/{market_id}/campaigns"));
    let goals = Goal::ALL.iter().map(|goal| (goal.as_str(), t.campaign_goal.find(goal.as_str()).unwrap_or(""))).collect();
    Ok(CampaignsPage { chrome, market_id, name: scope.market().name.clone(), lines, goals, form, problem })
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let today = state.app.clock.now().day();
    let form = CampaignForm {
        from: today.to_string(),
        goal: Goal::WithCode.to_string(),
        target: "100".to_owned(),
        ..CampaignForm::default()
    };
    Ok(Page(campaigns_page(&state, &who, id_of(&id)?, form, (String::new(), "")).await?).into_response())
}

fn wish(form: &CampaignForm) -> Result<CampaignWish, (&'static str, &'static str)> {
    let day = |field: &'static str, text: &str| text.trim().parse::<Day>().map_err(|_| (field, "day_malformed"));
    Ok(CampaignWish {
        name: form.name.parse().map_err(|error: crate::domain::text::NameError| ("name", error.code()))?,
        from: day("from", &form.from)?,
        until: day("until", &form.until)?,
        goal: form.goal.parse().map_err(|_| ("goal", "bad_request"))?,
        target_percent: form.target.trim().trim_end_matches('%').trim().parse().map_err(|_| ("target", "number_malformed"))?,
    })
}

async fn make(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<CampaignForm>,
) -> Result<Response, AppError> {
    let market_id = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let problem = match wish(&form) {
        Ok(wish) => match campaigns::make(&state.app, &who.viewer, market_id, wish).await {
            Ok(_) => return Ok(Redirect::to(&format!("/markets/{market_id}/campaigns")).into_response()),
            Err(UseError::Invalid(problems)) => problems.first().map_or((String::new(), "bad_request"), |problem| {
                (problem.pointer.trim_start_matches('/').to_owned(), problem.code)
            }),
            Err(error) => return Err(error.into()),
        },
        Err((field, code)) => (field.to_owned(), code),
    };
    let page = campaigns_page(&state, &who, market_id, form, (problem.0, words_of(who.lang, problem.1))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn end(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, campaign)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let market_id = id_of(&market)?;
    campaigns::end(&state.app, &who.viewer, market_id, id_of(&campaign)?).await?;
    Ok(Redirect::to(&format!("/markets/{market_id}/campaigns")).into_response())
}

/// A fact with its number.
struct FactLine {
    fact: &'static str,
    label: &'static str,
    value: String,
    problem: &'static str,
}

#[derive(askama::Template)]
#[template(path = "markets/month.html")]
struct MonthPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    /// `2026-11`.
    month: String,
    facts: Vec<FactLine>,
    said: String,
    unknown: String,
    problem: &'static str,
}

#[derive(Default, Deserialize)]
struct MonthQuery {
    #[serde(default)]
    month: String,
    saved: Option<String>,
}

/// The first day of a month as an address or a form names it; this month when it names none.
fn month_of(state: &AppState, text: &str) -> Result<Day, AppError> {
    if text.is_empty() {
        let key = state.app.clock.now().day().month_key();
        return format!("{key}-01").parse().map_err(|_| AppError::BadRequest("day_malformed"));
    }
    format!("{text}-01").parse().map_err(|_| AppError::BadRequest("day_malformed"))
}

async fn month_page(
    state: &AppState,
    who: &SignedIn,
    (market_id, month): (MarketId, Day),
    typed: &[(String, String)],
    wrong: (&str, &'static str),
) -> Result<MonthPage, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let t = who.lang.words();
    let key = month.month_key();
    let kept = stored::facts(&state.app.db, &scope, &key).await?;
    let facts = MarketFact::ALL
        .iter()
        .map(|fact| {
            let typed = typed.iter().find(|(name, _)| name == fact.as_str()).map(|(_, text)| text.clone());
            let kept = kept.iter().find(|(other, _)| other == fact).map(|(_, value)| value.to_string());
            FactLine {
                fact: fact.as_str(),
                label: t.market_fact.find(fact.as_str()).unwrap_or(""),
                value: typed.or(kept).unwrap_or_default(),
                problem: if wrong.0 == fact.as_str() { wrong.1 } else { "" },
            }
        })
        .collect();
    let chrome = Chrome::of(state, who, t.campaign.month_title, Room::Markets)
        .await?
        .at(format!("/markets/{market_id}/month?month={key}"));
    let (said, unknown) = (String::new(), String::new());
    Ok(MonthPage { chrome, market_id, name: scope.market().name.clone(), month: key, facts, said, unknown, problem: "" })
}

async fn month(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<MonthQuery>,
) -> Result<Response, AppError> {
    let at = (id_of(&id)?, month_of(&state, &query.month)?);
    let mut page = month_page(&state, &who, at, &[], ("", "")).await?;
    if query.saved.is_some() {
        who.lang.words().campaign.saved.clone_into(&mut page.said);
    }
    Ok(Page(page).into_response())
}

async fn note_facts(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let market_id = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let value = |name: &str| form.iter().find(|(field, _)| field == name).map_or("", |(_, text)| text.trim());
    let month = month_of(&state, value("month"))?;
    let mut wrong = None;
    let facts = MarketFact::ALL
        .iter()
        .map(|fact| {
            let text: String = value(fact.as_str()).chars().filter(|c| !matches!(c, '.' | ' ' | '\u{a0}' | '%')).collect();
            let number = if text.is_empty() { Ok(None) } else { text.parse::<i64>().map(Some) };
            (
                *fact,
                number.unwrap_or_else(|_| {
                    wrong = Some((fact.as_str().to_owned(), "number_malformed"));
                    None
                }),
            )
        })
        .collect();
    if wrong.is_none() {
        match campaigns::note_facts(&state.app, &who.viewer, market_id, month, facts).await {
            Ok(()) => {
                let key = month.month_key();
                return Ok(Redirect::to(&format!("/markets/{market_id}/month?month={key}&saved=1")).into_response());
            }
            Err(UseError::Invalid(problems)) => {
                wrong = problems.first().map(|problem| (problem.pointer.trim_start_matches('/').to_owned(), problem.code));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let (field, code) = wrong.unwrap_or_default();
    let page = month_page(&state, &who, (market_id, month), &form, (&field, words_of(who.lang, code))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn take_usage(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    multipart: Multipart,
) -> Result<Response, AppError> {
    let market_id = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let upload = Upload::read(multipart).await?;
    let month = month_of(&state, upload.text("month"))?;
    let mut page = month_page(&state, &who, (market_id, month), &[], ("", "")).await?;
    let t = who.lang.words();
    let Some(bytes) = upload.file("file") else {
        page.problem = t.list.file_none;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    let file = (upload.file_name("file"), bytes.to_vec());
    match campaigns::take_usage(&state.app, &who.viewer, market_id, month, file).await {
        Ok(Taken { lines, unknown, unreadable }) => {
            page.said = t.campaign.taken(lines);
            let mut missing = unknown;
            missing.extend(unreadable.iter().map(|row| t.list.same_as_row(row)));
            if !missing.is_empty() {
                page.unknown = t.campaign.left_out(missing.join(", "));
            }
            Ok(Page(page).into_response())
        }
        Err(UseError::Invalid(problems)) => {
            page.problem = words_of(who.lang, problems.first().map_or("bad_request", |problem| problem.code));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
