//! What was noticed in a row of a list, in the reader's words: for the preview, for the report of the command line, for a download.

use super::words::Words;
use crate::{
    app::stall_lists::Planned,
    stall_list::{Column, Finding, List},
};

/// A cell: what is taken, and what stood in the file where that differs.
#[derive(Debug, Default)]
pub struct CellWords {
    /// What is taken; the file's words when nothing is.
    pub text: String,
    /// What stood there, when it was mended.
    pub was: String,
    /// Whether a person has to look at it.
    pub is_bad: bool,
}

/// A row in words.
#[derive(Debug, Default)]
pub struct Told {
    /// The stalls.
    pub stall: CellWords,
    /// The keeper.
    pub name: CellWords,
    /// Their phone, in groups.
    pub phone: CellWords,
    /// The bank.
    pub bank: CellWords,
    /// The account, in groups of four.
    pub account: CellWords,
    /// What was noticed, and whether a person has to look at it.
    pub seen: Vec<(String, bool)>,
}

/// The digits and letters of a number that may be shown: the last four.
#[must_use]
pub fn masked(text: &str) -> String {
    let plain: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() {
        String::new()
    } else {
        format!("…{}", plain[plain.len().saturating_sub(4)..].iter().collect::<String>())
    }
}

fn grouped(text: &str, sizes: &[usize]) -> String {
    let (mut out, mut left, mut at) = (String::new(), sizes.first().copied().unwrap_or(4), 0);
    for c in text.chars() {
        if left == 0 {
            out.push(' ');
            at = (at + 1).min(sizes.len() - 1);
            left = sizes[at];
        }
        out.push(c);
        left -= 1;
    }
    out
}

/// A row in words. `sees_all` shows numbers in full: to whoever sent the file.
#[must_use]
pub fn told(t: &'static Words, list: &List, planned: &Planned, sees_all: bool) -> Told {
    let entry = &list.entries[planned.at];
    let findings: Vec<Finding> = entry.findings.iter().chain(&planned.findings).copied().collect();
    let cell = |column: Column, taken: String, mended: bool| {
        let raw = list.raw(entry, column).map_or(String::new(), |text| text.trim().to_owned());
        let is_secret = matches!(column, Column::Phone | Column::Account) && !sees_all;
        let raw = if is_secret { masked(&raw) } else { raw };
        let is_bad = findings.iter().any(|finding| finding.needs_review() && finding.column() == Some(column));
        if taken.is_empty() {
            return CellWords { text: raw, was: String::new(), is_bad };
        }
        CellWords { text: taken, was: if mended { raw } else { String::new() }, is_bad }
    };
    let has = |finding: Finding| findings.contains(&finding);
    let number = |text: Option<&str>, sizes: &[usize]| {
        text.map_or(String::new(), |text| if sees_all { grouped(text, sizes) } else { masked(text) })
    };
    let stalls: Vec<&str> = entry.stalls.iter().map(crate::domain::stall::StallCode::as_str).collect();
    let name = entry.name.as_ref().map_or(String::new(), |name| name.as_str().to_owned());
    let is_respelt = [Finding::EncTcvn3, Finding::EncVni, Finding::CaseUpper].into_iter().any(has)
        && list.raw(entry, Column::Name).is_some_and(|raw| raw.trim() != name);
    let bank = entry.bank.map_or(String::new(), |bank| bank.short_name.clone());
    Told {
        stall: cell(Column::Stall, stalls.join(", "), false),
        name: cell(Column::Name, name, is_respelt),
        phone: cell(
            Column::Phone,
            number(entry.phone.as_ref().map(crate::domain::vendor::Phone::as_str), &[4, 3]),
            has(Finding::PhoneLostZero) || has(Finding::PhoneOldElevenDigits),
        ),
        bank: cell(Column::Bank, bank, has(Finding::BankAlias)),
        account: cell(Column::Account, number(entry.account.as_deref(), &[4]), false),
        seen: seen(t, list, planned, &findings),
    }
}

fn seen(t: &'static Words, list: &List, planned: &Planned, findings: &[Finding]) -> Vec<(String, bool)> {
    let entry = &list.entries[planned.at];
    // What needs a person first.
    let (bad, fine): (Vec<Finding>, Vec<Finding>) = findings.iter().partition(|finding| finding.needs_review());
    bad.into_iter()
        .map(|finding| (finding, true))
        .chain(fine.into_iter().map(|finding| (finding, false)))
        .map(|(finding, is_bad)| {
            let text = t.list_finding.find(finding.as_str()).unwrap_or("");
            let more = match finding {
                Finding::DupSameVendorSameStall | Finding::DupStallDifferentVendor | Finding::AcctOfTwoPeople => {
                    entry.other_row.map(|row| t.list.same_as_row(row))
                }
                Finding::KeeperHasCode | Finding::KeeperChanges => {
                    planned.keeper.as_ref().map(|name| t.list.keeper_in_book(name))
                }
                Finding::BankAlias => entry.bank.map(|bank| bank.short_name.clone()),
                Finding::StallMultiple => list.raw(entry, Column::Stall).map(|raw| format!("“{}”", raw.trim())),
                _ => None,
            };
            (more.map_or_else(|| text.to_owned(), |more| format!("{text}: {more}")), is_bad)
        })
        .collect()
}

/// A cell that a spreadsheet would take for a formula becomes text.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// One line a sheet row: `row,outcome,codes,stall_code,full_name,phone,bank_bin,account_number,account_name,message`.
#[must_use]
pub fn report(t: &'static Words, list: &List, rows: &[Planned], sees_all: bool) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let head =
        ["row", "outcome", "codes", "stall_code", "full_name", "phone", "bank_bin", "account_number", "account_name", "message"];
    let mut put = |cells: [String; 10]| out.write_record(cells).map_err(drop);
    let mut written = put(head.map(str::to_owned));
    for planned in rows {
        let entry = &list.entries[planned.at];
        let findings = entry.findings.iter().chain(&planned.findings);
        let number =
            |text: Option<&str>| text.map_or(String::new(), |text| if sees_all { text.to_owned() } else { masked(text) });
        let message = seen(t, list, planned, &entry.findings.iter().chain(&planned.findings).copied().collect::<Vec<_>>());
        let more: Vec<String> = entry.stalls.iter().skip(1).map(ToString::to_string).collect();
        let mut message: Vec<String> = message.into_iter().map(|(text, _)| text).collect();
        if !more.is_empty() {
            message.push(format!("+ {}", more.join(", ")));
        }
        written = written.and_then(|()| {
            put([
                entry.row.to_string(),
                planned.outcome.to_string(),
                findings.map(|finding| finding.as_str()).collect::<Vec<_>>().join(" "),
                entry.stalls.first().map_or(String::new(), ToString::to_string),
                safe(entry.name.as_ref().map_or("", |name| name.as_str())),
                number(entry.phone.as_ref().map(crate::domain::vendor::Phone::as_str)),
                entry.bank.map_or(String::new(), |bank| bank.bin.clone()),
                number(entry.account.as_deref()),
                safe(entry.owner.as_deref().unwrap_or("")),
                safe(&message.join("; ")),
            ])
        });
    }
    // Writing into memory does not fail.
    written.ok().and_then(|()| out.into_inner().ok()).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
