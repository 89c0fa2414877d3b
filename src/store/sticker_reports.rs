//! Suspicions that strangers report through a sticker's check link, until somebody has looked at them.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, ReportId, StallId, StickerId},
        scope::{Scope, Viewer},
        sticker_report::{Note, ReportReason},
        time::{Day, UnixMillis},
    },
    execute, fetch_all, fetch_optional,
};

/// A report to be kept.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Its identifier.
    pub id: ReportId,
    /// Of which sticker.
    pub sticker_id: StickerId,
    /// Where that sticker belongs.
    pub stall_id: StallId,
    /// What is suspicious.
    pub reason: ReportReason,
    /// What was written besides; may be empty.
    pub note: Note,
}

/// Adds a report.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewReport, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO sticker_reports (market_id, report_id, sticker_id, stall_id, reason, note_sealed, day, times, reported_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)";
    let note = sealed(tx, new.id, &new.note);
    execute!(tx, SQL, scope.market_id(), new.id, new.sticker_id, new.stall_id, new.reason, note.clone(), now.day(), now,)
        .map(drop)
}

fn sealed(tx: &Tx<'_>, id: ReportId, note: &Note) -> Option<Vec<u8>> {
    (!note.as_str().is_empty()).then(|| tx.keys().seal(seal::REPORT_NOTE, &id, note.as_str()))
}

stored_row! {
    /// A report that waits, as far as the next one of the same sticker must know it.
    #[derive(Debug, Clone)]
    pub struct Waiting {
        /// Its identifier.
        pub report_id: ReportId,
        /// What is suspicious.
        pub reason: ReportReason,
        /// The day it came.
        pub day: Day,
        /// Whether something was written besides.
        pub has_note: bool,
    }
}

/// The reports of a sticker that wait, latest first.
pub async fn waiting_of_sticker(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: StallId,
    sticker: StickerId,
) -> Result<Vec<Waiting>, StoreError> {
    const SQL: &str = "SELECT report_id, reason, day, (note_sealed IS NOT NULL) AS has_note FROM sticker_reports \
         WHERE market_id = $1 AND stall_id = $2 AND sticker_id = $3 AND handled_at_ms IS NULL ORDER BY reported_at_ms DESC, report_id DESC";
    fetch_all!(tx, SQL, scope.market_id(), stall, sticker)
}

/// Counts the same report once more; a note is kept where there was none.
pub async fn count_again(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: ReportId,
    note: &Note,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sticker_reports SET times = times + 1, reported_at_ms = $4, note_sealed = COALESCE(note_sealed, $3) \
         WHERE market_id = $1 AND report_id = $2";
    let note = sealed(tx, id, note);
    execute!(tx, SQL, scope.market_id(), id, note.clone(), now).map(drop)
}

/// Somebody has looked at it; `false` when somebody had before.
pub async fn handle(tx: &mut Tx<'_>, scope: &MarketScope, id: ReportId, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE sticker_reports SET handled_by = $3, handled_at_ms = $4 \
         WHERE market_id = $1 AND report_id = $2 AND handled_at_ms IS NULL";
    execute!(tx, SQL, scope.market_id(), id, scope.actor(), now).map(|rows| rows == 1)
}

/// At which stall the sticker of a report belongs.
pub async fn stall_of(db: &Db, scope: &MarketScope, id: ReportId) -> Result<Option<StallId>, StoreError> {
    const SQL: &str = "SELECT stall_id FROM sticker_reports WHERE market_id = $1 AND report_id = $2";
    Ok(fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(stall,)| stall))
}

/// A report that waits, on its stall's page.
#[derive(Debug, Clone)]
pub struct OpenReport {
    /// Its identifier.
    pub report_id: ReportId,
    /// The sticker's serial.
    pub serial: String,
    /// What is suspicious.
    pub reason: ReportReason,
    /// How often it was reported.
    pub times: i64,
    /// When it was last reported.
    pub reported_at: UnixMillis,
    /// What was written besides; empty for nothing.
    pub note: Note,
}

stored_row! {
    struct OpenRow {
        report_id: ReportId,
        serial: String,
        reason: ReportReason,
        times: i64,
        reported_at_ms: UnixMillis,
        note_sealed: Option<Vec<u8>>,
    }
}

/// The reports of a stall's stickers that wait, latest first.
pub async fn open_of_stall(db: &Db, scope: &MarketScope, stall: StallId) -> Result<Vec<OpenReport>, StoreError> {
    const SQL: &str = "SELECT r.report_id, k.serial, r.reason, r.times, r.reported_at_ms, r.note_sealed FROM sticker_reports r \
         JOIN stickers k ON k.market_id = r.market_id AND k.sticker_id = r.sticker_id \
         WHERE r.market_id = $1 AND r.stall_id = $2 AND r.handled_at_ms IS NULL ORDER BY r.reported_at_ms DESC, r.report_id DESC";
    let rows: Vec<OpenRow> = fetch_all!(db, SQL, scope.market_id(), stall)?;
    rows.into_iter()
        .map(|row| {
            let note = row.note_sealed.map(|sealed| db.keys().open(seal::REPORT_NOTE, &row.report_id, &sealed)).transpose()?;
            let note = note.unwrap_or_default().parse().map_err(|_| StoreError::Damaged("sticker_reports.note"))?;
            Ok(OpenReport {
                report_id: row.report_id,
                serial: row.serial,
                reason: row.reason,
                times: row.times,
                reported_at: row.reported_at_ms,
                note,
            })
        })
        .collect()
}

/// The stalls of a market where a report waits.
pub async fn stalls_reported(db: &Db, scope: &MarketScope) -> Result<Vec<StallId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT stall_id FROM sticker_reports WHERE market_id = $1 AND handled_at_ms IS NULL";
    Ok(fetch_all!(db, SQL, scope.market_id())?.into_iter().map(|(stall,)| stall).collect())
}

/// At how many stalls of each market within a viewer's bounds a report waits; markets without one are left out.
pub async fn stalls_by_market(db: &Db, viewer: &Viewer) -> Result<Vec<(MarketId, i64)>, StoreError> {
    const ONE: &str = "SELECT market_id, COUNT(DISTINCT stall_id) FROM sticker_reports \
         WHERE handled_at_ms IS NULL AND market_id = $1 GROUP BY market_id";
    // SQLite takes a CROSS JOIN in the order written: markets first, found by their place, each with one look into the index of
    // what waits. Anybody may report, so what waits in all markets together has no bound.
    const OF_WARD: &str = "SELECT r.market_id, COUNT(DISTINCT r.stall_id) FROM markets m CROSS JOIN sticker_reports r \
         WHERE r.handled_at_ms IS NULL AND m.market_id = r.market_id AND m.ward_code = $1 GROUP BY r.market_id";
    const OF_PROVINCE: &str = "SELECT r.market_id, COUNT(DISTINCT r.stall_id) FROM markets m CROSS JOIN sticker_reports r \
         WHERE r.handled_at_ms IS NULL AND m.market_id = r.market_id AND m.province_code = $1 GROUP BY r.market_id";
    const ALL: &str =
        "SELECT market_id, COUNT(DISTINCT stall_id) FROM sticker_reports WHERE handled_at_ms IS NULL GROUP BY market_id";
    match &viewer.scope {
        Scope::Market(id) => fetch_all!(db, ONE, *id),
        Scope::Ward(code) => fetch_all!(db, OF_WARD, code),
        Scope::Province(code) => fetch_all!(db, OF_PROVINCE, code),
        Scope::Nation => fetch_all!(db, ALL),
    }
}
