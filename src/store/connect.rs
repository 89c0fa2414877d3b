//! Opens the database: connections, schema, keys, the writer and the checkpoint task.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, Weak},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, PgConnection, SqliteConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use zeroize::Zeroizing;

use super::{
    Db, Driver, StoreError,
    migrate::{self, SchemaError},
    seal::{Key, KeyError, Keys},
    sqlite::{self, Readers},
    writer::Writer,
};

/// Below this SQLite has a bug that can corrupt a database in WAL mode (sqlite.org, WAL-reset bug, fixed in 3.51.3).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// Size of the write-ahead log beyond which readers are made to let go of it.
const WAL_LIMIT_BYTES: u64 = 64 << 20;

/// sqlx's connection while the database is opened: schema and keys.
pub(super) type Opening<'c> = Driver<&'c mut SqliteConnection, &'c mut PgConnection>;

/// Repeats a body for the driver behind an [`Opening`].
macro_rules! on_opening {
    ($on:expr, |$conn:ident| $body:expr) => {
        match $on {
            Driver::Sqlite($conn) => $body,
            Driver::Postgres($conn) => $body,
        }
    };
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of a database.
    #[error("the database URL is not understood: expected sqlite://PATH or postgres://…")]
    Url,
    /// There is no database, and this command does not make one.
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    /// Another process is putting a backup in the database's place.
    #[error("{0} is being restored; try again when that has ended")]
    Restoring(PathBuf),
    /// The database could not be reached or said no.
    #[error("the database could not be opened")]
    Database(#[from] StoreError),
    /// The schema is newer, changed, or could not be brought up to date.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The key file is missing, loose, damaged or another database's.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key file is gone although the database is in use.
    #[error("the key file {0} is missing. Put it back, or make a new one from the recovery key: `choqr restore --recovery-key`")]
    KeyMissing(PathBuf),
    /// The bundled SQLite is too old to be trusted.
    #[error("SQLite {0} has a bug that can corrupt the database; at least 3.51.3 is needed")]
    OldSqlite(String),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// An opened database, and what has to be said once.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub db: Db,
    /// The recovery key, on first start only: it is shown once and stored nowhere.
    pub recovery_key: Option<Zeroizing<String>>,
}

impl Db {
    /// Opens the database at `url`, brings its schema up to date, and reads or makes the key file.
    pub async fn open(url: &str, key_file: &Path) -> Result<Opened, OpenError> {
        open_as(url, key_file, Purpose::Start).await
    }

    /// Opens the database at `url` as it is: nothing is made and nothing brought up to date. What is missing is refused.
    pub async fn open_existing(url: &str, key_file: &Path) -> Result<Self, OpenError> {
        Ok(open_as(url, key_file, Purpose::Visit).await?.db)
    }
}

/// Why the database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To run on it: what is missing is made, an older schema is brought up to date.
    Start,
    /// To look or to do one thing: it must be there as this program knows it.
    Visit,
}

async fn open_as(url: &str, key_file: &Path, purpose: Purpose) -> Result<Opened, OpenError> {
    if url.starts_with("sqlite:") {
        open_sqlite(url, key_file, purpose).await
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        open_postgres(url, key_file, purpose).await
    } else {
        Err(OpenError::Url)
    }
}

/// The schema and the keys, made or only looked at.
async fn prepare(
    mut conn: Opening<'_>,
    key_file: &Path,
    purpose: Purpose,
) -> Result<(Keys, Option<Zeroizing<String>>), OpenError> {
    match purpose {
        Purpose::Start => migrate::run(&mut conn).await?,
        Purpose::Visit => {
            migrate::compare(&mut conn).await?;
            if setting(&mut conn, "data_key").await?.is_none() {
                return Err(SchemaError::NotOurs.into());
            }
        }
    }
    load_keys(&mut conn, key_file).await
}

/// The lock that says "in use" beside a SQLite file: whoever has it open shares it, whoever replaces it has it alone. It
/// goes with the process, however that ends.
fn lock_file(database: &Path) -> std::io::Result<std::fs::File> {
    let mut name = database.as_os_str().to_owned();
    name.push("-lock");
    std::fs::File::options().create(true).truncate(false).write(true).open(name)
}

/// Says that a database is in use.
fn share(database: &Path) -> Result<std::fs::File, OpenError> {
    let lock = lock_file(database).map_err(sqlx::Error::Io)?;
    match lock.try_lock_shared() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Restoring(database.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(sqlx::Error::Io(error).into()),
    }
}

/// Takes a database for oneself alone, to put another file in its place; `None` while anybody has it open.
pub fn take_alone(database: &Path) -> std::io::Result<Option<std::fs::File>> {
    let lock = lock_file(database)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// A connection while opening, and the checkpoint task's; the others are made by [`sqlite`].
fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, OpenError> {
    Ok(SqliteConnectOptions::from_str(url)
        .map_err(|_| OpenError::Url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .disable_statement_logging())
}

async fn open_sqlite(url: &str, key_file: &Path, purpose: Purpose) -> Result<Opened, OpenError> {
    let options = sqlite_options(url)?.create_if_missing(purpose == Purpose::Start);
    let path = options.get_filename().to_owned();
    if purpose == Purpose::Visit && !path.exists() {
        return Err(OpenError::Missing(path));
    }
    let lock = share(&path)?;
    let mut opening = options.clone().connect().await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut opening).await?;
    if parse_version(&version) < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite(version));
    }
    let (keys, recovery_key) = prepare(Driver::Sqlite(&mut opening), key_file, purpose).await?;
    opening.close().await?;
    let checkpointing = options.connect().await?;
    let writing = sqlite::open(&path)?;
    let keys = Arc::new(keys);
    let writer = Arc::new(Writer::start(writing, Arc::clone(&keys)).map_err(sqlx::Error::Io)?);
    tokio::spawn(checkpoint(checkpointing, path.clone(), Arc::downgrade(&writer)));
    Ok(Opened { db: Db { pool: Driver::Sqlite(Readers::new(path).holding(lock)), writer, keys }, recovery_key })
}

