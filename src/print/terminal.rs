//! A code as text for a terminal: two rows of modules a line, in half blocks.

use super::{QUIET_ZONE, Symbol};

/// Draws a code with its quiet zone, a line feed after each line.
///
/// Light modules are the blocks and dark ones the ground, because most terminals are dark; scanners read a code of
/// either polarity on a light terminal too, but none reads one whose quiet zone has the ground's colour.
#[must_use]
pub fn code(symbol: &Symbol) -> String {
    let side = symbol.size() + 2 * QUIET_ZONE;
    // A coordinate inside the quiet zone wraps round to a huge number, and outside the symbol all is light.
    let light = |x: usize, y: usize| !symbol.is_dark(x.wrapping_sub(QUIET_ZONE), y.wrapping_sub(QUIET_ZONE));
    let mut out = String::with_capacity(side * side * 2);
    for y in (0..side).step_by(2) {
        for x in 0..side {
            out.push(match (light(x, y), y + 1 < side && light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::Ec;

    #[test]
    fn the_quiet_zone_is_drawn() {
        let symbol = Symbol::encode("A", Ec::M).unwrap();

        let drawing = code(&symbol);
        let lines: Vec<&str> = drawing.lines().collect();

        assert_eq!(lines.len(), 15, "29 rows, two a line");
        assert!(lines.iter().all(|line| line.chars().count() == 29));
        assert!(lines[..2].iter().all(|line| line.chars().all(|c| c == '█')));
    }
}
