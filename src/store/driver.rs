//! The two drivers behind one set of macros: [`execute!`](crate::execute), [`fetch_all!`](crate::fetch_all),
//! [`fetch_optional!`](crate::fetch_optional) and [`fetch_one!`](crate::fetch_one) take a [`Db`](super::Db), a
//! [`Tx`](super::Tx) or a [`Conn`], one SQL text with `$1`, `$2`, and the values.

use sqlx::{PgConnection, PgPool};

use super::sqlite::Readers;

/// One thing, for either database.
#[derive(Debug, Clone, Copy)]
pub enum Driver<S, P> {
    /// SQLite's.
    Sqlite(S),
    /// PostgreSQL's.
    Postgres(P),
}

/// What answers reads.
pub type Pool = Driver<Readers, PgPool>;

/// The connection of a write: the writer's, inside the transaction of its group; or one inside a transaction of its own.
pub type Conn<'c> = Driver<&'c mut rusqlite::Connection, &'c mut PgConnection>;

impl Conn<'_> {
    /// A shorter loan of the same connection, as the macros take it.
    pub const fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn) => Driver::Sqlite(conn),
            Self::Postgres(conn) => Driver::Postgres(conn),
        }
    }
}

/// Runs one statement that changes rows and gives how many.
#[macro_export]
macro_rules! execute {
    ($on:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $on.conn() {
            $crate::store::Driver::Sqlite(conn) => $crate::store::sqlite::execute(conn, $sql, rusqlite::params![$($value),*]),
            $crate::store::Driver::Postgres(conn) => sqlx::query($sql)$(.bind($value))*.execute(conn).await
                .map(|done| done.rows_affected()).map_err($crate::store::StoreError::from),
        }
    };
}

/// Every row of a read, as structs or tuples.
#[macro_export]
macro_rules! fetch_all {
    ($on:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $on.conn() {
            $crate::store::Driver::Sqlite(conn) => $crate::store::sqlite::fetch_all(conn, $sql, rusqlite::params![$($value),*]),
            $crate::store::Driver::Postgres(conn) => sqlx::query_as($sql)$(.bind($value))*.fetch_all(conn).await
                .map_err($crate::store::StoreError::from),
        }
    };
}

/// The first row of a read, if there is one.
#[macro_export]
macro_rules! fetch_optional {
    ($on:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        match $on.conn() {
            $crate::store::Driver::Sqlite(conn) => $crate::store::sqlite::fetch_optional(conn, $sql, rusqlite::params![$($value),*]),
            $crate::store::Driver::Postgres(conn) => sqlx::query_as($sql)$(.bind($value))*.fetch_optional(conn).await
                .map_err($crate::store::StoreError::from),
        }
    };
}

/// The one row there must be.
#[macro_export]
macro_rules! fetch_one {
    ($on:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::fetch_optional!($on, $sql $(, $value)*)
            .and_then(|row| row.ok_or_else(|| $crate::store::StoreError::from(sqlx::Error::RowNotFound)))
    };
}
