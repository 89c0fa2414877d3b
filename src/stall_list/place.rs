//! Where a stall is, from the cells of zone, row and number: `A`, `1`, `3` is `A1-03`.

use super::{finding::Finding, letters, sheet::Cell};
use crate::{domain::stall::StallCode, payment_code::fold};

/// Stalls in one cell; more are not believed.
const MOST_STALLS: u32 = 12;

/// What the cells say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// The stalls; several when the cell names several, none when nothing is sure.
    pub(super) codes: Vec<StallCode>,
    /// What was noticed.
    pub(super) findings: Vec<Finding>,
}

/// Words in front of a zone, a row or a number that only say what it is.
const KINDS: [&str; 20] = [
    "khu vực",
    "khu",
    "dãy",
    "lô",
    "sạp số",
    "sạp",
    "ô số",
    "ô",
    "quầy số",
    "quầy",
    "kiot số",
    "kiot",
    "ki ốt",
    "ki-ốt",
    "kios",
    "số",
    "hàng",
    "nhà lồng",
    "nhà",
    "stall",
];

/// A zone, a row or a number without the word that says what it is, in capitals.
fn bare_of(text: &str) -> String {
    bare(&fold::nfc_clean(&letters::read(text).0))
}

/// The same of a text that is clean already.
pub(super) fn bare(clean: &str) -> String {
    // No word that says what it is is as short as this.
    if clean.len() <= 3 && clean.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return clean.to_ascii_uppercase();
    }
    let mut text = clean.trim_start_matches(['\'', '’', '`']).to_lowercase();
    while let Some(kind) = KINDS.iter().find(|kind| {
        text.strip_prefix(**kind)
            .is_some_and(|rest| rest.starts_with([' ', ':', '.']) || rest.starts_with(|c: char| c.is_ascii_digit()))
    }) {
        text = text[kind.len()..].trim_start_matches([' ', ':', '.']).to_owned();
    }
    text.to_uppercase()
}

/// Reads the cells, clean; the number's as it is.
pub(super) fn read(zone: &str, row: &str, number: &Cell) -> Read {
    let doubt = |finding| Read { codes: Vec::new(), findings: vec![finding] };
    let (zone, row) = (bare(zone), bare(row));
    let prefix = if row.is_empty() || (!zone.is_empty() && row.starts_with(&zone) && row.len() > zone.len()) {
        if row.is_empty() { zone.clone() } else { row.clone() }
    } else if row.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{zone}{row}")
    } else if zone.is_empty() || zone == row {
        row.clone()
    } else {
        format!("{zone}-{row}")
    };
    match number {
        Cell::Empty => doubt(Finding::StallMissing),
        Cell::Date(_, _, day) => became_date(&prefix, u32::from(*day)),
        Cell::Number(number) if number.fract() == 0.0 && (1.0..100_000.0).contains(number) => {
            one(&prefix, &(*number as u32).to_string())
                .map_or_else(|| doubt(Finding::StallMalformed), |code| Read { codes: vec![code], findings: Vec::new() })
        }
        // `3.4` may have been `3,4` or `3-4`.
        Cell::Number(_) => doubt(Finding::StallMalformed),
        Cell::Text(text) => of_text(&prefix, !zone.is_empty() || !row.is_empty(), text),
    }
}

/// The day is what stood first: a suggestion for whoever looks.
fn became_date(prefix: &str, day: u32) -> Read {
    Read { codes: one(prefix, &day.to_string()).into_iter().collect(), findings: vec![Finding::StallBecameDate] }
}

