//! Payment codes: one account's payload, frozen at the moment it was issued.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{EnrolmentId, MarketId, PaymentAccountId, PaymentCodeId, StallId, TenancyId, VendorId},
        payment_code::CodeStatus,
        time::{Day, UnixMillis},
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

stored_row! {
    /// A payment code as pages show it; its payload stays sealed until [`payload`] opens it.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct PaymentCode {
        /// Its identifier.
        pub payment_code_id: PaymentCodeId,
        /// The account it pays into.
        pub payment_account_id: PaymentAccountId,
        /// Whose.
        pub vendor_id: VendorId,
        /// At which stall.
        pub stall_id: StallId,
        /// In which tenancy.
        pub tenancy_id: TenancyId,
        /// From which enrolment.
        pub enrolment_id: EnrolmentId,
        /// The acquirer's BIN.
        pub bin: Option<String>,
        /// The last digits of the account.
        pub account_last4: String,
        /// Where it stands.
        pub status: CodeStatus,
        /// Whether payers should use this one.
        pub is_primary: bool,
        /// Whether the vendor said "không phải tôi".
        pub is_frozen: bool,
        /// Who enrolled it.
        pub enrolled_by: String,
        /// When its enrolment was received.
        pub enrolled_at_ms: UnixMillis,
        /// When it came into force.
        pub issued_at_ms: Option<UnixMillis>,
        /// When an approved account change comes into force; until then its status stays `in_review`.
        pub in_force_from_ms: Option<UnixMillis>,
        /// The enrolment whose codes will take its place, once they are approved and in force.
        pub gives_way_to: Option<EnrolmentId>,
        /// When somebody other than the enroller confirmed it.
        pub confirmed_at_ms: Option<UnixMillis>,
        /// When it went out of force.
        pub ended_at_ms: Option<UnixMillis>,
        /// Why.
        pub end_reason: Option<String>,
    }
}

impl PaymentCode {
    /// Whether somebody enrolled it on a day, whenever it came into force.
    #[must_use]
    pub fn is_of_day(&self, enrolled_by: &str, day: Day) -> bool {
        self.enrolled_by == enrolled_by && self.enrolled_at_ms.day() == day
    }
}

macro_rules! code_sql {
    ($tail:literal) => {
        concat!(
            "SELECT payment_code_id, payment_account_id, vendor_id, stall_id, tenancy_id, enrolment_id, bin, account_last4, status, ",
            "is_primary, is_frozen, enrolled_by, (SELECT e.received_at_ms FROM enrolments e WHERE e.market_id = payment_codes.market_id ",
            "AND e.enrolment_id = payment_codes.enrolment_id) AS enrolled_at_ms, issued_at_ms, in_force_from_ms, gives_way_to, confirmed_at_ms, ended_at_ms, end_reason FROM payment_codes ",
            $tail
        )
    };
}

/// A new payment code.
#[derive(Clone)]
pub struct NewCode {
    /// Its identifier.
    pub id: PaymentCodeId,
    /// The account it pays into.
    pub account_id: PaymentAccountId,
    /// Whose.
    pub vendor_id: VendorId,
    /// At which stall.
    pub stall_id: StallId,
    /// In which tenancy.
    pub tenancy_id: TenancyId,
    /// From which enrolment.
    pub enrolment_id: EnrolmentId,
    /// What the code says.
    pub payload: String,
    /// What makes the account the same account, whatever the layout.
    pub identity: String,
    /// The acquirer's BIN.
    pub bin: Option<String>,
    /// The digits that may be shown.
    pub last4: String,
    /// In force at once, or waiting for a second person.
    pub status: CodeStatus,
    /// Whether payers should use this one.
    pub is_primary: bool,
    /// Who enrolled it.
    pub enrolled_by: String,
}

impl std::fmt::Debug for NewCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCode({}, …{})", self.id, self.last4)
    }
}

/// Adds a code.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewCode, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO payment_codes (market_id, payment_code_id, payment_account_id, vendor_id, stall_id, tenancy_id, \
         enrolment_id, payload_sealed, payload_index, identity_index, bin, account_last4, status, is_primary, is_frozen, enrolled_by, issued_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let keys = tx.keys();
    let sealed = keys.seal(seal::PAYLOAD, &new.id, &new.payload);
    let (payload_index, identity_index) = (keys.index("payload", &new.payload), keys.index("identity", &new.identity));
    let issued = (new.status == CodeStatus::Active).then_some(now);
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.account_id,
        new.vendor_id,
        new.stall_id,
        new.tenancy_id,
        new.enrolment_id,
        sealed.clone(),
        payload_index.clone(),
        identity_index.clone(),
        new.bin.as_deref(),
        &new.last4,
        new.status,
        new.is_primary,
        false,
        &new.enrolled_by,
        issued,
    )
    .map(drop)
}

