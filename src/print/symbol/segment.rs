//! Which letters go into which mode, so that the bit stream is the shortest there is.

use super::bits::BitWriter;

/// The forty-five characters of the alphanumeric mode, in the order of their values.
const ALPHANUMERIC: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// A mode of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Numeric,
    Alphanumeric,
    Byte,
}

impl Mode {
    pub(super) const ALL: [Self; 3] = [Self::Numeric, Self::Alphanumeric, Self::Byte];

    /// The four bits that announce the mode.
    pub(super) fn indicator(self) -> u32 {
        match self {
            Self::Numeric => 1,
            Self::Alphanumeric => 2,
            Self::Byte => 4,
        }
    }

    /// Width of the character count, by the version's group (table 3).
    pub(super) fn count_bits(self, group: usize) -> u32 {
        match self {
            Self::Numeric => [10, 12, 14][group],
            Self::Alphanumeric => [9, 11, 13][group],
            Self::Byte => [8, 16, 16][group],
        }
    }

    fn bits(self, length: usize) -> usize {
        match self {
            Self::Numeric => length / 3 * 10 + [0, 4, 7][length % 3],
            Self::Alphanumeric => length / 2 * 11 + length % 2 * 6,
            Self::Byte => length * 8,
        }
    }
}

/// A character's value in the alphanumeric mode.
fn alphanumeric(byte: u8) -> Option<u32> {
    const VALUES: [u8; 128] = {
        let mut values = [u8::MAX; 128];
        let mut index = 0;
        while index < ALPHANUMERIC.len() {
            #[expect(clippy::cast_possible_truncation, reason = "there are 45")]
            let value = index as u8;
            values[ALPHANUMERIC[index] as usize] = value;
            index += 1;
        }
        values
    };
    VALUES.get(usize::from(byte)).filter(|value| **value != u8::MAX).map(|value| u32::from(*value))
}

/// The character of a value, for reading back.
pub(super) fn alphanumeric_character(value: u32) -> Option<u8> {
    ALPHANUMERIC.get(value as usize).copied()
}

/// A stretch of the text in one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) mode: Mode,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The versions with the same widths of the character count.
pub(super) fn group(version: u8) -> usize {
    match version {
        ..=9 => 0,
        10..=26 => 1,
        _ => 2,
    }
}

/// More sixths of a bit than any text that fits into a symbol costs.
const IMPOSSIBLE: u32 = 1 << 28;

/// The longest text of any mode: digits in the largest version.
pub(super) const LONGEST: usize = 7_089;

/// What one byte costs in each mode, in sixths of a bit.
static COSTS: [[u32; 3]; 256] = {
    let mut costs = [[IMPOSSIBLE, IMPOSSIBLE, 48]; 256];
    let mut index = 0;
    while index < ALPHANUMERIC.len() {
        costs[ALPHANUMERIC[index] as usize] = [if index < 10 { 20 } else { IMPOSSIBLE }, 33, 48];
        index += 1;
    }
    costs
};

/// Divides a text of at most [`LONGEST`] bytes so that its bits are fewest: for every position and mode the cheapest way to
/// be there is kept, and the best end is followed back.
pub(super) fn divide(text: &[u8], group: usize) -> Vec<Segment> {
    let head = Mode::ALL.map(|mode| (4 + mode.count_bits(group)) * 6);
    let mut costs = head;
    // For each byte the mode of the byte itself, by the mode after it: two bits each.
    let mut came_from: Vec<u8> = Vec::with_capacity(text.len());
    for &byte in text {
        let cost = &COSTS[usize::from(byte)];
        let stay = [costs[0] + cost[0], costs[1] + cost[1], costs[2] + cost[2]];
        // A segment ends on a whole bit; bytes always do.
        let whole = [stay[0].div_ceil(6) * 6, stay[1].div_ceil(6) * 6, stay[2]];
        let switch = |to: usize, one: usize, other: usize| {
            let from = if whole[other] < whole[one] { other } else { one };
            let switched = whole[from] + head[to];
            if switched < stay[to] { (switched, from) } else { (stay[to], to) }
        };
        let [numeric, alphanumeric, bytes] = [switch(0, 1, 2), switch(1, 0, 2), switch(2, 0, 1)];
        came_from.push([0_u8, 1, 2][numeric.1] | [0_u8, 4, 8][alphanumeric.1] | [0_u8, 16, 32][bytes.1]);
        costs = [numeric.0, alphanumeric.0, bytes.0];
    }
    let mut mode = (0..3).min_by_key(|&index| costs[index]).unwrap_or(2);
    let mut segments: Vec<Segment> = Vec::with_capacity(16);
    for (index, from) in came_from.iter().enumerate().rev() {
        mode = usize::from(from >> (2 * mode) & 3);
        match segments.last_mut() {
            Some(last) if last.mode == Mode::ALL[mode] => last.start = index,
            _ => segments.push(Segment { mode: Mode::ALL[mode], start: index, end: index + 1 }),
        }
    }
    segments.reverse();
    segments
}

