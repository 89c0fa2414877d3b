//! Separated text: CSV as Excel, LibreOffice and old programs write it, in UTF-8, UTF-16, Windows-1258, TCVN3 or VNI bytes.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1258};
use unicode_normalization::UnicodeNormalization;

use super::{
    letters,
    sheet::{Cell, ListError, MOST_COLUMNS, MOST_ROWS, Row, Sheet, letters_of},
    syllable::is_syllable,
};

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, ListError> {
    let text = decode(bytes);
    if text.contains('\0') {
        return Err(ListError::NotAList("no text and no workbook"));
    }
    let delimiter = delimiter(&text);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut rows, mut number, mut line) = (Vec::new(), 0_u32, 1_u64);
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(ListError::Damaged(error.to_string())),
        }
        // The reader leaves empty lines out; a spreadsheet counts them. Where a record begins is told by where it ends.
        let inside = record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        let position = reader.position();
        let is_last_line = position.byte() as usize >= text.len() && !text.ends_with('\n');
        let ends = position.line() + u64::from(is_last_line);
        let begins = ends.saturating_sub(1 + inside);
        number = number.saturating_add(u32::try_from(begins.saturating_sub(line)).unwrap_or(u32::MAX)).saturating_add(1);
        line = ends;
        if number > MOST_ROWS {
            return Err(ListError::OutOfBounds(format!("A{number}")));
        }
        if record.len() > MOST_COLUMNS as usize {
            return Err(ListError::OutOfBounds(format!("{}{number}", letters_of(record.len() - 1))));
        }
        let cells = record.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }).collect();
        rows.push(Row { number, cells });
    }
    Ok(Sheet { name: String::new(), rows, ..Sheet::default() })
}

/// The text of a file in whatever encoding it is.
fn decode(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(rest).into_owned();
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return UTF_16LE.decode_without_bom_handling(rest).0.into_owned();
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return UTF_16BE.decode_without_bom_handling(rest).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    // One byte a letter. In Windows-1258 tones are letters of their own behind the vowel; TCVN3 and VNI are told apart cell by cell.
    let composed: String = WINDOWS_1258.decode_without_bom_handling(bytes).0.nfc().collect();
    let other = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    let fonts: String = other.split_inclusive(['\n', ';', ',', '\t', '"']).map(|piece| letters::read(piece).0).collect();
    if syllables(&composed) >= syllables(&fonts) { composed } else { other.into_owned() }
}

/// How many more of the words with marks are Vietnamese syllables than are not.
fn syllables(text: &str) -> i64 {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty() && !word.is_ascii())
        .map(|word| if is_syllable(word) { 1 } else { -1 })
        .sum()
}

/// What separates the cells: what stands outside quotation marks in most of the first lines, and as often in each.
fn delimiter(text: &str) -> u8 {
    let score = |delimiter: u8| {
        let mut counts = std::collections::BTreeMap::new();
        for line in text.lines().take(60) {
            let (mut quoted, mut n) = (false, 0_u32);
            for byte in line.bytes() {
                quoted ^= byte == b'"';
                n += u32::from(byte == delimiter && !quoted);
            }
            if n > 0 {
                *counts.entry(n).or_insert(0_u32) += 1;
            }
        }
        counts.into_iter().map(|(n, lines)| (lines, n)).max().unwrap_or_default()
    };
    [b',', b';', b'\t', b'|'].into_iter().max_by_key(|delimiter| (score(*delimiter), *delimiter == b',')).unwrap_or(b',')
}
