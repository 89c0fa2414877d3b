//! What the designs share: the awning, the panel around a code, the microtext, and lines of text.

use super::rosette;
use crate::print::canvas::{Canvas, Ink, Path, Text, Transform, ink};
use crate::print::fonts::{Fonts, Weight};
use crate::print::sticker::Placed;
use crate::print::text::{Block, LEADING};

/// Stripes of an awning over the whole width, bleed included.
pub(super) fn awning(canvas: &mut dyn Canvas, left: f64, top: f64, width: f64, stripes: u32, shoulder: f64, depth: f64) {
    let stripe = width / f64::from(stripes);
    for index in 0..stripes {
        let colour = if index % 2 == 0 { ink::LEAF } else { ink::LEAF_TINT };
        let x = left + stripe * f64::from(index);
        canvas.fill(&Path::stripe(x, top, stripe, shoulder, depth), colour);
    }
}

/// The square in which a code stands: the frame, the microtext's band, and the quiet zone's outer edge.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) side: f64,
    pub(super) radius: f64,
    /// The side of the square that the code and its quiet zone fill.
    pub(super) square: f64,
    pub(super) microtext: f64,
}

impl Panel {
    fn centre(&self) -> (f64, f64) {
        (self.x + self.side / 2.0, self.y + self.side / 2.0)
    }

    fn outline(&self) -> Path {
        Path::rounded(self.x, self.y, self.side, self.side, self.radius)
    }

    fn square_at(&self) -> (f64, f64) {
        let margin = (self.side - self.square) / 2.0;
        (self.x + margin, self.y + margin)
    }

    /// The ground, the fine pattern and the frame.
    pub(super) fn draw_ground(&self, canvas: &mut dyn Canvas) {
        let (sx, sy) = self.square_at();
        canvas.fill(&self.outline(), ink::LEAF_GROUND);
        canvas.push(Transform::shift(0.0, 0.0));
        canvas.clip(&Path::rect(sx, sy, self.square, self.square));
        rosette::draw(canvas, self.centre(), self.side, ink::LEAF_FAINT, 0.18);
        canvas.pop();
        canvas.push(Transform::shift(0.0, 0.0));
        canvas.clip(&self.outline().and_rect(sx, sy, self.square, self.square));
        rosette::draw(canvas, self.centre(), self.side, ink::LEAF_FINE, 0.14);
        canvas.pop();
        canvas.stroke(&self.outline(), ink::LEAF, 0.5);
        // From above the letters' marks to the square's edge, so that no strip of the darker pattern stays between.
        let band = self.microtext * 1.29;
        for turn in 0..4 {
            self.along_side(canvas, turn, |canvas| {
                canvas.fill(&Path::rect(0.0, -self.microtext * 0.95, self.square, band), ink::LEAF_GROUND);
            });
        }
    }

    /// Draws with the x axis on the base line of the microtext of one side, reading clockwise.
    fn along_side(&self, canvas: &mut dyn Canvas, turn: u32, draw: impl FnOnce(&mut dyn Canvas)) {
        let (cx, cy) = self.centre();
        let half = self.square / 2.0;
        canvas.push(Transform::turn(f64::from(turn) * 90.0, cx, cy));
        canvas.push(Transform::shift(-half, -half - self.microtext * 0.34));
        draw(canvas);
        canvas.pop();
        canvas.pop();
    }

    /// The code in the middle.
    pub(super) fn draw_code(&self, canvas: &mut dyn Canvas, placed: &Placed) {
        let (sx, sy) = self.square_at();
        canvas.code(&placed.symbol, sx + placed.quiet(), sy + placed.quiet(), placed.module);
    }

