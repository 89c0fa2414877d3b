//! A visit is recorded: what it came to, why, when to come back.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    app::{App, FieldProblem, UseError, idempotency::body_hash},
    domain::{
        audit::Event,
        ids::{StallId, VisitId},
        kpi::{UseShare, UseSource},
        scope::{Act, Viewer},
        stall::{CodeSafety, Progress},
        time::{Day, UnixMillis},
        visit::{self, Reason, VisitOutcome},
    },
    store::{Dimension, markets, stall_facts, stalls, visits},
};

/// A visit that makes sense by itself.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Its identifier, made by the client.
    pub id: VisitId,
    /// What it came to.
    pub outcome: VisitOutcome,
    /// Why.
    pub reason: Option<Reason>,
    /// When to come back.
    pub come_back_on: Option<Day>,
    /// When it was.
    pub visited_at: UnixMillis,
    /// How use was known: seen in the field, also when nothing is said, or told by the vendor.
    pub use_source: Option<UseSource>,
    /// What the vendor says of the sales.
    pub use_share: Option<UseShare>,
    /// What makes a repeat the same, when it came as JSON; a form is sent once.
    pub body_hash: Option<Vec<u8>>,
}

/// What a visit is answered with.
#[derive(Debug, Clone, serde::Serialize)]
pub struct VisitAnswer {
    /// Its identifier.
    pub visit_id: VisitId,
    /// How far the stall is now.
    pub progress: Progress,
    /// How safe its code is.
    pub code_safety: CodeSafety,
    /// Whether this call stored it; a repeat did not.
    #[serde(skip)]
    pub is_new: bool,
}

/// Reads `{visit_id, outcome, reason?, come_back_on?, visited_at}`; the id is a UUID, with or without the prefix `vis_`.
pub fn from_json(body: &Value, now: UnixMillis) -> Result<Visit, UseError> {
    let mut problems = Vec::new();
    // A value that is no text is read as one that no field takes, so that it is refused rather than passed over.
    let text = |pointer: &'static str| {
        let value = body.pointer(pointer).filter(|value| !value.is_null());
        value.map(|value| value.as_str().unwrap_or("\0")).filter(|text| !text.is_empty())
    };
    let id = text("/visit_id").and_then(|id| id.parse().ok().or_else(|| uuid::Uuid::try_parse(id).ok().map(VisitId::from_uuid)));
    if id.is_none() {
        problems.push(FieldProblem::new("/visit_id", "id_malformed", "expected a UUID made by the client"));
    }
    let outcome = text("/outcome").map(str::parse::<VisitOutcome>);
    let reason = text("/reason").map(str::parse::<Reason>);
    let day = text("/come_back_on").map(str::parse::<Day>);
    let at = text("/visited_at").map(UnixMillis::parse);
    let source = text("/use_source").map(str::parse::<UseSource>);
    let share = text("/use_share").map(str::parse::<UseShare>);
    if !matches!(outcome, Some(Ok(_))) {
        problems.push(FieldProblem::new(
            "/outcome",
            "outcome_unknown",
            "expected one of agreed postponed awaiting_account declined stopped in_use closed",
        ));
    }
    if matches!(reason, Some(Err(_))) {
        problems.push(FieldProblem::new("/reason", "reason_unknown", "not one of the reasons"));
    }
    if matches!(day, Some(Err(_))) {
        problems.push(FieldProblem::new("/come_back_on", "day_malformed", "expected a day as in 2026-11-23"));
    }
    if matches!(at, Some(Err(_))) {
        problems.push(FieldProblem::new("/visited_at", "moment_malformed", "expected RFC 3339 with an offset"));
    }
    if matches!(source, Some(Err(_) | Ok(UseSource::Partner))) {
        problems.push(FieldProblem::new("/use_source", "use_source_unknown", "expected field or declared"));
    }
    if matches!(share, Some(Err(_))) {
        let expected = "expected one of none under_20 to_50 to_80 over_80";
        problems.push(FieldProblem::new("/use_share", "use_share_unknown", expected));
    }
    let (Some(id), Some(Ok(outcome)), true) = (id, outcome, problems.is_empty()) else { return Err(UseError::Invalid(problems)) };
    Ok(Visit {
        id,
        outcome,
        reason: reason.and_then(Result::ok),
        come_back_on: day.and_then(Result::ok),
        visited_at: at.and_then(Result::ok).unwrap_or(now),
        use_source: source.and_then(Result::ok),
        use_share: share.and_then(Result::ok),
        body_hash: Some(body_hash(body, &["visit_id", "stall_id"])?),
    })
}

/// Records a visit; a repeat is answered as before.
pub async fn record(app: &App, viewer: &Viewer, stall_id: StallId, visit: Visit) -> Result<VisitAnswer, UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::Enrol, stall_id).await?;
    // A phone's clock may run ahead by years; what is judged is what will be kept.
    let visit = Visit { visited_at: visit.visited_at.min(app.clock.now()), ..visit };
    visit::check(visit.outcome, visit.reason, visit.come_back_on, visit.visited_at).map_err(|error| {
        UseError::invalid(
            if matches!(error, visit::VisitError::ReasonMissing) { "/reason" } else { "/come_back_on" },
            error.code(),
            error.to_string(),
        )
    })?;
    let now = app.clock.now();
    // One id for two stalls is two records, whatever they say.
    let mut hash = Sha256::new_with_prefix(stall_id.to_string());
    hash.update(visit.body_hash.as_deref().unwrap_or_default());
    let hash = hash.finalize().to_vec();
    app.db
        .write(move |tx| {
            let (scope, visit, hash) = (scope.clone(), visit.clone(), hash.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let stall = stalls::find_in(tx, &scope, stall_id).await?.ok_or(UseError::NotFound)?;
                match visits::stored_hash(tx, &scope, visit.id).await? {
                    Some(stored) if stored == hash => {
                        return Ok(VisitAnswer { visit_id: visit.id, progress: stall.progress, code_safety: stall.code_safety, is_new: false });
                    }
                    Some(_) => return Err(UseError::Conflict("visit_differs")),
                    None => {}
                }
                let new = visits::NewVisit {
                    id: visit.id,
                    stall_id,
                    tenancy_id: stall.tenancy_id,
                    outcome: visit.outcome,
                    reason: visit.reason,
                    come_back_on: visit.come_back_on,
                    // A phone's clock may run ahead; a visit of tomorrow would outrank everything that happens today.
                    visited_at: visit.visited_at.min(now),
                    use_source: visit.use_source,
                    use_share: visit.use_share,
                    body_hash: hash,
                };
                visits::insert(tx, &scope, &new, now).await?;
                let state = stall_facts::refresh(tx, &scope, &stall, now).await?;
                if let Some(reason) = visit.reason {
                    tx.ledger().happened(scope.market_id(), now.day(), Dimension::Reason, reason.as_str());
                }
                tx.ledger().event(scope.market_id(), Event {
                    at: now,
                    actor: scope.actor().to_owned(),
                    action: "visit.recorded",
                    subject: visit.id.to_string(),
                    stall: Some(stall_id),
                    detail: serde_json::json!({ "outcome": visit.outcome, "reason": visit.reason, "come_back_on": visit.come_back_on }),
                });
                Ok(VisitAnswer { visit_id: visit.id, progress: state.progress, code_safety: state.safety, is_new: true })
            })
        })
        .await
}
