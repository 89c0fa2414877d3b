//! Every rule with a code that breaks it and nothing else: the checksum is always right.

use choqr::payment_code::{Code, Mode, Refusal, TransferCode, Vnd};

use super::support::{Parts, object, parts, sealed, with_amount, with_beneficiary, with_end};

fn refused(text: &str) -> String {
    match Code::read(text, Mode::Strict) {
        Ok(_) => "accepted".to_owned(),
        Err(refusal) => refusal.code.to_owned(),
    }
}

fn warned(text: &str) -> Vec<&'static str> {
    Code::read(text, Mode::Strict)
        .unwrap_or_else(|refusal| panic!("{text} {refusal}"))
        .warnings()
        .iter()
        .map(|w| w.code)
        .collect()
}

#[track_caller]
fn expect(cases: &[(&str, String)]) {
    for (code, text) in cases {
        assert_eq!(refused(text), *code, "{text:?}");
    }
}

#[test]
fn the_code_that_everything_else_changes_is_sound() {
    assert_eq!(warned(&parts().text()), Vec::<&str>::new());
    assert_eq!(warned(&with_amount("45000")), Vec::<&str>::new());
}

#[test]
fn the_frame_is_judged() {
    let text = parts().text();
    let (body, crc) = text.split_at(text.len() - 4);
    let other = if crc == "0000" { "0001" } else { "0000" };
    expect(&[
        ("empty", String::new()),
        ("empty", " \n".to_owned()),
        ("not_emv", "https://example.com/pay".to_owned()),
        ("not_emv", "00x2".to_owned()),
        ("not_emv", "０００２０１".to_owned()),
        ("leading_characters", format!(" {text}")),
        ("leading_characters", format!("\u{feff}{text}")),
        ("leading_characters", format!("\u{200b}{text}")),
        ("leading_characters", format!("\n{text}\n")),
        ("trailing_characters", format!("{text} ")),
        ("trailing_characters", format!("{text}\r\n")),
        ("trailing_characters", format!("{text}\t")),
        ("trailing_characters", format!("{text}\0")),
        ("trailing_characters", format!("{text}\u{200b}")),
        ("trailing_characters", format!("{text}0")),
        ("trailing_characters", format!("{text}abcd")),
        ("crc_not_last", format!("{text}{text}")),
        ("crc_not_last", format!("{text}8003abc")),
        ("crc_wrong", format!("{body}{other}")),
        ("crc_malformed", format!("{body}GGGG")),
        ("crc_malformed", format!("{body}00 0")),
        ("crc_malformed", format!("{}6305{crc}0", &body[..body.len() - 4])),
        ("crc_malformed", format!("{}6302{}", &body[..body.len() - 4], &crc[..2])),
        ("crc_missing", body[..body.len() - 4].to_owned()),
        ("object_too_short", body.to_owned()),
        ("object_too_short", format!("{body}{}", &crc[..3])),
        ("too_long", format!("{}{text}", "8003abc".repeat(80))),
        ("too_long", format!("000201{}", "ấ".repeat(600))),
        ("crc_not_last", Parts { end: object("63", "0000"), ..parts() }.text()),
        // The text ends with a checksum that fits, but it is the end of something longer.
        ("crc_malformed", with_end("6308")),
        ("crc_missing", with_end("8008")),
    ]);
    assert_eq!(warned(&format!("{body}{}", crc.to_lowercase())).len(), usize::from(crc.bytes().any(|b| b.is_ascii_uppercase())));
}

