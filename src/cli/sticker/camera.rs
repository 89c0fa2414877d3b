//! A phone's photograph of a sticker, drawn: tilted, from a distance, a little out of focus, in poor light.
//!
//! The severities are ours: each is one that both readers manage on a plain code of the same size, so that a miss is the
//! design's fault.

/// A picture of light values, row by row.
#[derive(Clone)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) light: Vec<u8>,
}

/// How a photograph is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shot {
    /// Degrees by which the phone is turned.
    pub(super) turn: f64,
    /// How much shorter the far side is than the near one.
    pub(super) tilt: f64,
    /// Pixels on a side.
    pub(super) pixels: usize,
    /// Blur in pixels (radius of a box).
    pub(super) blur: usize,
    /// What dark and light come out as.
    pub(super) light: (f64, f64),
    /// The sensor's noise, as a standard deviation.
    pub(super) noise: f64,
}

/// The shots that every code is taken with.
pub(super) const SHOTS: [Shot; 6] = [
    Shot { turn: 0.0, tilt: 0.0, pixels: 480, blur: 0, light: (10.0, 245.0), noise: 2.0 },
    Shot { turn: 7.0, tilt: 0.08, pixels: 560, blur: 1, light: (20.0, 225.0), noise: 3.0 },
    Shot { turn: -12.0, tilt: 0.12, pixels: 640, blur: 1, light: (30.0, 200.0), noise: 4.0 },
    Shot { turn: 91.0, tilt: 0.05, pixels: 420, blur: 0, light: (15.0, 190.0), noise: 4.0 },
    Shot { turn: 178.0, tilt: 0.10, pixels: 600, blur: 1, light: (45.0, 175.0), noise: 3.0 },
    Shot { turn: 3.0, tilt: 0.02, pixels: 360, blur: 0, light: (25.0, 235.0), noise: 5.0 },
];

/// Photographs the square around `centre` with this side, in the picture's pixels. What lies beyond the picture is grey,
/// like a counter.
pub(super) fn photograph(of: &Picture, centre: (f64, f64), side: f64, shot: &Shot, seed: u64) -> Picture {
    let size = shot.pixels;
    let (sin, cos) = shot.turn.to_radians().sin_cos();
    let mut noise = Noise(seed | 1);
    let at = |x: f64, y: f64| {
        let (x, y) = (x.floor(), y.floor());
        if x < 0.0 || y < 0.0 || x >= wide(of.width) || y >= wide(of.height) {
            return 128.0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just judged")]
        f64::from(of.light[y as usize * of.width + x as usize])
    };
    // Each pixel is the mean of a few points of what it sees.
    let step = side / wide(size);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few points")]
    let points = (step.ceil() as u32).clamp(1, 4);
    let mut light: Vec<f64> = Vec::with_capacity(size * size);
    for py in 0..size {
        for px in 0..size {
            let mut sum = 0.0;
            for sy in 0..points {
                for sx in 0..points {
                    let part = |n: u32| (f64::from(n) + 0.5) / f64::from(points);
                    let (u, v) = ((wide(px) + part(sx)) / wide(size) - 0.5, (wide(py) + part(sy)) / wide(size) - 0.5);
                    let depth = 1.0 + shot.tilt * 2.0 * v;
                    let (u, v) = (u * side / depth, v * side / depth);
                    sum += at(centre.0 + u * cos - v * sin, centre.1 + u * sin + v * cos);
                }
            }
            light.push(sum / f64::from(points * points));
        }
    }
    let light = blurred(&light, size, shot.blur);
    let (dark, bright) = shot.light;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let light = light
        .iter()
        .map(|value| (dark + (bright - dark) * value / 255.0 + noise.next() * shot.noise).round().clamp(0.0, 255.0) as u8)
        .collect();
    Picture { width: size, height: size, light }
}

fn blurred(light: &[f64], size: usize, radius: usize) -> Vec<f64> {
    if radius == 0 {
        return light.to_vec();
    }
    let mean = |get: &dyn Fn(usize) -> f64, at: usize| {
        let (from, to) = (at.saturating_sub(radius), (at + radius).min(size - 1));
        (from..=to).map(get).sum::<f64>() / wide(to - from + 1)
    };
    let rows: Vec<f64> = (0..size * size).map(|i| mean(&|x| light[i / size * size + x], i % size)).collect();
    (0..size * size).map(|i| mean(&|y| rows[y * size + i % size], i / size)).collect()
}

fn wide(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// Numbers around zero with a deviation of one, the same for the same seed.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let sum: f64 = (0..4)
            .map(|_| {
                self.0 ^= self.0 << 13;
                self.0 ^= self.0 >> 7;
                self.0 ^= self.0 << 17;
                f64::from(u32::try_from(self.0 >> 32).unwrap_or(0)) / f64::from(u32::MAX) - 0.5
            })
            .sum();
        sum * 1.73
    }
}
