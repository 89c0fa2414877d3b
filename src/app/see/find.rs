//! Finds codes in grey pixels: several views of the picture, each turned to black and white and searched.
//!
//! The search and the decoding of a symbol are rxing's port of zxing-cpp. What is ours is what it is shown: a view with the
//! blur taken back reads more than any other, and one without it reads what that one loses to noise.

use image::GrayImage;
use rxing::Binarizer;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::{decoder::Decode, detector};

use super::threshold;

/// A code at its place in the pixels it was searched in.
pub(super) struct Found {
    pub(super) payload: String,
    pub(super) corners: [(f32, f32); 4],
}

/// How much searching a file may cost: pixels that are looked at, and what makes some dearer than others, which is how
/// much in them looks like a finder pattern.
pub(super) struct Effort {
    pixels: usize,
    comparisons: usize,
    trios: usize,
}

impl Effort {
    pub(super) const fn new() -> Self {
        Self { pixels: 40_000_000, comparisons: 25_000_000, trios: 2_000 }
    }
}

/// So many groups of three are tried in one view: a page of stickers has some hundred that mix two codes.
const MOST_TRIOS: usize = 500;

/// So many finder patterns are put together in one view, since every three of them are looked at: 600,000 groups of three. A
/// page of sixteen stickers with a second code each has 96; a picture of ten kilobytes can hold ten thousand.
const MOST_PATTERNS: usize = 150;

/// What a view does to the picture.
#[derive(Clone, Copy)]
enum View {
    /// Judged in blocks of 8 pixels: fast, and steady in noise.
    Blocks,
    /// Judged by the surroundings; their half width.
    Surroundings(usize),
    /// Blur taken back over so many pixels, then judged by the surroundings.
    Sharpened(usize, usize),
    /// Half as many pixels on a side: takes noise away from a large code.
    Halved,
    /// Light on dark.
    Inverted,
    /// Dark is what is darker than the middle: for what was drawn and not photographed.
    Middle,
}

/// Every picture is looked at in these ways, since a second code may show only in the last.
const ALWAYS: [View; 4] = [View::Blocks, View::Sharpened(3, 24), View::Surroundings(40), View::Sharpened(6, 32)];
/// And in these only while nothing was found.
const OTHERWISE: [View; 4] = [View::Halved, View::Sharpened(2, 16), View::Inverted, View::Sharpened(9, 60)];

/// Searches a picture; a code that several views show is told once.
pub(super) fn codes(grey: &GrayImage, effort: &mut Effort) -> Vec<Found> {
    let mut found = Vec::new();
    for view in ALWAYS {
        look(grey, view, effort, &mut found);
    }
    for view in OTHERWISE {
        if found.is_empty() {
            look(grey, view, effort, &mut found);
        }
    }
    found
}

/// One fast look, for a picture with more pixels than are worth all the views.
pub(super) fn glance(grey: &GrayImage, effort: &mut Effort) -> Vec<Found> {
    let mut found = Vec::new();
    look(grey, View::Blocks, effort, &mut found);
    found
}

/// The look that suits what was drawn by a program.
pub(super) fn drawn(page: &GrayImage, effort: &mut Effort) -> Vec<Found> {
    let mut found = Vec::new();
    look(page, View::Middle, effort, &mut found);
    found
}

fn look(grey: &GrayImage, view: View, effort: &mut Effort, found: &mut Vec<Found>) {
    if grey.width() < 21 || grey.height() < 21 {
        return;
    }
    // Views that reckon with the surroundings cost about twice what the others do.
    let passes = if matches!(view, View::Sharpened(..) | View::Surroundings(_)) { 2 } else { 1 };
    let Some(left) = effort.pixels.checked_sub(grey.as_raw().len() * passes) else { return };
    effort.pixels = left;
    let (bits, scale) = match view {
        View::Blocks => (blocks(grey), 1.0),
        View::Surroundings(radius) => (threshold::local_mean(grey, radius, 8, 10), 1.0),
        View::Sharpened(blur, radius) => (threshold::local_mean(&threshold::sharpened(grey, blur), radius, 6, 12), 1.0),
        View::Halved => {
            let half = image::imageops::thumbnail(grey, (grey.width() / 2).max(1), (grey.height() / 2).max(1));
            (blocks(&half), 2.0)
        }
        View::Middle => (threshold::middle(grey), 1.0),
        View::Inverted => {
            let mut turned = grey.clone();
            image::imageops::invert(&mut turned);
            (blocks(&turned), 1.0)
        }
    };
    let Some(bits) = bits else { return };
    for mut code in search(&bits, effort) {
        code.corners = code.corners.map(|(x, y)| (x * scale, y * scale));
        if !found.iter().any(|known| known.is(&code)) {
            found.push(code);
        }
    }
}

