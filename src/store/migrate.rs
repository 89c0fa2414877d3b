//! Migrations: one portable, append-only set, embedded, run at start. A database newer than the program is refused.

use super::{Driver, StoreError, connect::Opening, dialect};
use sqlx::migrate::{MigrateError, Migrator};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A newer program has already changed this database.
    #[error("the database has schema {found}, but this program knows only up to {known}: start the newer choqr that made it")]
    Newer {
        /// What the database has.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The database is not up to date, and this command leaves it as it is.
    #[error(
        "the database has schema {found}, this program has {known}: `choqr migrate` brings it up to date, and so does `choqr serve`"
    )]
    Older {
        /// What the database has.
        found: i64,
        /// What this program has.
        known: i64,
    },
    /// The database was not made by choqr.
    #[error("this is not a database of choqr")]
    NotOurs,
    /// A migration that was applied is not the one this program carries.
    #[error("migration {0} in the database is not the one this program carries: the file was made by a different build")]
    Changed(i64),
    /// A migration failed; what came before it stands.
    #[error("the schema could not be brought up to date")]
    Failed(#[source] Box<MigrateError>),
    /// The database said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The newest schema this program knows.
#[must_use]
pub fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Looks whether the schema is this program's, without changing anything.
pub(super) async fn compare(conn: &mut Opening<'_>) -> Result<(), SchemaError> {
    const NEWEST: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";
    let count: i64 = match conn {
        Driver::Sqlite(conn) => sqlx::query_scalar(dialect::HAS_SCHEMA_SQLITE).fetch_one(&mut **conn).await,
        Driver::Postgres(conn) => sqlx::query_scalar(dialect::HAS_SCHEMA_POSTGRES).fetch_one(&mut **conn).await,
    }
    .map_err(StoreError::from)?;
    if count == 0 {
        return Err(SchemaError::NotOurs);
    }
    let found: Option<i64> = match conn {
        Driver::Sqlite(conn) => sqlx::query_scalar(NEWEST).fetch_one(&mut **conn).await,
        Driver::Postgres(conn) => sqlx::query_scalar(NEWEST).fetch_one(&mut **conn).await,
    }
    .map_err(StoreError::from)?;
    let known = newest();
    match found {
        None => Err(SchemaError::NotOurs),
        Some(found) if found > known => Err(SchemaError::Newer { found, known }),
        Some(found) if found < known => Err(SchemaError::Older { found, known }),
        Some(_) => Ok(()),
    }
}

/// Brings the schema up to date.
pub(super) async fn run(conn: &mut Opening<'_>) -> Result<(), SchemaError> {
    let done = match conn {
        Driver::Sqlite(conn) => MIGRATIONS.run_direct(None, &mut **conn, false).await,
        Driver::Postgres(conn) => MIGRATIONS.run_direct(None, &mut **conn, false).await,
    };
    done.map_err(|error| match error {
        MigrateError::VersionMissing(found) => SchemaError::Newer { found, known: newest() },
        MigrateError::VersionMismatch(version) => SchemaError::Changed(version),
        other => SchemaError::Failed(Box::new(other)),
    })
}
