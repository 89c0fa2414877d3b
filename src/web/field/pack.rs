//! The market in a phone's pocket, and a code of one's own enrolment of that day.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fielder::Fielder;
use crate::{
    app::{devices, market_pack, reveal},
    domain::{consent, ids::MarketId, time::UnixMillis},
    payment_code::bank,
    store::vendors,
    web::{
        error::AppError,
        routes::{self, Route},
        state::AppState,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/dd/api/markets/{market_id}/pack", pack), routes::get("/dd/api/codes/{code_id}", code)]
}

#[derive(Deserialize)]
struct PackQuery {
    since: Option<i64>,
}

async fn pack(
    State(state): State<AppState>,
    who: Fielder,
    Path(market_id): Path<String>,
    Query(query): Query<PackQuery>,
) -> Result<Json<Value>, AppError> {
    let who = who.trusted()?;
    let market_id = market_id.parse().map_err(|_| AppError::NotFound)?;
    let body = body(&state, &who, market_id, query.since.map(UnixMillis)).await?;
    if let Some(device) = &who.device {
        devices::keep(&state.app, device).await?;
    }
    Ok(Json(body))
}

/// What a phone is told of a market: all, or what changed since.
pub(super) async fn body(
    state: &AppState,
    who: &Fielder,
    market_id: MarketId,
    since: Option<UnixMillis>,
) -> Result<Value, AppError> {
    let holder = who.device.as_ref().map_or_else(|| who.viewer.actor(), |device| device.device_id.to_string());
    let pack = market_pack::pack(&state.app, &who.viewer, market_id, &holder, since).await?;
    let market = pack.scope.market();
    let mut body = json!({
        "now": state.app.clock.now().0,
        "cursor": pack.cursor.0,
        "full": pack.is_full,
        "market": {
            "market_id": market_id, "name": market.name, "review_first": market.review_first, "transfer_purpose": market.transfer_purpose,
            "contact_name": market.contact_name, "contact_phone": pack.contact_phone,
            "my_rows": pack.my_rows,
        },
        "total": pack.total,
        "pack_key": data_encoding::BASE64URL_NOPAD.encode(&pack.key),
        "consent": { "text_version": consent::CURRENT, "words": consent::current_words() },
        "stalls": pack.stalls,
    });
    if pack.is_full {
        body["banks"] = bank::all()
            .iter()
            .map(|bank| json!({ "bin": bank.bin, "name": bank.short_name, "code": bank.code, "transfer": bank.transfer != "0" }))
            .collect();
    }
    Ok(body)
}

/// The code of an enrolment, for the phone to show again: it sealed what it had, and cannot open it.
async fn code(State(state): State<AppState>, who: Fielder, Path(id): Path<String>) -> Result<Json<Value>, AppError> {
    let who = who.trusted()?;
    let open = reveal::open_code(&state.app, &who.viewer, id.parse().map_err(|_| AppError::NotFound)?).await?;
    let vendor = vendors::find(&state.app.db, &open.scope, open.code.vendor_id).await?.ok_or(AppError::NotFound)?;
    Ok(Json(json!({
        "payload": open.payload,
        "payee": vendor.full_name,
        "bank": open.code.bin.as_deref().map(bank::name_of),
        "masked": format!("…{}", open.code.account_last4),
        "state": open.code.status,
    })))
}
