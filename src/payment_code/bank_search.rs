//! Finding a bank by what people write: its BIN, a code of either system, its name now or before, an alias.
//!
//! Two systems of short codes are in use, and they clash: `BVB` is Bảo Việt in the list of NAPAS and Bản Việt on the
//! stock exchange. So a text that may mean several banks is answered with all of them and with why each was found.

use std::sync::LazyLock;

use super::{
    bank::{self, Bank},
    fold,
};

/// Why a bank was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// By its BIN.
    Bin,
    /// By its code in the list of NAPAS and vietqr.io.
    VietQrCode,
    /// By its code in the style of the stock exchange.
    TickerCode,
    /// By its name.
    Name,
    /// By a name it had before.
    FormerName,
    /// By something people write instead.
    Alias,
    /// A part of a name.
    Part,
    /// Something written like its name.
    Similar,
}

/// A bank that a text may mean.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Candidate {
    /// Which bank.
    #[serde(flatten)]
    pub bank: &'static Bank,
    /// Why it was found.
    #[serde(rename = "found_by")]
    pub why: Why,
}

/// What a text means.
#[derive(Debug, Clone)]
pub enum Meaning {
    /// Exactly one bank.
    One(Candidate),
    /// Several: somebody has to choose. A bank that was only guessed at stands here even when it is alone.
    Several(Vec<Candidate>),
    /// None that is known.
    Nothing,
}

impl Meaning {
    /// Every bank that may be meant, the likeliest first.
    #[must_use]
    pub fn candidates(self) -> Vec<Candidate> {
        match self {
            Self::One(candidate) => vec![candidate],
            Self::Several(candidates) => candidates,
            Self::Nothing => Vec::new(),
        }
    }
}

/// The keys under which a bank is found whole, and the words of its names.
struct Entry {
    bank: &'static Bank,
    whole: Vec<(String, Why)>,
    words: Vec<String>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| bank::all().iter().map(entry).collect());

