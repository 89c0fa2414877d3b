//! A small transfer was seen to arrive, or not: noted with the enrolment it belongs to.

use serde_json::Value;

use crate::{
    app::{App, UseError},
    domain::{audit::Event, ids::EnrolmentId},
    store::{enrolments, markets::MarketScope},
};

/// Reads `{enrolment_id, seen}` and notes it; a repeat changes nothing.
pub(super) async fn note(app: &App, scope: MarketScope, body: &Value) -> Result<(), UseError> {
    let id = body.pointer("/enrolment_id").and_then(Value::as_str).and_then(|id| uuid::Uuid::try_parse(id).ok());
    let id = id.map(EnrolmentId::from_uuid);
    let seen = body.pointer("/seen").and_then(Value::as_bool);
    let id = id.ok_or_else(|| UseError::invalid("/enrolment_id", "id_malformed", "expected the enrolment's UUID"))?;
    let seen = seen.ok_or_else(|| UseError::invalid("/seen", "not_boolean", "expected true or false"))?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let enrolment = enrolments::find_in(tx, &scope, id).await?;
                let enrolment = enrolment.ok_or_else(|| {
                    UseError::invalid("/enrolment_id", "enrolment_unknown", "this market has no such enrolment")
                })?;
                if enrolments::note_test_transfer(tx, &scope, id, seen).await? {
                    tx.ledger().event(
                        scope.market_id(),
                        Event {
                            at: now,
                            actor: scope.actor().to_owned(),
                            action: "enrolment.test_transfer",
                            subject: id.to_string(),
                            stall: Some(enrolment.stall_id),
                            detail: serde_json::json!({ "seen": seen }),
                        },
                    );
                }
                Ok(())
            })
        })
        .await
}
