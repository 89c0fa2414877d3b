//! Vietnamese text without its marks, for search, comparison and payment codes; and the order of names.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// NFC, with spaces of every kind collapsed, and without characters that nobody can see.
///
/// ```
/// use choqr::payment_code::fold::nfc_clean;
/// assert_eq!(nfc_clean("  Hoa\u{300}\u{a0}\u{200b} Lan\n"), "Hoà Lan");
/// ```
#[must_use]
pub fn nfc_clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.nfc() {
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
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            'đ' | 'ð' | 'ɖ' => 'd',
            'Đ' | 'Ð' | 'Ɖ' => 'D',
            '‘' | '’' => '\'',
            '“' | '”' => '"',
            '–' | '—' => '-',
            other => other,
        })
        .collect()
}

/// The key under which a name is searched and compared: cleaned, marks dropped, lower case.
#[must_use]
pub fn name_fold(text: &str) -> String {
    fold_ascii(&nfc_clean(text)).to_lowercase()
}

/// The letters of the Vietnamese alphabet in their order; letters of other alphabets stand where English has them.
const LETTERS: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// A key whose byte order is the order of a Vietnamese dictionary: letters first, then the five tones in the order
/// ngang, huyền, hỏi, ngã, sắc, nặng. The same on every database, since no collation is asked.
#[must_use]
pub fn name_sort(text: &str) -> String {
    let mut letters = String::with_capacity(text.len() * 2);
    let mut tones = String::new();
    for c in nfc_clean(text).to_lowercase().chars() {
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
        match LETTERS.chars().position(|l| l == letter) {
            Some(rank) => letters.push(char::from(b'A' + u8::try_from(rank).unwrap_or(0))),
            None => letters.push(letter),
        }
        tones.push(tone);
    }
    format!("{letters}\u{1}{tones}")
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
