//! Comparisons, with the eyes of somebody who pastes a code over another.

use choqr::payment_code::{Code, MerchantName, Mode, Purpose, TransferCode, Verdict, Vnd, compare, decode};
use serde_json::Value;

use super::support::{Parts, object, parts, sealed, with_end};

#[track_caller]
fn same(registered: &str, scanned: &str) {
    let answer = compare(registered, scanned);
    assert_eq!(answer.verdict, Verdict::Match, "{answer:?} {scanned}");
}

#[track_caller]
fn different(reason: &str, registered: &str, scanned: &str) {
    let answer = compare(registered, scanned);
    assert_eq!((answer.verdict, answer.reason), (Verdict::Different, reason), "{answer:?} {scanned}");
    assert!(!answer.message.is_empty());
}

#[track_caller]
fn unreadable(reason: &str, registered: &str, scanned: &str) {
    let answer = compare(registered, scanned);
    assert_eq!((answer.verdict, answer.reason), (Verdict::Unreadable, reason), "{answer:?} {scanned}");
}

#[test]
fn looks_never_alarm() {
    let registered = parts().text();
    let code = TransferCode::new("970436".parse().unwrap(), "9990000123456".parse().unwrap()).unwrap();
    assert_eq!(code.encode().unwrap(), registered);
    let dressed = code.with_amount(Vnd::new(45_000).unwrap()).with_purpose("rau".parse::<Purpose>().unwrap());
    same(&registered, &registered);
    same(&registered, &dressed.encode().unwrap());
    same(&dressed.encode().unwrap(), &registered);
    same(&registered, &dressed.with_name("CO BA".parse::<MerchantName>().unwrap()).encode().unwrap());
    let (body, crc) = registered.split_at(registered.len() - 4);
    same(&registered, &format!("{body}{}", crc.to_lowercase()));
    same(&registered, &sealed(&format!("000201{}0102115802VN5303704", parts().template())));
    same(&registered, &sealed(&parts().body().replacen("010211", "010212", 1)));
    let reordered = object(
        "38",
        &format!("{}{}{}", parts().service, parts().aid, object("01", &format!("{}{}", parts().account, parts().bin))),
    );
    same(&registered, &sealed(&format!("000201010211{reordered}53037045802VN")));
    for end in
        ["8003999", "6504abcd", "99080004abcd", "64150002vi0105Cô Ba", "6002HN", "61041000", "52045411", "550201", "550299"]
    {
        same(&registered, &with_end(end));
    }
    same(&registered, &Parts { service: String::new(), ..parts() }.text());
    same(&Parts { service: String::new(), ..parts() }.text(), &registered);
    // Rules about looks that are broken are still looks.
    same(&registered, &with_end(&object("59", &"A".repeat(31))));
    same(&registered, &with_end(&object("62", &object("08", &"x".repeat(40)))));
    same(&registered, &with_end(&object("60", "Hà Nội")));
    same(&registered, &with_end("62040800"));
    same(&registered, &Parts { middle: "5303704540510,00".into(), ..parts() }.text());
}

#[test]
fn a_changed_payee_always_alarms() {
    let registered = parts().text();
    let account = |account: &str| Parts { account: object("01", account), ..parts() }.text();
    for (i, digit) in "9990000123456".char_indices() {
        let mut other = "9990000123456".to_owned();
        other.replace_range(i..=i, if digit == '1' { "2" } else { "1" });
        different("other_account", &registered, &account(&other));
    }
    different("other_account", &registered, &account("999000012345"));
    different("other_account", &registered, &account("09990000123456"));
    different("other_account", &account("VQR1"), &account("vqr1"));
    different("other_bank", &registered, &Parts { bin: object("00", "970422"), ..parts() }.text());
    for service in ["QRPUSH", "QRCASH"] {
        different("other_service", &registered, &Parts { service: object("02", service), ..parts() }.text());
    }
    let card = Parts { account: object("01", "9704361234567890"), ..parts() };
    let text = card.text();
    different("other_service", &text, &Parts { service: object("02", "QRIBFTTC"), ..card }.text());
    different("other_scheme", &registered, &sealed("00020101021126280010A0000007750110010215477853037045802VN"));
}

