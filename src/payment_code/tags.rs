//! Which tags stand in a code.

/// A set of tags, one bit each. Two words, since shifting one of twice the size is slow.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tags([u64; 2]);

impl Tags {
    /// Adds a tag, and says whether it was there already.
    #[inline]
    pub(super) fn add(&mut self, tag: u8) -> bool {
        let word = &mut self.0[usize::from(tag >> 6) & 1];
        let bit = 1_u64 << (tag & 63);
        let was_there = *word & bit != 0;
        *word |= bit;
        was_there
    }

    #[inline]
    pub(super) const fn has(self, tag: u8) -> bool {
        self.0[(tag >> 6) as usize & 1] & (1 << (tag & 63)) != 0
    }

    /// Whether one of the tags from one to another, both below 64, is there.
    #[inline]
    pub(super) const fn has_any(self, from: u8, to: u8) -> bool {
        self.0[0] & (u64::MAX >> (63 - to)) & (u64::MAX << from) != 0
    }
}
