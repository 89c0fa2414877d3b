//! `choqr sticker`, without the program around it.

use std::path::PathBuf;

use choqr::cli::refused::Refused;
use choqr::cli::sticker::{DesignsArgs, PaperArgs, SheetArgs, StickerCommand, run};
use choqr::domain::time::UnixMillis;
use choqr::print::{CutOrder, Language, Paper};

use crate::support::{assert_sound, fonts, keep, payload, root};

const HEADING: &str = "serial,stall,vendor_name,trade,bank,account_number,payload";

/// A morning in November 2026.
const NOW: UnixMillis = UnixMillis(1_795_500_000_000);

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("sheet.pdf")
    }

    /// Runs the command on this text and returns the refusal, if there is one.
    fn sheet(&self, csv: &[u8]) -> Result<(), String> {
        self.run(csv, true)
    }

    fn run(&self, csv: &[u8], strict: bool) -> Result<(), String> {
        let input = self.dir.path().join("stickers.csv");
        std::fs::write(&input, csv).unwrap();
        let command = StickerCommand::Sheet(SheetArgs {
            input,
            out: self.out(),
            on: PaperArgs {
                design: "label_99x68".into(),
                paper: Paper::default(),
                nudge: (0.0, 0.0),
                language: Language::Vietnamese,
            },
            order: CutOrder::Rows,
            colour: None,
            strict,
            start_at: 1,
            copies: 1,
            crop_marks: false,
            market: "Chợ Bắc Kạn".into(),
        });
        run(&command, &fonts(), NOW, &mut Vec::new())
            .map_err(|problem| problem.downcast::<Refused>().expect("the input's fault").to_string())
    }
}

#[test]
fn the_designs_are_listed_one_a_line() {
    let mut out = Vec::new();

    run(&StickerCommand::Designs(DesignsArgs { designs: None }), &fonts(), NOW, &mut out).unwrap();

    let names = String::from_utf8(out).unwrap();
    let files = std::fs::read_dir(root().join("assets/designs")).unwrap().map(|entry| entry.unwrap().path());
    let designs = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).count();
    assert_eq!(names.lines().count(), designs, "every design that is shipped is proven: `make prove`");
    assert_eq!(names.lines().next(), Some("label_99x68"));
}

#[test]
fn a_sheet_is_drawn_from_a_file_and_shows_last_digits_only() {
    let (first, second) = (payload("9990000123456"), payload("9990000777001"));
    let csv = format!(
        "\u{feff}{HEADING}\nVH-0123-7,A1-04,Hà Thị Thu Hương,Rau củ,Vietcombank,9990000123456,{first}\n\
         ,A1-05,\"Nông Thị Anh\",,,9990000777001,{second}\n"
    );
    let desk = Desk::new();

    desk.sheet(csv.as_bytes()).unwrap();

    let drawn = keep(&std::fs::read(desk.out()).unwrap());
    assert_sound(&drawn.pdf);
    let mut expected = vec![first, second];
    expected.sort();
    assert_eq!(drawn.decoded(300), [expected.clone(), expected]);
    let text = drawn.text();
    assert!(text.contains("…3456") && text.contains("…7001"), "{text}");
    assert!(!text.contains("99900"), "{text}");
    assert!(text.contains("Vietcombank …7001"), "an empty bank is named by the payload: {text}");
}

#[test]
fn every_bad_cell_is_named_with_row_column_and_what_is_right() {
    let good = payload("9990000123456");
    let mut broken = good.clone();
    broken.replace_range(good.len() - 4.., "0000");
    let csv = format!(
        "{HEADING}\nVH-1,A1-04,Lan,Rau,Vietcombank,9990000123456,{good}\n\
         VH-2,,Mai,Rau,Vietcombank,9990000123456,{good}\n\
         VH-3,A1-06,Cúc,Rau,BIDV,9990000999999,{good}\n\
         VH-4,A1-07,Đào,Rau,Vietcombank,9990000123456,{broken}\n\
         VH-5,A1-08,Huệ\n"
    );
    let desk = Desk::new();

    let refused = desk.sheet(csv.as_bytes()).unwrap_err();

    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines[0], "row 3, stall: is empty");
    assert_eq!(lines[1], "row 4, account_number: is not the account that the payload pays into");
    assert_eq!(lines[2], "row 4, bank: the payload pays into Vietcombank");
    assert!(lines[3].starts_with("row 5, payload: "), "{refused}");
    assert_eq!(lines[4], "row 6: 3 cells where the heading has 7");
    assert_eq!(lines[5], "nothing was written");
    assert!(!refused.contains("99900"), "an account number does not belong in a message: {refused}");
    assert!(!desk.out().exists());

    desk.run(csv.as_bytes(), false).unwrap();
    let text = keep(&std::fs::read(desk.out()).unwrap()).text();
    assert!(text.contains("VH-1") && !text.contains("VH-2"), "without --strict the good row is printed: {text}");
}

#[test]
fn a_file_that_is_not_what_was_asked_for_is_refused() {
    let desk = Desk::new();

    let missing = desk.sheet(b"serial,stall\n1,2\n").unwrap_err();
    let empty = desk.sheet(format!("{HEADING}\n").as_bytes()).unwrap_err();
    let encoding =
        desk.sheet(format!("{HEADING}\n").bytes().chain(*b"1,A1,\xC0\xC1,r,v,1,x\n").collect::<Vec<_>>().as_slice()).unwrap_err();

    assert!(missing.contains("the column vendor_name is missing"), "{missing}");
    assert!(empty.contains("no rows"), "{empty}");
    assert!(encoding.contains("row 2: not UTF-8"), "{encoding}");
}
