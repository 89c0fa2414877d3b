//! Whatever proptest makes up. `PROPTEST_CASES` says how many; a run of a million takes a few minutes in a release build.

use choqr::payment_code::{
    City, Code, Label, LabelKind, LocalName, MerchantName, Mode, Purpose, Service, TransferCode, Tree, Verdict, Vnd, WriteError,
    bank, compare, crc16, decode,
};
use proptest::prelude::*;
use serde_json::Value;

use super::support::{object, sealed};

fn payloads() -> Vec<String> {
    let text = concat!(include_str!("../data/vectors_good.jsonl"), include_str!("../data/vectors_bad.jsonl"));
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["payload"].as_str().unwrap().to_owned()).collect()
}

fn bins() -> Vec<String> {
    bank::all().iter().map(|bank| bank.bin.clone()).collect()
}

/// Reads, writes, compares and prints; nothing of it may panic, and nothing that was read may be lost.
fn handle(text: &str) {
    assert_eq!(Tree::read(text).to_payload(), text);
    for mode in [Mode::Strict, Mode::Lenient] {
        let mut out = Vec::new();
        match Code::read(text, mode) {
            Ok(code) => {
                assert_eq!(code.tree().to_payload(), text);
                code.write_json(&mut out);
                let lenient = Code::read(text, Mode::Lenient).unwrap();
                assert_eq!((lenient.bin(), lenient.account(), lenient.scheme()), (code.bin(), code.account(), code.scheme()));
                let _ = decode(text, mode).unwrap().identity().len();
            }
            Err(refusal) => {
                assert!(refusal.offset <= text.chars().count(), "{refusal:?}");
                refusal.write_json(&mut out);
            }
        }
        serde_json::from_slice::<Value>(&out).unwrap();
    }
    let _ = compare(text, text);
}

