//! Payloads collected from public projects and documents, and made from fictional data.

use choqr::payment_code::{Code, Field, Mode, Tree, decode};
use serde_json::Value;

fn vectors(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn good() -> Vec<Value> {
    vectors(include_str!("../data/vectors_good.jsonl"))
}

fn bad() -> Vec<Value> {
    vectors(include_str!("../data/vectors_bad.jsonl"))
}

fn json_of(code: &Code<'_>) -> Value {
    let mut out = Vec::new();
    code.write_json(&mut out);
    serde_json::from_slice(&out).unwrap()
}

/// What the reader says to a name of the vectors' `fields`.
fn value_of(code: &Code<'_>, name: &str) -> Option<String> {
    let other = code.other_language();
    let text = match name {
        "payload_format" => code.tree().get(0).map(|field| field.value()),
        "poi_method" => code.tree().get(1).map(|field| field.value()),
        "mcc" => code.mcc(),
        "currency" => code.currency(),
        "amount" => code.tree().get(54).map(|field| field.value()),
        "country" => code.country(),
        "merchant_name" => code.merchant_name(),
        "merchant_city" => code.merchant_city(),
        "postal_code" => code.postal_code(),
        "bill_number" => code.additional(1),
        "mobile_number" => code.additional(2),
        "store_label" => code.additional(3),
        "loyalty_number" => code.additional(4),
        "reference_label" => code.reference(),
        "customer_label" => code.additional(6),
        "terminal_label" => code.additional(7),
        "purpose" => code.purpose(),
        "consumer_data_request" => code.additional(9),
        "alt_language" => other.map(|other| other.0),
        "alt_name" => other.and_then(|other| other.1),
        "alt_city" => other.and_then(|other| other.2),
        "tip_indicator" => code.tree().get(55).map(|field| field.value()),
        "fee_fixed" => code.tree().get(56).map(|field| field.value()),
        // The vectors give the number in capitals, whatever the payload says.
        "crc" => return code.crc().map(str::to_ascii_uppercase),
        "bank_bin" => code.bin(),
        "account" => code.account(),
        "service_code" => code.service().map(choqr::payment_code::Service::as_str),
        "additional_raw" => code.tree().get(62).map(|field| field.value()),
        "vnpay_merchant_id" => code.payee().parts().find(|(name, _)| *name == "merchant_id").map(|(_, value)| value),
        other => panic!("the vectors know a field that the test does not: {other}"),
    };
    text.map(str::to_owned)
}

fn pairs(fields: impl Iterator<Item = Field<'static>>) -> Vec<(String, String)> {
    fields.map(|field| (format!("{:02}", field.tag()), field.value().to_owned())).collect()
}

#[test]
fn every_listed_field_is_read() {
    let vectors: &'static [Value] = good().leak();
    for vector in vectors {
        let (id, payload) = (&vector["id"], vector["payload"].as_str().unwrap());
        let strict = Code::read(payload, Mode::Strict);
        assert_eq!(strict.is_ok(), vector["strict"], "{id} {} {:?}", vector["kind"], strict.err());
        let code = Code::read(payload, Mode::Lenient).unwrap_or_else(|refusal| panic!("{id} {refusal}"));

        for (name, value) in vector["fields"].as_object().unwrap() {
            match name.as_str() {
                "tags" => {
                    let mut read = pairs(code.fields());
                    read.retain(|(tag, _)| tag != "63");
                    assert_eq!(serde_json::json!(read), *value, "{id}");
                }
                "merchant_accounts" => {
                    for account in value.as_array().unwrap() {
                        let tag = account["tag"].as_str().unwrap().parse().unwrap();
                        let parts = code.tree().get(tag).unwrap().children().unwrap();
                        assert_eq!(serde_json::json!(pairs(parts)), account["sub"], "{id}");
                    }
                }
                name => assert_eq!(value_of(&code, name).as_deref(), value.as_str(), "{id} {name}"),
            }
        }
    }
}

#[test]
fn a_strict_reader_refuses_for_the_reason_that_is_noted() {
    for vector in good().iter().filter(|vector| vector["strict"] == false) {
        let refusal = decode(vector["payload"].as_str().unwrap(), Mode::Strict).unwrap_err();
        let note = vector["note"].as_str().unwrap();
        let expected: &[&str] = match note {
            "lengths count bytes" => &["length_in_bytes"],
            "country (58) missing" => &["country_missing"],
            "currency (53) missing" => &["currency_missing"],
            "inside 38.01: broken object header" => &["object_header"],
            note if note.starts_with("38.01 swallows the service code") => &["beneficiary_too_long"],
            note if note.starts_with("zero-length object") => &["object_empty", "beneficiary_too_long"],
            note if note.starts_with("59 has") => &["name_too_long"],
            note if note.starts_with("60 has") => &["city_too_long"],
            "59 is outside the common character set" => &["name_not_ascii"],
            note => panic!("{note}"),
        };
        assert!(expected.contains(&refusal.code), "{} {note}: {refusal:?}", vector["id"]);
    }
}

#[test]
fn whatever_was_read_is_written_back_byte_for_byte() {
    for vector in good().iter().chain(&bad()) {
        let payload = vector["payload"].as_str().unwrap();
        assert_eq!(Tree::read(payload).to_payload(), payload, "{}", vector["id"]);
        for mode in [Mode::Strict, Mode::Lenient] {
            if let Ok(code) = Code::read(payload, mode) {
                assert_eq!(code.tree().to_payload(), payload, "{}", vector["id"]);
                for field in code.fields() {
                    let inner: Option<String> = field.children().map(|parts| parts.map(|part| part.raw()).collect());
                    assert_eq!(inner.as_deref().unwrap_or(field.value()), field.value(), "{}", vector["id"]);
                }
            }
        }
    }
}

/// Codes that tell a person the same as the kind of a bad vector.
fn reasons(kind: &str) -> &'static [&'static str] {
    match kind {
        "crc" => &["crc_wrong", "crc_malformed", "crc_missing", "crc_not_last"],
        "structure" => &[
            "empty",
            "not_emv",
            "object_header",
            "object_too_short",
            "object_empty",
            "crc_missing",
            "crc_not_last",
            "trailing_characters",
        ],
        "nested" => &["beneficiary_too_long", "object_too_short"],
        "nested-official" => &["object_header"],
        "semantic" => &[
            "tag_repeated",
            "format_not_first",
            "format_unknown",
            "initiation_unknown",
            "account_template_missing",
            "country_missing",
            "country_malformed",
            "tip_inconsistent",
            "percent_malformed",
            "mcc_malformed",
            "data_request_malformed",
        ],
        "semantic-vietqr" => &[
            "initiation_missing",
            "aid_lower_case",
            "aid_missing",
            "bin_malformed",
            "account_too_long",
            "account_malformed",
            "account_missing",
            "service_unknown",
            "card_malformed",
            "country_not_vn",
        ],
        "semantic-directory" => &["bin_unknown"],
        "semantic-vnpay" => &["merchant_missing"],
        "amount" => &["amount_zero", "amount_malformed", "amount_with_decimals"],
        "length" => &["name_too_long", "city_too_long", "additional_too_long"],
        "length-vietqr" => &["purpose_too_long"],
        "charset" => &["character_invisible", "name_not_ascii"],
        "charset-vietqr" => &["name_not_ascii"],
        "wrapping" => &["leading_characters", "trailing_characters"],
        "size" => &["too_long"],
        kind => panic!("{kind}"),
    }
}