#[test]
fn objects_have_digits_and_lengths_that_fit() {
    expect(&[
        ("object_header", with_end("5A02xx")),
        ("object_header", with_end("600２HN")),
        ("object_header", with_end("60٠٢HN")),
        ("object_header", with_end("60-1HN")),
        ("object_header", with_end("60 2HN")),
        ("object_too_short", with_end("6099HN")),
        ("object_empty", with_end("6000")),
        ("object_empty", with_end("6200")),
        ("object_empty", with_end("8300")),
        ("object_empty", with_end(&object("62", "0800"))),
        ("object_empty", with_end(&object("64", "00000101a"))),
        ("object_empty", Parts { service: "0200".into(), ..parts() }.text()),
        ("object_empty", Parts { account: "0100".into(), ..parts() }.text()),
        ("object_empty", Parts { aid: "0000".into(), ..parts() }.text()),
        ("object_header", with_end(&object("62", "0803abcx"))),
        ("object_too_short", with_end(&object("62", "0809abc"))),
        ("object_too_short", with_end(&object("64", "0002vi0109abc"))),
        ("object_header", Parts { service: "02".into(), ..parts() }.text()),
        ("object_too_short", Parts { service: "0209QRIBFTTA".into(), ..parts() }.text()),
        ("object_header", with_beneficiary("00069704360112999000012345678", "")),
        ("object_too_short", with_beneficiary("000697043601149990000123456", "")),
        ("beneficiary_too_long", sealed(&parts().body().replacen("0127", "0139", 1))),
        ("object_header", sealed("0002010102112610A00000077553037045802VN")),
        ("length_in_bytes", with_end("6009Hà Nội")),
    ]);
}

#[test]
fn no_tag_stands_twice_at_any_level() {
    let text = |end: &str| with_end(end);
    expect(&[
        ("tag_repeated", text("5802VN")),
        ("tag_repeated", text("000201")),
        ("tag_repeated", text("010211")),
        ("tag_repeated", text("5303704")),
        ("tag_repeated", text(&parts().template())),
        ("tag_repeated", text("5402105402105")),
        ("tag_repeated", text("5901A5901A")),
        ("tag_repeated", text(&object("62", "0801a").repeat(2))),
        ("tag_repeated", text("9903abc9903abc")),
        ("tag_repeated", text("0401404014")),
        ("tag_repeated", text(&object("62", "0801a0801b"))),
        ("tag_repeated", text(&object("62", "5001a5001b"))),
        ("tag_repeated", text(&object("64", "0002vi0101a0101b"))),
        ("tag_repeated", text(&object("80", "0001a0001b"))),
        ("tag_repeated", Parts { aid: object("00", "A000000727").repeat(2), ..parts() }.text()),
        ("tag_repeated", Parts { service: object("02", "QRIBFTTA").repeat(2), ..parts() }.text()),
        ("tag_repeated", Parts { bin: object("00", "970436").repeat(2), ..parts() }.text()),
        ("tag_repeated", Parts { account: object("01", "1234567").repeat(2), ..parts() }.text()),
        ("tag_repeated", sealed("0002010102112618000412340004123453037045802VN")),
    ]);
}

#[test]
fn the_first_objects_are_judged() {
    let body = parts().body();
    expect(&[
        ("format_not_first", sealed(&format!("010211000201{}", &body[12..]))),
        ("format_not_first", sealed(&body[6..])),
        ("format_unknown", Parts { format: "000202", ..parts() }.text()),
        ("format_unknown", Parts { format: "00011", ..parts() }.text()),
        ("initiation_unknown", Parts { initiation: "010213", ..parts() }.text()),
        ("initiation_unknown", Parts { initiation: "010200", ..parts() }.text()),
        ("initiation_unknown", Parts { initiation: "01031 1", ..parts() }.text()),
        ("initiation_unknown", Parts { initiation: "01011", ..parts() }.text()),
        ("initiation_missing", Parts { initiation: "", ..parts() }.text()),
        ("account_template_missing", sealed("00020101021153037045802VN")),
        ("currency_missing", Parts { middle: String::new(), ..parts() }.text()),
        ("country_missing", Parts { country: String::new(), ..parts() }.text()),
    ]);
    assert_eq!(warned(&Parts { format: "000200", ..parts() }.text()), ["format_zero"]);
}

