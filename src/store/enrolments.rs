//! Enrolments as they were received, their answers, and the review queue.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{ConsentId, EnrolmentId, MarketId, StallId, VendorId},
        payment_account::ReviewReason,
        scope::Scope,
        time::UnixMillis,
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

/// What was answered to an enrolment, kept for its repeats.
#[derive(Debug, Clone)]
pub struct Stored {
    /// SHA-256 over the canonical body.
    pub body_hash: Vec<u8>,
    /// The answer, as JSON text.
    pub answer: String,
}

/// The market an enrolment id belongs to, wherever it is. Only its own market's scope may look further.
pub async fn market_of(tx: &mut Tx<'_>, id: EnrolmentId) -> Result<Option<MarketId>, StoreError> {
    const SQL: &str = "SELECT market_id FROM enrolment_ids WHERE enrolment_id = $1";
    Ok(fetch_optional!(tx, SQL, id)?.map(|(value,)| value))
}

/// What was answered before.
pub async fn find_stored(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId) -> Result<Option<Stored>, StoreError> {
    const SQL: &str = "SELECT body_hash, answer_sealed FROM enrolments WHERE market_id = $1 AND enrolment_id = $2";
    let row: Option<(Vec<u8>, Vec<u8>)> = fetch_optional!(tx, SQL, scope.market_id(), id)?;
    row.map(|(body_hash, sealed)| Ok(Stored { body_hash, answer: tx.keys().open(seal::ANSWER, &id, &sealed)? })).transpose()
}

/// An enrolment to be stored.
#[derive(Clone)]
pub struct NewEnrolment {
    /// Its identifier, made by the client.
    pub id: EnrolmentId,
    /// SHA-256 over the canonical body.
    pub body_hash: Vec<u8>,
    /// The canonical body.
    pub body: String,
    /// What is answered, as JSON text.
    pub answer: String,
    /// The number told to the volunteer.
    pub receipt: String,
    /// At which stall.
    pub stall_id: StallId,
    /// Which vendor.
    pub vendor_id: VendorId,
    /// `issued` or `in_review`.
    pub status: &'static str,
    /// Why it is reviewed, stable words separated by spaces.
    pub review_reasons: String,
    /// Who enrolled.
    pub enrolled_by: String,
    /// Whether a test transfer was seen to arrive.
    pub test_transfer_seen: Option<bool>,
    /// The record's revision on the phone, from 1.
    pub rev: i64,
    /// The version of the stall the phone had seen.
    pub base_version: Option<i64>,
    /// Which phone.
    pub device_id: Option<String>,
    /// When the phone recorded it.
    pub captured_at: UnixMillis,
}

impl std::fmt::Debug for NewEnrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewEnrolment({}, {})", self.id, self.receipt)
    }
}

/// Adds an enrolment; `false` when its id is taken, here or in another market.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewEnrolment, now: UnixMillis) -> Result<bool, StoreError> {
    const CLAIM: &str =
        "INSERT INTO enrolment_ids (enrolment_id, market_id) VALUES ($1, $2) ON CONFLICT (enrolment_id) DO NOTHING";
    const SQL: &str = "INSERT INTO enrolments (market_id, enrolment_id, rev, body_hash, body_sealed, answer_sealed, receipt, stall_id, vendor_id, \
         status, review_reasons, enrolled_by, test_transfer_seen, captured_at_ms, received_at_ms, base_version, device_id) \
         VALUES ($1, $2, $15, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16, $17)";
    if execute!(tx, CLAIM, new.id, scope.market_id())? == 0 {
        return Ok(false);
    }
    let body = tx.keys().seal(seal::BODY, &new.id, &new.body);
    let answer = tx.keys().seal(seal::ANSWER, &new.id, &new.answer);
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        &new.body_hash,
        body.clone(),
        answer.clone(),
        &new.receipt,
        new.stall_id,
        new.vendor_id,
        new.status,
        &new.review_reasons,
        &new.enrolled_by,
        new.test_transfer_seen,
        new.captured_at,
        now,
        new.rev,
        new.base_version,
        new.device_id.as_deref(),
    )?;
    Ok(true)
}

