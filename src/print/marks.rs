//! A piece on a page of its own, larger than the piece by the bleed, the crop marks and a line for the printer.

use super::PrintError;
use super::canvas::{Canvas, Ink, Path, Text, Transform};
use super::design::{Design, Tools};
use super::fonts::Weight;
use super::pdf::{Area, PageBoxes};
use super::sticker::Ready;
use super::stock::{MARK_GAP, MARK_LENGTH};

/// What the page adds on every side of the cut beyond the bleed.
const MARGIN: f64 = 8.0;
const HAIR: f64 = 0.1;

fn margin(design: &Design) -> f64 {
    design.bleed() + MARGIN
}

/// The page that holds one piece with its marks.
pub(crate) fn piece_boxes(design: &Design) -> PageBoxes {
    let ((width, height), margin) = (design.size(), margin(design));
    let grown = |by: f64| Area { x: margin - by, y: margin - by, width: width + 2.0 * by, height: height + 2.0 * by };
    PageBoxes { width: width + 2.0 * margin, height: height + 2.0 * margin, trim: grown(0.0), bleed: grown(design.bleed()) }
}

/// Draws a piece with its marks and a ruler onto a page of [`piece_boxes`].
pub(crate) fn draw_piece(
    canvas: &mut dyn Canvas,
    design: &Design,
    tools: &Tools<'_>,
    ready: &Ready<'_>,
) -> Result<(), PrintError> {
    let margin = margin(design);
    draw_bled(canvas, design, tools, ready, (margin, margin))?;
    let boxes = piece_boxes(design);
    let left = margin + 1.0;
    if boxes.width - left >= 52.0 {
        ruler(canvas, tools, (left, boxes.height - 2.4), 1.9, boxes.width - margin);
    }
    Ok(())
}

/// Draws a piece with its bleed and crop marks, its cut's corner at (x, y).
pub(crate) fn draw_bled(
    canvas: &mut dyn Canvas,
    design: &Design,
    tools: &Tools<'_>,
    ready: &Ready<'_>,
    (x, y): (f64, f64),
) -> Result<(), PrintError> {
    let ((width, height), bleed) = (design.size(), design.bleed());
    canvas.push(Transform::shift(x, y));
    let (near, far) = (bleed + MARK_GAP, bleed + MARK_GAP + MARK_LENGTH);
    let mut marks = Path::default();
    for x in [0.0, width] {
        marks = marks.and_line(x, -near, x, -far).and_line(x, height + near, x, height + far);
    }
    for y in [0.0, height] {
        marks = marks.and_line(-near, y, -far, y).and_line(width + near, y, width + far, y);
    }
    canvas.stroke(&marks, Ink::key(100), HAIR);
    canvas.clip(&Path::rect(-bleed, -bleed, width + 2.0 * bleed, height + 2.0 * bleed));
    let drawn = design.draw(canvas, tools, ready);
    canvas.pop();
    drawn
}

/// A ruler of 50 mm and what it is for, on one base line; the words are left out where there is no room.
pub(crate) fn ruler(canvas: &mut dyn Canvas, tools: &Tools<'_>, (left, base): (f64, f64), size: f64, right: f64) {
    let mut ruler = Path::line(left, base, left + 50.0, base);
    for tick in 0..=10_u32 {
        let x = left + 5.0 * f64::from(tick);
        ruler = ruler.and_line(x, base, x, base - if tick % 2 == 0 { 2.0 } else { 1.1 });
    }
    canvas.stroke(&ruler, Ink::key(100), 0.15);
    let words = tools.words;
    let whole = format!("{} {}", words.full_size, words.ruler);
    let weight = Weight::Regular;
    for letters in [whole.as_str(), &words.full_size] {
        if left + 52.0 + tools.fonts.width(letters, weight, size, 0.0) <= right {
            canvas.text(Text { letters, x: left + 52.0, y: base, size, weight, spacing: 0.0, ink: Ink::key(70) });
            return;
        }
    }
    // Too narrow: the words stand above the ruler.
    let letters = words.full_size.as_str();
    canvas.text(Text { letters, x: left, y: base - 2.6, size, weight, spacing: 0.0, ink: Ink::key(70) });
}
