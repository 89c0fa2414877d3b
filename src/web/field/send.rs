//! What a phone sends: records, photos.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fielder::Fielder;
use crate::{
    app::{
        UseError,
        field::{
            Answer, Item, Sender,
            photos::{self, SentPhoto},
            receive::{self, Fate, Problem},
        },
    },
    domain::{
        field_record::RecordState,
        ids::{MarketId, RecordId},
        time::UnixMillis,
    },
    store::devices,
    web::{
        error::{AppError, words_of},
        routes::{self, Route},
        state::AppState,
        words::Lang,
    },
};

/// The most records in one call.
const MOST_ITEMS: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![routes::post("/dd/api/send", send), routes::put("/dd/api/photos/{uuid}", photo)]
}

/// A record that waits for a person, whose state the phone asks for.
#[derive(Debug, Deserialize)]
struct Watched {
    id: uuid::Uuid,
    market_id: MarketId,
}

#[derive(Debug, Deserialize)]
struct SendBody {
    sent_at: i64,
    #[serde(default)]
    unsent: i64,
    #[serde(default)]
    oldest_unsent: Option<i64>,
    items: Vec<Value>,
    #[serde(default)]
    watch: Vec<Watched>,
}

impl Fielder {
    pub(super) fn sender(&self, sent_at: i64) -> Sender {
        Sender {
            viewer: self.viewer.clone(),
            device: self.device.as_ref().map(|device| (device.device_id, device.created_at_ms)),
            is_revoked: self.is_revoked,
            sent_at,
        }
    }
}

/// Stores first, answers second; a bad record blocks nobody.
async fn send(State(state): State<AppState>, who: Fielder, body: Bytes) -> Result<Json<Value>, AppError> {
    let body: SendBody = serde_json::from_slice(&body).map_err(|_| AppError::BadRequest("not_json"))?;
    if body.items.len() > MOST_ITEMS || body.watch.len() > 1_000 {
        return Err(UseError::invalid("/items", "too_large", format!("at most {MOST_ITEMS} records at once")).into());
    }
    let sender = who.sender(body.sent_at);
    let mut results = Vec::with_capacity(body.items.len());
    for raw in body.items {
        let id = raw.get("id").and_then(Value::as_str).unwrap_or("").to_owned();
        results.push(match serde_json::from_value::<Item>(raw) {
            Ok(item) => told(who.lang, &receive::receive(&state.app, &sender, &item).await),
            // Not even an envelope: there is nothing to keep, so the phone keeps it.
            Err(_) => result(&id, "refused", StatusCode::UNPROCESSABLE_ENTITY, Some(words_of(who.lang, "record_malformed"))),
        });
    }
    let mut watched = Vec::with_capacity(body.watch.len());
    for Watched { id, market_id } in body.watch {
        if let Some(fate) = receive::state_of(&state.app, &who.viewer, market_id, RecordId::from_uuid(id)).await? {
            watched.push(told(who.lang, &Answer { id, fate }));
        }
    }
    let now = state.app.clock.now();
    if let Some(device) = &who.device {
        let (id, unsent) = (device.device_id, body.unsent.clamp(0, 1_000_000));
        let oldest = body.oldest_unsent.map(|at| UnixMillis(at.min(now.0)));
        if device.unsent != unsent || device.oldest_unsent_ms != oldest {
            state
                .app
                .db
                .write(move |tx| Box::pin(async move { Ok::<_, UseError>(devices::holds(tx, id, unsent, oldest, now).await?) }))
                .await?;
        }
    }
    Ok(Json(json!({ "now": now.0, "results": results, "watched": watched })))
}

fn result(id: &str, state: &str, status: StatusCode, problem: Option<&str>) -> Value {
    json!({ "id": id, "state": state, "status": status.as_u16(), "receipt": null, "result": null, "payment_code_id": null, "problem": problem })
}

/// One answer in the words of `SendResult`.
pub(super) fn told(lang: Lang, answer: &Answer) -> Value {
    let id = answer.id.hyphenated().to_string();
    match &answer.fate {
        Fate::Received { receipt, result, code, is_repeat } => json!({
            "id": id, "state": "received", "status": if *is_repeat { 200 } else { 201 },
            "receipt": receipt, "result": result, "payment_code_id": code, "problem": null,
        }),
        Fate::Kept { state, outcome, problems } => {
            // To the phone, what a person put right and what a person took as it is are the same: it counts.
            let said = if *state == RecordState::Accepted { RecordState::Corrected } else { *state };
            let status = if state.is_open() { StatusCode::ACCEPTED } else { StatusCode::OK };
            let mut told =
                result(&id, said.as_str(), status, Some(&say(lang, problems)).filter(|_| state.is_open()).map(String::as_str));
            told["receipt"] = json!(outcome.as_ref().filter(|_| said == RecordState::Corrected));
            told
        }
        Fate::Foreign => result(&id, "refused", StatusCode::UNPROCESSABLE_ENTITY, Some(words_of(lang, "market_unknown"))),
        Fate::Retry => result(&id, "retry", StatusCode::SERVICE_UNAVAILABLE, None),
    }
}

/// What is wrong, in words, each once.
pub(super) fn say(lang: Lang, problems: &[Problem]) -> String {
    let mut said: Vec<&str> = Vec::new();
    for problem in problems {
        let words = words_of(lang, &problem.code);
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said.join(" ")
}

async fn photo(
    State(state): State<AppState>,
    who: Fielder,
    Path(uuid): Path<String>,
    body: Bytes,
) -> Result<StatusCode, AppError> {
    let id = uuid::Uuid::try_parse(&uuid).map_err(|_| AppError::BadRequest("id_malformed"))?;
    let sent: SentPhoto = serde_json::from_slice(&body).map_err(|_| AppError::BadRequest("not_json"))?;
    let sender = who.sender(sent.sent_at);
    let is_new = photos::keep(&state.app, &sender, id, sent).await?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::OK })
}
