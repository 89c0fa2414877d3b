//! Fitting text into a box: shrink to a floor, wrap, and only then shorten.

use super::fonts::{Fonts, Weight};
use crate::payment_code::fold::fold_ascii;
/// Brings a text into the form that is printed: NFC, because a font has one glyph for each composed letter, on one line.
pub(crate) use crate::payment_code::fold::nfc_clean as clean;

/// The distance of two base lines, in type sizes; stacked Vietnamese marks need more than the usual 1.1.
pub(crate) const LEADING: f64 = 1.16;
/// How far ink reaches above a base line, in type sizes, with stacked marks as in `Ẩ`.
pub(crate) const ASCENT: f64 = 0.98;
/// How far ink reaches below a base line, in type sizes, with a dot below `y`.
pub(crate) const DESCENT: f64 = 0.26;

/// The text as banks show a holder's name: without marks, in capitals.
pub(crate) fn unmarked(text: &str) -> String {
    fold_ascii(text).to_uppercase()
}

/// A box that text must stay in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) weight: Weight,
    pub(crate) largest: f64,
    pub(crate) floor: f64,
    pub(crate) width: f64,
    /// From the top of the first line's marks to the last base line.
    pub(crate) height: f64,
    /// Extra space after each letter, in type sizes; above 0.09 a reader of the PDF takes letters for words.
    pub(crate) spacing: f64,
}

/// Lines of one size that fit their box.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) size: f64,
    pub(crate) lines: Vec<String>,
}

/// Sets a text as large as its box allows. At the floor a word may be broken, and what is still too much is shortened.
pub(crate) fn fit(fonts: &Fonts, text: &str, limits: Limits) -> Block {
    let mut size = limits.largest;
    loop {
        let room = lines_that_fit(limits, size);
        let at_floor = size <= limits.floor;
        if let Some(lines) = wrap(fonts, text, limits, size, at_floor) {
            if lines.len() <= room {
                return Block { size, lines: balance(fonts, text, limits, size, lines) };
            }
            if at_floor {
                return Block { size, lines: shorten(fonts, lines, room.max(1), limits, size) };
            }
        }
        size = (size - 0.1).max(limits.floor);
    }
}

fn lines_that_fit(limits: Limits, size: f64) -> usize {
    let further = (limits.height - ASCENT * size) / (LEADING * size) + 1e-6;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a box holds a few lines at most")]
    let further = further.max(0.0) as usize;
    1 + further
}

fn fits(fonts: &Fonts, line: &str, limits: Limits, size: f64) -> bool {
    fonts.width(line, limits.weight, size, limits.spacing * size) <= limits.width + 1e-6
}

/// Fills lines word by word; nothing when a word is wider than the box and may not be broken.
fn wrap(fonts: &Fonts, text: &str, limits: Limits, size: f64, break_words: bool) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        if let Some(last) = lines.last_mut() {
            let joined = format!("{last} {word}");
            if fits(fonts, &joined, limits, size) {
                *last = joined;
                continue;
            }
        }
        if fits(fonts, word, limits, size) {
            lines.push(word.to_owned());
            continue;
        }
        if !break_words {
            return None;
        }
        let mut piece = String::new();
        for c in word.chars() {
            piece.push(c);
            if !fits(fonts, &piece, limits, size) && piece.chars().count() > 1 {
                piece.pop();
                lines.push(std::mem::replace(&mut piece, c.to_string()));
            }
        }
        lines.push(piece);
    }
    Some(lines)
}

/// Wraps again into the same number of lines, as even as possible, the shorter line above: a Vietnamese name keeps its
/// middle and given names together that way.
fn balance(fonts: &Fonts, text: &str, limits: Limits, size: f64, lines: Vec<String>) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    // A broken word cannot be balanced, and beyond four lines nobody sees the difference.
    if !(2..=4).contains(&lines.len()) || words.len() > 16 {
        return lines;
    }
    let width = |line: &str| fonts.width(line, limits.weight, size, limits.spacing * size);
    let mut best: Option<(f64, Vec<String>)> = None;
    for breaks in combinations(words.len(), lines.len() - 1) {
        let ends = breaks.iter().copied().chain([words.len()]);
        let mut start = 0;
        let candidate: Vec<String> = ends
            .map(|end| {
                let line = words[start..end].join(" ");
                start = end;
                line
            })
            .collect();
        let widths: Vec<f64> = candidate.iter().map(|line| width(line)).collect();
        if widths.iter().any(|&wide| wide > limits.width + 1e-6) {
            continue;
        }
        let uneven: f64 = widths.iter().map(|wide| (limits.width - wide).powi(2)).sum();
        let top_heavy = widths.windows(2).filter(|pair| pair[0] > pair[1]).count();
        let cost = uneven + if top_heavy > 0 { 0.08 * limits.width * limits.width } else { 0.0 };
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, candidate));
        }
    }
    best.map_or(lines, |(_, lines)| lines)
}

/// All ways to choose this many break positions among the gaps of `words` words, in order.
fn combinations(words: usize, breaks: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..breaks {
        all = all
            .into_iter()
            .flat_map(|chosen: Vec<usize>| {
                let next = chosen.last().map_or(1, |last| last + 1);
                (next..words).map(move |position| [chosen.as_slice(), &[position]].concat())
            })
            .collect();
    }
    all
}

/// Sets a text on one line if that leaves it at least this large, and wraps it otherwise.
pub(crate) fn fit_preferring_one_line(fonts: &Fonts, text: &str, limits: Limits, at_least: f64) -> Block {
    let natural = fonts.width(text, limits.weight, 1.0, limits.spacing);
    if natural * at_least <= limits.width {
        let size = if natural > 0.0 { (limits.width / natural).min(limits.largest) } else { limits.largest };
        return Block { size, lines: vec![text.to_owned()] };
    }
    fit(fonts, text, limits)
}

fn shorten(fonts: &Fonts, mut lines: Vec<String>, room: usize, limits: Limits, size: f64) -> Vec<String> {
    lines.truncate(room);
    if let Some(last) = lines.last_mut() {
        while !last.is_empty() && !fits(fonts, &format!("{last}…"), limits, size) {
            last.pop();
        }
        last.truncate(last.trim_end().len());
        last.push('…');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_typed_in_pieces_is_composed_and_put_on_one_line() {
        assert_eq!(clean(" Ha\u{300}  Thi\u{323}\n Thu "), "Hà Thị Thu");
    }

    #[test]
    fn a_bank_shows_names_in_bare_capitals() {
        assert_eq!(unmarked("Đặng Thị Hường"), "DANG THI HUONG");
    }
}
