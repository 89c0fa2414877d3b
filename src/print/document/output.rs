//! A laid-out document as PDF with its letters in subset fonts, and as SVG pages for the screen.

use std::{fmt::Write as _, io::Write};

use super::{
    Cut, OfficialDocument,
    flow::{self, PAGE, Piece},
};
use crate::print::{
    Colour, PrintError,
    canvas::{Canvas, Ink, Path, Text, Transform},
    fonts::Fonts,
    pdf::{About, Document, PageBoxes},
};

/// Half a point.
const RULE: f64 = 0.18;
/// How far a bold slope leans.
const SLOPE: f64 = 0.21;

/// Writes the document as PDF; gives the number of pages. The fonts are the serif's regular, italic and bold.
pub fn write_pdf(out: impl Write, document: &OfficialDocument, fonts: &Fonts) -> Result<usize, PrintError> {
    let about = About { title: &document.file_title, language: "vi", colour: Colour::Rgb };
    let mut pdf = Document::begin(out, fonts, about)?;
    for page in flow::lay(document, fonts) {
        pdf.page(PageBoxes::sheet(PAGE.0, PAGE.1), |canvas| {
            for piece in &page {
                draw(canvas, piece);
            }
            Ok(())
        })?;
    }
    pdf.finish()
}

fn draw(canvas: &mut dyn Canvas, piece: &Piece) {
    let ink = Ink::key(100);
    match piece {
        Piece::Rule { x1, y1, x2, y2 } => canvas.stroke(&Path::line(*x1, *y1, *x2, *y2), ink, RULE),
        Piece::Run { x, y, size, cut, letters, .. } => {
            let text = |x, y| Text { letters, x, y, size: *size, weight: flow::weight(*cut), spacing: 0.0, ink };
            if *cut == Cut::BoldItalic {
                canvas.push(Transform([1.0, 0.0, -SLOPE, 1.0, *x, *y]));
                canvas.text(text(0.0, 0.0));
                canvas.pop();
            } else {
                canvas.text(text(*x, *y));
            }
        }
    }
}

/// One page as SVG.
#[derive(Debug)]
pub struct Page {
    /// The picture, the title of which is read aloud.
    pub svg: String,
}

/// The first pages as SVG, and how many there are in all.
#[must_use]
pub fn pages_as_svg(document: &OfficialDocument, fonts: &Fonts, most: usize) -> (Vec<Page>, usize) {
    let pages = flow::lay(document, fonts);
    let drawn = pages.iter().take(most).map(|page| Page { svg: svg(page) }).collect();
    (drawn, pages.len())
}

fn svg(pieces: &[Piece]) -> String {
    let mut out = format!(
        "<svg viewBox=\"0 0 {} {}\" font-family=\"Times New Roman, Tinos, Liberation Serif, serif\" aria-hidden=\"true\">",
        PAGE.0, PAGE.1
    );
    let mut rules = String::new();
    for piece in pieces {
        match piece {
            Piece::Rule { x1, y1, x2, y2 } => {
                let _infallible = write!(rules, "M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}");
            }
            Piece::Run { x, y, size, cut, letters, width } => {
                let style = match cut {
                    Cut::Plain => "",
                    Cut::Italic => " font-style=\"italic\"",
                    Cut::Bold => " font-weight=\"700\"",
                    Cut::BoldItalic => " font-weight=\"700\" font-style=\"italic\"",
                };
                let letters = letters.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let _infallible = write!(
                    out,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size:.2}\" textLength=\"{width:.1}\"{style}>{letters}</text>"
                );
            }
        }
    }
    let _infallible = write!(out, "<path d=\"{rules}\" stroke=\"#000\" stroke-width=\"{RULE}\" fill=\"none\"/></svg>");
    out
}
