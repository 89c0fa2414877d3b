//! A page as grey pixels: areas and pictures painted over each other on white.

use image::GrayImage;

use super::budget::Budget;

/// (a, b, c, d, e, f) as a PDF writes it: x' = a x + c y + e, y' = b x + d y + f.
#[derive(Clone, Copy)]
pub(super) struct Matrix(pub(super) [f64; 6]);

#[expect(clippy::many_single_char_names, reason = "the six letters of ISO 32000-1, 8.3.3")]
impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First this one, then the other.
    pub(super) fn then(self, other: Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Self([a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l])
    }

    pub(super) fn map(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    pub(super) fn inverse(self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.0;
        let det = a * d - b * c;
        if !det.is_finite() || det.abs() < 1e-12 {
            return None;
        }
        Some(Self([d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det]))
    }

    /// How much longer lengths become, on the mean of all directions.
    pub(super) fn scale(self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }
}

/// A picture as it came out of the document.
pub(super) struct Picture {
    pub(super) grey: GrayImage,
    /// How much of what lies below is covered, as large as `grey`.
    pub(super) cover: Option<GrayImage>,
}

impl Picture {
    /// Its pixels for one of the page's, on a side.
    pub(super) fn finer(&self, matrix: Matrix) -> f64 {
        (f64::from(self.grey.width()) * f64::from(self.grey.height())).sqrt() / matrix.scale().max(1e-9)
    }

    /// Takes away the pixels that the page has no room for, so that drawing costs what is seen.
    pub(super) fn shrink(&mut self, matrix: Matrix) {
        let finer = self.finer(matrix);
        if finer > 2.0 {
            let size = |side: u32| (f64::from(side) / finer).ceil().max(1.0) as u32;
            let (width, height) = (size(self.grey.width()), size(self.grey.height()));
            self.grey = ::image::imageops::thumbnail(&self.grey, width, height);
            self.cover = self.cover.as_ref().map(|cover| ::image::imageops::thumbnail(cover, width, height));
        }
    }
}

/// A box that nothing is painted outside of.
#[derive(Clone, Copy)]
pub(super) struct Clip {
    pub(super) low: (f64, f64),
    pub(super) high: (f64, f64),
}

impl Clip {
    pub(super) fn meet(self, other: Self) -> Self {
        Self {
            low: (self.low.0.max(other.low.0), self.low.1.max(other.low.1)),
            high: (self.high.0.min(other.high.0), self.high.1.min(other.high.1)),
        }
    }
}

/// Lines that close areas, in the page's pixels.
#[derive(Default, Clone)]
pub(super) struct Outline {
    pub(super) rings: Vec<Vec<(f64, f64)>>,
}

impl Outline {
    pub(super) fn bounds(&self) -> Option<Clip> {
        let mut points = self.rings.iter().flatten();
        let &first = points.next()?;
        Some(points.fold(Clip { low: first, high: first }, |clip, &(x, y)| Clip {
            low: (clip.low.0.min(x), clip.low.1.min(y)),
            high: (clip.high.0.max(x), clip.high.1.max(y)),
        }))
    }
}

/// Sub-lines a pixel's row is divided into, for edges that fall between pixels.
const SUBLINES: usize = 4;

/// Paints an area; `even_odd` as the operator with a star wants it.
pub(super) fn fill(
    page: &mut GrayImage,
    outline: &Outline,
    even_odd: bool,
    grey: u8,
    clip: Clip,
    budget: &mut Budget,
) -> Option<()> {
    let Some(bounds) = outline.bounds().map(|bounds| bounds.meet(clip)) else { return Some(()) };
    let (width, height) = (page.width() as usize, page.height() as usize);
    let pixel = |value: f64, most: usize| value.clamp(0.0, most as f64) as usize;
    let (left, right) = (pixel(bounds.low.0.floor(), width), pixel(bounds.high.0.ceil(), width));
    let (top, bottom) = (pixel(bounds.low.1.floor(), height), pixel(bounds.high.1.ceil(), height));
    if left >= right || top >= bottom {
        return Some(());
    }
    let edges = outline.rings.iter().map(Vec::len).sum::<usize>() as u64;
    budget.pixels(((right - left) as u64 + edges) * (bottom - top) as u64)?;
    let mut cover = vec![0.0_f32; right - left];
    let mut crossings: Vec<(f64, i32)> = Vec::new();
    let mut near: Vec<((f64, f64), (f64, f64))> = Vec::new();
    for y in top..bottom {
        cover.fill(0.0);
        near.clear();
        for ring in &outline.rings {
            let mut from = ring[ring.len() - 1];
            for &to in ring {
                if from.1.min(to.1) <= y as f64 + 1.0 && from.1.max(to.1) >= y as f64 {
                    near.push((from, to));
                }
                from = to;
            }
        }
        for line in 0..SUBLINES {
            let at = y as f64 + (line as f64 + 0.5) / SUBLINES as f64;
            if at < clip.low.1 || at > clip.high.1 {
                continue;
            }
            crossings.clear();
            for &(from, to) in &near {
                if (from.1 <= at) != (to.1 <= at) {
                    let x = from.0 + (at - from.1) / (to.1 - from.1) * (to.0 - from.0);
                    crossings.push((x, if to.1 > from.1 { 1 } else { -1 }));
                }
            }
            crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in crossings.windows(2) {
                winding += pair[0].1;
                if if even_odd { winding % 2 != 0 } else { winding != 0 } {
                    let span = (pair[0].0.max(clip.low.0), pair[1].0.min(clip.high.0));
                    add_span(&mut cover, span.0 - left as f64, span.1 - left as f64);
                }
            }
        }
        let row = &mut page.as_flat_samples_mut().samples[y * width + left..y * width + right];
        for (value, cover) in row.iter_mut().zip(&cover) {
            *value = mix(*value, grey, cover / SUBLINES as f32);
        }
    }
    Some(())
}

