//! The database as a file: is it whole, and a copy of it while it is in use.

use std::{fs, path::Path};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{Db, Pool, StoreError};

/// What SQLite finds wrong with its file; PostgreSQL checks its own pages.
pub async fn integrity(db: &Db) -> Result<Vec<String>, StoreError> {
    match db.pool() {
        Pool::Sqlite(pool) => {
            let lines: Vec<String> = sqlx::query_scalar("PRAGMA quick_check").fetch_all(pool).await?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        }
        Pool::Postgres(_) => Ok(Vec::new()),
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
    let Pool::Sqlite(pool) = db.pool() else { return Ok(false) };
    // The path is the operator's own and quoted; VACUUM INTO takes an expression, but no parameter inside a pool's reader.
    let quoted = path.display().to_string().replace('\'', "''");
    let source: String = sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'").fetch_one(pool).await?;
    let mut conn =
        SqliteConnectOptions::new().filename(source).busy_timeout(std::time::Duration::from_secs(30)).connect().await?;
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'"))).execute(&mut conn).await?;
    conn.close().await?;
    Ok(true)
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
