//! A page's or form's content: the drawing operators of PDF behind [`Canvas`].

use std::collections::BTreeMap;
use std::io::Write as _;

use subsetter::GlyphRemapper;

use super::{Colour, POINTS};
use crate::print::canvas::{Canvas, Ink, Path, Step, Text, Transform};
use crate::print::fonts::Fonts;
use crate::print::symbol::Symbol;

/// The glyphs of one cut that a document has used so far.
pub(super) struct Used {
    pub(super) remapper: GlyphRemapper,
    /// New glyph number → (character, advance).
    pub(super) glyphs: BTreeMap<u16, (char, f64)>,
}

/// A drawing that repeats, met for the first time and not sent yet.
pub(super) struct NewForm {
    pub(super) area: [f64; 4],
    pub(super) content: Vec<u8>,
}

/// What the pages of a document share.
pub(super) struct Shared<'f> {
    pub(super) fonts: &'f Fonts,
    pub(super) used: [Used; 3],
    colour: Colour,
    keys: Vec<String>,
    pub(super) new_forms: Vec<NewForm>,
}

impl<'f> Shared<'f> {
    pub(super) fn new(fonts: &'f Fonts, colour: Colour) -> Self {
        let used = || Used { remapper: GlyphRemapper::new(), glyphs: BTreeMap::new() };
        Self { fonts, colour, used: [used(), used(), used()], keys: Vec::new(), new_forms: Vec::new() }
    }
}

/// The part of the graphics state that is worth remembering instead of writing again.
#[derive(Clone, Copy, Default)]
struct State {
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: Option<f64>,
    spacing: f64,
}

/// Writes operators for one page or form; its unit is the millimetre, y points down.
pub(super) struct PdfCanvas<'a, 'f> {
    out: Vec<u8>,
    shared: &'a mut Shared<'f>,
    state: State,
    stack: Vec<State>,
}

impl<'a, 'f> PdfCanvas<'a, 'f> {
    /// A page of this height in millimetres.
    pub(super) fn page(shared: &'a mut Shared<'f>, height: f64) -> Self {
        let mut canvas = Self::form(shared);
        canvas.matrix(Transform([POINTS, 0.0, 0.0, -POINTS, 0.0, height * POINTS]));
        canvas
    }

    fn form(shared: &'a mut Shared<'f>) -> Self {
        Self { out: Vec::with_capacity(16 * 1024), shared, state: State::default(), stack: Vec::new() }
    }

    pub(super) fn into_content(self) -> Vec<u8> {
        self.out
    }

    fn matrix(&mut self, Transform(parts): Transform) {
        // The last two are a distance, the others a ratio.
        for (part, decimals) in parts.into_iter().zip([6, 6, 6, 6, 4, 4]) {
            number(&mut self.out, part, decimals);
        }
        self.op("cm");
    }

    fn op(&mut self, name: &str) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'\n');
    }

    fn ink(&mut self, ink: Ink, key: &str, rgb: &str) {
        if ink.is_key_only() || self.shared.colour == Colour::Cmyk {
            for part in ink.cmyk {
                number(&mut self.out, f64::from(part) / 100.0, 2);
            }
            self.op(key);
        } else {
            for part in ink.rgb {
                number(&mut self.out, f64::from(part) / 255.0, 4);
            }
            self.op(rgb);
        }
    }

    fn fill_ink(&mut self, ink: Ink) {
        if self.state.fill != Some(ink) {
            self.state.fill = Some(ink);
            self.ink(ink, "k", "rg");
        }
    }

    fn path(&mut self, path: &Path) {
        for step in &path.0 {
            match *step {
                Step::Move(x, y) => self.step(&[x, y], "m"),
                Step::Line(x, y) => self.step(&[x, y], "l"),
                Step::Curve(points) => self.step(&points, "c"),
                Step::Close => self.op("h"),
            }
        }
    }

    fn step(&mut self, numbers: &[f64], name: &str) {
        for &value in numbers {
            number(&mut self.out, value, 3);
        }
        self.op(name);
    }
}

impl Canvas for PdfCanvas<'_, '_> {
    fn push(&mut self, transform: Transform) {
        self.stack.push(self.state);
        self.op("q");
        self.matrix(transform);
    }

    fn pop(&mut self) {
        self.state = self.stack.pop().expect("every pop follows a push");
        self.op("Q");
    }

    fn clip(&mut self, path: &Path) {
        self.path(path);
        self.op("W* n");
    }

    fn fill(&mut self, path: &Path, ink: Ink) {
        self.fill_ink(ink);
        self.path(path);
        self.op("f");
    }

