//! What only the whole list tells: the same stall twice, a number shorter than the others of its bank, one account of two people.

use std::collections::{BTreeMap, HashMap};

use super::{
    entry::{Correction, Entry},
    finding::Finding,
};

/// Account numbers of a bank in a list, from which on they say what is usual there.
const ENOUGH: usize = 3;
/// No bank's usual numbers are shorter.
const SHORTEST_USUAL: usize = 9;

pub(super) fn look(entries: &mut [Entry], corrections: &BTreeMap<u32, Correction>) {
    lengths(entries);
    owners(entries, corrections);
    twice(entries, corrections);
    for entry in entries.iter_mut() {
        if let Some(correction) = corrections.get(&entry.row) {
            if correction.skip {
                entry.findings.retain(|finding| !finding.needs_review());
            }
            if correction.confirmed {
                let is_settled = |finding: &Finding| {
                    matches!(
                        finding,
                        Finding::OwnerNameMismatch
                            | Finding::AcctLeadingZeroLost
                            | Finding::AcctOfTwoPeople
                            | Finding::PhoneTwoNumbers
                    ) || *finding == Finding::PhoneInvalid
                        || *finding == Finding::StallBecameDate
                };
                entry.findings.retain(|finding| !is_settled(finding));
            }
        }
        let is_confirmed = corrections.get(&entry.row).is_some_and(|correction| correction.confirmed);
        if entry.findings.contains(&Finding::AcctLeadingZeroLost) {
            entry.account = None;
        }
        // Somebody looks at the row anyway: then also at a number that a spreadsheet kept as one.
        if entry.account_is_numeric && entry.account.is_some() && entry.needs_review() && !is_confirmed {
            entry.account = None;
            entry.notice(Finding::AcctNumeric);
        }
    }
}

/// How many digits are usual at banks of which the directory does not say it: enough to ask, too little to tell anybody.
fn seen_at(bin: &str) -> &'static str {
    match bin {
        "970449" => "12",
        "970441" | "970437" => "15",
        "970426" => "11|14",
        "970443" | "970448" => "10|16",
        "970432" | "970416" => "9",
        _ => "",
    }
}

/// Numbers that are shorter than their bank's usually are, and begin with no zero: one may have been lost.
fn lengths(entries: &mut [Entry]) {
    let mut seen: HashMap<&str, HashMap<usize, usize>> = HashMap::new();
    for entry in entries.iter() {
        if let (Some(bank), Some(account)) = (entry.bank, &entry.account)
            && !entry.findings.contains(&Finding::AcctIsPhone)
            && account.bytes().all(|byte| byte.is_ascii_digit())
        {
            *seen.entry(bank.bin.as_str()).or_default().entry(account.len()).or_default() += 1;
        }
    }
    let usual: HashMap<String, usize> = seen
        .into_iter()
        .filter_map(|(bin, lengths)| {
            let all: usize = lengths.values().sum();
            let (length, n) = lengths.into_iter().max_by_key(|(length, n)| (*n, *length))?;
            (n >= ENOUGH && n * 10 >= all * 6).then(|| (bin.to_owned(), length))
        })
        .collect();
    for entry in entries.iter_mut() {
        let Some(account) = &entry.account else { continue };
        let is_number = account.bytes().all(|byte| byte.is_ascii_digit()) && !account.starts_with('0');
        if !is_number || entry.findings.contains(&Finding::AcctIsPhone) {
            continue;
        }
        let of_list = entry.bank.and_then(|bank| usual.get(&bank.bin));
        let known =
            entry.bank.map_or("", |bank| if bank.account_digits.is_empty() { seen_at(&bank.bin) } else { &bank.account_digits });
        let is_named = known.split('|').any(|length| length.parse() == Ok(account.len()));
        let longest = known.split(['|', '-']).filter_map(|length| length.parse::<usize>().ok()).max();
        let is_unusual = entry.bank.is_some_and(|bank| bank.unusual_length(account).is_some());
        // The list's own habit counts beside what is known: a whole column may have lost its zeros.
        let is_short = !is_named
            && (of_list.is_some_and(|usual| account.len() < *usual)
                || longest.is_some_and(|longest| account.len() < longest && (is_unusual || of_list.is_none()))
                || (longest.is_none() && of_list.is_none() && account.len() < SHORTEST_USUAL));
        if is_short {
            entry.notice(Finding::AcctLeadingZeroLost);
        }
    }
}

fn is_left_out(corrections: &BTreeMap<u32, Correction>, row: u32) -> bool {
    corrections.get(&row).is_some_and(|correction| correction.skip)
}

/// One account under two names.
fn owners(entries: &mut [Entry], corrections: &BTreeMap<u32, Correction>) {
    let mut first: HashMap<(&str, &str), (u32, &str)> = HashMap::with_capacity(entries.len());
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !is_left_out(corrections, entry.row)) {
        let (Some(account), Some(bank), Some(name)) = (&entry.account, entry.bank, &entry.name) else { continue };
        let (row, other) = first.entry((&bank.bin, account)).or_insert((entry.row, name.fold()));
        if *other != name.fold() {
            found.push((at, *row));
        }
    }
    for (at, row) in found {
        entries[at].other_row = Some(row);
        entries[at].notice(Finding::AcctOfTwoPeople);
    }
}

/// One stall in two rows: the first keeps it.
fn twice(entries: &mut [Entry], corrections: &BTreeMap<u32, Correction>) {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut found = Vec::new();
    // A row that a person left out keeps no stall.
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !is_left_out(corrections, entry.row)) {
        match entry.stalls.iter().find_map(|code| first.get(code.as_str())) {
            Some(other) => found.push((at, *other)),
            None => first.extend(entry.stalls.iter().map(|code| (code.as_str(), at))),
        }
    }
    for (at, other) in found {
        let keeper = |entry: &Entry| entry.name.as_ref().map_or(String::new(), |name| name.fold().to_owned());
        let is_same = keeper(&entries[at]) == keeper(&entries[other])
            && entries[at].stalls.iter().all(|code| entries[other].stalls.contains(code));
        entries[at].other_row = Some(entries[other].row);
        if is_same {
            let kept = entries[other].clone();
            let entry = &mut entries[at];
            // What is kept is the row above; this one only says where it is said again.
            let account = kept.account.filter(|_| !kept.findings.contains(&Finding::AcctLeadingZeroLost));
            (entry.name, entry.phone, entry.bank, entry.account, entry.owner) =
                (kept.name, kept.phone.or(entry.phone.take()), kept.bank, account, kept.owner);
            entry.findings = vec![Finding::DupSameVendorSameStall];
        } else {
            entries[at].findings.insert(0, Finding::DupStallDifferentVendor);
        }
    }
}
