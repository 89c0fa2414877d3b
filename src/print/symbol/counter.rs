//! Sums of bits, for every column of the symbol under every mask.

/// The masks of the standard.
pub(super) const MASKS: usize = 8;

/// Up to 64 modules of a row under each mask, the leftmost in the lowest bit.
pub(super) type Row = [u64; MASKS];

/// A number for every place, a bit a plane, up to `2^PLANES - 1`: adding so costs a few operations for all places, where
/// counting each row's bits costs a dozen on processors whose counting instruction may not be assumed.
pub(super) struct Counter<const PLANES: usize>([Row; PLANES]);

/// Adds three bits in every place: the sum's lower bit, and its upper one.
#[inline]
fn sum(first: u64, second: u64, third: u64) -> (u64, u64) {
    let two = first ^ second;
    (two ^ third, first & second | two & third)
}

impl<const PLANES: usize> Counter<PLANES> {
    pub(super) const ZERO: Self = Self([[0; MASKS]; PLANES]);

    /// Adds two bits of a plane's weight.
    #[inline]
    pub(super) fn add(&mut self, plane: usize, mask: usize, first: u64, second: u64) {
        let (low, mut carried) = sum(self.0[plane][mask], first, second);
        self.0[plane][mask] = low;
        for plane in plane + 1..PLANES {
            carried = self.half(plane, mask, carried);
        }
    }

    /// Adds four bits of weight one.
    #[inline]
    pub(super) fn add_four(&mut self, mask: usize, bits: [u64; 4]) {
        let (one, two) = sum(bits[0], bits[1], bits[2]);
        let (one, other_two) = sum(self.0[0][mask], one, bits[3]);
        self.0[0][mask] = one;
        self.add(1, mask, two, other_two);
    }

    /// Adds three bits of weight one and three of weight two.
    #[inline]
    pub(super) fn add_ones_and_twos(&mut self, mask: usize, ones: [u64; 3], twos: [u64; 3]) {
        let (one, two) = sum(ones[0], ones[1], ones[2]);
        let (other_two, four) = sum(twos[0], twos[1], twos[2]);
        let carried = self.half(0, mask, one);
        let (two, other_four) = sum(two, other_two, carried);
        let carried = self.half(1, mask, two);
        let (four, eight) = sum(four, other_four, carried);
        let carried = self.half(2, mask, four);
        self.add(3, mask, eight, carried);
    }

    /// Adds a bit to one plane alone and gives what is carried.
    #[inline]
    fn half(&mut self, plane: usize, mask: usize, bit: u64) -> u64 {
        let place = &mut self.0[plane][mask];
        let carried = *place & bit;
        *place ^= bit;
        carried
    }

    /// Adds the sum over all places to each mask's total.
    pub(super) fn add_totals(&self, totals: &mut [u32; MASKS]) {
        for (weight, plane) in self.0.iter().enumerate() {
            for (total, word) in totals.iter_mut().zip(plane) {
                *total += word.count_ones() << weight;
            }
        }
    }
}
