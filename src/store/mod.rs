//! One SQL text for SQLite and PostgreSQL.
//!
//! [`Db`] is the handle everybody holds: reads take `&Db`, writes run in a closure given to [`Db::write`] and take
//! `&mut Tx`. Nobody else commits. Queries on tenant data take a [`markets::MarketScope`], which only
//! [`markets::enter`] makes from a `Viewer`: a query without a scope does not compile.

mod connect;
pub mod dialect;
mod driver;
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
pub mod bulk;
pub mod campaigns;
pub mod check_links;
pub mod devices;
pub mod enrolments;
pub mod field_keys;
pub mod field_pack;
pub mod field_photos;
pub mod field_records;
pub mod figures;
pub mod inspect;
pub mod markets;
pub mod payment_codes;
pub mod place_sums;
pub mod plan_edits;
pub mod print_picks;
pub mod recount;
pub mod report_rows;
pub mod row_assignments;
pub mod sessions;
pub mod settings;
pub mod staff;
pub mod stall_facts;
pub mod stall_lists;
pub mod stalls;
pub mod sticker_checks;
pub mod sticker_reports;
pub mod stickers;
pub mod vendor_links;
pub mod vendors;
pub mod visits;

use std::{future::Future, pin::Pin, sync::Arc};

use sqlite::Readers;
use sqlx::PgPool;

use crate::fetch_one;

pub use connect::{OpenError, Opened, recover_key_file, take_alone};
pub use driver::{Conn, Driver, Pool};
pub use error::{Retry, StoreError};
pub use ledger::{Dimension, Ledger};
pub use migrate::{SchemaError, newest as newest_schema};
pub use writer::WriterStats;

/// A future in a box, as closures return them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: Pool,
    writer: Arc<writer::Writer>,
    keys: Arc<seal::Keys>,
}

/// One write: statements run at once; audit events and counters are noted and written last.
#[derive(Debug)]
pub struct Tx<'c> {
    conn: Conn<'c>,
    ledger: Ledger,
    keys: &'c seal::Keys,
}

impl<'c> Tx<'c> {
    /// The connection, for [`execute!`](crate::execute) and the `fetch_` macros.
    pub const fn conn(&mut self) -> Conn<'_> {
        self.conn.conn()
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
        if matches!(self.conn, Driver::Postgres(_)) {
            ledger::head(&mut self.conn, &market.to_string()).await?;
        }
        Ok(())
    }
}

impl Db {
    /// What answers reads, for the `fetch_` macros.
    #[must_use]
    pub const fn conn(&self) -> Driver<&Readers, &PgPool> {
        match &self.pool {
            Driver::Sqlite(readers) => Driver::Sqlite(readers),
            Driver::Postgres(pool) => Driver::Postgres(pool),
        }
    }

    /// The keys with which personal values are sealed.
    #[must_use]
    pub fn keys(&self) -> &seal::Keys {
        &self.keys
    }

    /// Runs `work` in a transaction and answers after it is on disk.
    ///
    /// `work` may run again after a serialization failure, so it has no effect outside its `Tx`. An `Err` rolls back
    /// everything it did. On SQLite it shares a commit with whatever queued up meanwhile, and stands alone all the same.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Retry + Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        match &self.pool {
            Driver::Sqlite(_) => self.writer.submit(work).await,
            Driver::Postgres(pool) => writer::write_postgres(pool, &self.keys, work).await,
        }
    }

    /// Whether the database answers, and its writer is there.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if matches!(self.pool, Driver::Sqlite(_)) && !self.writer.is_alive() {
            return Err(StoreError::WriterGone);
        }
        let (_one,): (i64,) = fetch_one!(self, "SELECT CAST(1 AS BIGINT)")?;
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
            Driver::Sqlite(_) => "sqlite",
            Driver::Postgres(_) => "postgres",
        }
    }
}
