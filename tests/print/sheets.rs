//! Sheets of many.

use std::io::{self, Write};
use std::path::PathBuf;

use choqr::print::{DesignName, Paper, PrintError, SheetOptions, SheetSummary, Sticker, sheet};

use crate::support::{Drawn, assert_sound, by_zbar, by_zxing, fonts, keep, payload, run, sticker};

fn numbered(number: usize) -> Sticker {
    let mut sticker = sticker();
    sticker.serial = Some(format!("VH-{number:04}-0"));
    sticker.stall = format!("B{}-{:02}", number / 20, number % 20);
    sticker.payload = payload(&format!("99900{number:08}"));
    sticker.check_url = None;
    sticker
}

fn sheet(design: DesignName, paper: Paper, options: &SheetOptions, count: usize) -> (Drawn, SheetSummary) {
    let mut bytes = Vec::new();
    let stickers = (0..count).map(|number| Ok::<_, io::Error>(numbered(number)));
    let summary = sheet::write(&mut bytes, design, paper, options, &fonts(), stickers).unwrap();
    (keep(&bytes), summary)
}

/// Each label of the pages as a picture of its own, as a phone sees it. With eight large codes in one picture zbar takes
/// the finder patterns of two codes for one now and then, and misses about one in two hundred.
fn labels(drawn: &Drawn, pages: &[PathBuf]) -> Vec<PathBuf> {
    let mut labels = Vec::new();
    for page in pages {
        let image = image::open(page).unwrap();
        let (width, height) = (image.width() / 2, image.height() / 4);
        for position in 0..8 {
            let label = image.crop_imm(position % 2 * width, position / 2 * height, width, height);
            let path = drawn.dir.path().join(format!("label-{}.png", labels.len()));
            label.to_luma8().save(&path).unwrap();
            labels.push(path);
        }
    }
    labels
}

fn options() -> SheetOptions {
    SheetOptions { market: "Chợ Bắc Kạn".into(), printed_on: "24/11/2026".into(), ..SheetOptions::default() }
}

#[test]
fn nineteen_labels_fill_three_sheets_and_all_of_them_scan() {
    let (drawn, summary) = sheet(DesignName::Label99x68, Paper::A4, &options(), 19);

    assert_eq!(summary, SheetSummary { pages: 3, stickers: 19 });
    assert_sound(&drawn.pdf);
    let mut expected: Vec<String> = (0..19).map(|number| numbered(number).payload).collect();
    expected.sort();
    let pages = drawn.pages(300);
    assert_eq!(by_zxing(&pages), expected);
    assert_eq!(by_zbar(&labels(&drawn, &pages)), expected);
    let text = drawn.text();
    assert!(text.contains("In 100 %, không co giãn.") && text.contains("Chợ Bắc Kạn · In ngày 24/11/2026"), "{text}");
}

#[test]
fn a_part_used_sheet_is_continued_where_it_is_free() {
    let mut part_used = options();
    part_used.start_at = 8;

    let (drawn, summary) = sheet(DesignName::Label99x68, Paper::A4, &part_used, 2);

    assert_eq!(summary, SheetSummary { pages: 2, stickers: 2 });
    let text = drawn.text();
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert!(pages[0].contains("VH-0000-0") && !pages[0].contains("VH-0001-0"));
    assert!(pages[1].contains("VH-0001-0"));
    let place = run("pdftotext", &["-bbox", "-f", "1", "-l", "1", drawn.path(), "-"], &[0]);
    let serial = place.lines().find(|line| line.contains(">VH-0000-0<")).unwrap();
    let number = |name: &str| -> f64 {
        let at = serial.find(name).unwrap() + name.len() + 2;
        serial[at..].split('"').next().unwrap().parse().unwrap()
    };
    assert!(number("xMin") > 298.0 && number("yMin") > 600.0, "position 8 is at the bottom right: {serial}");
}

