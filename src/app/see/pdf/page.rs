//! Carries out what a page's content says, as far as it leaves dark and light.
//!
//! Text is not drawn, since a code is none; areas, strokes, pictures and forms are. A clip counts as the box around it.

use image::GrayImage;

use super::budget::Budget;
use super::colour::Space;
use super::file::File;
use super::filters;
use super::image as pictures;
use super::lexer::{Dict, Lexer, Object};
use super::raster::{self, Clip, Matrix, Outline, Picture};

/// The longer side of a page in pixels: 137 dots an inch on A4, so that a code 25 mm wide still has three for each module.
const LONG_SIDE: f64 = 1_600.0;
/// Forms stand in each other this deep at most, and states on each other.
const DEEPEST: usize = 12;
const MOST_STATES: usize = 64;

/// What a page showed.
pub(super) struct Drawn {
    pub(super) page: GrayImage,
    /// Its pixels a point.
    pub(super) scale: f64,
    /// Pictures that have more pixels than the page had room for, with their place on it.
    pub(super) finer: Vec<(GrayImage, Matrix)>,
}

/// Draws a page.
pub(super) fn draw(file: &File<'_>, page: &Dict, budget: &mut Budget) -> Option<Drawn> {
    let frame = |key: &[u8]| -> Option<[f64; 4]> {
        let numbers: Vec<f64> = file.get(page, key)?.array()?.iter().filter_map(|item| file.resolve(item).number()).collect();
        let [a, b, c, d] = numbers.try_into().ok()?;
        let frame = [f64::min(a, c), f64::min(b, d), f64::max(a, c), f64::max(b, d)];
        ((1.0..1e5).contains(&(frame[2] - frame[0])) && (1.0..1e5).contains(&(frame[3] - frame[1]))).then_some(frame)
    };
    let [left, bottom, right, top] = frame(b"CropBox").or_else(|| frame(b"MediaBox")).unwrap_or([0.0, 0.0, 595.0, 842.0]);
    let scale = LONG_SIDE / (right - left).max(top - bottom);
    let (width, height) = ((right - left) * scale, (top - bottom) * scale);
    // A PDF's y goes up, a picture's goes down.
    let upright = Matrix([scale, 0.0, 0.0, -scale, -left * scale, top * scale]);
    let quarter = file.int(page, b"Rotate").unwrap_or(0).rem_euclid(360) / 90;
    let (turn, width, height) = match quarter {
        1 => (Matrix([0.0, 1.0, -1.0, 0.0, height, 0.0]), height, width),
        2 => (Matrix([-1.0, 0.0, 0.0, -1.0, width, height]), width, height),
        3 => (Matrix([0.0, -1.0, 1.0, 0.0, 0.0, width]), height, width),
        _ => (Matrix::IDENTITY, width, height),
    };
    let size = |value: f64| value.ceil().max(1.0) as u32;
    budget.pixels(u64::from(size(width)) * u64::from(size(height)))?;
    let drawn = Drawn { page: GrayImage::from_pixel(size(width), size(height), ::image::Luma([255])), scale, finer: Vec::new() };
    let mut painter = Painter { file, drawn, budget, read: None };
    let state = State {
        matrix: upright.then(turn),
        clip: Clip { low: (0.0, 0.0), high: (width, height) },
        fill: (Space::Grey, 0),
        stroke: (Space::Grey, 0),
        line_width: 1.0,
        fill_shows: true,
        stroke_shows: true,
    };
    let resources = file.dict(page, b"Resources").unwrap_or_default();
    // A budget that ran out ends the drawing; what was drawn until then is still looked at.
    let content = contents(file, page, painter.budget);
    let _ended = painter.run(&content, &resources, state, 0);
    Some(painter.drawn)
}

/// All content streams of a page, as one.
fn contents(file: &File<'_>, page: &Dict, budget: &mut Budget) -> Vec<u8> {
    let parts = match page.get(b"Contents".as_slice()) {
        Some(reference @ Object::Reference(_)) => match file.resolve(reference) {
            Object::Array(items) => items,
            _ => vec![reference.clone()],
        },
        Some(Object::Array(items)) => items.clone(),
        _ => Vec::new(),
    };
    let mut content = Vec::new();
    for part in parts {
        let Object::Reference(number) = part else { continue };
        let Some((dict, raw)) = file.stream(number) else { continue };
        let Some((bytes, _)) = filters::decode(file, &dict, &raw, budget) else { continue };
        if content.len() + bytes.len() > budget.largest_stream() {
            break;
        }
        content.extend_from_slice(&bytes);
        content.push(b'\n');
    }
    content
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    clip: Clip,
    fill: (Space, u8),
    stroke: (Space, u8),
    line_width: f64,
    fill_shows: bool,
    stroke_shows: bool,
}

