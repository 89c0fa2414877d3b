//! Text that was typed in the letters of an old font: TCVN3 (`.VnTime`) and VNI (`VNI-Times`) keep Vietnamese letters under the
//! code points of others, so that a cell shows `TrÇn ThÞ` where its font is not known. Which of them a cell is written in is told
//! by its words: the reading that gives more Vietnamese syllables is the right one, and none is taken when it gives no more.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::syllable::is_syllable;
use crate::payment_code::fold::is_composed;

/// In which letters a text was typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Letters {
    /// Unicode, as it should be.
    #[default]
    Unicode,
    /// TCVN 5712 (VN3), of the `.Vn` fonts. Its capitals with a tone are other fonts' small letters.
    Tcvn3,
    /// VNI Windows: a letter and behind it a sign for its marks.
    Vni,
}

/// TCVN3's places, and what stands there.
const TCVN3: (&str, &str) = (
    "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u{ad}õøö÷ùúýûüþ¡¢£¤¥¦§",
    "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
);

/// The text in Unicode (NFC), and how it had been written.
pub(super) fn read(text: &str) -> (Cow<'_, str>, Letters) {
    if text.is_ascii() {
        return (Cow::Borrowed(text), Letters::Unicode);
    }
    let plain = if is_composed(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) };
    // Whoever writes Vietnamese in Unicode uses letters that neither font has a place for.
    let is_old = text.chars().any(|c| matches!(c, '\u{80}'..='\u{ff}'))
        && !plain
            .chars()
            .any(|c| matches!(c, 'ă' | 'Ă' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | '\u{1ea0}'..='\u{1eff}') || is_combining_mark(c));
    if !is_old {
        return (plain, Letters::Unicode);
    }
    let mut best = (score(&plain, &plain), plain, Letters::Unicode);
    for (letters, read) in [(Letters::Tcvn3, from_tcvn3(text)), (Letters::Vni, from_vni(text))] {
        let score = score(text, &read);
        if score > best.0 {
            best = (score, Cow::Owned(read), letters);
        }
    }
    (best.1, best.2)
}

/// How many more of the words that are not plain ASCII become syllables than do not.
fn score(source: &str, read: &str) -> i32 {
    let words = |text: &str| -> Vec<String> {
        let is_end = |c: char| c.is_whitespace() || (c.is_ascii() && !c.is_ascii_alphanumeric());
        text.split(is_end).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (source, read) = (words(source), words(read));
    if source.len() != read.len() {
        return i32::MIN;
    }
    source
        .iter()
        .zip(&read)
        .filter(|(source, _)| !source.is_ascii())
        .map(|(_, read)| if is_syllable(read) { 1 } else { -1 })
        .sum()
}

fn from_tcvn3(text: &str) -> String {
    let (places, letters) = TCVN3;
    text.chars()
        .map(|c| places.chars().zip(letters.chars()).find(|(place, _)| *place == c).map_or(c, |(_, letter)| letter))
        .collect()
}

const GRAVE: char = '\u{300}';
const ACUTE: char = '\u{301}';
const TILDE: char = '\u{303}';
const HOOK: char = '\u{309}';
const DOT: char = '\u{323}';
const CIRCUMFLEX: char = '\u{302}';
const BREVE: char = '\u{306}';
const HORN: char = '\u{31b}';

/// The marks that a sign behind a letter stands for.
fn vni_marks(sign: char, base: char) -> Option<&'static [char]> {
    let marks: &'static [char] = match sign {
        'ù' => &[ACUTE],
        'ø' => &[GRAVE],
        'û' => &[HOOK],
        'õ' => &[TILDE],
        'ï' => &[DOT],
        'â' => &[CIRCUMFLEX],
        'á' => &[CIRCUMFLEX, ACUTE],
        'à' => &[CIRCUMFLEX, GRAVE],
        'å' => &[CIRCUMFLEX, HOOK],
        'ã' => &[CIRCUMFLEX, TILDE],
        'ä' => &[CIRCUMFLEX, DOT],
        'ê' => &[BREVE],
        'é' => &[BREVE, ACUTE],
        'è' => &[BREVE, GRAVE],
        'ú' => &[BREVE, HOOK],
        'ü' => &[BREVE, TILDE],
        'ë' => &[BREVE, DOT],
        _ => return None,
    };
    let fits = match marks[0] {
        CIRCUMFLEX => matches!(base, 'a' | 'e' | 'o'),
        BREVE => base == 'a',
        _ => matches!(base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ô' | 'ö'),
    };
    fits.then_some(marks)
}

