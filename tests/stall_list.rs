//! Stall lists as market boards keep them: each of the sample's four files gives what is written beside it, row by row.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use choqr::stall_list::{self, Entry, Finding, List, Wishes};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Expected {
    row: u32,
    kind: String,
    outcome_csv: String,
    outcome_xlsx: String,
    issues: String,
    stall_code: String,
    second_stall_code: String,
    full_name: String,
    phone: String,
    bank_bin: String,
    account_number_csv: String,
    account_number_xlsx: String,
    account_name: String,
}

fn expected() -> Vec<Expected> {
    let text = include_str!("data/stall_lists/dirty_expected.csv");
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

fn read(name: &str) -> List {
    let bytes = std::fs::read(format!("{}/tests/data/stall_lists/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    stall_list::read(&bytes, &Wishes::default()).unwrap()
}

fn outcome(entry: &Entry) -> &'static str {
    match entry {
        entry if entry.is_layout() => "skip",
        entry if entry.findings.contains(&Finding::DupSameVendorSameStall) => "duplicate",
        entry if entry.needs_review() => "review",
        _ => "import",
    }
}

fn name(entry: &Entry) -> &str {
    entry.name.as_ref().map_or("", |name| name.as_str())
}

fn phone(entry: &Entry) -> &str {
    entry.phone.as_ref().map_or("", |phone| phone.as_str())
}

fn compare(list: &List, of_csv: bool) {
    let rows: BTreeMap<u32, &Entry> = list.entries.iter().map(|entry| (entry.row, entry)).collect();
    let mut wrong = Vec::new();
    for want in expected() {
        let blank = Entry { row: want.row, findings: vec![Finding::Blank], ..Entry::default() };
        let got = rows.get(&want.row).copied().unwrap_or(&blank);
        let mut check = |what: &str, got: &str, expected: &str| {
            if got != expected {
                wrong.push(format!("row {} {what}: {got:?}, expected {expected:?}", want.row));
            }
        };
        check("outcome", outcome(got), if of_csv { &want.outcome_csv } else { &want.outcome_xlsx });
        if want.kind != "data" {
            check("kind", got.findings[0].as_str(), &want.kind);
            continue;
        }
        let codes: Vec<String> = got.stalls.iter().map(|code| format!("M01-{code}")).collect();
        let wanted: Vec<&str> = [&want.stall_code, &want.second_stall_code].into_iter().filter(|code| !code.is_empty()).map(String::as_str).collect();
        check("stalls", &codes.join(" "), &wanted.join(" "));
        check("name", name(got), &want.full_name);
        check("phone", phone(got), &want.phone);
        // What a duplicate says is what the row above says; of an account that is in doubt there, nothing.
        if outcome(got) != "duplicate" {
            check("bank", got.bank.map_or("", |bank| bank.bin.as_str()), &want.bank_bin);
            check("account", got.account.as_deref().unwrap_or(""), if of_csv { &want.account_number_csv } else { &want.account_number_xlsx });
            check("owner", got.owner.as_deref().unwrap_or(""), &want.account_name);
            let mut said: Vec<String> = got.findings.iter().map(|finding| finding.as_str().to_uppercase()).collect();
            let mut issues: Vec<String> = want.issues.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            // A workbook holds the number whole: there nothing is noticed. What a spreadsheet kept as a number is our own word.
            if !of_csv {
                issues.retain(|issue| issue != "ACCT_SCIENTIFIC");
            }
            said.retain(|word| word != "ACCT_NUMERIC");
            said.sort();
            issues.sort();
            check("issues", &said.join(" "), &issues.join(" "));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_csv_gives_what_is_written_beside_it() {
    compare(&read("dirty_stalls.csv"), true);
}

#[test]
fn a_workbook_gives_what_is_written_beside_it() {
    let list = read("dirty_stalls.xlsx");
    assert!(list.others.iter().any(|(name, is_shown)| name == "DS cu 2024" && !is_shown));
    compare(&list, false);
}

/// These two hold the first thirty rows of data in the bytes of an old encoding, all at one bank.
#[test]
fn old_encodings_give_the_same_people() {
    for file in ["dirty_stalls_cp1258.csv", "dirty_stalls_tcvn3.csv"] {
        let list = read(file);
        let data: Vec<Expected> = expected().into_iter().filter(|row| row.kind == "data").take(30).collect();
        let entries: Vec<&Entry> = list.entries.iter().filter(|entry| !entry.is_layout()).collect();
        assert_eq!(entries.len(), 30, "{file}");
        for (got, want) in entries.iter().zip(&data) {
            let is_duplicate = outcome(got) == "duplicate";
            assert_eq!(name(got), want.full_name, "{file} row {}", got.row);
            assert_eq!(phone(got), want.phone, "{file} row {}", got.row);
            assert_eq!(is_duplicate, want.outcome_csv == "duplicate", "{file} row {}: {:?}", got.row, got.findings);
        }
    }
}
