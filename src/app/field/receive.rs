//! Receiving what a phone sends: every record is stored before it is answered, exactly once, and a bad one blocks nobody.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    keys, records, sealed,
    sealed::{Envelope, bound_to},
    test_transfer,
};
use crate::{
    app::{App, UseError, check_sticker, enrol, record_visit},
    domain::{
        device::{PhoneClock, moment},
        field_record::{RecordKind, RecordState},
        ids::{DeviceId, EnrolmentId, MarketId, RecordId, StallId},
        scope::{Act, Viewer},
        time::{DAY_MS, UnixMillis},
    },
    store::{
        field_keys,
        field_records::{self, NewRecord},
        markets::{self, AccessError, MarketScope},
    },
};

/// The newest form of a record; the one before is taken too.
pub const SCHEMA: u32 = 1;
/// The oldest form that is taken.
pub const OLDEST_SCHEMA: u32 = 0;

/// Whose records these are.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Who, in which role, within which bounds.
    pub viewer: Viewer,
    /// The phone and when it was bound; `None` for a browser that is not bound.
    pub device: Option<(DeviceId, UnixMillis)>,
    /// The phone was taken off: nothing it sends counts before a person has looked at it.
    pub is_revoked: bool,
    /// What the phone's clock said when it sent.
    pub sent_at: i64,
}

/// A record on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    /// The UUID that the phone made: the idempotency key.
    pub id: uuid::Uuid,
    /// What it is.
    pub kind: RecordKind,
    /// In which market.
    pub market_id: MarketId,
    /// At which stall.
    pub stall_id: StallId,
    /// What only we can open.
    pub sealed: Envelope,
}

impl Item {
    /// The id as the phone wrote it into the seal.
    fn name(&self) -> String {
        self.id.hyphenated().to_string()
    }

    fn record_id(&self) -> RecordId {
        RecordId::from_uuid(self.id)
    }
}

/// What is wrong with a record: where, and the stable word. Nothing of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// RFC 6901 pointer into the body; empty for the whole.
    pub pointer: String,
    /// Stable word.
    pub code: String,
}

impl Problem {
    fn whole(code: &str) -> Vec<Self> {
        vec![Self { pointer: String::new(), code: code.to_owned() }]
    }

    /// Problems as they are kept, one a line.
    fn write(problems: &[Self]) -> String {
        problems.iter().map(|problem| format!("{} {}", problem.pointer, problem.code)).collect::<Vec<_>>().join("\n")
    }

    /// Problems as they were kept.
    #[must_use]
    pub fn read(text: &str) -> Vec<Self> {
        let one = |(pointer, code): (&str, &str)| Self { pointer: pointer.to_owned(), code: code.to_owned() };
        text.lines().filter_map(|line| line.split_once(' ')).map(one).collect()
    }
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It counts.
    Received {
        /// `PN-…`, for an enrolment.
        receipt: Option<String>,
        /// The stall's progress, or the verdict of a scan.
        result: Option<String>,
        /// The primary code of an enrolment.
        code: Option<String>,
        /// Whether it counted before this call.
        is_repeat: bool,
    },
    /// The server keeps it for a person; or a person has decided since, and the receipt or reason is the outcome.
    Kept {
        /// Why it waits, or what came of it.
        state: RecordState,
        /// A receipt or a reason.
        outcome: Option<String>,
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// The market does not exist here: the phone keeps it.
    Foreign,
    /// Not stored: to be sent again.
    Retry,
}

/// The answer to one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The record.
    pub id: uuid::Uuid,
    /// What became of it.
    pub fate: Fate,
}

/// What was inside an envelope.
struct Opened {
    body: Value,
    at: UnixMillis,
}

/// Receives one record. Failures of ours are a `Retry`, logged once here.
pub async fn receive(app: &App, sender: &Sender, item: &Item) -> Answer {
    let fate = match fate_of(app, sender, item).await {
        Ok(fate) => fate,
        Err(error) => {
            // Too busy is said by the answer; anything else is ours and has to be seen.
            if !matches!(&error, UseError::Store(store) if store.may_retry()) {
                tracing::error!(error = &error as &dyn std::error::Error, "a phone's record was not stored");
            }
            Fate::Retry
        }
    };
    Answer { id: item.id, fate }
}

