//! The builder.

use choqr::payment_code::{
    AccountNumber, City, Code, Label, LabelKind, LocalName, Mcc, MerchantName, Mode, Purpose, Service, Tip, TransferCode, Vnd,
    WriteError, bank,
};

fn account(bin: &str, number: &str) -> Result<TransferCode, WriteError> {
    TransferCode::new(bin.parse().unwrap(), number.parse().unwrap())
}

#[test]
fn the_samples_of_napas_are_written_byte_for_byte() {
    // NAPAS VietQR v1.0 §6.1.1 (corrected), §6.1.2, §6.1.3, §6.1.4.
    let purpose = |code: TransferCode| {
        let amount = Vnd::new(180_000).unwrap();
        code.with_amount(amount)
            .with_purpose("thanh toan don hang".parse::<Purpose>().unwrap())
            .with_label(LabelKind::Bill, "NPS6869".parse().unwrap())
    };
    let card = || TransferCode::to_card("970403".parse().unwrap(), "9704031101234567".parse().unwrap()).unwrap();
    let account = || account("970403", "0011012345678").unwrap();
    for (code, text) in [
        (account(), "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"),
        (
            purpose(account()),
            "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E",
        ),
        (card(), "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"),
        (
            purpose(card()),
            "00020101021238600010A00000072701300006970403011697040311012345670208QRIBFTTC530370454061800005802VN62340107NPS68690819thanh toan don hang6304A203",
        ),
    ] {
        assert_eq!(code.encode().unwrap(), text);
    }
}

#[test]
fn a_service_is_read_exactly_as_written() {
    for service in [Service::Account, Service::Card, Service::Push, Service::Cash] {
        assert_eq!(Service::from_code(service.as_str()), Some(service));
        assert_eq!(Service::from_code(&service.as_str().to_lowercase()), None);
    }
}

#[test]
fn momo_is_never_made_up() {
    assert_eq!(account("971025", "PSP123456789000000"), Err(WriteError::Momo));
    assert_eq!(account("970454", "99MM24000M00000002"), Err(WriteError::Momo));
    assert_eq!(account("970426", "MOMO12345"), Err(WriteError::Momo));
    let disguised = account("970454", "1234567").unwrap().with_label(LabelKind::Reference, "MOMOW2W12345678".parse().unwrap());
    assert_eq!(disguised.encode(), Err(WriteError::Momo));
    assert!(WriteError::Momo.to_string().contains("import"));
    assert_eq!(WriteError::Momo.code(), "momo_import_only");
    assert!(account("970436", "1234567").unwrap().with_label(LabelKind::Reference, "MOMOW2W1".parse().unwrap()).encode().is_ok());
}

#[test]
fn what_a_reader_would_refuse_cannot_be_made() {
    assert_eq!(account("999999", "1234567"), Err(WriteError::Bin));
    assert_eq!(Vnd::new(0), Err(WriteError::Amount));
    assert_eq!(Vnd::new(500_000_000), Err(WriteError::Amount));
    assert_eq!(Vnd::try_from(499_999_999).unwrap().to_string(), "499999999");
    assert_eq!("x".repeat(26).parse::<Purpose>(), Err(WriteError::Purpose));
    assert_eq!("x".repeat(26).parse::<MerchantName>(), Err(WriteError::Name));
    assert_eq!("x".repeat(16).parse::<City>(), Err(WriteError::City));
    assert_eq!("x".repeat(26).parse::<Label>(), Err(WriteError::Label));
    assert_eq!("PHO 🍜".parse::<MerchantName>(), Err(WriteError::Name));
    assert_eq!("  ".parse::<Purpose>(), Err(WriteError::Purpose));
    assert_eq!(Purpose::optional(" \n"), Ok(None));
    assert_eq!(Purpose::optional(" a ").unwrap().unwrap().as_str(), "a");
    for mcc in ["541", "54110", "54A1", ""] {
        assert_eq!(mcc.parse::<Mcc>(), Err(WriteError::Mcc));
    }
    for language in ["", "v", "vie", "v1", "ấ"] {
        assert_eq!(LocalName::new(language, "Cô Ba", None), Err(WriteError::Language));
    }
    assert_eq!(LocalName::new("vi", &"ô".repeat(26), None), Err(WriteError::Name));
    assert_eq!(LocalName::new("vi", "", None), Err(WriteError::Name));
    assert_eq!(LocalName::new("vi", "Cô", Some(&"ô".repeat(16))), Err(WriteError::City));
    assert_eq!(LocalName::new("vi", "Cô\u{fffd}", None), Err(WriteError::Name));
    for card in ["970436123456789", "97043612345678901", "970422123456789012", "970436123456789A", "9704221234567890"] {
        assert_eq!(TransferCode::to_card("970436".parse().unwrap(), card.parse().unwrap()), Err(WriteError::Card), "{card}");
    }
    for number in ["", "12345678901234567890", "tàikhoản", "12/34", "-"] {
        assert!(number.parse::<AccountNumber>().is_err(), "{number}");
    }
    for bin in ["", "97043", "9704366", "97043A"] {
        assert!(bin.parse::<bank::Bin>().is_err(), "{bin}");
    }
}

