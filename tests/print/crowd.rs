//! Many random stickers on every design: all of them read, no text beyond its box, no name cut.
//!
//! `STICKERS=2000 cargo test --release --test print crowd` is the whole proof; each run of the suite takes a part of it.

use std::path::PathBuf;

use choqr::payment_code::bank::Bin;
use choqr::payment_code::{City, MerchantName, Purpose, TransferCode, Vnd};
use choqr::print::{Colour, Design, Designs, Language, SecondAccount, Sticker, card};

use crate::support::{by_zbar, by_zxing, fonts, keep, texts};

/// How many stickers, over all designs.
fn count() -> usize {
    std::env::var("STICKERS").ok().and_then(|count| count.parse().ok()).unwrap_or(108)
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % n
    }
}

/// Words that together hold every vowel with every mark.
const WORDS: [&str; 40] = [
    "Nguyễn",
    "Thị",
    "Phượng",
    "Quỳnh",
    "Hoàng",
    "Bảo",
    "Ngọc",
    "Tường",
    "Ẩn",
    "Ỷ",
    "Thuỳ",
    "Trâm",
    "Đặng",
    "Khuyến",
    "Nghĩa",
    "Hữu",
    "Ằm",
    "Ẵng",
    "Ẳn",
    "Ặc",
    "Ắt",
    "Ấm",
    "Ầu",
    "Ẫm",
    "Ậu",
    "Ếch",
    "Ềnh",
    "Ểnh",
    "Ễnh",
    "Ệch",
    "Ốc",
    "Ồn",
    "Ổi",
    "Ỗi",
    "Ộc",
    "Ớt",
    "Ờ",
    "Ởm",
    "Ỡm",
    "Ợt",
];

fn name(dice: &mut Dice) -> String {
    let words = 2 + dice.below(12);
    let mut name = String::new();
    for _ in 0..words {
        let word = WORDS[dice.below(WORDS.len())];
        if name.chars().count() + 1 + word.chars().count() <= 60 {
            name = if name.is_empty() { word.to_owned() } else { format!("{name} {word}") };
        }
    }
    name
}

fn payload(dice: &mut Dice) -> String {
    let digits: String = (0..6 + dice.below(14)).map(|_| char::from(b'0' + dice.below(10) as u8)).collect();
    let bin: Bin = ["970436", "970405", "970422", "970418"][dice.below(4)].parse().unwrap();
    let mut code = TransferCode::new(bin, digits.parse().unwrap()).unwrap();
    if dice.below(3) == 0 {
        code = code.with_amount(Vnd::new(1 + dice.below(9_999_999) as u64).unwrap());
        let purpose: Purpose =
            ["Tien hang", "thanh toan ca thang 11", "CHO BAC KAN A1-04 T11", "x"][dice.below(4)].parse().unwrap();
        code = code.with_purpose(purpose);
    }
    if dice.below(3) == 0 {
        let name: MerchantName = "NGUYEN THI PHUONG QUYNH".parse().unwrap();
        let city: City = "THAI NGUYEN".parse().unwrap();
        code = code.with_name(name).with_city(city);
    }
    code.encode().unwrap()
}

fn sticker(dice: &mut Dice, number: usize) -> Sticker {
    const BANKS: [&str; 4] = ["MB", "Vietcombank", "Ngân hàng Nông nghiệp và Phát triển Nông thôn Việt Nam", "VietinBank"];
    let vendor = name(dice);
    let payee = if dice.below(4) == 0 { name(dice) } else { vendor.clone() };
    Sticker {
        serial: Some(format!("VH-{:04}-{}", number * 37, number % 10)),
        stall: ["A1-04", "Kiốt 12", "Dãy Hàng Khô 12B", "C", "Lô B2 sạp 114-115-116"][dice.below(5)].into(),
        market: format!("Chợ {}", name(dice).split(' ').take(5).collect::<Vec<_>>().join(" ")),
        trade: ["", "Rau củ", "Hàng khô, mắm muối, gia vị", "Thịt"][dice.below(4)].into(),
        payee_name: payee.clone(),
        vendor_name: vendor,
        bank: BANKS[dice.below(4)].into(),
        last_digits: "3456".into(),
        payload: payload(dice),
        issued: "11/2026".into(),
        check_url: (dice.below(2) == 0).then(|| format!("https://sticker.phuong-bac-kan.example/s/{number:016}")),
        second: Some(SecondAccount {
            serial: Some(format!("VH-{:04}-{}", number * 37 + 1, number % 10)),
            payee_name: payee,
            bank: BANKS[dice.below(4)].into(),
            last_digits: "7788".into(),
            payload: payload(dice),
        }),
        link: Some(format!("https://sticker.phuong-bac-kan.example/c/{number:026}")),
        recovery: "4821 7730".into(),
    }
}

fn each(mut look: impl FnMut(&Design, &[Sticker])) {
    let designs: Vec<_> = Designs::shipped().iter().collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for (index, design) in designs.iter().enumerate() {
        let share = count() / designs.len() + usize::from(index < count() % designs.len());
        let stickers: Vec<Sticker> = (0..share).map(|number| sticker(&mut dice, number)).collect();
        look(design, &stickers);
    }
}

#[test]
fn all_of_them_are_read_by_both_readers() {
    let mut seen = 0;
    each(|design, stickers| {
        for sticker in stickers {
            let mut bytes = Vec::new();
            card::write(&mut bytes, design, sticker, &fonts(), Language::Vietnamese, Colour::Cmyk).unwrap();
            let drawn = keep(&bytes);
            let pages: Vec<PathBuf> = drawn.pages(300);
            let expected = texts(design, sticker);

            assert_eq!(by_zxing(&pages), expected, "zxing-cpp on {} with {:?}", design.name(), sticker.serial);
            assert_eq!(by_zbar(&pages), expected, "zbar on {} with {:?}", design.name(), sticker.serial);
            seen += 1;
        }
    });
    assert_eq!(seen, count());
    #[expect(clippy::print_stdout, reason = "the count is the proof")]
    {
        println!("stickers read by zbar and zxing-cpp: {seen} of {seen}");
    }
}

#[test]
fn no_text_leaves_its_box_and_no_name_is_cut() {
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let fonts = fonts();
    for design in Designs::shipped().iter() {
        for number in 0..400 {
            let sticker = sticker(&mut dice, number);
            for language in [Language::Vietnamese, Language::English] {
                for text in design.measure(&fonts, &sticker, language) {
                    assert!(text.beyond <= 0.02, "{}: {} reaches {:.3} mm beyond its box", design.name(), text.name, text.beyond);
                    let is_name = text.name.starts_with("name") || text.name.starts_with("bare_name");
                    let is_two = sticker.vendor_name != sticker.payee_name;
                    assert!(
                        !text.is_shortened || !is_name || is_two && text.name.starts_with("bare"),
                        "{}: {} is cut: {}",
                        design.name(),
                        text.name,
                        sticker.payee_name
                    );
                }
            }
        }
    }
}
