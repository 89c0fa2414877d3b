//! A scan of what hangs at a stall is compared with what is registered. Posting a sticker is closed only by such a scan.

use serde_json::Value;

use crate::{
    app::{App, FieldProblem, UseError, enrol, idempotency::body_hash},
    domain::{
        audit::Event,
        ids::{CheckId, StallId},
        payment_code::CodeStatus,
        scope::{Act, Viewer},
        stall::{CodeSafety, Progress},
        sticker_check::Verdict,
        time::UnixMillis,
    },
    store::{
        Dimension, Tx,
        markets::{self, MarketScope},
        payment_codes, stall_facts,
        stalls::{self, Stall},
        sticker_checks::{self, NewCheck, Registered},
        stickers,
    },
};

/// The longest text a scan may carry: a QR code holds at most 2,953 bytes.
const LONGEST_SCAN: usize = 2_953;

/// A scan that makes sense by itself.
#[derive(Clone)]
pub struct Scan {
    /// Its identifier, made by the client.
    pub id: CheckId,
    /// At which stall.
    pub stall_id: StallId,
    /// What was read; empty when the code could not be read.
    pub payload: String,
    /// When.
    pub checked_at: UnixMillis,
    /// What makes a repeat the same, when it came as JSON; a form is sent once.
    pub body_hash: Option<Vec<u8>>,
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scan({}, {})", self.id, self.stall_id)
    }
}

/// What a scan is answered with.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CheckAnswer {
    /// Its identifier.
    pub check_id: CheckId,
    /// What it says.
    pub verdict: Verdict,
    /// How safe the stall's code is now.
    pub code_safety: CodeSafety,
    /// How far the stall is now.
    pub progress: Progress,
    /// Whether this call stored it; a repeat did not.
    #[serde(skip)]
    pub is_new: bool,
}

/// Reads `{check_id, stall_id, scanned_payload, checked_at}`.
pub fn from_json(body: &Value, now: UnixMillis) -> Result<Scan, UseError> {
    let mut problems = Vec::new();
    let text = |pointer: &'static str| body.pointer(pointer).and_then(Value::as_str);
    let id = text("/check_id").and_then(|id| id.parse().ok().or_else(|| uuid::Uuid::try_parse(id).ok().map(CheckId::from_uuid)));
    let stall = text("/stall_id").and_then(|id| id.parse().ok());
    let payload = text("/scanned_payload").filter(|payload| payload.len() <= LONGEST_SCAN);
    let at = text("/checked_at").map(UnixMillis::parse);
    let mut need = |missing: bool, pointer: &str, code, message: &str| {
        if missing {
            problems.push(FieldProblem::new(pointer, code, message));
        }
    };
    need(id.is_none(), "/check_id", "id_malformed", "expected a UUID made by the client");
    need(stall.is_none(), "/stall_id", "stall_id_malformed", "expected a stall's identifier");
    need(payload.is_none(), "/scanned_payload", "payload_missing", "expected what was scanned, at most 2,953 bytes");
    need(matches!(at, Some(Err(_))), "/checked_at", "moment_malformed", "expected RFC 3339 with an offset");
    let (Some(id), Some(stall_id), Some(payload), true) = (id, stall, payload, problems.is_empty()) else {
        return Err(UseError::Invalid(problems));
    };
    let body_hash = Some(body_hash(body, &["check_id"])?);
    Ok(Scan { id, stall_id, payload: payload.to_owned(), checked_at: at.and_then(Result::ok).unwrap_or(now), body_hash })
}

/// Checks a sticker; a repeat is answered as before.
pub async fn check(app: &App, viewer: &Viewer, scan: Scan) -> Result<CheckAnswer, UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::Enrol, scan.stall_id).await?;
    let now = app.clock.now();
    let hash = scan.body_hash.clone().unwrap_or_default();
    app.db
        .write(move |tx| {
            let (scope, scan, hash) = (scope.clone(), scan.clone(), hash.clone());
            Box::pin(async move { check_in(tx, &scope, &scan, hash, now).await })
        })
        .await
}

