//! Installation-wide number series for receipts and sticker serials, handed out in blocks.
//!
//! A node takes a block in a transaction of its own and hands numbers out from memory, so that no enrolment waits for
//! another's row lock. A number lost with a stopped node or a refused write is a gap, never a double.

use std::{ops::Range, sync::Arc};

use tokio::sync::Mutex;

use super::{Db, StoreError, Tx};
use crate::fetch_one;

/// How many numbers a node takes at once. The next block is fetched when half of one is gone, so that enrolments do not
/// stop for it together: waiting was an eighth of the time of 64 busy clients.
const BLOCK: i64 = 500;

/// One series, as `PN` for receipts.
#[derive(Debug, Clone)]
pub struct Series {
    name: &'static str,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    block: Range<i64>,
    next: Option<Range<i64>>,
    is_fetching: bool,
}

impl Series {
    /// A series by its name; the first number is 1.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, held: Arc::default() }
    }

    /// The next `count` numbers, in a row when the block still holds them.
    pub async fn take(&self, db: &Db, count: usize) -> Result<Vec<i64>, StoreError> {
        let mut held = self.held.lock().await;
        let wanted = i64::try_from(count).unwrap_or(i64::MAX);
        if left(&held.block) < wanted {
            held.block = match held.next.take() {
                Some(next) if left(&next) >= wanted => next,
                _ => reserve(db, self.name, BLOCK.max(wanted)).await?,
            };
        }
        let first = held.block.start;
        held.block.start += wanted;
        let taken = (first..held.block.start).collect();
        if left(&held.block) < BLOCK / 2 && held.next.is_none() && !held.is_fetching {
            held.is_fetching = true;
            tokio::spawn(self.clone().fetch(db.clone()));
        }
        Ok(taken)
    }

    /// Fetches a block ahead. When it fails, whoever finds no number left asks again and is told.
    async fn fetch(self, db: Db) {
        let next = reserve(&db, self.name, BLOCK).await;
        let mut held = self.held.lock().await;
        held.next = next.ok();
        held.is_fetching = false;
    }
}

fn left(block: &Range<i64>) -> i64 {
    block.end - block.start
}

async fn reserve(db: &Db, name: &'static str, count: i64) -> Result<Range<i64>, StoreError> {
    const SQL: &str = "INSERT INTO number_series (name, next_value) VALUES ($1, $2 + 1) \
         ON CONFLICT (name) DO UPDATE SET next_value = number_series.next_value + $2 RETURNING next_value";
    let end: i64 = db
        .write(move |tx: &mut Tx<'_>| {
            Box::pin(async move {
                let (end,) = fetch_one!(tx, SQL, name, count)?;
                Ok::<_, StoreError>(end)
            })
        })
        .await?;
    Ok(end - count..end)
}
