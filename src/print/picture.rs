//! A design as an SVG that stands alone: the same drawing as the PDF's, cut at the trim, text as outlines.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::PrintError;
use super::canvas::{Canvas, Ink, Path, Step, Text, Transform};
use super::card::title;
use super::design::{Design, Tools};
use super::fonts::{Fonts, Weight};
use super::sticker::{Ready, Sticker, joined};
use super::svg::escape;
use super::symbol::Symbol;
use super::words::{Language, Words};

/// Draws a sticker in millimetres, one unit each. The title says what it is to those who cannot see it.
///
/// Glyphs are outlines, because the one who looks has no Be Vietnam Pro; there is no style attribute and no script.
pub fn svg(design: &Design, sticker: &Sticker, fonts: &Fonts, language: Language) -> Result<String, PrintError> {
    let words = Words::of(language);
    let ready = Ready::new(sticker);
    let title = joined(&[&title(design, &ready, &words), &ready.first.large_name]);
    let tools = Tools { fonts, words: &words, language };
    page(fonts, language, &title, design.size(), |canvas| design.draw(canvas, &tools, &ready))
}

/// A page of this size in millimetres as an SVG.
pub(crate) fn page(
    fonts: &Fonts,
    language: Language,
    title: &str,
    (width, height): (f64, f64),
    draw: impl FnOnce(&mut dyn Canvas) -> Result<(), PrintError>,
) -> Result<String, PrintError> {
    let mut canvas = SvgCanvas::new(fonts);
    draw(&mut canvas)?;
    let SvgCanvas { defs, body, .. } = canvas;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" lang=\"{}\"><title>{}</title><defs>{defs}</defs>{body}</svg>",
        language.tag(),
        escape(title)
    ))
}

/// Collects elements; a clip opens a group of its own, which closes with the push it belongs to.
struct SvgCanvas<'f> {
    fonts: &'f Fonts,
    defs: String,
    body: String,
    clips: u32,
    open: Vec<u32>,
    glyphs: BTreeSet<(usize, u16)>,
    outlines: BTreeMap<String, usize>,
    faces: [Option<ttf_parser::Face<'f>>; 3],
    /// Drawings that repeat, by their keys.
    drawn: Vec<String>,
}

impl<'f> SvgCanvas<'f> {
    fn new(fonts: &'f Fonts) -> Self {
        let faces = Weight::ALL.map(|weight| ttf_parser::Face::parse(&fonts.face(weight).data, 0).ok());
        let (defs, body) = (String::new(), String::with_capacity(32 * 1024));
        Self {
            fonts,
            defs,
            body,
            clips: 0,
            open: Vec::new(),
            glyphs: BTreeSet::new(),
            outlines: BTreeMap::new(),
            faces,
            drawn: Vec::new(),
        }
    }

    fn element(&mut self, text: std::fmt::Arguments<'_>) {
        add(&mut self.body, text);
    }

    /// Makes sure that a glyph's outline is defined; its unit is the font's.
    fn define(&mut self, weight: Weight, id: u16) {
        if !self.glyphs.insert((weight.index(), id)) {
            return;
        }
        let mut outline = Outline(String::new());
        if let Some(face) = &self.faces[weight.index()] {
            face.outline_glyph(ttf_parser::GlyphId(id), &mut outline);
        }
        add(&mut self.defs, format_args!("<path id=\"g{}-{id}\" d=\"{}\"/>", weight.index(), outline.0));
    }
}

