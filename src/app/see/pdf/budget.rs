//! How much work a document may cost, counted rather than timed so that the answer is the same on every machine.

/// What is left.
pub(super) struct Budget {
    bytes: usize,
    operators: u32,
    pixels: u64,
}

/// No stream grows larger than this: a page of A4 at 300 dots an inch in colour.
const LARGEST_STREAM: usize = 28 << 20;

impl Budget {
    pub(super) const fn new() -> Self {
        Self { bytes: 96 << 20, operators: 1_500_000, pixels: 100_000_000 }
    }

    /// For a table of colours.
    pub(super) const fn small() -> Self {
        Self { bytes: 64 << 10, operators: 0, pixels: 0 }
    }

    pub(super) fn largest_stream(&self) -> usize {
        LARGEST_STREAM.min(self.bytes)
    }

    /// Takes bytes that were written out; `None` when there were not as many left.
    pub(super) fn bytes(&mut self, count: usize) -> Option<()> {
        let left = self.bytes.checked_sub(count);
        self.bytes = left.unwrap_or(0);
        left.map(|_| ())
    }

    /// Takes one word of a content stream.
    pub(super) fn operator(&mut self) -> Option<()> {
        self.operators = self.operators.checked_sub(1)?;
        Some(())
    }

    /// Takes pixels that are painted or read.
    pub(super) fn pixels(&mut self, count: u64) -> Option<()> {
        self.pixels = self.pixels.checked_sub(count)?;
        Some(())
    }

    /// Whether there is anything left to work with.
    pub(super) const fn is_left(&self) -> bool {
        self.bytes > 0 && self.operators > 0 && self.pixels > 0
    }
}
