//! Draws a design: the ground once for a whole document, then what belongs to one sticker.

use super::lay::{Laid, Rect};
use super::part::{CodeOf, CodePart, Microtext, Part, Shape, TextPart};
use super::{Design, Tools, lacking, rosette};
use crate::print::PrintError;
use crate::print::canvas::{Canvas, Ink, Path, Text, Transform};
use crate::print::fonts::{Fonts, Weight};
use crate::print::sticker::{Placed, Ready};

/// A text as it came to lie, for those who check that nothing overflows.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The part's name, or the line it is written on.
    pub name: String,
    /// The largest distance by which ink reaches beyond the box, in millimetres; none when it is negative.
    pub beyond: f64,
    /// Whether something had to be left out.
    pub is_shortened: bool,
    /// The type size in millimetres.
    pub size: f64,
}

impl Design {
    /// Draws one sticker with its bleed, the origin at the cut's top left corner.
    pub(crate) fn draw(&self, canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> Result<(), PrintError> {
        self.judge(ready)?;
        canvas.reuse(&self.name, self.bled(), &|canvas| self.on_faces(canvas, |canvas| self.draw_ground(canvas)));
        let codes = self.codes_of(ready)?;
        let mut texts: Vec<(&TextPart, Laid)> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            if let Part::Text(part) = part
                && let Some(laid) = part.lay(tools, ready)
            {
                texts.push((part, laid));
            }
        }
        self.on_faces(canvas, |canvas| {
            for (part, placed) in &codes {
                part.draw(canvas, placed);
            }
            for (part, laid) in &texts {
                part.place.draw(canvas, tools.fonts, laid);
            }
            for (part, _) in &codes {
                if let Some(microtext) = &part.microtext {
                    part.draw_microtext(canvas, tools, ready, microtext);
                }
            }
        });
        Ok(())
    }

    /// How each text of a sticker lies in its box, judged by the outlines of its letters.
    #[must_use]
    pub fn measure(&self, fonts: &Fonts, sticker: &super::super::Sticker, language: super::Language) -> Vec<Measured> {
        let words = super::Words::of(language);
        let (tools, ready) = (Tools { fonts, words: &words, language }, Ready::new(sticker));
        let texts = self.parts.iter().filter_map(|part| if let Part::Text(part) = part { Some(part) } else { None });
        texts
            .filter_map(|part| {
                let laid = part.lay(&tools, &ready)?;
                let mut probe = Probe { fonts, area: part.place.area, maps: Vec::new(), beyond: f64::NEG_INFINITY };
                part.place.draw(&mut probe, fonts, &laid);
                let name = if part.name.is_empty() { format!("line {}", part.line.1) } else { part.name.clone() };
                Some(Measured { name, beyond: probe.beyond, is_shortened: laid.is_shortened, size: laid.size })
            })
            .collect()
    }

    /// The codes that a sticker will carry, each with its text and the square (x, y, side) that it and its quiet zone fill,
    /// in millimetres from the cut's top left corner.
    #[must_use]
    pub fn codes_on(&self, sticker: &super::super::Sticker) -> Vec<(String, [f64; 3])> {
        let ready = Ready::new(sticker);
        let mut codes = Vec::new();
        for ([x, y], turn) in &self.faces {
            for part in &self.parts {
                let Part::Code(part) = part else { continue };
                let Some(text) = part.of.text(&ready) else { continue };
                let (width, height) = self.face;
                let square = part.square();
                let (left, top) = match turn {
                    90 => (height - square.y - square.height, square.x),
                    180 => (width - square.x - square.width, height - square.y - square.height),
                    270 => (square.y, width - square.x - square.width),
                    _ => (square.x, square.y),
                };
                codes.push((text.to_owned(), [x + left, y + top, square.width]));
            }
        }
        codes
    }

    fn judge(&self, ready: &Ready<'_>) -> Result<(), PrintError> {
        if self.is_for_two_accounts() && ready.second.is_none() {
            return Err(lacking("a second account"));
        }
        if self.is_owners_card() && ready.link.is_none() {
            return Err(lacking("the vendor's own link"));
        }
        Ok(())
    }

    fn codes_of(&self, ready: &Ready<'_>) -> Result<Vec<(&CodePart, Placed)>, PrintError> {
        let mut codes = Vec::with_capacity(2);
        for part in &self.parts {
            let Part::Code(part) = part else { continue };
            let side = part.square().width;
            let Some(text) = part.of.text(ready) else { continue };
            let placed = match part.level {
                Some(level) => Placed::chosen(text, level, side)?,
                None if part.of.is_payment() => Placed::payment(text, side)?,
                None => Placed::link(text, side)?,
            };
            codes.push((part, placed));
        }
        Ok(codes)
    }

