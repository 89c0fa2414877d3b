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
    let has_stall = cell(Column::Stall).is_some_and(|cell| !matches!(cell, Cell::Text(text) if text.chars().count() > 40));
    let fold: Vec<String> = filled.iter().map(|(_, text)| fold::name_fold(text)).collect();
    if is_sum(first) || (!has_stall && filled.iter().any(|(_, text)| is_sum(text))) {
        return Some(Finding::Total);
    }
    if !has_stall && fold.iter().any(|text| FOOTERS.iter().any(|words| text.contains(words)) || is_dateline(text)) {
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

/// `Cộng khu A: 23 hộ`, `TỔNG CỘNG`; `Tống Thị Hoa` and `Công Văn Hậu` are people.
fn is_sum(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["cộng", "tổng"].iter().any(|word| lower.starts_with(word))
        || ["tong cong", "tong so", "cong khu", "cong:", "cong day", "total", "sum"].iter().any(|words| lower.starts_with(words))
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

/// The zone and the goods that a part's heading names: `KHU A - HÀNG RAU CỦ`.
pub(super) fn section(row: &Row) -> (Option<String>, Option<String>) {
    let text = row.cells.iter().find(|cell| !cell.is_empty()).map(read).unwrap_or_default();
    let mut zone = None;
    let mut goods = None;
    for part in text.split([':', '–', '-']).map(str::trim).filter(|part| !part.is_empty()) {
        let fold = fold::name_fold(part);
        let mut words = fold.split_whitespace();
        match words.next() {
            Some("khu" | "zone") if zone.is_none() => {
                let rest: String = part
                    .split_whitespace()
                    .skip(1)
                    .filter(|word| !word.eq_ignore_ascii_case("vực"))
                    .collect::<Vec<_>>()
                    .join(" ");
                let first = rest.split_whitespace().next().unwrap_or("");
                // `KHU A` names zone A; `KHU RAU CỦ` names what is sold there.
                if first.chars().count() <= 3 && !first.is_empty() {
                    zone = Some(first.to_uppercase());
                } else if goods.is_none() {
                    goods = Some(rest);
                }
            }
            Some("hang" | "nganh") if goods.is_none() => {
                let spare = if fold.starts_with("nganh hang") { 2 } else { 1 };
                goods = Some(part.split_whitespace().skip(spare).collect::<Vec<_>>().join(" "));
            }
            _ => {}
        }
    }
    let sentence = |text: String| {
        let lower = text.to_lowercase();
        let mut chars = lower.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).filter(|text| !text.is_empty())
    };
    (zone, goods.and_then(sentence))
}

/// Whether the rows at `at` are the header one more time; its last row's place.
pub(super) fn again(sheet: &Sheet, at: usize) -> Option<Header> {
    columns::header_at(sheet, at)
}
