//! Vietnamese text without its marks, for search, comparison and payment codes; and the order of names.

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters up to here are looked up, which takes a tenth of the time of decomposing them: all of Vietnamese, and of Europe's
/// Latin alphabets.
const TABLE_END: usize = 0x1f00;

/// What is known of a letter, by its code point.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// It without its marks; `None` when that is not one letter.
    plain: Option<char>,
    /// Its place in the order of [`name_sort`], and its tone.
    rank: char,
    tone: char,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let known = |point: u32| {
        let c = char::from_u32(point).unwrap_or(' ');
        let mut plain = std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c)).map(by_hand);
        let (rank, tone) = rank(c);
        Known { plain: plain.next().filter(|_| plain.next().is_none()), rank, tone }
    };
    (0..TABLE_END as u32).map(known).collect()
});

fn known(c: char) -> Option<Known> {
    KNOWN.get(c as usize).copied()
}

/// Whether a text is surely composed already, as nearly every text is: letters before the first combining mark, and the block
/// of Vietnamese letters with two marks, stay what they are under NFC.
pub(crate) fn is_composed(text: &str) -> bool {
    text.is_ascii() || text.chars().all(|c| c < '\u{300}' || matches!(c, '\u{1ea0}'..='\u{1ef9}'))
}

/// Whether a text is surely what [`nfc_clean`] would make of it.
pub(crate) fn is_clean(text: &str) -> bool {
    let mut after_space = true;
    for c in text.chars() {
        let is_plain = matches!(c, '\u{21}'..='\u{7e}' | '\u{c0}'..='\u{2ff}' | '\u{1ea0}'..='\u{1ef9}');
        if !is_plain && (c != ' ' || after_space) {
            return false;
        }
        after_space = c == ' ';
    }
    !after_space || text.is_empty()
}

/// NFC, with spaces of every kind collapsed, and without characters that nobody can see.
///
/// ```
/// use choqr::payment_code::fold::nfc_clean;
/// assert_eq!(nfc_clean("  Hoa\u{300}\u{a0}\u{200b} Lan\n"), "Hoà Lan");
/// ```
#[must_use]
pub fn nfc_clean(text: &str) -> String {
    if is_clean(text) {
        text.to_owned()
    } else if is_composed(text) {
        clean(text.chars(), text.len())
    } else {
        clean(text.nfc(), text.len())
    }
}

fn clean(letters: impl Iterator<Item = char>, length: usize) -> String {
    let mut clean = String::with_capacity(length);
    for c in letters {
        if c.is_whitespace() {
            if !clean.is_empty() && !clean.ends_with(' ') {
                clean.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) {
            clean.push(c);
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Zero-width characters, direction overrides and the byte order mark.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Marks dropped, case kept. `đ` and `Đ` have no decomposition and are folded by hand, as are the eth and the African D that
/// stand in their place in converted files, and the quotation marks and dashes of word processors.
///
/// ```
/// use choqr::payment_code::fold::fold_ascii;
/// assert_eq!(fold_ascii("Đỗ Thị Hoà"), "Do Thi Hoa");
/// ```
#[must_use]
pub fn fold_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            plain.push(c);
            continue;
        }
        match known(c) {
            Some(Known { plain: Some(letter), .. }) => plain.push(letter),
            // A mark by itself goes; a letter of another alphabet is decomposed.
            _ => plain.extend(std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c)).map(by_hand)),
        }
    }
    plain
}

/// What has no decomposition.
const fn by_hand(c: char) -> char {
    match c {
        'đ' | 'ð' | 'ɖ' => 'd',
        'Đ' | 'Ð' | 'Ɖ' => 'D',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '–' | '—' => '-',
        other => other,
    }
}

/// The key under which a name is searched and compared: cleaned, marks dropped, lower case.
#[must_use]
pub fn name_fold(text: &str) -> String {
    fold_of_clean(&nfc_clean(text))
}

/// The same of a text that [`nfc_clean`] made.
#[must_use]
pub(crate) fn fold_of_clean(clean: &str) -> String {
    let mut fold = fold_ascii(clean);
    if fold.is_ascii() {
        fold.make_ascii_lowercase();
        return fold;
    }
    fold.to_lowercase()
}