async fn fate_of(app: &App, sender: &Sender, item: &Item) -> Result<Fate, UseError> {
    if let Some(kept) = kept_before(app, sender, item).await? {
        return Ok(kept);
    }
    let scope = match markets::enter(&app.db, &sender.viewer, Act::Enrol, item.market_id).await {
        Ok(scope) => Some(scope),
        Err(AccessError::Store(error)) => return Err(error.into()),
        Err(AccessError::NotFound | AccessError::Forbidden) => None,
    };
    if scope.is_none() && !exists(app, item.market_id).await? {
        return Ok(Fate::Foreign);
    }
    let opened = match open(app, sender, item).await? {
        Ok(opened) => opened,
        Err(code) => {
            let envelope = serde_json::to_string(&item.sealed).unwrap_or_default();
            return keep(app, sender, item, (envelope, app.clock.now()), (RecordState::Refused, Problem::whole(code))).await;
        }
    };
    let body = opened.body.to_string();
    let set_apart = match &scope {
        None => Some("out_of_scope"),
        Some(_) if sender.is_revoked => Some("device_revoked"),
        Some(_) => None,
    };
    let (Some(scope), None) = (scope, set_apart) else {
        // Sent while all was well, the answer was lost, and the phone was taken off meanwhile: it counts, and nobody need look.
        if let Some(receipt) = field_records::counts(&app.db, item.market_id, item.id, &sender.viewer.actor()).await? {
            let receipt = Some(receipt).filter(|receipt| !receipt.is_empty());
            return Ok(Fate::Received { receipt, result: None, code: None, is_repeat: true });
        }
        let problems = Problem::whole(set_apart.unwrap_or("out_of_scope"));
        return keep(app, sender, item, (body, opened.at), (RecordState::Quarantined, problems)).await;
    };
    let device = sender.device.map(|(id, _)| id);
    match apply(app, &sender.viewer, scope, &Record { item, body: &opened.body, at: opened.at, device }).await {
        Ok(received) => Ok(received),
        Err(error) => match judged(error) {
            Ok(why) => keep(app, sender, item, (body, opened.at), why).await,
            Err(failure) => Err(failure),
        },
    }
}

/// What became of a record that waits for a person, or waited.
async fn kept_before(app: &App, sender: &Sender, item: &Item) -> Result<Option<Fate>, UseError> {
    state_of(app, &sender.viewer, item.market_id, item.record_id()).await
}

/// The present state of a record that was kept, for the phone that sent it.
pub async fn state_of(app: &App, viewer: &Viewer, market: MarketId, id: RecordId) -> Result<Option<Fate>, UseError> {
    let kept = field_records::sent_before(&app.db, market, id, &viewer.actor()).await?;
    Ok(kept.map(|(state, outcome, problems)| Fate::Kept { state, outcome, problems: Problem::read(&problems) }))
}

async fn exists(app: &App, market: MarketId) -> Result<bool, UseError> {
    match markets::enter_as(&app.db, "field", market).await {
        Ok(_) => Ok(true),
        Err(AccessError::Store(error)) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

/// Opens the envelope; the inner error is a stable word.
async fn open(app: &App, sender: &Sender, item: &Item) -> Result<Result<Opened, &'static str>, UseError> {
    let Some(key) = field_keys::find(&app.db, &item.sealed.key_id).await? else { return Ok(Err("unopenable")) };
    let private = key.private(app.db.keys())?;
    let bound = bound_to(&item.name(), item.kind.as_str(), &item.market_id.to_string(), &item.stall_id.to_string());
    let Ok(plain) = sealed::open(&item.sealed, &private, &bound) else { return Ok(Err("unopenable")) };
    let Ok(plain) = serde_json::from_slice::<Value>(&plain) else { return Ok(Err("not_json")) };
    let schema = plain.get("schema").map_or(Some(0), Value::as_u64);
    if schema.is_none_or(|schema| schema > u64::from(SCHEMA)) {
        return Ok(Err("schema_unknown"));
    }
    let Some(body @ Value::Object(_)) = plain.get("body") else { return Ok(Err("not_json")) };
    Ok(Ok(Opened { body: body.clone(), at: made_at(app, sender, &plain) }))
}

fn made_at(app: &App, sender: &Sender, plain: &Value) -> UnixMillis {
    let now = app.clock.now();
    // A browser that is not bound: nothing says since when it could have recorded.
    let bound_at = sender.device.map_or(now.plus(-30 * DAY_MS), |(_, bound_at)| bound_at);
    let at = plain.pointer("/clock/at").and_then(Value::as_i64);
    let offset = plain.pointer("/clock/offset").and_then(Value::as_i64);
    at.map_or(now, |at| moment(PhoneClock { at, offset }, sender.sent_at, now, bound_at))
}

/// A record that was opened.
pub(super) struct Record<'a> {
    pub(super) item: &'a Item,
    pub(super) body: &'a Value,
    pub(super) at: UnixMillis,
    pub(super) device: Option<DeviceId>,
}

