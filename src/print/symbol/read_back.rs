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

/// The three finder patterns with the light lines around them, and the module that is always dark.
fn finders_stand(symbol: &Symbol) -> bool {
    let last = symbol.size() - 1;
    let corner = |turn: &dyn Fn(usize, usize) -> (usize, usize)| {
        (0..8).all(|y: usize| {
            (0..8).all(|x: usize| {
                let ring = x.abs_diff(3).max(y.abs_diff(3));
                let (x, y) = turn(x, y);
                symbol.is_dark(x, y) == (ring != 2 && ring != 4)
            })
        })
    };
    corner(&|x, y| (x, y)) && corner(&|x, y| (last - x, y)) && corner(&|x, y| (x, last - y)) && symbol.is_dark(8, last - 7)
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
        (cy - 2..=cy + 2).all(|y| (cx - 2..=cx + 2).all(|x| symbol.is_dark(x, y) == (cx.abs_diff(x).max(cy.abs_diff(y)) != 1)))
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

/// Walks the data modules from the lower right corner, two columns at a time, and takes the mask off. What is left over
/// when all codewords are read must have been light.
fn codewords(symbol: &Symbol, version: u8, mask: usize, count: usize) -> Option<Vec<u8>> {
    let side = symbol.size();
    let data = data_rows(side, version);
    let unmasked: Vec<[u64; 3]> = mask_rows(mask)
        .iter()
        .zip(symbol.rows.chunks(symbol.words))
        .map(|(mask, row)| std::array::from_fn(|word| mask[word] ^ row.get(word).copied().unwrap_or(0)))
        .collect();
    let mut bytes = Vec::with_capacity(count + 1);
    let (mut byte, mut filled) = (0, 0);
    // Pairs of columns, the timing line left out; they go up and down in turn.
    for pair in 0..(side - 1) / 2 {
        let right = side - 1 - 2 * pair;
        let right = if right <= 6 { right - 1 } else { right };
        for step in 0..side {
            let y = if pair % 2 == 0 { side - 1 - step } else { step };
            for x in [right, right - 1] {
                if data[y][x / 64] >> (x % 64) & 1 == 1 {
                    byte = byte << 1 | u8::from(unmasked[y][x / 64] >> (x % 64) & 1 == 1);
                    filled += 1;
                    if filled == 8 {
                        bytes.push(byte);
                        (byte, filled) = (0, 0);
                    }
                }
            }
        }
    }
    (byte == 0 && bytes.len() == count).then_some(bytes)
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

/// The modules that carry data, a bit each, by rows; worked out once a version.
fn data_rows(side: usize, version: u8) -> &'static [[u64; 3]] {
    static KNOWN: [OnceLock<Vec<[u64; 3]>>; 40] = [const { OnceLock::new() }; 40];
    KNOWN[usize::from(version) - 1].get_or_init(|| work_out_data_rows(side, version))
}

fn work_out_data_rows(side: usize, version: u8) -> Vec<[u64; 3]> {
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
    let mut blocks: Vec<Vec<u8>> = vec![Vec::with_capacity(160); division.blocks];
    let mut rest = codewords.iter();
    let longest = division.data_in_block(division.blocks - 1);
    for index in 0..longest {
        for (number, block) in blocks.iter_mut().enumerate() {
            if index < division.data_in_block(number) {
                block.push(*rest.next()?);
            }
        }
    }
    for _ in 0..division.ec {
        for block in &mut blocks {
            block.push(*rest.next()?);
        }
    }
    let mut data = Vec::with_capacity(division.data());
    for block in blocks {
        if !is_sound(&block, division.ec) {
            return None;
        }
        data.extend_from_slice(&block[..block.len() - division.ec]);
    }
    Some(data)
}

/// Takes the segments apart.
fn text(data: &[u8], group: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { bytes: data, at: 0 };
    let mut text = Vec::with_capacity(data.len() * 2);
    loop {
        if bits.left() < 4 {
            return Some(text);
        }
        let indicator = bits.take(4)?;
        if indicator == 0 {
            return Some(text);
        }
        let mode = Mode::ALL.into_iter().find(|mode| mode.indicator() == indicator)?;
        let mut left = bits.take(mode.count_bits(group))?;
        while left > 0 {
            match mode {
                Mode::Numeric => {
                    let digits = left.min(3);
                    let value = bits.take(digits * 3 + 1)?;
                    text.extend_from_slice(format!("{value:0width$}", width = digits as usize).as_bytes());
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
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn left(&self) -> usize {
        self.bytes.len() * 8 - self.at
    }

    fn take(&mut self, width: u32) -> Option<u32> {
        if self.left() < width as usize {
            return None;
        }
        let mut value = 0;
        for _ in 0..width {
            value = value << 1 | u32::from(self.bytes[self.at / 8] >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
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
