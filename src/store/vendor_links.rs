//! Capability links of vendors: 128 bits, only a hash is stored, revocable, and printing one again retires the one before.

use super::{Db, StoreError, Tx, markets::MarketScope, seal::Keys, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, StallId, VendorId},
        time::UnixMillis,
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

stored_row! {
    /// Whom a working link belongs to.
    #[derive(Debug, Clone)]
    pub struct LinkOwner {
        /// In which market.
        pub market_id: MarketId,
        /// Which vendor.
        pub vendor_id: VendorId,
        /// The stall it was handed out at.
        pub stall_id: StallId,
    }
}

/// A link as it is kept.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// Whose it is.
    pub vendor: VendorId,
    /// The stall it is handed out at.
    pub stall: StallId,
    /// [`recovery_index`] of the digits on the owner's card, where it is on one.
    pub recovery_index: Option<Vec<u8>>,
    /// When it stops working by itself.
    pub expires_at: Option<UnixMillis>,
}

/// Makes a link; those handed out to the vendor at this stall before no longer work.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewLink, now: UnixMillis) -> Result<(), StoreError> {
    revoke(tx, scope, new.vendor, Some(new.stall), now).await?;
    insert_beside(tx, scope, new, now).await
}

/// Makes a link; those before go on working.
pub async fn insert_beside(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewLink, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO vendor_links (token_hash, market_id, vendor_id, stall_id, issued_by, created_at_ms, recovery_index, expires_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute!(
        tx,
        SQL,
        &new.token_hash,
        scope.market_id(),
        new.vendor,
        new.stall,
        scope.actor(),
        now,
        new.recovery_index.clone(),
        new.expires_at,
    )
    .map(drop)
}

/// What the digits of an owner's card are kept as: keyed, since there are only a hundred million of them, and bound to the
/// stall's code as the card shows it.
#[must_use]
pub fn recovery_index(keys: &Keys, stall_code: &str, digits: &str) -> Vec<u8> {
    keys.index("vendor_recovery", &format!("{}\n{digits}", stall_code.trim().to_uppercase()))
}

/// Whose card this is, while its link works; none when two cards answer to the same.
pub async fn find_by_recovery(db: &Db, stall_code: &str, digits: &str) -> Result<Option<LinkOwner>, StoreError> {
    const SQL: &str =
        "SELECT market_id, vendor_id, stall_id FROM vendor_links WHERE recovery_index = $1 AND revoked_at_ms IS NULL LIMIT 2";
    let mut found: Vec<LinkOwner> = fetch_all!(db, SQL, recovery_index(db.keys(), stall_code, digits))?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Revokes a vendor's links, at one stall or everywhere.
pub async fn revoke(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    vendor: VendorId,
    stall: Option<StallId>,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE vendor_links SET revoked_at_ms = $4 WHERE market_id = $1 AND vendor_id = $2 AND revoked_at_ms IS NULL \
         AND ($3 = '' OR stall_id = $3)";
    let stall = stall.map(|id| id.to_string()).unwrap_or_default();
    execute!(tx, SQL, scope.market_id(), vendor, &stall, now)
}

/// Takes a vendor's links along to another stall: they are the vendor's, and printing one there retires them.
pub async fn relocate(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    vendor: VendorId,
    (from, to): (StallId, StallId),
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vendor_links SET stall_id = $4 WHERE market_id = $1 AND vendor_id = $2 AND stall_id = $3 AND revoked_at_ms IS NULL";
    execute!(tx, SQL, scope.market_id(), vendor, from, to).map(drop)
}

/// Whether a link of a vendor works, at whichever stall it was handed out.
pub async fn has_working(tx: &mut Tx<'_>, scope: &MarketScope, vendor: VendorId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM vendor_links WHERE market_id = $1 AND vendor_id = $2 AND revoked_at_ms IS NULL AND expires_at_ms IS NULL";
    let (working,): (i64,) = fetch_one!(tx, SQL, scope.market_id(), vendor)?;
    Ok(working > 0)
}

/// Whose link this is, while it works.
pub async fn find(db: &Db, token_hash: &[u8], now: UnixMillis) -> Result<Option<LinkOwner>, StoreError> {
    const SQL: &str = "SELECT market_id, vendor_id, stall_id FROM vendor_links WHERE token_hash = $1 AND revoked_at_ms IS NULL \
         AND (expires_at_ms IS NULL OR expires_at_ms > $2)";
    fetch_optional!(db, SQL, token_hash, now)
}
