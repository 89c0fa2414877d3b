//! Errors as handlers return them, and the one layer that draws them: a page for people, RFC 9457 for programs.

use axum::{
    Json,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{chrome::Chrome, page::Page, words::Lang};
use crate::{
    app::{FieldProblem, UseError},
    store::{StoreError, markets::AccessError},
};

/// What a handler returns when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Outside the scope, or not there.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// The phone that asks was taken off.
    #[error("the phone was taken off")]
    DeviceRevoked,
    /// Signed in, but not allowed: a stable word.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The request itself is not right: a stable word.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// More than is read.
    #[error("too large")]
    TooLarge,
    /// Something else stands in the way: a stable word.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// What was sent is wrong in these places.
    #[error("the input was refused")]
    Invalid(Vec<FieldProblem>),
    /// Too busy: try again in a moment.
    #[error("too busy")]
    Busy,
    /// Too many wrong guesses: after so many seconds another one is looked at.
    #[error("too many tries; wait {0} seconds")]
    TooMany(u64),
    /// One address asks too often for what anybody may see: after so many seconds it may again.
    #[error("asked too often; wait {0} seconds")]
    TooOften(u64),
    /// Our fault.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            // Tried as often as it may be: whoever asked tries again in a moment.
            passing if passing.may_retry() => Self::Busy,
            other => Self::Internal(Box::new(other)),
        }
    }
}

impl From<AccessError> for AppError {
    fn from(error: AccessError) -> Self {
        UseError::from(error).into()
    }
}

impl From<UseError> for AppError {
    fn from(error: UseError) -> Self {
        match error {
            UseError::NotFound => Self::NotFound,
            UseError::Forbidden(code) => Self::Forbidden(code),
            UseError::Conflict(code) => Self::Conflict(code),
            UseError::Invalid(problems) => Self::Invalid(problems),
            UseError::Braked(wait) => Self::TooMany(wait.0),
            UseError::Store(error) => error.into(),
        }
    }
}

impl AppError {
    /// Wraps a failure that is nobody's but ours.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }

    /// The error as one result among many: its status and the body a single call would have had.
    #[must_use]
    pub fn to_item(self, lang: Lang) -> (StatusCode, serde_json::Value) {
        let (status, code) = self.parts();
        self.log();
        let problems = if let Self::Invalid(problems) = self { problems } else { Vec::new() };
        (status, problem_body(lang, status, &ErrorView { code, problems }))
    }

    /// A failure of ours is logged once, where it becomes an answer.
    fn log(&self) {
        if let Self::Internal(cause) = self {
            tracing::error!(error = cause.as_ref() as &dyn std::error::Error, "request failed");
        }
    }

    const fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed_out"),
            Self::DeviceRevoked => (StatusCode::UNAUTHORIZED, "device_revoked"),
            Self::Forbidden(code) => (StatusCode::FORBIDDEN, code),
            Self::BadRequest(code) => (StatusCode::BAD_REQUEST, code),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Conflict(code) => (StatusCode::CONFLICT, code),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_tries"),
            Self::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, "too_often"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

/// What the outer layer draws.
#[derive(Debug, Clone)]
struct ErrorView {
    code: &'static str,
    problems: Vec<FieldProblem>,
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        self.log();
        let wait = if let Self::TooMany(seconds) | Self::TooOften(seconds) = self { seconds } else { 2 };
        let problems = if let Self::Invalid(problems) = self { problems } else { Vec::new() };
        let mut response = status.into_response();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response.extensions_mut().insert(ErrorView { code, problems });
        response
    }
}

/// The stable word of an error that axum or a layer made by itself.
fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type",
        StatusCode::REQUEST_TIMEOUT => "timeout",
        StatusCode::TOO_MANY_REQUESTS => "too_many_tries",
        StatusCode::SERVICE_UNAVAILABLE => "busy",
        status if status.is_server_error() => "internal",
        _ => "bad_request",
    }
}

/// The words of an error's code: a title and what to do.
#[must_use]
pub fn words_of(lang: Lang, code: &str) -> &'static str {
    let words = &lang.words().errors;
    words.find(code).unwrap_or(words.bad_request)
}