async fn check_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    scan: &Scan,
    hash: Vec<u8>,
    now: UnixMillis,
) -> Result<CheckAnswer, UseError> {
    tx.lock_market(scope.market_id()).await?;
    let stall = stalls::find_in(tx, scope, scan.stall_id).await?.ok_or(UseError::NotFound)?;
    match sticker_checks::stored(tx, scope, scan.id).await? {
        Some((stored, verdict)) if stored == hash => {
            return Ok(CheckAnswer {
                check_id: scan.id,
                verdict,
                code_safety: stall.code_safety,
                progress: stall.progress,
                is_new: false,
            });
        }
        Some(_) => return Err(UseError::Conflict("check_differs")),
        None => {}
    }
    let (verdict, code) = verdict(tx, scope, &stall, &scan.payload).await?;
    let new = NewCheck {
        id: scan.id,
        stall_id: scan.stall_id,
        verdict,
        scanned: scan.payload.clone(),
        payment_code_id: code.as_ref().map(|code| code.payment_code_id),
        checked_at: scan.checked_at.min(now),
        body_hash: hash,
    };
    sticker_checks::insert(tx, scope, &new, now).await?;
    let (mut is_confirmed, mut is_posted) = (false, false);
    if let Some(code) = code.as_ref().filter(|_| verdict.is_good()) {
        // Seen at the stall by somebody who did not enrol it: that confirms the code, and posts its sticker.
        is_confirmed = payment_codes::confirm(tx, scope, code.payment_code_id, scope.actor(), now).await?;
        if verdict == Verdict::Match {
            is_posted = stickers::post(tx, scope, code.payment_code_id, now).await?;
        }
    }
    let state = stall_facts::refresh(tx, scope, &stall, now).await?;
    tx.ledger().happened(scope.market_id(), now.day(), Dimension::Check, verdict.as_str());
    tx.ledger().event(
        scope.market_id(),
        Event {
            at: now,
            actor: scope.actor().to_owned(),
            action: "sticker.checked",
            subject: scan.id.to_string(),
            stall: Some(scan.stall_id),
            detail: serde_json::json!({
                "verdict": verdict,
                "payment_code_id": code.map(|code| code.payment_code_id),
                "confirmed": is_confirmed,
                "posted": is_posted,
            }),
        },
    );
    Ok(CheckAnswer { check_id: scan.id, verdict, code_safety: state.safety, progress: state.progress, is_new: true })
}

/// Only a machine's comparison of the account is proof: names and looks can be copied.
async fn verdict(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: &Stall,
    payload: &str,
) -> Result<(Verdict, Option<Registered>), UseError> {
    let Some(identity) = enrol::identity_of(payload) else { return Ok((Verdict::Unreadable, None)) };
    // A code that was never in force (refused, or waiting for a second person) proves nothing about anybody.
    let registered: Vec<Registered> = sticker_checks::registered(tx, &identity, payload)
        .await?
        .into_iter()
        .filter(|code| !matches!(code.status, CodeStatus::InReview | CodeStatus::Refused))
        .collect();
    let here: Vec<&Registered> =
        registered.iter().filter(|code| code.market_id == scope.market_id() && code.stall_id == stall.stall_id).collect();
    // What its owner disowned is not in force for a payer, whoever scans it.
    let in_force =
        here.iter().filter(|code| code.status == CodeStatus::Active && !code.is_frozen).max_by_key(|code| code.is_same_payload);
    if let Some(code) = in_force {
        let verdict = if code.is_same_payload { Verdict::Match } else { Verdict::OwnCode };
        return Ok((verdict, Some((*code).clone())));
    }
    // The vendor's code of another stall of theirs, or a second account in force elsewhere, is still their own.
    let own = registered.iter().find(|code| {
        code.market_id == scope.market_id()
            && Some(code.vendor_id) == stall.vendor_id
            && code.status == CodeStatus::Active
            && !code.is_frozen
    });
    if own.is_some() {
        // It stands for nothing at this stall: which code it was is not kept with the check, so that nothing that happens to
        // it there changes what is true here.
        return Ok((Verdict::OwnCode, None));
    }
    if let Some(code) = here.first() {
        return Ok((Verdict::Superseded, Some((*code).clone())));
    }
    let verdict = if registered.is_empty() { Verdict::Unknown } else { Verdict::OtherVendor };
    Ok((verdict, None))
}
