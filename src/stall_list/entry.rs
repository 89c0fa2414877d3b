//! One row of a stall list: what it says, cleaned, with what was noticed on the way.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use unicode_normalization::is_nfc;

use super::{
    account,
    bank::Banks,
    columns::Column,
    finding::Finding,
    letters::Letters,
    phone, place,
    seen::{Cells, Seen},
    sheet::Cell,
};
use crate::{
    domain::{stall::StallCode, text::Name, vendor::Phone},
    payment_code::{bank::Bank, fold},
};

/// A row of a list.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// As the spreadsheet numbers it.
    pub row: u32,
    /// The stalls it is about.
    pub stalls: Vec<StallCode>,
    /// The part of the market.
    pub zone: Option<String>,
    /// The row of stalls.
    pub row_name: Option<String>,
    /// Who keeps them.
    pub name: Option<Name>,
    /// Their phone.
    pub phone: Option<Phone>,
    /// What is sold.
    pub goods: Option<String>,
    /// The account's bank.
    pub bank: Option<&'static Bank>,
    /// The account, when it is surely what was typed.
    pub account: Option<String>,
    /// In whose name it is, in capitals without marks as banks write it.
    pub owner: Option<String>,
    /// Whether nobody trades there.
    pub is_vacant: bool,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// The row above that has the same stall or the same account.
    pub other_row: Option<u32>,
    /// Its place among the list's rows, and of its header among the list's headers.
    pub at: (usize, usize),
    /// Whether the spreadsheet kept the account as a number.
    pub account_is_numeric: bool,
}

/// What a person has put right in a row: the text that stands in place of a cell's.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Correction {
    /// By column.
    #[serde(default)]
    pub cells: BTreeMap<Column, String>,
    /// The row is left out.
    #[serde(default)]
    pub skip: bool,
    /// Somebody has looked, and what was doubted is right: another's account, a short number.
    #[serde(default)]
    pub confirmed: bool,
}

impl Entry {
    /// Whether a person has to look first.
    #[must_use]
    pub fn needs_review(&self) -> bool {
        self.findings.iter().any(|finding| finding.needs_review())
    }

    /// Whether it holds no stall: a title, a sum, nothing.
    #[must_use]
    pub fn is_layout(&self) -> bool {
        self.findings.first().is_some_and(|finding| finding.is_layout())
    }