#[test]
fn the_template_of_vietqr_is_judged() {
    let aid = |aid: &str| Parts { aid: object("00", aid), ..parts() }.text();
    let bin = |bin: &str| Parts { bin: object("00", bin), ..parts() }.text();
    let account = |account: &str| Parts { account: object("01", account), ..parts() }.text();
    let service = |service: &str| Parts { service: object("02", service), ..parts() }.text();
    expect(&[
        ("aid_missing", Parts { aid: String::new(), ..parts() }.text()),
        ("aid_lower_case", aid("a000000727")),
        ("aid_unknown", aid("A000000728")),
        ("aid_unknown", aid("A00000072")),
        ("aid_unknown", aid("A0000007270")),
        ("aid_unknown", aid(&"A".repeat(32))),
        ("guid_too_long", aid(&"A".repeat(33))),
        ("aid_misplaced", Parts { end: parts().template().replacen("38", "39", 1), ..parts() }.text()),
        ("aid_misplaced", sealed(&parts().body().replacen("38", "26", 1))),
        ("guid_missing", sealed("00020101021126080104123453037045802VN")),
        ("beneficiary_missing", sealed(&format!("000201010211{}53037045802VN", object("38", "0010A0000007270208QRIBFTTA")))),
        ("beneficiary_too_long", with_beneficiary("00069704360113999000012345602081QRIBFTT", "")),
        ("bin_malformed", bin("97043")),
        ("bin_malformed", bin("9704366")),
        ("bin_malformed", bin("97043A")),
        ("bin_malformed", bin("97 436")),
        ("bin_malformed", bin("９70436")),
        ("bin_malformed", Parts { bin: String::new(), ..parts() }.text()),
        ("bin_unknown", bin("999999")),
        ("bin_unknown", bin("000000")),
        ("account_missing", Parts { account: String::new(), ..parts() }.text()),
        ("account_too_long", account("12345678901234567890")),
        ("account_malformed", account("12345 6789")),
        ("account_malformed", account("1234-56789")),
        ("account_malformed", account("tàikhoản")),
        ("account_malformed", account("１２３４５")),
        ("account_malformed", account("12345678<")),
        ("character_invisible", account("12345\u{200b}6789")),
        ("character_invisible", account("12345\0")),
        ("service_unknown", service("qribftta")),
        ("service_unknown", service("QRIBFTTB")),
        ("service_unknown", service("QRIBFTTA ")),
        ("service_unknown", service("QRIBFTTAXXX")),
        ("card_malformed", service("QRIBFTTC")),
        (
            "card_malformed",
            Parts { account: object("01", "9704361234567890A"), service: object("02", "QRIBFTTC"), ..parts() }.text(),
        ),
        (
            "card_malformed",
            Parts { account: object("01", "970436123456789A"), service: object("02", "QRIBFTTC"), ..parts() }.text(),
        ),
        (
            "card_malformed",
            Parts { account: object("01", "97043612345678901"), service: object("02", "QRIBFTTC"), ..parts() }.text(),
        ),
        (
            "card_malformed",
            Parts { account: object("01", "9704221234567890"), service: object("02", "QRIBFTTC"), ..parts() }.text(),
        ),
        ("country_not_vn", Parts { country: "5802TH".into(), ..parts() }.text()),
        ("country_malformed", Parts { country: "5802vn".into(), ..parts() }.text()),
        ("country_malformed", Parts { country: "5803VNM".into(), ..parts() }.text()),
        ("country_malformed", Parts { country: "5801V".into(), ..parts() }.text()),
        ("country_malformed", Parts { country: "5802V1".into(), ..parts() }.text()),
        ("currency_malformed", Parts { middle: "5303VND".into(), ..parts() }.text()),
        ("currency_malformed", Parts { middle: "530270".into(), ..parts() }.text()),
        ("currency_malformed", Parts { middle: "53047040".into(), ..parts() }.text()),
    ]);
    for card in ["9704361234567890", "9704361234567890123"] {
        let card = Parts { account: object("01", card), service: object("02", "QRIBFTTC"), ..parts() };
        assert_eq!(warned(&card.text()), Vec::<&str>::new());
    }
    assert_eq!(warned(&Parts { middle: "5303840".into(), ..parts() }.text()), ["currency_not_dong"]);
    assert_eq!(warned(&Parts { service: String::new(), ..parts() }.text()), Vec::<&str>::new());
    assert_eq!(warned(&account("1234567890ABCDEFghi")), Vec::<&str>::new());
}

