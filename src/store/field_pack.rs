//! What a phone holds of a market, as it stands in the tables: stalls with their keepers, codes that were ever in force, the
//! latest visits. Sealed values stay sealed here; `app/market_pack.rs` opens them to make marks of them.

use super::{Db, StoreError, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{PaymentCodeId, StallId, VendorId},
        payment_code::CodeStatus,
        stall::{CodeSafety, Occupancy, Progress},
        time::{Day, UnixMillis},
        vendor::FormOfAddress,
        visit::{Reason, VisitOutcome},
    },
    fetch_all, fetch_one,
};

stored_row! {
    /// A stall as a phone shows it.
    #[derive(Debug, Clone)]
    pub struct PackStall {
        /// Its identifier.
        pub stall_id: StallId,
        /// As printed.
        pub code: String,
        /// The part of the market.
        pub zone: String,
        /// The row inside the zone.
        pub row_name: String,
        /// The number inside the row.
        pub number: String,
        /// What is sold.
        pub goods: Option<String>,
        /// Who keeps the place.
        pub occupancy: Occupancy,
        /// How far.
        pub progress: Progress,
        /// How safe.
        pub code_safety: CodeSafety,
        /// The day to come back.
        pub come_back_on: Option<Day>,
        /// Grows with every change.
        pub version: i64,
        /// Who keeps it.
        pub vendor_id: Option<VendorId>,
        /// Their name.
        pub vendor_name: Option<String>,
        /// How they are spoken to.
        pub form_of_address: Option<FormOfAddress>,
        /// The end of their phone number.
        pub phone_last4: Option<String>,
        /// Their phone number, sealed.
        pub phone_sealed: Option<Vec<u8>>,
        /// A code waits for a second person's confirmation.
        pub unconfirmed: bool,
        /// The vendor froze a code.
        pub frozen: bool,
        /// When the sticker was last scanned.
        pub checked_at_ms: Option<UnixMillis>,
    }
}

/// The stalls of a market in walking order that changed at or after a moment, with those whose keeper's record did.
pub async fn stalls(db: &Db, scope: &MarketScope, since: UnixMillis) -> Result<Vec<PackStall>, StoreError> {
    const SQL: &str = "SELECT s.stall_id, s.code, s.zone, s.row_name, s.number, s.goods, s.occupancy, s.progress, s.code_safety, \
         s.come_back_on, s.version, s.vendor_id, v.full_name AS vendor_name, v.form_of_address, v.phone_last4, v.phone_sealed, \
         s.unconfirmed, s.frozen, (SELECT MAX(k.checked_at_ms) FROM sticker_checks k WHERE k.market_id = s.market_id \
         AND k.stall_id = s.stall_id) AS checked_at_ms FROM stalls s \
         LEFT JOIN vendors v ON v.market_id = s.market_id AND v.vendor_id = s.vendor_id \
         WHERE s.market_id = $1 AND (s.updated_at_ms >= $2 OR v.updated_at_ms >= $2) ORDER BY s.code_sort, s.stall_id";
    fetch_all!(db, SQL, scope.market_id(), since)
}

/// How many stalls a market has.
pub async fn count(db: &Db, scope: &MarketScope) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM stalls WHERE market_id = $1";
    let (count,): (i64,) = fetch_one!(db, SQL, scope.market_id())?;
    Ok(count)
}

stored_row! {
    /// A code that is or was in force, or waits to be.
    #[derive(Debug, Clone)]
    pub struct PackCodeRow {
        /// Its identifier.
        pub payment_code_id: PaymentCodeId,
        /// At which stall.
        pub stall_id: StallId,
        /// Whose.
        pub vendor_id: VendorId,
        /// What it says, sealed.
        pub payload_sealed: Vec<u8>,
        /// Where it stands.
        pub status: CodeStatus,
        /// Whether the vendor said "không phải tôi".
        pub is_frozen: bool,
        /// Whether payers should use this one.
        pub is_primary: bool,
        /// The acquirer's BIN.
        pub bin: Option<String>,
        /// The end of the account.
        pub account_last4: String,
        /// The holder's name as declared.
        pub holder_name: Option<String>,
    }
}

impl PackCodeRow {
    /// What the code says.
    pub fn payload(&self, keys: &seal::Keys) -> Result<String, StoreError> {
        keys.open(seal::PAYLOAD, &self.payment_code_id, &self.payload_sealed)
    }
}

/// Every code of a market but those that were refused before they were ever in force.
pub async fn codes(db: &Db, scope: &MarketScope) -> Result<Vec<PackCodeRow>, StoreError> {
    const SQL: &str = "SELECT c.payment_code_id, c.stall_id, c.vendor_id, c.payload_sealed, c.status, \
         c.is_frozen, c.is_primary, c.bin, c.account_last4, a.holder_name FROM payment_codes c \
         JOIN payment_accounts a ON a.market_id = c.market_id AND a.payment_account_id = c.payment_account_id \
         WHERE c.market_id = $1 AND (c.issued_at_ms IS NOT NULL OR c.status = 'in_review') ORDER BY c.payment_code_id";
    fetch_all!(db, SQL, scope.market_id())
}

stored_row! {
    /// What somebody met with at a stall.
    #[derive(Debug, Clone)]
    pub struct PackVisitRow {
        /// At which stall.
        pub stall_id: StallId,
        /// When.
        pub visited_at_ms: UnixMillis,
        /// What it came to.
        pub outcome: VisitOutcome,
        /// Why.
        pub reason: Option<Reason>,
        /// When to come back.
        pub come_back_on: Option<Day>,
        /// Who was there.
        pub by_name: Option<String>,
    }
}

/// The last three visits of every stall of a market, latest first; those of keepers before the present one left out.
pub async fn visits(db: &Db, scope: &MarketScope) -> Result<Vec<PackVisitRow>, StoreError> {
    const SQL: &str = "SELECT w.stall_id, w.visited_at_ms, w.outcome, w.reason, w.come_back_on, f.full_name AS by_name FROM \
         (SELECT v.stall_id, v.visited_at_ms, v.visit_id, v.outcome, v.reason, v.come_back_on, v.visited_by, \
            ROW_NUMBER() OVER (PARTITION BY v.stall_id ORDER BY v.visited_at_ms DESC, v.visit_id DESC) AS place \
          FROM visits v JOIN stalls s ON s.market_id = v.market_id AND s.stall_id = v.stall_id \
          WHERE v.market_id = $1 AND (v.tenancy_id IS NULL OR v.tenancy_id = s.tenancy_id)) w \
         LEFT JOIN staff f ON f.staff_id = w.visited_by WHERE w.place <= 3 ORDER BY w.stall_id, w.visited_at_ms DESC, w.visit_id DESC";
    fetch_all!(db, SQL, scope.market_id())
}
