//! A sheet as a file holds it: rows of cells, bounded, before anybody says what they mean.

use std::borrow::Cow;

/// Rows of a sheet that are read; what lies beyond is refused, for a market has a few thousand stalls.
pub(super) const MOST_ROWS: u32 = 20_000;
/// Columns of a sheet that are read.
pub(super) const MOST_COLUMNS: u32 = 256;
/// All text of a sheet, in bytes.
pub(super) const MOST_TEXT: usize = 16 << 20;
/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 8 << 20;

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text as it was typed.
    Text(String),
    /// A number of a workbook: what Excel has made of it may not be what was typed.
    Number(f64),
    /// A day of a workbook: year, month, day.
    Date(u16, u8, u8),
}

impl Cell {
    /// The cell as a person sees it.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        Cow::Owned(match self {
            Self::Empty => return Cow::Borrowed(""),
            Self::Text(text) => return Cow::Borrowed(text),
            // Whole numbers up to fifteen digits are exact.
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => (*number as i64).to_string(),
            Self::Number(number) if number.abs() >= 1e15 => format!("{number:E}").replace('E', "E+"),
            Self::Number(number) => number.to_string(),
            Self::Date(year, month, day) => format!("{day:02}/{month:02}/{year}"),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => crate::payment_code::fold::nfc_clean(text).is_empty(),
            Self::Number(_) | Self::Date(..) => false,
        }
    }
}

/// A row with its number in the sheet, from 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// As the spreadsheet numbers it.
    pub number: u32,
    /// From column A on.
    pub cells: Vec<Cell>,
}

/// A sheet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Its name; empty for a CSV.
    pub name: String,
    /// Every row from the first to the last that holds something.
    pub rows: Vec<Row>,
    /// Other sheets that were not read, with whether they are shown.
    pub others: Vec<(String, bool)>,
    /// Those of them that are shown and hold a list too.
    pub more_lists: Vec<String>,
}

/// Why a file was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum ListError {
    /// Nothing in it.
    #[error("the file holds no rows")]
    Empty,
    /// Beyond eight megabytes.
    #[error("the file is larger than 8 MB; a stall list of 5,000 rows has less than one")]
    TooLarge,
    /// `.xls`, `.ods`, a PDF, a picture.
    #[error("this is {0}; save the list as .xlsx or .csv and send that")]
    NotAList(&'static str),
    /// A workbook that cannot be opened.
    #[error("the workbook cannot be read: {0}; open it in a spreadsheet program, save it again as .xlsx and send that")]
    Damaged(String),
    /// It asks for a password.
    #[error("the workbook is locked with a password; save it without one")]
    Locked,
    /// A part that would unpack to more than any list needs.
    #[error("the workbook unpacks to more than a stall list can hold ({0}); copy the list into a new workbook and save that")]
    Bomb(String),
    /// Cells far away from the list.
    #[error(
        "cell {0} lies beyond what is read (20,000 rows, 256 columns); delete what stands there, or copy the list into a new workbook"
    )]
    OutOfBounds(String),
    /// No such sheet, or none that is shown.
    #[error("there is no sheet `{0}` to read; the workbook has: {1}")]
    NoSheet(String, String),
}

impl ListError {
    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "list_empty",
            Self::TooLarge => "list_too_large",
            Self::NotAList(_) => "list_not_a_list",
            Self::Damaged(_) => "list_damaged",
            Self::Locked => "list_locked",
            Self::Bomb(_) => "list_unpacks_too_large",
            Self::OutOfBounds(_) => "list_out_of_bounds",
            Self::NoSheet(..) => "list_no_sheet",
        }
    }
}

/// A column's letters: 0 is `A`, 26 `AA`.
#[must_use]
pub fn letters_of(column: usize) -> String {
    let (mut letters, mut rest) = (Vec::new(), column + 1);
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Reads a file by what it is, not by its name: a workbook, or separated text in any of the encodings such lists are kept in.
///
/// `wanted` names a sheet of a workbook; without it the first one that is shown and holds a list is taken.
pub fn read(bytes: &[u8], wanted: Option<&str>) -> Result<Sheet, ListError> {
    if bytes.len() > LARGEST_FILE {
        return Err(ListError::TooLarge);
    }
    let kinds: [(&[u8], &str); 6] = [
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"{\\rtf", "a text document"),
        (b"Rar!", "an archive"),
        (b"7z\xbc\xaf", "an archive"),
    ];
    if let Some((_, kind)) = kinds.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(ListError::NotAList(kind));
    }
    let sheet = if bytes.starts_with(b"PK") {
        super::workbook::read(bytes, wanted)?
    } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        // A compound file: an .xls of before 2007, or an .xlsx that was encrypted.
        let is_encrypted = bytes.windows(26).any(|part| part == b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0");
        return Err(if is_encrypted { ListError::Locked } else { ListError::NotAList("an .xls workbook of before 2007") });
    } else {
        super::delimited::read(bytes)?
    };
    if sheet.rows.iter().all(|row| row.cells.iter().all(Cell::is_empty)) { Err(ListError::Empty) } else { Ok(sheet) }
}
