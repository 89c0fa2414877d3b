//! A workbook (.xlsx): one sheet of it, cell by cell, inside bounds. Whatever the reader of workbooks would unpack is unpacked
//! here first and counted, because it reads shared strings and styles whole before anybody can say that it is enough.

use std::io::{Cursor, Read, Write};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::sheet::{Cell, ListError, MOST_COLUMNS, MOST_ROWS, MOST_TEXT, Row, Sheet, letters_of};

/// Parts of a workbook; a list has about ten.
const MOST_PARTS: usize = 400;
/// A sheet, unpacked: 20,000 rows of fifteen cells have about 20 MB.
const LARGEST_SHEET: u64 = 40 << 20;
/// Shared strings, unpacked.
const LARGEST_STRINGS: u64 = 16 << 20;
/// Rows in which another sheet's header is looked for.
const HEADER_ROWS: u32 = 200;
/// How many shared strings there are; each costs an allocation.
const MOST_STRINGS: usize = 200_000;
/// Any other part that is read whole: styles, the workbook, relations.
const LARGEST_PART: u64 = 2 << 20;
/// All parts together.
const LARGEST_WHOLE: u64 = 64 << 20;
/// All parts that are kept unpacked between two looks: 5,000 rows have about 3 MB.
const MOST_UNPACKED: u64 = 12 << 20;

pub(super) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<Sheet, ListError> {
    let Bounded { merges, unpacked } = bounded(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(unpacked.as_deref().unwrap_or(bytes))).map_err(damaged)?;
    let sheets: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let names = || sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let chosen: Vec<String> = match wanted {
        Some(wanted) => sheets.iter().filter(|(name, _)| name == wanted).map(|(name, _)| name.clone()).collect(),
        None => sheets.iter().filter(|(_, is_shown)| *is_shown).map(|(name, _)| name.clone()).collect(),
    };
    if chosen.is_empty() {
        return Err(ListError::NoSheet(wanted.unwrap_or("").to_owned(), names()));
    }
    let (mut best, mut more_lists): (Option<Sheet>, Vec<String>) = (None, Vec::new());
    for name in chosen {
        // Behind the first list only headers are looked for.
        let has_list = best.as_ref().is_some_and(|sheet| super::columns::find(sheet).is_some());
        let rows = rows_of(&mut book, &name, if has_list { HEADER_ROWS } else { MOST_ROWS })?;
        let others = sheets.iter().filter(|(other, _)| *other != name).cloned().collect();
        let sheet = Sheet { rows, others, name, more_lists: Vec::new() };
        let is_list = super::columns::find(&sheet).is_some();
        if has_list && is_list {
            more_lists.push(sheet.name);
        } else if !has_list && (is_list || best.as_ref().is_none_or(|sheet| sheet.rows.is_empty())) {
            // The first sheet with a list in it; without one, the first that holds anything.
            best = Some(sheet);
        }
    }
    let mut sheet = best.unwrap_or_default();
    if let Some(areas) = merges.get(&sheet.name) {
        spread(&mut sheet.rows, areas);
    }
    sheet.more_lists = more_lists;
    Ok(sheet)
}

/// What the reader answers to a file that it cannot read, without the library's own names.
fn damaged(error: XlsxError) -> ListError {
    match error {
        XlsxError::Password => ListError::Locked,
        XlsxError::FileNotFound(name) => ListError::Damaged(format!("its part {name} is missing")),
        other => ListError::Damaged(other.to_string()),
    }
}

/// The rows of a sheet, the first `most` of them; cells beyond every bound are refused.
fn rows_of(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, most: u32) -> Result<Vec<Row>, ListError> {
    let mut reader = book.worksheet_cells_reader(name).map_err(damaged)?;
    let (mut rows, mut text): (Vec<Row>, usize) = (Vec::new(), 0);
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        if most < MOST_ROWS && row >= most {
            break;
        }
        let value = match cell.get_value() {
            DataRef::Empty => continue,
            DataRef::String(value) => Cell::Text(value.clone()),
            DataRef::SharedString(value) => Cell::Text((*value).to_owned()),
            DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => Cell::Text(value.clone()),
            DataRef::Int(value) => Cell::Number(*value as f64),
            DataRef::Float(value) => Cell::Number(*value),
            DataRef::Bool(value) => Cell::Text(if *value { "TRUE" } else { "FALSE" }.to_owned()),
            DataRef::DateTime(moment) if moment.is_datetime() => {
                let (year, month, day, ..) = moment.to_ymd_hms_milli();
                Cell::Date(year, month, day)
            }
            DataRef::DateTime(moment) => Cell::Number(moment.as_f64()),
            DataRef::Error(error) => Cell::Text(error.to_string()),
        };
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err(ListError::OutOfBounds(format!("{}{}", letters_of(column as usize), u64::from(row) + 1)));
        }
        if let Cell::Text(value) = &value {
            text += value.len();
            if text > MOST_TEXT {
                return Err(ListError::Bomb(format!("more than {} MB of text", MOST_TEXT >> 20)));
            }
        }
        put(&mut rows, row, column, value);
    }
    Ok(rows)
}

