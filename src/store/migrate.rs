//! Migrations: one portable, append-only set, embedded, run at start. A database newer than the program is refused.

use super::{Driver, StoreError, connect::Opening};
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