/// The codes of a stall, those in force first.
pub async fn list_of_stall(db: &Db, scope: &MarketScope, stall: StallId) -> Result<Vec<PaymentCode>, StoreError> {
    const SQL: &str = code_sql!(
        "WHERE market_id = $1 AND stall_id = $2 ORDER BY CASE status WHEN 'active' THEN 0 WHEN 'in_review' THEN 1 ELSE 2 END, \
         is_primary DESC, payment_code_id DESC"
    );
    fetch_all!(db, SQL, scope.market_id(), stall)
}

/// The codes of a stall, inside a write.
pub async fn list_of_stall_in(tx: &mut Tx<'_>, scope: &MarketScope, stall: StallId) -> Result<Vec<PaymentCode>, StoreError> {
    const SQL: &str = code_sql!("WHERE market_id = $1 AND stall_id = $2 ORDER BY is_primary DESC, payment_code_id DESC");
    fetch_all!(tx, SQL, scope.market_id(), stall)
}

/// Whether another account, or this one before its owner froze it, was ever in force at a stall for a keeper of a vendor's
/// name: ending a tenancy and beginning it anew is no way round a second person.
pub async fn stall_had_another_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (stall, vendor): (StallId, VendorId),
    identity: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM payment_codes c JOIN vendors v ON v.market_id = c.market_id AND v.vendor_id = c.vendor_id \
         WHERE c.market_id = $1 AND c.stall_id = $2 AND c.issued_at_ms IS NOT NULL AND c.status <> 'active' AND (c.identity_index <> $4 OR c.is_frozen) \
         AND v.name_fold = (SELECT n.name_fold FROM vendors n WHERE n.market_id = $1 AND n.vendor_id = $3)";
    let index = tx.keys().index("identity", identity);
    let (count,): (i64,) = fetch_one!(tx, SQL, scope.market_id(), stall, vendor, &index)?;
    Ok(count > 0)
}

/// The same for a vendor in any tenancy of theirs that is over, unless the account is in force for them elsewhere.
pub async fn vendor_had_another_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    vendor: VendorId,
    identity: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM tenancies t JOIN payment_codes c ON c.market_id = t.market_id AND c.stall_id = t.stall_id AND c.tenancy_id = t.tenancy_id \
         WHERE t.market_id = $1 AND t.vendor_id = $2 AND t.until_ms IS NOT NULL AND c.issued_at_ms IS NOT NULL AND (c.identity_index <> $3 OR c.is_frozen) \
         AND NOT EXISTS (SELECT 1 FROM payment_codes k WHERE k.market_id = $1 AND k.vendor_id = $2 AND k.status = 'active' AND k.identity_index = $3 AND NOT k.is_frozen)";
    let index = tx.keys().index("identity", identity);
    let (count,): (i64,) = fetch_one!(tx, SQL, scope.market_id(), vendor, &index)?;
    Ok(count > 0)
}

/// The codes of an enrolment, inside a write.
pub async fn list_of_enrolment_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    enrolment: EnrolmentId,
) -> Result<Vec<PaymentCode>, StoreError> {
    const SQL: &str = code_sql!("WHERE market_id = $1 AND enrolment_id = $2 ORDER BY is_primary DESC, payment_code_id");
    fetch_all!(tx, SQL, scope.market_id(), enrolment)
}

/// What makes two codes the same account, as it is stored.
#[must_use]
pub fn identity_index(tx: &Tx<'_>, identity: &str) -> Vec<u8> {
    tx.keys().index("identity", identity)
}

/// The accounts whose codes came with an enrolment.
pub async fn identities_of_enrolment_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: EnrolmentId,
) -> Result<Vec<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT identity_index FROM payment_codes WHERE market_id = $1 AND enrolment_id = $2";
    Ok(fetch_all!(tx, SQL, scope.market_id(), id)?.into_iter().map(|(value,)| value).collect())
}

/// One code.
pub async fn find(db: &Db, scope: &MarketScope, id: PaymentCodeId) -> Result<Option<PaymentCode>, StoreError> {
    const SQL: &str = code_sql!("WHERE market_id = $1 AND payment_code_id = $2");
    fetch_optional!(db, SQL, scope.market_id(), id)
}