    fn on_faces(&self, canvas: &mut dyn Canvas, mut draw: impl FnMut(&mut dyn Canvas)) {
        let (width, height) = self.face;
        for ([x, y], turn) in &self.faces {
            let (dx, dy) = match turn {
                90 => (height, 0.0),
                180 => (width, height),
                270 => (0.0, width),
                _ => {
                    if *x == 0.0 && *y == 0.0 {
                        draw(canvas);
                    } else {
                        canvas.push(Transform::shift(*x, *y));
                        draw(canvas);
                        canvas.pop();
                    }
                    continue;
                }
            };
            canvas.push(Transform::turn(f64::from(*turn), x + dx, y + dy));
            draw(canvas);
            canvas.pop();
        }
    }

    fn draw_ground(&self, canvas: &mut dyn Canvas) {
        for shape in &self.ground {
            match shape {
                Shape::Area { area, radius, ink } => canvas.fill(&round(*area, *radius), *ink),
                Shape::Line { from: [x1, y1], to: [x2, y2], ink, width } => {
                    canvas.stroke(&Path::line(*x1, *y1, *x2, *y2), *ink, *width);
                }
                Shape::Awning { area, stripes, inks, depth } => awning(canvas, *area, *stripes, *inks, *depth),
                Shape::Mark { area } => mark(canvas, *area),
                Shape::Frame(code) => code.draw_ground(canvas),
            }
        }
    }
}

impl CodeOf {
    fn text<'a>(self, ready: &Ready<'a>) -> Option<&'a str> {
        match self {
            Self::Payment => Some(ready.first.payload),
            Self::Second => ready.second.as_ref().map(|second| second.payload),
            Self::Check => ready.check_url,
            Self::Link => ready.link,
        }
    }
}

impl TextPart {
    fn lay(&self, tools: &Tools<'_>, ready: &Ready<'_>) -> Option<Laid> {
        if self.when.is_some_and(|field| field.of(ready).is_empty())
            || self.unless.is_some_and(|field| !field.of(ready).is_empty())
        {
            return None;
        }
        let runs = self.text.fill(ready, tools.language);
        (!runs.is_empty()).then(|| self.place.lay(tools.fonts, &runs))
    }
}

impl CodePart {
    fn draw(&self, canvas: &mut dyn Canvas, placed: &Placed) {
        if !self.has_fixed_ground() {
            self.draw_ground(canvas);
        }
        let square = self.square();
        canvas.code(&placed.symbol, square.x + placed.quiet(), square.y + placed.quiet(), placed.module);
    }

    fn draw_ground(&self, canvas: &mut dyn Canvas) {
        let (square, outline) = (self.square(), round(self.area, self.radius));
        if let Some(ground) = self.ground {
            // Where nothing is between frame and square, the ground is a little larger, so that its round corners leave the
            // quiet zone's corners clear.
            let beyond = (self.radius * (1.0 - std::f64::consts::FRAC_1_SQRT_2) - self.margin).max(0.0);
            if beyond > 0.0 {
                canvas.fill(&round(self.area.inset(-beyond), self.radius), ground);
            } else {
                canvas.fill(&outline, ground);
            }
        }
        if let Some([around, inside]) = self.pattern {
            let centre = (self.area.x + self.area.width / 2.0, self.area.y + self.area.height / 2.0);
            canvas.push(Transform::shift(0.0, 0.0));
            canvas.clip(&Path::rect(square.x, square.y, square.width, square.height));
            rosette::draw(canvas, centre, self.area.width, inside, 0.18);
            canvas.pop();
            canvas.push(Transform::shift(0.0, 0.0));
            canvas.clip(&outline.clone().and_rect(square.x, square.y, square.width, square.height));
            rosette::draw(canvas, centre, self.area.width, around, 0.14);
            canvas.pop();
        }
        if let Some(frame) = self.frame {
            canvas.stroke(&outline, frame, 0.5);
        }
        if let (Some(microtext), Some(ground)) = (&self.microtext, self.ground) {
            // From above the letters' marks to the square's edge, so that no strip of the darker pattern stays between.
            let band = microtext.size * 1.29;
            for turn in 0..4 {
                self.along_side(canvas, turn, microtext.size, |canvas| {
                    canvas.fill(&Path::rect(0.0, -microtext.size * 0.95, square.width, band), ground);
                });
            }
        }
    }

    /// Draws with the x axis on the base line of the microtext of one side, reading clockwise.
    fn along_side(&self, canvas: &mut dyn Canvas, turn: u32, size: f64, draw: impl FnOnce(&mut dyn Canvas)) {
        let half = self.square().width / 2.0;
        let (cx, cy) = (self.area.x + self.area.width / 2.0, self.area.y + self.area.height / 2.0);
        canvas.push(Transform::turn(f64::from(turn) * 90.0, cx, cy));
        canvas.push(Transform::shift(-half, -half - size * 0.34));
        draw(canvas);
        canvas.pop();
        canvas.pop();
    }