/// The reasons that can be told from the vector's own words.
fn exact(reason: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 30] = [
        ("non-hex CRC", "crc_malformed"),
        ("missing CRC tag", "crc_missing"),
        ("CRC not last", "crc_not_last"),
        ("two payloads glued", "crc_not_last"),
        ("trailing junk", "trailing_characters"),
        ("empty string", "empty"),
        ("not EMV: url", "not_emv"),
        ("zero-length purpose", "object_empty"),
        ("duplicate", "tag_repeated"),
        ("tag 00 not first", "format_not_first"),
        ("payload format 02", "format_unknown"),
        ("point of initiation 13", "initiation_unknown"),
        ("no merchant account", "account_template_missing"),
        ("country missing", "country_missing"),
        ("country lower-case", "country_malformed"),
        ("country TH", "country_not_vn"),
        ("MCC 3 digits", "mcc_malformed"),
        ("BIN 7 digits", "bin_malformed"),
        ("BIN letters", "bin_malformed"),
        ("account 20 chars", "account_too_long"),
        ("account with diacritics", "account_malformed"),
        ("account missing", "account_missing"),
        ("service lower-case", "service_unknown"),
        ("card service but", "card_malformed"),
        ("AID missing", "aid_missing"),
        ("lower-case AID", "aid_lower_case"),
        ("amount '0'", "amount_zero"),
        ("10000.55", "amount_with_decimals"),
        ("62 total 100+", "additional_too_long"),
        ("city 16", "city_too_long"),
    ];
    WORDS.iter().find(|(words, _)| reason.contains(words)).map(|(_, code)| *code)
}

