//! The JSON API under `/api/v1`: the same use cases as the pages, described by `/api/openapi.json`.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    error::AppError,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::{
        UseError, check_sticker,
        enrol::{self, Enrolled},
        market_work::{self, StallWish},
        record_visit,
    },
    domain::{
        ids::{EnrolmentId, MarketId, StallId},
        scope::Act,
    },
    store::{markets, payment_codes, stalls},
};

/// The description of every call below; a test compares it with the table of routes.
const OPENAPI: &str = include_str!("../../assets/data/openapi.json");
/// The most items in one sync.
const SYNC_LIMIT: usize = 500;

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/api/openapi.json", openapi),
        routes::get("/api/v1/markets", list_markets),
        routes::post("/api/v1/markets", make_market),
        routes::post("/api/v1/markets/{market_id}/stalls", make_stalls),
        routes::put("/api/v1/enrolments/{uuid}", enrol),
        routes::post("/api/v1/sync", sync),
        routes::get("/api/v1/stalls/{stall_id}", stall),
        routes::post("/api/v1/stalls/{stall_id}/visits", visit),
        routes::post("/api/v1/sticker-checks", check),
    ]
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// Reads a body; what is not JSON is told so.
pub(super) fn read(body: &Bytes) -> Result<Value, AppError> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(AppError::BadRequest("not_json")),
    }
}

async fn list_markets(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, AppError> {
    let markets = markets::list(&state.app.db, &who.viewer).await?;
    let rows: Vec<Value> = markets
        .iter()
        .map(|market| {
            let (stalls, trading) = market.stats.as_ref().map(|stats| (stats.stalls, stats.trading)).unzip();
            json!({
                "market_id": market.market_id, "name": market.name, "ward_code": market.ward_code, "class": market.class,
                "stalls": stalls, "trading": trading,
            })
        })
        .collect();
    Ok(Json(json!({ "markets": rows })))
}

async fn make_market(State(state): State<AppState>, who: SignedIn, body: Bytes) -> Result<Response, AppError> {
    let wish = market_work::market_from_json(&read(&body)?)?;
    let market = market_work::make_market(&state.app, &who.viewer, wish).await?;
    Ok((StatusCode::CREATED, Json(json!(market))).into_response())
}

async fn make_stalls(
    State(state): State<AppState>,
    who: SignedIn,
    Path(market_id): Path<String>,
    body: Bytes,
) -> Result<Response, AppError> {
    let market_id: MarketId = market_id.parse().map_err(|_| AppError::NotFound)?;
    let wishes: Vec<StallWish> = market_work::stalls_from_json(&read(&body)?)?;
    let made = market_work::make_stalls(&state.app, &who.viewer, market_id, wishes).await?;
    Ok((StatusCode::CREATED, Json(json!({ "stalls": made }))).into_response())
}

async fn enrol(
    State(state): State<AppState>,
    who: SignedIn,
    Path(uuid): Path<String>,
    body: Bytes,
) -> Result<Response, AppError> {
    let (status, body) = enrol_one(&state, &who, &uuid, &read(&body)?).await?;
    Ok((status, Json(body)).into_response())
}

async fn enrol_one(state: &AppState, who: &SignedIn, uuid: &str, body: &Value) -> Result<(StatusCode, Value), AppError> {
    let id = uuid::Uuid::try_parse(uuid)
        .map_err(|_| UseError::invalid("", "id_malformed", "the address ends with a UUID made by the client"))?;
    let input = enrol::from_json(body, state.app.clock.now())?;
    let Enrolled { answer, is_new } = enrol::enrol(&state.app, &who.viewer, EnrolmentId::from_uuid(id), input).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, json!(answer)))
}

async fn visit(
    State(state): State<AppState>,
    who: SignedIn,
    Path(stall_id): Path<String>,
    body: Bytes,
) -> Result<Response, AppError> {
    let (status, body) = visit_one(&state, &who, &stall_id, &read(&body)?).await?;
    Ok((status, Json(body)).into_response())
}

async fn visit_one(state: &AppState, who: &SignedIn, stall_id: &str, body: &Value) -> Result<(StatusCode, Value), AppError> {
    let stall_id: StallId = stall_id.parse().map_err(|_| AppError::NotFound)?;
    let visit = record_visit::from_json(body, state.app.clock.now())?;
    let answer = record_visit::record(&state.app, &who.viewer, stall_id, visit).await?;
    Ok((if answer.is_new { StatusCode::CREATED } else { StatusCode::OK }, json!(answer)))
}

async fn check(State(state): State<AppState>, who: SignedIn, body: Bytes) -> Result<Response, AppError> {
    let (status, body) = check_one(&state, &who, &read(&body)?).await?;
    Ok((status, Json(body)).into_response())
}

