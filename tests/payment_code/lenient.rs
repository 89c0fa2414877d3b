//! Reading with goodwill: what is kept of a broken code, and what is said about it.

use choqr::payment_code::{Code, Mode};

use super::support::{object, parts, sealed, with_amount, with_beneficiary, with_end};

#[test]
fn lenient_keeps_what_it_can_and_says_what_was_wrong() {
    let read = |text: &str| Code::read(text, Mode::Lenient).unwrap().warnings().iter().map(|w| w.code).collect::<Vec<_>>();
    let text = parts().text();
    let cases = [
        (format!("\u{feff} {text}\n"), vec!["leading_characters", "trailing_characters"]),
        (format!("{text}99"), vec!["trailing_characters"]),
        (with_end(&object("59", &"A".repeat(31))), vec!["name_too_long"]),
        (with_end("6200"), vec!["object_empty"]),
        (with_amount("45.000"), vec!["amount_with_decimals"]),
        (text[..text.len() - 8].to_owned(), vec!["crc_missing"]),
    ];
    for (text, warnings) in cases {
        assert_eq!(read(&text), warnings, "{text}");
        let code = Code::read(&text, Mode::Lenient).unwrap();
        assert_eq!((code.bin(), code.account(), code.amount()), (Some("970436"), Some("9990000123456"), None));
        assert_eq!(code.tree().to_payload(), text);
    }
}

#[test]
fn an_account_whose_length_is_wrong_is_kept_when_the_outer_lengths_tell_it() {
    let inside = |account: &str| with_beneficiary(&format!("0006970436{account}"), &object("02", "QRIBFTTA"));
    for (text, account) in [
        (inside("01129990000123456"), Some("9990000123456")),
        (inside("01149990000123456"), Some("9990000123456")),
        (inside("01119990000123456"), Some("9990000123456")),
        (inside("01189990000123456789-"), None),
        (inside("0105999000012345 "), None),
    ] {
        let code = Code::read(&text, Mode::Lenient).unwrap();
        assert_eq!((code.bin(), code.account()), (Some("970436"), account), "{text}");
        assert!(code.warnings().iter().any(|warning| warning.code.starts_with("object_")));
        assert!(Code::read(&text, Mode::Strict).is_err());
    }
}

#[test]
fn lengths_in_bytes_are_read_at_every_level() {
    let purpose = |unit: fn(&str) -> usize| {
        let inside = format!("08{:02}Tiền cá", unit("Tiền cá"));
        (inside.clone(), format!("62{:02}{inside}", unit(&inside)))
    };
    let bytes = purpose(str::len).1;
    let mixed = format!("62{:02}{}", purpose(str::len).0.chars().count(), purpose(str::len).0);
    for (end, warning) in [(bytes, "length_in_bytes"), (mixed, "length_in_bytes")] {
        let text = with_end(&end);
        let code = Code::read(&text, Mode::Lenient).unwrap();
        assert_eq!(code.purpose(), Some("Tiền cá"), "{text} {:?}", code.warnings());
        assert!(code.warnings().iter().any(|found| found.code == warning));
        assert_eq!(code.tree().to_payload(), text);
    }
}

#[test]
fn where_the_outer_length_is_wrong_too_no_account_is_invented() {
    for wrong in ["23", "22", "25", "26", "27"] {
        let body = format!("00020101021138540010A00000072701{wrong}0006970436011010123456780208QRIBFTTA53037045802VN");
        let text = sealed(&body);
        let code = Code::read(&text, Mode::Lenient).unwrap();
        assert_eq!(code.account(), None, "{text}");
    }
}
