//! The one writer of SQLite, with group commit; and PostgreSQL's transaction with its retries.
//!
//! Requests queue in a bounded channel. The writer takes whatever has queued up while the previous fsync ran, runs
//! one after the other, writes the ledger once, commits once, and only then answers: acknowledged means on disk.
//!
//! Each write stands alone: one that fails after it has changed rows must leave the others untouched. A savepoint for
//! each is the plain way, but it makes SQLite copy every page a write touches (a quarter of an enrolment's time), and
//! writes seldom fail that late. So a group runs without savepoints first; if one fails late, the whole group is rolled
//! back and run again with a savepoint for each.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use rusqlite::Connection;
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};

use super::{BoxFuture, Driver, Ledger, StoreError, Tx, seal::Keys, sqlite};

/// How many writes may wait. A longer queue is answered with 503 and Retry-After.
const QUEUE: usize = 1024;
/// How many writes share a commit at most.
const GROUP: usize = 256;
/// How often a PostgreSQL transaction is tried.
const TRIES: u32 = 6;

/// Counters of the writer, for the metrics page.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriterStats {
    /// Writes answered.
    pub writes: u64,
    /// Commits made for them.
    pub commits: u64,
    /// Writes refused because the queue was full.
    pub refused: u64,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    writes: AtomicU64,
    commits: Arc<AtomicU64>,
    refused: AtomicU64,
}

/// A queued write: runs inside the group, answers after its commit.
trait Job: Send {
    fn run<'t>(&'t mut self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, bool>;
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>);
}

struct Queued<T, E, F> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Queued<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + super::Retry + Send + 'static,
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            // A panic is this write's alone: the thread and the other writes of the group live on.
            let result = caught((self.work)(tx)).await.unwrap_or_else(|| Err(StoreError::Panicked.into()));
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), &StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            // A refusal is a refusal, whatever became of the others.
            (Err(_), Some(Err(refused))) => Err(refused),
            (Err(cause), _) if cause.may_retry() => Err(StoreError::Busy.into()),
            (Err(cause), _) => Err(StoreError::Commit(cause.to_string()).into()),
            (Ok(()), None) => Err(StoreError::Busy.into()),
        };
        // The client may have gone away; its write stands all the same.
        let _gone = self.reply.send(result);
    }
}

impl Writer {
    /// A writer for PostgreSQL, where every node has its own transactions: nothing queues.
    pub(super) fn none() -> Self {
        Self::with(mpsc::channel(1).0, Arc::default())
    }

    /// Starts the thread that owns the one writing connection.
    pub(super) fn start(conn: Connection, keys: Arc<Keys>) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let (runtime, counter) = (tokio::runtime::Handle::current(), Arc::clone(&commits));
        std::thread::Builder::new()
            .name("choqr-writer".to_owned())
            .spawn(move || runtime.block_on(run(conn, jobs, keys, counter)))?;
        Ok(Self::with(queue, commits))
    }

    fn with(queue: mpsc::Sender<Box<dyn Job>>, commits: Arc<AtomicU64>) -> Self {
        Self { queue, writes: AtomicU64::new(0), commits, refused: AtomicU64::new(0) }
    }

    pub(super) fn stats(&self) -> WriterStats {
        WriterStats {
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// Whether the thread that writes is still there.
    pub(super) fn is_alive(&self) -> bool {
        !self.queue.is_closed()
    }

    pub(super) async fn submit<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + super::Retry + Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if self.queue.try_send(Box::new(Queued { work, result: None, reply })).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::Busy.into());
        }
        let result = answer.await.map_err(|_| StoreError::Busy)?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        result
    }
}

async fn run(mut conn: Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>, keys: Arc<Keys>, commits: Arc<AtomicU64>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let committed = commit_group(&mut conn, &mut group, &keys).await;
        if committed.is_ok() {
            commits.fetch_add(1, Ordering::Relaxed);
        }
        if let Err(error) = &committed {
            tracing::error!(error = error as &dyn std::error::Error, writes = group.len(), "a group commit failed");
        }
        for job in group.drain(..) {
            job.answer(committed.as_ref().copied());
        }
    }
    // Every handle is gone: the last connection to close leaves the file without a WAL to replay.
    drop(conn);
}

