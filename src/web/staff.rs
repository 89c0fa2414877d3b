//! Members of staff: list, make, one-time links, slips for a whole team, letting in and out.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room, role_label},
    error::{AppError, words_of},
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::{UseError, people},
    domain::{
        ids::StaffId,
        place,
        scope::{Act, Scope},
        staff::Role,
    },
    store::{markets, staff},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/staff", list),
        routes::get("/staff/new", form),
        routes::post("/staff", create),
        routes::post("/staff/slips", slips),
        routes::post("/staff/{staff_id}/active", set_active),
    ]
}

/// One line of the list.
struct Line {
    staff_id: StaffId,
    username: String,
    full_name: String,
    role: &'static str,
    place: String,
    is_active: bool,
    has_password: bool,
    may_disable: bool,
    /// Whether a phone can be bound to them.
    works_in_field: bool,
}

#[derive(askama::Template)]
#[template(path = "staff/list.html")]
struct ListPage {
    chrome: Chrome,
    lines: Vec<Line>,
    may_make: bool,
    /// Everybody is ticked.
    all: bool,
    problem: &'static str,
}

#[derive(Deserialize)]
struct ListQuery {
    pick: Option<String>,
}

async fn list(State(state): State<AppState>, who: SignedIn, Query(query): Query<ListQuery>) -> Result<Response, AppError> {
    Ok(Page(list_page(&state, &who, query.pick.as_deref() == Some("all"), "").await?).into_response())
}

async fn list_page(state: &AppState, who: &SignedIn, all: bool, problem: &'static str) -> Result<ListPage, AppError> {
    let people = staff::list(&state.app.db, &who.viewer).await?;
    let t = who.lang.words();
    let names = market_names(state, who).await?;
    let lines = people
        .into_iter()
        .map(|person| Line {
            place: scope_label(&person.scope_kind, &person.scope_id, &names),
            staff_id: person.staff_id,
            role: role_label(t, person.role),
            is_active: person.is_active,
            has_password: person.has_password,
            may_disable: who.viewer.may_make(person.role),
            works_in_field: person.viewer().is_ok_and(|viewer| viewer.may(Act::Enrol)),
            username: person.username,
            full_name: person.full_name,
        })
        .collect();
    let chrome = Chrome::of(state, who, t.staff.title, Room::People).await?.at("/staff");
    let may_make = Role::ALL.iter().any(|role| who.viewer.may_make(*role));
    Ok(ListPage { chrome, lines, may_make, all, problem })
}

async fn market_names(state: &AppState, who: &SignedIn) -> Result<Vec<(String, String)>, AppError> {
    if !who.viewer.may(Act::SeeCounters) {
        return Ok(Vec::new());
    }
    let markets = markets::list(&state.app.db, &who.viewer).await?;
    Ok(markets.into_iter().map(|market| (market.market_id.to_string(), market.name)).collect())
}

