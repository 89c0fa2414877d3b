//! `make bench`: a stall list of 5,000 rows in a workbook. The preview, comparison with the market's book included, stands beside a
//! bare pass over the same cells with the same crate: at most twice its time, and at most 64 MiB more memory. Crafted workbooks are
//! refused within two seconds.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::{
    io::{Cursor, Write},
    time::{Duration, Instant},
};

use calamine::{Reader, Xlsx};
use choqr::{
    app::{
        App,
        market_work::{self, MarketWish},
        stall_lists,
    },
    clock::Clock,
    domain::market::MarketClass,
    stall_list::{self, Wishes},
    store::{Db, markets},
};

const ROWS: usize = 5_000;
const ROUNDS: usize = 15;

#[tokio::main]
async fn main() {
    let bytes = list();
    let folder = tempfile::tempdir().unwrap();
    let db =
        Db::open(&format!("sqlite://{}", folder.path().join("choqr.db").display()), &folder.path().join("key")).await.unwrap().db;
    let app = App::new(db, Clock::System);
    let wish = MarketWish {
        ward_code: "01843".to_owned(),
        name: "Chợ Đo".parse().unwrap(),
        class: MarketClass::NONE,
        contact_name: None,
        contact_phone: None,
        review_first: false,
    };
    let market = market_work::make_market_as(&app, "bench", wish).await.unwrap().market_id;
    let scope = markets::enter_as(&app.db, "bench", market).await.unwrap();

    let (mut bare, mut ours, mut cells, mut rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(timed(|| pass(&bytes)));
        let started = Instant::now();
        let (_list, plan) = stall_lists::look(&app, &scope, bytes.clone(), Wishes::default()).await.unwrap();
        ours.push(started.elapsed());
        assert_eq!(plan.counts.new, ROWS, "{:?}", plan.counts);
        let started = Instant::now();
        let sheet = stall_list::sheet::read(&bytes, None).unwrap();
        cells.push(started.elapsed());
        let started = Instant::now();
        let list = stall_list::read_sheet(sheet, &Wishes::default());
        rows.push(started.elapsed());
        assert!(list.entries.len() > ROWS);
    }
    let (bare, ours, cells, rows) = (median(&mut bare), median(&mut ours), median(&mut cells), median(&mut rows));
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!(
        "list   {ROWS} rows, {} kB: preview {ours:.0?}, a bare pass over its cells {bare:.0?}, ratio {ratio:.2} (target at most 2)",
        bytes.len() / 1024
    );
    println!("list   of which the cells {cells:.0?}, what its rows mean {rows:.0?}, the rest beside the market's book");

    let before = forget_peak();
    stall_lists::look(&app, &scope, bytes.clone(), Wishes::default()).await.unwrap();
    let more = peak().saturating_sub(before) / 1024;
    println!("list   memory at its highest during a preview: {more} MiB more (target at most 64)");

    let mut slowest = Duration::ZERO;
    for (name, crafted) in crafted() {
        let before = forget_peak();
        let took = timed(|| assert!(stall_list::read(&crafted, &Wishes::default()).is_err(), "{name} was read"));
        println!(
            "list   crafted: {name:<28} {:>6} kB refused after {took:.0?}, {} MiB more",
            crafted.len() / 1024,
            peak().saturating_sub(before) / 1024
        );
        slowest = slowest.max(took);
    }
    if ratio > 2.0 || more > 64 || slowest > Duration::from_secs(2) {
        println!("list   MISSED");
        std::process::exit(1);
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// What anybody who reads the workbook has to do at least.
fn pass(bytes: &[u8]) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    let mut cells = book.worksheet_cells_reader(&name).unwrap();
    let mut n = 0;
    while let Some(cell) = cells.next_cell().unwrap() {
        n += usize::from(cell.get_position().0 < u32::MAX);
    }
    assert!(n > ROWS * 8);
}

/// Forgets the highest memory so far and gives what is in use, in kB.
fn forget_peak() -> u64 {
    let _forgotten = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A list as a board of a large market keeps it: shared strings, numbers where a spreadsheet makes them.
fn list() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let head =
        ["STT", "Họ và tên", "Khu", "Dãy", "Số ô", "Ngành hàng", "Điện thoại", "Số tài khoản", "Ngân hàng", "Chủ tài khoản"];
    for (column, text) in (0..).zip(head) {
        sheet.write_string(0, column, text).unwrap();
    }
    let (surnames, names) =
        (["Nguyễn", "Trần", "Lý", "Hoàng", "Nông", "Đàm"], ["Liên", "Hương", "Oanh", "Anh", "Đào", "Thắm", "Mùi"]);
    for at in 0..ROWS {
        let row = at as u32 + 1;
        let name = format!("{} Thị {} {}", surnames[at % 6], names[at / 6 % 7], names[at / 42 % 7]);
        let plain = choqr::payment_code::fold::fold_ascii(&name).to_uppercase();
        sheet.write_number(row, 0, (at + 1) as f64).unwrap();
        sheet.write_string(row, 1, &name).unwrap();
        sheet.write_string(row, 2, char::from(b'A' + (at / 500) as u8).to_string()).unwrap();
        sheet.write_number(row, 3, (at / 50 % 10 + 1) as f64).unwrap();
        sheet.write_number(row, 4, (at % 50 + 1) as f64).unwrap();
        sheet.write_string(row, 5, "Rau củ").unwrap();
        sheet.write_number(row, 6, 320_000_000.0 + at as f64).unwrap();
        sheet.write_string(row, 7, format!("99912{at:08}")).unwrap();
        sheet.write_string(row, 8, "NH Nông nghiệp").unwrap();
        sheet.write_string(row, 9, &plain).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn crafted() -> Vec<(&'static str, Vec<u8>)> {
    let sheet = |rows: &str| {
        format!("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>").into_bytes()
    };
    let cell = |at: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>x</t></is></c>");
    let far = sheet(&format!("<row r=\"1\">{}</row><row r=\"1048576\">{}</row>", cell("A1"), cell("XFD1048576")));
    let row = |row: usize| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>");
    let long = sheet(&(1..=900_000).fold(String::new(), |rows, number| rows + &row(number)));
    let strings = format!("<sst>{}</sst>", "<si><t>a</t></si>".repeat(1_000_000)).into_bytes();
    let entities = b"<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><worksheet/>".to_vec();
    vec![
        ("A1 and XFD1048576", workbook(&[("xl/worksheets/sheet1.xml", far)])),
        ("900,000 rows", workbook(&[("xl/worksheets/sheet1.xml", long)])),
        ("a sheet of 1 GB of spaces", workbook(&[("xl/worksheets/sheet1.xml", vec![b' '; 1 << 30])])),
        (
            "1,000,000 shared strings",
            workbook(&[("xl/worksheets/sheet1.xml", sheet(&cell("A1"))), ("xl/sharedStrings.xml", strings)]),
        ),
        ("entities of its own", workbook(&[("xl/worksheets/sheet1.xml", entities)])),
    ]
}

fn workbook(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let basics: [(&str, &[u8]); 3] = [
        ("_rels/.rels", br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="DS" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
    ];
    for (name, content) in basics {
        out.start_file(name, options).unwrap();
        out.write_all(content).unwrap();
    }
    for (name, content) in parts {
        out.start_file(*name, options).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}