#[test]
fn a_position_beyond_the_sheet_is_refused_with_what_there_is() {
    let mut beyond = options();
    beyond.start_at = 9;
    let one = std::iter::once(Ok::<_, io::Error>(sticker()));

    let refused = sheet::write(&mut Vec::new(), DesignName::Label99x68, Paper::A4, &beyond, &fonts(), one);

    let message = refused.unwrap_err().to_string();
    assert_eq!(message, "a sheet has positions 1 to 8, not 9");
}

#[test]
fn copies_follow_each_other() {
    let mut twice = options();
    twice.copies = 3;

    let (drawn, summary) = sheet(DesignName::Label99x68, Paper::A4, &twice, 3);

    assert_eq!(summary, SheetSummary { pages: 2, stickers: 9 });
    assert_eq!(drawn.text().matches("VH-0001-0").count(), 3);
}

#[test]
fn cards_lie_two_on_a_sheet_or_one_on_a_page() {
    let (_, on_a4) = sheet(DesignName::CardA6, Paper::A4, &options(), 3);
    let (alone, on_pieces) = sheet(DesignName::CardA6, Paper::Piece, &options(), 3);

    assert_eq!(on_a4, SheetSummary { pages: 2, stickers: 3 });
    assert_eq!(on_pieces, SheetSummary { pages: 3, stickers: 3 });
    assert!(run("pdfinfo", &["-box", alone.path()], &[0]).contains("TrimBox:            28.35"));
}

