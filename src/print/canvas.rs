//! What a design may draw: shapes, text and codes in millimetres, the origin at the top left.
//!
//! A design knows this trait alone, so that the same description can become PDF, SVG or pixels.

use super::fonts::Weight;
use super::symbol::Symbol;

/// A colour as it is printed: for the screen and office printers, and for four plates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink {
    pub(crate) rgb: [u8; 3],
    /// Percent of cyan, magenta, yellow and key.
    pub(crate) cmyk: [u8; 4],
}

impl Ink {
    pub(crate) const fn new(rgb: [u8; 3], cmyk: [u8; 4]) -> Self {
        Self { rgb, cmyk }
    }

    /// Black ink alone, in percent: text and codes stay sharp when the plates shift.
    pub(crate) const fn key(percent: u8) -> Self {
        let grey = 255 - (percent as u16 * 255 / 100) as u8;
        Self { rgb: [grey; 3], cmyk: [0, 0, 0, percent] }
    }

    pub(crate) fn is_key_only(self) -> bool {
        self.cmyk[..3] == [0, 0, 0]
    }
}

/// One step of an outline.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Move(f64, f64),
    Line(f64, f64),
    Curve([f64; 6]),
    Close,
}

/// An outline.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path(pub(crate) Vec<Step>);

/// How far a control point lies from the end of a quarter circle of radius one.
const QUARTER: f64 = 0.552_284_75;

impl Path {
    pub(crate) fn rect(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self::default().and_rect(x, y, width, height)
    }

    pub(crate) fn and_rect(mut self, x: f64, y: f64, width: f64, height: f64) -> Self {
        self.0.extend([
            Step::Move(x, y),
            Step::Line(x + width, y),
            Step::Line(x + width, y + height),
            Step::Line(x, y + height),
            Step::Close,
        ]);
        self
    }

    pub(crate) fn line(x1: f64, y1: f64, x2: f64, y2: f64) -> Self {
        Self::default().and_line(x1, y1, x2, y2)
    }

    pub(crate) fn and_line(mut self, x1: f64, y1: f64, x2: f64, y2: f64) -> Self {
        self.0.extend([Step::Move(x1, y1), Step::Line(x2, y2)]);
        self
    }

    pub(crate) fn rounded(x: f64, y: f64, width: f64, height: f64, radius: f64) -> Self {
        let (r, k) = (radius, radius * (1.0 - QUARTER));
        let (right, bottom) = (x + width, y + height);
        Self(vec![
            Step::Move(x + r, y),
            Step::Line(right - r, y),
            Step::Curve([right - k, y, right, y + k, right, y + r]),
            Step::Line(right, bottom - r),
            Step::Curve([right, bottom - k, right - k, bottom, right - r, bottom]),
            Step::Line(x + r, bottom),
            Step::Curve([x + k, bottom, x, bottom - k, x, bottom - r]),
            Step::Line(x, y + r),
            Step::Curve([x, y + k, x + k, y, x + r, y]),
            Step::Close,
        ])
    }

    /// A stripe of an awning: straight down to `shoulder`, closed by half an ellipse of this depth.
    pub(crate) fn stripe(x: f64, top: f64, width: f64, shoulder: f64, depth: f64) -> Self {
        let (rx, mid, low) = (width / 2.0, x + width / 2.0, shoulder + depth);
        let (kx, ky) = (rx * QUARTER, depth * QUARTER);
        Self(vec![
            Step::Move(x, top),
            Step::Line(x + width, top),
            Step::Line(x + width, shoulder),
            Step::Curve([x + width, shoulder + ky, mid + kx, low, mid, low]),
            Step::Curve([mid - kx, low, x, shoulder + ky, x, shoulder]),
            Step::Close,
        ])
    }
}

/// An affine map: `x' = a·x + c·y + e`, `y' = b·x + d·y + f`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transform(pub(crate) [f64; 6]);

impl Transform {
    pub(crate) fn shift(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// Turns clockwise as seen, then moves the origin to (x, y).
    pub(crate) fn turn(degrees: f64, x: f64, y: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self([cos, sin, -sin, cos, x, y])
    }
}

/// One run of text on a base line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) letters: &'a str,
    /// Where the run begins.
    pub(crate) x: f64,
    /// The base line.
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    /// Extra space after each letter.
    pub(crate) spacing: f64,
    pub(crate) ink: Ink,
}

/// A surface of one page.
pub(crate) trait Canvas {
    /// Keeps the state and maps what follows; undone by [`Canvas::pop`].
    fn push(&mut self, transform: Transform);
    /// Goes back to the state before the last [`Canvas::push`].
    fn pop(&mut self);
    /// Limits what follows, until the next pop, to the inside of an outline (even-odd).
    fn clip(&mut self, path: &Path);
    /// Fills an outline.
    fn fill(&mut self, path: &Path, ink: Ink);
    /// Draws along an outline.
    fn stroke(&mut self, path: &Path, ink: Ink, width: f64);
    /// Sets a run of text.
    fn text(&mut self, text: Text<'_>);
    /// Draws a code's dark modules, the upper left one at (x, y); the ground is the caller's.
    fn code(&mut self, symbol: &Symbol, x: f64, y: f64, module: f64);
    /// Draws a drawing that repeats; the key tells one from another, and `draw` may be called once or each time.
    fn reuse(&mut self, key: &str, area: [f64; 4], draw: &dyn Fn(&mut dyn Canvas));
    /// Begins what is ornament and not text to be read aloud or copied; ended by [`Canvas::end_ornament`].
    fn begin_ornament(&mut self);
    /// Ends an ornament.
    fn end_ornament(&mut self);
}
