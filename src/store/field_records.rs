//! Records of phones that wait for a person: refused, in conflict, or sent by a phone that was taken off. The phone cannot
//! open them any more, so the server is where they are looked at and put right.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        field_record::{RecordKind, RecordState},
        ids::{CheckId, DeviceId, EnrolmentId, MarketId, RecordId, StallId, VisitId},
        scope::{Scope, Viewer},
        time::UnixMillis,
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

/// A record to be kept.
#[derive(Clone)]
pub struct NewRecord {
    /// The UUID that the phone made.
    pub id: RecordId,
    /// In which market.
    pub market_id: MarketId,
    /// What it is.
    pub kind: RecordKind,
    /// At which stall, as the phone says.
    pub stall_id: Option<StallId>,
    /// Which phone.
    pub device_id: Option<DeviceId>,
    /// Whose phone: a staff id.
    pub recorded_by: String,
    /// Who sent it: the same, or whoever imported a phone's file.
    pub sent_by: String,
    /// SHA-256 over the body.
    pub body_hash: Vec<u8>,
    /// The body, or the envelope that could not be opened.
    pub body: String,
    /// Why it waits.
    pub state: RecordState,
    /// Stable words, one problem a line.
    pub problems: String,
    /// When it was made.
    pub captured_at: UnixMillis,
}

impl std::fmt::Debug for NewRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewRecord({}, {})", self.id, self.state)
    }
}

/// Keeps a record; `false` when it is kept already.
pub async fn insert(tx: &mut Tx<'_>, new: &NewRecord, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO field_records (market_id, record_id, kind, stall_id, device_id, recorded_by, sent_by, body_hash, \
         body_sealed, state, problems, captured_at_ms, received_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (market_id, record_id) DO NOTHING";
    let sealed = tx.keys().seal(seal::FIELD_RECORD, &new.id, &new.body);
    let rows = execute!(
        tx,
        SQL,
        new.market_id,
        new.id,
        new.kind,
        new.stall_id,
        new.device_id,
        &new.recorded_by,
        &new.sent_by,
        &new.body_hash,
        sealed.clone(),
        new.state,
        &new.problems,
        new.captured_at,
        now,
    )?;
    Ok(rows == 1)
}

stored_row! {
    /// A record as its page shows it.
    #[derive(Debug, Clone)]
    pub struct Record {
        /// In which market.
        pub market_id: MarketId,
        /// The UUID that the phone made.
        pub record_id: RecordId,
        /// What it is.
        pub kind: RecordKind,
        /// At which stall.
        pub stall_id: Option<StallId>,
        /// That stall's code.
        pub stall_code: Option<String>,
        /// Which phone.
        pub device_id: Option<DeviceId>,
        /// By which a person recognises that phone.
        pub device_label: Option<String>,
        /// Whose phone.
        pub recorded_by: String,
        /// Their name.
        pub recorder: Option<String>,
        /// Why it waits, or what came of it.
        pub state: RecordState,
        /// Stable words, one problem a line.
        pub problems: String,
        /// When it was made.
        pub captured_at_ms: UnixMillis,
        /// When it was received.
        pub received_at_ms: UnixMillis,
        /// When somebody decided.
        pub handled_at_ms: Option<UnixMillis>,
        /// What came of it: a receipt, or why it was dropped.
        pub outcome: Option<String>,
    }
}

macro_rules! record_sql {
    ($tail:literal) => {
        concat!(
            "SELECT r.market_id, r.record_id, r.kind, r.stall_id, s.code AS stall_code, r.device_id, d.label AS device_label, r.recorded_by, ",
            "f.full_name AS recorder, r.state, r.problems, r.captured_at_ms, r.received_at_ms, r.handled_at_ms, r.outcome FROM field_records r ",
            "LEFT JOIN stalls s ON s.market_id = r.market_id AND s.stall_id = r.stall_id LEFT JOIN devices d ON d.device_id = r.device_id ",
            "LEFT JOIN staff f ON f.staff_id = r.recorded_by ",
            $tail
        )
    };
}