#[test]
fn every_bad_vector_is_refused_with_the_right_kind_of_reason() {
    for vector in bad() {
        let payload = vector["payload"].as_str().unwrap();
        let (kind, reason) = (vector["kind"].as_str().unwrap(), vector["reason"].as_str().unwrap());
        let Err(refusal) = Code::read(payload, Mode::Strict) else { panic!("{} {reason} was accepted", vector["id"]) };
        assert!(
            reasons(kind).contains(&refusal.code) || exact(reason) == Some(refusal.code),
            "{} {kind} ({reason}): {refusal:?}",
            vector["id"]
        );
        if let Some(code) = exact(reason) {
            assert_eq!(refusal.code, code, "{} {reason}", vector["id"]);
        }
        assert!(refusal.offset <= payload.chars().count(), "{} {refusal:?}", vector["id"]);
        let _never_panics = Code::read(payload, Mode::Lenient);
    }
}

#[test]
fn the_object_in_json_has_the_frozen_keys_in_their_order() {
    const KEYS: &str = "ok scheme initiation bin bank account service amount currency purpose merchant_name merchant_city reference \
                        crc fields warnings details";
    for vector in good() {
        let code = Code::read(vector["payload"].as_str().unwrap(), Mode::Lenient).unwrap();
        let mut out = Vec::new();
        code.write_json(&mut out);
        let mut text = std::str::from_utf8(&out).unwrap();
        for key in KEYS.split_whitespace() {
            let at = text.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} in {text}"));
            text = &text[at + key.len() + 3..];
        }
        let json = json_of(&code);
        assert_eq!(json["bin"].as_str(), code.bin());
        assert_eq!(json["fields"].as_array().unwrap().len(), code.fields().count());
        let amount = vector["fields"]["amount"].as_str().map(|amount| amount.parse::<f64>().unwrap());
        assert_eq!(json["amount"].as_f64(), amount, "{}", vector["id"]);
    }
}

#[test]
fn every_scheme_is_named() {
    let named = |kind: &str| match kind {
        "emv-br" => "pix",
        "emv-th" => "promptpay",
        "emv-kh" => "khqr",
        "emv-id" => "qris",
        "emv-my" => "duitnow",
        "emv-sg" => "sgqr",
        "emv-ph" => "qrph",
        "emv-la" => "laoqr",
        "emv-hk" => "fps",
        "vnpay" | "gen-vnpay" | "vn-other" => "vnpay",
        "momo" => "momo",
        "zalopay" => "zalopay",
        "vn-airpay" => "shopeepay",
        "wallet-static" | "wallet-dynamic" => "vnptmoney",
        "emv-cn" | "emv-jp" | "emv-lk" => "emv",
        _ => "vietqr",
    };
    for vector in good() {
        let code = Code::read(vector["payload"].as_str().unwrap(), Mode::Lenient).unwrap();
        assert_eq!(code.scheme().as_str(), named(vector["kind"].as_str().unwrap()), "{} {}", vector["id"], vector["kind"]);
    }
}