/// Draws every error: JSON under `/api/` and `/dd/api/`, and for whoever asks for JSON, a page for everybody else.
pub async fn draw(request: Request, next: Next) -> Response {
    let lang = Lang::of(request.headers());
    let path = request.uri().path().to_owned();
    let wants_json = path.starts_with("/api/") || path.starts_with("/dd/api/") || accepts_json(request.headers());
    let is_get = request.method() == axum::http::Method::GET;
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let view = response.extensions().get::<ErrorView>().cloned();
    // A page that a handler drew with a 4xx status (a form drawn again) stays as it is.
    let is_drawn = response.headers().get(CONTENT_TYPE).is_some_and(|value| {
        value.to_str().is_ok_and(|value| value.starts_with("text/html") || value.starts_with("application/problem+json"))
    });
    if is_drawn && view.is_none() {
        return response;
    }
    let view = view.unwrap_or_else(|| ErrorView { code: code_of(status), problems: Vec::new() });
    let dead = if view.code == "not_found" { DeadLink::of(&path) } else { None };
    let mut drawn = if wants_json {
        problem_json(lang, status, &view)
    } else if let Some(dead) = dead {
        Page(LinkPage { chrome: Chrome::bare(lang, dead.title(lang)), help: dead.help(lang), dead }).into_response()
    } else if view.code == "signed_out" && is_get {
        return Redirect::to(&format!("/sign-in?next={}", super::session::encode_next(&path))).into_response();
    } else {
        // Reading again changes nothing, so it can be offered.
        page(
            lang,
            status,
            &view,
            if is_get && (status.is_server_error() || view.code == "too_often") { path } else { String::new() },
        )
    };
    *drawn.status_mut() = status;
    for name in [RETRY_AFTER, axum::http::header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            drawn.headers_mut().insert(name, value.clone());
        }
    }
    drawn
}

fn accepts_json(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.starts_with("application/json"))
}

fn problem_body(lang: Lang, status: StatusCode, view: &ErrorView) -> serde_json::Value {
    let mut body = json!({
        "type": "about:blank",
        "title": words_of(lang, view.code),
        "status": status.as_u16(),
        "code": view.code,
    });
    if !view.problems.is_empty() {
        body["errors"] = json!(view.problems);
    }
    body
}

fn problem_json(lang: Lang, status: StatusCode, view: &ErrorView) -> Response {
    let mut response = Json(problem_body(lang, status, view)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// A link in somebody's hand that leads nowhere any more. Whoever holds it is told whom to ask, which is not a matter of
/// anybody's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeadLink {
    /// A vendor's own page.
    Vendor,
    /// The public page behind a sticker's small code.
    Sticker,
    /// A one-time link for somebody's password.
    Staff,
    /// A code that binds a phone.
    Device,
}

impl DeadLink {
    fn of(path: &str) -> Option<Self> {
        let kinds = [("/c/", Self::Vendor), ("/s/", Self::Sticker), ("/link/", Self::Staff), ("/dd/link/", Self::Device)];
        kinds.into_iter().find_map(|(before, kind)| path.starts_with(before).then_some(kind))
    }

    fn title(self, lang: Lang) -> &'static str {
        let words = &lang.words().errors;
        if self == Self::Sticker { words.sticker_unknown } else { words.link_unknown }
    }

    fn help(self, lang: Lang) -> &'static str {
        let words = &lang.words().errors;
        match self {
            Self::Vendor => words.link_unknown_vendor,
            Self::Sticker => words.link_unknown_sticker,
            Self::Staff => words.link_unknown_staff,
            Self::Device => words.link_unknown_device,
        }
    }
}

#[derive(askama::Template)]
#[template(path = "errors/link.html")]
struct LinkPage {
    chrome: Chrome,
    help: &'static str,
    dead: DeadLink,
}

#[derive(askama::Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    chrome: Chrome,
    status: u16,
    title: &'static str,
    lines: Vec<&'static str>,
    /// Where to try again; empty when that would not help.
    again: String,
}

fn page(lang: Lang, status: StatusCode, view: &ErrorView, again: String) -> Response {
    let lines = view.problems.iter().map(|problem| words_of(lang, problem.code)).collect();
    let title = words_of(lang, view.code);
    Page(ErrorPage { chrome: Chrome::bare(lang, title), status: status.as_u16(), title, lines, again }).into_response()
}