#[test]
fn a_merchant_and_a_machine_need_more() {
    let push = |end: &str| Parts { service: object("02", "QRPUSH"), end: end.to_owned(), ..parts() }.text();
    let cash =
        |initiation, end: &str| Parts { service: object("02", "QRCASH"), initiation, end: end.to_owned(), ..parts() }.text();
    expect(&[
        ("accepted", push("520458125901A6001B")),
        ("mcc_missing", push("5901A6001B")),
        ("name_missing", push("520458126001B")),
        ("city_missing", push("520458125901A")),
        ("accepted", cash("010212", "62100501a0701b")),
        ("accepted", cash("", "62100501a0701b")),
        ("cash_not_dynamic", cash("010211", "62100501a0701b")),
        ("reference_missing", cash("010212", "62050701b")),
        ("terminal_missing", cash("010212", "62050501a")),
        ("reference_missing", cash("010212", "")),
    ]);
}

#[test]
fn an_amount_is_digits_with_at_most_one_point() {
    let cases: Vec<(&str, String)> = [
        ("accepted", "1"),
        ("accepted", "45000"),
        ("accepted", "45000."),
        ("accepted", "0045000"),
        ("accepted", "499999999"),
        ("amount_over_limit", "500000000"),
        ("amount_over_limit", "9999999999999"),
        ("amount_malformed", "12345678901234"),
        ("amount_zero", "0"),
        ("amount_zero", "000"),
        ("amount_zero", "0."),
        ("amount_zero", "0.00"),
        ("amount_with_decimals", "0.5"),
        ("amount_with_decimals", "45.000"),
        ("amount_with_decimals", "45000.55"),
        ("amount_malformed", "."),
        ("amount_malformed", ".5"),
        ("amount_malformed", "1.2.3"),
        ("amount_malformed", "1.000.000"),
        ("amount_malformed", "45,000"),
        ("amount_malformed", "45 000"),
        ("amount_malformed", " 45000"),
        ("amount_malformed", "45000 "),
        ("amount_malformed", "-45000"),
        ("amount_malformed", "+45000"),
        ("amount_malformed", "1e5"),
        ("amount_malformed", "0x10"),
        ("amount_malformed", "45000d"),
        ("amount_malformed", "45000đ"),
        ("amount_malformed", "١٠٠٠"),
        ("amount_malformed", "４５０００"),
        ("amount_malformed", "NaN"),
        ("character_invisible", "45\u{200b}000"),
    ]
    .into_iter()
    .map(|(code, amount)| (code, with_amount(amount)))
    .collect();
    expect(&cases);
    assert_eq!(warned(&Parts { middle: "53037045404450.".into(), ..parts() }.text()), ["static_with_amount"]);
    let push = Parts {
        service: object("02", "QRPUSH"),
        end: "520458125901A6001B".into(),
        middle: "53037045409500000000".into(),
        ..parts()
    };
    assert_eq!(warned(&push.text()), ["static_with_amount"]);
}