/// A path while it is built: in the page's pixels, with its last point.
#[derive(Default)]
struct Trail {
    rings: Vec<(Vec<(f64, f64)>, bool)>,
    clips: bool,
}

struct Painter<'a, 'f> {
    file: &'f File<'a>,
    drawn: Drawn,
    budget: &'f mut Budget,
    /// The picture that was read last: a page repeats one rather than many.
    read: Option<(u32, u8, Picture)>,
}

impl Painter<'_, '_> {
    /// Runs a content stream; `None` when the budget ran out.
    fn run(&mut self, content: &[u8], resources: &Dict, start: State, depth: usize) -> Option<()> {
        let mut lexer = Lexer::of_content(content);
        let mut state = start;
        let mut states: Vec<State> = Vec::new();
        let mut operands: Vec<Object> = Vec::new();
        let mut trail = Trail::default();
        while let Some(object) = lexer.next() {
            self.budget.operator()?;
            let Object::Word(word) = object else {
                if operands.len() < 64 {
                    operands.push(object);
                }
                continue;
            };
            let numbers: Vec<f64> = operands.iter().filter_map(Object::number).collect();
            match word.as_slice() {
                b"q" if states.len() < MOST_STATES => states.push(state.clone()),
                b"Q" => state = states.pop().unwrap_or(state),
                b"cm" => {
                    if let Ok(numbers) = numbers.try_into() {
                        state.matrix = Matrix(numbers).then(state.matrix);
                    }
                }
                b"w" => state.line_width = numbers.first().copied().unwrap_or(1.0),
                b"gs" => self.look(&mut state, resources, &operands),
                b"Do" => self.object(&operands, resources, &state, depth)?,
                b"BI" => self.inline_picture(&mut lexer, content, resources, &state)?,
                b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"re" => trail.add(&word, &numbers, state.matrix),
                b"W" | b"W*" => trail.clips = true,
                b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"n" => {
                    self.paint(&word, &mut trail, &mut state)?;
                }
                other => self.colour(other, &operands, &numbers, resources, &mut state),
            }
            operands.clear();
        }
        Some(())
    }

    /// An entry of the extended graphics state: what is almost transparent is not painted.
    fn look(&self, state: &mut State, resources: &Dict, operands: &[Object]) {
        let named = operands.first().and_then(Object::name);
        let states = self.file.dict(resources, b"ExtGState");
        let Some(look) = named.and_then(|name| self.file.dict(&states?, name)) else { return };
        let shows =
            |key: &[u8], now: bool| self.file.get(&look, key).and_then(|value| value.number()).map_or(now, |alpha| alpha >= 0.5);
        state.fill_shows = shows(b"ca", state.fill_shows);
        state.stroke_shows = shows(b"CA", state.stroke_shows);
        if let Some(width) = self.file.get(&look, b"LW").and_then(|value| value.number()) {
            state.line_width = width;
        }
    }

    fn colour(&self, word: &[u8], operands: &[Object], numbers: &[f64], resources: &Dict, state: &mut State) {
        let stroke = word.first().is_some_and(u8::is_ascii_uppercase);
        let set = if stroke { &mut state.stroke } else { &mut state.fill };
        let space = match word {
            b"g" | b"G" => Space::Grey,
            b"rg" | b"RG" => Space::Rgb,
            b"k" | b"K" => Space::Cmyk,
            b"cs" | b"CS" => {
                let space = operands.first().map_or(Space::Grey, |name| Space::of(self.file, resources, name, 0));
                // Each space begins with its darkest: no light, or all the ink.
                let first = if matches!(space, Space::Ink) { vec![1.0] } else { vec![0.0, 0.0, 0.0, 1.0] };
                let grey = space.grey(&first[..space.parts().min(first.len())]);
                *set = (space, grey);
                return;
            }
            b"sc" | b"SC" | b"scn" | b"SCN" => set.0.clone(),
            _ => return,
        };
        let grey = match space {
            // The lightness goes to a hundred.
            Space::Lab => space.grey(&[numbers.first().copied().unwrap_or(0.0) / 100.0]),
            _ => space.grey(numbers),
        };
        *set = (space, grey);
    }

