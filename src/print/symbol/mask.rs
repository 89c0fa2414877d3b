//! The choice of the mask: each of the eight is scored by the standard's four rules (7.8.3), a line at a time.
//!
//! A run, a block or a finder-like pattern shows as a bit after a few shifts along the row, and for columns after the same
//! operations on the rows that follow each other, so that columns are never drawn. Judging module by module takes several
//! hundred times as long, and nearly all the time of an encoder. Giving up a mask once its penalty exceeds the best so far
//! was no gain: the penalties of the eight are too near to each other.

use super::Ec;
use super::lanes::{Counter, LANES, Line};
use super::template::{Square, Template};

/// Light lines kept above the symbol and below it, as far as a finder-like pattern looks.
const ABOVE: usize = 4;
const BELOW: usize = 10;

/// Chooses the mask with the least penalty, the first among equals, and returns it with the masked symbol.
pub(super) fn choose(unmasked: &Square, template: &Template, ec: Ec, size: usize) -> (usize, Square) {
    let patterns: [&Square; 8] = std::array::from_fn(|mask| template.mask(ec, mask));
    let penalties = match unmasked.words {
        1 => penalties::<1>(unmasked, patterns, size),
        2 => penalties::<2>(unmasked, patterns, size),
        _ => penalties::<3>(unmasked, patterns, size),
    };
    let mask = (0..8).min_by_key(|&mask| penalties[mask]).unwrap_or(0);
    let rows = unmasked.rows.iter().zip(&patterns[mask].rows).map(|(word, mask)| word ^ mask).collect();
    (mask, Square { rows, ..*unmasked })
}

/// The penalty of a symbol under each mask.
fn penalties<const W: usize>(unmasked: &Square, patterns: [&Square; 8], size: usize) -> [u32; 8] {
    let mut lines = vec![Line::<W>::LIGHT; ABOVE + size + BELOW];
    let mut found = [0; 8];
    for (masks, found) in patterns.chunks_exact(LANES).zip(found.chunks_exact_mut(LANES)) {
        let rows = unmasked.rows.chunks_exact(W).zip(lines[ABOVE..].iter_mut());
        for (y, (words, line)) in rows.enumerate() {
            *line = Line::masked(words, std::array::from_fn(|lane| &masks[lane].rows[y * W..][..W]));
        }
        found.copy_from_slice(&score(&lines, size));
    }
    found
}

/// The penalties of some symbols side by side.
fn score<const W: usize>(lines: &[Line<W>], size: usize) -> [u32; LANES] {
    // A place costs at most nine points for runs and blocks and counts four patterns in each of 177 rows.
    let (mut points, mut finders, mut dark) = (Counter::<W, 11>::ZERO, Counter::<W, 10>::ZERO, Counter::<W, 8>::ZERO);
    let mut wide = [0; LANES];
    let (all, pairs) = (Line::<W>::first(size), Line::<W>::first(size - 1));
    let mut above = Above { same_in_row: Line::LIGHT, same: Line::LIGHT, two: [Line::LIGHT; 2], five: Line::LIGHT };
    // The line above the symbol is no part of a run.
    let mut counts = Line::LIGHT;
    for y in 0..size {
        let around = &lines[y..=y + ABOVE + BELOW];
        let line = around[ABOVE];
        dark.add(0, line, Line::LIGHT);

        // Rules 1 and 2. Where a module equals the next, a run of five is four of those; it costs three points, and one
        // more for each module beyond.
        let same_in_row = pairs.without(line.differs(line.ahead(1)));
        let two = same_in_row.and(same_in_row.ahead(1));
        let five_in_row = two.and(two.ahead(2));
        let same = counts.without(line.differs(around[ABOVE - 1]));
        let two = same.and(above.same);
        let five = two.and(above.two[1]);
        let block = same.and(same_in_row).and(above.same_in_row);
        points.add_ones_and_twos(
            [five_in_row, five, block],
            [five_in_row.without(five_in_row.behind(1)), five.without(above.five), block],
        );
        above = Above { same_in_row, same, two: [two, above.two[0]], five };
        counts = all;

        let [first, second] = finders_in_row(line);
        let [third, fourth] = finders_in_columns(around);
        finders.add_four([first, second, third, fourth]);

        wide_finders(lines, y, size, &mut wide);
    }
    let (points, finders, dark) = (points.totals(), finders.totals(), dark.totals());
    let total = u32::try_from(size * size).unwrap_or(u32::MAX);
    std::array::from_fn(|lane| {
        // Rule 4: ten points for every whole five percent away from half and half.
        let away = (dark[lane] * 20).abs_diff(total * 10).div_ceil(total).saturating_sub(1);
        points[lane] + 40 * (finders[lane] + wide[lane]) + 10 * away
    })
}

