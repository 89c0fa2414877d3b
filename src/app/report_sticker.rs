//! Somebody before a stall suspects its sticker and says so through the check link. A stranger proves nothing and must not be able
//! to stop a vendor's trade, so a report changes no status: it sends people to look, and is kept until somebody has.

use crate::{
    app::{App, UseError},
    clock::random,
    domain::{
        audit::Event,
        ids::{ReportId, StallId},
        scope::{Act, Viewer},
        sticker_report::{Note, OPEN_AT_MOST, ReportReason},
    },
    store::{
        check_links::PublicSticker,
        markets,
        sticker_reports::{self, NewReport},
    },
};

/// Who reports, in the audit chain: anybody.
const ACTOR: &str = "public";

/// Keeps a report of a sticker. The same reason on the same day is counted and not kept again, and so is whatever comes when
/// [`OPEN_AT_MOST`] wait.
pub async fn report(app: &App, sticker: &PublicSticker, reason: ReportReason, note: Note) -> Result<(), UseError> {
    let scope = markets::enter_as(&app.db, ACTOR, sticker.market_id).await?;
    let now = app.clock.now();
    let new = NewReport {
        id: ReportId::generate(now, random()),
        sticker_id: sticker.sticker_id,
        stall_id: sticker.stall_id,
        reason,
        note,
    };
    app.db
        .write(move |tx| {
            let (scope, new) = (scope.clone(), new.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let waiting = sticker_reports::waiting_of_sticker(tx, &scope, new.stall_id, new.sticker_id).await?;
                let same = waiting.iter().find(|report| report.reason == new.reason && report.day == now.day());
                // Beyond the bound the latest one of that reason, or of any, stands for them all.
                let full = || waiting.iter().find(|report| report.reason == new.reason).or(waiting.first());
                if let Some(known) = same.or_else(|| if waiting.len() < OPEN_AT_MOST { None } else { full() }) {
                    let note = if same.is_some() { new.note.clone() } else { Note::default() };
                    return Ok(sticker_reports::count_again(tx, &scope, known.report_id, &note, now).await?);
                }
                sticker_reports::insert(tx, &scope, &new, now).await?;
                tx.ledger().event(
                    scope.market_id(),
                    Event {
                        at: now,
                        actor: scope.actor().to_owned(),
                        action: "sticker.reported",
                        subject: new.sticker_id.to_string(),
                        stall: Some(new.stall_id),
                        detail: serde_json::json!({ "report_id": new.id, "reason": new.reason }),
                    },
                );
                Ok(())
            })
        })
        .await
}

/// "Đã xử lý": whoever may decide on codes has looked at a report. Said twice, it counts once. Answers the stall.
pub async fn handle(app: &App, viewer: &Viewer, id: ReportId) -> Result<StallId, UseError> {
    let scope = markets::enter_by_report(&app.db, viewer, Act::Review, id).await?;
    let stall = sticker_reports::stall_of(&app.db, &scope, id).await?.ok_or(UseError::NotFound)?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                if sticker_reports::handle(tx, &scope, id, now).await? {
                    tx.ledger().event(
                        scope.market_id(),
                        Event {
                            at: now,
                            actor: scope.actor().to_owned(),
                            action: "sticker.report_handled",
                            subject: id.to_string(),
                            stall: Some(stall),
                            detail: serde_json::json!({}),
                        },
                    );
                }
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(stall)
}