/// The letters of the Vietnamese alphabet in their order; letters of other alphabets stand where English has them.
const LETTERS: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// A key whose byte order is the order of a Vietnamese dictionary: letters first, then the five tones in the order
/// ngang, huyền, hỏi, ngã, sắc, nặng. The same on every database, since no collation is asked.
#[must_use]
pub fn name_sort(text: &str) -> String {
    sort_of_clean(&nfc_clean(text))
}

/// The same of a text that [`nfc_clean`] made.
#[must_use]
pub(crate) fn sort_of_clean(clean: &str) -> String {
    let mut letters = String::with_capacity(clean.len() * 2 + 1);
    let mut tones = String::with_capacity(clean.len());
    for c in clean.to_lowercase().chars() {
        let (rank, tone) = known(c).map_or_else(|| rank(c), |known| (known.rank, known.tone));
        letters.push(rank);
        tones.push(tone);
    }
    letters.push('\u{1}');
    letters + &tones
}

/// A small letter's place in the alphabet as a letter, itself when it has none, and its tone.
fn rank(c: char) -> (char, char) {
    let (mut base, mut tone) = (String::new(), '0');
    for part in std::iter::once(c).nfd() {
        match part {
            '\u{300}' => tone = '1',
            '\u{309}' => tone = '2',
            '\u{303}' => tone = '3',
            '\u{301}' => tone = '4',
            '\u{323}' => tone = '5',
            other => base.push(other),
        }
    }
    let letter = base.nfc().next().unwrap_or(c);
    let place = LETTERS.chars().position(|l| l == letter);
    (place.map_or(letter, |place| char::from(b'A' + u8::try_from(place).unwrap_or(0))), tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_name_folds_to_the_same_key() {
        for text in ["Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA", "nguye\u{302}\u{303}n thi\u{323} hoa\u{300}", " Nguyễn  Thị Hòa "]
        {
            assert_eq!(name_fold(text), "nguyen thi hoa");
        }
        assert_eq!(name_fold("ĐỖ Đình Đạt"), "do dinh dat");
        assert_eq!(fold_ascii("ÐỖ “Hoa” – chợ"), "DO \"Hoa\" - cho");
    }

    #[test]
    fn names_stand_in_dictionary_order() {
        let order = [
            "à", "Ả", "ã", "á", "ạ", "An", "Ánh", "Ấn", "Âu", "Dũng", "Dương", "Đào", "Em", "Êm", "Oanh", "Ông", "Ơn", "Uyên",
            "Ưng",
        ];
        let mut sorted = order.to_vec();
        sorted.reverse();
        sorted.sort_by_key(|name| name_sort(name));
        assert_eq!(sorted, order);
    }

    proptest::proptest! {
        /// What is looked up, and what is passed over because nothing has to be done, is what Unicode's tables say.
        #[test]
        fn the_short_cuts_lead_where_the_long_way_does(text in "[ -~À-ỹ\u{300}-\u{345}\u{a0}\u{ad}\u{200b}\u{2000}-\u{2100}ά-ώ가-힣]{0,24}|\\PC{0,24}") {
            let clean: String = text.nfc().filter(|c| c.is_whitespace() || !(c.is_control() || is_invisible(*c))).collect();
            let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
            proptest::prop_assert_eq!(&nfc_clean(&text), &clean);
            let plain: String = text.nfd().filter(|c| !is_combining_mark(*c)).map(by_hand).collect();
            proptest::prop_assert_eq!(fold_ascii(&text), plain);
            if is_clean(&text) {
                proptest::prop_assert_eq!(&text, &clean);
            }
        }
    }

    /// The phone folds by the same vectors (tests/field/fold.test.mjs).
    #[test]
    fn the_vectors_that_the_phone_folds_by_hold_here() {
        let plain = |text: &str| {
            let mut pieces = text.split("\\u{");
            let first = pieces.next().unwrap_or("").to_owned();
            pieces.fold(first, |mut out, piece| {
                let (hex, rest) = piece.split_once('}').expect("an escape ends");
                out.push(char::from_u32(u32::from_str_radix(hex, 16).expect("hexadecimal")).expect("a character"));
                out.push_str(rest);
                out
            })
        };
        let mut rows = csv::Reader::from_reader(include_str!("../../tests/data/fold_vectors.csv").as_bytes());
        for row in rows.records() {
            let row: Vec<String> = row.expect("a row").iter().map(plain).collect();
            let text = &row[0];
            assert_eq!([&nfc_clean(text), &fold_ascii(text), &name_fold(text)], [&row[1], &row[2], &row[3]], "{text:?}");
        }
    }
}
