//! A workbook of plain tables as XLSX, and the same as CSV. What begins like a formula is text in both.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, XlsxError};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A share in tenths of a percent: 704 is 70.4.
    Tenths(i64),
    /// Nothing.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// One sheet.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its name on the tab.
    pub name: String,
    /// Its columns' heads.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Whether a spreadsheet would take a text for a formula, or for a command to another program.
#[must_use]
pub fn is_formula_like(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The sheets as XLSX; the day they were made is an argument, so that the same figures give the same bytes.
pub fn to_xlsx(sheets: &[Sheet], title: &str, (year, month, day): (u16, u8, u8)) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(year, month, day)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    let head = Format::new().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin);
    let quoted = Format::new().set_quote_prefix();
    let share = Format::new().set_num_format("0.0");
    for sheet in sheets {
        let page = book.add_worksheet().set_name(&sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        for (column, text) in (0_u16..).zip(&sheet.head) {
            page.write_string_with_format(0, column, text, &head)?;
            page.set_column_width(column, width(sheet, usize::from(column)))?;
        }
        for (row, cells) in (1_u32..).zip(&sheet.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match cell {
                    Cell::Text(text) if is_formula_like(text) => page.write_string_with_format(row, column, text, &quoted)?,
                    Cell::Text(text) => page.write_string(row, column, text)?,
                    Cell::Number(number) => page.write_number(row, column, *number as f64)?,
                    Cell::Tenths(tenths) => page.write_number_with_format(row, column, *tenths as f64 / 10.0, &share)?,
                    Cell::Empty => page,
                };
            }
        }
    }
    book.save_to_buffer()
}

fn width(sheet: &Sheet, column: usize) -> f64 {
    let longest = sheet.rows.iter().take(200).filter_map(|row| match row.get(column) {
        Some(Cell::Text(text)) => Some(text.chars().count()),
        _ => None,
    });
    longest.max().unwrap_or(0).clamp(9, 44) as f64 + 1.5
}

/// The sheets one after the other as CSV: UTF-8 with the mark that spreadsheets ask for; a sheet's name stands above its head,
/// and an empty line ends it.
#[must_use]
pub fn to_csv(sheets: &[Sheet]) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    for (at, sheet) in sheets.iter().enumerate() {
        if at > 0 {
            out.push_str("\r\n");
        }
        line(&mut out, std::iter::once(quote(&sheet.name)));
        line(&mut out, sheet.head.iter().map(|text| quote(text)));
        for row in &sheet.rows {
            line(&mut out, row.iter().map(value));
        }
    }
    out.into_bytes()
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) if is_formula_like(text) => quote(&format!("'{text}")),
        Cell::Text(text) => quote(text),
        Cell::Number(number) => number.to_string(),
        Cell::Tenths(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
        Cell::Empty => String::new(),
    }
}

fn quote(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        let rows = ["=1+1", "+84", "-5", "@cmd", "\tx", "\rx"].map(|text| vec![Cell::from(text)]).to_vec();
        let sheet = Sheet { name: "A".to_owned(), head: vec!["B".to_owned()], rows };
        let csv = String::from_utf8(to_csv(&[sheet])).unwrap();
        assert_eq!(csv, "\u{feff}A\r\nB\r\n'=1+1\r\n'+84\r\n'-5\r\n'@cmd\r\n'\tx\r\n\"'\rx\"\r\n");
    }

    #[test]
    fn the_same_sheets_give_the_same_bytes() {
        let sheet =
            Sheet { name: "A".to_owned(), head: vec!["B".to_owned()], rows: vec![vec![Cell::Tenths(704), Cell::Number(3)]] };
        let one = to_xlsx(std::slice::from_ref(&sheet), "t", (2026, 11, 30)).unwrap();
        assert_eq!(one, to_xlsx(&[sheet], "t", (2026, 11, 30)).unwrap());
    }
}
