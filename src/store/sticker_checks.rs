//! Scans of what hangs at a stall.

use super::{StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{CheckId, MarketId, PaymentCodeId, StallId, VendorId},
        payment_code::CodeStatus,
        sticker_check::Verdict,
        time::UnixMillis,
    },
    execute, fetch_all, fetch_optional,
};

/// A scan to be recorded.
#[derive(Clone)]
pub struct NewCheck {
    /// Its identifier, made by the client.
    pub id: CheckId,
    /// At which stall.
    pub stall_id: StallId,
    /// What it says.
    pub verdict: Verdict,
    /// What was scanned: evidence, and it holds an account.
    pub scanned: String,
    /// The registered code it matches.
    pub payment_code_id: Option<PaymentCodeId>,
    /// When.
    pub checked_at: UnixMillis,
    /// SHA-256 over the canonical body.
    pub body_hash: Vec<u8>,
}

impl std::fmt::Debug for NewCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCheck({}, {})", self.id, self.verdict)
    }
}

/// The hash and verdict of the scan stored under an id of this market.
pub async fn stored(tx: &mut Tx<'_>, scope: &MarketScope, id: CheckId) -> Result<Option<(Vec<u8>, Verdict)>, StoreError> {
    const SQL: &str = "SELECT body_hash, verdict FROM sticker_checks WHERE market_id = $1 AND check_id = $2";
    fetch_optional!(tx, SQL, scope.market_id(), id)
}

/// Adds a scan.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewCheck, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO sticker_checks (market_id, check_id, stall_id, verdict, scanned_sealed, payment_code_id, checked_by, checked_at_ms, received_at_ms, body_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let scanned = tx.keys().seal(seal::CHECKED, &new.id, &new.scanned);
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.stall_id,
        new.verdict,
        scanned.clone(),
        new.payment_code_id,
        scope.actor(),
        new.checked_at,
        now,
        &new.body_hash,
    )
    .map(drop)
}

stored_row! {
    /// A registered code that pays into the scanned account, anywhere.
    #[derive(Debug, Clone)]
    pub struct Registered {
        /// In which market.
        pub market_id: MarketId,
        /// At which stall.
        pub stall_id: StallId,
        /// Whose.
        pub vendor_id: VendorId,
        /// Its identifier.
        pub payment_code_id: PaymentCodeId,
        /// Where it stands.
        pub status: CodeStatus,
        /// Whether its owner said that it is not theirs.
        pub is_frozen: bool,
        /// Whether the scanned payload is the registered one to the letter.
        pub is_same_payload: bool,
    }
}

/// Every registered code of an account, whatever its layout. Only the verdict made of it leaves the store's callers.
pub async fn registered(tx: &mut Tx<'_>, identity: &str, payload: &str) -> Result<Vec<Registered>, StoreError> {
    const SQL: &str = "SELECT market_id, stall_id, vendor_id, payment_code_id, status, is_frozen, payload_index = $2 AS is_same_payload \
         FROM payment_codes WHERE identity_index = $1";
    let (identity, payload) = (tx.keys().index("identity", identity), tx.keys().index("payload", payload.trim()));
    fetch_all!(tx, SQL, &identity, &payload)
}