/// One code, inside a write.
pub async fn find_in(tx: &mut Tx<'_>, scope: &MarketScope, id: PaymentCodeId) -> Result<Option<PaymentCode>, StoreError> {
    const SQL: &str = code_sql!("WHERE market_id = $1 AND payment_code_id = $2");
    fetch_optional!(tx, SQL, scope.market_id(), id)
}

/// What a code says, inside a write that issues it again for another stall.
pub async fn payload_in(tx: &mut Tx<'_>, scope: &MarketScope, id: PaymentCodeId) -> Result<String, StoreError> {
    const SQL: &str = "SELECT payload_sealed FROM payment_codes WHERE market_id = $1 AND payment_code_id = $2";
    let (sealed,): (Vec<u8>,) = fetch_one!(tx, SQL, scope.market_id(), id)?;
    tx.keys().open(seal::PAYLOAD, &id, &sealed)
}

/// Gives a code that was issued again what is true of the one before: frozen, confirmed, in doubt, waiting to come into
/// force or to give way.
pub async fn carry_over(tx: &mut Tx<'_>, scope: &MarketScope, from: PaymentCodeId, to: PaymentCodeId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE payment_codes SET is_frozen = old.is_frozen, frozen_at_ms = old.frozen_at_ms, confirmed_at_ms = old.confirmed_at_ms, confirmed_by = old.confirmed_by, \
         doubted_by = old.doubted_by, in_force_from_ms = old.in_force_from_ms, gives_way_to = old.gives_way_to \
         FROM (SELECT is_frozen, frozen_at_ms, confirmed_at_ms, confirmed_by, doubted_by, in_force_from_ms, gives_way_to FROM payment_codes WHERE market_id = $1 AND payment_code_id = $2) AS old \
         WHERE market_id = $1 AND payment_code_id = $3";
    execute!(tx, SQL, scope.market_id(), from, to).map(drop)
}

/// What a code says. A payload holds the account: opening one to a person counts as a reveal.
pub async fn payload(db: &Db, scope: &MarketScope, id: PaymentCodeId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT payload_sealed FROM payment_codes WHERE market_id = $1 AND payment_code_id = $2";
    let sealed: Option<Vec<u8>> = fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(value,)| value);
    sealed.map(|sealed| db.keys().open(seal::PAYLOAD, &id, &sealed)).transpose()
}

/// Puts a code in force, approved and so confirmed by somebody other than the enroller: one that waits for review, or one
/// in force that its owner froze. What went out of force stays so; gives whether the code was one of the two.
pub async fn approve(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: PaymentCodeId,
    by: &str,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET status = 'active', is_frozen = $5, issued_at_ms = COALESCE(issued_at_ms, $3), \
         confirmed_at_ms = $3, confirmed_by = $4 WHERE market_id = $1 AND payment_code_id = $2 \
         AND (status = 'in_review' OR (status = 'active' AND is_frozen))";
    execute!(tx, SQL, scope.market_id(), id, now, by, false).map(|rows| rows == 1)
}

/// Approves a code of an account change: it comes into force at `from`, unless somebody objects before.
pub async fn approve_for(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: PaymentCodeId,
    by: &str,
    (now, from): (UnixMillis, UnixMillis),
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET in_force_from_ms = $5, confirmed_at_ms = $3, confirmed_by = $4 \
         WHERE market_id = $1 AND payment_code_id = $2 AND status = 'in_review'";
    execute!(tx, SQL, scope.market_id(), id, now, by, from).map(|rows| rows == 1)
}

/// Notes which enrolment's codes will take the place of a code.
pub async fn gives_way(tx: &mut Tx<'_>, scope: &MarketScope, id: PaymentCodeId, to: EnrolmentId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE payment_codes SET gives_way_to = $3 WHERE market_id = $1 AND payment_code_id = $2";
    execute!(tx, SQL, scope.market_id(), id, to).map(drop)
}

/// The enrolments whose approved account change is due, in any market; for the job.
pub async fn changes_due(db: &Db, now: UnixMillis, limit: i64) -> Result<Vec<(MarketId, EnrolmentId)>, StoreError> {
    const SQL: &str = "SELECT DISTINCT market_id, enrolment_id FROM payment_codes \
         WHERE status = 'in_review' AND in_force_from_ms IS NOT NULL AND in_force_from_ms <= $1 LIMIT $2";
    fetch_all!(db, SQL, now, limit)
}

