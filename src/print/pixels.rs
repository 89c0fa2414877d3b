//! A design as pixels: the same drawing as the PDF's, with its resolution in the file.
//!
//! Lines and letters are filled by `tiny-skia`. Modules of a code are set on whole pixels, so that its edges are sharp
//! and a file of black and white stays one.

use tiny_skia::{FillRule, Mask, Paint, PathBuilder, Pixmap, Rect, Stroke};

use super::PrintError;
use super::canvas::{Canvas, Ink, Path, Step, Text, Transform};
use super::design::{Design, Tools};
use super::fonts::{Fonts, Weight};
use super::sticker::{Ready, Sticker};
use super::symbol::Symbol;
use super::words::{Language, Words};

/// The most dots an inch: a hanging board of A4 is 35 million pixels then.
const MOST_DPI: u32 = 600;

/// Draws a sticker, cut at the trim, at 36 to 600 dots an inch.
pub fn png(design: &Design, sticker: &Sticker, fonts: &Fonts, language: Language, dpi: u32) -> Result<Vec<u8>, PrintError> {
    let pixmap = draw(design, sticker, fonts, language, dpi)?;
    encode(&pixmap, dpi.clamp(36, MOST_DPI)).map_err(|problem| PrintError::Io(std::io::Error::other(problem)))
}

/// The same as a picture in memory: width, height and one byte of light a pixel.
pub fn grey(design: &Design, sticker: &Sticker, fonts: &Fonts, dpi: u32) -> Result<(u32, u32, Vec<u8>), PrintError> {
    let pixmap = draw(design, sticker, fonts, Language::Vietnamese, dpi)?;
    let light = pixmap.pixels().iter().map(|p| luma(p.red(), p.green(), p.blue())).collect();
    Ok((pixmap.width(), pixmap.height(), light))
}

fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114;
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

fn draw(design: &Design, sticker: &Sticker, fonts: &Fonts, language: Language, dpi: u32) -> Result<Pixmap, PrintError> {
    let dots = f64::from(dpi.clamp(36, MOST_DPI)) / 25.4;
    let (width, height) = design.size();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a metre at 600 dpi is 23,622 dots")]
    let side = |mm: f64| (mm * dots).round() as u32;
    let mut pixmap = Pixmap::new(side(width), side(height)).ok_or(PrintError::DoesNotFit { width, height })?;
    pixmap.fill(tiny_skia::Color::WHITE);
    let words = Words::of(language);
    let mut canvas = PixelCanvas {
        fonts,
        faces: Weight::ALL.map(|weight| ttf_parser::Face::parse(&fonts.face(weight).data, 0).ok()),
        maps: vec![tiny_skia::Transform::from_scale(narrow(dots), narrow(dots))],
        masks: vec![None],
        pixmap,
    };
    design.draw(&mut canvas, &Tools { fonts, words: &words, language }, &Ready::new(sticker))?;
    Ok(canvas.pixmap)
}

/// Grey where there is no colour, one bit a pixel where there is black and white alone.
fn encode(pixmap: &Pixmap, dpi: u32) -> Result<Vec<u8>, png::EncodingError> {
    let pixels = pixmap.pixels();
    let is_grey = pixels.iter().all(|p| p.red() == p.green() && p.green() == p.blue());
    let is_two = is_grey && pixels.iter().all(|p| p.red() == 0 || p.red() == 255);
    let (width, height) = (pixmap.width(), pixmap.height());
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    let (colour, depth) = match (is_grey, is_two) {
        (_, true) => (png::ColorType::Grayscale, png::BitDepth::One),
        (true, false) => (png::ColorType::Grayscale, png::BitDepth::Eight),
        _ => (png::ColorType::Rgb, png::BitDepth::Eight),
    };
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let dots_a_metre = (f64::from(dpi) / 0.0254).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "600 dpi are 23,622 dots a metre")]
    let dots_a_metre = dots_a_metre as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: dots_a_metre, yppu: dots_a_metre, unit: png::Unit::Meter }));
    let bytes: Vec<u8> = match (is_grey, is_two) {
        (_, true) => pixels
            .chunks(width as usize)
            .flat_map(|row| {
                row.chunks(8).map(|eight| eight.iter().enumerate().fold(0, |byte, (i, p)| byte | (p.red() & 0x80) >> i))
            })
            .collect(),
        (true, false) => pixels.iter().map(|p| p.red()).collect(),
        _ => pixels.iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect(),
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bytes)?;
    writer.finish()?;
    Ok(out)
}

/// Millimetres and dots need no more than seven digits.
#[expect(clippy::cast_possible_truncation, reason = "that is what this is for")]
fn narrow(value: f64) -> f32 {
    value as f32
}

struct PixelCanvas<'f> {
    fonts: &'f Fonts,
    faces: [Option<ttf_parser::Face<'f>>; 3],
    maps: Vec<tiny_skia::Transform>,
    masks: Vec<Option<Mask>>,
    pixmap: Pixmap,
}

