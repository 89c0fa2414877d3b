//! What is the same in every symbol of a version: the fixed patterns, the order of the data modules, and the masks.

use std::sync::OnceLock;

use super::Ec;
use super::capacity::{alignment_centres, size};

/// The masks' conditions (table 10); a module is inverted where the condition holds.
pub(super) fn is_masked(mask: usize, x: usize, y: usize) -> bool {
    let rest = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (x / 3 + y / 2) % 2,
        5 => x * y % 2 + x * y % 3,
        6 => (x * y % 2 + x * y % 3) % 2,
        _ => ((x + y) % 2 + x * y % 3) % 2,
    };
    rest == 0
}

/// The fifteen bits that tell level and mask (7.9): five of data, ten of a BCH code, inverted so that they are never all
/// light.
pub(super) fn format_bits(ec: Ec, mask: usize) -> u32 {
    let level = match ec {
        Ec::L => 1,
        Ec::M => 0,
        Ec::Q => 3,
        Ec::H => 2,
    };
    let data = level << 3 | u32::try_from(mask).unwrap_or(0);
    let rest = (0..10).fold(data, |rest, _| (rest << 1) ^ ((rest >> 9) * 0x537));
    (data << 10 | rest) ^ 0x5412
}

/// The eighteen bits that tell the version from 7 up (7.10).
pub(super) fn version_bits(version: u8) -> u32 {
    let data = u32::from(version);
    let rest = (0..12).fold(data, |rest, _| (rest << 1) ^ ((rest >> 11) * 0x1F25));
    data << 12 | rest
}

/// Where the bits of the format stand, lowest first: beside the upper left finder, and split between the other two.
pub(super) fn format_places(size: usize) -> [[(usize, usize); 15]; 2] {
    let beside = |bit| match bit {
        0..=5 => (8, bit),
        6 => (8, 7),
        7 => (8, 8),
        8 => (7, 8),
        _ => (14 - bit, 8),
    };
    let split = |bit| if bit < 8 { (size - 1 - bit, 8) } else { (8, size - 15 + bit) };
    [std::array::from_fn(beside), std::array::from_fn(split)]
}

/// A square of modules by rows, the leftmost module in the lowest bit of a row's first word.
#[derive(Clone)]
pub(super) struct Square {
    /// Words of 64 modules in a line.
    pub(super) words: usize,
    pub(super) rows: Vec<u64>,
}

impl Square {
    pub(super) fn new(size: usize) -> Self {
        let words = size.div_ceil(64);
        Self { words, rows: vec![0; words * size] }
    }

    pub(super) fn is_dark(&self, x: usize, y: usize) -> bool {
        self.rows[y * self.words + x / 64] >> (x % 64) & 1 == 1
    }

    pub(super) fn set(&mut self, x: usize, y: usize, dark: bool) {
        self.rows[y * self.words + x / 64] |= u64::from(dark) << (x % 64);
    }
}

/// What all symbols of a version share.
pub(super) struct Template {
    /// The fixed patterns.
    pub(super) patterns: Square,
    /// The data modules in the order in which bits are placed: the number of a module's bit, counted through all words.
    pub(super) order: Vec<u16>,
    reserved: Vec<bool>,
    masks: [[OnceLock<Square>; 8]; 4],
}

impl Template {
    pub(super) fn of(version: u8) -> &'static Self {
        static KNOWN: [OnceLock<Template>; 40] = [const { OnceLock::new() }; 40];
        KNOWN[usize::from(version) - 1].get_or_init(|| Self::draw(version))
    }

    fn draw(version: u8) -> Self {
        let size = size(version);
        let mut drawing = Drawing { size, patterns: Square::new(size), reserved: vec![false; size * size] };
        for index in 0..size {
            drawing.put(6, index, index % 2 == 0);
            drawing.put(index, 6, index % 2 == 0);
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] {
            drawing.finder(x, y);
        }
        let centres = alignment_centres(version);
        let last = centres.len().saturating_sub(1);
        for (i, &x) in centres.iter().enumerate() {
            for (j, &y) in centres.iter().enumerate() {
                if !matches!((i, j), (0, 0)) && (i, j) != (0, last) && (i, j) != (last, 0) {
                    drawing.alignment(x, y);
                }
            }
        }
        for (x, y) in format_places(size).into_iter().flatten() {
            drawing.put(x, y, false);
        }
        drawing.put(8, size - 8, true);
        if version >= 7 {
            let bits = version_bits(version);
            for bit in 0..18 {
                let (a, b) = (size - 11 + bit % 3, bit / 3);
                drawing.put(a, b, bits >> bit & 1 == 1);
                drawing.put(b, a, bits >> bit & 1 == 1);
            }
        }
        let Drawing { patterns, reserved, .. } = drawing;
        let masks = [const { [const { OnceLock::new() }; 8] }; 4];
        Self { order: order(size, &reserved), patterns, reserved, masks }
    }

    /// A mask with its format bits: what the modules of an unmasked symbol are inverted with.
    pub(super) fn mask(&self, ec: Ec, mask: usize) -> &Square {
        self.masks[ec as usize][mask].get_or_init(|| {
            let size = self.reserved.len().isqrt();
            let mut square = Square::new(size);
            for y in 0..size {
                for x in 0..size {
                    square.set(x, y, !self.reserved[y * size + x] && is_masked(mask, x, y));
                }
            }
            let bits = format_bits(ec, mask);
            for places in format_places(size) {
                for (bit, (x, y)) in places.into_iter().enumerate() {
                    square.set(x, y, bits >> bit & 1 == 1);
                }
            }
            square
        })
    }
}

struct Drawing {
    size: usize,
    patterns: Square,
    reserved: Vec<bool>,
}

impl Drawing {
    /// Sets a module that carries no data; what stands first stays, except that finders overwrite the timing lines.
    fn put(&mut self, x: usize, y: usize, dark: bool) {
        let (words, size) = (self.patterns.words, self.size);
        self.patterns.rows[y * words + x / 64] &= !(1 << (x % 64));
        self.patterns.set(x, y, dark);
        self.reserved[y * size + x] = true;
    }

    /// A finder pattern and the light line around it.
    fn finder(&mut self, cx: usize, cy: usize) {
        for y in (cy + 1).saturating_sub(5)..=(cy + 4).min(self.size - 1) {
            for x in (cx + 1).saturating_sub(5)..=(cx + 4).min(self.size - 1) {
                let distance = cx.abs_diff(x).max(cy.abs_diff(y));
                self.put(x, y, distance != 2 && distance != 4);
            }
        }
    }

    fn alignment(&mut self, cx: usize, cy: usize) {
        for y in cy - 2..=cy + 2 {
            for x in cx - 2..=cx + 2 {
                self.put(x, y, cx.abs_diff(x).max(cy.abs_diff(y)) != 1);
            }
        }
    }
}

/// The zigzag in columns of two from the lower right corner (7.7.3).
fn order(size: usize, reserved: &[bool]) -> Vec<u16> {
    let width = size.div_ceil(64) * 64;
    let mut order = Vec::with_capacity(size * size);
    let mut upward = true;
    let mut right = size - 1;
    loop {
        // The vertical timing line takes a column of its own.
        if right == 6 {
            right = 5;
        }
        for step in 0..size {
            let y = if upward { size - 1 - step } else { step };
            for x in [right, right - 1] {
                if !reserved[y * size + x] {
                    order.push(u16::try_from(y * width + x).unwrap_or(u16::MAX));
                }
            }
        }
        upward = !upward;
        if right < 2 {
            return order;
        }
        right -= 2;
    }
}
