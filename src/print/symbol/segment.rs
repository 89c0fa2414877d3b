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

    /// What one byte costs in sixths of a bit, or nothing if the mode has no such character.
    fn cost(self, byte: u8) -> Option<u32> {
        match self {
            Self::Numeric => byte.is_ascii_digit().then_some(20),
            Self::Alphanumeric => alphanumeric(byte).is_some().then_some(33),
            Self::Byte => Some(48),
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

/// Divides a text so that its bits are fewest: for every position and mode the cheapest way to be there is kept, and
/// the best end is followed back.
pub(super) fn divide(text: &[u8], group: usize) -> Vec<Segment> {
    let head = Mode::ALL.map(|mode| (4 + mode.count_bits(group)) * 6);
    let mut costs = head;
    // For each byte and each mode after it: the mode of the byte itself, two bits each.
    let mut came_from: Vec<[u8; 3]> = Vec::with_capacity(text.len());
    for &byte in text {
        let mut next = [u32::MAX; 3];
        let mut from = [0_u8, 1, 2];
        for (index, mode) in Mode::ALL.into_iter().enumerate() {
            if let Some(cost) = mode.cost(byte) {
                next[index] = costs[index].saturating_add(cost);
            }
        }
        let reached = next;
        for to in 0..3 {
            for (origin, &cost) in reached.iter().enumerate() {
                // A segment ends on a whole bit.
                let switched = cost.div_ceil(6).saturating_mul(6).saturating_add(head[to]);
                if origin != to && cost != u32::MAX && switched < next[to] {
                    next[to] = switched;
                    from[to] = [0, 1, 2][origin];
                }
            }
        }
        came_from.push(from);
        costs = next;
    }
    let mut mode = (0..3).min_by_key(|&index| costs[index]).unwrap_or(2);
    let mut segments: Vec<Segment> = Vec::new();
    for (index, from) in came_from.iter().enumerate().rev() {
        mode = usize::from(from[mode]);
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

    #[test]
    fn no_other_division_of_a_short_text_is_shorter() {
        // All divisions of eight characters, by brute force.
        fn best(text: &[u8], group: usize) -> usize {
            let mut least = vec![usize::MAX; text.len() + 1];
            least[0] = 0;
            for end in 1..=text.len() {
                for start in 0..end {
                    for mode in Mode::ALL {
                        if text[start..end].iter().all(|byte| mode.cost(*byte).is_some()) {
                            let bits = 4 + mode.count_bits(group) as usize + mode.bits(end - start);
                            least[end] = least[end].min(least[start].saturating_add(bits));
                        }
                    }
                }
            }
            least[text.len()]
        }

        for text in ["A1234567890123b", "aBCDEFGHIJK12345", "12A34a567890123456789", "://AbC0010203", "ệ123456789"] {
            for group in 0..3 {
                let found = total_bits(&divide(text.as_bytes(), group), group);
                assert_eq!(found, Some(best(text.as_bytes(), group)), "{text} in group {group}");
            }
        }
    }
}
