//! Installation-wide number series for receipts and sticker serials, handed out in blocks.
//!
//! A node takes a block in a transaction of its own and hands numbers out from memory, so that no enrolment waits for
//! another's row lock. A number lost with a stopped node or a refused write is a gap, never a double.

use std::{ops::Range, sync::Arc};

use tokio::sync::Mutex;

use super::{Db, StoreError, Tx};
use crate::fetch_one;

/// How many numbers a node takes at once.
const BLOCK: i64 = 200;

/// One series, as `PN` for receipts.
#[derive(Debug, Clone)]
pub struct Series {
    name: &'static str,
    held: Arc<Mutex<Range<i64>>>,
}

impl Series {
    /// A series by its name; the first number is 1.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, held: Arc::new(Mutex::new(0..0)) }
    }

    /// The next `count` numbers, in a row when the block still holds them.
    pub async fn take(&self, db: &Db, count: usize) -> Result<Vec<i64>, StoreError> {
        let mut held = self.held.lock().await;
        let wanted = i64::try_from(count).unwrap_or(i64::MAX);
        if held.end - held.start < wanted {
            *held = reserve(db, self.name, BLOCK.max(wanted)).await?;
        }
        let first = held.start;
        held.start += wanted;
        Ok((first..held.start).collect())
    }
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