/// What the columns' rules remember of the rows above.
struct Above<const W: usize> {
    same_in_row: Line<W>,
    same: Line<W>,
    two: [Line<W>; 2],
    five: Line<W>,
}

/// Rule 3 in a row: dark 1, light 1, dark 3, light 1, dark 1 with four light modules before or after, the ground around
/// the symbol being light; counted once for each side.
fn finders_in_row<const W: usize>(line: Line<W>) -> [Line<W>; 2] {
    let next = line.ahead(1);
    let core = line.without(next).and(line.and(next).ahead(2)).and(line.ahead(4)).without(line.ahead(5)).and(line.ahead(6));
    let before = line.behind(1);
    let (two_before, two_after) = (before.or(line.behind(2)), line.or(next).ahead(7));
    let (four_before, four_after) = (two_before.or(two_before.behind(2)), two_after.or(two_after.ahead(2)));
    [core.without(four_before).without(line.ahead(7)), core.without(four_after).without(before)]
}

/// The same in the columns, for patterns that begin in the line at [`ABOVE`].
fn finders_in_columns<const W: usize>(around: &[Line<W>]) -> [Line<W>; 2] {
    let at = |by: usize| around[ABOVE + by];
    let core = at(0).without(at(1)).and(at(2)).and(at(3)).and(at(4)).without(at(5)).and(at(6));
    let before = around[0].or(around[1]).or(around[2]).or(around[3]);
    let after = at(7).or(at(8)).or(at(9)).or(at(10));
    [core.without(before).without(at(7)), core.without(after).without(around[ABOVE - 1])]
}

/// The ratio counts, not the size: patterns whose unit is two modules or more, by their middle run that begins in row `y`.
/// They are rare, so only candidates are measured: six dark modules after two light ones, and either two more dark ones
/// on both sides or, for units from three, a third light one before and nine dark ones.
fn wide_finders<const W: usize>(lines: &[Line<W>], y: usize, size: usize, found: &mut [u32; LANES]) {
    let line = lines[ABOVE + y];
    let two = line.and(line.ahead(1));
    let three = two.and(line.ahead(2));
    let six = three.and(three.ahead(3)).without(line.behind(1)).without(line.behind(2));
    let twice = two.behind(4).and(two.ahead(8));
    let more = three.ahead(6).without(line.behind(3));
    let in_row = six.and(twice.or(more));

    let at = |by: usize| lines[ABOVE + y + by];
    let before = |by: usize| lines[ABOVE + y - by];
    let six = at(0).and(at(1)).and(at(2)).and(at(3)).and(at(4)).and(at(5)).without(before(1)).without(before(2));
    let twice = before(3).and(before(4)).and(at(8)).and(at(9));
    let more = at(6).and(at(7)).and(at(8)).without(before(3));
    let in_column = six.and(twice.or(more));

    if !in_row.or(in_column).is_light() {
        for (lane, x) in in_row.dark_places() {
            found[lane] += measured(size, x, &|index| line.is_dark(lane, index));
        }
        for (lane, x) in in_column.dark_places() {
            found[lane] += measured(size, y, &|index| lines[ABOVE + index].is_dark(lane, x));
        }
    }
}

/// How many sides of a finder-like pattern count whose middle run begins at `start` of a line.
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
    let light = Square::new(size);
    match square.words {
        1 => penalties::<1>(square, [&light; 8], size)[0],
        2 => penalties::<2>(square, [&light; 8], size)[0],
        _ => penalties::<3>(square, [&light; 8], size)[0],
    }
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