/// A consent for one purpose.
#[derive(Debug, Clone)]
pub struct NewConsent {
    /// Its identifier.
    pub id: ConsentId,
    /// From which enrolment.
    pub enrolment_id: EnrolmentId,
    /// Which vendor it is about.
    pub vendor_id: VendorId,
    /// `vendor` or `account_holder`: who gave it.
    pub subject: &'static str,
    /// For what.
    pub purpose: String,
    /// The version of the text they heard.
    pub text_version: String,
    /// SHA-256 of that text.
    pub text_hash: Vec<u8>,
    /// When.
    pub given_at: UnixMillis,
    /// Who asked.
    pub collected_by: String,
}

/// Adds a consent.
pub async fn insert_consent(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewConsent) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO consents (market_id, consent_id, enrolment_id, vendor_id, subject, purpose, text_version, text_hash, given_at_ms, collected_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.enrolment_id,
        new.vendor_id,
        new.subject,
        &new.purpose,
        &new.text_version,
        &new.text_hash,
        new.given_at,
        &new.collected_by,
    )
    .map(drop)
}

stored_row! {
    /// An enrolment as the review shows it.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Enrolment {
        /// Its identifier.
        pub enrolment_id: EnrolmentId,
        /// The number told to the volunteer.
        pub receipt: String,
        /// At which stall.
        pub stall_id: StallId,
        /// The stall's code.
        pub stall_code: String,
        /// Which vendor.
        pub vendor_id: VendorId,
        /// Their name.
        pub vendor_name: String,
        /// `issued`, `in_review`, `returned`, `refused`, `replaced`.
        pub status: String,
        /// Why it is reviewed, separated by spaces.
        pub review_reasons: String,
        /// Who enrolled: a staff id.
        pub enrolled_by: String,
        /// Their name.
        pub enroller_name: Option<String>,
        /// When the phone recorded it.
        pub captured_at_ms: UnixMillis,
        /// When the server received it.
        pub received_at_ms: UnixMillis,
        /// Why it was given back.
        pub return_reason: Option<String>,
        /// The record's revision on the phone, from 1.
        pub rev: i64,
        /// The version of the stall the phone had seen.
        pub base_version: Option<i64>,
        /// Which phone.
        pub device_id: Option<String>,
    }
}

impl Enrolment {
    /// Whether it asks to change an account, which only a ward official may approve.
    #[must_use]
    pub fn is_account_change(&self) -> bool {
        self.is_reviewed_for(ReviewReason::AccountChange)
    }

    /// Whether this is one of the reasons for its review.
    #[must_use]
    pub fn is_reviewed_for(&self, reason: ReviewReason) -> bool {
        self.review_reasons.split(' ').any(|word| word == reason.as_str())
    }
}

macro_rules! enrolment_sql {
    ($tail:literal) => {
        concat!(
            "SELECT e.enrolment_id, e.receipt, e.stall_id, s.code AS stall_code, e.vendor_id, v.full_name AS vendor_name, e.status, ",
            "e.review_reasons, e.enrolled_by, f.full_name AS enroller_name, e.captured_at_ms, e.received_at_ms, e.return_reason, e.rev, e.base_version, e.device_id ",
            "FROM enrolments e JOIN stalls s ON s.market_id = e.market_id AND s.stall_id = e.stall_id ",
            "JOIN vendors v ON v.market_id = e.market_id AND v.vendor_id = e.vendor_id LEFT JOIN staff f ON f.staff_id = e.enrolled_by ",
            $tail
        )
    };
}