fn of_text(prefix: &str, has_row: bool, text: &str) -> Read {
    // A line of its own in a cell is a stall of its own.
    let clean = bare_of(&text.trim().replace(['\n', '\r'], ","));
    if clean.is_empty() {
        return Read { codes: Vec::new(), findings: vec![Finding::StallMissing] };
    }
    if let Some(day) = date(&clean) {
        return became_date(prefix, day);
    }
    let mut parts: Vec<String> = clean
        .replace(" VÀ ", ",")
        .split([',', ';', '+', '&'])
        .map(|part| bare_of(part.trim()))
        .filter(|part| !part.is_empty())
        .collect();
    // `6-7` in a column of numbers beside a column of rows is two stalls; in one by itself it is row 6, number 7.
    if has_row && parts.len() == 1 {
        parts = range(&parts[0]).unwrap_or(parts);
    }
    let mut codes: Vec<StallCode> = Vec::with_capacity(parts.len());
    for part in &parts {
        // `A1-03, 04`: the second has the first one's row.
        let row = codes.last().filter(|_| prefix.is_empty()).map_or(prefix, StallCode::row).to_owned();
        match one(&row, part) {
            Some(code) if !codes.contains(&code) => codes.push(code),
            Some(_) => {}
            None => return Read { codes: Vec::new(), findings: vec![Finding::StallMalformed] },
        }
    }
    let findings = if codes.len() > 1 { vec![Finding::StallMultiple] } else { Vec::new() };
    Read { codes, findings }
}

/// The numbers of `6-8`.
fn range(text: &str) -> Option<Vec<String>> {
    let (first, last) = text.split_once(['-', '–'])?;
    let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first < last && last - first < MOST_STALLS).then(|| (first..=last).map(|number| number.to_string()).collect())
}

/// The day of what a spreadsheet shows where `3-4` was typed: `03-Th04`, `3-Apr`, `Apr-03`, `03/04/2026`, `2026-04-03`.
fn date(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let parts: Vec<&str> = text.split(['-', '/', ' ']).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse::<u32>().ok();
    let is_month = |part: &str| {
        let vietnamese = ["THG", "TH", "T"].iter().find_map(|word| part.strip_prefix(word)).and_then(number);
        vietnamese.is_some_and(|month| (1..=12).contains(&month)) || MONTHS.contains(&part)
    };
    match parts.as_slice() {
        [day, month] if is_month(month) => number(day).filter(|day| *day <= 31),
        [month, day] if is_month(month) => number(day).filter(|day| *day <= 31),
        [day, month, year] if year.len() == 4 && (is_month(month) || number(month).is_some_and(|month| month <= 12)) => {
            number(day).filter(|day| *day <= 31)
        }
        [year, month, day, ..] if year.len() == 4 && number(month).is_some_and(|month| month <= 12) => {
            number(day).filter(|day| (1..=31).contains(day) && number(year).is_some())
        }
        _ => None,
    }
}