    fn paint(&mut self, word: &[u8], trail: &mut Trail, state: &mut State) -> Option<()> {
        if matches!(word, b"s" | b"b" | b"b*") {
            trail.close();
        }
        let outline = trail.outline();
        let fills = matches!(word, b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*");
        if fills && state.fill_shows && !matches!(state.fill.0, Space::Pattern) {
            raster::fill(&mut self.drawn.page, &outline, word.ends_with(b"*"), state.fill.1, state.clip, self.budget)?;
        }
        let strokes = matches!(word, b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*");
        if strokes && state.stroke_shows && !matches!(state.stroke.0, Space::Pattern) {
            // Never thinner than a pixel, and one area a segment, so that crossing lines do not cancel each other.
            let half = (state.line_width * state.matrix.scale()).max(1.0) / 2.0;
            for segment in trail.segments() {
                let ring = Outline { rings: vec![thick(segment, half)] };
                raster::fill(&mut self.drawn.page, &ring, false, state.stroke.1, state.clip, self.budget)?;
            }
        }
        if std::mem::take(&mut trail.clips)
            && let Some(bounds) = outline.bounds()
        {
            state.clip = state.clip.meet(bounds);
        }
        trail.rings.clear();
        Some(())
    }

    fn object(&mut self, operands: &[Object], resources: &Dict, state: &State, depth: usize) -> Option<()> {
        let objects = self.file.dict(resources, b"XObject");
        let reference = operands.first().and_then(Object::name).and_then(|name| objects?.get(name).cloned());
        let Some(Object::Reference(number)) = reference else { return Some(()) };
        if self.read.as_ref().is_some_and(|(read, fill, _)| (*read, *fill) == (number, state.fill.1)) {
            return self.put(state);
        }
        let Some((dict, raw)) = self.file.stream(number) else { return Some(()) };
        match self.file.get(&dict, b"Subtype").as_ref().and_then(Object::name) {
            Some(b"Image") if state.fill_shows => {
                if let Some(mut picture) = pictures::read(self.file, resources, &dict, &raw, state.fill.1, self.budget) {
                    self.keep_finer(&picture, state);
                    picture.shrink(state.matrix);
                    self.read = Some((number, state.fill.1, picture));
                    self.put(state)?;
                }
            }
            Some(b"Form") if depth < DEEPEST => {
                let (bytes, _) = filters::decode(self.file, &dict, &raw, self.budget)?;
                let mut inner = state.clone();
                let matrix = self
                    .file
                    .get(&dict, b"Matrix")
                    .and_then(|matrix| matrix.array()?.iter().map(Object::number).collect::<Option<Vec<_>>>());
                if let Some(Ok(matrix)) = matrix.map(TryInto::try_into) {
                    inner.matrix = Matrix(matrix).then(inner.matrix);
                }
                let own = self.file.dict(&dict, b"Resources").unwrap_or_else(|| resources.clone());
                self.run(&bytes, &own, inner, depth + 1)?;
            }
            _ => {}
        }
        self.budget.is_left().then_some(())
    }

    fn put(&mut self, state: &State) -> Option<()> {
        let Some((_, _, picture)) = &self.read else { return Some(()) };
        raster::draw(&mut self.drawn.page, picture, state.matrix, state.clip, self.budget)
    }

    /// Keeps a picture that the page shows smaller than it is: a code in it may be lost on the page.
    fn keep_finer(&mut self, picture: &Picture, state: &State) {
        let pixels = f64::from(picture.grey.width()) * f64::from(picture.grey.height());
        if picture.cover.is_none() && pixels.sqrt() > 1.2 * state.matrix.scale() && self.drawn.finer.len() < 2 {
            let most = |side: u32| side.min(super::super::FINE_SIDE);
            let (width, height) = picture.grey.dimensions();
            let fits = most(width) == width && most(height) == height;
            let grey = if fits {
                picture.grey.clone()
            } else {
                super::super::picture::shrink_to(&picture.grey, super::super::FINE_SIDE)
            };
            self.drawn.finer.push((grey, state.matrix));
        }
    }

    /// `BI … ID … EI` (8.9.7).
    fn inline_picture(&mut self, lexer: &mut Lexer<'_>, content: &[u8], resources: &Dict, state: &State) -> Option<()> {
        let mut dict = Dict::new();
        loop {
            self.budget.operator()?;
            match lexer.next()? {
                Object::Name(key) => {
                    let value = lexer.next()?;
                    dict.insert(key, value);
                }
                _ => break,
            }
        }
        let start = (lexer.at + 1).min(content.len());
        let mut end = start;
        loop {
            end = super::file::find(content, b"EI", end)?;
            let space = |at: Option<usize>| at.and_then(|at| content.get(at)).is_none_or(|&byte| super::lexer::is_space(byte));
            if space(end.checked_sub(1)) && space(Some(end + 2)) {
                break;
            }
            end += 2;
        }
        lexer.at = end + 2;
        if let Some(picture) =
            pictures::read(self.file, resources, &dict, &content[start..end.max(start)], state.fill.1, self.budget)
        {
            raster::draw(&mut self.drawn.page, &picture, state.matrix, state.clip, self.budget)?;
        }
        Some(())
    }
}

/// The area of a stroked segment, its ends cut off straight.
fn thick(((x0, y0), (x1, y1)): ((f64, f64), (f64, f64)), half: f64) -> Vec<(f64, f64)> {
    let length = (x1 - x0).hypot(y1 - y0).max(1e-9);
    let (nx, ny) = (-(y1 - y0) / length * half, (x1 - x0) / length * half);
    vec![(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)]
}

impl Trail {
    #[expect(clippy::many_single_char_names, reason = "coordinates in the order of the operators' operands")]
    fn add(&mut self, word: &[u8], n: &[f64], matrix: Matrix) {
        let last = self.rings.last().and_then(|(ring, _)| ring.last()).copied();
        match (word, n) {
            (b"m", &[x, y, ..]) => self.rings.push((vec![matrix.map(x, y)], false)),
            (b"l", &[x, y, ..]) => self.line(matrix.map(x, y)),
            (b"c", &[a, b, c, d, e, f, ..]) => self.curve([matrix.map(a, b), matrix.map(c, d), matrix.map(e, f)]),
            (b"v", &[c, d, e, f, ..]) => {
                if let Some(last) = last {
                    self.curve([last, matrix.map(c, d), matrix.map(e, f)]);
                }
            }
            (b"y", &[a, b, e, f, ..]) => self.curve([matrix.map(a, b), matrix.map(e, f), matrix.map(e, f)]),
            (b"h", _) => self.close(),
            (b"re", &[x, y, w, h, ..]) => {
                let ring = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)].map(|(x, y)| matrix.map(x, y));
                self.rings.push((ring.to_vec(), true));
            }
            _ => {}
        }
    }

