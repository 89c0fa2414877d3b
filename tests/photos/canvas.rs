//! A picture in linear floats while it is made: shapes, then light, blur and noise, then bytes.

use super::plane::Projection;
use super::random::Random;

pub(crate) type Colour = [f32; 3];

pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize, colour: Colour) -> Self {
        Self { width, height, pixels: vec![colour; width * height] }
    }

    fn each_in(&mut self, low: (f32, f32), high: (f32, f32), mut paint: impl FnMut(f32, f32, &mut Colour)) {
        let clamp = |v: f32, most: usize| v.clamp(0.0, most as f32) as usize;
        for y in clamp(low.1.floor(), self.height)..clamp(high.1.ceil(), self.height) {
            for x in clamp(low.0.floor(), self.width)..clamp(high.0.ceil(), self.width) {
                paint(x as f32, y as f32, &mut self.pixels[y * self.width + x]);
            }
        }
    }

    /// What a stall looks like to a reader of codes: patches, stripes, checks, letters' strokes.
    pub(crate) fn clutter(&mut self, random: &mut Random, shapes: usize) {
        for _ in 0..shapes {
            let colour: Colour = std::array::from_fn(|_| random.between(20.0, 245.0));
            let (x, y) = (random.between(0.0, self.width as f32), random.between(0.0, self.height as f32));
            let (w, h) = (random.between(8.0, 220.0), random.between(8.0, 160.0));
            match random.below(5) {
                0 => self.each_in((x, y), (x + w, y + h), |_, _, pixel| *pixel = colour),
                1 => {
                    let step = random.between(3.0, 18.0);
                    self.each_in((x, y), (x + w, y + h), |px, py, pixel| {
                        if ((px - x) / step) as usize % 2 == ((py - y) / step) as usize % 2 {
                            *pixel = colour;
                        }
                    });
                }
                2 => {
                    let step = random.between(3.0, 14.0);
                    self.each_in((x, y), (x + w, y + h), |px, _, pixel| {
                        if (((px - x) / step) as usize).is_multiple_of(2) {
                            *pixel = colour;
                        }
                    });
                }
                3 => self.each_in((x, y), (x + w, y + h), |px, py, pixel| {
                    let (u, v) = ((px - x) / w - 0.5, (py - y) / h - 0.5);
                    if u * u + v * v < 0.25 {
                        *pixel = colour;
                    }
                }),
                _ => self.letters(random, (x, y), colour),
            }
        }
    }

    /// A line of something like letters.
    fn letters(&mut self, random: &mut Random, (x, y): (f32, f32), colour: Colour) {
        let size = random.between(6.0, 26.0);
        let stroke = (size / 6.0).max(1.0);
        for at in 0..random.below(12) + 3 {
            let left = x + at as f32 * size * 0.8;
            for _ in 0..3 {
                if random.chance(0.5) {
                    let dx = random.between(0.0, size * 0.5);
                    self.each_in((left + dx, y), (left + dx + stroke, y + size), |_, _, pixel| *pixel = colour);
                } else {
                    let dy = random.between(0.0, size);
                    self.each_in((left, y + dy), (left + size * 0.6, y + dy + stroke), |_, _, pixel| *pixel = colour);
                }
            }
        }
    }

    /// Draws a flat thing: `colour_at` answers for a place on it, in its own units; nothing outside its half side.
    pub(crate) fn project(&mut self, view: &Projection, half: (f32, f32), colour_at: impl Fn(f32, f32) -> Colour) {
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(x, y)| view.map(x * half.0, y * half.1));
        let low = corners.iter().fold((f32::MAX, f32::MAX), |low, at| (low.0.min(at.0), low.1.min(at.1)));
        let high = corners.iter().fold((f32::MIN, f32::MIN), |high, at| (high.0.max(at.0), high.1.max(at.1)));
        let back = view.inverse();
        const SAMPLES: usize = 4;
        self.each_in(low, high, |px, py, pixel| {
            let mut sum = [0.0; 3];
            for at in 0..SAMPLES * SAMPLES {
                let place = |at: usize| (at as f32 + 0.5) / SAMPLES as f32;
                let (x, y) = back.map(px + place(at % SAMPLES), py + place(at / SAMPLES));
                let colour = if x.abs() < half.0 && y.abs() < half.1 { colour_at(x, y) } else { *pixel };
                sum = std::array::from_fn(|channel| sum[channel] + colour[channel]);
            }
            *pixel = sum.map(|channel| channel / (SAMPLES * SAMPLES) as f32);
        });
    }

    /// A lens out of focus, or a hand that moves: `sigma` pixels along each of the two directions.
    pub(crate) fn blur(&mut self, across: f32, along: f32) {
        for (sigma, step, line, lines) in [(across, 1, self.width, self.height), (along, self.width, self.height, self.width)] {
            if sigma < 0.15 {
                continue;
            }
            let reach = (sigma * 3.0).ceil() as isize;
            let mut weights: Vec<f32> = (-reach..=reach).map(|d| (-(d * d) as f32 / (2.0 * sigma * sigma)).exp()).collect();
            let sum: f32 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            let mut copy = vec![[0.0; 3]; line];
            for at in 0..lines {
                let start = if step == 1 { at * self.width } else { at };
                for (i, pixel) in copy.iter_mut().enumerate() {
                    *pixel = self.pixels[start + i * step];
                }
                for i in 0..line {
                    let mut out = [0.0; 3];
                    for (k, weight) in weights.iter().enumerate() {
                        let from = (i as isize + k as isize - reach).clamp(0, line as isize - 1) as usize;
                        out = std::array::from_fn(|channel| out[channel] + weight * copy[from][channel]);
                    }
                    self.pixels[start + i * step] = out;
                }
            }
        }
    }

    /// Multiplies by the light: bright at one side, dim at the other.
    pub(crate) fn light(&mut self, direction: f32, near: f32, far: f32) {
        let (s, c) = direction.sin_cos();
        let (w, h) = (self.width as f32, self.height as f32);
        self.each_in((0.0, 0.0), (w, h), |x, y, pixel| {
            let at = ((x / w - 0.5) * c + (y / h - 0.5) * s + 0.7) / 1.4;
            let light = near + (far - near) * at.clamp(0.0, 1.0);
            *pixel = pixel.map(|channel| channel * light);
        });
    }

    /// A lamp mirrored in a plastic cover.
    pub(crate) fn glare(&mut self, centre: (f32, f32), radius: f32, strength: f32) {
        let reach = radius * 2.5;
        self.each_in((centre.0 - reach, centre.1 - reach), (centre.0 + reach, centre.1 + reach), |x, y, pixel| {
            let d2 = ((x - centre.0).powi(2) + (y - centre.1).powi(2)) / (radius * radius);
            let add = strength * (-d2 * 1.5).exp();
            *pixel = pixel.map(|channel| channel + add);
        });
    }

    /// What the sensor gives: the sum rounded to bytes, with its noise.
    pub(crate) fn expose(&self, random: &mut Random, noise: f32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.pixels.len() * 3);
        for pixel in &self.pixels {
            let common = random.normal() * noise;
            bytes.extend(pixel.map(|channel| (channel + common + random.normal() * noise * 0.4).round().clamp(0.0, 255.0) as u8));
        }
        bytes
    }
}
