//! What kind of row it is: a stall's, or a title, a header, the heading of a part, a sum, signatures, nothing.

use super::{
    columns::{self, Column, Header},
    finding::Finding,
    seen::{Seen, SeenRow},
    sheet::Sheet,
};
use crate::payment_code::fold;

/// Words with which the heading of a part of a market begins.
const SECTIONS: [&str; 12] = ["khu", "day", "nganh", "hang", "nha", "tang", "dinh", "lo", "cong", "phan", "muc", "to"];
/// Words below a list.
const FOOTERS: [&str; 13] = [
    "nguoi lap",
    "lap bieu",
    "ky, ghi ro",
    "ky ghi ro",
    "ky ten",
    "ky, dong dau",
    "thu truong",
    "truong ban",
    "xac nhan",
    "ke toan",
    "chu tich",
    "bang chu",
    "nguoi kiem tra",
];

/// What a row is, by its place in the sheet, for a sheet with this header.
pub(super) fn kind(row: &SeenRow<'_>, at: usize, header: &Header, has_begun: bool) -> Option<Finding> {
    let filled = || row.cells.iter().filter(|cell| !cell.is_empty());
    let Some(first) = filled().next() else { return Some(Finding::Blank) };
    let (is_alone, first_column) = (filled().count() == 1, row.cells.iter().position(|cell| !cell.is_empty()));
    if at < header.first && !has_begun {
        return Some(Finding::Title);
    }
    let cell = |column: Column| header.at(column).and_then(|column| row.cells.get(column)).filter(|cell| !cell.is_empty());
    // A stall has a number; a heading or a signature that stands in its column has none, or stands there alone.
    let has_stall = cell(Column::Stall).is_some_and(|cell| {
        let text = cell.clean();
        text.chars().any(|c| c.is_ascii_digit()) && text.chars().count() <= 40 && !(is_alone && begins_a_section(cell.fold()))
    });
    // Who has a number in the list, a phone or an account is a person, whatever words stand beside.
    let is_person = cell(Column::Phone).is_some()
        || cell(Column::Account).is_some()
        || (cell(Column::Name).is_some()
            && cell(Column::Order).is_some_and(|cell| cell.clean().chars().all(|c| c.is_ascii_digit())));
    if is_sum(first) || (!has_stall && !is_person && filled().any(is_sum)) {
        return Some(Finding::Total);
    }
    let is_footer = |text: &str| FOOTERS.iter().any(|words| has_words(text, words)) || is_dateline(text);
    if !has_stall && !is_person && filled().any(|cell| is_footer(cell.fold())) {
        return Some(Finding::Footer);
    }
    // A row of column numbers under a header: (1) (2) (3).
    let is_numbering = filled().count() > 2
        && filled().all(|cell| {
            let bare = cell.clean().trim_matches(|c: char| !c.is_alphanumeric());
            bare.chars().count() <= 2 && bare.chars().all(|c| c.is_ascii_alphanumeric())
        })
        && cell(Column::Name).is_some_and(|cell| {
            !cell.clean().chars().any(|c| c.is_alphabetic() && !c.is_ascii()) && cell.clean().chars().count() <= 4
        });
    if is_numbering {
        return Some(Finding::Header);
    }
    if is_alone && !has_stall {
        let is_name_alone = header.at(Column::Name) == first_column && !begins_a_section(first.fold());
        return (!is_name_alone || !looks_like_name(first.clean())).then_some(Finding::Section);
    }
    // A part's heading with its number of stalls beside it.
    let is_heading = !has_stall
        && cell(Column::Phone).is_none()
        && cell(Column::Account).is_none()
        && begins_a_section(first.fold())
        && filled().skip(1).all(|cell| cell.clean().chars().all(|c| c.is_ascii_digit() || c.is_whitespace()));
    is_heading.then_some(Finding::Section)
}

/// Whether a text has words that end where they end: `trưởng ban`, not `Trương Bằng`.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| !text[at + words.len()..].starts_with(char::is_alphanumeric))
}