#[test]
fn what_does_not_belong_always_alarms() {
    let registered = parts().text();
    let other = Parts { account: object("01", "1234567"), ..parts() };
    different("tag_repeated", &registered, &with_end(&other.template()));
    different(
        "tag_repeated",
        &registered,
        &sealed(&format!("000201010211{}{}53037045802VN", other.template(), parts().template())),
    );
    different("tag_repeated", &registered, &with_end("5802VN"));
    different("aid_misplaced", &registered, &with_end(&other.template().replacen("38", "39", 1)));
    different(
        "tag_repeated",
        &registered,
        &Parts { account: format!("{}{}", object("01", "9990000123456"), object("01", "1")), ..parts() }.text(),
    );
    for end in ["0", "00", " ", "\n", "\0", "x", "000201", "8003999", &registered] {
        let reason = compare(&registered, &format!("{registered}{end}"));
        assert_eq!(reason.verdict, Verdict::Different, "{end:?}");
        assert!(["trailing_characters", "crc_not_last", "tag_repeated"].contains(&reason.reason), "{reason:?}");
    }
    different("leading_characters", &registered, &format!("\u{feff}{registered}"));
    different("character_invisible", &registered, &Parts { account: object("01", "9990000123456\u{200b}"), ..parts() }.text());
    different("account_malformed", &registered, &Parts { account: object("01", "999000012345６"), ..parts() }.text());
    different(
        "beneficiary_too_long",
        &registered,
        &Parts { account: format!("{}{}", object("01", "9990000123456"), object("02", "x")), ..parts() }.text(),
    );
    // An app of VNPAY's or a card's would pay by the other template.
    for end in ["26280010A00000077501100102154778", "02164000000000000002", "26280010a00000077501100102154778"] {
        different("other_template", &registered, &with_end(end));
    }
    different(
        "other_template",
        &registered,
        &Parts { service: format!("{}{}", parts().service, object("03", "x")), ..parts() }.text(),
    );
    different("aid_lower_case", &registered, &Parts { aid: object("00", "a000000727"), ..parts() }.text());
}

#[test]
fn what_cannot_be_read_is_unreadable() {
    let registered = parts().text();
    unreadable("not_emv", &registered, "https://example.com");
    unreadable("empty", &registered, "");
    unreadable("crc_missing", &registered, &registered[..registered.len() - 8]);
    unreadable("crc_missing", &registered, &registered[..40]);
    unreadable("registered_unreadable", "https://example.com", &registered);
    let (body, crc) = registered.split_at(registered.len() - 4);
    let wrong = format!("{body}{}", if crc == "0000" { "0001" } else { "0000" });
    unreadable("crc_wrong", &registered, &wrong);
    unreadable("crc_wrong", &wrong, &wrong);
    unreadable("crc_malformed", &registered, &format!("{body}GGGG"));
    // A changed digit alarms even when nobody cared to mend the checksum.
    different("other_account", &registered, &registered.replace("9990000123456", "9990000123457"));
    same(&wrong, &registered);
}

#[test]
fn the_malformed_sample_of_napas_is_the_same_as_itself_only() {
    let sample = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5";
    let mended = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
    same(sample, sample);
    same(sample, mended);
    different("object_header", mended, sample);
}

#[test]
fn other_schemes_are_known_by_what_they_pay_by() {
    let vnpay = |merchant: &str, end: &str| {
        sealed(&format!("000201010211{}53037045802VN{end}", object("26", &format!("0010A000000775{}", object("01", merchant)))))
    };
    let registered = vnpay("0102154778", "62140303AAA0703BBB");
    same(&registered, &vnpay("0102154778", "5909MYPHAMHER62210303AAA0703BBB0803rau"));
    different("other_account", &registered, &vnpay("0102154779", "62140303AAA0703BBB"));
    different("other_account", &registered, &vnpay("0102154778", "62140303AAA0703BBC"));
    different("other_account", &registered, &vnpay("0102154778", "62140303AAB0703BBB"));
    different("other_account", &vnpay("0102154778", ""), &registered);

    let momo = |reference: &str, end: &str| {
        let account = Parts { bin: object("00", "971025"), account: object("01", "PSP123456789000000"), ..parts() };
        Parts { end: format!("{}{end}", object("62", &object("05", reference))), ..account }.text()
    };
    same(&momo("MOMOW2W12345678", ""), &momo("MOMOW2W12345678", "8003999"));
    different("other_template", &momo("MOMOW2W12345678", ""), &momo("MOMOW2W12345679", ""));

    let pix = |key: &str, more: &str| {
        sealed(&format!(
            "000201{}52040000530398654041.005802BR5901A6001B62070503***{more}",
            object("26", &format!("0014br.gov.bcb.pix{key}"))
        ))
    };
    same(&pix("0103abc", ""), &pix("0103abc0204note", ""));
    same(&pix("0103abc", ""), &pix("0103abc", "").replace("br.gov.bcb.pix", "BR.GOV.BCB.PIX").as_str().mended());
    different("other_account", &pix("0103abc", ""), &pix("0103abd", ""));
    different("other_account", &pix("0103abc", ""), &pix("0103abc", "80330014br.gov.bcb.pix2511example.com"));

    let promptpay = |tag: &str, inside: &str| {
        sealed(&format!("000201010211{}53037645802TH", object(tag, &format!("0016A000000677010111{inside}"))))
    };
    same(
        &promptpay("29", "01130066000000000"),
        &promptpay("29", "01130066000000000").replace("5802TH", "5802TH5901A").as_str().mended(),
    );
    different("other_account", &promptpay("29", "01130066000000000"), &promptpay("29", "01130066000000001"));
    different("other_account", &promptpay("29", "01130066000000000"), &promptpay("29", "02130066000000000"));
    let unknown = |inside: &str, end: &str| sealed(&format!("000201010211{}53037025802SG{end}", object("27", inside)));
    same(&unknown("0004abcd0101x", ""), &unknown("0101x0004abcd", "5901A62050801x8003abc"));
    different("other_account", &unknown("0004abcd0101x", ""), &unknown("0004abcd0101y", ""));
}

