//! The writer in trouble: a panic, a commit that fails, a file that another process holds, a thread that is gone.

use std::sync::mpsc as blocking;

use super::*;
use crate::{execute, store::seal::Key};

struct Scratch {
    writer: Writer,
    path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

/// A writer on a database with two tables, which gives up at once where the real one waits for another process.
fn scratch() -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("choqr.db");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 0; CREATE TABLE stalls (n INTEGER PRIMARY KEY); \
         CREATE TABLE codes (stall INTEGER NOT NULL REFERENCES stalls (n) DEFERRABLE INITIALLY DEFERRED);",
    )
    .unwrap();
    let writer = Writer::start(conn, Arc::new(Keys::derive(&Key::random()))).unwrap();
    Scratch { writer, path, _folder: folder }
}

async fn insert(writer: &Writer, n: i64) -> Result<(), StoreError> {
    writer.submit(move |tx| Box::pin(async move { execute!(tx, "INSERT INTO stalls (n) VALUES ($1)", n).map(drop) })).await
}

fn rows(scratch: &Scratch) -> i64 {
    Connection::open(&scratch.path).unwrap().query_row("SELECT COUNT(*) FROM stalls", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_panic_is_that_writes_alone_and_the_writer_lives_on() {
    let scratch = scratch();

    let early: Result<(), StoreError> = scratch.writer.submit(|_| Box::pin(async { panic!("on purpose") })).await;
    let late: Result<(), StoreError> = scratch
        .writer
        .submit(|tx| {
            Box::pin(async move {
                execute!(tx, "INSERT INTO stalls (n) VALUES (1)")?;
                panic!("on purpose, after a change")
            })
        })
        .await;
    let after = insert(&scratch.writer, 2).await;

    assert!(matches!((early, late), (Err(StoreError::Panicked), Err(StoreError::Panicked))));
    assert!(after.is_ok() && scratch.writer.is_alive(), "{after:?}");
    assert_eq!(rows(&scratch), 1);
}

#[tokio::test]
async fn a_commit_that_fails_is_rolled_back_and_the_next_one_works() {
    let scratch = scratch();

    // A deferred key is judged by COMMIT itself, which then fails and leaves its transaction open.
    let broken: Result<(), StoreError> = scratch
        .writer
        .submit(|tx| Box::pin(async move { execute!(tx, "INSERT INTO codes (stall) VALUES (99)").map(drop) }))
        .await;
    let after = insert(&scratch.writer, 1).await;

    assert!(matches!(broken, Err(StoreError::Commit(_))), "{broken:?}");
    assert!(after.is_ok(), "{after:?}");
    assert_eq!((rows(&scratch), scratch.writer.stats().commits), (1, 1));
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_busy_and_not_broken() {
    let scratch = scratch();
    let other = Connection::open(&scratch.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let during = insert(&scratch.writer, 1).await;
    other.execute_batch("ROLLBACK").unwrap();
    let after = insert(&scratch.writer, 1).await;

    assert!(matches!(during, Err(StoreError::Busy)), "{during:?}");
    assert!(after.is_ok(), "{after:?}");
}

#[tokio::test]
async fn a_full_queue_refuses_and_counts_it() {
    let scratch = scratch();
    let (open, gate) = blocking::channel::<()>();
    let (running, started) = blocking::channel::<()>();
    let (gate, running) = (std::sync::Mutex::new(gate), std::sync::Mutex::new(running));
    let writer = Arc::new(scratch.writer);
    let held = tokio::spawn({
        let writer = Arc::clone(&writer);
        async move {
            writer
                .submit(move |_| {
                    running.lock().unwrap().send(()).unwrap();
                    gate.lock().unwrap().recv().unwrap();
                    Box::pin(async { Ok::<_, StoreError>(()) })
                })
                .await
        }
    });
    while started.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    let waiting: Vec<_> = (0..QUEUE as i64)
        .map(|n| {
            let writer = Arc::clone(&writer);
            tokio::spawn(async move { insert(&writer, n).await })
        })
        .collect();
    while writer.queue.capacity() > 0 {
        tokio::task::yield_now().await;
    }

    let refused = insert(&writer, -1).await;
    open.send(()).unwrap();

    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert_eq!(writer.stats().refused, 1);
    held.await.unwrap().unwrap();
    for write in waiting {
        write.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_database_whose_writer_is_gone_is_not_ready() {
    let scratch = scratch();
    let (readers, keys) = (super::super::sqlite::Readers::new(scratch.path.clone()), Arc::new(Keys::derive(&Key::random())));
    let with =
        |writer| crate::store::Db { pool: Driver::Sqlite(readers.clone()), writer: Arc::new(writer), keys: Arc::clone(&keys) };

    let ready = with(scratch.writer).ping().await;
    let gone = with(Writer::none()).ping().await;

    assert!(ready.is_ok(), "{ready:?}");
    assert!(matches!(gone, Err(StoreError::WriterGone)));
}
