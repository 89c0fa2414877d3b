//! Who asks: the cookie of a session or a bearer token becomes a [`Viewer`].

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};

use super::{error::AppError, state::AppState, words::Lang};
use crate::{
    domain::{
        scope::Viewer,
        time::{DAY_MS, UnixMillis},
    },
    store::{StoreError, seal::token_hash, sessions, staff},
};

/// A session lasts 12 hours at most (NIST 800-63B-4 asks for a bound; see docs/ARCHITECTURE.md).
pub const LASTS_MS: i64 = DAY_MS / 2;
/// A session nobody uses for this long is over: a working day's lunch, not a night.
pub(super) const IDLE_MS: i64 = 2 * 60 * 60 * 1_000;
/// How often a session's last use is written down.
const TOUCH_MS: i64 = 60_000;

const PLAIN: &str = "choqr";
const SECURE: &str = "__Host-choqr";

/// Somebody who signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who, in which role, within which bounds.
    pub viewer: Viewer,
    /// The language they read.
    pub lang: Lang,
    /// The page they asked for, where the language switch comes back to; empty for what a POST draws, until that page
    /// names an address that answers GET.
    pub path: String,
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let viewer = viewer(&parts.headers, state).await?.ok_or(AppError::SignedOut)?;
        let path = if parts.method == Method::GET { parts.uri.path_and_query().map_or("/", |path| path.as_str()) } else { "" };
        Ok(Self { viewer, lang: Lang::of(&parts.headers), path: path.to_owned() })
    }
}

/// The viewer behind a request, if any.
pub async fn viewer(headers: &HeaderMap, state: &AppState) -> Result<Option<Viewer>, AppError> {
    let db = &state.app.db;
    if let Some(token) = bearer(headers) {
        let found = staff::find_by_token(db, &token_hash(token)).await?;
        return Ok(found.map(|staff| staff.viewer()).transpose()?);
    }
    let Some(secret) = session_secret(headers, state.config.https) else { return Ok(None) };
    let now = state.app.clock.now();
    let hash = token_hash(secret);
    let Some((staff, seen)) = staff::find_by_session(db, &hash, now, now.plus(-IDLE_MS)).await? else { return Ok(None) };
    if now.0 - seen.0 > TOUCH_MS {
        touch(state, hash, now).await;
    }
    Ok(Some(staff.viewer()?))
}

/// Writes down that a session is in use; a busy writer is no reason to turn its owner away.
async fn touch(state: &AppState, hash: Vec<u8>, now: UnixMillis) {
    let written: Result<(), StoreError> = state
        .app
        .db
        .write(move |tx| {
            let hash = hash.clone();
            Box::pin(async move { sessions::touch(tx, &hash, now).await })
        })
        .await;
    if let Err(error) = written {
        tracing::warn!(error = &error as &dyn std::error::Error, "a session's last use was not written down");
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// Whether a request brings a token of its own.
pub(super) fn is_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

/// Whether a request carries a session's cookie of ours, of either name.
pub(super) fn has_session(headers: &HeaderMap) -> bool {
    cookie(headers, SECURE).or_else(|| cookie(headers, PLAIN)).is_some()
}

/// The secret in the session's cookie. Over HTTPS only the `__Host-` name counts: the other could have been planted by a
/// neighbouring host or over plain HTTP.
#[must_use]
pub fn session_secret(headers: &HeaderMap, https: bool) -> Option<&str> {
    let plain = || if https { None } else { cookie(headers, PLAIN) };
    cookie(headers, SECURE).or_else(plain)
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Whether a browser keeps a cookie that is not `Secure`, or runs the camera: over HTTPS, or on this very machine.
#[must_use]
pub fn is_private(headers: &HeaderMap, https: bool) -> bool {
    https || is_loopback(headers)
}

pub(super) fn is_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = if host.starts_with('[') {
        host.split_once(']').map_or(host, |(name, _)| name)
    } else {
        host.split(':').next().unwrap_or(host)
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name == "[::1"
        || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// The cookie that begins a session; `Secure` everywhere but on loopback.
#[must_use]
pub fn begin_cookie(headers: &HeaderMap, https: bool, secret: &str) -> HeaderValue {
    let seconds = LASTS_MS / 1_000;
    let text = if !https && is_loopback(headers) {
        format!("{PLAIN}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}")
    } else {
        format!("{SECURE}={secret}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age={seconds}")
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The cookies that end a session.
#[must_use]
pub fn end_cookies() -> [HeaderValue; 2] {
    [
        HeaderValue::from_static("choqr=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
        HeaderValue::from_static("__Host-choqr=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"),
    ]
}

/// A path to come back to after signing in, fit for a query.
#[must_use]
pub fn encode_next(path: &str) -> String {
    path.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A path of ours to come back to; anything else leads home, so that no link leads away from here. Browsers drop tabs and
/// line ends from an address and read `\` as `/`, so `/\t/host` would be `//host`; no control character fits a header.
#[must_use]
pub fn safe_next(next: Option<&str>) -> &str {
    let is_ours =
        |path: &&str| path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control());
    next.filter(is_ours).unwrap_or("/")
}