#[test]
fn tips_and_fees_fit_together() {
    let tip = |parts: &[(&str, &str)]| with_end(&parts.iter().map(|(tag, value)| object(tag, value)).collect::<String>());
    let case = |code, parts: &[(&str, &str)]| (code, tip(parts));
    expect(&[
        case("accepted", &[("55", "01")]),
        case("accepted", &[("55", "02"), ("56", "5000")]),
        case("accepted", &[("56", "5000"), ("55", "02")]),
        case("accepted", &[("55", "03"), ("57", "2.5")]),
        case("tip_inconsistent", &[("55", "02")]),
        case("tip_inconsistent", &[("55", "03")]),
        case("tip_inconsistent", &[("55", "01"), ("56", "5000")]),
        case("tip_inconsistent", &[("55", "01"), ("57", "10.25")]),
        case("tip_inconsistent", &[("55", "02"), ("57", "10.25")]),
        case("tip_inconsistent", &[("55", "02"), ("56", "5000"), ("57", "10.25")]),
        case("tip_inconsistent", &[("55", "03"), ("56", "5000"), ("57", "10.25")]),
        case("tip_inconsistent", &[("56", "5000")]),
        case("tip_inconsistent", &[("57", "10.25")]),
        case("tip_inconsistent", &[("55", "04"), ("56", "5000")]),
        case("tip_unknown", &[("55", "05")]),
        case("tip_unknown", &[("55", "00")]),
        case("tip_unknown", &[("55", "2")]),
        case("tip_unknown", &[("55", " 02")]),
    ]);
    for (code, fee) in [
        ("accepted", "1"),
        ("accepted", "5000."),
        ("fee_malformed", "0000"),
        ("fee_malformed", "0.00"),
        ("fee_malformed", "5 000"),
        ("fee_malformed", "-5000"),
        ("fee_malformed", "12345678901234"),
        ("fee_malformed", "1.2.34"),
        ("fee_malformed", ".5"),
    ] {
        expect(&[case(code, &[("55", "02"), ("56", fee)])]);
    }
    for (code, percent) in [
        ("accepted", "00.01"),
        ("accepted", "99.99"),
        ("accepted", "5"),
        ("accepted", "5."),
        ("percent_malformed", "00.00"),
        ("percent_malformed", "0"),
        ("percent_malformed", "100"),
        ("percent_malformed", "100.0"),
        ("percent_malformed", "1.234"),
        ("percent_malformed", ".50"),
        ("percent_malformed", "10,25"),
        ("percent_malformed", "2.5%"),
        ("percent_malformed", "99.990"),
        ("percent_malformed", "1.2.3"),
    ] {
        expect(&[case(code, &[("55", "03"), ("57", percent)])]);
    }
    assert_eq!(warned(&tip(&[("55", "04")])), ["tip_undefined"]);
    assert_eq!(warned(&tip(&[("55", "03"), ("56", "5000")])), ["tip_fixed_for_percent"]);
}

#[test]
fn names_have_limits_and_no_marks() {
    let case = |code, tag: &str, value: &str| (code, with_end(&object(tag, value)));
    expect(&[
        case("accepted", "52", "5411"),
        case("mcc_malformed", "52", "541"),
        case("mcc_malformed", "52", "54110"),
        case("mcc_malformed", "52", "54A1"),
        case("mcc_malformed", "52", "５４１１"),
        case("accepted", "59", &"A".repeat(25)),
        case("name_too_long", "59", &"A".repeat(26)),
        case("name_too_long", "59", &"ả".repeat(26)),
        case("name_not_ascii", "59", "Cô Ba"),
        case("name_not_ascii", "59", "PHO 🍜"),
        case("character_invisible", "59", "A\nB"),
        case("character_invisible", "59", "A\u{7f}B"),
        case("character_invisible", "59", "A\u{202e}B"),
        case("character_invisible", "59", "A\u{200b}B"),
        case("character_invisible", "59", "A\u{feff}B"),
        case("character_invisible", "59", "A\u{85}B"),
        case("accepted", "60", &"A".repeat(15)),
        case("city_too_long", "60", &"A".repeat(16)),
        case("city_not_ascii", "60", "Hà Nội"),
        case("accepted", "61", &"1".repeat(10)),
        case("postal_code_malformed", "61", &"1".repeat(11)),
        case("postal_code_malformed", "61", "1000Đ"),
    ]);
}

#[test]
fn the_additional_data_is_judged_part_by_part() {
    let case = |code, inside: String| (code, with_end(&object("62", &inside)));
    for tag in ["01", "02", "03", "04", "05", "06", "07"] {
        expect(&[
            case("accepted", object(tag, &"x".repeat(25))),
            case("accepted", object(tag, "***")),
            case("additional_too_long", object(tag, &"x".repeat(26))),
            case("additional_not_ascii", object(tag, "Tiền cá")),
            case("character_invisible", object(tag, "a\tb")),
        ]);
    }
    expect(&[
        case("accepted", object("08", &"x".repeat(25))),
        case("purpose_too_long", object("08", &"x".repeat(26))),
        case("additional_not_ascii", object("08", "Tiền cá")),
        case("accepted", object("09", "AME")),
        case("accepted", object("09", "M")),
        case("data_request_malformed", object("09", "AA")),
        case("data_request_malformed", object("09", "AMEA")),
        case("data_request_malformed", object("09", "X")),
        case("data_request_malformed", object("09", "a")),
        case("accepted", object("10", &"x".repeat(25))),
        case("additional_too_long", object("49", &"x".repeat(26))),
        case("accepted", object("50", &"x".repeat(90))),
        case(
            "accepted",
            format!("{}{}{}", object("01", &"x".repeat(25)), object("02", &"x".repeat(25)), object("05", &"x".repeat(25))),
        ),
        (
            "additional_too_long",
            sealed(&format!(
                "{}6299{}",
                parts().body(),
                ["01", "02", "05", "08"].map(|tag| object(tag, &"x".repeat(25))).concat()
            )),
        ),
    ]);
}