#[test]
fn only_what_changes_from_payment_to_payment_may_change_in_a_template() {
    let cases: [(&str, &str, &[u8]); 13] = [
        ("26", "br.gov.bcb.pix", &[2]),
        ("29", "A000000677010111", &[]),
        ("30", "A000000677010112", &[3]),
        ("26", "vn.zalopay", &[3]),
        ("26", "SG.PAYNOW", &[3, 4]),
        ("26", "hk.com.hkicl", &[5, 6]),
        ("26", "A000000775", &[]),
        ("26", "vn.airpay.www", &[]),
        ("26", "A0000006150001", &[]),
        ("27", "com.p2pqrpay", &[]),
        ("26", "ID.CO.QRIS.WWW", &[]),
        ("29", "someone@bakong", &[]),
        ("30", "jp.or.paymentsjapan", &[]),
    ];
    let text = |tag: &str, guid: &str, changed: u8| {
        let part = |sub: u8| object(&format!("{sub:02}"), if sub == changed { "bb" } else { "aa" });
        let inside: String = (1..=9).map(part).collect();
        sealed(&format!("000201010211{}53037025802SG", object(tag, &format!("{}{inside}", object("00", guid)))))
    };
    for (tag, guid, passing) in cases {
        for changed in 1..=9 {
            let verdict = compare(&text(tag, guid, 0), &text(tag, guid, changed)).verdict;
            assert_eq!(verdict == Verdict::Match, passing.contains(&changed), "{guid} {changed}");
        }
    }
}