/// A letter that stands alone for one of ours.
fn vni_letter(c: char) -> Option<&'static [char]> {
    Some(match c {
        'ñ' => &['đ'],
        'ô' => &['o', HORN],
        'ö' => &['u', HORN],
        'æ' => &['i', HOOK],
        'ó' => &['i', TILDE],
        'ò' => &['i', DOT],
        'î' => &['y', DOT],
        _ => return None,
    })
}

fn from_vni(text: &str) -> String {
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let base = lower(c);
        let mut letter: Vec<char> = vni_letter(base).map_or_else(|| vec![base], <[char]>::to_vec);
        if let Some(marks) = chars.peek().and_then(|sign| vni_marks(lower(*sign), base)) {
            chars.next();
            letter.extend_from_slice(marks);
        }
        let letter: String = letter.into_iter().nfc().collect();
        if c.is_uppercase() { out.push_str(&letter.to_uppercase()) } else { out.push_str(&letter) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_letters_are_read_by_what_their_words_become() {
        for (text, read_as, letters) in [
            ("TrÇn ThÞ Thanh H\u{ad}¬ng", "Trần Thị Thanh Hương", Letters::Tcvn3),
            ("§µm ThÞ H\u{ad}¬ng", "Đàm Thị Hương", Letters::Tcvn3),
            ("¡n uèng", "Ăn uống", Letters::Tcvn3),
            ("C¸ - thñy s¶n", "Cá - thủy sản", Letters::Tcvn3),
            ("Haø Thò Thu Oanh", "Hà Thị Thu Oanh", Letters::Vni),
            ("Nguyeãn Thò Hôïi", "Nguyễn Thị Hợi", Letters::Vni),
            ("Noâng Höõu Bình", "Nông Hữu Bình", Letters::Vni),
            ("ÑAØM THÒ LOAN", "ĐÀM THỊ LOAN", Letters::Vni),
            ("Lyù Thò Quyùt", "Lý Thị Quýt", Letters::Vni),
            ("Nguyễn Thị Hoà", "Nguyễn Thị Hoà", Letters::Unicode),
            ("Lý Thanh Bình", "Lý Thanh Bình", Letters::Unicode),
            ("H’Bia Niê", "H’Bia Niê", Letters::Unicode),
            ("Hoa\u{300} Thi\u{323}", "Hoà Thị", Letters::Unicode),
            ("Café Zürich", "Café Zürich", Letters::Unicode),
        ] {
            assert_eq!(read(text), (Cow::Borrowed(read_as), letters), "{text}");
        }
    }

    /// Every name of the sample survives the way into each font's letters and back.
    #[test]
    fn every_syllable_of_the_communes_is_one() {
        let mut wrong = Vec::new();
        for ward in crate::domain::place::provinces().iter().flat_map(|province| crate::domain::place::wards_of(&province.code)) {
            for word in ward.name.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_ascii() && !word.is_empty()) {
                if !is_syllable(word) {
                    wrong.push(word.to_owned());
                }
            }
        }
        // Names of the highlands are no Vietnamese syllables: Êa, Krông, Păl …
        wrong.sort();
        wrong.dedup();
        assert!(wrong.len() < 60, "{} {wrong:?}", wrong.len());
    }
}