/// How many bits the segments take in versions of a group, or nothing if one is too long for its count.
pub(super) fn total_bits(segments: &[Segment], group: usize) -> Option<usize> {
    segments.iter().try_fold(0, |sum, segment| {
        let (length, width) = (segment.end - segment.start, segment.mode.count_bits(group));
        (length < 1 << width).then(|| sum + 4 + width as usize + segment.mode.bits(length))
    })
}

/// Writes a segment's indicator, count and characters.
pub(super) fn write(out: &mut BitWriter, text: &[u8], segment: Segment, group: usize) {
    let bytes = &text[segment.start..segment.end];
    out.push(segment.mode.indicator(), 4);
    let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.push(count, segment.mode.count_bits(group));
    match segment.mode {
        Mode::Numeric => {
            for digits in bytes.chunks(3) {
                let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
                out.push(value, [4, 7, 10][digits.len() - 1]);
            }
        }
        Mode::Alphanumeric => {
            for pair in bytes.chunks(2) {
                let value = pair.iter().fold(0, |value, byte| value * 45 + alphanumeric(*byte).unwrap_or(0));
                out.push(value, [6, 11][pair.len() - 1]);
            }
        }
        Mode::Byte => bytes.iter().for_each(|byte| out.push(u32::from(*byte), 8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_number_inside_words_gets_a_segment_of_its_own_and_a_short_one_does_not() {
        let modes = |text: &str| divide(text.as_bytes(), 0).iter().map(|segment| segment.mode).collect::<Vec<_>>();

        assert_eq!(modes("abc12345678901234def"), [Mode::Byte, Mode::Numeric, Mode::Byte]);
        assert_eq!(modes("abc12def"), [Mode::Byte]);
        assert_eq!(modes("00020101021138"), [Mode::Numeric]);
    }

    /// Fewest bits of all divisions of a text, every one of them tried.
    fn best(text: &[u8], group: usize) -> usize {
        let has = |mode, byte: &u8| match mode {
            Mode::Numeric => byte.is_ascii_digit(),
            Mode::Alphanumeric => ALPHANUMERIC.contains(byte),
            Mode::Byte => true,
        };
        let mut least = vec![usize::MAX; text.len() + 1];
        least[0] = 0;
        for end in 1..=text.len() {
            for start in 0..end {
                for mode in Mode::ALL {
                    if text[start..end].iter().all(|byte| has(mode, byte)) {
                        let bits = 4 + mode.count_bits(group) as usize + mode.bits(end - start);
                        least[end] = least[end].min(least[start].saturating_add(bits));
                    }
                }
            }
        }
        least[text.len()]
    }

    proptest::proptest! {
        #[test]
        fn no_other_division_of_a_text_is_shorter(
            text in proptest::prop_oneof!["([0-9]{1,20}|[A-Z $%*+./:-]{1,9}|[a-zạệ]{1,4}){1,6}", "[ -~]{1,60}", "\\PC{1,20}"],
            group in 0_usize..3,
        ) {
            let segments = divide(text.as_bytes(), group);

            proptest::prop_assert_eq!(total_bits(&segments, group), Some(best(text.as_bytes(), group)));
            let ends: Vec<usize> = segments.iter().map(|segment| segment.end).collect();
            let starts: Vec<usize> = segments.iter().map(|segment| segment.start).collect();
            proptest::prop_assert_eq!(&starts[1..], &ends[..ends.len() - 1]);
            proptest::prop_assert_eq!((starts[0], ends[ends.len() - 1]), (0, text.len()));
        }
    }

    #[test]
    fn no_other_division_of_a_text_at_the_edge_is_shorter() {
        for text in ["A1234567890123b", "aBCDEFGHIJK12345", "12A34a567890123456789", "://AbC0010203", "ệ123456789"] {
            for group in 0..3 {
                let found = total_bits(&divide(text.as_bytes(), group), group);
                assert_eq!(found, Some(best(text.as_bytes(), group)), "{text} in group {group}");
            }
        }
    }
}
