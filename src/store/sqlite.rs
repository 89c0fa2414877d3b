//! The writer's own SQLite connection, called in place.
//!
//! sqlx runs SQLite on a thread of its own, so each statement costs two thread switches. An enrolment is some twenty
//! statements; on the writer's thread they run where they are called (measured with `make bench`: 1.1 ms of CPU an
//! enrolment before, see `docs/ARCHITECTURE.md`). Both drivers share one SQLite library.

use rusqlite::{Connection, Row, Statement, ToSql, types::FromSql};

use super::StoreError;

/// A value read from a row of the writer's connection; sqlx's `FromRow` of the same type reads PostgreSQL's.
pub trait FromSqliteRow: Sized {
    /// Reads the columns by name, or by place for a tuple.
    fn from_sqlite(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// Reads a struct's fields from the columns of the same names. A field that is not listed does not compile.
macro_rules! sqlite_row {
    ($row:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::store::sqlite::FromSqliteRow for $row {
            fn from_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                Ok(Self { $($field: row.get(stringify!($field))?),+ })
            }
        }
    };
}
pub(super) use sqlite_row;

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
pub fn execute(conn: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    Ok(statement.raw_execute()? as u64)
}

/// Every row of a read.
pub fn fetch_all<T: FromSqliteRow>(conn: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(T::from_sqlite(row)?);
    }
    Ok(found)
}

/// The first row of a read.
pub fn fetch_optional<T: FromSqliteRow>(conn: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Option<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let mut rows = statement.raw_query();
    Ok(rows.next()?.map(T::from_sqlite).transpose()?)
}

/// `$3` is the third value wherever it stands in the text, as on PostgreSQL; a count that differs is an error, where
/// SQLite itself would read NULL.
fn bind(statement: &mut Statement<'_>, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    let count = statement.parameter_count();
    if count != values.len() {
        return Err(rusqlite::Error::InvalidParameterCount(values.len(), count));
    }
    for place in 1..=count {
        let number = statement.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        statement.raw_bind_parameter(place, value.ok_or(rusqlite::Error::InvalidParameterCount(place, count))?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_its_value_wherever_it_stands() {
        let conn = Connection::open_in_memory().expect("memory");
        let row: Option<(i64, i64, i64)> =
            fetch_optional(&conn, "SELECT $2, $1, $2", rusqlite::params![1, 2]).expect("two values");
        assert_eq!(row, Some((2, 1, 2)));
    }

    #[test]
    fn a_missing_or_spare_value_is_an_error() {
        let conn = Connection::open_in_memory().expect("memory");
        assert!(fetch_optional::<(i64,)>(&conn, "SELECT $1 + $2", rusqlite::params![1]).is_err());
        assert!(fetch_optional::<(i64,)>(&conn, "SELECT $1", rusqlite::params![1, 2]).is_err());
    }
}
