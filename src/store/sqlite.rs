//! SQLite called in place.
//!
//! sqlx runs SQLite on a thread of its own, so each statement costs two thread switches, and an enrolment is some
//! twenty statements. Here they run where they are called: 1.1 ms of CPU an enrolment became 0.3 ms (`make bench`).
//! Reads are short by construction, bounded by a market or a LIMIT. Both drivers share one SQLite library.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags, Row, Statement, ToSql, types::FromSql};

use super::StoreError;

/// Settings of every connection. A reader's cache is small on purpose: pages come through `mmap`, which is the page
/// cache's memory and not ours.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -2048; \
    PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0;";
/// The writer's own pages are in the write-ahead log, which is not mapped: it keeps the inner nodes and the latest
/// leaves, or it reads them back for each write (a fifth of an enrolment at 12,000 stalls).
const WRITER_CACHE: &str = "PRAGMA cache_size = -32768";
/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;
/// How many idle readers are kept; more are opened when more threads read at once.
const IDLE: usize = 8;

/// A connection that may write. The database must exist and be in WAL mode.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let conn = open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.execute_batch(WRITER_CACHE)?;
    Ok(conn)
}

fn open_with(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.execute_batch(PRAGMAS)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

/// The read-only connections, opened as threads need them.
#[derive(Debug, Clone)]
pub struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    /// Held while the database is open, so that nobody puts another file in its place.
    _lock: Option<Arc<std::fs::File>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Arc::default(), _lock: None }
    }

    /// The same, with the lock on the database's file.
    pub(super) fn holding(self, lock: std::fs::File) -> Self {
        Self { _lock: Some(Arc::new(lock)), ..self }
    }

    /// The database's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open_with(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY), Ok)
    }

    fn give_back(&self, conn: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(conn);
        }
    }
}

/// What a statement runs on: the writer's connection, or whichever reader is free.
pub trait InPlace {
    /// Runs `work` on a connection.
    fn run<T>(self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError>;
}

impl InPlace for &mut Connection {
    fn run<T>(self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        work(self)
    }
}

impl InPlace for &Readers {
    fn run<T>(self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let conn = self.take()?;
        let found = work(&conn);
        self.give_back(conn);
        found
    }
}

/// A value read from a row; sqlx's `FromRow` of the same type reads PostgreSQL's.
pub trait FromSqliteRow: Sized {
    /// Reads the columns by name, or by place for a tuple.
    fn from_sqlite(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// A struct whose fields are the columns of its query, by either driver. The query names the columns in the order of the
/// fields: looking each one up by its name was a tenth of a page's time, so only debug builds and tests compare names.
macro_rules! stored_row {
    ($(#[$meta:meta])* $vis:vis struct $row:ident { $($(#[$note:meta])* $field_vis:vis $field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(sqlx::FromRow)]
        $vis struct $row { $($(#[$note])* $field_vis $field: $kind),+ }

        impl $crate::store::sqlite::FromSqliteRow for $row {
            fn from_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                let mut columns = 0..;
                Ok(Self { $($field: $crate::store::sqlite::column(row, &mut columns, stringify!($field))?),+ })
            }
        }
    };
}
pub(super) use stored_row;

/// The next column, which must be the one of that name.
pub(super) fn column<T: FromSql>(row: &Row<'_>, columns: &mut std::ops::RangeFrom<usize>, name: &str) -> rusqlite::Result<T> {
    let place = columns.next().unwrap_or_default();
    debug_assert_eq!(
        row.as_ref().column_name(place),
        Ok(name),
        "the query's columns stand in another order than the struct's fields"
    );
    row.get(place)
}

macro_rules! tuple {
    ($($column:ident $place:tt),+) => {
        impl<$($column: FromSql),+> FromSqliteRow for ($($column,)+) {
            fn from_sqlite(row: &Row<'_>) -> rusqlite::Result<Self> {
                Ok(($(row.get::<_, $column>($place)?,)+))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);

/// Runs one statement that changes rows and gives how many.
pub fn execute(on: impl InPlace, sql: &str, values: &[&dyn ToSql]) -> Result<u64, StoreError> {
    on.run(|conn| {
        let mut statement = conn.prepare_cached(sql)?;
        bind(&mut statement, sql, values)?;
        Ok(statement.raw_execute()? as u64)
    })
}

/// Every row of a read.
pub fn fetch_all<T: FromSqliteRow>(on: impl InPlace, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<T>, StoreError> {
    on.run(|conn| {
        let mut statement = conn.prepare_cached(sql)?;
        bind(&mut statement, sql, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(T::from_sqlite(row)?);
        }
        Ok(found)
    })
}

/// The first row of a read.
pub fn fetch_optional<T: FromSqliteRow>(on: impl InPlace, sql: &str, values: &[&dyn ToSql]) -> Result<Option<T>, StoreError> {
    on.run(|conn| {
        let mut statement = conn.prepare_cached(sql)?;
        bind(&mut statement, sql, values)?;
        let mut rows = statement.raw_query();
        Ok(rows.next()?.map(T::from_sqlite).transpose()?)
    })
}

/// `$3` is the third value wherever it stands in the text, as on PostgreSQL; a count that differs is an error, where
/// SQLite itself would read NULL. SQLite numbers `$3` by where it first stands, which is read from the text: asking it
/// for each parameter's name took longer than binding.
fn bind(statement: &mut Statement<'_>, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    let wrong = |count| Err(rusqlite::Error::InvalidParameterCount(values.len(), count));
    let (mut place, mut bound) = (0, 0_u64);
    for tail in sql.split('$').skip(1) {
        let digits = tail.bytes().take_while(u8::is_ascii_digit);
        let number = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
        let Some(value) = number.checked_sub(1).and_then(|index| values.get(index)) else { return wrong(number) };
        if number > 63 || bound & 1 << number == 0 {
            bound |= 1 << number.min(63);
            place += 1;
            statement.raw_bind_parameter(place, value)?;
        }
    }
    if place == values.len() && place == statement.parameter_count() { Ok(()) } else { wrong(place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_its_value_wherever_it_stands() {
        let mut conn = Connection::open_in_memory().expect("memory");
        let row: Option<(i64, i64, i64)> =
            fetch_optional(&mut conn, "SELECT $2, $1, $2", rusqlite::params![1, 2]).expect("two values");
        assert_eq!(row, Some((2, 1, 2)));
    }

    #[test]
    fn a_missing_or_spare_value_is_an_error() {
        let mut conn = Connection::open_in_memory().expect("memory");
        assert!(fetch_optional::<(i64,)>(&mut conn, "SELECT $1 + $2", rusqlite::params![1]).is_err());
        assert!(fetch_optional::<(i64,)>(&mut conn, "SELECT $1", rusqlite::params![1, 2]).is_err());
    }
}