/// Puts the codes of an approved account change in force; gives them as they are now.
pub async fn take_force(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    enrolment: EnrolmentId,
    now: UnixMillis,
) -> Result<Vec<PaymentCode>, StoreError> {
    const DUE: &str = code_sql!(
        "WHERE market_id = $1 AND enrolment_id = $2 AND status = 'in_review' AND in_force_from_ms IS NOT NULL AND in_force_from_ms <= $3"
    );
    const SQL: &str =
        "UPDATE payment_codes SET status = 'active', issued_at_ms = $3 WHERE market_id = $1 AND payment_code_id = $2";
    let due: Vec<PaymentCode> = fetch_all!(tx, DUE, scope.market_id(), enrolment, now)?;
    for code in &due {
        execute!(tx, SQL, scope.market_id(), code.payment_code_id, now)?;
    }
    Ok(due)
}

/// Takes the codes that gave way to an enrolment out of force; gives which they were.
pub async fn supersede(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    by: EnrolmentId,
    now: UnixMillis,
) -> Result<Vec<PaymentCodeId>, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET status = 'superseded', ended_at_ms = $3, end_reason = 'account_changed' \
         WHERE market_id = $1 AND gives_way_to = $2 AND status = 'active' RETURNING payment_code_id";
    Ok(fetch_all!(tx, SQL, scope.market_id(), by, now)?.into_iter().map(|(value,)| value).collect())
}

/// Makes the primary codes of a change the only primary ones of their tenancy.
pub async fn only_primary(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    tenancy: TenancyId,
    enrolment: EnrolmentId,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE payment_codes SET is_primary = $4 WHERE market_id = $1 AND tenancy_id = $2 AND enrolment_id <> $3 AND status = 'active'";
    execute!(tx, SQL, scope.market_id(), tenancy, enrolment, false).map(drop)
}

/// Ends the codes of a stall that wait to come into force; gives their enrolments.
pub async fn stop_coming(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: StallId,
    reason: &str,
    now: UnixMillis,
) -> Result<Vec<EnrolmentId>, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET status = 'refused', ended_at_ms = $3, end_reason = $4 \
         WHERE market_id = $1 AND stall_id = $2 AND status = 'in_review' AND in_force_from_ms IS NOT NULL RETURNING enrolment_id";
    let mut enrolments: Vec<EnrolmentId> =
        fetch_all!(tx, SQL, scope.market_id(), stall, now, reason)?.into_iter().map(|(value,)| value).collect();
    enrolments.sort_unstable();
    enrolments.dedup();
    Ok(enrolments)
}

/// Makes the codes in force of a vendor unconfirmed again, for somebody other than `by` to confirm; gives which.
pub async fn doubt(tx: &mut Tx<'_>, scope: &MarketScope, vendor: VendorId, by: &str) -> Result<Vec<PaymentCodeId>, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET confirmed_at_ms = NULL, confirmed_by = NULL, doubted_by = $3 \
         WHERE market_id = $1 AND vendor_id = $2 AND status = 'active' RETURNING payment_code_id";
    Ok(fetch_all!(tx, SQL, scope.market_id(), vendor, by)?.into_iter().map(|(value,)| value).collect())
}

/// Notes that somebody other than the enroller, and other than who put it in doubt, confirmed a code in force; gives whether
/// that was news.
pub async fn confirm(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: PaymentCodeId,
    by: &str,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET confirmed_at_ms = $3, confirmed_by = $4 \
         WHERE market_id = $1 AND payment_code_id = $2 AND status = 'active' AND NOT is_frozen AND confirmed_at_ms IS NULL AND enrolled_by <> $4 \
         AND (doubted_by IS NULL OR doubted_by <> $4)";
    execute!(tx, SQL, scope.market_id(), id, now, by).map(|rows| rows == 1)
}

/// Freezes or thaws a code in force.
pub async fn set_frozen(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: PaymentCodeId,
    frozen: bool,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE payment_codes SET is_frozen = $3, frozen_at_ms = $4 WHERE market_id = $1 AND payment_code_id = $2 AND status = 'active' AND is_frozen <> $3";
    execute!(tx, SQL, scope.market_id(), id, frozen, frozen.then_some(now)).map(|rows| rows == 1)
}

/// Takes a code out of force, or out of the review.
pub async fn end(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: PaymentCodeId,
    status: CodeStatus,
    reason: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE payment_codes SET status = $3, ended_at_ms = $4, end_reason = $5 \
         WHERE market_id = $1 AND payment_code_id = $2 AND status IN ('active', 'in_review')";
    execute!(tx, SQL, scope.market_id(), id, status, now, reason).map(drop)
}
