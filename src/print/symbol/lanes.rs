//! Lines of modules, several masks side by side: a line is a few words of 64 modules, and the same operation on the words
//! of all masks of a group becomes one instruction of the processor's vector unit.

/// Masks judged at once. Two are one vector register everywhere; four and eight measured slower, for want of registers.
pub(super) const LANES: usize = 2;

/// Sixty-four modules for each of the masks. Written out lane by lane, which is also what keeps debug builds quick.
type Words = [u64; LANES];

/// A line of up to `64 · W` modules for each of the masks; what lies beyond the symbol is light.
#[derive(Clone, Copy)]
pub(super) struct Line<const W: usize>([Words; W]);

impl<const W: usize> Line<W> {
    pub(super) const LIGHT: Self = Self([[0; LANES]; W]);

    /// The words of one row, inverted where each mask says.
    pub(super) fn masked(words: &[u64], masks: [&[u64]; LANES]) -> Self {
        let mut line = Self::LIGHT;
        for index in 0..W {
            line.0[index] = masks.map(|mask| words[index] ^ mask[index]);
        }
        line
    }

    /// Dark for the first `length` modules.
    pub(super) fn first(length: usize) -> Self {
        Self(std::array::from_fn(|index| match length.saturating_sub(index * 64) {
            0 => [0; LANES],
            rest if rest >= 64 => [u64::MAX; LANES],
            rest => [(1 << rest) - 1; LANES],
        }))
    }

    /// What stands `by` modules further on, by from 1 to 63.
    #[inline]
    pub(super) fn ahead(mut self, by: u32) -> Self {
        for index in 0..W {
            let [first, second] = self.0[index];
            self.0[index] = [first >> by, second >> by];
            if index + 1 < W {
                let [first, second] = self.0[index + 1];
                self.0[index][0] |= first << (64 - by);
                self.0[index][1] |= second << (64 - by);
            }
        }
        self
    }

    /// What stands `by` modules before, by from 1 to 63.
    #[inline]
    pub(super) fn behind(mut self, by: u32) -> Self {
        for index in (0..W).rev() {
            let [first, second] = self.0[index];
            self.0[index] = [first << by, second << by];
            if index > 0 {
                let [first, second] = self.0[index - 1];
                self.0[index][0] |= first >> (64 - by);
                self.0[index][1] |= second >> (64 - by);
            }
        }
        self
    }

    #[inline]
    pub(super) fn and(mut self, other: Self) -> Self {
        for index in 0..W {
            let (a, b) = (self.0[index], other.0[index]);
            self.0[index] = [a[0] & b[0], a[1] & b[1]];
        }
        self
    }

    #[inline]
    pub(super) fn or(mut self, other: Self) -> Self {
        for index in 0..W {
            let (a, b) = (self.0[index], other.0[index]);
            self.0[index] = [a[0] | b[0], a[1] | b[1]];
        }
        self
    }

    #[inline]
    pub(super) fn without(mut self, other: Self) -> Self {
        for index in 0..W {
            let (a, b) = (self.0[index], other.0[index]);
            self.0[index] = [a[0] & !b[0], a[1] & !b[1]];
        }
        self
    }

    #[inline]
    pub(super) fn differs(mut self, other: Self) -> Self {
        for index in 0..W {
            let (a, b) = (self.0[index], other.0[index]);
            self.0[index] = [a[0] ^ b[0], a[1] ^ b[1]];
        }
        self
    }

    /// Adds three bits in every place: the sum's lower bit, and its upper one.
    #[inline]
    pub(super) fn add(self, second: Self, third: Self) -> (Self, Self) {
        let two = self.differs(second);
        (two.differs(third), self.and(second).or(two.and(third)))
    }

    #[inline]
    pub(super) fn is_light(self) -> bool {
        let mut all = 0;
        for [first, second] in self.0 {
            all |= first | second;
        }
        all == 0
    }

    pub(super) fn is_dark(&self, lane: usize, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|words| words[lane] >> (index % 64) & 1 == 1)
    }

    /// The dark modules as (lane, place).
    pub(super) fn dark_places(self) -> impl Iterator<Item = (usize, usize)> {
        self.0.into_iter().enumerate().flat_map(|(index, words)| {
            words.into_iter().enumerate().flat_map(move |(lane, mut word)| {
                std::iter::from_fn(move || {
                    let bit = word.trailing_zeros() as usize;
                    word &= word.wrapping_sub(1);
                    (bit < 64).then_some((lane, index * 64 + bit))
                })
            })
        })
    }

    fn counts(self) -> [u32; LANES] {
        std::array::from_fn(|lane| self.0.iter().map(|words| words[lane].count_ones()).sum())
    }
}

/// A number for every place, a bit a plane, up to `2^PLANES - 1`: adding so costs a few operations for all places, where
/// counting each line's bits costs a dozen on processors whose counting instruction may not be assumed.
pub(super) struct Counter<const W: usize, const PLANES: usize>([Line<W>; PLANES]);

impl<const W: usize, const PLANES: usize> Counter<W, PLANES> {
    pub(super) const ZERO: Self = Self([Line::LIGHT; PLANES]);

    /// Adds two bits of this weight, and a bit of each weight above where there is one to carry.
    #[inline]
    pub(super) fn add(&mut self, plane: usize, first: Line<W>, second: Line<W>) {
        let (sum, carry) = self.0[plane].add(first, second);
        self.0[plane] = sum;
        self.carry(plane + 1, carry);
    }

    /// Adds four bits of weight one.
    #[inline]
    pub(super) fn add_four(&mut self, bits: [Line<W>; 4]) {
        let (one, two) = bits[0].add(bits[1], bits[2]);
        let (one, other_two) = self.0[0].add(one, bits[3]);
        self.0[0] = one;
        self.add(1, two, other_two);
    }

    /// Adds three bits of weight one and three of weight two.
    #[inline]
    pub(super) fn add_ones_and_twos(&mut self, ones: [Line<W>; 3], twos: [Line<W>; 3]) {
        let (one, two) = ones[0].add(ones[1], ones[2]);
        let (other_two, four) = twos[0].add(twos[1], twos[2]);
        let carried = self.half(0, one);
        let (two, other_four) = two.add(other_two, carried);
        let carried = self.half(1, two);
        let (four, eight) = four.add(other_four, carried);
        let carried = self.half(2, four);
        self.add(3, eight, carried);
    }

    /// Adds a bit to one plane alone and gives what is carried.
    #[inline]
    fn half(&mut self, plane: usize, bit: Line<W>) -> Line<W> {
        let carried = self.0[plane].and(bit);
        self.0[plane] = self.0[plane].differs(bit);
        carried
    }

    #[inline]
    fn carry(&mut self, from: usize, mut bit: Line<W>) {
        for plane in from..PLANES {
            bit = self.half(plane, bit);
        }
    }

    /// The sum over all places, for each mask.
    pub(super) fn totals(&self) -> [u32; LANES] {
        let counts: [[u32; LANES]; PLANES] = std::array::from_fn(|plane| self.0[plane].counts());
        std::array::from_fn(|lane| counts.iter().enumerate().map(|(plane, counts)| counts[lane] << plane).sum())
    }
}
