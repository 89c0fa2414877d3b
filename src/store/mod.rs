//! One SQL text for SQLite and PostgreSQL.
//!
//! [`Db`] is the handle everybody holds: reads take `&Db`, writes run in a closure given to [`Db::write`] and take
//! `&mut Tx`. Nobody else commits. Queries on tenant data take a [`markets::MarketScope`], which only
//! [`markets::enter`] makes from a `Viewer`: a query without a scope does not compile.

mod connect;
pub mod dialect;
mod error;
mod ledger;
mod migrate;
pub mod numbers;
pub mod seal;
pub mod sqlite;
mod types;
mod writer;

pub mod accounts;
pub mod audit;
pub mod enrolments;
pub mod inspect;
pub mod markets;
pub mod payment_codes;
pub mod recount;
pub mod sessions;
pub mod settings;
pub mod staff;
pub mod stall_facts;
pub mod stalls;
pub mod sticker_checks;
pub mod stickers;
pub mod vendor_links;
pub mod vendors;
pub mod visits;

use std::{future::Future, pin::Pin, sync::Arc};

use sqlx::{PgPool, SqlitePool};

pub use connect::{OpenError, Opened, recover_key_file};
pub use error::{Retry, StoreError};
pub use ledger::{Dimension, Ledger};
pub use migrate::{SchemaError, newest as newest_schema};
pub use writer::WriterStats;

/// Repeats a body for the driver behind a [`Db`].
#[macro_export]
macro_rules! on_db {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db.pool() {
            $crate::store::Pool::Sqlite($pool) => $body,
            $crate::store::Pool::Postgres($pool) => $body,
        }
    };
}

/// Runs one write statement and gives the number of rows it touched. Takes a [`Tx`] or a [`Conn`].
#[macro_export]
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx.conn() {
            $crate::store::Conn::Sqlite(conn) => $crate::store::sqlite::execute(conn, $sql, rusqlite::params![$($bind),*]),
            $crate::store::Conn::Postgres(conn) => sqlx::query($sql)$(.bind($bind))*.execute(&mut **conn).await
                .map(|done| done.rows_affected()).map_err($crate::store::StoreError::from),
        }
    };
}

/// Reads inside a write: every row, as structs or tuples.
#[macro_export]
macro_rules! fetch_all {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx.conn() {
            $crate::store::Conn::Sqlite(conn) => $crate::store::sqlite::fetch_all(conn, $sql, rusqlite::params![$($bind),*]),
            $crate::store::Conn::Postgres(conn) => sqlx::query_as($sql)$(.bind($bind))*.fetch_all(&mut **conn).await
                .map_err($crate::store::StoreError::from),
        }
    };
}

/// Reads inside a write: the first row, if there is one.
#[macro_export]
macro_rules! fetch_optional {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx.conn() {
            $crate::store::Conn::Sqlite(conn) => $crate::store::sqlite::fetch_optional(conn, $sql, rusqlite::params![$($bind),*]),
            $crate::store::Conn::Postgres(conn) => sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(&mut **conn).await
                .map_err($crate::store::StoreError::from),
        }
    };
}

/// Reads inside a write: the one row there must be.
#[macro_export]
macro_rules! fetch_one {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::fetch_optional!($tx, $sql $(, $bind)*)
            .and_then(|row| row.ok_or_else(|| $crate::store::StoreError::from(sqlx::Error::RowNotFound)))
    };
}

/// The pool that answers reads.
#[derive(Debug, Clone)]
pub enum Pool {
    /// Read-only connections beside the one writer.
    Sqlite(SqlitePool),
    /// At most sixteen connections, shared with the writes.
    Postgres(PgPool),
}

/// A future in a box, as closures return them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: Pool,
    writer: Arc<writer::Writer>,
    keys: Arc<seal::Keys>,
}

/// The driver's connection inside a write.
#[derive(Debug)]
pub enum Conn<'c> {
    /// The writer's connection, inside a savepoint.
    Sqlite(&'c mut rusqlite::Connection),
    /// A connection inside a transaction of its own.
    Postgres(&'c mut sqlx::PgConnection),
}

/// One write: statements run at once; audit events and counters are noted and written last.
#[derive(Debug)]
pub struct Tx<'c> {
    conn: Conn<'c>,
    ledger: Ledger,
    keys: &'c seal::Keys,
}

impl Conn<'_> {
    /// Itself, so that the macros take a [`Tx`] and a `Conn` alike.
    pub const fn conn(&mut self) -> &mut Self {
        self
    }
}

impl<'c> Tx<'c> {
    /// The connection, for [`execute!`](crate::execute) and the `fetch_` macros.
    pub const fn conn(&mut self) -> &mut Conn<'c> {
        &mut self.conn
    }

    /// What the write notes: audit events, counters, day counts.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// The keys with which personal values are sealed.
    #[must_use]
    pub const fn keys(&self) -> &'c seal::Keys {
        self.keys
    }

    /// Makes this write the only one in a market until its commit, so that what it reads there stays true.
    ///
    /// SQLite has one writer and needs nothing; on PostgreSQL it locks the market's chain head, which the write
    /// would lock at its end anyway.
    pub async fn lock_market(&mut self, market: crate::domain::ids::MarketId) -> Result<(), StoreError> {
        if matches!(self.conn, Conn::Postgres(_)) {
            ledger::head(&mut self.conn, &market.to_string()).await?;
        }
        Ok(())
    }
}

impl Db {
    /// The pool, for the [`on_db!`](crate::on_db) macro.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The keys with which personal values are sealed.
    #[must_use]
    pub fn keys(&self) -> &seal::Keys {
        &self.keys
    }

    /// Runs `work` in a transaction and answers after it is on disk.
    ///
    /// `work` may run again after a serialization failure, so it has no effect outside its `Tx`. An `Err` rolls back
    /// everything it did. On SQLite it shares a commit with whatever queued up meanwhile, inside a savepoint of its own.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retry + Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        match &self.pool {
            Pool::Sqlite(_) => self.writer.submit(work).await,
            Pool::Postgres(pool) => writer::write_postgres(pool, &self.keys, work).await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        on_db!(self, |pool| sqlx::query("SELECT 1").execute(pool).await.map(drop))?;
        Ok(())
    }

    /// How the writer is doing.
    #[must_use]
    pub fn writer_stats(&self) -> WriterStats {
        self.writer.stats()
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.pool {
            Pool::Sqlite(_) => "sqlite",
            Pool::Postgres(_) => "postgres",
        }
    }
}