    /// The microtext on all four sides, stretched to fill each exactly.
    pub(super) fn draw_microtext(&self, canvas: &mut dyn Canvas, fonts: &Fonts, text: &str) {
        let unit = text.to_uppercase();
        let (weight, mut size) = (Weight::Regular, self.microtext);
        let once = fonts.width(&format!("{unit} · "), weight, size, 0.0);
        if once <= 0.0 {
            return;
        }
        let times = ((self.square / once).floor()).max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side holds a few repetitions")]
        let line = vec![unit.as_str(); times as usize].join(" · ");
        let natural = fonts.width(&line, weight, size, 0.0);
        if natural > self.square {
            size *= self.square / natural;
        }
        let gaps = u32::try_from(line.chars().count()).map_or(1.0, f64::from) - 1.0;
        let spacing = ((self.square - fonts.width(&line, weight, size, 0.0)) / gaps.max(1.0)).clamp(0.0, size * 0.5);
        canvas.begin_ornament();
        for turn in 0..4 {
            self.along_side(canvas, turn, |canvas| {
                canvas.text(Text { letters: &line, x: 0.0, y: 0.0, size, weight, spacing, ink: ink::LEAF });
            });
        }
        canvas.end_ornament();
    }
}

/// Where a line's x is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// A piece of a line with its own weight and ink.
pub(super) struct Span<'a>(pub(super) &'a str, pub(super) Weight, pub(super) Ink);

/// Sets a line of spans on one base line, shrunk as a whole when it is wider than `width`, but not below `floor`: from
/// there on the first span, which says the least, is shortened. Returns the line's width.
pub(super) fn line(
    canvas: &mut dyn Canvas,
    fonts: &Fonts,
    spans: &[Span<'_>],
    (x, y): (f64, f64),
    align: Align,
    (largest, floor, width): (f64, f64, f64),
) -> f64 {
    let at_one = |text: &str, weight| fonts.width(text, weight, 1.0, 0.0);
    let mut natural: f64 = spans.iter().map(|span| at_one(span.0, span.1)).sum();
    let size = if natural > 0.0 { (width / natural).clamp(floor, largest) } else { largest };
    let mut first = spans.first().map_or(String::new(), |span| span.0.to_owned());
    if let Some(Span(text, weight, _)) = spans.first().filter(|_| natural * size > width + 1e-6) {
        let rest = natural - at_one(text, *weight);
        let mut letters: Vec<char> = text.chars().collect();
        while letters.pop().is_some() {
            first = letters.iter().collect::<String>().trim_end().to_owned() + "…";
            natural = rest + at_one(&first, *weight);
            if natural * size <= width {
                break;
            }
        }
    }
    let mut at = match align {
        Align::Left => x,
        Align::Middle => x - natural * size / 2.0,
        Align::Right => x - natural * size,
    };
    for (index, Span(text, weight, ink)) in spans.iter().enumerate() {
        let text = if index == 0 { &first } else { *text };
        canvas.text(Text { letters: text, x: at, y, size, weight: *weight, spacing: 0.0, ink: *ink });
        at += fonts.width(text, *weight, size, 0.0);
    }
    natural * size
}

/// Sets the lines of a block so that the last one stands on `bottom`.
pub(super) fn block_up(
    canvas: &mut dyn Canvas,
    fonts: &Fonts,
    block: &Block,
    (x, bottom): (f64, f64),
    align: Align,
    (weight, spacing, ink): (Weight, f64, Ink),
) {
    let spacing = spacing * block.size;
    let further = u32::try_from(block.lines.len()).map_or(0.0, f64::from) - 1.0;
    let mut y = bottom - further * block.size * LEADING;
    for text in &block.lines {
        let width = fonts.width(text, weight, block.size, spacing);
        let left = match align {
            Align::Left => x,
            Align::Middle => x - width / 2.0,
            Align::Right => x - width,
        };
        canvas.text(Text { letters: text, x: left, y, size: block.size, weight, spacing, ink });
        y += block.size * LEADING;
    }
}

/// The small second code on a white ground of its own.
pub(super) fn check_code(canvas: &mut dyn Canvas, placed: &Placed, x: f64, y: f64) {
    let square = placed.side() + 2.0 * placed.quiet();
    canvas.fill(&Path::rounded(x, y, square, square, 0.8), ink::PAPER);
    canvas.code(&placed.symbol, x + placed.quiet(), y + placed.quiet(), placed.module);
}