#[test]
fn parts_of_a_scheme_never_look_like_those_of_another() {
    let cards = |cards: &[(&str, &str)]| {
        let inside: String = cards.iter().map(|(tag, value)| object(tag, value)).collect();
        sealed(&format!("000201{inside}53037045802VN"))
    };
    same(&cards(&[("02", "41"), ("04", "51")]), &cards(&[("04", "51"), ("02", "41")]));
    different("other_account", &cards(&[("02", "41"), ("04", "51")]), &cards(&[("02", "51"), ("04", "41")]));
    different("other_account", &cards(&[("02", "4;4:1:5")]), &cards(&[("02", "4"), ("04", "5")]));
    different("other_account", &cards(&[("02", "41")]), &cards(&[("03", "41")]));
    let comparison = compare(&cards(&[("02", "41")]), &cards(&[("03", "41")]));
    assert!(
        serde_json::to_string(&comparison).unwrap().starts_with(r#"{"verdict":"DIFFERENT","reason":"other_account","message":"#)
    );
}

trait Mended {
    fn mended(&self) -> String;
}

impl Mended for &str {
    fn mended(&self) -> String {
        sealed(&self[..self.len() - 8])
    }
}

#[test]
fn every_vector_is_the_same_as_itself_and_as_no_other() {
    let vectors: Vec<Value> =
        include_str!("../data/vectors_good.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let payloads: Vec<&str> = vectors.iter().map(|vector| vector["payload"].as_str().unwrap()).collect();
    for registered in &payloads {
        same(registered, registered);
        // Only what a strict reader takes is ever registered.
        let Ok(identity) = decode(registered, Mode::Strict).map(|code| code.identity().to_owned()) else { continue };
        for scanned in &payloads {
            let is_match = compare(registered, scanned).verdict == Verdict::Match;
            if is_match {
                assert_eq!(identity, decode(scanned, Mode::Lenient).unwrap().identity(), "{registered} {scanned}");
            }
        }
    }
}

#[test]
fn an_index_holds_one_account_once() {
    let identity = |text: &str| decode(text, Mode::Lenient).unwrap().identity().to_owned();
    let account = |account: &str| Parts { account: object("01", account), ..parts() }.text();
    assert_eq!(identity(&parts().text()), "vietqr|970436|9990000123456|QRIBFTTA");
    assert_eq!(identity(&account("vqr1")), identity(&account("VQR1")));
    assert_ne!(identity(&parts().text()), identity(&with_end("02164000000000000002")));
    assert_eq!(identity(&format!("{}0", parts().text())), "vietqr|970436|9990000123456|QRIBFTTA|!trailing_characters");
}

#[test]
fn a_code_that_reads_two_ways_alarms() {
    let registered = parts().text();
    let hidden = "38540010A00000072701240006970415011099988877760208QRIBFTTA";
    let template = &registered[12..registered.find("5303704").unwrap()];
    // In characters the hidden template stands inside tag 80; in bytes it is the first tag 38.
    let twice = "ệ".repeat(29);
    let body = format!("0002010102118099{}{twice}{hidden}{template}53037045802VN", "0004vn.x0187");
    let text = sealed(&body);
    assert_eq!(compare(&registered, &text).reason, "length_ambiguous");
    assert!(Code::read(&text, Mode::Strict).is_err_and(|refusal| refusal.code == "length_ambiguous"));
    // Marks by themselves do not.
    let marked = with_end(&object("64", "0002vi0105Cô Ba"));
    assert_eq!(compare(&registered, &marked).verdict, Verdict::Match);
}

#[test]
fn what_finds_the_payee_may_not_stand_twice() {
    let momo = |reference: &str| {
        let template = object("38", &format!("0010A0000007270132{}0208QRIBFTTA", "00069710250118PSP987654321012345"));
        sealed(&format!("000201010211{template}53037045802VN{}", object("62", reference)))
    };
    let registered = momo("0515MOMOW2W87654321");
    assert_eq!(compare(&registered, &momo("0515MOMOW2W876543210515MOMOW2W11111111")).verdict, Verdict::Different);

    let pix = |more: &str| sealed(&format!("00020126270014br.gov.bcb.pix0105a@b.c5204000053039865802BR5901A6001B{more}"));
    let order = "80290014br.gov.bcb.pix2507a.com/1";
    let another = "81320014br.gov.bcb.pix2510evil.com/1";
    assert_eq!(compare(&pix(order), &pix(order)).verdict, Verdict::Match);
    assert_eq!(compare(&pix(order), &pix(&format!("{order}{another}"))).verdict, Verdict::Different);
}

#[test]
fn a_checksum_of_no_characters_is_none() {
    let registered = parts().text();
    let empty = format!("{}6300", &registered[..registered.len() - 8]);
    assert_eq!(compare(&registered, &empty).verdict, Verdict::Unreadable);
}

#[test]
fn damage_where_nobody_is_paid_does_not_alarm() {
    let registered = parts().text();
    for end in [object("62", "0803abcd"), object("62", "0805abcd"), object("62", "Chuyen tien")] {
        same(&registered, &with_end(&end));
    }
}

#[test]
fn a_second_template_alarms_though_the_checksum_is_wrong_too() {
    let registered = parts().text();
    let body = &registered[..registered.len() - 8];
    let second = "38470010A0000007270117000697041501039990208QRIBFTTA";
    different("tag_repeated", &registered, &format!("{body}{second}63040000"));
}

#[test]
fn what_is_odd_about_the_registered_code_is_no_change() {
    let odd = sealed("00020101021138500010A000000727012000069704360106AC-1230208QRIBFTTA53037045802VN");
    let dynamic = sealed("00020101021238500010A000000727012000069704360106AC-1230208QRIBFTTA530370454045000");
    let dynamic = sealed(&format!("{}5802VN", &dynamic[..dynamic.len() - 8]));
    same(&odd, &dynamic);

    let sound = parts().text();
    let body = &sound[..sound.len() - 8];
    let twice = sealed(&format!("{body}38470010A0000007270117000697041501039990208QRIBFTTA"));
    assert_eq!(compare(&twice, &sound).reason, "registered_unreadable");
}
