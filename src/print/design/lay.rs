//! Text in a box: as large as it may be, on as few lines as make it so, and only at its floor shortened.
//!
//! The largest size is reckoned, not searched for: words are measured once, and for each number of lines the widest line
//! of the best break says how large the text may be.

use super::lines::{Word, append, balanced, line, narrowest, whole};
use super::template::Runs;
use crate::print::canvas::{Canvas, Ink, Text, Transform};
use crate::print::fonts::{Fonts, Weight};

/// The distance of two base lines, in type sizes; stacked Vietnamese marks need more than the usual 1.1.
const LEADING: f64 = 1.16;
/// How far ink usually reaches above a base line, in type sizes; stacked marks as in `Ẳ` reach up to 1.23 and are measured.
const ASCENT: f64 = 0.98;
/// How far ink usually reaches below a base line, in type sizes, with a dot below `y`.
const DESCENT: f64 = 0.26;
/// The height of a capital, by which a line is centred.
const CAPITAL: f64 = 0.7;

/// A rectangle in millimetres from the trimmed top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(super) fn inset(self, by: f64) -> Self {
        Self { x: self.x + by, y: self.y + by, width: self.width - 2.0 * by, height: self.height - 2.0 * by }
    }

    pub(super) fn contains(self, other: Self) -> bool {
        const SLACK: f64 = 1e-6;
        other.x >= self.x - SLACK
            && other.y >= self.y - SLACK
            && other.x + other.width <= self.x + self.width + SLACK
            && other.y + other.height <= self.y + self.height + SLACK
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    /// The width of the gap to another; zero when they meet.
    pub(super) fn gap(self, other: Self) -> f64 {
        let across = (other.x - self.x - self.width).max(self.x - other.x - other.width).max(0.0);
        let down = (other.y - self.y - self.height).max(self.y - other.y - other.height).max(0.0);
        across.hypot(down)
    }
}

/// Where lines stand across or down their box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Start,
    Middle,
    End,
}

/// How letters look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) ink: Ink,
    /// Times the text's size.
    pub(super) scale: f64,
    /// Extra space after each letter, in type sizes; above 0.09 a reader of the PDF takes letters for words.
    pub(super) spacing: f64,
}

/// A box and how text stands in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextBox {
    pub(super) area: Rect,
    /// Degrees, clockwise: 0, 90, 180 or 270.
    pub(super) turn: u16,
    pub(super) across: Place,
    pub(super) down: Place,
    pub(super) largest: f64,
    pub(super) floor: f64,
    pub(super) lines: usize,
    pub(super) plain: Style,
    pub(super) strong: Style,
}

/// Lines of one size that fit their box.
#[derive(Debug, Clone)]
pub(super) struct Laid {
    pub(super) size: f64,
    pub(super) lines: Vec<Vec<(bool, String)>>,
    /// How far ink reaches above the first base line and below the last, in millimetres.
    reach: (f64, f64),
    /// Something had to be left out.
    pub(super) is_shortened: bool,
}

impl TextBox {
    /// Width and height as the text sees them.
    fn room(&self) -> (f64, f64) {
        let Rect { width, height, .. } = self.area;
        if self.turn.is_multiple_of(180) { (width, height) } else { (height, width) }
    }

    fn style(&self, strong: bool) -> Style {
        if strong { self.strong } else { self.plain }
    }

    fn at_one(&self, fonts: &Fonts, strong: bool, text: &str) -> f64 {
        let style = self.style(strong);
        let spacing = style.spacing * style.scale;
        // Space after the last letter too, so that the widths of pieces add up.
        fonts.width(text, style.weight, style.scale, spacing) + if text.is_empty() { 0.0 } else { spacing }
    }

    /// Sets a text as large as the box allows.
    pub(super) fn lay(&self, fonts: &Fonts, runs: &Runs) -> Laid {
        let words = self.words(fonts, runs);
        // Between two strong words the space is strong too; that all are reckoned as the wider of the two errs on the safe side.
        let strong = if runs.iter().any(|(strong, _)| *strong) { self.at_one(fonts, true, " ") } else { 0.0 };
        let space = self.at_one(fonts, false, " ").max(strong);
        let (width, height) = self.room();
        let tallest = runs.iter().map(|(strong, _)| self.style(*strong).scale).fold(0.0, f64::max);
        // One line needs its marks' room; a line in the middle a little more, because it is centred by its capitals.
        let (above, below) = self.reach(fonts, runs, tallest);
        let half = CAPITAL / 2.0 * tallest;
        let first = if self.down == Place::Middle { 2.0 * (above - half).max(below + half) } else { above + below };
        let by_height = |lines: usize| height / (first + LEADING * tallest * whole(lines - 1));
        let most = self.lines.min(words.len()).max(1);
        let mut best: Option<(f64, usize, f64)> = None;
        for lines in 1..=most {
            let widest = narrowest(&words, space, lines);
            let size = (width / widest.max(1e-9)).min(by_height(lines)).min(self.largest);
            // A further line must be worth it.
            if best.is_none_or(|(so_far, ..)| size > so_far * 1.02) {
                best = Some((size, lines, widest));
            }
            if size >= self.largest {
                break;
            }
        }
        let Some((size, lines, widest)) = best.filter(|(size, ..)| *size >= self.floor - 1e-9) else {
            return self.shortened(fonts, &words, space, (above, below), by_height);
        };
        // Down to a micrometre, so that rounding never makes a line wider than its box.
        let size = (size * 1000.0).floor() / 1000.0;
        let broken = balanced(&words, space, lines, (width / size).max(widest));
        let lines = broken.into_iter().map(|(from, to)| line(&words[from..to])).collect();
        Laid { size, lines, reach: (above * size, below * size), is_shortened: false }
    }

