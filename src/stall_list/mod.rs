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
mod seen;
pub mod sheet;
mod syllable;
mod together;
mod workbook;

use std::{borrow::Cow, collections::BTreeMap};

pub use columns::Column;
use columns::Header;
pub use entry::{Correction, Entry};
pub use finding::Finding;
use seen::{Cells, SeenRow};
use sheet::Row;
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
    /// What the file holds.
    rows: Vec<Row>,
    /// The headers that count, one after the other.
    headers: Vec<Header>,
}

impl List {
    /// What stood in an entry's cell, whatever a person typed in its place; `None` when nothing did.
    #[must_use]
    pub fn raw(&self, entry: &Entry, column: Column) -> Option<Cow<'_, str>> {
        let (row, header) = entry.at;
        let at = self.headers.get(header)?.at(column)?;
        let shown = self.rows.get(row)?.cells.get(at)?.shown();
        Some(shown).filter(|shown| !shown.trim().is_empty())
    }
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
    let (headers, entries) = if is_known { entries(&sheet, &header, has_header, wishes) } else { (vec![header], Vec::new()) };
    let (rows, others, more_lists) = (sheet.rows, sheet.others, sheet.more_lists);
    List { sheet: sheet.name, others, more_lists, columns, headings, entries, rows, headers }
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

/// What a row is: nothing of a stall's, or a stall's under one of the headers, at a place that the rows above tell.
enum Kind {
    Layout(Finding),
    Stall { header: usize, place: entry::Place },
}

fn entries(sheet: &Sheet, first: &Header, has_header: bool, wishes: &Wishes) -> (Vec<Header>, Vec<Entry>) {
    let seen = side_by_side(&sheet.rows, |rows| rows.iter().map(SeenRow::of).collect());
    let (headers, kinds) = kinds(sheet, &seen, first, has_header, wishes);
    let rows: Vec<(usize, (&SeenRow<'_>, Kind))> = seen.iter().zip(kinds).enumerate().collect();
    let mut entries = side_by_side(&rows, |rows| {
        let mut banks = bank::Banks::default();
        let read = |(at, (row, kind)): &(usize, (&SeenRow<'_>, Kind))| match kind {
            Kind::Layout(finding) => Entry { row: row.number, at: (*at, 0), findings: vec![*finding], ..Entry::default() },
            Kind::Stall { header, place } => {
                let correction = wishes.corrections.get(&row.number);
                let cells = Cells::of(row, &headers[*header], correction);
                let entry = entry::read(row.number, &cells, place, &mut banks, correction.is_some());
                Entry { at: (*at, *header), ..entry }
            }
        };
        rows.iter().map(read).collect()
    });
    together::look(&mut entries, &wishes.corrections);
    (headers, entries)
}

/// Row after row, for each depends on those above: the headers that count one after the other, and what each row is.
fn kinds(sheet: &Sheet, seen: &[SeenRow<'_>], first: &Header, has_header: bool, wishes: &Wishes) -> (Vec<Header>, Vec<Kind>) {
    let mut headers = vec![first.clone()];
    let mut part = entry::Part::default();
    let (mut kinds, mut header_until) = (Vec::with_capacity(seen.len()), None);
    for (at, row) in seen.iter().enumerate() {
        if has_header && at >= first.first && header_until.is_none_or(|last| at > last) {
            // The header stands again on every page; when its columns differ, so does what follows. A person's word stands.
            if let Some(mut again) = rows::again(sheet, at) {
                header_until = Some(again.last);
                if wishes.columns.is_none() {
                    again.columns.resize(first.columns.len().max(again.columns.len()), None);
                    headers.push(again);
                }
            }
        }
        if header_until.is_some_and(|last| at <= last) {
            kinds.push(Kind::Layout(Finding::Header));
            continue;
        }
        let has_begun = !has_header || header_until.is_some();
        let header = headers.len() - 1;
        kinds.push(match rows::kind(row, at, &headers[header], has_begun) {
            Some(kind) => {
                if kind == Finding::Section {
                    part.enter(rows::section(row));
                }
                Kind::Layout(kind)
            }
            None => {
                let place = part.place(&Cells::of(row, &headers[header], wishes.corrections.get(&row.number)));
                Kind::Stall { header, place }
            }
        });
    }
    (headers, kinds)
}

/// Rows that are worth a thread of their own.
const A_SHARE: usize = 500;

/// Does the same with each share of the rows, on as many threads as the machine has, at most four: somebody waits for the preview.
fn side_by_side<'a, T: Sync, U: Send>(rows: &'a [T], work: impl Fn(&'a [T]) -> Vec<U> + Sync) -> Vec<U> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4);
    let share = rows.len().div_ceil(threads).max(A_SHARE);
    let Some((first, others)) = rows.split_at_checked(share).filter(|(_, others)| !others.is_empty()) else { return work(rows) };
    std::thread::scope(|scope| {
        let work = &work;
        let begin = |rows: &'a [T]| (rows, std::thread::Builder::new().spawn_scoped(scope, move || work(rows)));
        let begun: Vec<_> = others.chunks(share).map(begin).collect();
        let mut done = work(first);
        for (rows, thread) in begun {
            done.append(&mut match thread {
                // A thread that panicked passes its panic on, as if it had been ours.
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // The machine had none to give.
                Err(_) => work(rows),
            });
        }
        done
    })
}
