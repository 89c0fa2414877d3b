//! Sheets of many.

use std::io::{self, Write};
use std::path::PathBuf;

use choqr::print::{CutOrder, Paper, PrintError, SheetOptions, SheetSummary, Sticker, sheet, stock};

use crate::support::{Drawn, assert_sound, by_zbar, by_zxing, design, fonts, keep, payload, run, sticker};

fn numbered(number: usize) -> Sticker {
    let mut sticker = sticker();
    sticker.serial = Some(format!("VH-{number:04}-0"));
    sticker.stall = format!("B{}-{:02}", number / 20, number % 20);
    sticker.payload = payload(&format!("99900{number:08}"));
    sticker.check_url = None;
    sticker
}

fn sheet(name: &str, paper: &str, options: &SheetOptions, count: usize) -> (Drawn, SheetSummary) {
    let mut bytes = Vec::new();
    let (design, paper): (_, Paper) = (design(name), paper.parse().unwrap());
    let get = |number| Ok::<_, io::Error>(Some(numbered(number)));
    let summary = sheet::write(&mut bytes, (&design, &paper), options, &fonts(), count, get).unwrap();
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
    let (drawn, summary) = sheet("label_99x68", "a4", &options(), 19);

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

    let (drawn, summary) = sheet("label_99x68", "a4", &part_used, 2);

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

    let refused = sheet::plan(&design("label_99x68"), &Paper::default(), &beyond, 1);

    let message = refused.unwrap_err().to_string();
    assert_eq!(message, "a sheet has positions 1 to 8, not 9");
}

#[test]
fn copies_follow_each_other() {
    let mut twice = options();
    twice.copies = 3;

    let (drawn, summary) = sheet("label_99x68", "a4", &twice, 3);

    assert_eq!(summary, SheetSummary { pages: 2, stickers: 9 });
    assert_eq!(drawn.text().matches("VH-0001-0").count(), 3);
}

#[test]
fn cards_lie_two_on_a_sheet_or_one_on_a_page() {
    let (_, on_a4) = sheet("card_a6", "a4", &options(), 3);
    let (alone, on_pieces) = sheet("card_a6", "piece", &options(), 3);

    assert_eq!(on_a4, SheetSummary { pages: 2, stickers: 3 });
    assert_eq!(on_pieces, SheetSummary { pages: 3, stickers: 3 });
    assert!(run("pdfinfo", &["-box", alone.path()], &[0]).contains("TrimBox:            31.18"));
}

#[test]
fn nothing_to_print_and_a_broken_source_are_errors() {
    let write = |count, get: &mut dyn FnMut(usize) -> Result<Option<Sticker>, io::Error>| {
        let label = design("label_99x68");
        sheet::write(&mut Vec::new(), (&label, &Paper::default()), &options(), &fonts(), count, get)
    };

    assert!(matches!(write(0, &mut |_| Ok(Some(sticker()))), Err(PrintError::NothingToPrint)));
    assert!(matches!(write(3, &mut |_| Ok(None)), Err(PrintError::NothingToPrint)), "all of them are none any more");
    let broken = &mut |number| if number == 1 { Err(io::Error::other("row 7")) } else { Ok(Some(sticker())) };
    assert_eq!(write(2, broken).unwrap_err().to_string(), "row 7");
}

#[test]
fn a_sticker_that_is_none_any_more_leaves_its_place_and_marks_empty() {
    let label = design("label_99x68");
    let with = |gone: Option<usize>, crop_marks: bool| {
        let mut bytes = Vec::new();
        let options = SheetOptions { crop_marks, ..options() };
        let get = |number| Ok::<_, io::Error>((gone != Some(number)).then(|| numbered(number)));
        let summary = sheet::write(&mut bytes, (&label, &Paper::default()), &options, &fonts(), 3, get).unwrap();
        (keep(&bytes), summary.stickers)
    };

    let (whole, three) = with(None, true);
    let (holed, two) = with(Some(1), true);
    let (plain, _) = with(Some(1), false);

    assert_eq!((three, two), (3, 2));
    let dark = |drawn: &Drawn| {
        // The strip right of the second column, where ticks of positions 2, 4, … stand.
        let image = image::open(&drawn.pages(300)[0]).unwrap().to_luma8();
        let right = (205.35_f64 / 25.4 * 300.0) as u32;
        image.enumerate_pixels().filter(|(x, y, light)| *x > right + 8 && (200..3_300).contains(y) && light.0[0] < 128).count()
    };
    assert!(dark(&whole) > 0);
    assert_eq!((dark(&holed), dark(&plain)), (0, 0), "no mark where no label is");
    assert!(holed.text().contains("VH-0002-0") && !holed.text().contains("VH-0001-0"));
}

