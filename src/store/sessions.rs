//! Sessions of people who signed in. Only a hash of the cookie is stored.

use super::{Db, StoreError, Tx};
use crate::{
    domain::{ids::StaffId, time::UnixMillis},
    execute, fetch_one, fetch_optional,
};

/// Begins a session, and sweeps those that are over.
pub async fn insert(
    tx: &mut Tx<'_>,
    session_hash: &[u8],
    staff: StaffId,
    now: UnixMillis,
    expires: UnixMillis,
) -> Result<(), StoreError> {
    const SWEEP: &str = "DELETE FROM sessions WHERE expires_at_ms <= $1";
    const SQL: &str = "INSERT INTO sessions (session_hash, staff_id, created_at_ms, last_seen_at_ms, expires_at_ms) VALUES ($1, $2, $3, $3, $4)";
    execute!(tx, SWEEP, now)?;
    execute!(tx, SQL, session_hash, staff, now, expires).map(drop)
}

/// Notes that a session was seen.
pub async fn touch(tx: &mut Tx<'_>, session_hash: &[u8], now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sessions SET last_seen_at_ms = $2 WHERE session_hash = $1";
    execute!(tx, SQL, session_hash, now).map(drop)
}

/// Ends a session; gives whose it was.
pub async fn delete(tx: &mut Tx<'_>, session_hash: &[u8]) -> Result<Option<StaffId>, StoreError> {
    const SQL: &str = "DELETE FROM sessions WHERE session_hash = $1 RETURNING staff_id";
    Ok(fetch_optional!(tx, SQL, session_hash)?.map(|(value,)| value))
}

/// How many sessions are open: not over, and used since `idle_since`.
pub async fn count(db: &Db, now: UnixMillis, idle_since: UnixMillis) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM sessions WHERE expires_at_ms > $1 AND last_seen_at_ms > $2";
    let (count,): (i64,) = fetch_one!(db, SQL, now, idle_since)?;
    Ok(count)
}