    /// At the floor: as many lines as there is room for, the last one ended by an ellipsis; a word too wide is broken.
    fn shortened(
        &self,
        fonts: &Fonts,
        words: &[Word<'_>],
        space: f64,
        (above, below): (f64, f64),
        by_height: impl Fn(usize) -> f64,
    ) -> Laid {
        let size = self.floor.min(by_height(1)).min(self.largest);
        let width = self.room().0 / size;
        let room = (1..=self.lines).rev().find(|lines| by_height(*lines) >= size).unwrap_or(1);
        let mut lines: Vec<Vec<(bool, String)>> = Vec::new();
        let mut used = f64::INFINITY;
        let mut is_cut = false;
        'words: for word in words {
            if used + space + word.width <= width {
                let last = lines.last_mut().expect("the first word began a line");
                append(last, false, " ");
                word.pieces.iter().for_each(|(strong, text)| append(last, *strong, text));
                used += space + word.width;
                continue;
            }
            if lines.len() == room {
                is_cut = true;
                break;
            }
            lines.push(Vec::new());
            used = 0.0;
            for (strong, text) in &word.pieces {
                for letter in text.chars() {
                    let wide = self.at_one(fonts, *strong, letter.encode_utf8(&mut [0; 4]));
                    if used + wide > width && used > 0.0 {
                        if lines.len() == room {
                            is_cut = true;
                            break 'words;
                        }
                        lines.push(Vec::new());
                        used = 0.0;
                    }
                    append(lines.last_mut().expect("just pushed"), *strong, letter.encode_utf8(&mut [0; 4]));
                    used += wide;
                }
            }
        }
        if is_cut && let Some(last) = lines.last_mut() {
            let wide = |line: &[(bool, String)]| line.iter().map(|(strong, text)| self.at_one(fonts, *strong, text)).sum::<f64>();
            let dots = self.at_one(fonts, false, "…");
            while let Some((_, text)) = last.last_mut() {
                if text.pop().is_none() {
                    last.pop();
                } else if wide(last) + dots <= width {
                    break;
                }
            }
            if let Some((_, text)) = last.last_mut() {
                text.truncate(text.trim_end().len());
            }
            append(last, false, "…");
        }
        Laid { size, lines, reach: (above * size, below * size), is_shortened: is_cut }
    }

    /// How far a text's letters reach above and below their line at size one.
    fn reach(&self, fonts: &Fonts, runs: &Runs, tallest: f64) -> (f64, f64) {
        let mut reach = (ASCENT * tallest, DESCENT * tallest);
        for (strong, text) in runs {
            let style = self.style(*strong);
            for [_, low, _, high] in text.chars().filter_map(|c| fonts.bounds(c, style.weight)) {
                reach = (reach.0.max(high * style.scale), reach.1.max(-low * style.scale));
            }
        }
        reach
    }

    /// The words of a text; a no-break space does not part them.
    fn words<'a>(&self, fonts: &Fonts, runs: &'a Runs) -> Vec<Word<'a>> {
        let mut words: Vec<Word<'a>> = Vec::with_capacity(12);
        let mut is_open = false;
        for (strong, run) in runs {
            for (index, piece) in run.split(' ').enumerate() {
                is_open &= index == 0;
                if piece.is_empty() {
                    continue;
                }
                if !is_open {
                    words.push(Word { pieces: Vec::with_capacity(1), width: 0.0 });
                    is_open = true;
                }
                if let Some(word) = words.last_mut() {
                    word.pieces.push((*strong, piece));
                    word.width += self.at_one(fonts, *strong, piece);
                }
            }
            is_open = !run.ends_with(' ') && is_open;
        }
        words
    }

    /// Draws what was laid.
    pub(super) fn draw(&self, canvas: &mut dyn Canvas, fonts: &Fonts, laid: &Laid) {
        let (width, height) = self.room();
        let Rect { x, y, width: w, height: h } = self.area;
        let origin = match self.turn {
            90 => Some((x + w, y)),
            180 => Some((x + w, y + h)),
            270 => Some((x, y + h)),
            _ => None,
        };
        let (left, top) = if let Some((x, y)) = origin {
            canvas.push(Transform::turn(f64::from(self.turn), x, y));
            (0.0, 0.0)
        } else {
            (x, y)
        };
        let tallest = laid.lines.iter().flatten().map(|(strong, _)| self.style(*strong).scale).fold(0.0, f64::max) * laid.size;
        let step = LEADING * tallest;
        let further = step * whole(laid.lines.len().saturating_sub(1));
        let mut base = match self.down {
            Place::Start => top + laid.reach.0,
            Place::Middle => top + f64::midpoint(height, CAPITAL * tallest) - further / 2.0,
            Place::End => top + height - laid.reach.1 - further,
        };
        for line in &laid.lines {
            let wide = |(strong, text): &(bool, String)| self.at_one(fonts, *strong, text) * laid.size;
            let free = width - line.iter().map(wide).sum::<f64>();
            let mut at = left
                + match self.across {
                    Place::Start => 0.0,
                    Place::Middle => free / 2.0,
                    Place::End => free,
                };
            for run in line {
                let style = self.style(run.0);
                let size = style.scale * laid.size;
                let Style { weight, ink, spacing, .. } = style;
                canvas.text(Text { letters: &run.1, x: at, y: base, size, weight, spacing: spacing * size, ink });
                at += wide(run);
            }
            base += step;
        }
        if origin.is_some() {
            canvas.pop();
        }
    }
}
