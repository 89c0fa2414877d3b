//! One sticker as a document of its own, with bleed and crop marks, as a print shop takes it.

use std::io::Write;

use super::PrintError;
use super::design::{Design, Tools};
use super::fonts::Fonts;
use super::marks;
use super::pdf::{About, Colour, Document};
use super::sticker::{Ready, Sticker, joined};
use super::words::{Language, Words};

/// Writes a sticker as a PDF of one page.
pub fn write(
    out: &mut impl Write,
    design: &Design,
    sticker: &Sticker,
    fonts: &Fonts,
    language: Language,
    colour: Colour,
) -> Result<(), PrintError> {
    let words = Words::of(language);
    let ready = Ready::new(sticker);
    let title = title(design, &ready, &words);
    let tools = Tools { fonts, words: &words, language };
    let mut document = Document::begin(out, fonts, About { title: &title, language: language.tag(), colour })?;
    document.page(marks::piece_boxes(design), |canvas| marks::draw_piece(canvas, design, &tools, &ready))?;
    document.finish()?;
    Ok(())
}

/// What a piece is called by those who do not see it.
pub(crate) fn title(design: &Design, ready: &Ready<'_>, words: &Words) -> String {
    let kind = if design.is_owners_card() { &words.owner_title } else { &words.code_title };
    joined(&[kind, &ready.named_stall(words), &ready.market])
}
