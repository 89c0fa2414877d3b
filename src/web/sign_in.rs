//! Signing in and out, the language, one-time links.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::Chrome,
    error::{AppError, words_of},
    page::Page,
    peer,
    routes::{self, Route},
    session::{self, LASTS_MS},
    state::AppState,
    words::Lang,
};
use crate::{
    app::{UseError, people},
    domain::{scope::Scope, staff::Role},
    store::staff,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/", home),
        routes::get("/sign-in", form),
        routes::post("/sign-in", sign_in),
        routes::post("/sign-out", sign_out),
        routes::post("/language", language),
        routes::get("/link/{token}", link_form),
        routes::post("/link/{token}", use_link),
    ]
}

/// The first page of each role.
async fn home(State(state): State<AppState>, headers: HeaderMap) -> Result<Redirect, AppError> {
    let Some(viewer) = session::viewer(&headers, &state).await? else {
        let is_new = !staff::any(&state.app.db).await?;
        return Ok(Redirect::to(if is_new { "/set-up" } else { "/sign-in" }));
    };
    let path = match (&viewer.role, &viewer.scope) {
        (Role::Operator, _) => "/staff".to_owned(),
        (_, Scope::Province(code)) => format!("/provinces/{code}"),
        (Role::WardOfficial, Scope::Ward(code)) => format!("/wards/{code}"),
        (_, Scope::Market(id)) => format!("/markets/{id}"),
        _ => "/markets".to_owned(),
    };
    Ok(Redirect::to(&path))
}

#[derive(askama::Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    chrome: Chrome,
    username: String,
    next: String,
    problem: &'static str,
    /// Whether this browser would throw the session's cookie away: plain HTTP, and not this very machine.
    is_exposed: bool,
    demo: bool,
}

#[derive(Deserialize)]
struct NextQuery {
    next: Option<String>,
}

async fn form(State(state): State<AppState>, lang: Lang, headers: HeaderMap, Query(query): Query<NextQuery>) -> Response {
    let next = session::safe_next(query.next.as_deref()).to_owned();
    Page(page(&state, lang, &headers, String::new(), next, "")).into_response()
}

fn page(state: &AppState, lang: Lang, headers: &HeaderMap, username: String, next: String, problem: &'static str) -> SignInPage {
    let back = if next == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", session::encode_next(&next)) };
    SignInPage {
        chrome: Chrome::bare(lang, lang.words().sign_in.title).at(back),
        username,
        next,
        problem,
        is_exposed: !session::is_private(headers, state.config.https),
        demo: state.config.demo,
    }
}

#[derive(Deserialize)]
struct SignInForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(state): State<AppState>,
    lang: Lang,
    headers: HeaderMap,
    peer::From(from): peer::From,
    Form(form): Form<SignInForm>,
) -> Result<Response, AppError> {
    let next = session::safe_next(Some(&form.next)).to_owned();
    let redraw = |status: StatusCode, code| {
        let page = Page(page(&state, lang, &headers, form.username.clone(), next.clone(), words_of(lang, code)));
        (status, page).into_response()
    };
    match people::sign_in(&state.app, &form.username, &form.password, from, LASTS_MS).await {
        Ok(Some((_, secret))) => Ok(begin(&state, &headers, &secret, &next)),
        Ok(None) => Ok(redraw(StatusCode::UNPROCESSABLE_ENTITY, "sign_in_wrong")),
        Err(UseError::Braked(wait)) => {
            let mut page = redraw(StatusCode::TOO_MANY_REQUESTS, "too_many_tries");
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.0));
            Ok(page)
        }
        Err(other) => Err(other.into()),
    }
}

fn begin(state: &AppState, headers: &HeaderMap, secret: &str, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    response.headers_mut().append(header::SET_COOKIE, session::begin_cookie(headers, state.config.https, secret));
    response
}

async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    if let Some(secret) = session::session_secret(&headers, state.config.https) {
        people::sign_out(&state.app, secret).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    for cookie in session::end_cookies() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[derive(Deserialize)]
struct LanguageForm {
    lang: String,
    next: Option<String>,
}

async fn language(State(state): State<AppState>, Form(form): Form<LanguageForm>) -> Response {
    let lang = if form.lang == "en" { "en" } else { "vi" };
    let mut response = Redirect::to(session::safe_next(form.next.as_deref())).into_response();
    let secure = if state.config.https { "; Secure" } else { "" };
    let cookie = format!("lang={lang}; Path=/; SameSite=Lax; Max-Age=31536000{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

#[derive(askama::Template)]
#[template(path = "staff/link.html")]
struct LinkPage {
    chrome: Chrome,
    token: String,
    full_name: String,
    username: String,
    problem: &'static str,
}

/// Shows the form; a preview robot that follows the link changes nothing.
async fn link_form(
    State(state): State<AppState>,
    lang: Lang,
    peer::From(from): peer::From,
    Path(token): Path<String>,
) -> Result<Response, AppError> {
    let person = people::find_link(&state.app, &token, from).await?.ok_or(AppError::NotFound)?;
    let chrome = Chrome::bare(lang, lang.words().sign_in.set_password);
    Ok(Page(LinkPage { chrome, token, full_name: person.full_name, username: person.username, problem: "" }).into_response())
}

#[derive(Deserialize)]
struct LinkForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

async fn use_link(
    State(state): State<AppState>,
    lang: Lang,
    headers: HeaderMap,
    peer::From(from): peer::From,
    Path(token): Path<String>,
    Form(form): Form<LinkForm>,
) -> Result<Response, AppError> {
    let result = if form.password == form.again {
        people::use_link(&state.app, &token, &form.password, from).await
    } else {
        Err(UseError::invalid("/again", "passwords_differ", "the two are not the same"))
    };
    match result {
        Ok(person) => {
            let secret = people::begin_session(&state.app, person.staff_id, LASTS_MS).await?;
            Ok(begin(&state, &headers, &secret, "/"))
        }
        Err(UseError::Invalid(problems)) => {
            let person = people::find_link(&state.app, &token, from).await?.ok_or(AppError::NotFound)?;
            let problem = problems.first().map_or("", |problem| words_of(lang, problem.code));
            let chrome = Chrome::bare(lang, lang.words().sign_in.set_password);
            let page = LinkPage { chrome, token, full_name: person.full_name, username: person.username, problem };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}
