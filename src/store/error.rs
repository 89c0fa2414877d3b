//! A failure of the store: our fault, never the person's.

/// Why a read or a write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The writer's connection said no.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The writer's queue is full or stopped: try again in a moment.
    #[error("the writer is busy")]
    Busy,
    /// The code of a write panicked: nothing of that write stands, and the writer lives on.
    #[error("a write panicked")]
    Panicked,
    /// The writer's thread has ended: the process must be started again.
    #[error("the writer has ended; start the service again")]
    WriterGone,
    /// A group commit failed, so nothing of it was written.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// A sealed value could not be opened: another key, or another row's value.
    #[error("a sealed value could not be opened")]
    Unsealable,
    /// A stored value is not what its column holds.
    #[error("a stored value is damaged: {0}")]
    Damaged(&'static str),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            other => Self::Database(other),
        }
    }
}

impl StoreError {
    /// Whether the whole transaction may be tried again: a serialization failure, a deadlock, or a busy SQLite file.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        match self {
            Self::Sqlite(error) => matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked)),
            // 40001 and 40P01 are PostgreSQL's; SQLite's 5 is SQLITE_BUSY, with its extended codes in the upper bits.
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
                matches!(code.as_ref(), "40001" | "40P01") || code.parse::<i32>().is_ok_and(|code| code & 0xff == 5)
            }),
            _ => false,
        }
    }
}

/// What a write's error says about trying the whole transaction again.
pub trait Retry {
    /// Whether the failure came from other transactions and may pass.
    fn is_retryable(&self) -> bool;
}

impl Retry for StoreError {
    fn is_retryable(&self) -> bool {
        self.may_retry()
    }
}
