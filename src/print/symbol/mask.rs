//! The choice of the mask: each of the eight is scored by the standard's four rules (7.8.3), a row at a time and all masks
//! side by side.
//!
//! A run, a block or a finder-like pattern shows as a bit after a few shifts along the row, and for columns after the same
//! operations on the rows that follow each other, so that columns are never drawn. Judging module by module takes several
//! hundred times as long, and nearly all the time of an encoder. The body of the loop over the masks is plain arithmetic
//! on words, which the compiler turns into vector instructions and which stays quick in debug builds; a type for a row of
//! all masks with an operation each did neither. Giving up a mask once its penalty exceeds the best so far would spare
//! little: the penalties of the eight are near to each other.

use super::Ec;
use super::counter::{Counter, MASKS, Row};
use super::template::{Square, Template};

/// Light rows kept above the symbol and below it, as far as a finder-like pattern looks.
const ABOVE: usize = 4;
const BELOW: usize = 10;

/// Columns that a strip of 64 owns where one is not enough: finder-like patterns look four modules back and ten ahead.
const OWNED: usize = 50;

/// Chooses the mask with the least penalty, the first among equals, and returns it with the masked symbol.
pub(super) fn choose(unmasked: &Square, template: &Template, ec: Ec, size: usize) -> (usize, Square) {
    let patterns: [&Square; MASKS] = std::array::from_fn(|mask| template.mask(ec, mask));
    let penalties = penalties(unmasked, patterns, size);
    let mask = (0..MASKS).min_by_key(|&mask| penalties[mask]).unwrap_or(0);
    let rows = unmasked.rows.iter().zip(&patterns[mask].rows).map(|(word, mask)| word ^ mask).collect();
    (mask, Square { rows, ..*unmasked })
}

/// The penalty of a symbol under each mask.
fn penalties(unmasked: &Square, patterns: [&Square; MASKS], size: usize) -> [u32; MASKS] {
    let mut found = Found::default();
    if size <= 64 {
        let strip = Strip { first: 0, lead: 0, owned: below(size), pairs: below(size - 1) };
        strip.score(unmasked, patterns, size, &mut found);
    } else {
        for first in (0..size).step_by(OWNED) {
            let owned = below((size - first).min(OWNED)) << ABOVE;
            // The ground before the first column is no part of a run either.
            let outside = if first == 0 { below(ABOVE) } else { 0 };
            let pairs = below(size - 1 + ABOVE - first) & !outside;
            Strip { first, lead: ABOVE, owned, pairs }.score(unmasked, patterns, size, &mut found);
        }
    }
    let total = u32::try_from(size * size).unwrap_or(u32::MAX);
    std::array::from_fn(|mask| {
        // Rule 4: ten points for every whole five percent away from half and half.
        let away = (found.dark[mask] * 20).abs_diff(total * 10).div_ceil(total).saturating_sub(1);
        found.points[mask] + 40 * found.finders[mask] + 10 * away
    })
}

