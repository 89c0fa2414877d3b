//! A QR code symbol: text in, a square of dark and light modules out (ISO/IEC 18004:2015).
//!
//! A symbol that exists is right: [`Symbol::encode`] is the only way to one, and it reads each back before releasing it.

mod bits;
mod capacity;
mod counter;
mod mask;
mod read_back;
mod reed_solomon;
mod segment;
mod template;
#[cfg(test)]
mod tests;

use std::fmt;

use bits::BitWriter;
use capacity::Division;
use segment::Segment;
use template::{Square, Template};

/// How much damage a symbol survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ec {
    /// About 7 % of the codewords can be restored.
    L,
    /// About 15 %: the level for codes below 50 mm, because its modules are the widest that still bear some dirt.
    M,
    /// About 25 %: the level from 60 mm up.
    Q,
    /// About 30 %.
    H,
}

/// Why a text cannot become a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// There is nothing to encode.
    #[error("a code cannot be empty")]
    Empty,
    /// The text does not fit into the largest version.
    #[error("the text is too long for a QR code at this level")]
    TooLong,
    /// What was drawn does not read as what was given; such a symbol is never released.
    #[error("the code that was drawn does not read back")]
    NotReadable,
}

/// A finished QR code symbol, without its quiet zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Symbol {
    version: u8,
    ec: Ec,
    mask: usize,
    size: usize,
    /// A row is this many words of 64 modules, the leftmost module in the lowest bit of the first.
    words: usize,
    rows: Vec<u64>,
}

impl Symbol {
    /// Encodes a text into the smallest symbol that holds it at this level.
    ///
    /// ```
    /// use choqr::print::{Ec, Symbol};
    ///
    /// let symbol = Symbol::encode("000201", Ec::M)?;
    /// assert_eq!((symbol.version(), symbol.size()), (1, 21));
    /// assert!(symbol.is_dark(0, 0), "a finder pattern begins in the corner");
    /// # Ok::<(), choqr::print::SymbolError>(())
    /// ```
    pub fn encode(payload: &str, ec: Ec) -> Result<Self, SymbolError> {
        let text = payload.as_bytes();
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        if text.len() > segment::LONGEST {
            return Err(SymbolError::TooLong);
        }
        let (version, segments) = smallest(text, ec).ok_or(SymbolError::TooLong)?;
        let codewords = codewords(text, &segments, version, ec);
        let template = Template::of(version);
        let mut unmasked = template.patterns.clone();
        place(&mut unmasked, template, &codewords);
        let size = capacity::size(version);
        let (mask, square) = mask::choose(&unmasked, template, ec, size);
        let symbol = Self { version, ec, mask, size, words: square.words, rows: square.rows };
        if read_back::read(&symbol).as_deref() == Some(text) { Ok(symbol) } else { Err(SymbolError::NotReadable) }
    }

    /// Modules on a side, quiet zone not counted.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The version, 1 to 40.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The error correction level it was made with.
    #[must_use]
    pub fn ec(&self) -> Ec {
        self.ec
    }

    /// The mask that was chosen, 0 to 7.
    #[must_use]
    pub fn mask(&self) -> usize {
        self.mask
    }

    /// Whether a module is dark; everything outside the symbol is light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.rows[y * self.words + x / 64] >> (x % 64) & 1 == 1
    }

    /// The dark runs of a row as (first module, length), left to right.
    pub fn runs(&self, y: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut x = 0;
        std::iter::from_fn(move || {
            while x < self.size && !self.is_dark(x, y) {
                x += 1;
            }
            let start = x;
            while self.is_dark(x, y) {
                x += 1;
            }
            (x > start).then_some((start, x - start))
        })
    }

    /// Modules on a side with the quiet zone, for reckoning lengths.
    pub(crate) fn modules_with_quiet_zone(&self) -> u32 {
        17 + 4 * u32::from(self.version) + 8
    }
}

impl fmt::Debug for Symbol {
    /// Says what kind of symbol it is, never what it holds: that would be an account number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol(version {}, {:?}, mask {})", self.version, self.ec, self.mask)
    }
}

/// The smallest version that holds the text, with the segments that make it so.
fn smallest(text: &[u8], ec: Ec) -> Option<(u8, Vec<Segment>)> {
    [1..=9, 10..=26, 27..=40].into_iter().enumerate().find_map(|(group, versions)| {
        let segments = segment::divide(text, group);
        let needed = segment::total_bits(&segments, group)?;
        let mut versions = versions;
        let version = versions.find(|version| Division::of(*version, ec).data() * 8 >= needed)?;
        Some((version, segments))
    })
}

/// Data and error correction codewords, interleaved as they are placed (7.6).
fn codewords(text: &[u8], segments: &[Segment], version: u8, ec: Ec) -> Vec<u8> {
    let division = Division::of(version, ec);
    let mut bits = BitWriter::with_capacity(division.data());
    for segment in segments {
        segment::write(&mut bits, text, *segment, segment::group(version));
    }
    let data = bits.into_padded(division.data());
    let (length, short) = division.short();
    // Where the data of a block begins.
    let start = |block: usize| block * length + block.saturating_sub(short);
    let mut corrections = Vec::with_capacity(division.blocks * division.ec);
    for block in 0..division.blocks {
        reed_solomon::append(&mut corrections, &data[start(block)..start(block + 1)], division.ec);
    }
    let mut out = Vec::with_capacity(division.codewords);
    for index in 0..length {
        out.extend((0..division.blocks).map(|block| data[start(block) + index]));
    }
    out.extend((short..division.blocks).map(|block| data[start(block) + length]));
    for index in 0..division.ec {
        out.extend((0..division.blocks).map(|block| corrections[block * division.ec + index]));
    }
    out
}

/// Puts the codewords' bits onto the data modules; the few modules that are left over stay light.
fn place(square: &mut Square, template: &Template, codewords: &[u8]) {
    for (places, &byte) in template.order.chunks_exact(8).zip(codewords) {
        for (bit, &place) in places.iter().enumerate() {
            square.rows[usize::from(place / 64)] |= u64::from(byte >> (7 - bit) & 1) << (place % 64);
        }
    }
}