/// Hands a record to its use case, under the moment at which it was really made.
pub(super) async fn apply(app: &App, viewer: &Viewer, scope: MarketScope, record: &Record<'_>) -> Result<Fate, UseError> {
    let now = app.clock.now();
    let Record { item, at, device, .. } = *record;
    match item.kind {
        RecordKind::Enrolment => {
            let mut input = enrol::from_json(record.body, now)?;
            if input.market_id != item.market_id {
                return Err(UseError::invalid("/market_id", "id_differs", "the envelope names another market"));
            }
            (input.captured_at, input.consent_given_at) = (at, at);
            input.origin.device_id = device.map(|id| id.to_string()).or(input.origin.device_id);
            let enrolled = enrol::enrol_in(app, scope, EnrolmentId::from_uuid(item.id), input).await?;
            let answer = enrolled.answer;
            Ok(Fate::Received {
                receipt: Some(answer.receipt),
                result: Some(answer.progress.to_string()),
                code: answer.payment_codes.first().map(|code| code.payment_code_id.to_string()),
                is_repeat: !enrolled.is_new,
            })
        }
        RecordKind::Visit => {
            let mut visit = record_visit::from_json(&named(record, "visit_id")?, now)?;
            visit.visited_at = at;
            let answer = record_visit::record(app, viewer, item.stall_id, visit).await?;
            Ok(done(answer.progress.as_str(), !answer.is_new))
        }
        RecordKind::StickerCheck => {
            let mut scan = check_sticker::from_json(&named(record, "check_id")?, now)?;
            scan.checked_at = at;
            let answer = check_sticker::check(app, viewer, scan).await?;
            Ok(done(answer.verdict.as_str(), !answer.is_new))
        }
        RecordKind::TestTransfer => {
            test_transfer::note(app, scope, record.body).await?;
            Ok(Fate::Received { receipt: None, result: None, code: None, is_repeat: false })
        }
    }
}

fn done(result: &str, is_repeat: bool) -> Fate {
    Fate::Received { receipt: None, result: Some(result.to_owned()), code: None, is_repeat }
}

/// The body with its own id and stall, as the single calls take it. What it says of its moment is replaced by what is true
/// whenever it is sent, so that a repeat is the same.
fn named(record: &Record<'_>, field: &str) -> Result<Value, UseError> {
    let mut body = record.body.clone();
    let stall = record.item.stall_id.to_string();
    let Value::Object(map) = &mut body else { return Err(UseError::invalid("", "not_json", "expected an object")) };
    if map.get("stall_id").and_then(Value::as_str).is_some_and(|said| said != stall) {
        return Err(UseError::invalid("/stall_id", "id_differs", "the envelope names another stall"));
    }
    map.insert(field.to_owned(), json!(record.item.name()));
    map.insert("stall_id".to_owned(), json!(stall));
    Ok(body)
}

/// Why a record is kept; a failure of ours is handed back.
pub(super) fn judged(error: UseError) -> Result<(RecordState, Vec<Problem>), UseError> {
    let one = |state, code| Ok((state, Problem::whole(code)));
    match error {
        UseError::Invalid(problems) => {
            let problems =
                problems.into_iter().map(|problem| Problem { pointer: problem.pointer, code: problem.code.to_owned() });
            Ok((RecordState::Refused, problems.collect()))
        }
        UseError::Conflict(code @ ("stall_taken" | "stall_changed" | "enrolment_differs")) => one(RecordState::Conflict, code),
        UseError::Conflict(code) | UseError::Forbidden(code) => one(RecordState::Refused, code),
        UseError::NotFound => one(RecordState::Refused, "not_found"),
        other @ (UseError::Store(_) | UseError::Braked(_)) => Err(other),
    }
}

async fn keep(
    app: &App,
    sender: &Sender,
    item: &Item,
    (body, captured_at): (String, UnixMillis),
    (state, problems): (RecordState, Vec<Problem>),
) -> Result<Fate, UseError> {
    let new = NewRecord {
        id: item.record_id(),
        market_id: item.market_id,
        kind: item.kind,
        stall_id: Some(item.stall_id),
        device_id: sender.device.map(|(id, _)| id),
        recorded_by: sender.viewer.actor(),
        sent_by: sender.viewer.actor(),
        body_hash: Sha256::digest(body.as_bytes()).to_vec(),
        body,
        state,
        problems: Problem::write(&problems),
        captured_at,
    };
    records::keep(app, new).await?;
    Ok(Fate::Kept { state, outcome: None, problems })
}

/// Makes sure that there is a key to seal to; for whoever asks who they are.
pub async fn field_key(app: &App) -> Result<(String, Vec<u8>), UseError> {
    let key = keys::newest(app).await?;
    Ok((key.key_id, key.public_key))
}