/// One code: the row, and the number in two digits at least.
fn one(prefix: &str, number: &str) -> Option<StallCode> {
    let number = number.trim();
    let padded = |number: &str| {
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        if digits == 1 { format!("0{number}") } else { number.to_owned() }
    };
    let begins_with_digit = number.starts_with(|c: char| c.is_ascii_digit());
    let code = if begins_with_digit && !number.contains(['-', '/', '.', ' ']) {
        if prefix.is_empty() { padded(number) } else { [prefix, "-", &padded(number)].concat() }
    } else {
        // A whole code: `A1-3`, `A1/3`, `A1.3`, `A 12`, `A12`. Beside a row of its own only one that has that row: `6/7` beside row 1 is
        // no stall 7 of a row 16.
        let has_number = prefix.ends_with(|c: char| c.is_ascii_digit());
        let row_of = |row: &str| {
            let row = row.trim_matches('-');
            if prefix.is_empty() || row.starts_with(prefix) || row.ends_with(prefix) {
                Some(row.to_owned())
            } else if has_number {
                None
            } else {
                Some(format!("{prefix}{row}"))
            }
        };
        let joined = number.replace([' ', '/', '.', '–', '_'], "-");
        let is_number =
            |number: &str| number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_alphanumeric());
        match joined.rsplit_once('-').filter(|(row, number)| !row.is_empty() && is_number(number)) {
            Some((row, number)) => {
                let row = row_of(row)?;
                // `M01-A1-03`: the market's own code stands before the row.
                let row = row
                    .rsplit_once('-')
                    .filter(|(_, row)| *row == prefix && !prefix.is_empty())
                    .map_or(row.as_str(), |(_, row)| row);
                format!("{row}-{}", padded(number))
            }
            None => {
                let letters = joined.find(|c: char| c.is_ascii_digit())?;
                let (row, number) = joined.split_at(letters);
                if !is_number(number) {
                    return None;
                }
                let row = if !row.is_empty() && prefix.ends_with(row) { prefix.to_owned() } else { row_of(row)? };
                format!("{row}-{}", padded(number))
            }
        }
    };
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(zone: &str, row: &str, number: &str) -> (String, Option<Finding>) {
        let cell = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) };
        let read = read(zone, &fold::nfc_clean(&letters::read(row).0), &cell(number));
        (read.codes.iter().map(StallCode::as_str).collect::<Vec<_>>().join(" "), read.findings.first().copied())
    }

    #[test]
    fn a_stall_is_read_as_boards_write_it() {
        for (zone, row, number, expected, finding) in [
            ("A", "1", "3", "A1-03", None),
            ("Khu A", "Dãy 1", "Ô 3", "A1-03", None),
            ("A", "A1", "12", "A1-12", None),
            ("A", "", "12", "A-12", None),
            ("", "A1", "3", "A1-03", None),
            ("A", "1", "6, 7", "A1-06 A1-07", Some(Finding::StallMultiple)),
            ("A", "1", "6 + 7", "A1-06 A1-07", Some(Finding::StallMultiple)),
            ("A", "1", "6-8", "A1-06 A1-07 A1-08", Some(Finding::StallMultiple)),
            ("A", "1", "6 và 7", "A1-06 A1-07", Some(Finding::StallMultiple)),
            ("A", "1", "03-Th04", "A1-03", Some(Finding::StallBecameDate)),
            ("A", "1", "3-Apr", "A1-03", Some(Finding::StallBecameDate)),
            ("A", "1", "2026-04-03 00:00:00", "A1-03", Some(Finding::StallBecameDate)),
            ("A", "1", "03/04/2026", "A1-03", Some(Finding::StallBecameDate)),
            ("A", "1", "", "", Some(Finding::StallMissing)),
            ("A", "1", "3a", "A1-03A", None),
            ("", "", "A1-3", "A1-03", None),
            ("", "", "A1/3", "A1-03", None),
            ("", "", "a1-03, 04", "A1-03 A1-04", Some(Finding::StallMultiple)),
            ("", "", "B12", "B-12", None),
            ("", "", "Sạp số 12", "12", None),
            ("", "", "3-4", "3-04", None),
            ("A", "1", "cạnh cổng", "", Some(Finding::StallMalformed)),
            ("A", "1", "6/7", "", Some(Finding::StallMalformed)),
            ("A", "1", "6\n7", "A1-06 A1-07", Some(Finding::StallMultiple)),
            ("A", "1", "03/04", "", Some(Finding::StallMalformed)),
            ("A", "1", "3.0", "", Some(Finding::StallMalformed)),
            ("A", "1", "7-6", "", Some(Finding::StallMalformed)),
            ("A", "1", "A1-3", "A1-03", None),
            ("A", "1", "M01-A1-03", "A1-03", None),
            ("A", "D·y 1", "¤ 3", "A1-03", None),
            ("A", "1", "'3", "A1-03", None),
        ] {
            assert_eq!(codes(zone, row, number), (expected.to_owned(), finding), "{zone} {row} {number}");
        }
        assert_eq!(read("A", "1", &Cell::Number(3.0)).codes[0].as_str(), "A1-03");
        assert_eq!(read("A", "1", &Cell::Date(2026, 4, 3)).findings, [Finding::StallBecameDate]);
    }
}