    fn stroke(&mut self, path: &Path, ink: Ink, width: f64) {
        if self.state.stroke != Some(ink) {
            self.state.stroke = Some(ink);
            self.ink(ink, "K", "RG");
        }
        if self.state.width != Some(width) {
            self.state.width = Some(width);
            self.step(&[width], "w");
        }
        self.path(path);
        self.op("S");
    }

    fn text(&mut self, text: Text<'_>) {
        if text.letters.is_empty() {
            return;
        }
        self.fill_ink(text.ink);
        put(&mut self.out, format_args!("BT /F{} ", text.weight.index()));
        number(&mut self.out, text.size, 3);
        self.out.extend_from_slice(b"Tf ");
        if (self.state.spacing - text.spacing).abs() > 1e-6 {
            self.state.spacing = text.spacing;
            number(&mut self.out, text.spacing, 4);
            self.out.extend_from_slice(b"Tc ");
        }
        self.out.extend_from_slice(b"1 0 0 -1 ");
        number(&mut self.out, text.x, 3);
        number(&mut self.out, text.y, 3);
        self.out.extend_from_slice(b"Tm <");
        let face = self.shared.fonts.face(text.weight);
        let used = &mut self.shared.used[text.weight.index()];
        for c in text.letters.chars() {
            let glyph = face.glyph(c);
            let id = used.remapper.remap(glyph.id);
            // One glyph serves both spaces; text that is copied out has the plain one.
            let c = if c == '\u{a0}' { ' ' } else { c };
            used.glyphs.entry(id).or_insert((c, glyph.advance));
            put(&mut self.out, format_args!("{id:04x}"));
        }
        self.op("> Tj ET");
    }

    fn code(&mut self, symbol: &Symbol, x: f64, y: f64, module: f64) {
        // Whole numbers under one matrix, one fill: small, and no hairlines between modules where a
        // renderer would round each edge by itself.
        self.push(Transform([module, 0.0, 0.0, module, x, y]));
        self.fill_ink(Ink::key(100));
        for row in 0..symbol.size() {
            for (start, length) in symbol.runs(row) {
                put(&mut self.out, format_args!("{start} {row} {length} 1 re\n"));
            }
        }
        self.op("f");
        self.pop();
    }

    fn reuse(&mut self, key: &str, area: [f64; 4], draw: &dyn Fn(&mut dyn Canvas)) {
        let index = if let Some(index) = self.shared.keys.iter().position(|known| known == key) {
            index
        } else {
            let index = self.shared.keys.len();
            self.shared.keys.push(key.to_owned());
            let mut form = PdfCanvas::form(self.shared);
            draw(&mut form);
            let content = form.into_content();
            self.shared.new_forms.push(NewForm { area, content });
            index
        };
        put(&mut self.out, format_args!("/X{index} Do\n"));
    }

    fn begin_ornament(&mut self) {
        // Replaced by nothing, the microtext does not get between the lines of text that is copied or read aloud.
        self.op("/Span<</ActualText()>>BDC");
    }

    fn end_ornament(&mut self) {
        self.op("EMC");
    }
}

/// Appends to a vector, which cannot fail.
pub(super) fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a Vec takes all that is written to it");
}

/// Appends a number with at most this many decimals and a space; PDF knows no exponents.
pub(super) fn number(out: &mut Vec<u8>, value: f64, decimals: u32) {
    let scale = 10_i64.pow(decimals);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a page is a few metres at most")]
    let scaled = (value * scale as f64).round() as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    let (whole, mut rest) = (scaled.abs() / scale, scaled.abs() % scale);
    if rest == 0 || whole != 0 {
        put(out, format_args!("{whole}"));
    }
    if rest != 0 {
        let mut width = decimals as usize;
        while rest % 10 == 0 {
            rest /= 10;
            width -= 1;
        }
        put(out, format_args!(".{rest:0width$}"));
    }
    out.push(b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_in_exponents() {
        let written = |value, decimals| {
            let mut out = Vec::new();
            number(&mut out, value, decimals);
            String::from_utf8(out).unwrap()
        };

        assert_eq!(written(0.0, 3), "0 ");
        assert_eq!(written(-0.0004, 3), "0 ");
        assert_eq!(written(-0.05, 3), "-.05 ");
        assert_eq!(written(12.3456, 3), "12.346 ");
        assert_eq!(written(1e-9, 6), "0 ");
        assert_eq!(written(-105.0, 3), "-105 ");
    }
}