fn entry(bank: &'static Bank) -> Entry {
    let mut whole = vec![
        (bank.bin.clone(), Why::Bin),
        (joined(&bank.code), Why::VietQrCode),
        (joined(&bank.short_name), Why::Name),
        (joined(&bank.vietnamese_name), Why::Name),
        (joined(&bank.english_name), Why::Name),
    ];
    whole.extend(bank.ticker_codes.iter().map(|code| (joined(code), Why::TickerCode)));
    whole.extend(bank.former_names.iter().map(|name| (joined(name), Why::FormerName)));
    whole.extend(bank.aliases.iter().map(|alias| (joined(alias), Why::Alias)));
    let names = [&bank.short_name, &bank.vietnamese_name, &bank.english_name];
    let words = names
        .into_iter()
        .chain(&bank.former_names)
        .chain(&bank.aliases)
        .flat_map(|name| fold::name_fold(name).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect();
    Entry { bank, whole, words }
}

/// Folded, and written in one: `Viet com bank` and `VIETCOMBANK` are the same word.
fn joined(text: &str) -> String {
    fold::name_fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What a text means. Case, marks, spaces and the words `ngân hàng`, `TMCP`, `NH` in front do not matter.
///
/// ```
/// use choqr::payment_code::bank_search::{Meaning, look_up};
///
/// assert!(matches!(look_up("ngoại thương"), Meaning::One(found) if found.bank.bin == "970436"));
/// // Bảo Việt in one list, Bản Việt in the other: somebody has to choose.
/// assert!(matches!(look_up("BVB"), Meaning::Several(banks) if banks.len() == 2));
/// ```
#[must_use]
pub fn look_up(text: &str) -> Meaning {
    // Nobody writes a bank's name longer than this; what is longer was pasted by mistake.
    if text.chars().count() > 120 {
        return Meaning::Nothing;
    }
    let wanted = joined(text);
    if wanted.is_empty() {
        return Meaning::Nothing;
    }
    let bare = without_kind(text);
    for keys in [vec![wanted.clone(), bare.concat()], vec![without_tail(&bare).concat()], pieces(text)] {
        let exact = exactly(&keys);
        if !exact.is_empty() {
            return one_or_several(exact);
        }
    }
    let part = |fits: fn(&str, &str) -> bool| {
        found(|entry| {
            let is_part = !bare.is_empty() && bare.iter().all(|word| entry.words.iter().any(|name| fits(name, word)));
            is_part.then_some(Why::Part)
        })
    };
    let (of_words, of_beginnings) = (part(|name, word| name == word), part(|name, word| name.starts_with(word)));
    if of_words.len() == 1 && of_beginnings.len() == 1 {
        return one_or_several(of_words);
    }
    if !of_beginnings.is_empty() {
        // The beginning of a word is a guess: somebody has to say yes.
        return Meaning::Several(of_beginnings);
    }
    let similar = found(|entry| {
        // In four letters only two that changed places are believed: `BIVD`.
        let is_slip =
            |key: &str| is_one_slip(key, &wanted) && (wanted.len() >= 5 || (wanted.len() == 4 && is_shuffled(key, &wanted)));
        let is_similar = entry.whole.iter().any(|(key, why)| *why != Why::Bin && is_slip(key));
        is_similar.then_some(Why::Similar)
    });
    if similar.is_empty() { Meaning::Nothing } else { Meaning::Several(similar) }
}

fn found(why: impl Fn(&Entry) -> Option<Why>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> =
        ENTRIES.iter().filter_map(|entry| why(entry).map(|why| Candidate { bank: entry.bank, why })).collect();
    // Within the same reason a bank that takes transfers by code comes first: it is the one people have.
    candidates.sort_by_key(|found| (found.why, found.bank.transfer != "1"));
    candidates
}

fn one_or_several(candidates: Vec<Candidate>) -> Meaning {
    match candidates.as_slice() {
        [] => Meaning::Nothing,
        [only] => Meaning::One(*only),
        _ => Meaning::Several(candidates),
    }
}

/// The folded words without those that only say that it is a bank.
fn without_kind(text: &str) -> Vec<String> {
    let folded = fold::name_fold(text);
    let mut words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    loop {
        let spare = match words.as_slice() {
            ["ngan", "hang", ..] => 2,
            ["nganhang" | "nh" | "tmcp" | "tnhh" | "mtv" | "vi" | "bank", _, ..] => 1,
            _ => break,
        };
        words.drain(..spare);
    }
    words.into_iter().map(str::to_owned).collect()
}

/// The banks that have one of these keys.
fn exactly(keys: &[String]) -> Vec<Candidate> {
    found(|entry| {
        entry
            .whole
            .iter()
            .filter(|(key, _)| keys.iter().any(|wanted| !wanted.is_empty() && wanted == key))
            .map(|(_, why)| *why)
            .min()
    })
}

/// The words without those behind a name that only say that it is a bank, of this country, or which branch.
fn without_tail(words: &[String]) -> &[String] {
    let mut words = words;
    let branch = |pair: &[String]| pair[0] == "chi" && pair[1] == "nhanh";
    if let Some(at) = words.iter().position(|word| word == "cn").into_iter().chain(words.windows(2).position(branch)).min() {
        words = &words[..at];
    }
    loop {
        let spare = match words {
            [_, .., a, b] if a == "viet" && b == "nam" => 2,
            [_, .., last] if matches!(last.as_str(), "bank" | "vn" | "vietnam" | "jsc") => 1,
            _ => return words,
        };
        words = &words[..words.len() - spare];
    }
}

/// What stands between brackets and dashes, each as a key; single words too, when every one of them is a bank's.
fn pieces(text: &str) -> Vec<String> {
    let of = |separators: fn(char) -> bool| -> Vec<String> {
        let pieces = text.split(separators).map(|piece| without_tail(&without_kind(piece)).concat());
        pieces.filter(|piece| piece.chars().count() > 1).collect()
    };
    let words = of(char::is_whitespace);
    let words = if words.iter().all(|word| !exactly(std::slice::from_ref(word)).is_empty()) { words } else { Vec::new() };
    [of(|c| matches!(c, '(' | ')' | '[' | ']' | '-' | '–' | '/' | ',' | ';' | ':')), words].concat()
}

/// One letter too many, too few, wrong, or two that changed places.
fn is_one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let rest = |a: &[char], b: &[char], n: usize, m: usize| a.len() >= n && b.len() >= m && a[n..] == b[m..];
    let swapped = a.len() >= 2 && b.len() >= 2 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
    swapped || rest(a, b, 1, 1) || rest(a, b, 1, 0) || rest(a, b, 0, 1)
}

/// The same letters in another order.
fn is_shuffled(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<&'static str> {
        match look_up(text) {
            Meaning::One(found) => Some(&found.bank.bin),
            _ => None,
        }
    }

    fn several(text: &str) -> Vec<&'static str> {
        match look_up(text) {
            Meaning::Several(found) => found.iter().map(|found| found.bank.bin.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_bank_is_found_as_people_write_it() {
        for (text, bin) in [
            ("vcb", "970436"),
            ("Vietcombank", "970436"),
            ("vietcom bank", "970436"),
            ("viet com bank", "970436"),
            ("ngoại thương", "970436"),
            ("Ngân hàng Ngoại thương", "970436"),
            ("NGAN HANG TMCP NGOAI THUONG VIET NAM", "970436"),
            ("970422", "970422"),
            ("MB", "970422"),
            ("mb bank", "970422"),
            ("quân đội", "970422"),
            ("nông nghiệp", "970405"),
            ("NH Nông nghiệp", "970405"),
            ("agribank", "970405"),
            ("TPbank", "970423"),
            ("tiên phong bank", "970423"),
            ("CTG", "970415"),
            ("ICB", "970415"),
            ("công thương", "970415"),
            ("LienVietPostBank", "970449"),
            ("lộc phát", "970449"),
            ("CB Bank", "970444"),
            ("OceanBank", "970414"),
            ("Đông Á", "970406"),
            ("vikki", "970406"),
            ("GP bank", "970408"),
            ("hàng hải", "970426"),
            ("ví momo", "971025"),
            ("viettel money", "971005"),
            ("Vietcombank (VCB)", "970436"),
            ("VCB - Vietcombank", "970436"),
            ("Vietcombank VCB", "970436"),
            ("VCB bank", "970436"),
            ("ACB bank", "970416"),
            ("MB Việt Nam", "970422"),
            ("Agribank CN Huế", "970405"),
            ("Sacombank (STB)", "970403"),
        ] {
            assert_eq!(one(text), Some(bin), "{text}: {:?}", several(text));
        }
    }

    #[test]
    fn what_may_mean_several_banks_is_answered_with_all_of_them() {
        assert_eq!(several("BVB"), ["970438", "970454"], "one list's code is the other's bank");
        assert!(several("sài gòn").len() >= 3);
        assert!(several("thịnh vượng").contains(&"970432") && several("thịnh vượng").contains(&"970408"));
        assert_eq!(several("IBK").len(), 2);
        assert!(several("CIMB").contains(&"422589"), "two BINs of one bank");
    }

    #[test]
    fn a_slip_is_a_question_never_an_answer() {
        assert_eq!(several("vietcombnak"), ["970436"]);
        assert!(several("kb").len() == 1, "the beginning of a word is a guess");
        assert_eq!(several("agribnk"), ["970405"]);
        assert!(matches!(look_up("không có"), Meaning::Nothing));
        assert!(matches!(look_up(""), Meaning::Nothing));
        assert!(matches!(look_up(" - "), Meaning::Nothing));
        assert!(matches!(look_up(&"a".repeat(10_000)), Meaning::Nothing));
    }

    #[test]
    fn every_bank_is_found_by_each_of_its_names() {
        for bank in bank::all() {
            for name in [&bank.bin, &bank.code, &bank.short_name, &bank.vietnamese_name].into_iter().chain(&bank.former_names) {
                assert!(look_up(name).candidates().iter().any(|found| found.bank.bin == bank.bin), "{name}");
            }
        }
    }
}
