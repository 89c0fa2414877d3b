//! Whether a word is a Vietnamese syllable: what tells text in its right letters from text in another font's.

/// What may stand before the vowel, the longest first.
const INITIALS: [&str; 28] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p",
    "r", "s", "t", "v", "x", "",
];

/// What may stand behind it, without its tone.
const RIMES: &str = " a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et \
     ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat \
     oay oăc oăm oăn oăng oăt oc oe oem oen oeo oet oi om on ong oong ooc op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uâc uân \
     uâng uât uây uc uê uêch uên uênh ui um un ung uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uynh uyp uyt uyu uơ uơn ư ưa \
     ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu ynh ";

/// Whether the word, in any case, is spelt as a Vietnamese syllable can be.
///
/// ```
/// use choqr::stall_list::is_syllable;
/// assert!(is_syllable("Nguyễn") && is_syllable("HƯƠNG") && is_syllable("quý"));
/// assert!(!is_syllable("Haø") && !is_syllable("ThÞ") && !is_syllable("tòt"));
/// ```
#[must_use]
pub fn is_syllable(word: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    let (mut letters, mut tone) = (String::with_capacity(word.len()), None);
    for c in word.nfd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => {
                if tone.replace(c).is_some() {
                    return false;
                }
            }
            other => letters.push(other),
        }
    }
    let letters: String = letters.nfc().collect();
    let is_stopped = ["c", "ch", "p", "t"].iter().any(|end| letters.ends_with(end));
    if is_stopped && !matches!(tone, Some('\u{301}' | '\u{323}')) {
        return false;
    }
    INITIALS.iter().any(|initial| letters.strip_prefix(initial).is_some_and(is_rime))
        || matches!(letters.as_str(), "gi" | "gin" | "giêng")
}

fn is_rime(rime: &str) -> bool {
    !rime.is_empty()
        && RIMES.match_indices(rime).any(|(at, _)| {
            let bytes = RIMES.as_bytes();
            bytes[at - 1] == b' ' && bytes.get(at + rime.len()) == Some(&b' ')
        })
}
