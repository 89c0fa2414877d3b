//! Records that wait for a person: what was sent, and what a person makes of it. Whoever corrects or accepts a record counts as
//! having enrolled it, so that nobody decides about it twice.

use serde_json::Value;

use super::receive::{Fate, Item, Problem, Record, apply, judged};
use crate::{
    app::{App, UseError},
    domain::{
        audit::Event,
        field_record::{RecordKind, RecordState},
        ids::{MarketId, RecordId},
        scope::{Act, Viewer},
        time::UnixMillis,
    },
    store::{
        StoreError,
        field_records::{self, NewRecord, Record as Kept},
        markets::{self, MarketScope},
    },
};

/// Why a record is dropped.
pub const DROP_REASONS: [&str; 4] = ["twice", "wrong", "vendor_left", "other"];

/// Keeps a record; one that is kept already stays as it is.
pub(super) async fn keep(app: &App, new: NewRecord) -> Result<(), UseError> {
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let new = new.clone();
            Box::pin(async move {
                if field_records::insert(tx, &new, now).await? {
                    let detail = serde_json::json!({ "kind": new.kind, "state": new.state, "device": new.device_id });
                    tx.ledger().event(new.market_id, event(now, &new.sent_by, "record.kept", new.id, new.stall_id, detail));
                }
                Ok::<_, UseError>(())
            })
        })
        .await
}

fn event(
    at: UnixMillis,
    actor: &str,
    action: &'static str,
    id: RecordId,
    stall: Option<crate::domain::ids::StallId>,
    detail: Value,
) -> Event {
    Event { at, actor: actor.to_owned(), action, subject: id.to_string(), stall, detail }
}

/// The records that wait in a market: all of them for who may review, one's own for a volunteer.
pub async fn open(app: &App, viewer: &Viewer, market: MarketId) -> Result<(MarketScope, Vec<Kept>), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::Enrol, market).await?;
    let own = viewer.actor();
    let of = if viewer.may(Act::Review) { None } else { Some(own.as_str()) };
    let records = field_records::open(&app.db, &scope, of).await?;
    Ok((scope, records))
}

/// A record and what it says.
#[derive(Debug)]
pub struct Opened {
    /// Its market.
    pub scope: MarketScope,
    /// The record.
    pub record: Kept,
    /// What it says; `null` when its envelope could not be opened.
    pub body: Value,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Whether the viewer may put it right.
    pub may_correct: bool,
    /// Whether the viewer may accept or drop what others recorded.
    pub may_decide: bool,
}

/// One record within the viewer's bounds.
pub async fn find(app: &App, viewer: &Viewer, market: MarketId, id: RecordId) -> Result<Opened, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::Enrol, market).await?;
    let record = field_records::find(&app.db, &scope, id).await?.ok_or(UseError::NotFound)?;
    let may_decide = viewer.may(Act::Review);
    let is_own = record.recorded_by == viewer.actor();
    if !may_decide && !is_own {
        return Err(UseError::NotFound);
    }
    let problems = Problem::read(&record.problems);
    let is_shut = problems.iter().any(|problem| problem.code == "unopenable");
    let body = if is_shut {
        Value::Null
    } else {
        let text = field_records::body(&app.db, &scope, id).await?.ok_or(StoreError::Damaged("field_records.body"))?;
        serde_json::from_str(&text).unwrap_or(Value::Null)
    };
    let may_correct = record.state.is_open() && (may_decide || (is_own && record.state == RecordState::Refused));
    Ok(Opened { scope, record, body, problems, may_correct, may_decide })
}

/// What came of correcting or accepting a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts; the receipt or the result.
    Done(String),
    /// It still does not: what is wrong now.
    Wrong(Vec<Problem>),
}

/// Puts a record right: with a body that somebody changed, or as it is.
pub async fn settle(
    app: &App,
    viewer: &Viewer,
    (market, id): (MarketId, RecordId),
    changed: Option<Value>,
) -> Result<Outcome, UseError> {
    let opened = find(app, viewer, market, id).await?;
    if !opened.record.state.is_open() {
        return Err(UseError::Conflict("record_handled"));
    }
    let is_changed = changed.is_some();
    if !(opened.may_decide || (is_changed && opened.may_correct)) {
        return Err(UseError::Forbidden("role_may_not"));
    }
    let mut body = changed.unwrap_or(opened.body);
    if let Value::Object(map) = &mut body {
        // A person has seen what the phone did not know.
        map.remove("base_version");
    }
    let stall_id = opened.record.stall_id.ok_or(UseError::NotFound)?;
    // An id that is another record's already cannot be this one's too.
    let is_taken = opened.problems.iter().any(|problem| problem.code.ends_with("_differs"));
    let uuid = if is_taken { RecordId::generate(app.clock.now(), crate::clock::random()).uuid() } else { id.uuid() };
    let envelope =
        super::sealed::Envelope { key_id: String::new(), epk: String::new(), iv: String::new(), sealed: String::new() };
    let item = Item { id: uuid, kind: opened.record.kind, market_id: market, stall_id, sealed: envelope };
    let record = Record { item: &item, body: &body, at: opened.record.captured_at_ms, device: opened.record.device_id };
    let outcome = match apply(app, viewer, opened.scope.clone(), &record).await {
        Ok(Fate::Received { receipt, result, .. }) => receipt.or(result).unwrap_or_default(),
        Ok(_) => String::new(),
        Err(error) => return judged(error).map(|(_, problems)| Outcome::Wrong(problems)),
    };
    let (state, action) =
        if is_changed { (RecordState::Corrected, "record.corrected") } else { (RecordState::Accepted, "record.accepted") };
    close(app, &opened.scope, id, (state, &outcome), action, opened.record.stall_id).await?;
    Ok(Outcome::Done(outcome))
}

/// Decides that a record does not count.
pub async fn discard(app: &App, viewer: &Viewer, market: MarketId, id: RecordId, reason: &str) -> Result<(), UseError> {
    let opened = find(app, viewer, market, id).await?;
    if !opened.may_correct {
        return Err(if opened.record.state.is_open() {
            UseError::Forbidden("role_may_not")
        } else {
            UseError::Conflict("record_handled")
        });
    }
    let reason = DROP_REASONS.iter().find(|known| **known == reason);
    let reason = reason.ok_or_else(|| UseError::invalid("/reason", "reason_missing", "say why it does not count"))?;
    close(app, &opened.scope, id, (RecordState::Dropped, reason), "record.dropped", opened.record.stall_id).await
}

async fn close(
    app: &App,
    scope: &MarketScope,
    id: RecordId,
    (state, outcome): (RecordState, &str),
    action: &'static str,
    stall: Option<crate::domain::ids::StallId>,
) -> Result<(), UseError> {
    let (now, scope, outcome) = (app.clock.now(), scope.clone(), outcome.to_owned());
    app.db
        .write(move |tx| {
            let (scope, outcome) = (scope.clone(), outcome.clone());
            Box::pin(async move {
                if field_records::handle(tx, &scope, id, (state, &outcome), now).await? {
                    let detail = serde_json::json!({ "outcome": outcome });
                    tx.ledger().event(scope.market_id(), event(now, scope.actor(), action, id, stall, detail));
                }
                Ok(())
            })
        })
        .await
}

/// Whether what a record says can be put right in a form.
#[must_use]
pub const fn has_form(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::Enrolment | RecordKind::Visit)
}