impl PixelCanvas<'_> {
    fn map(&self) -> tiny_skia::Transform {
        self.maps.last().copied().unwrap_or_default()
    }

    fn fill_path(&mut self, path: &tiny_skia::Path, ink: Ink, map: tiny_skia::Transform) {
        let mask = self.masks.last().and_then(Option::as_ref);
        self.pixmap.fill_path(path, &paint(ink, true), FillRule::Winding, map, mask);
    }
}

fn paint(Ink { rgb: [red, green, blue], .. }: Ink, is_smooth: bool) -> Paint<'static> {
    let mut paint = Paint { anti_alias: is_smooth, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, 255);
    paint
}

fn outline(path: &Path) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for step in &path.0 {
        match *step {
            Step::Move(x, y) => builder.move_to(narrow(x), narrow(y)),
            Step::Line(x, y) => builder.line_to(narrow(x), narrow(y)),
            Step::Curve(points) => {
                let [x1, y1, x2, y2, x, y] = points.map(narrow);
                builder.cubic_to(x1, y1, x2, y2, x, y);
            }
            Step::Close => builder.close(),
        }
    }
    builder.finish()
}

impl Canvas for PixelCanvas<'_> {
    fn push(&mut self, Transform(parts): Transform) {
        let [sx, ky, kx, sy, dx, dy] = parts.map(narrow);
        let map = self.map().pre_concat(tiny_skia::Transform::from_row(sx, ky, kx, sy, dx, dy));
        self.maps.push(map);
        let mask = self.masks.last().cloned().flatten();
        self.masks.push(mask);
    }

    fn pop(&mut self) {
        self.maps.pop();
        self.masks.pop();
    }

    fn clip(&mut self, path: &Path) {
        let (map, Some(path)) = (self.map(), outline(path)) else { return };
        let fresh = Mask::new(self.pixmap.width(), self.pixmap.height());
        if let Some(slot) = self.masks.last_mut() {
            match slot {
                Some(mask) => mask.intersect_path(&path, FillRule::EvenOdd, true, map),
                None => {
                    *slot = fresh.map(|mut mask| {
                        mask.fill_path(&path, FillRule::EvenOdd, true, map);
                        mask
                    });
                }
            }
        }
    }

    fn fill(&mut self, path: &Path, ink: Ink) {
        if let Some(path) = outline(path) {
            self.fill_path(&path, ink, self.map());
        }
    }

    fn stroke(&mut self, path: &Path, ink: Ink, width: f64) {
        let Some(path) = outline(path) else { return };
        let (map, stroke) = (self.map(), Stroke { width: narrow(width), ..Stroke::default() });
        let mask = self.masks.last().and_then(Option::as_ref);
        self.pixmap.stroke_path(&path, &paint(ink, true), &stroke, map, mask);
    }

    fn text(&mut self, text: Text<'_>) {
        let fonts = self.fonts;
        let face = fonts.face(text.weight);
        let mut at = text.x;
        for c in text.letters.chars() {
            let glyph = face.glyph(c);
            let mut builder = Outline(PathBuilder::new());
            let units = self.faces[text.weight.index()].as_ref().and_then(|face| {
                face.outline_glyph(ttf_parser::GlyphId(glyph.id), &mut builder)?;
                Some(f64::from(face.units_per_em()))
            });
            if let (Some(units), Some(path)) = (units, builder.0.finish()) {
                let scale = narrow(text.size / units);
                let map = tiny_skia::Transform::from_row(scale, 0.0, 0.0, -scale, narrow(at), narrow(text.y));
                self.fill_path(&path, text.ink, self.map().pre_concat(map));
            }
            at += glyph.advance * text.size / 1000.0 + text.spacing;
        }
    }

    fn code(&mut self, symbol: &Symbol, x: f64, y: f64, module: f64) {
        let map = self.map();
        let ink = paint(Ink::key(100), false);
        // Each edge on the nearest pixel: neighbours share it, and no seam of grey lies between two modules.
        let cell = |n: usize| u32::try_from(n).map_or(0.0, f64::from) * module;
        for row in 0..symbol.size() {
            for (start, length) in symbol.runs(row) {
                let mut corners = [
                    tiny_skia::Point::from_xy(narrow(x + cell(start)), narrow(y + cell(row))),
                    tiny_skia::Point::from_xy(narrow(x + cell(start + length)), narrow(y + cell(row + 1))),
                ];
                map.map_points(&mut corners);
                let [a, b] = corners;
                let (left, right) = (a.x.min(b.x).round(), a.x.max(b.x).round());
                let (top, bottom) = (a.y.min(b.y).round(), a.y.max(b.y).round());
                if let Some(area) = Rect::from_ltrb(left, top, right, bottom) {
                    self.pixmap.fill_rect(area, &ink, tiny_skia::Transform::identity(), None);
                }
            }
        }
    }

    fn reuse(&mut self, _key: &str, _area: [f64; 4], draw: &dyn Fn(&mut dyn Canvas)) {
        draw(self);
    }

    fn begin_ornament(&mut self) {}

    fn end_ornament(&mut self) {}
}

/// A glyph's outline for `tiny-skia`.
struct Outline(PathBuilder);

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