/// What became of a record that this person's phone sent; other people's records do not exist for it.
pub async fn sent_before(
    db: &Db,
    market: MarketId,
    id: RecordId,
    sender: &str,
) -> Result<Option<(RecordState, Option<String>, String)>, StoreError> {
    const SQL: &str = "SELECT state, outcome, problems FROM field_records WHERE market_id = $1 AND record_id = $2 \
         AND (recorded_by = $3 OR sent_by = $3)";
    fetch_optional!(db, SQL, market, id, sender)
}

/// The receipt of a record that this person sent and that counts; empty for what has none, `None` while it does not count.
pub async fn counts(db: &Db, market: MarketId, id: uuid::Uuid, sender: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT receipt FROM enrolments WHERE market_id = $1 AND enrolment_id = $2 AND enrolled_by = $5 \
         UNION ALL SELECT '' FROM visits WHERE market_id = $1 AND visit_id = $3 AND visited_by = $5 \
         UNION ALL SELECT '' FROM sticker_checks WHERE market_id = $1 AND check_id = $4 AND checked_by = $5";
    let (enrolment, visit, check) = (EnrolmentId::from_uuid(id), VisitId::from_uuid(id), CheckId::from_uuid(id));
    let found: Option<(String,)> = fetch_optional!(db, SQL, market, enrolment, visit, check, sender)?;
    Ok(found.map(|(receipt,)| receipt))
}

/// One record.
pub async fn find(db: &Db, scope: &MarketScope, id: RecordId) -> Result<Option<Record>, StoreError> {
    const SQL: &str = record_sql!("WHERE r.market_id = $1 AND r.record_id = $2");
    fetch_optional!(db, SQL, scope.market_id(), id)
}

/// What a record says.
pub async fn body(db: &Db, scope: &MarketScope, id: RecordId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT body_sealed FROM field_records WHERE market_id = $1 AND record_id = $2";
    let sealed: Option<Vec<u8>> = fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(value,)| value);
    sealed.map(|sealed| db.keys().open(seal::FIELD_RECORD, &id, &sealed)).transpose()
}

/// The records of a market that wait, oldest first; only one person's when `of` names one.
pub async fn open(db: &Db, scope: &MarketScope, of: Option<&str>) -> Result<Vec<Record>, StoreError> {
    const SQL: &str = record_sql!(
        "WHERE r.market_id = $1 AND r.handled_at_ms IS NULL AND ($2 = '' OR r.recorded_by = $2) ORDER BY r.received_at_ms, r.record_id LIMIT 500"
    );
    fetch_all!(db, SQL, scope.market_id(), of.unwrap_or(""))
}

/// How many records of a market wait.
pub async fn waiting(db: &Db, scope: &MarketScope) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM field_records WHERE market_id = $1 AND handled_at_ms IS NULL";
    let (count,): (i64,) = fetch_one!(db, SQL, scope.market_id())?;
    Ok(count)
}

/// In which markets of a ward or a market records wait, and how many.
pub async fn waiting_by_market(db: &Db, viewer: &Viewer) -> Result<Vec<(MarketId, i64)>, StoreError> {
    const ONE: &str =
        "SELECT market_id, COUNT(*) FROM field_records WHERE handled_at_ms IS NULL AND market_id = $1 GROUP BY market_id";
    const OF_WARD: &str = "SELECT r.market_id, COUNT(*) FROM markets m CROSS JOIN field_records r \
         WHERE r.handled_at_ms IS NULL AND m.market_id = r.market_id AND m.ward_code = $1 GROUP BY r.market_id";
    match &viewer.scope {
        Scope::Market(id) => fetch_all!(db, ONE, *id),
        Scope::Ward(code) => fetch_all!(db, OF_WARD, code),
        Scope::Province(_) | Scope::Nation => Ok(Vec::new()),
    }
}

/// Records what somebody decided; `false` when somebody had before.
pub async fn handle(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: RecordId,
    (state, outcome): (RecordState, &str),
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE field_records SET state = $3, outcome = $4, handled_by = $5, handled_at_ms = $6 \
         WHERE market_id = $1 AND record_id = $2 AND handled_at_ms IS NULL";
    execute!(tx, SQL, scope.market_id(), id, state, outcome, scope.actor(), now).map(|rows| rows == 1)
}
