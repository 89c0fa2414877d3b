//! The payment-code library against the collected vectors and against whatever proptest makes up.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use choqr::payment_code::{Mode, Service, TransferCode, crc16, decode};
use proptest::prelude::*;
use serde_json::Value;

fn vectors(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_good_vector_is_read() {
    for vector in vectors(include_str!("../data/vectors_good.jsonl")) {
        let payload = vector["payload"].as_str().unwrap();
        let strict = decode(payload, Mode::Strict);
        assert_eq!(strict.is_ok(), vector["strict"], "{} {} {strict:?} {payload}", vector["id"], vector["kind"]);
        let lenient = decode(payload, Mode::Lenient).unwrap_or_else(|refusal| panic!("{} {refusal}", vector["id"]));
        let fields = &vector["fields"];
        let tags: Vec<(String, String)> = serde_json::from_value(fields["tags"].clone()).unwrap();
        let read: Vec<(String, String)> = lenient
            .fields
            .iter()
            .filter(|field| field.tag != "63")
            .map(|field| (field.tag.clone(), field.value.clone()))
            .collect();
        assert_eq!(read, tags, "{}", vector["id"]);
        assert_eq!(lenient.merchant_name.as_deref(), fields["merchant_name"].as_str(), "{}", vector["id"]);
    }
}

#[test]
fn every_bad_vector_is_refused() {
    for vector in vectors(include_str!("../data/vectors_bad.jsonl")) {
        let payload = vector["payload"].as_str().unwrap();
        assert!(decode(payload, Mode::Strict).is_err(), "{} {payload}", vector["reason"]);
        let _never_panics = decode(payload, Mode::Lenient);
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        bin in prop::sample::select(choqr::payment_code::bank::all().iter().map(|bank| bank.bin.clone()).collect::<Vec<_>>()),
        account in "[0-9A-Za-z]{1,19}",
        amount in prop::option::of(1_u64..500_000_000),
        purpose in prop::option::of("[ -~]{0,25}"),
    ) {
        let mut code = TransferCode::new(bin.parse().unwrap(), account.parse().unwrap());
        code.amount = amount;
        code.purpose = purpose.clone();
        let payload = code.encode().unwrap();
        let read = decode(&payload, Mode::Strict).unwrap();
        prop_assert_eq!(read.bin, Some(bin));
        prop_assert_eq!(read.account, Some(account));
        prop_assert_eq!(read.service, Some(Service::Account));
        prop_assert_eq!(read.amount, amount);
        let clean = purpose.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
        prop_assert_eq!(read.purpose, clean);
        prop_assert_eq!(&payload[payload.len() - 4..], format!("{:04X}", crc16(&payload.as_bytes()[..payload.len() - 4])));
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,200}", digits in "[0-9]{0,120}") {
        for mode in [Mode::Strict, Mode::Lenient] {
            let _ = decode(&text, mode);
            let _ = decode(&digits, mode);
            let _ = decode(&format!("000201{digits}{text}"), mode);
        }
    }
}