async fn check_one(state: &AppState, who: &SignedIn, body: &Value) -> Result<(StatusCode, Value), AppError> {
    let scan = check_sticker::from_json(body, state.app.clock.now())?;
    let answer = check_sticker::check(&state.app, &who.viewer, scan).await?;
    Ok((if answer.is_new { StatusCode::CREATED } else { StatusCode::OK }, json!(answer)))
}

/// Many at once, in order; a bad item never blocks another.
async fn sync(State(state): State<AppState>, who: SignedIn, body: Bytes) -> Result<Json<Value>, AppError> {
    let body = read(&body)?;
    let items =
        body.get("items").and_then(Value::as_array).ok_or_else(|| UseError::invalid("/items", "missing", "a list of items"))?;
    if items.len() > SYNC_LIMIT {
        return Err(UseError::invalid("/items", "too_large", format!("at most {SYNC_LIMIT} items at once")).into());
    }
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        let id = item.get("id").and_then(Value::as_str).unwrap_or("");
        let mut content = item.get("body").cloned().unwrap_or(Value::Null);
        let answer = match item.get("kind").and_then(Value::as_str) {
            Some("enrolment") => enrol_one(&state, &who, id, &content).await,
            Some("visit") => {
                let stall = content.get("stall_id").and_then(Value::as_str).unwrap_or("").to_owned();
                match name(&mut content, "visit_id", id) {
                    Ok(()) => visit_one(&state, &who, &stall, &content).await,
                    Err(differs) => Err(differs.into()),
                }
            }
            Some("sticker_check") => match name(&mut content, "check_id", id) {
                Ok(()) => check_one(&state, &who, &content).await,
                Err(differs) => Err(differs.into()),
            },
            _ => Err(UseError::invalid("/kind", "kind_unknown", "enrolment, visit or sticker_check").into()),
        };
        let (status, body) = answer.unwrap_or_else(|error| error.to_item(who.lang));
        results.push(json!({ "id": id, "status": status.as_u16(), "body": body }));
    }
    Ok(Json(json!({ "results": results })))
}

/// An item's id stands outside its body; the body may repeat it, and may not say another.
fn name(content: &mut Value, field: &str, id: &str) -> Result<(), UseError> {
    let Value::Object(map) = content else { return Ok(()) };
    let repeats = match map.get(field) {
        None | Some(Value::Null) => {
            map.insert(field.to_owned(), json!(id));
            true
        }
        Some(Value::String(repeated)) => repeated == id || is_same_uuid(repeated, id),
        Some(_) => false,
    };
    if repeats { Ok(()) } else { Err(UseError::invalid(format!("/{field}"), "id_differs", "the item outside has another id")) }
}

/// One UUID, however it is written, with the prefix of our identifiers or without.
fn is_same_uuid(one: &str, other: &str) -> bool {
    let uuid = |text: &str| uuid::Uuid::try_parse(text.split_once('_').map_or(text, |(_, hex)| hex)).ok();
    uuid(one).is_some_and(|one| Some(one) == uuid(other))
}

async fn stall(State(state): State<AppState>, who: SignedIn, Path(stall_id): Path<String>) -> Result<Json<Value>, AppError> {
    let id: StallId = stall_id.parse().map_err(|_| AppError::NotFound)?;
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, Act::SeeStalls, id).await?;
    let stall = stalls::find(&state.app.db, &scope, id).await?.ok_or(AppError::NotFound)?;
    let codes = payment_codes::list_of_stall(&state.app.db, &scope, id).await?;
    let codes: Vec<Value> = codes
        .iter()
        .map(|code| {
            json!({
                "payment_code_id": code.payment_code_id, "status": code.status, "bin": code.bin, "is_primary": code.is_primary,
                "account_masked": format!("…{}", code.account_last4), "frozen": code.is_frozen,
                "confirmed": code.confirmed_at_ms.is_some(), "in_force_from": code.in_force_from_ms.map(crate::domain::time::UnixMillis::to_rfc3339),
            })
        })
        .collect();
    Ok(Json(json!({
        "market_id": scope.market_id(), "stall_id": stall.stall_id, "code": stall.code, "zone": stall.zone, "row": stall.row_name,
        "goods": stall.goods, "occupancy": stall.occupancy, "progress": stall.progress, "code_safety": stall.code_safety,
        "come_back_on": stall.come_back_on, "vendor_id": stall.vendor_id, "vendor_name": stall.vendor_name, "version": stall.version,
        "unconfirmed": stall.unconfirmed, "frozen": stall.frozen, "payment_codes": codes,
    })))
}
