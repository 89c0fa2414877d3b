//! The same numbers on every machine: SplitMix64 with a fixed seed.

/// A stream of numbers.
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each photo, so that one photo can be made again alone.
    pub(crate) fn of(seed: u64, photo: u64) -> Self {
        Self(seed ^ photo.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// About the normal distribution: twelve uniform numbers less their mean.
    pub(crate) fn normal(&mut self) -> f32 {
        let bits = (self.next(), self.next());
        let sum: u64 = (0..6).map(|at| (bits.0 >> (at * 10) & 0x3FF) + (bits.1 >> (at * 10) & 0x3FF)).sum();
        sum as f32 / 1024.0 - 6.0
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}
