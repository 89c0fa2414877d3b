//! Capability links of vendors: 128 bits, only a hash is stored, revocable, and printing one again retires the one before.

use super::{Db, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, StallId, VendorId},
        time::UnixMillis,
    },
    execute, fetch_one, fetch_optional,
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

/// Makes a link; those handed out to the vendor at this stall before no longer work.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    token_hash: &[u8],
    vendor: VendorId,
    stall: StallId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO vendor_links (token_hash, market_id, vendor_id, stall_id, issued_by, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6)";
    revoke(tx, scope, vendor, Some(stall), now).await?;
    execute!(tx, SQL, token_hash, scope.market_id(), vendor, stall, scope.actor(), now).map(drop)
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
    const SQL: &str = "SELECT COUNT(*) FROM vendor_links WHERE market_id = $1 AND vendor_id = $2 AND revoked_at_ms IS NULL";
    let (working,): (i64,) = fetch_one!(tx, SQL, scope.market_id(), vendor)?;
    Ok(working > 0)
}

/// Whose link this is, while it works.
pub async fn find(db: &Db, token_hash: &[u8]) -> Result<Option<LinkOwner>, StoreError> {
    const SQL: &str = "SELECT market_id, vendor_id, stall_id FROM vendor_links WHERE token_hash = $1 AND revoked_at_ms IS NULL";
    fetch_optional!(db, SQL, token_hash)
}
