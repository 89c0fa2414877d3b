//! Suspicions that were reported through check links, as those who look into them see them.

use axum::{
    extract::{Path, State},
    response::Redirect,
};

use super::{
    error::AppError,
    markets::id_of,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Words,
};
use crate::{
    app::report_sticker,
    domain::{ids::StallId, scope::Act},
    store::{markets::MarketScope, sticker_reports},
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::post("/sticker-reports/{report_id}/handle", handle)]
}

/// A report that waits, on its stall's page.
pub(super) struct ReportLine {
    pub(super) id: String,
    pub(super) serial: String,
    pub(super) reason: &'static str,
    pub(super) at: String,
    pub(super) times: i64,
    /// What a stranger wrote, for whoever decides; empty for everybody else.
    pub(super) note: String,
}

/// The reports of a stall that wait, latest first.
pub(super) async fn lines(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    stall: StallId,
    t: &'static Words,
) -> Result<Vec<ReportLine>, AppError> {
    let reads_notes = who.viewer.may(Act::Review);
    let open = sticker_reports::open_of_stall(&state.app.db, scope, stall).await?;
    let line = |report: sticker_reports::OpenReport| ReportLine {
        id: report.report_id.to_string(),
        serial: report.serial,
        reason: t.report_reason.find(report.reason.as_str()).unwrap_or(""),
        at: report.reported_at.to_people(),
        times: report.times,
        note: if reads_notes { report.note.as_str().to_owned() } else { String::new() },
    };
    Ok(open.into_iter().map(line).collect())
}

/// "Đã xử lý".
async fn handle(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let stall = report_sticker::handle(&state.app, &who.viewer, id_of(&id)?).await?;
    Ok(Redirect::to(&format!("/stalls/{stall}")))
}
