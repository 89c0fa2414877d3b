//! One sticker as a document of its own, with bleed and crop marks, as a print shop takes it.

use std::io::Write;

use super::PrintError;
use super::designs::{DesignName, Tools};
use super::fonts::Fonts;
use super::marks;
use super::pdf::{About, Document};
use super::sticker::{Ready, Sticker, joined};
use super::words::{Language, Words};

/// Writes a sticker as a PDF of one page.
pub fn write(
    out: &mut impl Write,
    design: DesignName,
    sticker: &Sticker,
    fonts: &Fonts,
    language: Language,
) -> Result<(), PrintError> {
    let words = Words::of(language);
    let ready = Ready::new(sticker);
    let title = joined(&[&words.code_title, &ready.named_stall(&words), &ready.market]);
    let mut document = Document::begin(out, fonts, About { title: &title, language: language.tag() })?;
    let tools = Tools { fonts, words: &words };
    document.page(marks::piece_boxes(design), |canvas| marks::draw_piece(canvas, design, &tools, &ready))?;
    document.finish()?;
    Ok(())
}