/// Puts a cell where it belongs; rows in between are empty ones, so that their numbers stay.
fn put(rows: &mut Vec<Row>, row: u32, column: u32, value: Cell) {
    let at = row as usize;
    while rows.len() <= at {
        // A row has about as many cells as the one above.
        let wide = rows.last().map_or(0, |row: &Row| row.cells.len());
        rows.push(Row { number: rows.len() as u32 + 1, cells: Vec::with_capacity(wide) });
    }
    let cells = &mut rows[at].cells;
    if cells.len() <= column as usize {
        cells.resize(column as usize + 1, Cell::Empty);
    }
    cells[column as usize] = value;
}

/// A merged area: first row, first column, last row, last column, from 0.
type Area = (u32, u32, u32, u32);

/// Gives every cell of an area that was merged downwards the value that is seen there. Areas across columns only are titles,
/// sections and totals, which are known by standing alone in their row.
fn spread(rows: &mut [Row], areas: &[Area]) {
    for &(top, left, bottom, right) in areas {
        if top == bottom || left != right {
            continue;
        }
        let Some(value) = rows.get(top as usize).and_then(|row| row.cells.get(left as usize)).cloned() else { continue };
        for row in rows.iter_mut().take(bottom as usize + 1).skip(top as usize + 1) {
            if row.cells.iter().all(Cell::is_empty) {
                continue;
            }
            if row.cells.len() <= left as usize {
                row.cells.resize(left as usize + 1, Cell::Empty);
            }
            row.cells[left as usize] = value.clone();
        }
    }
}

/// What the first look at a workbook leaves for the second.
struct Bounded {
    /// The merged areas of each sheet, by name.
    merges: std::collections::HashMap<String, Vec<Area>>,
    /// The workbook with its parts unpacked, unless it is a large one: to unpack is a quarter of the work of reading it.
    unpacked: Option<Vec<u8>>,
}