#[test]
fn the_other_language_is_judged() {
    let case = |code, inside: &str| (code, with_end(&object("64", inside)));
    expect(&[
        case("accepted", "0002vi0113Cô Ba bán rau0208Đông Anh"),
        case("accepted", "0002ZH0104最佳运输"),
        case("accepted", "0104Cô B0002vi"),
        case("language_missing", "0105Cô Ba"),
        case("language_malformed", "0003vie0105Cô Ba"),
        case("language_malformed", "0001v0105Cô Ba"),
        case("language_malformed", "0002v10105Cô Ba"),
        case("language_name_missing", "0002vi"),
        case("language_name_missing", "0002vi0208Đông Anh"),
        case("language_name_too_long", &format!("0002vi{}", object("01", &"ô".repeat(26)))),
        case("accepted", &format!("0002vi{}", object("01", &"ô".repeat(25)))),
        case("language_city_too_long", &format!("0002vi0101ô{}", object("02", &"ô".repeat(16)))),
        case("accepted", &format!("0002vi0101ô{}", object("02", &"ô".repeat(15)))),
        case("character_invisible", "0002vi0104a\u{202e}bc"),
        case("object_header", "tiếng Việt"),
    ]);
}

#[test]
fn extras_are_kept_whatever_they_are() {
    assert_eq!(warned(&with_end("8003999")), ["extra_not_template"]);
    assert_eq!(warned(&with_end(&object("85", "0004abcd0101x"))), Vec::<&str>::new());
    assert_eq!(warned(&with_end(&object("65", "whatever"))), Vec::<&str>::new());
}

#[test]
fn vnpay_needs_a_merchant_in_each_of_its_forms() {
    for guid in ["A000000775", "908405", "00"] {
        let text =
            |more: &str| sealed(&format!("000201010211{}53037045802VN", object("26", &format!("{}{more}", object("00", guid)))));
        assert_eq!(refused(&text("")), "merchant_missing");
        assert_eq!(refused(&text("01100102154778")), "accepted");
    }
}

#[test]
fn a_place_counts_characters_and_not_bytes() {
    let text = with_end(&format!("{}{}", object("64", "0002vi0105Cô Ba"), object("80", "ấ"))) + "\n";
    let refusal = Code::read(&text, Mode::Strict).unwrap_err();
    assert_eq!((refusal.code, refusal.offset), ("trailing_characters", text.chars().count() - 1));

    let refusal = Code::read(&with_end("6002HN5411"), Mode::Strict).unwrap_err();
    assert_eq!(refusal.code, "object_too_short");
    let refusal = Code::read(&with_end(&object("60", "Hà Nội")), Mode::Strict).unwrap_err();
    assert_eq!((refusal.code, refusal.offset), ("city_not_ascii", parts().body().len() + 4));
    assert_eq!(refusal.message, "tag 60, the city, is written without marks; tag 64 carries marks");
    let repeated = Code::read(&with_end(&object("62", "0801a0801b")), Mode::Strict).unwrap_err();
    assert_eq!(
        (repeated.message.as_ref(), repeated.offset),
        ("62.08 stands twice; once would be right", parts().body().len() + 9)
    );
}

#[test]
fn every_code_that_is_refused_with_is_listed() {
    let refusal = Code::read(&with_end("5802VN"), Mode::Strict).unwrap_err();
    assert!(Refusal::codes().any(|(code, _)| code == refusal.code));
    assert_eq!(Refusal::not_text(3).code, "not_utf8");
    let code = TransferCode::new("970436".parse().unwrap(), "1".parse().unwrap()).unwrap();
    assert!(refused(&code.with_amount(Vnd::new(1).unwrap()).encode().unwrap()) == "accepted");
}