async fn open_postgres(url: &str, key_file: &Path, purpose: Purpose) -> Result<Opened, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?.disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(3)).connect_with(options).await?;
    let mut conn = pool.acquire().await?;
    let (keys, recovery_key) = prepare(Driver::Postgres(&mut conn), key_file, purpose).await?;
    drop(conn);
    Ok(Opened { db: Db { pool: Driver::Postgres(pool), writer: Arc::new(Writer::none()), keys: Arc::new(keys) }, recovery_key })
}

fn parse_version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// Opens the data key with the key file; on first start makes all three keys.
async fn load_keys(conn: &mut Opening<'_>, key_file: &Path) -> Result<(Keys, Option<Zeroizing<String>>), OpenError> {
    if let Some(wrapped) = setting(conn, "data_key").await? {
        if !key_file.exists() {
            return Err(OpenError::KeyMissing(key_file.to_owned()));
        }
        return Ok((Keys::derive(&Key::read(key_file)?.unwrap(&wrapped)?), None));
    }
    let outer = if key_file.exists() {
        Key::read(key_file)?
    } else {
        let key = Key::random();
        key.write(key_file)?;
        key
    };
    let (data, recovery) = (Key::random(), Key::random());
    put_keys(conn, &outer.wrap(&data), &recovery.wrap(&data)).await?;
    // Another node may have been first: what stands in the database decides, and only whose key stands there hands out paper.
    let stands = setting(conn, "data_key").await?.ok_or(KeyError::Mismatch)?;
    let for_paper = setting(conn, "data_key_recovery").await?.ok_or(KeyError::Mismatch)?;
    let paper = recovery.unwrap(&for_paper).is_ok().then(|| recovery.to_paper());
    Ok((Keys::derive(&outer.unwrap(&stands)?), paper))
}

async fn setting(conn: &mut Opening<'_>, name: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT value FROM settings WHERE name = $1";
    Ok(on_opening!(conn, |conn| sqlx::query_scalar(SQL).bind(name).fetch_optional(&mut **conn).await)?)
}

/// Both wraps of the data key in one statement: a start that is cut off leaves both or none, never a paper key that opens
/// nothing.
async fn put_keys(conn: &mut Opening<'_>, wrapped: &str, for_recovery: &str) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO settings (name, value) VALUES ('data_key', $1), ('data_key_recovery', $2) ON CONFLICT (name) DO NOTHING";
    Ok(on_opening!(conn, |conn| sqlx::query(SQL).bind(wrapped).bind(for_recovery).execute(&mut **conn).await.map(drop))?)
}

/// Makes a new key file for a database whose old one is lost, with the recovery key from paper.
pub async fn recover_key_file(url: &str, key_file: &Path, recovery: &str) -> Result<(), OpenError> {
    let recovery = Key::from_paper(recovery)?;
    let outer = if key_file.exists() { Key::read(key_file)? } else { Key::random() };
    let rewrap = async |conn: &mut Opening<'_>| -> Result<(), OpenError> {
        let wrapped = setting(conn, "data_key_recovery").await?.ok_or(KeyError::Mismatch)?;
        let data = recovery.unwrap(&wrapped)?;
        if !key_file.exists() {
            outer.write(key_file)?;
        }
        const SQL: &str = "UPDATE settings SET value = $1 WHERE name = 'data_key'";
        let value = outer.wrap(&data);
        on_opening!(conn, |conn| sqlx::query(SQL).bind(&value).execute(&mut **conn).await.map(drop))?;
        Ok(())
    };
    if url.starts_with("sqlite:") {
        let mut conn = sqlite_options(url)?.create_if_missing(false).connect().await?;
        rewrap(&mut Driver::Sqlite(&mut conn)).await?;
        conn.close().await?;
    } else {
        let mut conn = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?.connect().await?;
        rewrap(&mut Driver::Postgres(&mut conn)).await?;
        conn.close().await?;
    }
    Ok(())
}

/// Moves the write-ahead log into the database, on a connection of its own so that no write waits for it (measured:
/// p99 of an enrolment 20 ms instead of 55 ms with automatic checkpoints).
async fn checkpoint(mut conn: SqliteConnection, database: PathBuf, writer: Weak<Writer>) {
    let mut wal = database.into_os_string();
    wal.push("-wal");
    let mut every = tokio::time::interval(Duration::from_millis(500));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    while writer.strong_count() > 0 {
        every.tick().await;
        let size = std::fs::metadata(&wal).map_or(0, |meta| meta.len());
        let sql = if size > WAL_LIMIT_BYTES { "PRAGMA wal_checkpoint(RESTART)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        if let Err(error) = sqlx::query(sql).execute(&mut conn).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed; the next one will try again");
        }
    }
    let _closed = conn.close().await;
}