fn add_span(cover: &mut [f32], from: f64, to: f64) {
    let (from, to) = (from.max(0.0), to.min(cover.len() as f64));
    if to <= from {
        return;
    }
    let (first, last) = (from as usize, to as usize);
    if first == last {
        cover[first] += (to - from) as f32;
        return;
    }
    cover[first] += (first as f64 + 1.0 - from) as f32;
    cover[first + 1..last].iter_mut().for_each(|value| *value += 1.0);
    if let Some(value) = cover.get_mut(last) {
        *value += (to - last as f64) as f32;
    }
}

fn mix(below: u8, above: u8, cover: f32) -> u8 {
    let cover = cover.clamp(0.0, 1.0);
    (f32::from(below) + (f32::from(above) - f32::from(below)) * cover).round() as u8
}

/// Paints a picture into the unit square that the matrix places.
pub(super) fn draw(page: &mut GrayImage, picture: &Picture, matrix: Matrix, clip: Clip, budget: &mut Budget) -> Option<()> {
    let Some(back) = matrix.inverse() else { return Some(()) };
    let corners =
        Outline { rings: vec![[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| matrix.map(x, y)).to_vec()] };
    let Some(bounds) = corners.bounds().map(|bounds| bounds.meet(clip)) else { return Some(()) };
    let pixel = |value: f64, most: u32| value.clamp(0.0, f64::from(most)) as u32;
    let (left, right) = (pixel(bounds.low.0.floor(), page.width()), pixel(bounds.high.0.ceil(), page.width()));
    let (top, bottom) = (pixel(bounds.low.1.floor(), page.height()), pixel(bounds.high.1.ceil(), page.height()));
    if left >= right || top >= bottom {
        return Some(());
    }
    let (width, height) = (f64::from(picture.grey.width()), f64::from(picture.grey.height()));
    // Where the page is coarser than the picture, several samples make a pixel.
    let samples = if picture.finer(matrix) > 1.1 { 2 } else { 1 };
    budget.pixels(u64::from(right - left) * u64::from(bottom - top) * u64::from(samples * samples) * 2)?;
    for y in top..bottom {
        for x in left..right {
            let (mut sum, mut covered) = (0_u32, 0_u32);
            for at in 0..samples * samples {
                let place = |at: u32| (f64::from(at) + 0.5) / f64::from(samples);
                let (u, v) = back.map(f64::from(x) + place(at % samples), f64::from(y) + place(at / samples));
                if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
                    continue;
                }
                // A picture's first row is at the top of the square.
                let (column, row) = ((u * width) as u32, ((1.0 - v) * height) as u32);
                let (column, row) = (column.min(picture.grey.width() - 1), row.min(picture.grey.height() - 1));
                let cover = picture.cover.as_ref().map_or(255, |cover| u32::from(cover.get_pixel(column, row).0[0]));
                sum += u32::from(picture.grey.get_pixel(column, row).0[0]) * cover;
                covered += cover;
            }
            if let Some(grey) = sum.checked_div(covered) {
                let pixel = &mut page.get_pixel_mut(x, y).0[0];
                *pixel = mix(*pixel, grey as u8, covered as f32 / (255 * samples * samples) as f32);
            }
        }
    }
    Some(())
}
