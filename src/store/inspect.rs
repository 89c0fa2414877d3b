//! The database as a file: is it whole, and a copy of it while it is in use.

use std::{fs, path::Path};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{Db, Driver, StoreError, sqlite};

/// What SQLite finds wrong with its file; PostgreSQL checks its own pages.
pub fn integrity(db: &Db) -> Result<Vec<String>, StoreError> {
    match db.conn() {
        Driver::Sqlite(readers) => {
            let lines: Vec<(String,)> = sqlite::fetch_all(readers, "PRAGMA quick_check", &[])?;
            Ok(lines.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
        }
        Driver::Postgres(_) => Ok(Vec::new()),
    }
}

/// What is wrong with a backup's file before anybody trusts it; empty when it is a whole database of ours.
pub async fn inspect_file(path: &Path) -> Result<Vec<String>, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true).pragma("trusted_schema", "OFF");
    let mut conn = options.connect().await?;
    let mut found: Vec<String> = sqlx::query_scalar("PRAGMA quick_check").fetch_all(&mut conn).await?;
    found.retain(|line| line != "ok");
    let ours: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM settings WHERE name = 'data_key'").fetch_one(&mut conn).await?;
    if ours != 1 {
        found.push("it has no data key: not a database of choqr".to_owned());
    }
    conn.close().await?;
    Ok(found)
}

/// Writes a whole copy of a SQLite database to a new file, while it is in use.
pub async fn copy_to(db: &Db, path: &Path) -> Result<bool, StoreError> {
    let Driver::Sqlite(readers) = db.conn() else { return Ok(false) };
    copy_file(readers.path(), path).await?;
    Ok(true)
}

/// The same from the file itself: neither the key nor a schema that this program knows is needed.
pub async fn copy_file(database: &Path, path: &Path) -> Result<(), StoreError> {
    // The path is the operator's own and quoted; VACUUM INTO takes an expression, but no parameter inside a reader.
    let quoted = path.display().to_string().replace('\'', "''");
    let options = SqliteConnectOptions::new().filename(database).busy_timeout(std::time::Duration::from_secs(30));
    let mut conn = options.connect().await?;
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'"))).execute(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

/// Moves what a database's log holds into its file, so that the file alone is all of it.
pub async fn fold_in_log(database: &Path) -> Result<(), StoreError> {
    let mut conn = SqliteConnectOptions::new().filename(database).connect().await?;
    let (busy,): (i64,) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut conn).await?;
    conn.close().await?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
}

/// Makes a finished file durable under its final name.
pub fn settle(temporary: &Path, target: &Path) -> std::io::Result<()> {
    fs::File::open(temporary)?.sync_all()?;
    fs::rename(temporary, target)?;
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
