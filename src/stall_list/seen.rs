//! A cell as everybody who reads it needs it: shown, in Unicode, cleaned and folded. Made once for each cell, for a row is asked
//! a dozen questions; made from it where nothing has to be changed, as in most cells.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    columns::{Column, Header},
    entry::Correction,
    letters::{self, Letters},
    sheet::{Cell, Row},
};
use crate::payment_code::fold;

/// A cell that was looked at.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// What the sheet holds.
    pub(super) cell: Cow<'a, Cell>,
    /// The cell as a person sees it.
    pub(super) shown: Cow<'a, str>,
    /// In which letters it was typed.
    pub(super) letters: Letters,
    /// What differs from `shown` once it is in Unicode and clean.
    clean: Option<String>,
    /// What differs from that without marks and capitals.
    fold: Option<String>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(cell: &'a Cell) -> Self {
        Self::new(Cow::Borrowed(cell), cell.shown())
    }

    /// What a person has typed in place of a cell.
    pub(super) fn typed(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::default();
        }
        Self::new(Cow::Owned(Cell::Text(text.to_owned())), Cow::Owned(text.to_owned()))
    }

    fn new(cell: Cow<'a, Cell>, shown: Cow<'a, str>) -> Self {
        // Also nothing at all.
        if shown.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self { cell, shown, ..Self::default() };
        }
        let (read, letters) = letters::read(&shown);
        let clean = (letters != Letters::Unicode || !fold::is_clean(&shown)).then(|| fold::nfc_clean(&read));
        let fold = fold::fold_of_clean(clean.as_deref().unwrap_or(&read));
        drop(read);
        Self { cell, shown, letters, clean, fold: Some(fold) }
    }

    /// In Unicode, with single spaces.
    pub(super) fn clean(&self) -> &str {
        self.clean.as_deref().unwrap_or(&self.shown)
    }

    /// That without marks, in small letters.
    pub(super) fn fold(&self) -> &str {
        self.fold.as_deref().unwrap_or_else(|| self.clean())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.clean().is_empty()
    }
}

/// A row that was looked at.
#[derive(Debug)]
pub(super) struct SeenRow<'a> {
    pub(super) number: u32,
    pub(super) cells: Vec<Seen<'a>>,
}

impl<'a> SeenRow<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        Self { number: row.number, cells: row.cells.iter().map(Seen::of).collect() }
    }
}

/// A row's cells by what their columns hold, with what a person has typed in their place.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    row: &'a SeenRow<'a>,
    header: &'a Header,
    typed: BTreeMap<Column, Seen<'a>>,
    nothing: Seen<'a>,
}

impl<'a> Cells<'a> {
    pub(super) fn of(row: &'a SeenRow<'a>, header: &'a Header, correction: Option<&Correction>) -> Self {
        let typed = correction.into_iter().flat_map(|correction| &correction.cells);
        let typed = typed.map(|(column, text)| (*column, Seen::typed(text))).collect();
        Self { row, header, typed, nothing: Seen::default() }
    }

    pub(super) fn get(&self, column: Column) -> &Seen<'a> {
        let in_sheet = || self.header.at(column).and_then(|at| self.row.cells.get(at));
        self.typed.get(&column).or_else(in_sheet).unwrap_or(&self.nothing)
    }
}
