//! Reads a finished symbol from its modules, so that none is released that does not say what it should.
//!
//! It shares the tables of capacities with the writer and nothing else: patterns, order and masks are worked out from
//! the coordinates, the format and version are taken from the modules, and no error is corrected, since there is none.

use std::sync::OnceLock;

use super::capacity::{Division, alignment_centres, size};
use super::reed_solomon::is_sound;
use super::segment::{Mode, alphanumeric_character, group};
use super::template::{format_bits, format_places, is_masked, version_bits};
use super::{Ec, Symbol};

/// What a symbol says, or nothing if it says nothing sound.
pub(super) fn read(symbol: &Symbol) -> Option<Vec<u8>> {
    let side = symbol.size();
    let version = u8::try_from(side.checked_sub(17)? / 4).ok()?;
    if !(1..=40).contains(&version) || size(version) != side {
        return None;
    }
    let (ec, mask) = format(symbol)?;
    let centres = alignment_centres(version);
    if !finders_stand(symbol) || !timing_stands(symbol) || !alignment_stands(symbol, &centres) {
        return None;
    }
    if version >= 7 && !version_stands(symbol, version) {
        return None;
    }
    let division = Division::of(version, ec);
    let data = data(&codewords(symbol, version, mask, division.codewords)?, division)?;
    text(&data, group(version))
}

/// Up to 32 modules from a place to the right, the leftmost in the lowest bit.
fn modules(symbol: &Symbol, x: usize, y: usize, count: usize) -> u64 {
    let row = &symbol.rows[y * symbol.words..][..symbol.words];
    let next = row.get(x / 64 + 1).copied().unwrap_or(0);
    let both = u128::from(next) << 64 | u128::from(row[x / 64]);
    u64::try_from(both >> (x % 64) & ((1 << count) - 1)).unwrap_or(0)
}

/// The three finder patterns with the light lines around them, and the module that is always dark.
fn finders_stand(symbol: &Symbol) -> bool {
    const FINDER: [u64; 8] = [0x7F, 0x41, 0x5D, 0x5D, 0x5D, 0x41, 0x7F, 0];
    let last = symbol.size() - 1;
    FINDER.into_iter().enumerate().all(|(y, row)| {
        modules(symbol, 0, y, 8) == row && modules(symbol, last - 7, y, 8) == row << 1 && modules(symbol, 0, last - y, 8) == row
    }) && symbol.is_dark(8, last - 7)
}

/// The two lines of modules in turn between the finders.
fn timing_stands(symbol: &Symbol) -> bool {
    (8..symbol.size() - 8).all(|at| symbol.is_dark(at, 6) == (at % 2 == 0) && symbol.is_dark(6, at) == (at % 2 == 0))
}

/// Whether there is an alignment pattern around this crossing: not in the corners with finders.
fn is_alignment(side: usize, cx: usize, cy: usize) -> bool {
    let far = side - 7;
    !matches!((cx, cy), (6, 6)) && (cx, cy) != (6, far) && (cx, cy) != (far, 6)
}

fn alignment_stands(symbol: &Symbol, centres: &[usize]) -> bool {
    let crossings = centres.iter().flat_map(|&cx| centres.iter().map(move |&cy| (cx, cy)));
    crossings.filter(|&(cx, cy)| is_alignment(symbol.size(), cx, cy)).all(|(cx, cy)| {
        [0x1F, 0x11, 0x15, 0x11, 0x1F].into_iter().zip(cy - 2..).all(|(row, y)| modules(symbol, cx - 2, y, 5) == row)
    })
}

/// Level and mask; both copies must agree with one of the thirty-two words.
fn format(symbol: &Symbol) -> Option<(Ec, usize)> {
    let [first, second] = format_places(symbol.size())
        .map(|places| places.iter().rev().fold(0, |bits, &(x, y)| bits << 1 | u32::from(symbol.is_dark(x, y))));
    [Ec::L, Ec::M, Ec::Q, Ec::H]
        .into_iter()
        .flat_map(|ec| (0..8).map(move |mask| (ec, mask)))
        .find(|&(ec, mask)| format_bits(ec, mask) == first)
        .filter(|_| first == second)
}