#[test]
fn texts_are_folded_as_people_write_them() {
    assert_eq!("Tiền  rau\nĐà Lạt ".parse::<Purpose>().unwrap().as_str(), "Tien rau Da Lat");
    assert_eq!("a  b".parse::<Purpose>().unwrap().as_str(), "a b");
    assert_eq!(" a".parse::<Purpose>().unwrap().as_str(), "a");
    assert_eq!("a ".parse::<Purpose>().unwrap().as_str(), "a");
    assert_eq!("đỗ đình đạt".parse::<MerchantName>().unwrap().as_str(), "DO DINH DAT");
    assert_eq!(format!("{:?}", "Huế".parse::<City>().unwrap()), "City(\"HUE\")");
    let number: AccountNumber = " 9990-0001.2345 6\u{a0}".parse().unwrap();
    assert_eq!(
        (number.as_str(), number.last4(), format!("{number:?}").as_str()),
        ("9990000123456", "3456", "AccountNumber(…3456)")
    );
    assert_eq!("12".parse::<AccountNumber>().unwrap().last4(), "12");
}

fn merchant() -> TransferCode {
    TransferCode::to_merchant(
        "970403".parse().unwrap(),
        "2112995044604025".parse().unwrap(),
        "5812".parse().unwrap(),
        "Phương Các".parse().unwrap(),
        "Hà Nội".parse().unwrap(),
    )
    .unwrap()
}

#[test]
fn a_merchant_without_additional_data_has_no_tag_62() {
    let text = merchant().encode().unwrap();
    let read = Code::read(&text, Mode::Strict).unwrap();
    let tags: Vec<u8> = read.fields().map(|field| field.tag()).collect();
    assert_eq!(tags, [0, 1, 38, 52, 53, 58, 59, 60, 63]);
}

#[test]
fn every_part_stands_where_it_belongs() {
    let code = merchant()
        .with_name(None)
        .with_city(None)
        .with_amount(Vnd::new(7).unwrap())
        .with_label(LabelKind::Bill, "B1".parse().unwrap())
        .with_label(LabelKind::Store, "S3".parse().unwrap())
        .with_label(LabelKind::Reference, "R5".parse().unwrap())
        .with_label(LabelKind::Customer, "C6".parse().unwrap())
        .with_label(LabelKind::Terminal, "T7".parse().unwrap())
        .with_purpose("P8".parse::<Purpose>().unwrap())
        .with_local_name(LocalName::new("vi", "Phượng Các", Some("Hà Nội")).unwrap());
    let text = code.encode().unwrap();
    let read = Code::read(&text, Mode::Strict).unwrap();
    let tags: Vec<u8> = read.fields().map(|field| field.tag()).collect();
    assert_eq!(tags, [0, 1, 38, 52, 53, 54, 58, 59, 60, 62, 64, 63]);
    let parts: Vec<_> = (1..=9).map(|tag| read.additional(tag)).collect();
    assert_eq!(parts, [Some("B1"), None, Some("S3"), None, Some("R5"), Some("C6"), Some("T7"), Some("P8"), None]);
    assert_eq!(read.other_language(), Some(("vi", Some("Phượng Các"), Some("Hà Nội"))));
    assert_eq!((read.mcc(), read.merchant_name(), read.merchant_city()), (Some("5812"), Some("PHUONG CAC"), Some("HA NOI")));
    assert_eq!((read.service(), read.amount().map(|amount| amount.whole())), (Some(Service::Push), Some(7)));
    assert_eq!((read.postal_code(), read.tip(), read.country()), (None, None, Some("VN")));
    assert_eq!(
        (code.bin().as_str(), code.account().last4(), code.service(), code.name().unwrap().as_str()),
        ("970403", "4025", Service::Push, "PHUONG CAC")
    );
}

