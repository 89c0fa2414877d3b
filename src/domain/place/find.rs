//! What a typed text may mean: `phuong bac kan thai nguyen`, `P. Sông Cầu, TP Bắc Kạn`, `01843`.
//!
//! Every syllable leads to the communes that have it in their name or in what they lie in, so that a look-up touches a few hundred
//! of the 13,000 and stays far below a millisecond.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    sync::LazyLock,
};

use super::{FormerWard, PLACES, Ward, former_ward, province, ward};
use crate::payment_code::fold::{name_fold, name_sort, nfc_clean};

/// A commune that a text may mean.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// The commune of today.
    pub ward: &'static Ward,
    /// The former one that the text names, when it does.
    pub before: Option<&'static FormerWard>,
}

/// No commune with all that it lies in is longer, in bytes.
const LONGEST: usize = 300;

/// Kinds as people write them before a name, each with the word it stands for.
const KINDS: [(&[&str], &str); 11] = [
    (&["phuong"], "phuong"),
    (&["p"], "phuong"),
    (&["xa"], "xa"),
    (&["x"], "xa"),
    (&["thi", "tran"], "thi tran"),
    (&["tt"], "thi tran"),
    (&["dac", "khu"], "dac khu"),
    (&["thanh", "pho"], "thanh pho"),
    (&["thi", "xa"], "thi xa"),
    (&["quan"], "quan"),
    (&["huyen"], "huyen"),
];
/// Words that say of what kind something is: nobody is kept out for leaving them away or for writing them.
const KIND_WORDS: [&str; 17] =
    ["phuong", "p", "xa", "x", "thi", "tran", "tt", "dac", "khu", "thanh", "pho", "tp", "tinh", "quan", "q", "huyen", "h"];

/// A commune of today or of before, as it is looked for.
struct Entry {
    hits: Vec<Hit>,
    kind: &'static str,
    name: Vec<String>,
    /// The same with its marks.
    marked: Vec<String>,
    around: HashSet<String>,
}

struct Index {
    entries: Vec<Entry>,
    /// The entries that have a word, ascending.
    by_word: BTreeMap<String, Vec<usize>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let today = PLACES.wards.iter().map(|ward| {
        let around = province(&ward.province_code).map_or("", |province| &province.name);
        entry(&ward.full_name, around, vec![Hit { ward, before: None }])
    });
    let before = PLACES.former.iter().map(|former| {
        let now: Vec<&'static Ward> = former.now.iter().filter_map(|code| ward(code)).collect();
        // The old commune with the province of today is how people write in between.
        let provinces = now.iter().filter_map(|ward| province(&ward.province_code)).map(|province| province.name.as_str());
        let around = format!("{} {} {}", former.district, former.province, provinces.collect::<Vec<_>>().join(" "));
        entry(&former.full_name, &around, now.into_iter().map(|ward| Hit { ward, before: Some(former) }).collect())
    });
    let entries: Vec<Entry> = today.chain(before).collect();
    let mut by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        for word in entry.name.iter().chain(&entry.around).collect::<HashSet<_>>() {
            by_word.entry(word.clone()).or_default().push(at);
        }
    }
    Index { entries, by_word }
});

fn entry(full_name: &str, around: &str, hits: Vec<Hit>) -> Entry {
    let words = words(full_name);
    let (kind, length) = kind_of(&words).unwrap_or(("", 0));
    let marked = marked(full_name)[length..].to_vec();
    Entry { hits, kind, name: words[length..].to_vec(), marked, around: self::words(around).into_iter().collect() }
}

/// Syllables with their marks, wherever these are set: `hoà` is `hòa`.
fn marked(text: &str) -> Vec<String> {
    nfc_clean(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(name_sort).collect()
}

/// Syllables without marks; a number is itself however many zeros stand before it, and `P4` is `P 4`.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in name_fold(text).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        match word.split_at(1) {
            ("p" | "q" | "x", number) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                words.push(word[..1].to_owned());
                words.push(bare(number));
            }
            _ => words.push(bare(word)),
        }
    }
    words
}

