//! Headers that stand on every response, errors included; and the wall against requests forged by other sites.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{error::AppError, session, state::WebConfig};

/// Nothing inline, nothing from elsewhere.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; media-src 'self' blob:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

/// Adds the headers.
pub(super) async fn protect(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static("camera=(self), geolocation=(), microphone=(), payment=()"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if config.https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses a change that another site asked this browser for, signing in included: a forged sign-in would have a person
/// work under somebody else's name. Where nothing tells who asked (a script sends neither header), the request passes
/// unless it carries our session: it has nobody's rights.
pub(super) async fn refuse_forged(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let passes = is_safe
        || match asker(headers, request.uri(), &config) {
            Asker::Ours => true,
            // Another site cannot make a browser send a token: that takes a preflight, which nobody here answers.
            Asker::Foreign => session::is_bearer(headers) && !session::has_session(headers),
            Asker::Unknown => !session::has_session(headers),
        };
    if passes {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, AppError::Forbidden("forged")).into_response()
}

/// Whose page asked for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// One of ours, or the person alone.
    Ours,
    /// Another site's, or one that hides which.
    Foreign,
    /// Nothing says.
    Unknown,
}

/// `Sec-Fetch-Site` decides, but browsers send it to trustworthy addresses only (Fetch Metadata §2: HTTPS and loopback).
/// Over plain HTTP elsewhere `Origin` must name us. It is `null` for a page whose policy is `no-referrer` (Fetch §3.2, "append
/// a request `Origin` header"), so ours is `same-origin` and `null` is always somebody else's. A browser without `Origin`
/// on its own forms still sends `Referer`.
fn asker(headers: &HeaderMap, uri: &Uri, config: &WebConfig) -> Asker {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Asker::Ours } else { Asker::Foreign };
    }
    let Some(page) = text("origin").or_else(|| text("referer")) else { return Asker::Unknown };
    let host = uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text("host"));
    let same = |page: &str| {
        let (scheme, rest) = page.split_once("://")?;
        let named = rest.split(['/', '?', '#']).next()?;
        // The page of a network's attacker on http:// is not ours once we speak HTTPS.
        let scheme_fits = if config.https { scheme == "https" } else { matches!(scheme, "http" | "https") };
        Some(scheme_fits && host.is_some_and(|host| host.eq_ignore_ascii_case(named)))
    };
    // A proxy that does not keep Host is no reason to turn people away: the configured address is ours too.
    let configured = config
        .public_url
        .as_deref()
        .is_some_and(|url| page.strip_prefix(url).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])));
    if configured || same(page) == Some(true) { Asker::Ours } else { Asker::Foreign }
}
