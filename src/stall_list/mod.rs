//! Pure: a market board's list of stalls, as a file holds it, read row by row. Nothing here knows of a database.
//!
//! A file becomes a sheet ([`sheet`]), a sheet's header tells what its columns hold ([`columns`]), and every row becomes an
//! [`Entry`] with what was noticed in it ([`Finding`]). What a spreadsheet may have ruined is never mended by guessing: the value
//! stays empty and a person looks.

mod account;
mod bank;
pub mod columns;
mod delimited;
mod entry;
mod finding;
mod letters;
mod phone;
mod place;
mod rows;
pub mod sheet;
mod syllable;
mod together;
mod workbook;

use std::collections::BTreeMap;

pub use columns::Column;
use columns::Header;
pub use entry::{Correction, Entry};
pub use finding::Finding;
pub use sheet::{ListError, Sheet};
pub use syllable::is_syllable;

/// How a list is to be read, where a person knows better than a guess.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wishes {
    /// Which sheet of a workbook.
    #[serde(default)]
    pub sheet: Option<String>,
    /// What each column holds, from column A on; in place of the guess.
    #[serde(default)]
    pub columns: Option<Vec<Option<Column>>>,
    /// What was put right, by row.
    #[serde(default)]
    pub corrections: BTreeMap<u32, Correction>,
}

/// A list that was read.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The sheet's name; empty for a CSV.
    pub sheet: String,
    /// Other sheets, with whether they are hidden.
    pub others: Vec<(String, bool)>,
    /// Those of them that are shown and hold a list too, which this reading leaves out.
    pub more_lists: Vec<String>,
    /// What each column holds, from column A on; empty when nobody can tell.
    pub columns: Vec<Option<Column>>,
    /// The words over each column.
    pub headings: Vec<String>,
    /// Every row, also those that hold no stall.
    pub entries: Vec<Entry>,
}

/// Reads a list from a file's bytes.
pub fn read(bytes: &[u8], wishes: &Wishes) -> Result<List, ListError> {
    let sheet = sheet::read(bytes, wishes.sheet.as_deref())?;
    Ok(read_sheet(sheet, wishes))
}

/// Reads a list from a sheet.
#[must_use]
pub fn read_sheet(sheet: Sheet, wishes: &Wishes) -> List {
    let found = columns::find(&sheet);
    let has_header = found.is_some();
    let width = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let mut header = found.or_else(|| columns::by_content(&sheet)).unwrap_or(Header { first: 0, last: 0, columns: Vec::new() });
    header.columns.resize(width, None);
    if let Some(columns) = &wishes.columns {
        header.columns.clone_from(columns);
    }
    let headings = (0..width).map(|column| if has_header { heading(&sheet, &header, column) } else { String::new() }).collect();
    let columns = header.columns.clone();
    let is_known = header.at(Column::Name).is_some() || header.at(Column::Stall).is_some();
    let entries = if is_known { entries(&sheet, &header, has_header, wishes) } else { Vec::new() };
    List { sheet: sheet.name, others: sheet.others, more_lists: sheet.more_lists, columns, headings, entries }
}

fn heading(sheet: &Sheet, header: &Header, column: usize) -> String {
    let mut words: Vec<String> = Vec::new();
    for row in &sheet.rows[header.first..=header.last] {
        let text = row
            .cells
            .get(column)
            .map(|cell| crate::payment_code::fold::nfc_clean(&letters::read(&cell.shown()).0))
            .unwrap_or_default();
        if !text.is_empty() && !words.contains(&text) {
            words.push(text);
        }
    }
    words.join(" · ")
}

fn entries(sheet: &Sheet, first: &Header, has_header: bool, wishes: &Wishes) -> Vec<Entry> {
    let mut header = first.clone();
    let mut part = entry::Part::default();
    let (mut entries, mut header_until) = (Vec::with_capacity(sheet.rows.len()), None);
    for (at, row) in sheet.rows.iter().enumerate() {
        let layout = |finding| Entry { row: row.number, findings: vec![finding], ..Entry::default() };
        if has_header && at >= first.first && header_until.is_none_or(|last| at > last) {
            // The header stands again on every page; when its columns differ, so does what follows. A person's word stands.
            if let Some(again) = rows::again(sheet, at) {
                header_until = Some(again.last);
                if wishes.columns.is_none() {
                    header = again;
                    header.columns.resize(first.columns.len().max(header.columns.len()), None);
                }
            }
        }
        if header_until.is_some_and(|last| at <= last) {
            entries.push(layout(Finding::Header));
            continue;
        }
        let has_begun = !has_header || header_until.is_some();
        if let Some(kind) = rows::kind(sheet, at, &header, has_begun) {
            if kind == Finding::Section {
                part.enter(rows::section(row));
            }
            entries.push(layout(kind));
            continue;
        }
        let correction = wishes.corrections.get(&row.number);
        entries.push(entry::read(row, &header, &mut part, correction));
    }
    together::look(&mut entries, &wishes.corrections);
    entries
}