fn bare(word: &str) -> String {
    let short = word.trim_start_matches('0');
    if !short.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) { short.to_owned() } else { word.to_owned() }
}

/// The kind that words begin with, and how many of them it takes. A name of one word is not eaten by it.
fn kind_of(words: &[String]) -> Option<(&'static str, usize)> {
    let begins = |sign: &[&str]| words.len() > sign.len() && sign.iter().zip(words).all(|(a, b)| a == b);
    KINDS.iter().find(|(sign, _)| begins(sign)).map(|(sign, kind)| (*kind, sign.len()))
}

/// How well an entry fits, smaller is better: everything said is in it, and its name stands first; of the kind that was said; with
/// the marks that were written, for `Văn Lang` and `Văn Lăng` lie in one province.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct Fit {
    is_loose: bool,
    is_other_kind: bool,
    /// Words behind the name: `Tân Phú Đông, Đồng Tháp` is not Tân Phú.
    rest: usize,
    has_other_marks: bool,
}

/// A text as it is compared.
struct Typed {
    words: Vec<String>,
    /// Which of them say of what kind the next one is: the `tĩnh` of `Hà Tĩnh` is none, for nothing follows it.
    may_skip: Vec<bool>,
    /// How many of them stand before the first comma: a name does not reach over it.
    first: usize,
    /// `None` when it was written without any mark.
    marked: Option<Vec<String>>,
}

impl Typed {
    fn new(text: &str) -> Self {
        let clean = nfc_clean(text).to_lowercase();
        let marked = (name_fold(&clean) != clean).then(|| marked(&clean));
        let (mut all, mut may_skip) = (Vec::new(), Vec::new());
        for part in text.split([',', ';']) {
            let words = words(part);
            may_skip
                .extend(words.iter().enumerate().map(|(at, word)| at + 1 < words.len() && KIND_WORDS.contains(&word.as_str())));
            all.extend(words);
        }
        let first = words(text.split([',', ';']).next().unwrap_or_default()).len();
        Self { words: all, may_skip, first, marked }
    }
}

fn fit(entry: &Entry, typed: &Typed) -> Fit {
    let named = |from: usize| {
        let rest = from + entry.name.len();
        rest <= typed.first
            && typed.words[from..].starts_with(&entry.name)
            && typed.words[rest..]
                .iter()
                .zip(&typed.may_skip[rest..])
                .all(|(word, may_skip)| *may_skip || entry.around.contains(word))
    };
    let has_other_marks =
        typed.marked.as_ref().is_some_and(|marked| !marked.windows(entry.marked.len().max(1)).any(|part| part == entry.marked));
    // `Quan Sơn` is a name though `quận` is a kind: read as it stands first.
    let (is_loose, is_other_kind) = match kind_of(&typed.words) {
        _ if named(0) => (false, false),
        Some((kind, length)) => (!named(length), kind != entry.kind),
        None => (true, false),
    };
    let rest = if is_loose { 0 } else { typed.words.len() - entry.name.len() };
    Fit { is_loose, is_other_kind, rest, has_other_marks }
}

/// What a text may mean, the likeliest first: communes of today before former ones. When all hits lead to one commune, the text
/// is clear; otherwise a person has to be asked. A former commune that was split gives all of its parts, the likeliest first.
///
/// ```
/// use choqr::domain::place::find;
///
/// let hits = find("Phường Sông Cầu, Bắc Kạn");
/// assert_eq!(hits[0].ward.with_province(), "Phường Bắc Kạn, Tỉnh Thái Nguyên");
/// assert_eq!(hits[0].before.unwrap().district, "Thành phố Bắc Kạn");
/// ```
#[must_use]
pub fn find(text: &str) -> Vec<Hit> {
    let text = text.trim();
    if text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit()) {
        return by_code(text);
    }
    // Whoever sends a book of syllables is not looking for a commune.
    if text.len() > LONGEST {
        return Vec::new();
    }
    let typed = Typed::new(text);
    let mut found: Vec<(Fit, usize)> = candidates(&typed).into_iter().map(|at| (fit(&INDEX.entries[at], &typed), at)).collect();
    found.sort_unstable();
    let Some(&(best, _)) = found.first() else { return Vec::new() };
    // What fits is not mixed with what only holds the words.
    found.iter().take_while(|(fit, _)| *fit == best).flat_map(|(_, at)| &INDEX.entries[*at].hits).copied().collect()
}

