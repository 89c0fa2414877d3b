//! Symbols beside an encoder that is not ours, given the same segments: 10,000 payloads, every module compared.

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

use super::segment::Mode;
use super::{Ec, Symbol, smallest};

const LEVELS: [(Ec, QrCodeEcc); 4] =
    [(Ec::L, QrCodeEcc::Low), (Ec::M, QrCodeEcc::Medium), (Ec::Q, QrCodeEcc::Quartile), (Ec::H, QrCodeEcc::High)];

/// How many texts are compared.
const TEXTS: u64 = 10_000;

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ mixed >> 31) >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }

    fn letters(&mut self, length: usize, of: &str) -> String {
        let of: Vec<char> = of.chars().collect();
        (0..length).map(|_| of[self.roll(of.len())]).collect()
    }

    fn digits(&mut self, length: usize) -> String {
        self.letters(length, "0123456789")
    }
}

fn tlv(tag: &str, value: &str) -> String {
    format!("{tag}{:02}{value}", value.chars().count())
}

/// A payment code of the VietQR shape, static or with an amount, with or without name and purpose.
fn vietqr(dice: &mut Dice) -> String {
    const UPPER: [&str; 4] = ["TT SAP A1-04", "RAU CU", "TIEN HANG", "CK"];
    const LOWER: [&str; 4] = ["TT sap B-017", "Tien hang", "thanh toan don hang", "ck sap 12"];
    const MARKED: [&str; 4] = ["Tiền hàng sạp Ỷ Ổn", "Trả tiền rau củ", "Cá biển Đào", "Nước mía"];
    let is_dynamic = dice.roll(2) == 0;
    let service = dice.pick(&["QRIBFTTA", "QRIBFTTC"]);
    let account = dice.roll(14) + 6;
    let account = "999".to_owned() + &dice.digits(account);
    let beneficiary = tlv("00", dice.pick(&["970436", "970415", "970422"])) + &tlv("01", &account);
    let merchant = tlv("00", "A000000727") + &tlv("01", &beneficiary) + &tlv("02", service);
    let mut text = tlv("00", "01") + &tlv("01", if is_dynamic { "12" } else { "11" }) + &tlv("38", &merchant) + &tlv("53", "704");
    if is_dynamic {
        let thousands = dice.roll(900) + 1;
        text += &tlv("54", &format!("{thousands}000"));
    }
    text += &tlv("58", "VN");
    if dice.roll(2) == 0 {
        text += &(tlv("59", dice.pick(&["NGUYEN THI HANG", "TRAN VAN DUC", "LE MY PHUONG"])) + &tlv("60", "HO CHI MINH"));
    }
    let purposes = [&[][..], &UPPER, &LOWER, &MARKED][dice.roll(4)];
    if !purposes.is_empty() {
        text += &tlv("62", &tlv("08", dice.pick(purposes)));
    }
    // The checksum's digits are letters and digits like these.
    text + "6304" + &dice.letters(4, "0123456789ABCDEF")
}

/// The payloads of other issuers and wallets that the project keeps.
fn kept() -> Vec<String> {
    let payload = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["payload"].as_str().unwrap().to_owned();
    include_str!("../../../tests/data/vectors_good.jsonl").lines().map(payload).collect()
}

fn text(number: u64, kept: &[String]) -> String {
    let mut dice = Dice(number);
    match number % 20 {
        0..=11 => vietqr(&mut dice),
        12..=14 => kept[dice.roll(kept.len())].clone(),
        15 => format!("https://choqr.example/s/{}", dice.letters(20, "23456789BCDFGHJKMNPQRSTVWXYZ")),
        16 => {
            let length = dice.roll(120) + 1;
            dice.digits(length)
        }
        17 => {
            let length = dice.roll(150) + 1;
            dice.letters(length, "ABCXYZ0123456789 $%*+-./:")
        }
        18 => {
            let length = dice.roll(60) + 1;
            dice.letters(length, "ạẳẵệỷỹđưhoa 0123456789XYZ")
        }
        // A few that reach the largest versions.
        _ if number % 200 == 19 => {
            let length = dice.roll(900) + 360;
            dice.letters(length, "abcdefghijkl0123456789012345678901234567890123456789ABCXYZ")
        }
        _ => {
            let length = dice.roll(60) + 200;
            dice.letters(length, "0123456789ABCDEFxyz")
        }
    }
}

/// Compares one text at one level: version, mask, and every module.
fn compare(text: &str, (ours, theirs): (Ec, QrCodeEcc)) -> Symbol {
    let (_, segments) = smallest(text.as_bytes(), ours).unwrap();
    let segments: Vec<QrSegment> = segments
        .iter()
        .map(|segment| {
            let bytes = &text.as_bytes()[segment.start..segment.end];
            match segment.mode {
                Mode::Numeric => QrSegment::make_numeric(std::str::from_utf8(bytes).unwrap()),
                Mode::Alphanumeric => QrSegment::make_alphanumeric(std::str::from_utf8(bytes).unwrap()),
                Mode::Byte => QrSegment::make_bytes(bytes),
            }
        })
        .collect();
    let theirs =
        QrCode::encode_segments_advanced(&segments, theirs, Version::new(1), Version::new(40), None::<Mask>, false).unwrap();

    let symbol = Symbol::encode(text, ours).unwrap();

    assert_eq!((symbol.version(), symbol.mask()), (theirs.version().value(), usize::from(theirs.mask().value())), "{text}");
    let row = |y: usize, is_dark: &dyn Fn(usize, usize) -> bool| (0..symbol.size()).map(|x| is_dark(x, y)).collect::<Vec<_>>();
    for y in 0..symbol.size() {
        let expected = row(y, &|x, y| theirs.get_module(i32::try_from(x).unwrap(), i32::try_from(y).unwrap()));
        assert_eq!(row(y, &|x, y| symbol.is_dark(x, y)), expected, "row {y} of {text}");
    }
    symbol
}

#[test]
fn ten_thousand_symbols_are_those_of_another_encoder() {
    let kept = kept();
    // Two at a time, since a debug build is slow.
    let seen = std::thread::scope(|scope| {
        let half = |first: u64| {
            let kept = &kept;
            scope.spawn(move || {
                let mut seen = [[0_u32; 8]; 41];
                for number in (first..TEXTS).step_by(2) {
                    let level = LEVELS[Dice(!number).roll(4)];
                    let symbol = compare(&text(number, kept), level);
                    seen[usize::from(symbol.version())][symbol.mask()] += 1;
                }
                seen
            })
        };
        [half(0), half(1)].map(|half| half.join().unwrap())
    });

    // Every mask was the best one many times, and every width of count and of row was reached.
    let count = |version: usize, mask: usize| seen[0][version][mask] + seen[1][version][mask];
    for mask in 0..8 {
        let times: u32 = (1..=40).map(|version| count(version, mask)).sum();
        assert!(times > 300, "mask {mask} was chosen {times} times");
    }
    for versions in [1..=2, 10..=11, 12..=15, 27..=40] {
        let times: u32 = versions.clone().map(|version| (0..8).map(|mask| count(version, mask)).sum::<u32>()).sum();
        assert!(times > 10, "versions {versions:?} were reached {times} times");
    }
}

#[test]
fn every_version_at_every_level_is_that_of_another_encoder() {
    for version in 1..=40 {
        for level in LEVELS {
            let length = super::Division::of(version, level.0).data() - 4;
            let text: String = ('a'..='z').cycle().take(length).collect();

            assert_eq!(compare(&text, level).version(), version);
        }
    }
}