    fn line(&mut self, to: (f64, f64)) {
        match self.rings.last_mut() {
            Some((ring, false)) => ring.push(to),
            Some((ring, true)) => {
                let from = ring[0];
                self.rings.push((vec![from, to], false));
            }
            None => self.rings.push((vec![to], false)),
        }
    }

    fn curve(&mut self, [p1, p2, p3]: [(f64, f64); 3]) {
        let Some(p0) = self.rings.last().and_then(|(ring, _)| ring.last()).copied() else { return };
        const STEPS: u32 = 8;
        for step in 1..=STEPS {
            let t = f64::from(step) / f64::from(STEPS);
            let s = 1.0 - t;
            let mix = |a: f64, b: f64, c: f64, d: f64| s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d;
            self.line((mix(p0.0, p1.0, p2.0, p3.0), mix(p0.1, p1.1, p2.1, p3.1)));
        }
    }

    fn close(&mut self) {
        if let Some((_, closed)) = self.rings.last_mut() {
            *closed = true;
        }
    }

    fn outline(&self) -> Outline {
        Outline { rings: self.rings.iter().map(|(ring, _)| ring.clone()).collect() }
    }

    fn segments(&self) -> impl Iterator<Item = ((f64, f64), (f64, f64))> + '_ {
        self.rings.iter().flat_map(|(ring, closed)| {
            let back = closed.then(|| (ring[ring.len() - 1], ring[0]));
            ring.windows(2).map(|pair| (pair[0], pair[1])).chain(back)
        })
    }
}
