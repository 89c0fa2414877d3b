//! A piece on a page of its own: the page is larger than the piece by the bleed and the crop marks.

use super::PrintError;
use super::canvas::{Canvas, Ink, Path, Transform};
use super::designs::{BLEED, DesignName, Tools};
use super::pdf::{Area, PageBoxes};
use super::sticker::Ready;

/// What the page adds on every side of the cut.
const MARGIN: f64 = 10.0;
/// Where a crop mark begins, beyond the bleed, and how long it is.
const GAP: f64 = BLEED + 0.8;
const LENGTH: f64 = 5.0;
const HAIR: f64 = 0.1;

/// The page that holds one piece with its marks.
pub(crate) fn piece_boxes(design: DesignName) -> PageBoxes {
    let (width, height) = design.size();
    let grown = |by: f64| Area { x: MARGIN - by, y: MARGIN - by, width: width + 2.0 * by, height: height + 2.0 * by };
    PageBoxes { width: width + 2.0 * MARGIN, height: height + 2.0 * MARGIN, trim: grown(0.0), bleed: grown(BLEED) }
}

/// Draws a piece with its marks onto a page of [`piece_boxes`].
pub(crate) fn draw_piece(
    canvas: &mut dyn Canvas,
    design: DesignName,
    tools: &Tools<'_>,
    ready: &Ready<'_>,
) -> Result<(), PrintError> {
    draw_bled(canvas, design, tools, ready, MARGIN, MARGIN)
}

/// Draws a piece with its bleed and crop marks, its cut's corner at (x, y).
pub(crate) fn draw_bled(
    canvas: &mut dyn Canvas,
    design: DesignName,
    tools: &Tools<'_>,
    ready: &Ready<'_>,
    x: f64,
    y: f64,
) -> Result<(), PrintError> {
    let (width, height) = design.size();
    canvas.push(Transform::shift(x, y));
    crop_marks(canvas, width, height);
    canvas.clip(&Path::rect(-BLEED, -BLEED, width + 2.0 * BLEED, height + 2.0 * BLEED));
    let drawn = design.draw(canvas, tools, ready);
    canvas.pop();
    drawn
}

fn crop_marks(canvas: &mut dyn Canvas, width: f64, height: f64) {
    let mut marks = Path::default();
    for x in [0.0, width] {
        marks = marks.and_line(x, -GAP, x, -GAP - LENGTH).and_line(x, height + GAP, x, height + GAP + LENGTH);
    }
    for y in [0.0, height] {
        marks = marks.and_line(-GAP, y, -GAP - LENGTH, y).and_line(width + GAP, y, width + GAP + LENGTH, y);
    }
    canvas.stroke(&marks, Ink::Key(100), HAIR);
}