async fn commit_group(conn: &mut Connection, group: &mut [Box<dyn Job>], keys: &Keys) -> Result<(), StoreError> {
    for isolation in [Isolation::Hoped, Isolation::Savepoints] {
        sqlite::execute(&mut *conn, "BEGIN IMMEDIATE", &[])?;
        let ran = caught(run_group(conn, group, keys, isolation)).await.unwrap_or(Err(StoreError::Panicked));
        let done = match ran {
            Ok(true) => sqlite::execute(&mut *conn, "COMMIT", &[]).map(|_| true),
            Ok(false) => Ok(false),
            Err(error) => Err(error),
        };
        if matches!(done, Ok(true)) {
            return Ok(());
        }
        // A COMMIT that failed leaves its transaction open, and the next BEGIN would fail for ever; a statement that failed
        // may have rolled back by itself. Either way nothing of the group stays.
        if !conn.is_autocommit() {
            sqlite::execute(&mut *conn, "ROLLBACK", &[])?;
        }
        done?;
    }
    Err(StoreError::Busy)
}

/// The outcome of a future, `None` when it panicked.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// How the writes of a group are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Not at all, in the hope that none fails late.
    Hoped,
    /// A savepoint for each.
    Savepoints,
}

/// Runs every write of a group; `false` when one failed late and nothing kept it apart.
async fn run_group(
    conn: &mut Connection,
    group: &mut [Box<dyn Job>],
    keys: &Keys,
    isolation: Isolation,
) -> Result<bool, StoreError> {
    let mut ledger = Ledger::default();
    for job in group.iter_mut() {
        let changes = conn.total_changes();
        if isolation == Isolation::Savepoints {
            sqlite::execute(&mut *conn, "SAVEPOINT item", &[])?;
        }
        let mut tx = Tx { conn: Driver::Sqlite(&mut *conn), ledger: Ledger::default(), keys };
        let keep = job.run(&mut tx).await;
        let Tx { ledger: notes, .. } = tx;
        if conn.is_autocommit() {
            // A full disk makes SQLite roll back by itself; what followed would each commit alone.
            return Err(StoreError::Commit("SQLite gave the transaction up".to_owned()));
        }
        if keep {
            ledger.absorb(notes);
        } else if isolation == Isolation::Savepoints {
            sqlite::execute(&mut *conn, "ROLLBACK TO item", &[])?;
        } else if conn.total_changes() != changes {
            return Ok(false);
        }
        if isolation == Isolation::Savepoints {
            sqlite::execute(&mut *conn, "RELEASE item", &[])?;
        }
    }
    ledger.write(&mut Driver::Sqlite(conn)).await?;
    Ok(true)
}

/// One write on PostgreSQL: a transaction of its own, tried again after a serialization failure.
pub(super) async fn write_postgres<T, E, F>(pool: &PgPool, keys: &Keys, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + super::Retry + Send + 'static,
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    for attempt in 1.. {
        let mut transaction = pool.begin().await.map_err(StoreError::from)?;
        let mut tx = Tx { conn: Driver::Postgres(&mut transaction), ledger: Ledger::default(), keys };
        let result = work(&mut tx).await;
        let Tx { mut conn, ledger, .. } = tx;
        let value = match result {
            Ok(value) => value,
            Err(refused) => {
                transaction.rollback().await.map_err(StoreError::from)?;
                if attempt < TRIES && refused.is_retryable() {
                    pause(attempt).await;
                    continue;
                }
                return Err(refused);
            }
        };
        let done = match ledger.write(&mut conn).await {
            Ok(()) => transaction.commit().await.map_err(StoreError::from),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => return Ok(value),
            Err(error) if attempt < TRIES && error.may_retry() => pause(attempt).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Busy.into())
}

/// Waits a little longer after each try, with jitter, so that two transactions do not meet again.
async fn pause(attempt: u32) {
    let jitter = u64::from(crate::clock::random::<1>()[0]);
    tokio::time::sleep(std::time::Duration::from_millis(u64::from(attempt) * 4 + jitter / 8)).await;
}

#[cfg(test)]
mod tests;