fn blocks(grey: &GrayImage) -> Option<BitMatrix> {
    let source = rxing::Luma8Source::new_with_slice(grey.as_raw(), grey.width(), grey.height()).ok()?;
    let binarizer = HybridBinarizer::new(source);
    binarizer.get_black_matrix().ok().cloned()
}

impl Found {
    /// The same print of the same code: its middle lies within the other.
    pub(super) fn is(&self, other: &Self) -> bool {
        let middle =
            |code: &Self| code.corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0 / 4.0, sum.1 + corner.1 / 4.0));
        let (a, b) = (middle(self), middle(other));
        let reach = (self.corners[0].0 - a.0).hypot(self.corners[0].1 - a.1);
        self.payload == other.payload && (a.0 - b.0).hypot(a.1 - b.1) < reach
    }
}

/// Searches black and white pixels. The library's code may panic on a picture it does not expect; then this view shows
/// nothing.
fn search(bits: &BitMatrix, effort: &mut Effort) -> Vec<Found> {
    // The library holds every line it takes for one through a finder pattern against every pattern it has found. Measured:
    // a picture of ten kilobytes with 22,500 of them took five seconds.
    let Some(left) = effort.comparisons.checked_sub(comparisons(bits)) else { return Vec::new() };
    effort.comparisons = left;
    let trios = &mut effort.trios;
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut patterns = detector::FindFinderPatterns(bits, true, 0);
        patterns.truncate(MOST_PATTERNS);
        let mut used = Vec::new();
        let mut found = Vec::new();
        let mut tried = 0;
        for trio in detector::GenerateFinderPatternSets(&mut patterns) {
            if [trio.bl, trio.tl, trio.tr].iter().any(|pattern| used.contains(pattern)) {
                continue;
            }
            tried += 1;
            let Some(left) = trios.checked_sub(1).filter(|_| tried <= MOST_TRIOS) else { break };
            *trios = left;
            let Ok(sampled) = detector::SampleQR(bits, &trio) else { continue };
            let Ok(decoded) = Decode(sampled.getBits()) else { continue };
            // The library tells the corners row by row.
            let &[a, b, d, c, ..] = sampled.getPoints() else { continue };
            if decoded.isValid() {
                used.extend([trio.bl, trio.tl, trio.tr]);
                let corners = [a, b, c, d].map(|point| (point.x, point.y));
                found.push(Found { payload: decoded.text(), corners });
            }
        }
        found
    }))
    .unwrap_or_default()
}

/// What looking for finder patterns will cost: how often every third row looks like a line through one, times how many of
/// those have a column that looks like one too. Noise has many of the first and hardly any of the second.
fn comparisons(bits: &BitMatrix) -> usize {
    let (mut lines, mut crossed) = (0, 0);
    for y in (2..bits.height()).step_by(3) {
        let mut runs = [0_u32; 5];
        let mut dark = false;
        for x in 0..bits.width() {
            if bits.get(x, y) != dark {
                dark = !dark;
                if !dark && is_finder(runs) {
                    lines += 1;
                    crossed += usize::from(is_crossed(bits, x - runs[4] - runs[3] - runs[2] / 2 - 1, y));
                }
                runs.rotate_left(1);
                runs[4] = 0;
            }
            runs[4] += 1;
        }
    }
    lines * crossed
}

/// Whether the column through a dark pixel looks like a line through a finder pattern.
fn is_crossed(bits: &BitMatrix, x: u32, y: u32) -> bool {
    let mut up = [0_u32; 3];
    let mut down = [0_u32; 3];
    let run = |runs: &mut [u32; 3], step: &dyn Fn(u32) -> Option<u32>| {
        let (mut at, mut which) = (Some(y), 0);
        while let Some(row) = at {
            if bits.get(x, row) != (which % 2 == 0) {
                which += 1;
                if which == 3 {
                    break;
                }
            }
            runs[which] += 1;
            at = step(row);
        }
    };
    run(&mut up, &|row| row.checked_sub(1));
    run(&mut down, &|row| (row + 1 < bits.height()).then_some(row + 1));
    // The pixel itself was counted both ways.
    is_finder([up[2], up[1], (up[0] + down[0]).saturating_sub(1), down[1], down[2]])
}

/// 1, 1, 3, 1, 1, each half a pixel off at most beside what tilt does to it, as the library takes it.
fn is_finder(runs: [u32; 5]) -> bool {
    let total: u32 = runs.iter().sum();
    let one = |run: u32| run * 14 + 7 > total && run * 14 < total * 3 + 7;
    total >= 7
        && runs[2] * 14 + 7 > total * 4
        && runs[2] * 14 < total * 8 + 7
        && [0, 1, 3, 4].iter().all(|&at| runs[at] > 0 && one(runs[at]))
}