fn by_code(code: &str) -> Vec<Hit> {
    if let Some(ward) = ward(code) {
        return vec![Hit { ward, before: None }];
    }
    let Some(before) = former_ward(code) else { return Vec::new() };
    before.now.iter().filter_map(|code| ward(code)).map(|ward| Hit { ward, before: Some(before) }).collect()
}

/// The entries that have every word, the last of which may not be finished yet.
fn candidates(typed: &Typed) -> Vec<usize> {
    let asked: Vec<&String> =
        typed.words.iter().zip(&typed.may_skip).filter(|(_, may_skip)| !**may_skip).map(|(word, _)| word).collect();
    let mut lists: Vec<Cow<'_, [usize]>> = Vec::with_capacity(asked.len());
    for (at, word) in asked.iter().enumerate() {
        match INDEX.by_word.get(*word) {
            Some(list) => lists.push(Cow::Borrowed(list)),
            None if at + 1 == asked.len() => lists.push(Cow::Owned(beginning_with(word))),
            None => return Vec::new(),
        }
    }
    lists.sort_by_key(|list| list.len());
    let mut lists = lists.into_iter();
    let Some(mut common) = lists.next().map(Cow::into_owned) else { return Vec::new() };
    for list in lists {
        common.retain(|at| list.binary_search(at).is_ok());
    }
    common
}

fn beginning_with(start: &str) -> Vec<usize> {
    let all = INDEX.by_word.range(start.to_owned()..).take_while(|(word, _)| word.starts_with(start));
    let mut found: Vec<usize> = all.flat_map(|(_, list)| list).copied().collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        let mut codes: Vec<&str> = find(text).iter().map(|hit| hit.ward.code.as_str()).collect();
        codes.dedup();
        codes
    }

    #[test]
    fn a_ward_is_found_however_it_is_typed() {
        for text in [
            "bac kan thai nguyen",
            "Phường Bắc Kạn, Tỉnh Thái Nguyên",
            "p. bac kan, thai nguyen",
            "01843",
            "P.SÔNG CẦU, TP BẮC KẠN",
        ] {
            assert_eq!(codes(text), ["01843"], "{text}");
        }
        assert_eq!(codes("phường 04, quận 4, hồ chí minh"), codes("p4 q4 ho chi minh"));
        assert!(find("khong co dau ca zzz").is_empty());
        assert!(find("").is_empty());
        assert!(find(" , ; ").is_empty());
        assert!(find(&"tân ".repeat(100_000)).is_empty());
    }

    #[test]
    fn a_name_that_repeats_is_asked_about_and_its_province_settles_it() {
        assert!(codes("Xã Tân Tiến").len() > 3);
        for ward in PLACES.wards.iter().filter(|ward| ward.full_name == "Xã Tân Tiến") {
            assert_eq!(find(&ward.with_province())[0].ward.code, ward.code);
        }
    }

    #[test]
    fn every_former_commune_resolves_or_asks() {
        for former in &PLACES.former {
            let text = format!("{}, {}, {}", former.full_name, former.district, former.province);
            let found = codes(&text);
            assert!(former.now.iter().all(|code| found.contains(&code.as_str())), "{text}: {found:?}, not {:?}", former.now);
        }
    }

    #[test]
    fn every_ward_of_today_comes_first_under_its_name_with_marks_or_without() {
        let mut told_apart_by_marks = 0;
        for ward in &PLACES.wards {
            let text = ward.with_province();
            assert_eq!(find(&text).first().map(|hit| hit.ward.code.as_str()), Some(ward.code.as_str()), "{text}");
            let found = codes(&name_fold(&text));
            if found.first() != Some(&ward.code.as_str()) {
                assert!(found.contains(&ward.code.as_str()), "{text}");
                told_apart_by_marks += 1;
            }
        }
        assert!(told_apart_by_marks < 20, "{told_apart_by_marks}");
    }
}