/// Unpacks what will be read, and counts it.
fn bounded(bytes: &[u8]) -> Result<Bounded, ListError> {
    let broken = |error: zip::result::ZipError| ListError::Damaged(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MOST_PARTS {
        return Err(ListError::Bomb(format!("{} parts", archive.len())));
    }
    let is_workbook = archive.file_names().flatten().any(|name| name.eq_ignore_ascii_case("xl/workbook.xml"));
    if !is_workbook {
        let is_open_document = archive.file_names().flatten().any(|name| name == "content.xml");
        return Err(ListError::NotAList(if is_open_document { "an OpenDocument file" } else { "a zip archive" }));
    }
    let (mut whole, mut areas, mut workbook, mut relations) = (0, std::collections::HashMap::new(), Vec::new(), Vec::new());
    let mut unpacked = Some(zip::ZipWriter::new(Cursor::new(Vec::new())));
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(broken)?;
        let own_name = part.name().map_err(broken)?.into_owned();
        let name = own_name.to_ascii_lowercase();
        let ending = name.rsplit('.').next().unwrap_or("");
        let is_xml = matches!(ending, "xml" | "rels");
        if !is_xml {
            // A picture, or a sheet under a name that no spreadsheet program gives one: unpacked to be counted, kept by nobody.
            let size = std::io::copy(&mut part.take(LARGEST_SHEET + 1), &mut std::io::sink());
            let size = size.map_err(|error| ListError::Damaged(error.to_string()))?;
            whole += size;
            if size > LARGEST_SHEET || whole > LARGEST_WHOLE {
                return Err(ListError::Bomb(format!("part {name}")));
            }
            continue;
        }
        let is_sheet = name.starts_with("xl/worksheets/") && ending == "xml";
        let is_strings = name.ends_with("sharedstrings.xml");
        let most = if is_sheet {
            LARGEST_SHEET
        } else if is_strings {
            LARGEST_STRINGS
        } else {
            LARGEST_PART
        };
        // What it says of its size is not believed, but is usually true.
        let mut text = Vec::with_capacity(usize::try_from(part.size().min(most)).unwrap_or(0));
        part.take(most + 1).read_to_end(&mut text).map_err(|error| ListError::Damaged(error.to_string()))?;
        whole += text.len() as u64;
        if text.len() as u64 > most || whole > LARGEST_WHOLE {
            return Err(ListError::Bomb(format!("part {name}")));
        }
        if finds(&text, b"<!DOCTYPE").next().is_some() || finds(&text, b"<!ENTITY").next().is_some() {
            return Err(ListError::Damaged(format!("part {name} defines entities of its own")));
        }
        if is_strings && finds(&text, b"<si").take(MOST_STRINGS + 1).count() > MOST_STRINGS {
            return Err(ListError::Bomb(format!("more than {MOST_STRINGS} shared strings")));
        }
        unpacked = unpacked.filter(|_| whole <= MOST_UNPACKED);
        if let Some(unpacked) = &mut unpacked {
            let as_it_is = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            unpacked.start_file(own_name, as_it_is).map_err(broken)?;
            unpacked.write_all(&text).map_err(|error| ListError::Damaged(error.to_string()))?;
        }
        if is_sheet {
            areas.insert(name.clone(), merged(&text));
        } else if name == "xl/workbook.xml" {
            workbook = text;
        } else if name == "xl/_rels/workbook.xml.rels" {
            relations = text;
        }
    }
    let unpacked = unpacked.map(|unpacked| unpacked.finish().map(Cursor::into_inner)).transpose().map_err(broken)?;
    Ok(Bounded { merges: by_sheet_name(&workbook, &relations, areas), unpacked })
}

fn finds<'a>(text: &'a [u8], what: &'static [u8]) -> impl Iterator<Item = usize> + 'a {
    memchr::memmem::find_iter(text, what)
}

/// An attribute of the tag that begins at `at`.
fn attribute(text: &[u8], at: usize, name: &str) -> Option<String> {
    let end = memchr::memchr(b'>', &text[at..])? + at;
    let tag = &text[at..end];
    let key = format!(" {name}=\"");
    let begin = memchr::memmem::find(tag, key.as_bytes())? + key.len();
    let length = memchr::memchr(b'"', &tag[begin..])?;
    let value = String::from_utf8_lossy(&tag[begin..begin + length]);
    Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&"))
}

fn merged(text: &[u8]) -> Vec<Area> {
    finds(text, b"<mergeCell ")
        .take(MOST_ROWS as usize)
        .filter_map(|at| {
            let area = attribute(text, at, "ref")?;
            let (first, last) = area.split_once(':')?;
            let ((top, left), (bottom, right)) = (place(first)?, place(last)?);
            Some((top, left, bottom.min(MOST_ROWS), right))
        })
        .collect()
}

/// `B7` as row 6, column 1.
fn place(text: &str) -> Option<(u32, u32)> {
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let column = text[..digits].bytes().try_fold(0_u32, |sum, letter| {
        letter.is_ascii_uppercase().then(|| sum.saturating_mul(26).saturating_add(u32::from(letter - b'A') + 1))
    })?;
    let row: u32 = text[digits..].parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

/// Which part is which sheet: the workbook names sheets by relations, relations name parts.
fn by_sheet_name(
    workbook: &[u8],
    relations: &[u8],
    mut areas: std::collections::HashMap<String, Vec<Area>>,
) -> std::collections::HashMap<String, Vec<Area>> {
    let targets: std::collections::HashMap<String, String> = finds(relations, b"<Relationship ")
        .filter_map(|at| Some((attribute(relations, at, "Id")?, attribute(relations, at, "Target")?)))
        .collect();
    finds(workbook, b"<sheet ")
        .filter_map(|at| {
            let (name, id) = (attribute(workbook, at, "name")?, attribute(workbook, at, "r:id")?);
            let target = targets.get(&id)?.trim_start_matches('/').to_ascii_lowercase();
            let part = if target.starts_with("xl/") { target } else { format!("xl/{target}") };
            Some((name, areas.remove(&part)?))
        })
        .collect()
}