/// A change that a damaged print, a careless writer or an attacker could make.
fn changed(text: &str, kind: u8, at: usize, filling: &str, is_mended: bool) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = at % (chars.len() + 1);
    match kind % 4 {
        0 => chars.truncate(at),
        1 => drop(chars.splice(at..at, filling.chars())),
        2 => drop(chars.splice(at..(at + filling.chars().count()).min(chars.len()), filling.chars())),
        _ => drop(chars.splice(at..(at + 1 + usize::from(kind) / 4).min(chars.len()), [])),
    }
    let text: String = chars.into_iter().collect();
    match text.len().checked_sub(8).and_then(|end| text.get(..end)) {
        Some(body) if is_mended => sealed(body),
        _ => text,
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        bin in prop::sample::select(bins()),
        account in "[0-9A-Za-z]{1,19}",
        amount in prop::option::of(1_u64..Vnd::LIMIT),
        purpose in prop::option::of("[ -~]{0,25}"),
        name in prop::option::of("[ -~]{1,25}"),
        city in prop::option::of("[ -~]{1,15}"),
    ) {
        let made = TransferCode::new(bin.parse().unwrap(), account.parse().unwrap());
        let is_momo = bin == "971025" || (bin == "970454" && account.starts_with("99MM")) || (bin == "970426" && account.starts_with("MOMO"));
        prop_assert_eq!(made.clone().err(), is_momo.then_some(WriteError::Momo));
        let Ok(code) = made else { return Ok(()) };
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        let purpose = Purpose::optional(&text(purpose.as_ref())).unwrap();
        let name = MerchantName::optional(&text(name.as_ref())).unwrap();
        let city = City::optional(&text(city.as_ref())).unwrap();
        let payload = code.with_amount(amount.map(|dong| Vnd::new(dong).unwrap())).with_purpose(purpose).with_name(name).with_city(city).encode().unwrap();
        let read = Code::read(&payload, Mode::Strict).unwrap();
        prop_assert_eq!(read.bin(), Some(bin.as_str()));
        prop_assert_eq!(read.account(), Some(account.as_str()));
        prop_assert_eq!(read.service(), Some(Service::Account));
        prop_assert_eq!(read.amount().map(|amount| amount.whole()), amount);
        prop_assert_eq!(read.initiation().as_str(), if amount.is_some() { "dynamic" } else { "static" });
        prop_assert_eq!(read.purpose(), purpose.as_ref().map(Purpose::as_str));
        prop_assert_eq!(read.merchant_name(), name.as_ref().map(MerchantName::as_str));
        prop_assert_eq!(read.merchant_city(), city.as_ref().map(City::as_str));
        prop_assert!(read.warnings().is_empty());
        prop_assert_eq!(&payload[payload.len() - 4..], format!("{:04X}", crc16(&payload.as_bytes()[..payload.len() - 4])));
        prop_assert_eq!(read.tree().to_payload(), payload);
    }

    #[test]
    fn what_was_written_with_everything_is_read_or_refused_on_writing(
        bin in prop::sample::select(bins()),
        card in "[0-9]{10}|[0-9]{13}",
        kind in 0_u8..4,
        labels in prop::collection::vec(("[!-~]{1,25}", 0_usize..5), 0..5),
        local in prop::option::of(("[a-zA-Z]{2}", "\\PC{1,25}", prop::option::of("\\PC{1,15}"))),
        purpose in prop::option::of("\\PC{1,25}"),
    ) {
        let (bin_code, number) = (bin.parse().unwrap(), format!("{bin}{card}").parse().unwrap());
        let label = |text: &str| text.parse::<Label>().unwrap();
        let made = match kind {
            0 => TransferCode::new(bin_code, number),
            1 => TransferCode::to_card(bin_code, number),
            2 => TransferCode::to_merchant(bin_code, number, "5411".parse().unwrap(), "A".parse().unwrap(), "B".parse().unwrap()),
            _ => TransferCode::cash(bin_code, number, label("r"), label("t")),
        };
        let Ok(mut code) = made else { return Ok(()) };
        const KINDS: [LabelKind; 5] = [LabelKind::Bill, LabelKind::Store, LabelKind::Reference, LabelKind::Customer, LabelKind::Terminal];
        for (text, kind) in &labels {
            code = code.with_label(KINDS[*kind], label(text));
        }
        if let Some((language, name, city)) = &local
            && let Ok(local) = LocalName::new(language, name, city.as_deref())
        {
            code = code.with_local_name(local);
        }
        if let Some(Ok(purpose)) = purpose.map(|text| text.parse::<Purpose>()) {
            code = code.with_purpose(purpose);
        }
        let Ok(payload) = code.encode() else { return Ok(()) };
        let read = Code::read(&payload, Mode::Strict);
        prop_assert!(read.is_ok(), "{payload} {:?}", read.err());
        let read = read.unwrap();
        prop_assert!(read.warnings().is_empty());
        prop_assert_eq!(read.service(), Some(code.service()));
        for (at, kind) in KINDS.into_iter().enumerate() {
            let tag = [1, 3, 5, 6, 7][at];
            let said = labels.iter().rev().find(|(_, kind)| *kind == at).map(|(text, _)| text.as_str());
            let standing = match (code.service(), kind) {
                (Service::Cash, LabelKind::Reference) => Some("r"),
                (Service::Cash, LabelKind::Terminal) => Some("t"),
                _ => None,
            };
            prop_assert_eq!(read.additional(tag), said.or(standing));
        }
        prop_assert_eq!(read.tree().to_payload(), payload);
    }

    #[test]
    fn strings_of_sound_objects_are_written_back(
        objects in prop::collection::vec((0_u8..100, "\\PC{1,40}"), 0..8),
        template in "[0-9a-zA-Z.]{1,20}",
    ) {
        let body: String = objects.iter().filter(|(tag, _)| ![0, 63].contains(tag)).map(|(tag, value)| object(&format!("{tag:02}"), value)).collect();
        handle(&sealed(&format!("000201{}{body}53037045802VN", object("27", &object("00", &template)))));
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,200}", digits in "[0-9]{0,120}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        handle(&text);
        handle(&digits);
        handle(&format!("000201{digits}{text}"));
        handle(&sealed(&format!("000201{digits}{text}")));
        handle(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_changed_vector_is_read_honestly(
        text in prop::sample::select(payloads()),
        changes in prop::collection::vec((any::<u8>(), any::<usize>(), "[0-9]{1,6}|\\PC{1,3}|[\\x00-\\x20\u{200b}\u{feff}]{1,2}"), 1..3),
        is_mended: bool,
    ) {
        let scanned = changes.iter().fold(text.clone(), |text, (kind, at, filling)| changed(&text, *kind, *at, filling, is_mended));
        handle(&scanned);
        let verdict = compare(&text, &scanned).verdict;
        // What matches a code that may be registered pays the same payee by the words of the index, too.
        let identity = |text: &str, mode| decode(text, mode).map(|code| code.identity().to_owned());
        if verdict == Verdict::Match && let Ok(registered) = identity(&text, Mode::Strict) {
            prop_assert_eq!(Ok(registered), identity(&scanned, Mode::Lenient));
        }
    }
}