fn version_stands(symbol: &Symbol, version: u8) -> bool {
    let bits = version_bits(version);
    (0..18).all(|bit| {
        let (a, b) = (symbol.size() - 11 + bit % 3, bit / 3);
        let dark = bits >> bit & 1 == 1;
        symbol.is_dark(a, b) == dark && symbol.is_dark(b, a) == dark
    })
}

/// Takes the mask off and the data modules in their order. What is left over when all codewords are read must have been
/// light.
fn codewords(symbol: &Symbol, version: u8, mask: usize, count: usize) -> Option<Vec<u8>> {
    let mut unmasked = Vec::with_capacity(symbol.rows.len());
    for (mask, row) in mask_rows(mask).iter().zip(symbol.rows.chunks_exact(symbol.words)) {
        unmasked.extend(mask.iter().zip(row).map(|(mask, word)| mask ^ word));
    }
    let is_dark = |place: u16| u8::from(unmasked[usize::from(place / 64)] >> (place % 64) & 1 == 1);
    let (places, left_over) = order(symbol.size(), version).as_chunks::<8>();
    let bytes: Vec<u8> = places.iter().map(|places| places.iter().fold(0, |byte, &place| byte << 1 | is_dark(place))).collect();
    (bytes.len() == count && left_over.iter().all(|&place| is_dark(place) == 0)).then_some(bytes)
}

/// The data modules from the lower right corner, two columns at a time, each as the number of its bit in the symbol's
/// words; worked out once a version.
fn order(side: usize, version: u8) -> &'static [u16] {
    static KNOWN: [OnceLock<Vec<u16>>; 40] = [const { OnceLock::new() }; 40];
    KNOWN[usize::from(version) - 1].get_or_init(|| {
        let data = data_rows(side, version);
        let mut order = Vec::new();
        // Pairs of columns, the timing line left out; they go up and down in turn.
        for pair in 0..(side - 1) / 2 {
            let right = side - 1 - 2 * pair;
            let right = if right <= 6 { right - 1 } else { right };
            for step in 0..side {
                let y = if pair % 2 == 0 { side - 1 - step } else { step };
                for x in [right, right - 1] {
                    if data[y][x / 64] >> (x % 64) & 1 == 1 {
                        order.push(u16::try_from(y * side.div_ceil(64) * 64 + x).unwrap_or(u16::MAX));
                    }
                }
            }
        }
        order
    })
}

/// A mask over the largest symbol, by rows; drawn once.
fn mask_rows(mask: usize) -> &'static [[u64; 3]] {
    static KNOWN: [OnceLock<Vec<[u64; 3]>>; 8] = [const { OnceLock::new() }; 8];
    KNOWN[mask].get_or_init(|| {
        let side = size(40);
        let word = |word: usize, y| (0..64).fold(0, |bits, bit| bits | u64::from(is_masked(mask, word * 64 + bit, y)) << bit);
        (0..side).map(|y| std::array::from_fn(|index| word(index, y))).collect()
    })
}

/// The modules that carry data, a bit each, by rows.
fn data_rows(side: usize, version: u8) -> Vec<[u64; 3]> {
    let stretch = |from: usize, to: usize| -> [u64; 3] {
        std::array::from_fn(|word| {
            let below = |at: usize| match at.saturating_sub(word * 64) {
                0 => 0,
                rest if rest >= 64 => u64::MAX,
                rest => (1 << rest) - 1,
            };
            below(to) & !below(from)
        })
    };
    let centres = alignment_centres(version);
    (0..side)
        .map(|y| {
            let mut row = stretch(0, side);
            let mut leave_out = |from: usize, to: usize| {
                row.iter_mut().zip(stretch(from, to)).for_each(|(word, out)| *word &= !out);
            };
            leave_out(6, 7);
            if y == 6 {
                leave_out(0, side);
            }
            if y < 9 || y >= side - 8 {
                leave_out(0, 9);
            }
            if y < 9 {
                leave_out(side - 8, side);
            }
            if version >= 7 && y < 6 {
                leave_out(side - 11, side);
            }
            if version >= 7 && y >= side - 11 {
                leave_out(0, 6);
            }
            for &cy in centres.iter().filter(|cy| cy.abs_diff(y) <= 2) {
                for &cx in centres.iter().filter(|cx| is_alignment(side, **cx, cy)) {
                    leave_out(cx - 2, cx + 3);
                }
            }
            row
        })
        .collect()
}

