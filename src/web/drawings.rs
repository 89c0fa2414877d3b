//! How far the sheets are that are being drawn, for a bar that moves. Kept in memory: a drawing is begun anew as often as
//! anybody likes, and the record of what was printed is the batch's own.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::domain::ids::PrintBatchId;

/// How many drawings are remembered; the oldest makes room.
const REMEMBERED: usize = 256;

/// How far one drawing is, in stickers.
#[derive(Debug, Default)]
pub(super) struct Drawing(AtomicI64);

impl Drawing {
    pub(super) fn reach(&self, stickers: i64) {
        self.0.store(stickers, Ordering::Relaxed);
    }
}

/// The latest drawings of this process.
#[derive(Debug, Clone, Default)]
pub struct Drawings(Arc<Mutex<VecDeque<(PrintBatchId, Arc<Drawing>)>>>);

impl Drawings {
    /// A drawing of a batch begins, from nothing: the one before it is no longer looked at.
    pub(super) fn begin(&self, id: PrintBatchId) -> Arc<Drawing> {
        let drawing = Arc::new(Drawing::default());
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(known, _)| *known != id);
        if held.len() == REMEMBERED {
            held.pop_front();
        }
        held.push_back((id, Arc::clone(&drawing)));
        drawing
    }

    /// How many stickers of the latest drawing are on paper; none where it was never drawn, or long ago.
    pub(super) fn reached(&self, id: PrintBatchId) -> i64 {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(known, _)| *known == id).map_or(0, |(_, drawing)| drawing.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::UnixMillis;

    #[test]
    fn the_latest_drawing_counts_and_the_oldest_is_forgotten() {
        let id = |n: u8| PrintBatchId::generate(UnixMillis(i64::from(n)), [n; 10]);
        let drawings = Drawings::default();
        let first = drawings.begin(id(1));
        first.reach(8);
        assert_eq!(drawings.reached(id(1)), 8);

        drawings.begin(id(1)).reach(2);
        first.reach(9);
        assert_eq!(drawings.reached(id(1)), 2);

        for n in 0..=REMEMBERED {
            drawings.begin(PrintBatchId::generate(UnixMillis(1_000 + i64::try_from(n).unwrap()), [0; 10]));
        }
        assert_eq!(drawings.reached(id(1)), 0);
        assert_eq!(drawings.0.lock().unwrap().len(), REMEMBERED);
    }
}
