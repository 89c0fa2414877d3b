//! The choice of the mask: each of the eight is scored by the standard's four rules (7.8.3), a line at a time.
//!
//! A line is a few words of 64 modules, and a run, a block or a finder-like pattern shows as a bit after a few shifts.
//! Judging module by module takes about fifty times as long, and nearly all the time of an encoder.

use super::Ec;
use super::template::{Square, Template};

/// Chooses the mask with the least penalty, the first among equals, and returns it with the masked symbol.
pub(super) fn choose(unmasked: &Square, template: &Template, ec: Ec, size: usize) -> (usize, Square) {
    let mut best: Option<(u32, usize, Square)> = None;
    for mask in 0..8 {
        let mut square = unmasked.clone();
        let pattern = template.mask(ec, mask);
        square.rows.iter_mut().zip(&pattern.rows).for_each(|(word, mask)| *word ^= mask);
        square.columns.iter_mut().zip(&pattern.columns).for_each(|(word, mask)| *word ^= mask);
        let penalty = penalty(&square, size);
        if best.as_ref().is_none_or(|(least, ..)| penalty < *least) {
            best = Some((penalty, mask, square));
        }
    }
    best.map_or_else(|| (0, unmasked.clone()), |(_, mask, square)| (mask, square))
}

/// The penalty of a symbol.
pub(super) fn penalty(square: &Square, size: usize) -> u32 {
    match square.words {
        1 => score::<1>(square, size),
        2 => score::<2>(square, size),
        _ => score::<3>(square, size),
    }
}

/// A line of modules.
#[derive(Clone, Copy)]
struct Line<const W: usize>([u64; W]);

impl<const W: usize> Line<W> {
    fn of(words: &[u64]) -> Self {
        let mut line = [0; W];
        line.copy_from_slice(words);
        Self(line)
    }

    /// The first `length` modules.
    fn first(length: usize) -> Self {
        Self(std::array::from_fn(|word| match length.saturating_sub(word * 64) {
            0 => 0,
            rest if rest >= 64 => u64::MAX,
            rest => (1 << rest) - 1,
        }))
    }

    /// What stands `by` modules further on, by from 1 to 63.
    fn ahead(self, by: u32) -> Self {
        Self(std::array::from_fn(|word| self.0[word] >> by | self.0.get(word + 1).map_or(0, |next| next << (64 - by))))
    }

    /// What stands `by` modules before, by from 1 to 63.
    fn behind(self, by: u32) -> Self {
        Self(std::array::from_fn(|word| self.0[word] << by | if word == 0 { 0 } else { self.0[word - 1] >> (64 - by) }))
    }

    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    fn differs(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] ^ other.0[word]))
    }

    fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    fn is_empty(self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn has(self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }
}

fn score<const W: usize>(square: &Square, size: usize) -> u32 {
    let pairs = Line::<W>::first(size - 1);
    let (mut runs, mut blocks, mut finders, mut dark) = (0, 0, 0, 0);
    let mut above: Option<(Line<W>, Line<W>)> = None;
    for words in square.rows.chunks_exact(W) {
        let line = Line::<W>::of(words);
        let same = pairs.without(line.differs(line.ahead(1)));
        runs += run_penalty(same);
        finders += finder_patterns(line, size);
        dark += line.count();
        if let Some((line_above, same_above)) = above {
            blocks += same.and(same_above).without(line.differs(line_above)).count();
        }
        above = Some((line, same));
    }
    for words in square.columns.chunks_exact(W) {
        let line = Line::<W>::of(words);
        runs += run_penalty(pairs.without(line.differs(line.ahead(1))));
        finders += finder_patterns(line, size);
    }
    let total = u32::try_from(size * size).unwrap_or(u32::MAX);
    // Ten points for every whole five percent away from half and half.
    let away = (dark * 20).abs_diff(total * 10).div_ceil(total).saturating_sub(1);
    runs + 3 * blocks + 40 * finders + 10 * away
}

/// Rule 1: a run of five costs three points, and one more for each module beyond. `same` says where a module equals
/// the next, so a run of five is four of those.
fn run_penalty<const W: usize>(same: Line<W>) -> u32 {
    let two = same.and(same.ahead(1));
    let five = two.and(two.ahead(2));
    five.count() + 2 * five.without(five.behind(1)).count()
}

/// Rule 3: dark 1, light 1, dark 3, light 1, dark 1 with four light modules before or after, the ground around the
/// symbol being light; counted once for each side.
fn finder_patterns<const W: usize>(line: Line<W>, size: usize) -> u32 {
    let two = line.and(line.ahead(1));
    let three = two.and(line.ahead(2));
    let core = line
        .and(three.ahead(2))
        .and(line.ahead(6))
        .without(line.ahead(1).or(line.ahead(5)))
        .without(line.behind(1).or(line.ahead(7)));
    let mut found = 0;
    if !core.is_empty() {
        let before = line.behind(2).or(line.behind(3)).or(line.behind(4));
        let after = line.ahead(8).or(line.ahead(9)).or(line.ahead(10));
        found += core.without(before).count() + core.without(after).count();
    }
    // The ratio counts, not the size: twice as wide it begins with two dark modules and has six in the middle, and
    // wider still it has at least nine.
    let six = three.and(three.ahead(3));
    if !six.is_empty() {
        let twice = six.ahead(4).and(two).and(two.ahead(12));
        let nine = six.and(three.ahead(6));
        if !twice.is_empty() || !nine.is_empty() {
            found += wide_finder_patterns(line, size);
        }
    }
    found
}

/// The same for patterns whose unit is two modules or more; rare, so run by run.
fn wide_finder_patterns<const W: usize>(line: Line<W>, size: usize) -> u32 {
    // Lengths of light and dark runs in turn, beginning and ending with light that reaches beyond the symbol.
    let mut lengths = vec![size];
    let mut dark = false;
    for index in 0..size {
        if line.has(index) != dark {
            dark = !dark;
            lengths.push(0);
        }
        if let Some(last) = lengths.last_mut() {
            *last += 1;
        }
    }
    if dark {
        lengths.push(0);
    }
    if let Some(last) = lengths.last_mut() {
        *last += size;
    }
    let mut found = 0;
    for window in lengths.windows(7).step_by(2) {
        let unit = window[1];
        if unit >= 2 && window[2..6] == [unit, 3 * unit, unit, unit] {
            let (before, after) = (window[0], window[6]);
            found += u32::from(before >= 4 * unit && after >= unit) + u32::from(after >= 4 * unit && before >= unit);
        }
    }
    found
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
