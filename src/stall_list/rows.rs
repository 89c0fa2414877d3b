//! What kind of row it is: a stall's, or a title, a header, the heading of a part, a sum, signatures, nothing.

use super::{
    columns::{self, Column, Header},
    finding::Finding,
    letters,
    sheet::{Cell, Row, Sheet},
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

/// What a row is, for a sheet with this header.
pub(super) fn kind(sheet: &Sheet, at: usize, header: &Header, has_begun: bool) -> Option<Finding> {
    let row = &sheet.rows[at];
    let filled: Vec<(usize, String)> =
        row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()).map(|(column, cell)| (column, read(cell))).collect();
    let Some((_, first)) = filled.first() else { return Some(Finding::Blank) };
    if at < header.first && !has_begun {
        return Some(Finding::Title);
    }
    let cell = |column: Column| header.at(column).and_then(|column| row.cells.get(column)).filter(|cell| !cell.is_empty());
    // A stall has a number; a heading or a signature that stands in its column has none, or stands there alone.
    let has_stall = cell(Column::Stall).is_some_and(|cell| {
        let text = read(cell);
        text.chars().any(|c| c.is_ascii_digit())
            && text.chars().count() <= 40
            && !(filled.len() == 1 && begins_a_section(&fold::name_fold(&text)))
    });
    // Who has a number in the list, a phone or an account is a person, whatever words stand beside.
    let is_person = cell(Column::Phone).is_some()
        || cell(Column::Account).is_some()
        || (cell(Column::Name).is_some()
            && cell(Column::Order).is_some_and(|cell| read(cell).chars().all(|c| c.is_ascii_digit())));
    let fold: Vec<String> = filled.iter().map(|(_, text)| fold::name_fold(text)).collect();
    if is_sum(first) || (!has_stall && !is_person && filled.iter().any(|(_, text)| is_sum(text))) {
        return Some(Finding::Total);
    }
    let is_footer = |text: &String| FOOTERS.iter().any(|words| has_words(text, words)) || is_dateline(text);
    if !has_stall && !is_person && fold.iter().any(is_footer) {
        return Some(Finding::Footer);
    }
    // A row of column numbers under a header: (1) (2) (3).
    let is_numbering = filled.len() > 2
        && filled.iter().all(|(_, text)| {
            let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
            bare.chars().count() <= 2 && bare.chars().all(|c| c.is_ascii_alphanumeric())
        })
        && cell(Column::Name).is_some_and(|cell| {
            !read(cell).chars().any(|c| c.is_alphabetic() && !c.is_ascii()) && read(cell).chars().count() <= 4
        });
    if is_numbering {
        return Some(Finding::Header);
    }
    if filled.len() == 1 && !has_stall {
        let is_name_alone = header.at(Column::Name) == Some(filled[0].0) && !begins_a_section(&fold[0]);
        return (!is_name_alone || !looks_like_name(first)).then_some(Finding::Section);
    }
    // A part's heading with its number of stalls beside it.
    let is_heading = !has_stall
        && cell(Column::Phone).is_none()
        && cell(Column::Account).is_none()
        && begins_a_section(&fold[0])
        && filled.iter().skip(1).all(|(_, text)| text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace()));
    is_heading.then_some(Finding::Section)
}

fn read(cell: &Cell) -> String {
    fold::nfc_clean(&letters::read(&cell.shown()).0)
}

/// Whether a text has words that end where they end: `trưởng ban`, not `Trương Bằng`.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| !text[at + words.len()..].starts_with(char::is_alphanumeric))
}

/// `Cộng khu A: 23 hộ`, `TỔNG CỘNG`; `Tống Thị Hoa` and `Công Văn Hậu` are people.
fn is_sum(text: &str) -> bool {
    let lower = text.to_lowercase();
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
pub(super) fn section(row: &Row) -> Heading {
    let text = row.cells.iter().find(|cell| !cell.is_empty()).map(read).unwrap_or_default();
    // A numeral in front: `I.`, `1)`, `a.`.
    let bare = text.split_once(['.', ')']).filter(|(numeral, _)| numeral.chars().count() <= 4 && !numeral.contains(' '));
    let text = bare.map_or(text.as_str(), |(_, rest)| rest.trim());
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
