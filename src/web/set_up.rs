//! First start: the token from the console, then ward, official, first market, first stalls, first lead.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    chrome::Chrome,
    codes,
    error::{AppError, words_of},
    markets::row_problem,
    page::Page,
    peer,
    routes::{self, Route},
    session,
    state::AppState,
    words::Lang,
};
use crate::{
    app::{
        UseError,
        people::{self, SetUp},
    },
    domain::{
        place,
        staff::{Password, Username},
        stall,
        text::Name,
        vendor::Phone,
    },
    store::staff,
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/set-up", form), routes::post("/set-up", create)]
}

/// What is typed at first start.
#[derive(Debug, Default, Deserialize)]
struct SetUpForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    ward: String,
    #[serde(default)]
    official_name: String,
    #[serde(default)]
    official_username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    market: String,
    #[serde(default)]
    market_phone: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    lead_name: String,
    #[serde(default)]
    lead_username: String,
}

#[derive(askama::Template)]
#[template(path = "set_up/form.html")]
struct FormPage {
    chrome: Chrome,
    form: SetUpForm,
    wards: Vec<(String, String)>,
    problems: Vec<(&'static str, &'static str)>,
}

impl FormPage {
    fn problem(&self, field: &str) -> &'static str {
        self.problems.iter().find(|(name, _)| *name == field).map_or("", |(_, words)| words)
    }
}

fn page(lang: Lang, form: SetUpForm, wards: Vec<(String, String)>, problems: Vec<(&'static str, &'static str)>) -> FormPage {
    // The token came with the address: another language must not ask for it again.
    let token = session::encode_next(form.token.trim());
    let back = if token.is_empty() { "/set-up".to_owned() } else { format!("/set-up?token={token}") };
    let chrome = Chrome::bare(lang, lang.words().set_up.title).at(back);
    FormPage { chrome, form, wards, problems }
}

#[derive(Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

/// Once somebody is there, first start is over and this page is not there any more.
async fn form(State(state): State<AppState>, lang: Lang, Query(query): Query<TokenQuery>) -> Result<Response, AppError> {
    if staff::any(&state.app.db).await? {
        return Err(AppError::NotFound);
    }
    let form = SetUpForm { token: query.token.unwrap_or_default(), ..SetUpForm::default() };
    Ok(Page(page(lang, form, Vec::new(), Vec::new())).into_response())
}

/// The parts of the form, or what is wrong with it.
fn parse(form: &SetUpForm) -> Result<SetUp, (Vec<(&'static str, &'static str)>, Vec<(String, String)>)> {
    let mut problems = Vec::new();
    let hits = place::search(&form.ward, 8);
    let wards =
        if hits.len() > 1 { hits.iter().map(|ward| (ward.code.clone(), ward.with_province())).collect() } else { Vec::new() };
    if hits.len() != 1 {
        problems.push(("ward", if hits.is_empty() { "ward_unknown" } else { "ward_several" }));
    }
    let mut name =
        |field: &'static str, text: &str| text.parse::<Name>().map_err(|error| problems.push((field, error.code()))).ok();
    let official_name = name("official_name", &form.official_name);
    let market = name("market", &form.market);
    let lead_name = name("lead_name", &form.lead_name);
    let mut username =
        |field: &'static str, text: &str| text.parse::<Username>().map_err(|_| problems.push((field, "username_malformed"))).ok();
    let official_username = username("official_username", &form.official_username);
    let lead_username = username("lead_username", &form.lead_username);
    if official_username.is_some() && official_username == lead_username {
        problems.push(("lead_username", "username_taken"));
    }
    if form.password != form.again {
        problems.push(("again", "passwords_differ"));
    }
    let password = official_username.as_ref().and_then(|username| {
        Password::new(&form.password, username).map_err(|error| problems.push(("password", error.code()))).ok()
    });
    let phone = Some(form.market_phone.trim()).filter(|text| !text.is_empty()).map(str::parse::<Phone>);
    let phone = phone.transpose().map_err(|_| problems.push(("market_phone", "phone_malformed"))).ok();
    let row = match (form.from.trim().parse(), form.to.trim().parse()) {
        (Ok(from), Ok(to)) => stall::row(&form.prefix, from, to).map_err(|error| problems.push(row_problem(error))).ok(),
        _ => {
            problems.push(("from", "number_malformed"));
            None
        }
    };
    match (official_name, official_username, password, market, phone, row, lead_name, lead_username) {
        (
            Some(name),
            Some(username),
            Some(password),
            Some(market_name),
            Some(market_phone),
            Some(row),
            Some(lead),
            Some(lead_username),
        ) if problems.is_empty() => Ok(SetUp {
            ward_code: hits[0].code.clone(),
            official: (username, name, password),
            market_name,
            market_phone,
            row,
            lead: (lead_username, lead),
        }),
        _ => Err((problems, wards)),
    }
}

#[derive(askama::Template)]
#[template(path = "set_up/done.html")]
struct DonePage {
    chrome: Chrome,
    lead: String,
    link: String,
    svg: String,
    username: String,
}

async fn create(
    State(state): State<AppState>,
    lang: Lang,
    headers: HeaderMap,
    peer::From(from): peer::From,
    Form(form): Form<SetUpForm>,
) -> Result<Response, AppError> {
    if staff::any(&state.app.db).await? {
        return Err(AppError::NotFound);
    }
    let say = |code| words_of(lang, code);
    let redraw = |form: SetUpForm, wards, problems: Vec<(&'static str, &'static str)>| {
        let said = problems.into_iter().map(|(field, code)| (field, say(code))).collect();
        (StatusCode::UNPROCESSABLE_ENTITY, Page(page(lang, form, wards, said))).into_response()
    };
    if !people::try_set_up_token(&state.app, form.token.trim(), from).await? {
        return Ok(redraw(form, Vec::new(), vec![("token", "set_up_token_wrong")]));
    }
    let wish = match parse(&form) {
        Ok(wish) => wish,
        Err((problems, wards)) => return Ok(redraw(form, wards, problems)),
    };
    let lead = wish.lead.1.as_str().to_owned();
    match people::set_up(&state.app, form.token.trim(), wish).await {
        Ok(done) => {
            let link = format!("{}/link/{}", state.config.base_url(&headers), done.lead_token);
            let chrome = Chrome::bare(lang, lang.words().set_up.done);
            let svg = codes::svg_inline(&link)?;
            Ok(Page(DonePage { chrome, lead, link, svg, username: form.official_username }).into_response())
        }
        Err(UseError::Conflict(code)) => Ok(redraw(form, Vec::new(), vec![("official_username", code)])),
        Err(other) => Err(other.into()),
    }
}