/// Undoes the interleaving, and keeps the data if every block is without error.
fn data(codewords: &[u8], division: Division) -> Option<Vec<u8>> {
    let (length, short) = division.short();
    let (evenly, rest) = codewords.split_at(division.blocks * length);
    let (last, corrections) = rest.split_at(division.blocks - short);
    let mut data = Vec::with_capacity(division.data());
    let mut block = Vec::with_capacity(length + 1 + division.ec);
    for number in 0..division.blocks {
        let every = |codewords: &'_ [u8]| codewords.iter().skip(number).step_by(division.blocks).copied().collect::<Vec<u8>>();
        block.clear();
        block.extend(every(evenly));
        block.extend(number.checked_sub(short).map(|long| last[long]));
        data.extend_from_slice(&block);
        block.extend(every(corrections));
        if !is_sound(&block, division.ec) {
            return None;
        }
    }
    Some(data)
}

/// Takes the segments apart.
fn text(data: &[u8], group: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { bytes: data.iter(), window: 0, waiting: 0 };
    let mut text = Vec::with_capacity(data.len() * 2);
    loop {
        // Fewer than four bits at the end are an end too.
        let Some(indicator) = bits.take(4).filter(|indicator| *indicator != 0) else { return Some(text) };
        let mode = Mode::ALL.into_iter().find(|mode| mode.indicator() == indicator)?;
        let mut left = bits.take(mode.count_bits(group))?;
        while left > 0 {
            match mode {
                Mode::Numeric => {
                    let digits = left.min(3);
                    let value = bits.take(digits * 3 + 1)?;
                    let [hundreds, tens, ones] = [value / 100, value / 10 % 10, value % 10].map(|digit| b'0' + digit as u8);
                    if value >= 10_u32.pow(digits) {
                        return None;
                    }
                    text.extend_from_slice(&[hundreds, tens, ones][3 - digits as usize..]);
                    left -= digits;
                }
                Mode::Alphanumeric if left == 1 => {
                    text.push(alphanumeric_character(bits.take(6)?)?);
                    left = 0;
                }
                Mode::Alphanumeric => {
                    let value = bits.take(11)?;
                    text.extend([alphanumeric_character(value / 45)?, alphanumeric_character(value % 45)?]);
                    left -= 2;
                }
                Mode::Byte => {
                    text.push(u8::try_from(bits.take(8)?).ok()?);
                    left -= 1;
                }
            }
        }
    }
}

struct Bits<'a> {
    bytes: std::slice::Iter<'a, u8>,
    window: u64,
    waiting: u32,
}

impl Bits<'_> {
    /// The next bits, up to 16, or nothing if there are not so many.
    fn take(&mut self, width: u32) -> Option<u32> {
        while self.waiting < width {
            self.window = self.window << 8 | u64::from(*self.bytes.next()?);
            self.waiting += 8;
        }
        self.waiting -= width;
        u32::try_from(self.window >> self.waiting & ((1 << width) - 1)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_with_any_module_changed_is_not_sound() {
        let text = "00020101021138";
        for ec in [Ec::L, Ec::H] {
            let symbol = Symbol::encode(text, ec).unwrap();
            assert_eq!(read(&symbol).as_deref(), Some(text.as_bytes()));
            let mut unnoticed = 0;
            for y in 0..symbol.size() {
                for x in 0..symbol.size() {
                    let mut changed = symbol.clone();
                    changed.rows[y * changed.words + x / 64] ^= 1 << (x % 64);
                    unnoticed += usize::from(read(&changed).is_some());
                }
            }
            assert_eq!(unnoticed, 0, "{ec:?}");
        }
    }

    #[test]
    fn every_version_reads_back() {
        for version in 1..=40 {
            let length = Division::of(version, Ec::Q).data() - 4;
            let text: String = ('a'..='z').cycle().take(length).collect();

            let symbol = Symbol::encode(&text, Ec::Q).unwrap();

            assert_eq!((symbol.version(), read(&symbol)), (version, Some(text.into_bytes())));
        }
    }
}