/// The enrolments of a market in one status, oldest first.
pub async fn list_by_status(db: &Db, scope: &MarketScope, status: &str) -> Result<Vec<Enrolment>, StoreError> {
    const SQL: &str = enrolment_sql!("WHERE e.market_id = $1 AND e.status = $2 ORDER BY e.received_at_ms, e.enrolment_id");
    fetch_all!(db, SQL, scope.market_id(), status)
}

/// The enrolments of a stall, latest first.
pub async fn list_of_stall(db: &Db, scope: &MarketScope, stall: StallId) -> Result<Vec<Enrolment>, StoreError> {
    const SQL: &str =
        enrolment_sql!("WHERE e.market_id = $1 AND e.stall_id = $2 ORDER BY e.received_at_ms DESC, e.enrolment_id DESC");
    fetch_all!(db, SQL, scope.market_id(), stall)
}

/// One enrolment.
pub async fn find(db: &Db, scope: &MarketScope, id: EnrolmentId) -> Result<Option<Enrolment>, StoreError> {
    const SQL: &str = enrolment_sql!("WHERE e.market_id = $1 AND e.enrolment_id = $2");
    fetch_optional!(db, SQL, scope.market_id(), id)
}

/// One enrolment, inside a write.
pub async fn find_in(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId) -> Result<Option<Enrolment>, StoreError> {
    const SQL: &str = enrolment_sql!("WHERE e.market_id = $1 AND e.enrolment_id = $2");
    fetch_optional!(tx, SQL, scope.market_id(), id)
}

/// The body as it was received, for the correction form.
pub async fn body(db: &Db, scope: &MarketScope, id: EnrolmentId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT body_sealed FROM enrolments WHERE market_id = $1 AND enrolment_id = $2";
    let sealed: Option<Vec<u8>> = fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(value,)| value);
    sealed.map(|sealed| db.keys().open(seal::BODY, &id, &sealed)).transpose()
}

/// Records a decision; gives whether the enrolment still stood in `from`, so that of two reviewers one wins.
pub async fn decide(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: EnrolmentId,
    (from, to): (&str, &str),
    reason: Option<&str>,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE enrolments SET status = $4, reviewed_by = $5, reviewed_at_ms = $6, return_reason = $7 \
         WHERE market_id = $1 AND enrolment_id = $2 AND status = $3";
    execute!(tx, SQL, scope.market_id(), id, from, to, scope.actor(), now, reason).map(|rows| rows == 1)
}

/// Notes whether a test transfer was seen to arrive; `false` when that was said before.
pub async fn note_test_transfer(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId, seen: bool) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE enrolments SET test_transfer_seen = $3 WHERE market_id = $1 AND enrolment_id = $2 \
         AND (test_transfer_seen IS NULL OR test_transfer_seen <> $3)";
    execute!(tx, SQL, scope.market_id(), id, seen).map(|rows| rows == 1)
}

/// Notes the version its stall has since an enrolment.
pub async fn put_stall_version(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId, stall: StallId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE enrolments SET stall_version = (SELECT s.version FROM stalls s WHERE s.market_id = $1 AND s.stall_id = $3) \
         WHERE market_id = $1 AND enrolment_id = $2";
    execute!(tx, SQL, scope.market_id(), id, stall).map(drop)
}

/// The enrolments of a stall that a phone at `version` of it cannot have known, made by somebody else or on another phone.
pub async fn unknown_to(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: StallId,
    version: i64,
    device: Option<&str>,
) -> Result<Vec<EnrolmentId>, StoreError> {
    const SQL: &str = "SELECT enrolment_id FROM enrolments WHERE market_id = $1 AND stall_id = $2 AND stall_version > $3 \
         AND status IN ('issued', 'in_review', 'returned') AND NOT (enrolled_by = $4 AND COALESCE(device_id, '') = $5)";
    let rows = fetch_all!(tx, SQL, scope.market_id(), stall, version, scope.actor(), device.unwrap_or(""))?;
    Ok(rows.into_iter().map(|(value,)| value).collect())
}