    pub(super) fn notice(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// What a part of the list says for the rows below its heading.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) zone: Option<String>,
    pub(super) row: Option<String>,
    pub(super) goods: Option<String>,
    /// The zone and the row of the row above, for cells that are left empty below the first.
    pub(super) above: (Arc<str>, Arc<str>),
}

impl Part {
    /// A heading is reached: another part of the market begins, or only another row or other goods in it; a page's number says nothing.
    pub(super) fn enter(&mut self, heading: super::rows::Heading) {
        if heading.is_part {
            *self = Self { zone: heading.zone, row: heading.row, goods: heading.goods, ..Self::default() };
            return;
        }
        if heading.row.is_some() {
            self.row = heading.row;
        }
        if heading.goods.is_some() {
            self.goods = heading.goods;
        }
    }
}

/// What the rows above and the headings say of a row of data, besides its own cells.
#[derive(Debug)]
pub(super) struct Place {
    zone: Arc<str>,
    row: Arc<str>,
    goods: Option<String>,
}

impl Part {
    /// Where the next row is.
    pub(super) fn place(&mut self, cells: &Cells<'_>) -> Place {
        let (own_zone, own_row) = (cells.get(Column::Zone).clean(), cells.get(Column::Row).clean());
        let own_zone = Some(own_zone).filter(|zone| !zone.is_empty());
        let zone = own_zone.or(self.zone.as_deref()).unwrap_or(&self.above.0);
        // A row's name is left out below the first as a zone's is, in the same zone.
        let row = match (own_row.is_empty(), &self.row) {
            (false, _) => own_row,
            (true, Some(row)) => row,
            (true, None) if *zone == *self.above.0 => &self.above.1,
            (true, None) => "",
        };
        let shared = |above: &Arc<str>, here: &str| if **above == *here { Arc::clone(above) } else { Arc::from(here) };
        let (zone, row) = (shared(&self.above.0, zone), shared(&self.above.1, row));
        self.above = (Arc::clone(&zone), Arc::clone(&row));
        Place { zone, row, goods: self.goods.clone() }
    }
}

/// Reads a row of data.
pub(super) fn read(number: u32, cells: &Cells<'_>, place: &Place, banks: &mut Banks, is_corrected: bool) -> Entry {
    let mut entry = Entry { row: number, ..Entry::default() };
    let cell = |column: Column| cells.get(column);
    if is_corrected {
        entry.notice(Finding::Corrected);
    }
    name(&mut entry, cell(Column::Name), cell(Column::Note), cell(Column::Goods));
    let goods = cell(Column::Goods);
    entry.goods =
        text(&mut entry, goods).filter(|_| !is_vacancy(goods.fold())).map(str::to_owned).or_else(|| place.goods.clone());
    stalls(&mut entry, cells, place);
    let read = phone::read(&cell(Column::Phone).shown);
    entry.phone = read.number;
    let is_about_nobody = entry.is_vacant && read.findings == [Finding::PhoneMissing];
    read.findings.into_iter().filter(|_| !is_about_nobody).for_each(|finding| entry.notice(finding));
    money(&mut entry, banks, (cell(Column::Account), cell(Column::Bank), cell(Column::Owner)));
    entry
}

/// A cell's clean text, with what was noticed of its letters.
fn text<'a>(entry: &mut Entry, cell: &'a Seen<'_>) -> Option<&'a str> {
    match cell.letters {
        Letters::Tcvn3 => entry.notice(Finding::EncTcvn3),
        Letters::Vni => entry.notice(Finding::EncVni),
        Letters::Unicode => {}
    }
    Some(cell.clean()).filter(|text| !text.is_empty())
}

fn is_vacancy(fold: &str) -> bool {
    // `Trống - chờ đấu giá`: what follows a dash or a bracket does not matter.
    let bare = fold.split(['-', '(', ',', ';', ':', '/']).find(|part| !part.trim().is_empty()).unwrap_or("");
    let bare = bare.trim_matches(|c: char| !c.is_alphanumeric());
    [
        "trong",
        "bo trong",
        "tam nghi",
        "da tra sap",
        "tra sap",
        "sap trong",
        "o trong",
        "de trong",
        "chua cho thue",
        "chua thue",
        "chua co nguoi thue",
        "vacant",
        "empty",
    ]
    .contains(&bare)
}

fn name(entry: &mut Entry, cell: &Seen<'_>, note: &Seen<'_>, goods: &Seen<'_>) {
    let shown = &cell.shown;
    let Some(clean) = text(entry, cell) else {
        if [note, goods].into_iter().any(|cell| is_vacancy(cell.fold())) {
            entry.is_vacant = true;
            entry.notice(Finding::StallVacant);
        } else {
            entry.notice(Finding::NameMissing);
        }
        return;
    };
    if is_vacancy(cell.fold()) {
        entry.is_vacant = true;
        entry.notice(Finding::StallVacant);
        return;
    }
    if !is_nfc(shown) {
        entry.notice(Finding::UniNfd);
    }
    let clean = without_honorific(clean);
    let is_spaced = |c: char| c.is_whitespace() && c != ' ' || matches!(c, '\u{200b}' | '\u{feff}' | '\u{2060}');
    if shown.trim() != *shown || shown.contains("  ") || shown.chars().any(is_spaced) {
        entry.notice(Finding::Whitespace);
    }
    let (upper, lower) = (clean.chars().filter(|c| c.is_uppercase()).count(), clean.chars().filter(|c| c.is_lowercase()).count());
    // TCVN3's fonts for capitals keep small letters: `NGUYễN`.
    let is_shouted = upper > lower && upper + lower > 3 || upper == 0;
    let cased = if is_shouted { Cow::Owned(title_case(clean)) } else { Cow::Borrowed(clean) };
    if is_shouted {
        entry.notice(Finding::CaseUpper);
    }
    match cased.parse::<Name>() {
        // `#N/A` is what a spreadsheet could not find.
        Ok(name) if !cased.starts_with('#') && !cased.chars().any(|c| c.is_ascii_digit()) => entry.name = Some(name),
        _ => entry.notice(Finding::NameMalformed),
    }
}

/// A name without `Bà`, `Cô`, `Ông` in front; where a surname is written so, enough of a name must be left.
fn without_honorific(name: &str) -> &str {
    let Some((first, rest)) = name.split_once(' ') else { return name };
    // Surnames are longer than most of these, and stand in most names.
    if first.len() > 6 {
        return name;
    }
    let least = match first.to_lowercase().trim_end_matches('.') {
        "bà" | "chị" | "anh" | "cô" | "chú" | "bác" | "mr" | "mrs" | "ms" => 2,
        "ông" => 3,
        _ => return name,
    };
    if rest.split_whitespace().count() >= least { rest } else { name }
}

/// Every word with a capital, also behind an apostrophe or a hyphen: `H’BIA NIÊ` is `H’Bia Niê`.
fn title_case(text: &str) -> String {
    let mut at_start = true;
    text.to_lowercase()
        .chars()
        .flat_map(|c| {
            let shown: Vec<char> = if at_start { c.to_uppercase().collect() } else { vec![c] };
            at_start = !c.is_alphanumeric();
            shown
        })
        .collect()
}

fn stalls(entry: &mut Entry, cells: &Cells<'_>, place: &Place) {
    let _own_zone = text(entry, cells.get(Column::Zone));
    let read = place::read(&place.zone, &place.row, &cells.get(Column::Stall).cell);
    for finding in read.findings {
        entry.notice(finding);
    }
    let first = read.codes.first();
    // `Khu A` and `A` are one zone.
    entry.zone = Some(place::bare(&place.zone)).filter(|zone| !zone.is_empty());
    entry.row_name = first.map(|code| code.row().to_owned()).filter(|row| !row.is_empty());
    entry.stalls = read.codes;
}

fn money(entry: &mut Entry, banks: &mut Banks, (account, named, owner): (&Seen<'_>, &Seen<'_>, &Seen<'_>)) {
    let mut bank_text = text(entry, named).unwrap_or_default().to_owned();
    let mut digits_alone = None;
    if let Cell::Text(said) = &*account.cell
        && let Some((digits, words)) = account::with_bank(said)
    {
        // The words name the bank, or say again what its own cell says; `STK` says nothing.
        let named = banks.read(&words).0;
        if bank_text.is_empty() && named.is_some() {
            (digits_alone, bank_text) = (Some(digits), words);
        } else if matches!(fold::name_fold(&words).as_str(), "stk" | "so tk" | "tk" | "so tai khoan")
            || (named.is_some() && named.map(|bank| &bank.bin) == banks.read(&bank_text).0.map(|bank| &bank.bin))
        {
            digits_alone = Some(digits);
        }
    }
    let digits_alone = digits_alone.map(|digits| Seen::typed(&digits));
    let account = digits_alone.as_ref().unwrap_or(account);
    let read = account::read(account);
    entry.account_is_numeric = read.is_numeric;
    let is_missing = read.findings.contains(&Finding::AcctMissing);
    read.findings.into_iter().filter(|_| !(is_missing && entry.is_vacant)).for_each(|finding| entry.findings.push(finding));
    entry.account = read.number;
    if is_missing {
        return;
    }
    let (found, finding) = banks.read(&bank_text);
    entry.bank = found;
    if let Some(finding) = finding {
        entry.notice(finding);
    }
    if bank_text.is_empty() {
        entry.notice(Finding::BankMissing);
    }
    if let (Some(account), Some(phone)) = (&entry.account, &entry.phone)
        && (account == phone.as_str() || phone.as_str().strip_prefix('0') == Some(account))
    {
        // A phone number that lost its zero in the account's cell lost it there too: it is the number on the left.
        let is_whole = account == phone.as_str();
        entry.notice(if is_whole { Finding::AcctIsPhone } else { Finding::AcctLeadingZeroLost });
    }
    entry.owner = text(entry, owner).map(without_honorific).map(|bare| {
        if bare.len() == owner.clean().len() { as_banks_write(owner.fold()) } else { as_banks_write(&fold::fold_ascii(bare)) }
    });
    entry.owner = entry.owner.take().filter(|owner| !owner.is_empty());
    if let (Some(owner), Some(name)) = (&entry.owner, &entry.name)
        && *owner != as_banks_write(name.fold())
    {
        entry.notice(Finding::OwnerNameMismatch);
    }
}

/// A folded name in capitals and without signs, as a bank writes a holder's name.
fn as_banks_write(fold: &str) -> String {
    let mut plain = String::with_capacity(fold.len());
    for c in fold.chars() {
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_uppercase());
        } else if c.is_alphanumeric() {
            plain.extend(c.to_uppercase());
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}
