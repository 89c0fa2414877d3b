//! Settings of the installation: one word, one value.

use super::{Db, StoreError, Tx};
use crate::{execute, fetch_optional};

/// The value of a setting.
pub async fn find(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT value FROM settings WHERE name = $1";
    Ok(fetch_optional!(db, SQL, name)?.map(|(value,)| value))
}

/// The value of a setting, inside a write.
pub async fn find_in(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT value FROM settings WHERE name = $1";
    Ok(fetch_optional!(tx, SQL, name)?.map(|(value,)| value))
}

/// Sets a setting.
pub async fn set(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    execute!(tx, SQL, name, value).map(drop)
}

/// Removes a setting; gives whether it was there, so that one of two callers wins.
pub async fn take(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM settings WHERE name = $1";
    execute!(tx, SQL, name).map(|rows| rows == 1)
}