/// `Cộng khu A: 23 hộ`, `TỔNG CỘNG`; `Tống Thị Hoa` and `Công Văn Hậu` are people.
fn is_sum(cell: &Seen<'_>) -> bool {
    if !["cong", "tong", "total", "sum", "luy ke", "toan cho", "so ho"].iter().any(|words| cell.fold().starts_with(words)) {
        return false;
    }
    let lower = cell.clean().to_lowercase();
    ["cộng", "tổng"].iter().any(|word| lower.starts_with(word))
        || ["tong cong", "tong so", "cong khu", "cong:", "cong day", "total", "sum", "lũy kế", "luỹ kế", "toàn chợ", "số hộ:"]
            .iter()
            .any(|words| lower.starts_with(words))
}

fn begins_a_section(fold: &str) -> bool {
    let words: Vec<&str> = fold.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_numeral = words.first().is_some_and(|word| word.len() <= 4 && word.chars().all(|c| matches!(c, 'i' | 'v' | 'x')))
        || (words.first().is_some_and(|word| word.chars().count() == 1) && words.len() > 1);
    is_numeral || words.first().is_some_and(|word| SECTIONS.contains(word))
}

fn looks_like_name(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (2..=6).contains(&words) && !text.chars().any(|c| c.is_ascii_digit() || matches!(c, ':' | '(' | ')'))
}

/// `Bắc Kạn, ngày 30 tháng 6 năm 2026`.
fn is_dateline(fold: &str) -> bool {
    fold.contains("ngay") && fold.contains("thang") && fold.contains("nam")
}

/// What a part's heading says of the rows below.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    /// It begins another part of the market, named or not.
    pub(super) is_part: bool,
    /// The zone.
    pub(super) zone: Option<String>,
    /// The row.
    pub(super) row: Option<String>,
    /// What is sold.
    pub(super) goods: Option<String>,
}

/// The name in `KHU A`, `Dãy B2`: one word of one or two letters, or with a digit. `KHU CÁ` names what is sold.
fn name_of(rest: &str) -> Option<String> {
    let mut words = rest.split_whitespace();
    let name = words.next().filter(|_| words.next().is_none())?;
    let is_name = name.chars().any(|c| c.is_ascii_digit()) || (name.is_ascii() && name.len() <= 2);
    is_name.then(|| name.to_uppercase())
}

/// What a heading says: `KHU A - HÀNG RAU CỦ`, `I. Khu vực B`, `DÃY C`.
pub(super) fn section(row: &SeenRow<'_>) -> Heading {
    let text = row.cells.iter().find(|cell| !cell.is_empty()).map_or("", |cell| cell.clean());
    // A numeral in front: `I.`, `1)`, `a.`.
    let bare = text.split_once(['.', ')']).filter(|(numeral, _)| numeral.chars().count() <= 4 && !numeral.contains(' '));
    let text = bare.map_or(text, |(_, rest)| rest.trim());
    let mut heading = Heading::default();
    let mut goods = None;
    for part in text.split([':', '–', '-']).map(str::trim).filter(|part| !part.is_empty()) {
        let fold = fold::name_fold(part);
        let words: Vec<&str> = fold.split_whitespace().collect();
        let after = |n: usize| part.split_whitespace().skip(n).collect::<Vec<_>>().join(" ");
        match words.as_slice() {
            ["khu" | "zone", more @ ..] => {
                heading.is_part = true;
                let rest = after(if more.first() == Some(&"vuc") { 2 } else { 1 });
                heading.zone = heading.zone.or_else(|| name_of(&rest));
                if heading.zone.is_none() && goods.is_none() {
                    goods = Some(rest);
                }
            }
            ["day" | "lo", ..] => heading.row = name_of(&after(1)),
            ["nganh", "hang", ..] if goods.is_none() => goods = Some(after(2)),
            ["hang" | "nganh", ..] if goods.is_none() => goods = Some(after(1)),
            _ => {}
        }
    }
    let sentence = |text: String| {
        let lower = text.to_lowercase();
        let mut chars = lower.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).filter(|text| !text.is_empty())
    };
    heading.goods = goods.and_then(sentence);
    heading
}

/// Whether the rows at `at` are the header one more time; its last row's place.
pub(super) fn again(sheet: &Sheet, at: usize) -> Option<Header> {
    columns::header_at(sheet, at)
}
