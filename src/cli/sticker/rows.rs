//! The rows of a CSV file as stickers, each with the line it stands on or with all that is wrong with it.

use std::fs::File;
use std::path::Path;

use crate::cli::refused::Refused;
use crate::payment_code::fold::nfc_clean;
use crate::payment_code::{AccountNumber, Mode, bank, bank_search, decode};
use crate::print::{Design, SecondAccount, Sticker};

/// The columns that a file must have.
pub(super) const COLUMNS: [&str; 7] = ["serial", "stall", "vendor_name", "trade", "bank", "account_number", "payload"];

/// The columns that are read where they are present.
pub(super) const MORE_COLUMNS: [&str; 12] = [
    "market",
    "payee_name",
    "issued",
    "check_url",
    "copies",
    "serial_2",
    "payee_name_2",
    "bank_2",
    "account_number_2",
    "payload_2",
    "link",
    "recovery",
];

/// One row that is right.
pub(super) struct Row {
    pub(super) sticker: Sticker,
    /// How many of this one, where the file says so.
    pub(super) copies: usize,
}

/// A file that is read row by row, from any row on.
pub(super) struct Rows<'a> {
    reader: csv::Reader<File>,
    required: [usize; COLUMNS.len()],
    more: [Option<usize>; MORE_COLUMNS.len()],
    design: &'a Design,
    market: &'a str,
    month: &'a str,
}

impl<'a> Rows<'a> {
    pub(super) fn open(path: &Path, design: &'a Design, market: &'a str, month: &'a str) -> anyhow::Result<Self> {
        let file = File::open(path).map_err(|problem| Refused(format!("{} cannot be read: {problem}", path.display())))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let heading = reader.headers().map_err(|_| Refused(format!("{} is not CSV in UTF-8", path.display())))?.clone();
        let find = |name: &str| heading.iter().position(|cell| cell.trim_start_matches('\u{feff}') == name);
        let mut required = [0; COLUMNS.len()];
        for (place, name) in required.iter_mut().zip(COLUMNS) {
            *place = find(name)
                .ok_or_else(|| Refused(format!("row 1: the column {name} is missing; the columns are {}", COLUMNS.join(","))))?;
        }
        Ok(Self { reader, required, more: MORE_COLUMNS.map(find), design, market, month })
    }