#[test]
fn nothing_to_print_and_a_broken_source_are_errors() {
    let none = std::iter::empty::<Result<Sticker, io::Error>>();
    let broken = [Ok(sticker()), Err(io::Error::other("row 7"))].into_iter();
    let write = |stickers: &mut dyn Iterator<Item = Result<Sticker, io::Error>>| {
        sheet::write(&mut Vec::new(), DesignName::Label99x68, Paper::A4, &options(), &fonts(), stickers)
    };

    assert!(matches!(write(&mut { none }), Err(PrintError::NothingToPrint)));
    assert_eq!(write(&mut { broken }).unwrap_err().to_string(), "row 7");
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_stickers_take_no_more_memory_than_eighty() {
    /// Draws in a process of its own and returns the most anonymous memory it was seen with, and the document's size.
    fn drawn(rows: usize) -> (usize, usize) {
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join("stickers.csv");
        let rows = (0..rows).map(|number| {
            let Sticker { serial, stall, vendor_name, payload, .. } = numbered(number);
            format!("{},{stall},{vendor_name},Rau củ,Vietcombank,99900{number:08},{payload}", serial.unwrap())
        });
        let heading = "serial,stall,vendor_name,trade,bank,account_number,payload".to_owned();
        let csv: Vec<String> = std::iter::once(heading).chain(rows).collect();
        let csv = csv.join("\n");
        std::fs::write(&input, csv).unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_choqr"))
            .args(["sticker", "sheet", "--input", input.to_str().unwrap(), "--out", "-"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let (mut most, mut size, mut chunk) = (0, 0, vec![0; 16 * 1024]);
        loop {
            let read = std::io::Read::read(&mut out, &mut chunk).unwrap();
            if read == 0 {
                break;
            }
            size += read;
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("RssAnon:"));
            let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            most = most.max(kibibytes.unwrap_or(0));
        }
        assert!(child.wait().unwrap().success());
        (most, size)
    }
    let ((few, _), (many, size)) = (drawn(80), drawn(1_000));

    assert!(many < few + 4 * 1024, "{few} KiB for eighty, {many} KiB for a thousand");
    assert!(size < 1_250_000, "{size} bytes for a thousand");
}

#[test]
fn pages_leave_while_stickers_still_come() {
    use std::cell::Cell;
    struct Watch<'a>(&'a Cell<usize>);
    impl Write for Watch<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.set(self.0.get() + bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let written = Cell::new(0);
    let at_sticker_nine = Cell::new(0);
    let stickers = (0..16).map(|number| {
        if number == 8 {
            at_sticker_nine.set(written.get());
        }
        Ok::<_, io::Error>(numbered(number))
    });

    sheet::write(&mut Watch(&written), DesignName::Label99x68, Paper::A4, &options(), &fonts(), stickers).unwrap();

    assert!(at_sticker_nine.get() > 5_000, "the first page had left: {}", at_sticker_nine.get());
}

/// Vendors whose texts are as long as they get, from names of two words to sixty letters, every Vietnamese mark in turn.
fn crowd(number: usize) -> Sticker {
    const WORDS: [&str; 16] = [
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
    ];
    let words = |count: usize, step: usize| -> String {
        let chosen: Vec<&str> = (0..count).map(|index| WORDS[(number * 7 + index * step) % WORDS.len()]).collect();
        chosen.join(" ")
    };
    let mut sticker = numbered(number);
    sticker.vendor_name = words(2 + number % 10, 3);
    sticker.payee_name = if number.is_multiple_of(3) { words(2 + number % 8, 5) } else { sticker.vendor_name.clone() };
    sticker.stall = ["A1-04", "Kiốt 12", "Dãy Hàng Khô 12B", "C", "Lô B2 sạp 114-115-116"][number % 5].into();
    sticker.market = format!("Chợ {}", words(1 + number % 6, 1));
    sticker.trade = words(number % 7, 5);
    sticker.bank = ["MB", "Vietcombank", "Ngân hàng Nông nghiệp và Phát triển Nông thôn Việt Nam"][number % 3].into();
    sticker.check_url = (number % 2 == 1).then(|| format!("https://sticker.phuong-bac-kan.example/s/{number:026}"));
    sticker
}

#[test]
fn no_text_leaves_its_sticker_and_no_name_is_cut_however_long() {
    for (design, cells) in [(DesignName::Label99x68, 8), (DesignName::CardA6, 2)] {
        let count = 24;
        let mut bytes = Vec::new();
        let stickers = (0..count).map(|number| Ok::<_, io::Error>(crowd(number)));
        sheet::write(&mut bytes, design, Paper::A4, &options(), &fonts(), stickers).unwrap();
        let drawn = keep(&bytes);

        let boxes = run("pdftotext", &["-bbox", drawn.path(), "-"], &[0]);
        for (page, words) in boxes.split("<page").skip(1).enumerate() {
            for word in words.lines().filter(|line| line.contains("<word")) {
                let side = |name: &str| -> f64 {
                    let at = word.find(name).unwrap() + name.len() + 2;
                    word[at..].split('"').next().unwrap().parse::<f64>().unwrap() * 25.4 / 72.0
                };
                let (left, right, top) = (side("xMin"), side("xMax"), side("yMin"));
                let (first, pitch, width, head, foot) = match design {
                    DesignName::Label99x68 => (4.65, 101.6, 99.1, 12.0, 284.0),
                    DesignName::CardA6 => (29.0, 134.0, 105.0, 30.0, 180.0),
                };
                if top < head || top > foot {
                    continue;
                }
                let column = if left > first + pitch { 1.0 } else { 0.0 };
                let start = first + pitch * column;
                assert!(left > start + 2.9 && right < start + width - 2.9, "{design}, page {}: {word}", page + 1);
            }
        }
        let text = drawn.text();
        let pages: Vec<&str> = text.split('\u{c}').collect();
        for number in 0..count {
            for word in crowd(number).payee_name.split(' ') {
                assert!(pages[number / cells].contains(word), "{design}: {word} of sticker {number} is missing");
            }
        }
        let expected =
            (0..count).map(|number| crowd(number).payload).chain((0..count).filter_map(|number| crowd(number).check_url));
        let mut expected: Vec<String> = expected.collect();
        expected.sort();
        assert_eq!(by_zxing(&drawn.pages(200)), expected, "{design}");
    }
}