/// The enrolments of a stall that wait for review, were given back, or are an approved change not yet in force.
pub async fn unfinished_of_stall_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: StallId,
) -> Result<Vec<EnrolmentId>, StoreError> {
    const SQL: &str = "SELECT enrolment_id FROM enrolments WHERE market_id = $1 AND stall_id = $2 AND status IN ('in_review', 'returned') \
         UNION SELECT enrolment_id FROM payment_codes WHERE market_id = $1 AND stall_id = $2 AND status = 'in_review'";
    Ok(fetch_all!(tx, SQL, scope.market_id(), stall)?.into_iter().map(|(value,)| value).collect())
}

/// Closes an enrolment for good: refused after it was approved, and so waiting no longer.
pub async fn refuse(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId, reason: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE enrolments SET status = 'refused', return_reason = $3 WHERE market_id = $1 AND enrolment_id = $2";
    execute!(tx, SQL, scope.market_id(), id, reason).map(drop)
}

/// Moves an enrolment with its vendor to another stall.
pub async fn relocate(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId, to: StallId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE enrolments SET stall_id = $3 WHERE market_id = $1 AND enrolment_id = $2";
    execute!(tx, SQL, scope.market_id(), id, to).map(drop)
}

/// Closes an enrolment in whose place a newer one stands.
pub async fn replace(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE enrolments SET status = 'replaced' WHERE market_id = $1 AND enrolment_id = $2";
    execute!(tx, SQL, scope.market_id(), id).map(drop)
}

/// Whether the account holder's own consent is on record for an enrolment.
pub async fn has_holder_consent_in(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM consents WHERE market_id = $1 AND enrolment_id = $2 AND subject = 'account_holder' AND withdrawn_at_ms IS NULL";
    let (count,): (i64,) = fetch_one!(tx, SQL, scope.market_id(), id)?;
    Ok(count > 0)
}

/// Puts an issued enrolment back before a second person, with one more reason of review: a case that was an account change
/// stays one.
pub async fn reopen(tx: &mut Tx<'_>, scope: &MarketScope, id: EnrolmentId, reason: &str) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE enrolments SET status = 'in_review', review_reasons = CASE WHEN review_reasons LIKE '%' || $3 || '%' \
         THEN review_reasons ELSE TRIM(review_reasons || ' ' || $3) END WHERE market_id = $1 AND enrolment_id = $2 AND status = 'issued'";
    execute!(tx, SQL, scope.market_id(), id, reason).map(|rows| rows == 1)
}

/// How many enrolments wait for a second person within a viewer's bounds.
pub async fn waiting(db: &Db, viewer: &crate::domain::scope::Viewer) -> Result<i64, StoreError> {
    const ONE: &str = "SELECT COUNT(*) FROM enrolments WHERE market_id = $1 AND status = 'in_review'";
    // SQLite takes a CROSS JOIN in the order written: markets first, found by their place, each with one look into the index
    // by status. The other way round it reads every enrolment, which was half the time of every page.
    const OF_WARD: &str = "SELECT COUNT(*) FROM markets m CROSS JOIN enrolments e WHERE e.market_id = m.market_id AND e.status = 'in_review' \
         AND m.ward_code = $1";
    const OF_PROVINCE: &str = "SELECT COUNT(*) FROM markets m CROSS JOIN enrolments e WHERE e.market_id = m.market_id AND e.status = 'in_review' \
         AND m.province_code = $1";
    const ALL: &str = "SELECT COUNT(*) FROM enrolments WHERE status = 'in_review'";
    let (waiting,) = match &viewer.scope {
        Scope::Market(id) => fetch_one!(db, ONE, *id)?,
        Scope::Ward(code) => fetch_one!(db, OF_WARD, code)?,
        Scope::Province(code) => fetch_one!(db, OF_PROVINCE, code)?,
        Scope::Nation => fetch_one!(db, ALL)?,
    };
    Ok(waiting)
}
