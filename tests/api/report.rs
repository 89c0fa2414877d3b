//! Reports: the same figures in a document, a workbook and a text; what they may not carry.

use std::{
    io::{Cursor, Write as _},
    process::{Command, Stdio},
};

use axum::http::StatusCode;
use calamine::{Data, Reader as _, Xlsx};
use choqr::{
    app::market_work::{self, StallWish},
    domain::stall::Occupancy,
    store::markets,
};

use crate::{
    figures::{first_day, first_week, to_january},
    on_both,
    support::TestApp,
};

fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} is missing: run `make tools`: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let pdf = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&pdf));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// A stall whose goods are a formula, as a list from somewhere may carry it.
async fn formula(app: &TestApp) {
    let scope = markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let wish = StallWish {
        code: "Z9-01".parse().unwrap(),
        zone: None,
        row: None,
        goods: Some("=HYPERLINK(1)".to_owned()),
        occupancy: Occupancy::Trading,
        keeper: None,
    };
    market_work::make_stalls_in(&app.app, scope, vec![wish]).await.unwrap();
}

/// Every sheet of a workbook as texts, without the empty cells at the rows' ends.
fn workbook(bytes: Vec<u8>) -> Vec<(String, Vec<Vec<String>>)> {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    book.sheet_names()
        .into_iter()
        .map(|name| {
            let range = book.worksheet_range(&name).unwrap();
            let text = |cell: &Data| match cell {
                Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
                other => other.to_string(),
            };
            let rows = range.rows().map(|row| trimmed(row.iter().map(text).collect())).collect();
            (name, rows)
        })
        .collect()
}

fn trimmed(mut row: Vec<String>) -> Vec<String> {
    while row.last().is_some_and(String::is_empty) {
        row.pop();
    }
    row
}

/// The sheets of the text, which an empty line keeps apart; the mark before what looks like a formula is taken off, and so is
/// the point of whole tenths, which a workbook does not keep.
fn text(bytes: &[u8]) -> Vec<(String, Vec<Vec<String>>)> {
    let text = std::str::from_utf8(bytes).unwrap().strip_prefix('\u{feff}').expect("a byte order mark");
    text.split("\r\n\r\n")
        .map(|sheet| {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(sheet.as_bytes());
            let cell = |cell: &str| {
                let cell = cell.strip_prefix('\'').unwrap_or(cell);
                cell.strip_suffix(".0").unwrap_or(cell).to_owned()
            };
            let mut rows: Vec<Vec<String>> =
                reader.records().map(|row| trimmed(row.unwrap().iter().map(cell).collect())).collect();
            (rows.remove(0).remove(0), rows)
        })
        .collect()
}

on_both! {
async fn the_workbook_and_the_text_say_the_same(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;
    formula(&app).await;

    let xlsx = app.get("hanh", "/wards/01843/report/xlsx?period=2026-11").await;
    let csv = app.get("hanh", "/wards/01843/report/csv?period=2026-11").await;

    assert_eq!((xlsx.status, csv.status), (StatusCode::OK, StatusCode::OK));
    let (book, text) = (workbook(xlsx.bytes.clone()), text(&csv.bytes));
    let names: Vec<&str> = book.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Tổng hợp", "Danh sách sạp", "Từ chối–ngừng dùng", "Quá hạn", "TNV", "Ngân hàng"]);
    for (sheet, other) in book.iter().zip(&text) {
        assert_eq!(sheet, other);
    }
    let summary = &book[0].1;
    assert_eq!(summary[4], ["Toàn phường", "Tỷ lệ có mã QR", "11", "33", "33.3"]);
    assert_eq!(summary[6], ["Toàn phường", "Tỷ lệ phát sinh giao dịch trong kỳ", "4", "6", "66.7"]);
    assert_eq!(book[1].1.len(), 42, "a head and 41 stalls");
    assert_eq!(book[2].1.len(), 3, "a head and two refusals");
    assert_eq!(book[3].1.len(), 6, "a head, one postponed, four not posted");
    assert!(csv.text().contains("'=HYPERLINK(1)") && csv.text().contains("****"));
    assert!(!csv.text().contains("99900000"), "no account leaves the house");
    let headers = &csv.headers;
    assert_eq!(headers["content-disposition"], "attachment; filename=\"bao-cao-01843-2026-11.csv\"");
    let noted = choqr::store::audit::verify(&app.app.db).await.unwrap();
    assert_eq!(noted.1, []);
}
}

on_both! {
async fn the_document_is_laid_out_as_the_decree_says(app) {
    let waiting = first_day(&app).await;
    first_week(&app, &waiting).await;
    to_january(&app).await;

    let reply = app.get("mai", &format!("/markets/{}/report/pdf?period=2026-12-01..2027-01-12", app.market)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    if let Some(folder) = std::env::var_os("REPORT_DIR") {
        std::fs::write(std::path::Path::new(&folder).join("market.pdf"), &reply.bytes).unwrap();
    }

    let info = poppler("pdfinfo", &["-"], &reply.bytes);
    assert!(info.contains("595.276 x 841.89 pts (A4)") || info.contains("(A4)"), "{info}");
    let fonts = poppler("pdffonts", &["-"], &reply.bytes);
    assert!(fonts.contains("+Tinos") && !fonts.contains(" no  yes"), "{fonts}");
    let page = poppler("pdftotext", &["-layout", "-", "-"], &reply.bytes);
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN",
        "PHƯỜNG BẮC KẠN",
        "/BC-UBND",
        "BÁO CÁO",
        "Kính gửi: Sở Công Thương tỉnh Thái Nguyên.",
        "I. KẾT QUẢ THỰC HIỆN",
        "31 sạp đang kinh doanh",
        "6 sạp đã dán mã",
        "II. KHÓ KHĂN, VƯỚNG MẮC",
        "III. NHIỆM VỤ KỲ TỚI",
        "IV. KIẾN NGHỊ",
        "Nơi nhận:",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Phụ lục",
        "DANH SÁCH SẠP QUÁ HẠN",
    ] {
        assert!(flat.contains(words), "{words}: {page}");
    }
    assert!(flat.contains("ngày tháng 01 năm 2027"), "the day is left to the clerk: {page}");
}
}

on_both! {
async fn a_report_is_for_its_own_place(app) {
    let page = app.get("hanh", "/wards/01843/report").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("<svg") && page.text().len() < 120_000, "{}", page.text().len());
    assert_eq!(app.get("hanh", "/wards/01843/report/docx").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("hanh", "/wards/00004/report").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("mai", "/wards/01843/report").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("thang", "/wards/01843/report").await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get("lan", &format!("/markets/{}/report", app.market)).await.status, StatusCode::FORBIDDEN);
}
}

on_both! {
async fn the_list_of_a_report_reads_back_as_the_book_that_it_was_made_of(app) {
    app.enrol("lan", "A1-02", "9990000000012").await;
    let period = "2026-11".parse::<choqr::domain::period::Period>().unwrap();
    let report = choqr::app::report::of_market_as(&app.app, "test", app.market, period).await.unwrap();
    let bytes = choqr::web::report::write(&report, choqr::web::report::Format::Xlsx).unwrap();

    let scope = choqr::store::markets::enter_as(&app.app.db, "test", app.market).await.unwrap();
    let wishes = choqr::stall_list::Wishes { sheet: Some("Danh sách sạp".to_owned()), ..Default::default() };
    let (_, plan) = choqr::app::stall_lists::look(&app.app, &scope, bytes, wishes).await.unwrap();

    assert_eq!((plan.counts.same, plan.counts.new, plan.counts.changed, plan.counts.review), (6, 0, 0, 0));
}
}