impl Canvas for SvgCanvas<'_> {
    fn push(&mut self, Transform(parts): Transform) {
        self.open.push(1);
        let numbers = parts.map(short).join(" ");
        self.element(format_args!("<g transform=\"matrix({numbers})\">"));
    }

    fn pop(&mut self) {
        for _ in 0..self.open.pop().unwrap_or(0) {
            self.body.push_str("</g>");
        }
    }

    fn clip(&mut self, path: &Path) {
        self.clips += 1;
        let id = self.clips;
        let data = data(path);
        add(&mut self.defs, format_args!("<clipPath id=\"c{id}\"><path clip-rule=\"evenodd\" d=\"{data}\"/></clipPath>"));
        self.element(format_args!("<g clip-path=\"url(#c{id})\">"));
        if let Some(groups) = self.open.last_mut() {
            *groups += 1;
        }
    }

    fn fill(&mut self, path: &Path, ink: Ink) {
        self.element(format_args!("<path d=\"{}\" fill=\"{}\"/>", data(path), colour(ink)));
    }

    fn stroke(&mut self, path: &Path, ink: Ink, width: f64) {
        // The fine pattern draws each ring many times; its outline is defined once.
        let (next, data) = (self.outlines.len(), data(path));
        let id = match self.outlines.entry(data) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                add(&mut self.defs, format_args!("<path id=\"p{next}\" d=\"{}\"/>", new.key()));
                *new.insert(next)
            }
        };
        let (colour, width) = (colour(ink), short(width));
        self.element(format_args!("<use href=\"#p{id}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"));
    }

    fn text(&mut self, text: Text<'_>) {
        let face = self.fonts.face(text.weight);
        let units = self.faces[text.weight.index()].as_ref().map_or(1000.0, |face| f64::from(face.units_per_em()));
        let scale = text.size / units;
        self.element(format_args!(
            "<g fill=\"{0}\" transform=\"matrix({3} 0 0 -{3} {1} {2})\">",
            colour(text.ink),
            short(text.x),
            short(text.y),
            finer(scale)
        ));
        let mut at = 0.0;
        for c in text.letters.chars() {
            let glyph = face.glyph(c);
            if !c.is_whitespace() {
                self.define(text.weight, glyph.id);
                self.element(format_args!("<use href=\"#g{}-{}\" x=\"{}\"/>", text.weight.index(), glyph.id, short(at)));
            }
            at += glyph.advance * units / 1000.0 + text.spacing / scale;
        }
        self.body.push_str("</g>");
    }

    fn code(&mut self, symbol: &Symbol, x: f64, y: f64, module: f64) {
        self.element(format_args!(
            "<path shape-rendering=\"crispEdges\" fill=\"#000\" transform=\"matrix({0} 0 0 {0} {1} {2})\" d=\"",
            finer(module),
            short(x),
            short(y)
        ));
        for row in 0..symbol.size() {
            for (start, length) in symbol.runs(row) {
                self.element(format_args!("M{start} {row}h{length}v1h-{length}z"));
            }
        }
        self.body.push_str("\"/>");
    }

    fn reuse(&mut self, key: &str, _area: [f64; 4], draw: &dyn Fn(&mut dyn Canvas)) {
        let index = self.drawn.iter().position(|known| known == key).unwrap_or_else(|| {
            let (body, open) = (std::mem::take(&mut self.body), std::mem::take(&mut self.open));
            draw(self);
            let group = std::mem::replace(&mut self.body, body);
            self.open = open;
            let index = self.drawn.len();
            add(&mut self.defs, format_args!("<g id=\"x{index}\">{group}</g>"));
            self.drawn.push(key.to_owned());
            index
        });
        self.element(format_args!("<use href=\"#x{index}\"/>"));
    }

    fn begin_ornament(&mut self) {
        self.body.push_str("<g aria-hidden=\"true\">");
    }

    fn end_ornament(&mut self) {
        self.body.push_str("</g>");
    }
}

/// Writes a glyph's outline as path data.
struct Outline(String);

impl Outline {
    fn step(&mut self, name: char, numbers: &[f32]) {
        self.0.push(name);
        self.0.push_str(&numbers.iter().map(|number| short(f64::from(*number))).collect::<Vec<_>>().join(" "));
    }
}

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.step('M', &[x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step('L', &[x, y]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.step('Q', &[x1, y1, x, y]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step('C', &[x1, y1, x2, y2, x, y]);
    }

    fn close(&mut self) {
        self.0.push('Z');
    }
}

fn colour(Ink { rgb: [r, g, b], .. }: Ink) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn data(path: &Path) -> String {
    let mut out = String::with_capacity(path.0.len() * 24);
    for step in &path.0 {
        match step {
            Step::Move(x, y) => add(&mut out, format_args!("M{} {}", short(*x), short(*y))),
            Step::Line(x, y) => add(&mut out, format_args!("L{} {}", short(*x), short(*y))),
            Step::Curve(points) => add(&mut out, format_args!("C{}", points.map(short).join(" "))),
            Step::Close => out.push('Z'),
        }
    }
    out
}

/// Appends to a string, which cannot fail.
fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes all that is written to it");
}

/// A number with at most three decimals: a micrometre.
fn short(value: f64) -> String {
    trimmed(format!("{value:.3}"))
}

/// A ratio with at most six decimals.
fn finer(value: f64) -> String {
    trimmed(format!("{value:.6}"))
}

fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    if text == "-0" { "0".to_owned() } else { text }
}
