//! Phones that are bound to a person, and the single-use links that bind them. Only hashes of tokens are kept.

use super::{Db, StoreError, Tx, sqlite::stored_row};
use crate::{
    domain::{
        ids::{DeviceId, StaffId},
        time::UnixMillis,
    },
    execute, fetch_all, fetch_optional,
};

stored_row! {
    /// A phone.
    #[derive(Debug, Clone)]
    pub struct Device {
        /// Its identifier.
        pub device_id: DeviceId,
        /// Whose it is.
        pub staff_id: StaffId,
        /// By which a person recognises it.
        pub label: String,
        /// Who handed out the link: a staff id, the person's own when they signed in with a password.
        pub bound_by: String,
        /// Since when.
        pub created_at_ms: UnixMillis,
        /// Its last call.
        pub last_seen_at_ms: UnixMillis,
        /// Until when it may call without being bound anew.
        pub expires_at_ms: UnixMillis,
        /// How many records it held at its last call.
        pub unsent: i64,
        /// Since when it held the oldest of them.
        pub oldest_unsent_ms: Option<UnixMillis>,
        /// When somebody took it off.
        pub revoked_at_ms: Option<UnixMillis>,
        /// Who.
        pub revoked_by: Option<String>,
    }
}

macro_rules! device_sql {
    ($tail:literal) => {
        concat!(
            "SELECT d.device_id, d.staff_id, d.label, d.bound_by, d.created_at_ms, d.last_seen_at_ms, d.expires_at_ms, d.unsent, ",
            "d.oldest_unsent_ms, d.revoked_at_ms, d.revoked_by FROM devices d ",
            $tail
        )
    };
}

/// A new phone.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Its identifier.
    pub device_id: DeviceId,
    /// Whose it is.
    pub staff_id: StaffId,
    /// SHA-256 of the token in its cookie.
    pub token_hash: Vec<u8>,
    /// By which a person recognises it.
    pub label: String,
    /// Who handed out the link.
    pub bound_by: String,
    /// Until when it may call.
    pub expires_at: UnixMillis,
}

/// Adds a phone.
pub async fn insert(tx: &mut Tx<'_>, new: &NewDevice, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO devices (device_id, staff_id, token_hash, label, bound_by, created_at_ms, last_seen_at_ms, expires_at_ms, unsent) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, 0)";
    execute!(tx, SQL, new.device_id, new.staff_id, &new.token_hash, &new.label, &new.bound_by, now, new.expires_at).map(drop)
}

/// The phone behind a token, revoked and expired ones too: what they still send is kept apart, not thrown away.
pub async fn find_by_token(db: &Db, token_hash: &[u8]) -> Result<Option<Device>, StoreError> {
    const SQL: &str = device_sql!("WHERE d.token_hash = $1");
    fetch_optional!(db, SQL, token_hash)
}

/// The phones of a person, latest first.
pub async fn list_of_staff(db: &Db, staff: StaffId) -> Result<Vec<Device>, StoreError> {
    const SQL: &str = device_sql!("WHERE d.staff_id = $1 ORDER BY d.created_at_ms DESC, d.device_id DESC");
    fetch_all!(db, SQL, staff)
}

/// One phone.
pub async fn find(db: &Db, id: DeviceId) -> Result<Option<Device>, StoreError> {
    const SQL: &str = device_sql!("WHERE d.device_id = $1");
    fetch_optional!(db, SQL, id)
}

/// Notes a call of a phone, and keeps it bound from now on.
pub async fn seen(tx: &mut Tx<'_>, id: DeviceId, now: UnixMillis, expires: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET last_seen_at_ms = $2, expires_at_ms = $3 WHERE device_id = $1";
    execute!(tx, SQL, id, now, expires).map(drop)
}

/// Notes what a phone says it still holds.
pub async fn holds(
    tx: &mut Tx<'_>,
    id: DeviceId,
    unsent: i64,
    oldest: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE devices SET unsent = $2, oldest_unsent_ms = $3, last_seen_at_ms = $4 WHERE device_id = $1";
    execute!(tx, SQL, id, unsent, oldest, now).map(drop)
}

/// Takes a phone off; `false` when it was off already.
pub async fn revoke(tx: &mut Tx<'_>, id: DeviceId, by: &str, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE devices SET revoked_at_ms = $2, revoked_by = $3 WHERE device_id = $1 AND revoked_at_ms IS NULL";
    execute!(tx, SQL, id, now, by).map(|rows| rows == 1)
}

/// Makes a single-use link; those made before for the same person no longer work.
pub async fn insert_link(
    tx: &mut Tx<'_>,
    token_hash: &[u8],
    staff: StaffId,
    by: &str,
    (now, expires): (UnixMillis, UnixMillis),
) -> Result<(), StoreError> {
    const OLD: &str = "UPDATE device_links SET used_at_ms = $2 WHERE staff_id = $1 AND used_at_ms IS NULL";
    const SQL: &str =
        "INSERT INTO device_links (token_hash, staff_id, issued_by, created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5)";
    execute!(tx, OLD, staff, now)?;
    execute!(tx, SQL, token_hash, staff, by, now, expires).map(drop)
}

/// Whom a link binds a phone to, while it works.
pub async fn find_link(db: &Db, token_hash: &[u8], now: UnixMillis) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT f.full_name FROM device_links l JOIN staff f ON f.staff_id = l.staff_id \
         WHERE l.token_hash = $1 AND l.used_at_ms IS NULL AND l.expires_at_ms > $2 AND f.is_active";
    Ok(fetch_optional!(db, SQL, token_hash, now)?.map(|(name,)| name))
}

/// Uses a link up for a phone: for whom, and who handed it out. Of two phones one wins.
pub async fn use_link(
    tx: &mut Tx<'_>,
    token_hash: &[u8],
    device: DeviceId,
    now: UnixMillis,
) -> Result<Option<(StaffId, String)>, StoreError> {
    const SQL: &str = "UPDATE device_links SET used_at_ms = $2, device_id = $3 WHERE token_hash = $1 AND used_at_ms IS NULL AND expires_at_ms > $2 \
         AND EXISTS (SELECT 1 FROM staff f WHERE f.staff_id = device_links.staff_id AND f.is_active) RETURNING staff_id, issued_by";
    fetch_optional!(tx, SQL, token_hash, now, device)
}
