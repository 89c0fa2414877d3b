//! Who this phone works for, and how it comes to: by a lead's code, or by signing in.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::fielder::{self, Fielder};
use crate::{
    app::{devices, field::receive},
    domain::device::label,
    store::markets,
    web::{
        chrome::Chrome,
        error::AppError,
        page::Page,
        peer,
        routes::{self, Route},
        session::SignedIn,
        state::AppState,
        words::Lang,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/dd/link/{token}", link),
        routes::post("/dd/link/{token}", bind),
        routes::get("/dd/api/me", me),
        routes::post("/dd/api/device", bind_own),
        routes::post("/dd/api/sign-out", sign_out),
    ]
}

#[derive(Deserialize)]
struct MeQuery {
    /// `pack`: what a first load needs in one answer, for over one bar of signal each question is half a second.
    with: Option<String>,
}

async fn me(
    State(state): State<AppState>,
    who: Fielder,
    Query(query): Query<MeQuery>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let who = who.trusted()?;
    let (key_id, public_key) = receive::field_key(&state.app).await?;
    let markets = markets::list(&state.app.db, &who.viewer).await?;
    let mut body = json!({
        "staff": { "name": who.viewer.full_name, "role": who.viewer.role },
        "device": who.device.as_ref().map(|device| json!({ "device_id": device.device_id, "label": device.label })),
        "markets": markets.iter().map(|market| json!({ "market_id": market.market_id, "name": market.name })).collect::<Vec<_>>(),
        "field_key": { "key_id": key_id, "public_key": data_encoding::BASE64URL_NOPAD.encode(&public_key) },
        "now": state.app.clock.now().0,
        "schema": { "oldest": receive::OLDEST_SCHEMA, "newest": receive::SCHEMA },
    });
    // Before the phone is bound its list would be marked with another key; among several markets a person chooses.
    if let ([market], Some(_), Some("pack")) = (markets.as_slice(), &who.device, query.with.as_deref()) {
        // A list that cannot be given is asked for by itself, and its reason is said there.
        if let Ok(pack) = super::pack::body(&state, &who, market.market_id, None).await {
            body["pack"] = pack;
        }
    }
    let mut response = Json(body).into_response();
    if let Some(device) = &who.device {
        devices::keep(&state.app, device).await?;
        if let Some(secret) = fielder::secret(&headers, state.config.https) {
            let cookie = fielder::device_cookie(&headers, state.config.https, secret);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

#[derive(askama::Template)]
#[template(path = "field/bind.html")]
struct BindPage {
    chrome: Chrome,
    token: String,
    name: String,
    style: &'static str,
}

/// Shows whose phone it would be; a preview robot that follows the link changes nothing.
async fn link(
    State(state): State<AppState>,
    lang: Lang,
    peer::From(from): peer::From,
    Path(token): Path<String>,
) -> Result<Response, AppError> {
    let name = devices::find_link(&state.app, &token, from).await?.ok_or(AppError::NotFound)?;
    let chrome = Chrome::bare(lang, lang.words().device.bind_title);
    Ok(Page(BindPage { chrome, token, name, style: crate::web::assets::field_entry().1 }).into_response())
}

async fn bind(
    State(state): State<AppState>,
    headers: HeaderMap,
    peer::From(from): peer::From,
    Path(token): Path<String>,
) -> Result<Response, AppError> {
    let secret = devices::bind(&state.app, &token, &label(user_agent(&headers)), from).await?;
    let mut response = Redirect::to("/dd/").into_response();
    let cookie = fielder::device_cookie(&headers, state.config.https, &secret);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Binds the browser of somebody who signed in with a password.
async fn bind_own(State(state): State<AppState>, who: SignedIn, headers: HeaderMap) -> Result<Response, AppError> {
    let secret = devices::bind_own(&state.app, &who.viewer, &label(user_agent(&headers))).await?;
    let cookie = fielder::device_cookie(&headers, state.config.https, &secret);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Takes this phone off by its owner's own wish.
async fn sign_out(State(state): State<AppState>, who: Fielder) -> Result<Response, AppError> {
    if let Some(device) = who.trusted()?.device {
        let owner = crate::store::staff::find(&state.app.db, device.staff_id).await?.ok_or(AppError::NotFound)?;
        devices::revoke(&state.app, &owner.viewer()?, device.device_id).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in fielder::end_cookies() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("")
}