    /// The microtext on all four sides, stretched to fill each exactly.
    fn draw_microtext(&self, canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>, microtext: &Microtext) {
        let runs = microtext.text.fill(ready, tools.language);
        let unit: String = runs.iter().map(|(_, text)| text.replace('\u{a0}', " ")).collect::<String>().to_uppercase();
        let (weight, fonts, side) = (Weight::Regular, tools.fonts, self.square().width);
        let mut size = microtext.size;
        let once = fonts.width(&format!("{unit} · "), weight, size, 0.0);
        if unit.is_empty() || once <= 0.0 {
            return;
        }
        let times = (side / once).floor().clamp(1.0, 40.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just clamped")]
        let line = vec![unit.as_str(); times as usize].join(" · ");
        let natural = fonts.width(&line, weight, size, 0.0);
        if natural > side {
            size *= side / natural;
        }
        let gaps = u32::try_from(line.chars().count()).map_or(1.0, f64::from) - 1.0;
        let spacing = ((side - fonts.width(&line, weight, size, 0.0)) / gaps.max(1.0)).clamp(0.0, size * 0.5);
        canvas.begin_ornament();
        for turn in 0..4 {
            self.along_side(canvas, turn, microtext.size, |canvas| {
                canvas.text(Text { letters: &line, x: 0.0, y: 0.0, size, weight, spacing, ink: microtext.ink });
            });
        }
        canvas.end_ornament();
    }
}

fn round(area: Rect, radius: f64) -> Path {
    let Rect { x, y, width, height } = area;
    if radius > 0.0 {
        Path::rounded(x, y, width, height, radius.min(width / 2.0).min(height / 2.0))
    } else {
        Path::rect(x, y, width, height)
    }
}

/// Stripes of an awning, one ink and the other in turn, each closed by half an ellipse.
fn awning(canvas: &mut dyn Canvas, area: Rect, stripes: u32, inks: [Ink; 2], depth: f64) {
    let width = area.width / f64::from(stripes);
    for index in 0..stripes {
        let x = area.x + width * f64::from(index);
        let shoulder = area.y + area.height - depth;
        canvas.fill(&Path::stripe(x, area.y, width, shoulder, depth), inks[usize::from(index % 2 == 1)]);
    }
}

/// Our mark, a finder pattern's eye under an awning, drawn on forty units.
fn mark(canvas: &mut dyn Canvas, area: Rect) {
    let leaf = Ink::new([0x0B, 0x6B, 0x4F], [88, 32, 74, 24]);
    let turmeric = Ink::new([0xF4, 0xC0, 0x4E], [2, 25, 80, 0]);
    let unit = area.width.min(area.height) / 40.0;
    canvas.push(Transform([unit, 0.0, 0.0, unit, area.x, area.y]));
    canvas.fill(&Path::rect(2.0, 2.0, 36.0, 4.0), leaf);
    for index in 0..9 {
        let x = 2.0 + 4.0 * f64::from(index);
        canvas.fill(&Path::stripe(x, 6.0, 4.0, 12.0, 2.0), if index % 2 == 0 { leaf } else { turmeric });
    }
    for (x, y, width, height) in
        [(6.0, 14.0, 4.0, 24.0), (30.0, 14.0, 4.0, 24.0), (10.0, 34.0, 20.0, 4.0), (14.0, 18.0, 12.0, 12.0)]
    {
        canvas.fill(&Path::rect(x, y, width, height), leaf);
    }
    canvas.pop();
}

/// Draws nothing and notes how far letters reach beyond a box.
struct Probe<'a> {
    fonts: &'a Fonts,
    area: Rect,
    maps: Vec<Transform>,
    beyond: f64,
}

impl Canvas for Probe<'_> {
    fn push(&mut self, transform: Transform) {
        self.maps.push(transform);
    }

    fn pop(&mut self) {
        self.maps.pop();
    }

    fn clip(&mut self, _path: &Path) {}

    fn fill(&mut self, _path: &Path, _ink: Ink) {}

    fn stroke(&mut self, _path: &Path, _ink: Ink, _width: f64) {}

    fn text(&mut self, text: Text<'_>) {
        let mut at = text.x;
        for c in text.letters.chars() {
            if let Some([left, low, right, high]) = self.fonts.bounds(c, text.weight) {
                for (x, y) in [(left, low), (left, high), (right, low), (right, high)] {
                    let mut point = (at + x * text.size, text.y - y * text.size);
                    for Transform([a, b, c, d, e, f]) in self.maps.iter().rev() {
                        point = (a * point.0 + c * point.1 + e, b * point.0 + d * point.1 + f);
                    }
                    let Rect { x, y, width, height } = self.area;
                    for beyond in [x - point.0, y - point.1, point.0 - x - width, point.1 - y - height] {
                        self.beyond = self.beyond.max(beyond);
                    }
                }
            }
            at += self.fonts.width(c.encode_utf8(&mut [0; 4]), text.weight, text.size, 0.0) + text.spacing;
        }
    }

    fn code(&mut self, _symbol: &crate::print::Symbol, _x: f64, _y: f64, _module: f64) {}

    fn reuse(&mut self, _key: &str, _area: [f64; 4], _draw: &dyn Fn(&mut dyn Canvas)) {}

    fn begin_ornament(&mut self) {}

    fn end_ornament(&mut self) {}
}