/// The lowest bits, at most all.
fn below(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// What was counted so far, for each mask.
#[derive(Default)]
struct Found {
    points: [u32; MASKS],
    finders: [u32; MASKS],
    dark: [u32; MASKS],
}

/// Up to 64 columns.
struct Strip {
    /// The first column that is this strip's to count.
    first: usize,
    /// How many columns before it the words begin.
    lead: usize,
    /// The places of the columns that are its own.
    owned: u64,
    /// The places of the columns that have a next one.
    pairs: u64,
}

/// What the columns' rules remember of the rows above.
struct Above {
    same_in_row: Row,
    same: Row,
    two: [Row; 2],
    five: Row,
}

impl Strip {
    /// The strip's part of the rows under every mask, with light rows around.
    fn rows(&self, unmasked: &Square, patterns: [&Square; MASKS], size: usize) -> Vec<Row> {
        let mut rows = vec![[0; MASKS]; ABOVE + size + BELOW];
        for (y, row) in rows[ABOVE..][..size].iter_mut().enumerate() {
            let word = self.word(unmasked, y);
            for (place, pattern) in row.iter_mut().zip(patterns) {
                *place = word ^ self.word(pattern, y);
            }
        }
        rows
    }

    /// A row's modules from where the strip begins; those beyond the square are light.
    fn word(&self, square: &Square, y: usize) -> u64 {
        let row = &square.rows[y * square.words..][..square.words];
        if self.lead == 0 {
            return row[0];
        }
        let Some(start) = self.first.checked_sub(self.lead) else { return row[0] << self.lead };
        let next = row.get(start / 64 + 1).copied().unwrap_or(0);
        let both = u128::from(next) << 64 | u128::from(row.get(start / 64).copied().unwrap_or(0));
        (both >> (start % 64)) as u64
    }

    /// Counts what rules 1 to 3 find, and the dark modules.
    fn score(&self, unmasked: &Square, patterns: [&Square; MASKS], size: usize, found: &mut Found) {
        let rows = self.rows(unmasked, patterns, size);
        // A place costs at most nine points for runs and blocks and counts four patterns in each of 177 rows.
        let (mut points, mut likenesses, mut dark) = (Counter::<11>::ZERO, Counter::<10>::ZERO, Counter::<8>::ZERO);
        let none = [0; MASKS];
        let mut above = Above { same_in_row: none, same: none, two: [none; 2], five: none };
        for y in 0..size {
            let around = &rows[y..=y + ABOVE + BELOW];
            // The row above the symbol is no part of a run.
            let counts = if y == 0 { 0 } else { self.owned };
            let (mut wide_in_row, mut wide_in_column) = ([0; MASKS], [0; MASKS]);
            for mask in 0..MASKS {
                let at = |by: usize| around[ABOVE + by][mask];
                let before = |by: usize| around[ABOVE - by][mask];
                let row = at(0);
                dark.add(0, mask, row & self.owned, 0);

                // Rules 1 and 2. Where a module equals the next, a run of five is four of those; it costs three points,
                // and one more for each module beyond.
                let same_in_row = self.pairs & !(row ^ row >> 1);
                let two = same_in_row & same_in_row >> 1;
                let five_in_row = two & two >> 2;
                let same = counts & !(row ^ before(1));
                let two = same & above.same[mask];
                let five = two & above.two[1][mask];
                let block = same & same_in_row & above.same_in_row[mask];
                points.add_ones_and_twos(
                    mask,
                    [five_in_row & self.owned, five, block],
                    [five_in_row & !(five_in_row << 1) & self.owned, five & !above.five[mask], block],
                );
                above.same_in_row[mask] = same_in_row;
                above.same[mask] = same;
                above.two[1][mask] = above.two[0][mask];
                above.two[0][mask] = two;
                above.five[mask] = five;

                let [first, second] = finders(Around::in_row(row));
                let [third, fourth] = finders(Around {
                    modules: [at(0), at(1), at(2), at(3), at(4), at(5), at(6)],
                    before: before(1),
                    after: at(7),
                    four_before: before(1) | before(2) | before(3) | before(4),
                    four_after: at(7) | at(8) | at(9) | at(10),
                });
                likenesses.add_four(mask, [first, second, third, fourth].map(|found| found & self.owned));

                let three = row & row >> 1 & row >> 2;
                let six = three & three >> 3 & !(row << 1 | row << 2);
                wide_in_row[mask] = six & ((row << 4 & row << 3 & row >> 8 & row >> 9) | (three >> 6 & !(row << 3)));
                let six = at(0) & at(1) & at(2) & at(3) & at(4) & at(5) & !(before(1) | before(2));
                wide_in_column[mask] = six & ((before(3) & before(4) & at(8) & at(9)) | (at(6) & at(7) & at(8) & !before(3)));
            }
            let candidates = wide_in_row.iter().chain(&wide_in_column).fold(0, |all, word| all | word);
            if candidates & self.owned != 0 {
                for mask in 0..MASKS {
                    let is_dark = |x, y| unmasked.is_dark(x, y) != patterns[mask].is_dark(x, y);
                    for x in self.columns(wide_in_row[mask]) {
                        found.finders[mask] += measured(size, x, &|x| is_dark(x, y));
                    }
                    for x in self.columns(wide_in_column[mask]) {
                        found.finders[mask] += measured(size, y, &|y| is_dark(x, y));
                    }
                }
            }
        }
        points.add_totals(&mut found.points);
        likenesses.add_totals(&mut found.finders);
        dark.add_totals(&mut found.dark);
    }

    /// The columns of places that are this strip's own.
    fn columns(&self, places: u64) -> impl Iterator<Item = usize> {
        let (mut rest, first, lead) = (places & self.owned, self.first, self.lead);
        std::iter::from_fn(move || {
            let place = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (place < 64).then(|| first + place - lead)
        })
    }
}

/// The modules of a place and those that follow along a line, and whether anything dark stands around them.
struct Around {
    modules: [u64; 7],
    before: u64,
    after: u64,
    four_before: u64,
    four_after: u64,
}

impl Around {
    #[inline]
    fn in_row(row: u64) -> Self {
        let (before, after) = (row << 1, row >> 7);
        Self {
            modules: [row, row >> 1, row >> 2, row >> 3, row >> 4, row >> 5, row >> 6],
            before,
            after,
            four_before: before | row << 2 | row << 3 | row << 4,
            four_after: after | row >> 8 | row >> 9 | row >> 10,
        }
    }
}

/// Rule 3: dark 1, light 1, dark 3, light 1, dark 1 with four light modules before or after, the ground around the symbol
/// being light; counted once for each side.
#[inline]
fn finders(around: Around) -> [u64; 2] {
    let [first, gap, middle @ .., other_gap, last] = around.modules;
    let core = first & middle[0] & middle[1] & middle[2] & last & !(gap | other_gap);
    [core & !(around.four_before | around.after), core & !(around.four_after | around.before)]
}

/// The ratio counts, not the size: how many sides count of a finder-like pattern of two modules or more a unit whose middle
/// run begins at `start` of a line. Such patterns are rare, so only candidates are measured: six dark modules after two
/// light ones, and either two more dark ones on both sides or, for units from three, a third light one before and nine
/// dark ones.
fn measured(size: usize, start: usize, is_dark: &impl Fn(usize) -> bool) -> u32 {
    // A run's length, up to `most`; light goes on beyond the symbol.
    let ahead = |from: usize, dark: bool, most: usize| {
        (from..from + most).take_while(|&index| (index < size && is_dark(index)) == dark).count()
    };
    let behind = |from: usize, dark: bool, most: usize| {
        (1..=most).take_while(|by| from.checked_sub(*by).is_some_and(is_dark) == dark).count()
    };
    let middle = ahead(start, true, size);
    let unit = middle / 3;
    let stands = middle % 3 == 0
        && ahead(start + middle, false, unit + 1) == unit
        && ahead(start + middle + unit, true, unit + 1) == unit
        && behind(start, false, unit + 1) == unit
        && start >= unit
        && behind(start - unit, true, unit + 1) == unit;
    if !stands {
        return 0;
    }
    let after = ahead(start + middle + 2 * unit, false, 4 * unit);
    let before = behind(start - 2 * unit, false, 4 * unit);
    u32::from(before >= 4 * unit && after >= unit) + u32::from(after >= 4 * unit && before >= unit)
}

#[cfg(test)]
pub(super) fn penalty(square: &Square, size: usize) -> u32 {
    penalties(square, [&Square::new(size); MASKS], size)[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four rules module by module, written from the standard's text.
    fn slow(size: usize, dark: &dyn Fn(usize, usize) -> bool) -> u32 {
        let mut points = 0;
        let lines = (0..size)
            .map(|y| (0..size).map(|x| dark(x, y)).collect::<Vec<_>>())
            .chain((0..size).map(|x| (0..size).map(|y| dark(x, y)).collect::<Vec<_>>()));
        for line in lines {
            let mut runs: Vec<(bool, u32)> = Vec::new();
            for module in line {
                match runs.last_mut() {
                    Some((colour, length)) if *colour == module => *length += 1,
                    _ => runs.push((module, 1)),
                }
            }
            points += runs.iter().filter(|run| run.1 >= 5).map(|run| run.1 - 2).sum::<u32>();
            for at in 0..runs.len().saturating_sub(4) {
                let unit = runs[at].1;
                let widths: Vec<u32> = runs[at..at + 5].iter().map(|run| run.1).collect();
                if runs[at].0 && widths == [unit, unit, 3 * unit, unit, unit] {
                    // At the edge the light ground goes on for ever.
                    let before = if at < 2 { u32::MAX } else { runs[at - 1].1 };
                    let after = if at + 6 >= runs.len() { u32::MAX } else { runs[at + 5].1 };
                    let sides = [(before, after), (after, before)];
                    points += 40 * sides.iter().map(|(wide, other)| u32::from(*wide >= 4 * unit && *other >= unit)).sum::<u32>();
                }
            }
        }
        let mut count = 0;
        for y in 0..size {
            for x in 0..size {
                count += u32::from(dark(x, y));
                if x + 1 < size && y + 1 < size {
                    let colours = [dark(x, y), dark(x + 1, y), dark(x, y + 1), dark(x + 1, y + 1)];
                    points += 3 * u32::from(colours.iter().all(|colour| *colour == colours[0]));
                }
            }
        }
        let percent = f64::from(count) * 100.0 / f64::from(u32::try_from(size * size).unwrap());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most ten steps of five percent")]
        let steps = (((percent - 50.0).abs() / 5.0).ceil() as u32).saturating_sub(1);
        points + 10 * steps
    }

    proptest::proptest! {
        #[test]
        fn the_fast_score_is_the_slow_one(version in 1_usize..=40, seed: u64, thick in 1_usize..4) {
            let size = 17 + 4 * version;
            // A small generator; thick modules make the rare wide patterns common.
            let dark = |x: usize, y: usize| {
                let (x, y) = ((x / thick) as u64, (y / thick) as u64);
                let mixed = (seed ^ x.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ y.wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
                    .wrapping_mul(0xD6E8_FEB8_6659_FD93);
                mixed >> 40 & 1 == 1
            };
            let mut square = Square::new(size);
            for y in 0..size {
                for x in 0..size {
                    square.set(x, y, dark(x, y));
                }
            }

            proptest::prop_assert_eq!(penalty(&square, size), slow(size, &dark));
        }
    }

    #[test]
    fn a_wide_pattern_counts_as_a_narrow_one() {
        for unit in [1_usize, 2, 3, 5] {
            let size = 17 + 4 * 12;
            let line = |x: usize| matches!(x / unit, 0 | 2..=4 | 6) && x < 7 * unit;
            let mut square = Square::new(size);
            for x in 0..size {
                square.set(x, 0, line(x));
            }

            assert_eq!(penalty(&square, size), slow(size, &|x, y| y == 0 && line(x)), "unit {unit}");
        }
    }
}