fn scope_label(kind: &str, id: &str, markets: &[(String, String)]) -> String {
    match kind {
        "province" => place::province(id).map(|province| province.full_name.clone()).unwrap_or_default(),
        "ward" => place::ward(id).map(|ward| ward.full_name.clone()).unwrap_or_default(),
        "market" => markets.iter().find(|(market, _)| market == id).map(|(_, name)| name.clone()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// What the form offers and what was typed.
#[derive(Debug, Default, Deserialize)]
struct NewForm {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    scope: String,
    /// What was typed to find a ward, or the code of the one picked.
    #[serde(default)]
    ward: String,
}

#[derive(askama::Template)]
#[template(path = "staff/new.html")]
struct NewPage {
    chrome: Chrome,
    form: NewForm,
    roles: Vec<(&'static str, &'static str)>,
    scopes: Vec<(String, String)>,
    /// Whether a ward is found by typing: 3,321 choices are no choice.
    finds_ward: bool,
    /// The wards that fit what was typed, when there are several.
    wards: Vec<(String, String)>,
    problems: Vec<(String, &'static str)>,
}

/// The most wards offered for what was typed.
const WARDS: usize = 40;

/// The scope of a new person as the form says it: what was picked, or the one ward that fits what was typed.
fn scope_of(form: &NewForm, who: &SignedIn) -> Result<Scope, (&'static str, &'static str)> {
    if !(matches!(who.viewer.scope, Scope::Nation) && form.role == Role::WardOfficial.as_str()) {
        return form.scope.parse().map_err(|_| ("scope", "scope_malformed"));
    }
    match place::search(&form.ward, 2).as_slice() {
        [] => Err(("ward", "ward_unknown")),
        [ward] => Ok(Scope::Ward(ward.code.clone())),
        _ => Err(("ward", "ward_several")),
    }
}

impl NewPage {
    fn problem(&self, field: &str) -> &'static str {
        self.problems.iter().find(|(name, _)| name == field).map_or("", |(_, words)| words)
    }
}

async fn form(State(state): State<AppState>, who: SignedIn) -> Result<Response, AppError> {
    Ok(Page(new_page(&state, &who, NewForm::default(), Vec::new()).await?).into_response())
}

async fn new_page(
    state: &AppState,
    who: &SignedIn,
    form: NewForm,
    problems: Vec<(String, &'static str)>,
) -> Result<NewPage, AppError> {
    let t = who.lang.words();
    let roles: Vec<_> =
        Role::ALL.iter().filter(|role| who.viewer.may_make(**role)).map(|role| (role.as_str(), role_label(t, *role))).collect();
    if roles.is_empty() {
        return Err(AppError::Forbidden("role_may_not"));
    }
    let scopes = match &who.viewer.scope {
        Scope::Ward(code) => {
            let ward = place::ward(code).map(|ward| ward.full_name.clone()).unwrap_or_default();
            let markets = market_names(state, who).await?;
            markets.into_iter().map(|(id, name)| (format!("market:{id}"), name)).chain([(format!("ward:{code}"), ward)]).collect()
        }
        Scope::Province(code) => {
            place::wards_of(code).map(|ward| (format!("ward:{}", ward.code), ward.full_name.clone())).collect()
        }
        Scope::Nation => place::provinces().iter().map(|p| (format!("province:{}", p.code), p.full_name.clone())).collect(),
        Scope::Market(_) => Vec::new(),
    };
    let chrome = Chrome::of(state, who, t.staff.new, Room::People).await?.at("/staff/new");
    let finds_ward = matches!(who.viewer.scope, Scope::Nation);
    let hits = if finds_ward { place::search(&form.ward, WARDS) } else { Vec::new() };
    let wards =
        if hits.len() > 1 { hits.iter().map(|ward| (ward.code.clone(), ward.with_province())).collect() } else { Vec::new() };
    Ok(NewPage { chrome, form, roles, scopes, finds_ward, wards, problems })
}

async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Form(form): Form<NewForm>,
) -> Result<Response, AppError> {
    let mut problems = Vec::new();
    let full_name =
        form.full_name.parse().map_err(|error: crate::domain::text::NameError| problems.push(("full_name", error.code()))).ok();
    let username = form.username.parse().map_err(|_| problems.push(("username", "username_malformed"))).ok();
    let role = form.role.parse().map_err(|_| problems.push(("role", "role_unknown"))).ok();
    let scope = scope_of(&form, &who).map_err(|problem| problems.push(problem)).ok();
    let made = match (full_name, username, role, scope) {
        (Some(full_name), Some(username), Some(role), Some(scope)) => {
            let wish = people::NewPerson { username, full_name, role, scope, password: None };
            people::make(&state.app, &who.viewer, wish).await
        }
        _ => Err(UseError::Invalid(Vec::new())),
    };
    match made {
        Ok((id, token)) => {
            let person = staff::get(&state.app.db, &who.viewer, id).await?;
            slips_page(&state, &who, &headers, vec![(person, token.unwrap_or_default())]).await
        }
        Err(UseError::Conflict("username_taken")) => {
            redraw(&state, &who, form, vec![("username".to_owned(), words_of(who.lang, "username_taken"))]).await
        }
        Err(UseError::Invalid(more)) => {
            let said = problems.into_iter().map(|(field, code)| (field.to_owned(), words_of(who.lang, code)));
            let found = more
                .into_iter()
                .map(|problem| (problem.pointer.trim_start_matches('/').to_owned(), words_of(who.lang, problem.code)));
            let all = said.chain(found).collect();
            redraw(&state, &who, form, all).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn redraw(
    state: &AppState,
    who: &SignedIn,
    form: NewForm,
    problems: Vec<(String, &'static str)>,
) -> Result<Response, AppError> {
    let page = new_page(state, who, form, problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

/// A printed slip: who, and the link with its code to scan.
struct Slip {
    full_name: String,
    username: String,
    link: String,
    svg: String,
}

#[derive(askama::Template)]
#[template(path = "staff/slips.html")]
struct SlipsPage {
    chrome: Chrome,
    slips: Vec<Slip>,
}

/// New one-time links for the people ticked, twenty to a printed page.
async fn slips(State(state): State<AppState>, who: SignedIn, headers: HeaderMap, body: String) -> Result<Response, AppError> {
    let ids: Vec<StaffId> =
        body.split('&').filter_map(|pair| pair.strip_prefix("staff_id=")).filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() {
        let page = list_page(&state, &who, false, words_of(who.lang, "nobody_ticked")).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    }
    let people = people::relink(&state.app, &who.viewer, &ids).await?;
    slips_page(&state, &who, &headers, people).await
}

async fn slips_page(
    state: &AppState,
    who: &SignedIn,
    headers: &HeaderMap,
    people: Vec<(staff::Staff, String)>,
) -> Result<Response, AppError> {
    let base = state.config.base_url(headers);
    let slips = people
        .into_iter()
        .map(|(person, token)| {
            let link = format!("{base}/link/{token}");
            let svg = super::codes::svg_inline(&link)?;
            Ok(Slip { full_name: person.full_name, username: person.username, link, svg })
        })
        .collect::<Result<_, AppError>>()?;
    let chrome = Chrome::of(state, who, who.lang.words().staff.slips, Room::People).await?;
    Ok(Page(SlipsPage { chrome, slips }).into_response())
}

#[derive(Deserialize)]
struct ActiveForm {
    active: String,
}

async fn set_active(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<ActiveForm>,
) -> Result<Redirect, AppError> {
    if !who.viewer.may(Act::ManageStaff) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    people::set_active(&state.app, &who.viewer, id, form.active == "yes").await?;
    Ok(Redirect::to("/staff"))
}