#[test]
fn piles_of_a_cut_stack_are_in_walking_order() {
    let stacked = SheetOptions { order: CutOrder::Stacks, ..options() };

    let (drawn, summary) = sheet("label_99x68", "a4", &stacked, 19);

    assert_eq!(summary, SheetSummary { pages: 3, stickers: 19 });
    let text = drawn.text();
    let pages: Vec<&str> = text.split('\u{c}').collect();
    for number in 0..19 {
        assert!(pages[number % 3].contains(&format!("VH-{number:04}-0")), "{number}");
    }
}

#[test]
fn a_nudge_moves_every_label_and_nothing_of_the_head() {
    let moved = SheetOptions { nudge: (2.0, -1.5), ..options() };
    let place = |options: &SheetOptions, word: &str| -> (f64, f64) {
        let (drawn, _) = sheet("label_99x68", "a4", options, 1);
        let boxes = run("pdftotext", &["-bbox", drawn.path(), "-"], &[0]);
        let line = boxes.lines().find(|line| line.contains(&format!(">{word}<"))).unwrap().to_owned();
        let number = |name: &str| -> f64 {
            let at = line.find(name).unwrap() + name.len() + 2;
            line[at..].split('"').next().unwrap().parse::<f64>().unwrap() * 25.4 / 72.0
        };
        (number("xMin"), number("yMin"))
    };

    let (still, nudged) = (place(&options(), "VH-0000-0"), place(&moved, "VH-0000-0"));

    assert!((still.0 - nudged.0 - 2.0).abs() < 0.01 && (still.1 - nudged.1 + 1.5).abs() < 0.01, "{still:?} {nudged:?}");
    assert_eq!(place(&options(), "24/11/2026"), place(&moved, "24/11/2026"));
}

#[test]
fn the_calibration_page_shows_each_corner_and_the_ruler() {
    let mut bytes = Vec::new();
    sheet::calibration(&mut bytes, (&design("label_99x68"), &Paper::default()), &options(), &fonts()).unwrap();
    let drawn = keep(&bytes);

    assert_sound(&drawn.pdf);
    let text = drawn.text();
    assert!(text.contains("Căn máy in") && text.contains("50 mm") && text.contains("In 100 %"), "{text}");
    let image = image::open(&drawn.pages(300)[0]).unwrap().to_luma8();
    let at = |mm: f64| (mm / 25.4 * 300.0).round() as u32;
    for (x, y) in [(4.65, 13.1), (205.35, 13.1), (4.65, 283.9), (205.35, 283.9)] {
        let near = (0..5).flat_map(|dx| (0..5).map(move |dy| (at(x) + dx - 2, at(y) + dy - 2)));
        assert!(near.into_iter().any(|(x, y)| image.get_pixel(x, y).0[0] < 128), "a cross at {x}, {y}");
    }
}

#[test]
fn every_sheet_says_how_to_print_it_and_proves_it_with_a_ruler() {
    for shipped in choqr::print::Designs::shipped().iter() {
        for paper in ["a4", "a3", "piece"] {
            let paper: Paper = paper.parse().unwrap();
            if stock::grid(shipped, &paper).is_err() {
                continue;
            }
            let mut bytes = Vec::new();
            let get = |_| Ok::<_, io::Error>(Some(sticker()));
            sheet::write(&mut bytes, (shipped, &paper), &options(), &fonts(), 1, get).unwrap();

            let text = keep(&bytes).text();

            assert!(text.contains("In 100 %"), "{} on {paper}: {text}", shipped.name());
        }
    }
}

#[test]
fn labels_of_other_measures_take_a_design_that_is_smaller() {
    let (drawn, summary) = sheet("label_99x68", "page=210x297 grid=1x3 first=30x20 step=150x85 label=150x80", &options(), 3);

    assert_eq!(summary, SheetSummary { pages: 1, stickers: 3 });
    assert_eq!(by_zxing(&drawn.pages(200)).len(), 3);
    let small: Paper = "page=210x297 grid=3x4 first=7x10 step=65x70 label=60x60".parse().unwrap();
    assert!(matches!(stock::grid(&design("label_99x68"), &small), Err(PrintError::DoesNotFit { .. })));
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
    let get = |number| {
        if number == 8 {
            at_sticker_nine.set(written.get());
        }
        Ok::<_, io::Error>(Some(numbered(number)))
    };

    let label = design("label_99x68");
    sheet::write(&mut Watch(&written), (&label, &Paper::default()), &options(), &fonts(), 16, get).unwrap();

    assert!(at_sticker_nine.get() > 5_000, "the first page had left: {}", at_sticker_nine.get());
}