#[test]
fn a_name_can_be_taken_from_a_transfer_but_not_from_a_merchant() {
    let named = account("970436", "1234567")
        .unwrap()
        .with_name("A".parse::<MerchantName>().unwrap())
        .with_city("B".parse::<City>().unwrap());
    let text = named.clone().with_name(None).with_city(None).encode().unwrap();
    assert_eq!(text, account("970436", "1234567").unwrap().encode().unwrap());
    assert!(named.encode().unwrap().contains("5901A6001B"));
}

#[test]
fn the_additional_data_has_at_most_99_characters() {
    let full = "x".repeat(25);
    let code = account("970436", "1234567")
        .unwrap()
        .with_label(LabelKind::Bill, full.parse().unwrap())
        .with_label(LabelKind::Store, full.parse().unwrap());
    let code = code.with_purpose(full.parse::<Purpose>().unwrap());
    assert!(code.encode().is_ok());
    assert!(code.clone().with_label(LabelKind::Terminal, "12345678".parse().unwrap()).encode().is_ok());
    assert_eq!(code.with_label(LabelKind::Terminal, "123456789".parse().unwrap()).encode(), Err(WriteError::Additional));
}

#[test]
fn the_longest_code_fits() {
    let longest = "ấ".repeat(25);
    let code = TransferCode::to_card("970436".parse().unwrap(), "9704361234567890123".parse().unwrap()).unwrap();
    let label = |text: &str| text.parse::<Label>().unwrap();
    let code = code
        .with_amount(Vnd::new(499_999_999).unwrap())
        .with_name("N".repeat(25).parse::<MerchantName>().unwrap())
        .with_city("C".repeat(15).parse::<City>().unwrap())
        .with_purpose("p".repeat(25).parse::<Purpose>().unwrap());
    let short = code.encode().unwrap();
    assert_eq!(short.len(), 194);
    let code = code
        .with_mcc("5411".parse().unwrap())
        .with_label(LabelKind::Bill, label(&longest))
        .with_label(LabelKind::Store, label(&longest))
        .with_label(LabelKind::Customer, label("12345678"))
        .with_local_name(LocalName::new("vi", &"🍜".repeat(25), Some(&"🍜".repeat(15))).unwrap());
    let text = code.encode().unwrap();
    let read = Code::read(&text, Mode::Strict).unwrap();
    assert_eq!(read.tree().to_payload(), text);
    assert_eq!(text.len(), 450);
}

#[test]
fn tips_are_read_by_their_meaning() {
    use super::support::with_end;
    let tip = |end: &str| Code::read(&with_end(end), Mode::Lenient).unwrap().tip().map(|tip| format!("{tip:?}"));
    let say = |tip: Tip<'_>| Some(format!("{tip:?}"));
    assert_eq!(tip("550201"), say(Tip::AskPayer));
    assert_eq!(tip("55020256045000"), say(Tip::Fixed("5000")));
    assert_eq!(tip("55020357042.50"), say(Tip::Percent("2.50")));
    assert_eq!(tip("550204"), say(Tip::Unknown("04")));
    assert_eq!(tip(""), None);
}
