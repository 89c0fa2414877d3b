//! Stall lists as market boards keep them: each of the sample's four files gives what is written beside it, row by row.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use choqr::stall_list::{self, Column, Entry, Finding, List, Wishes};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Expected {
    row: u32,
    kind: String,
    outcome_csv: String,
    outcome_xlsx: String,
    issues: String,
    stall_code: String,
    second_stall_code: String,
    full_name: String,
    phone: String,
    bank_bin: String,
    account_number_csv: String,
    account_number_xlsx: String,
    account_name: String,
}

fn expected() -> Vec<Expected> {
    let text = include_str!("data/stall_lists/dirty_expected.csv");
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

fn read(name: &str) -> List {
    let bytes = std::fs::read(format!("{}/tests/data/stall_lists/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    stall_list::read(&bytes, &Wishes::default()).unwrap()
}

fn outcome(entry: &Entry) -> &'static str {
    match entry {
        entry if entry.is_layout() => "skip",
        entry if entry.findings.contains(&Finding::DupSameVendorSameStall) => "duplicate",
        entry if entry.needs_review() => "review",
        _ => "import",
    }
}

fn name(entry: &Entry) -> &str {
    entry.name.as_ref().map_or("", |name| name.as_str())
}

fn phone(entry: &Entry) -> &str {
    entry.phone.as_ref().map_or("", |phone| phone.as_str())
}

fn compare(list: &List, of_csv: bool) {
    let rows: BTreeMap<u32, &Entry> = list.entries.iter().map(|entry| (entry.row, entry)).collect();
    let mut wrong = Vec::new();
    for want in expected() {
        let blank = Entry { row: want.row, findings: vec![Finding::Blank], ..Entry::default() };
        let got = rows.get(&want.row).copied().unwrap_or(&blank);
        let mut check = |what: &str, got: &str, expected: &str| {
            if got != expected {
                wrong.push(format!("row {} {what}: {got:?}, expected {expected:?}", want.row));
            }
        };
        check("outcome", outcome(got), if of_csv { &want.outcome_csv } else { &want.outcome_xlsx });
        if want.kind != "data" {
            check("kind", got.findings[0].as_str(), &want.kind);
            continue;
        }
        let codes: Vec<String> = got.stalls.iter().map(|code| format!("M01-{code}")).collect();
        let wanted: Vec<&str> =
            [&want.stall_code, &want.second_stall_code].into_iter().filter(|code| !code.is_empty()).map(String::as_str).collect();
        check("stalls", &codes.join(" "), &wanted.join(" "));
        check("name", name(got), &want.full_name);
        check("phone", phone(got), &want.phone);
        // What a duplicate says is what the row above says; of an account that is in doubt there, nothing.
        if outcome(got) != "duplicate" {
            check("bank", got.bank.map_or("", |bank| bank.bin.as_str()), &want.bank_bin);
            check(
                "account",
                got.account.as_deref().unwrap_or(""),
                if of_csv { &want.account_number_csv } else { &want.account_number_xlsx },
            );
            check("owner", got.owner.as_deref().unwrap_or(""), &want.account_name);
            let mut said: Vec<String> = got.findings.iter().map(|finding| finding.as_str().to_uppercase()).collect();
            let mut issues: Vec<String> = want.issues.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            // A workbook holds the number whole: there nothing is noticed. What a spreadsheet kept as a number is our own word.
            if !of_csv {
                issues.retain(|issue| issue != "ACCT_SCIENTIFIC");
            }
            said.retain(|word| word != "ACCT_NUMERIC");
            // The sample writes "MB Bank" where the directory, like most of the sample's own rows, has MBBank.
            if list.raw(got, Column::Bank).is_some_and(|raw| raw == "MBBank") {
                issues.retain(|issue| issue != "BANK_ALIAS");
            }
            said.sort();
            issues.sort();
            check("issues", &said.join(" "), &issues.join(" "));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_csv_gives_what_is_written_beside_it() {
    compare(&read("dirty_stalls.csv"), true);
}

#[test]
fn a_workbook_gives_what_is_written_beside_it() {
    let list = read("dirty_stalls.xlsx");
    assert!(list.others.iter().any(|(name, is_shown)| name == "DS cu 2024" && !is_shown));
    compare(&list, false);
}

/// These two hold the first thirty rows of data in the bytes of an old encoding, all at one bank.
#[test]
fn old_encodings_give_the_same_people() {
    for file in ["dirty_stalls_cp1258.csv", "dirty_stalls_tcvn3.csv"] {
        let list = read(file);
        let data: Vec<Expected> = expected().into_iter().filter(|row| row.kind == "data").take(30).collect();
        let entries: Vec<&Entry> = list.entries.iter().filter(|entry| !entry.is_layout()).collect();
        assert_eq!(entries.len(), 30, "{file}");
        for (got, want) in entries.iter().zip(&data) {
            let is_duplicate = outcome(got) == "duplicate";
            assert_eq!(name(got), want.full_name, "{file} row {}", got.row);
            assert_eq!(phone(got), want.phone, "{file} row {}", got.row);
            assert_eq!(is_duplicate, want.outcome_csv == "duplicate", "{file} row {}: {:?}", got.row, got.findings);
        }
    }
}

/// A workbook of these parts; the rest is what every workbook has.
fn workbook(parts: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let basics: [(&str, &[u8]); 4] = [
        ("[Content_Types].xml", br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#),
        ("_rels/.rels", br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="DS" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#),
    ];
    for (name, content) in basics.iter().filter(|(name, _)| parts.iter().all(|(part, _)| part != name)).chain(parts) {
        out.start_file(*name, options).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn sheet(rows: &str, more: &str) -> Vec<u8> {
    format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData>{more}</worksheet>"#).into_bytes()
}

fn text(at: &str, text: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

fn refusal(bytes: &[u8]) -> &'static str {
    stall_list::read(bytes, &Wishes::default()).map_err(|error| error.code()).err().unwrap_or("")
}

#[test]
fn crafted_workbooks_are_refused_and_told_why() {
    let far = sheet(&format!("<row r=\"1\">{}</row><row r=\"1048576\">{}</row>", text("A1", "STT"), text("XFD1048576", "x")), "");
    let bomb = sheet(&" ".repeat(80 << 20), "");
    let strings = format!("<sst>{}</sst>", "<si><t>a</t></si>".repeat(1_000_000)).into_bytes();
    let plain = sheet(&format!("<row r=\"1\">{}</row>", text("A1", "STT")), "");
    let entities =
        br#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet><sheetData/></worksheet>"#;
    let styles = format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(1_000_000)).into_bytes();

    assert_eq!(refusal(&workbook(&[("xl/worksheets/sheet1.xml", &far)])), "list_out_of_bounds");
    assert_eq!(refusal(&workbook(&[("xl/worksheets/sheet1.xml", &bomb)])), "list_unpacks_too_large");
    // A sheet under a name of its own, in a workbook too large to be handed on unpacked.
    let elsewhere = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.dat"/></Relationships>"#;
    let ballast = sheet(&" ".repeat(13 << 20), "");
    let named = [
        ("xl/_rels/workbook.xml.rels", &elsewhere[..]),
        ("xl/worksheets/sheet1.dat", &bomb),
        ("xl/worksheets/sheet2.xml", &ballast),
    ];
    assert_eq!(refusal(&workbook(&named)), "list_unpacks_too_large");
    assert_eq!(
        refusal(&workbook(&[("xl/worksheets/sheet1.xml", &plain), ("xl/sharedStrings.xml", &strings)])),
        "list_unpacks_too_large"
    );
    assert_eq!(refusal(&workbook(&[("xl/worksheets/sheet1.xml", entities)])), "list_damaged");
    assert_eq!(refusal(&workbook(&[("xl/worksheets/sheet1.xml", &plain), ("xl/styles.xml", &styles)])), "list_unpacks_too_large");
    let many: Vec<(String, Vec<u8>)> = (0..2_000).map(|at| (format!("xl/x{at}.xml"), Vec::new())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    assert_eq!(refusal(&workbook(&many)), "list_unpacks_too_large");
    assert_eq!(refusal(b"PK\x03\x04 this is none"), "list_damaged");
    assert_eq!(refusal(b"%PDF-1.7"), "list_not_a_list");
    assert_eq!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "list_not_a_list");
    assert_eq!(refusal(b""), "list_empty");
    assert_eq!(refusal(b",,,\n,,\n"), "list_empty");
    assert_eq!(refusal(&vec![b'a'; 9 << 20]), "list_too_large");
}

/// Cells merged downwards are seen in each row that they span; a sheet that is not shown is not read.
#[test]
fn a_name_merged_over_two_stalls_is_one_person_with_two() {
    let row = |n: u32, cells: &[(&str, &str)]| {
        let cells: String = cells.iter().map(|(column, value)| text(&format!("{column}{n}"), value)).collect();
        format!("<row r=\"{n}\">{cells}</row>")
    };
    let rows = [
        row(1, &[("A", "STT"), ("B", "Họ và tên"), ("C", "Khu"), ("D", "Số ô"), ("E", "Điện thoại")]),
        row(2, &[("A", "1"), ("B", "Lý Thị Liên"), ("C", "A"), ("D", "1"), ("E", "0320000596")]),
        row(3, &[("D", "2")]),
        row(4, &[("A", "2"), ("B", "Hà Thị Đào"), ("D", "3")]),
    ]
    .concat();
    let merged = r#"<mergeCells count="2"><mergeCell ref="B2:B3"/><mergeCell ref="C2:C4"/><mergeCell ref="E2:E3"/></mergeCells>"#;

    let list = stall_list::read(&workbook(&[("xl/worksheets/sheet1.xml", &sheet(&rows, merged))]), &Wishes::default()).unwrap();
    let found: Vec<(String, &str, &str)> =
        list.entries[1..].iter().map(|entry| (entry.stalls[0].to_string(), name(entry), phone(entry))).collect();

    assert_eq!(
        found,
        [
            ("A-01".to_owned(), "Lý Thị Liên", "0320000596"),
            ("A-02".to_owned(), "Lý Thị Liên", "0320000596"),
            ("A-03".to_owned(), "Hà Thị Đào", ""),
        ]
    );
}

#[test]
fn lists_of_other_shapes_are_read_too() {
    let of = |text: &str| stall_list::read(text.as_bytes(), &Wishes::default()).unwrap();
    let brief = |list: &List| -> Vec<String> {
        let entries = list.entries.iter().filter(|entry| !entry.is_layout());
        entries
            .map(|entry| {
                let stalls: Vec<String> = entry.stalls.iter().map(ToString::to_string).collect();
                format!("{} {} {} {}", stalls.join("+"), name(entry), phone(entry), outcome(entry))
            })
            .collect()
    };
    // Whole codes in one column, tabs, a dash for nothing, an empty line in between.
    let tabs = of("TT\tTên hộ\tSố sạp\tSĐT\n1\tLý Thị Liên\tA1-3\t0320000596\n\n2\tHà Thị Đào\tA1/4\t-\n");
    assert_eq!(brief(&tabs), ["A1-03 Lý Thị Liên 0320000596 import", "A1-04 Hà Thị Đào  import"]);
    assert_eq!(tabs.entries.last().unwrap().row, 4, "an empty line counts");
    // No header: by what stands in the columns.
    let bare = of("A1-01,Lý Thị Liên,0320000596\nA1-02,Hà Thị Đào,0820000472\nA1-03,Nông Thị Anh,0810000310\n");
    assert_eq!(brief(&bare).len(), 3);
    assert_eq!(brief(&bare)[0], "A1-01 Lý Thị Liên 0320000596 import");
    // Numbers under the header, zones in headings only, a vacant stall, account and bank in one cell, signatures.
    let zones = of(
        "STT,Họ tên,Dãy,Số ô,Số TK ngân hàng,Chủ TK\n(1),(2),(3),(4),(5),(6)\nKHU C,,,,,\n1,Lý Thị Liên,1,1,VCB 9991289394630,LY THI LIEN\n2,Sạp trống,1,2,,\n\
         Tổng số: 2 hộ,,,,,\n,\"Bắc Kạn, ngày 30 tháng 6 năm 2026\",,,,\n,TRƯỞNG BAN,,,,\n",
    );
    assert_eq!(brief(&zones), ["C1-01 Lý Thị Liên  import", "C1-02   import"]);
    let entry = zones.entries.iter().find(|entry| !entry.is_layout()).unwrap();
    assert_eq!((entry.bank.unwrap().bin.as_str(), entry.account.as_deref()), ("970436", Some("9991289394630")));
    // People whose names begin like sums.
    let people = of("Họ và tên,Số sạp\nTống Thị Hoa,A1-01\nCông Văn Hậu,A1-02\nTổng cộng,2\n");
    assert_eq!(brief(&people), ["A1-01 Tống Thị Hoa  import", "A1-02 Công Văn Hậu  import"]);
    // UTF-16, as Excel's "Unicode text".
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("Họ và tên\tSố sạp\nHà Thị Đào\tA1-02\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(brief(&stall_list::read(&utf16, &Wishes::default()).unwrap()), ["A1-02 Hà Thị Đào  import"]);
}

proptest::proptest! {
    /// Whatever a file holds, reading it ends with a list or a refusal.
    #[test]
    fn no_file_makes_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let _either = stall_list::read(&bytes, &Wishes::default());
    }

    /// The same for text that looks like a list.
    #[test]
    fn no_cell_makes_the_reader_panic(cells in proptest::collection::vec("[ -~àÀđĐơ\u{ad}ÞøÏ’\u{300}\u{200b}]{0,24}", 10)) {
        let text = format!("STT,Họ và tên,Khu,Dãy,Số ô,Ngành hàng,Điện thoại,Số tài khoản,Ngân hàng,Chủ tài khoản\n{}\n", cells.join(","));
        let list = stall_list::read(text.as_bytes(), &Wishes::default()).unwrap();
        for entry in &list.entries {
            // What is taken for an account was in the cell, digit by digit.
            if let (Some(account), Some(raw)) = (&entry.account, list.raw(entry, Column::Account)) {
                let digits = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
                proptest::prop_assert!(digits(&raw).contains(&digits(account)), "{raw} gave {account}");
            }
        }
    }
}