    /// The next row: where it begins, the line it begins on, and what it is.
    pub(super) fn next(&mut self) -> Option<(csv::Position, u64, Result<Row, Vec<String>>)> {
        let at = self.reader.position().clone();
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                // A row that follows blank lines begins after them.
                let line = record.position().map_or(0, csv::Position::line);
                Some((record.position().cloned().unwrap_or(at), line, self.row(line, &record)))
            }
            Err(problem) => {
                let line = problem.position().map_or(0, csv::Position::line);
                let what = match problem.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("row {line}: {len} cells where the heading has {expected_len}")
                    }
                    csv::ErrorKind::Utf8 { .. } => format!("row {line}: not UTF-8; save the file as CSV UTF-8"),
                    _ => format!("row {line}: cannot be read"),
                };
                Some((at, line, Err(vec![what])))
            }
        }
    }

    /// A row that was found right before.
    pub(super) fn at(&mut self, position: &csv::Position) -> Result<Sticker, Refused> {
        let changed = || Refused(format!("row {}: the file has changed since it was judged", position.line()));
        self.reader.seek(position.clone()).map_err(|_| changed())?;
        let (_, _, row) = self.next().ok_or_else(changed)?;
        row.map(|row| row.sticker).map_err(|problems| Refused(problems.join("\n")))
    }

    fn row(&self, line: u64, record: &csv::StringRecord) -> Result<Row, Vec<String>> {
        let [serial, stall, vendor_name, trade, bank_name, account_number, payload] =
            self.required.map(|index| record.get(index).unwrap_or(""));
        let [market, payee_name, issued, check_url, copies, serial_2, payee_2, bank_2, account_2, payload_2, link, recovery] =
            self.more.map(|index| index.and_then(|index| record.get(index)).filter(|cell| !cell.is_empty()));
        let mut problems = Vec::new();
        let mut bad = |column: &str, what: &str| problems.push(format!("row {line}, {column}: {what}"));

        // A serial is printed as it stands: the file may come from a register that numbers in its own way.
        if serial.chars().count() > 24 {
            bad("serial", "at most 24 characters");
        }
        for (column, cell, most) in [("stall", stall, 32), ("vendor_name", vendor_name, 120)] {
            if nfc_clean(cell).is_empty() {
                bad(column, "is empty");
            } else if cell.chars().count() > most {
                bad(column, &format!("at most {most} characters"));
            }
        }
        for (column, cell, most) in [("check_url", check_url, 200), ("link", link, 200), ("recovery", recovery, 24)] {
            if cell.is_some_and(|cell| cell.chars().count() > most) {
                bad(column, &format!("at most {most} characters"));
            }
        }
        let copies = copies.map_or(Some(1), |cell| cell.parse().ok().filter(|copies| *copies <= 100));
        if copies.is_none() {
            bad("copies", "a whole number from 0 to 100");
        }
        let is_owners = self.design.is_owners_card();
        let (shown_bank, digits) = if is_owners && payload.is_empty() {
            (String::new(), String::new())
        } else {
            account(&mut bad, ["bank", "account_number", "payload"], [bank_name, account_number, payload])
        };
        if is_owners && link.is_none() {
            bad("link", "is empty, and the owner's card shows it");
        }
        let second = if self.design.is_for_two_accounts() {
            let cells = [bank_2.unwrap_or(""), account_2.unwrap_or(""), payload_2.unwrap_or("")];
            let (bank, last_digits) = account(&mut bad, ["bank_2", "account_number_2", "payload_2"], cells);
            Some(SecondAccount {
                serial: serial_2.map(str::to_owned),
                payee_name: payee_2.or(payee_name).unwrap_or(vendor_name).to_owned(),
                bank,
                last_digits,
                payload: cells[2].to_owned(),
            })
        } else {
            None
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let sticker = Sticker {
            serial: (!serial.is_empty()).then(|| serial.to_owned()),
            stall: stall.to_owned(),
            market: market.unwrap_or(self.market).to_owned(),
            vendor_name: vendor_name.to_owned(),
            payee_name: payee_name.unwrap_or(vendor_name).to_owned(),
            trade: trade.to_owned(),
            bank: shown_bank,
            last_digits: digits,
            payload: payload.to_owned(),
            issued: issued.unwrap_or(self.month).to_owned(),
            check_url: check_url.map(str::to_owned),
            second,
            link: link.map(str::to_owned),
            recovery: recovery.unwrap_or("").to_owned(),
        };
        Ok(Row { sticker, copies: copies.unwrap_or(1) })
    }
}

/// Judges an account's three cells against each other, and gives the bank's name and the last digits as they are printed.
fn account(bad: &mut dyn FnMut(&str, &str), columns: [&str; 3], cells: [&str; 3]) -> (String, String) {
    let ([bank_column, number_column, payload_column], [bank_name, account_number, payload]) = (columns, cells);
    let number: Option<AccountNumber> = account_number.parse().ok();
    if number.is_none() {
        bad(number_column, "1 to 19 letters or digits");
    }
    let mut shown = nfc_clean(bank_name);
    match decode(payload, Mode::Strict) {
        Err(refusal) => {
            bad(payload_column, &format!("{} at character {}: {}", refusal.code, refusal.offset + 1, refusal.message));
        }
        Ok(code) => {
            if let (Some(inside), Some(number)) = (&code.account, &number)
                && inside != number.as_str()
            {
                bad(number_column, "is not the account that the payload pays into");
            }
            let meant = bank_search::look_up(bank_name).candidates();
            match code.bin.as_deref() {
                Some(bin) if !meant.is_empty() && meant.iter().all(|found| found.bank.bin != bin) => {
                    bad(bank_column, &format!("the payload pays into {}", bank::name_of(bin)));
                }
                Some(bin) if shown.is_empty() || meant.len() == 1 => bank::name_of(bin).clone_into(&mut shown),
                None if shown.is_empty() => bad(bank_column, "is empty, and the payload names none"),
                _ => {}
            }
        }
    }
    (shown, number.map_or(String::new(), |number| number.last4().to_owned()))
}
