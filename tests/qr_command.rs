//! The real program's payment-code commands: what goes in, what comes out to the letter, and the exit code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// A transfer to account 9990000123456 at Vietcombank, as `qr encode --bank vcb --account 9990000123456` writes it.
const TRANSFER: &str = "00020101021138570010A00000072701270006970436011399900001234560208QRIBFTTA53037045802VN63042B31";
/// The same with an amount.
const WITH_AMOUNT: &str =
    "00020101021238570010A00000072701270006970436011399900001234560208QRIBFTTA53037045405450005802VN630451A9";
/// A transfer to the account beside it.
const OTHER: &str = "00020101021138570010A00000072701270006970436011399900001234570208QRIBFTTA53037045802VN6304222E";
/// A transfer to a card.
const CARD: &str = "00020101021138600010A00000072701300006970436011697043699900001230208QRIBFTTC53037045802VN63043F71";
/// [`TRANSFER`] with the last character of its checksum changed.
const WRONG_CRC: &str = "00020101021138570010A00000072701270006970436011399900001234560208QRIBFTTA53037045802VN63042B30";

/// What `qr decode` says to [`TRANSFER`], with its checksum and its warnings.
fn decoded(crc: &str, warnings: &str) -> String {
    let keys = r#"{"ok":true,"scheme":"vietqr","initiation":"static","bin":"970436","bank":"Vietcombank","account":"9990000123456","service":"QRIBFTTA","amount":null,"currency":"704","purpose":null,"merchant_name":null,"merchant_city":null,"reference":null"#;
    let fields = r#"{"tag":"00","value":"01"},{"tag":"01","value":"11"},{"tag":"38","value":"0010A00000072701270006970436011399900001234560208QRIBFTTA"},{"tag":"53","value":"704"},{"tag":"58","value":"VN"}"#;
    format!(
        "{keys},\"crc\":\"{crc}\",\"fields\":[{fields},{{\"tag\":\"63\",\"value\":\"{crc}\"}}],\"warnings\":[{warnings}],\"details\":{{\"country\":\"VN\"}}}}\n"
    )
}

fn run(args: &[&str], stdin: &[u8]) -> (String, String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_choqr"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have ended by now, which is for the exit code to tell.
    let _closed = child.stdin.take().unwrap().write_all(stdin);
    let done = child.wait_with_output().unwrap();
    (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap(), done.status.code())
}

/// Arguments, standard input, standard output, exit code.
type Line<'a> = (&'a [&'a str], &'a str, &'a str, i32);

fn assert_lines(lines: &[Line<'_>]) {
    for (args, stdin, stdout, code) in lines {
        let (out, said, exit) = run(args, stdin.as_bytes());

        assert_eq!(out, *stdout, "{args:?}: {said}");
        assert_eq!(exit, Some(*code), "{args:?}: {said}");
        // What was refused is told on standard error as well; what was done is not a message.
        assert_eq!(said.is_empty(), *code == 0, "{args:?}: {said}");
    }
}

const NOT_EMV: &str = r#"{"ok":false,"code":"not_emv","offset":0,"message":"a payment code begins with 000201"}"#;
const EMPTY: &str = r#"{"ok":false,"code":"empty","offset":0,"message":"there is no text; a payment code begins with 000201"}"#;
const CRC_WRONG: &str =
    r#"{"ok":false,"code":"crc_wrong","offset":90,"message":"the checksum does not fit: a character was misread or changed"}"#;

#[test]
fn decode_prints_one_object_and_refuses_with_code_two() {
    let good = decoded("2B31", "");
    let doubtful = decoded("2B30", &CRC_WRONG.replace(r#""ok":false,"#, ""));
    let line = |text: &str| format!("{text}\n");
    assert_lines(&[
        (&["qr", "decode", TRANSFER], "", &good, 0),
        (&["qr", "decode", "-"], &line(TRANSFER), &good, 0),
        (&["qr", "decode", "-"], &format!("{TRANSFER}\r\n"), &good, 0),
        (&["qr", "decode", WRONG_CRC], "", &line(CRC_WRONG), 2),
        (&["qr", "decode", "--lenient", WRONG_CRC], "", &doubtful, 0),
        (&["qr", "decode", "nonsense"], "", &line(NOT_EMV), 2),
        (&["qr", "decode", ""], "", &line(EMPTY), 2),
        (&["qr", "decode"], "", "", 2),
        (&["qr", "decode", "--batch", TRANSFER], "", "", 2),
    ]);
}

#[test]
fn decode_batch_answers_every_line_and_never_stops() {
    let good = decoded("2B31", "");
    let endless = "0".repeat(100_000);
    let input = format!("{TRANSFER}\nnonsense\n\n{endless}\n{TRANSFER}");
    let (out, said, code) = run(&["qr", "decode", "--batch"], input.as_bytes());
    let lines: Vec<&str> = out.lines().collect();
    let bytes = run(&["qr", "decode", "--batch", "-"], b"abc\xff\n");

    assert_eq!((lines.len(), code), (5, Some(0)), "{said}");
    assert_eq!((lines[0], lines[1], lines[2], lines[4]), (good.trim_end(), NOT_EMV, EMPTY, good.trim_end()));
    assert!(lines[3].starts_with(r#"{"ok":false,"code":""#), "{}", lines[3]);
    assert_eq!(
        bytes.0,
        "{\"ok\":false,\"code\":\"not_utf8\",\"offset\":3,\"message\":\"the text is not UTF-8; a payment code is\"}\n"
    );
}

#[test]
fn encode_prints_one_payload() {
    let whole = "00020101021238570010A00000072701270006970436011399900001234560208QRIBFTTA53037045405450005802VN\
                 5914NGUYEN THI HOA6007DA NANG62120808Tien rau63044F6A\n";
    let line = |text: &str| format!("{text}\n");
    let to = ["qr", "encode", "--bank", "970436", "--account", "9990000123456"];
    let with = |more: &[&'static str]| [&to[..], more].concat();
    assert_lines(&[
        (&["qr", "encode", "--bank", "vcb", "--account", "9990000123456"], "", &line(TRANSFER), 0),
        (&with(&["--amount", "45000"]), "", &line(WITH_AMOUNT), 0),
        (&with(&["--amount", "45000", "--purpose", "Tiền rau", "--name", "Nguyễn Thị Hoà", "--city", "Đà Nẵng"]), "", whole, 0),
        (&["qr", "encode", "--card", "--bank", "vcb", "--account", "9704369990000123"], "", &line(CARD), 0),
        (&with(&["--amount", "45.000"]), "", "", 2),
        (&with(&["--amount", "0"]), "", "", 2),
        (&with(&["--purpose", "hơn hai mươi lăm chữ thì không vừa"]), "", "", 2),
        (&["qr", "encode", "--bank", "nowhere", "--account", "1"], "", "", 2),
        (&["qr", "encode", "--bank", "vcb", "--account", "12é"], "", "", 2),
        (&["qr", "encode", "--bank", "vcb"], "", "", 2),
        (&with(&["--format", "png"]), "", "", 2),
        (&with(&["-o", "nowhere.svg"]), "", "", 2),
        (&with(&["--format", "svg", "-o", "/no/such/folder/code.svg"]), "", "", 1),
        (&["qr", "encode", "--batch", "--card"], "", "", 2),
        (&["qr", "encode", "--batch", "--bank", "vcb"], "", "", 2),
    ]);
}

#[test]
fn a_drawing_goes_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for (format, begins) in [("svg", &b"<svg"[..]), ("png", b"\x89PNG"), ("pdf", b"%PDF-")] {
        let file = folder.path().join(format);
        let path = file.to_str().unwrap();
        assert_lines(&[(
            &["qr", "encode", "--bank", "vcb", "--account", "9990000123456", "--format", format, "-o", path],
            "",
            "",
            0,
        )]);

        assert!(std::fs::read(&file).unwrap().starts_with(begins), "{format}");
    }
    let (png, missing) = (folder.path().join("png").display().to_string(), folder.path().join("missing").display().to_string());
    let (out, said, code) = run(&["qr", "read", &missing, &png], b"");
    let lines: Vec<&str> = out.lines().collect();

    assert_eq!((lines.len(), code), (2, Some(2)), "a file that cannot be read stops none after it: {out}{said}");
    let begins = |path: &str| format!(r#"{{"file":"{path}",""#);
    assert!(lines[0].starts_with(&(begins(&missing) + r#"ok":false,"code":"file_unreadable","message":""#)), "{}", lines[0]);
    assert!(lines[1].starts_with(&format!(r#"{}payload":"{TRANSFER}","corners":[["#, begins(&png))), "{}", lines[1]);
    assert!(lines[1].ends_with(decoded("2B31", "").trim_end().trim_start_matches('{')), "{}", lines[1]);
    assert!(!Path::new("nowhere.svg").exists());
}

#[test]
fn encode_batch_answers_every_line_with_a_payload_or_an_object() {
    let input = [
        r#"{"bin":"970436","account":"9990000123456"}"#,
        r#"{"bin":"vcb","account":"9990000123456","service":"account","amount":45000}"#,
        r#"{"bin":"970436","account":"9704369990000123","service":"card"}"#,
        r#"{"bin":"970436","account":"9990000123456","amount":"5"}"#,
        r#"{"bin":"970436"}"#,
        "nonsense",
        "",
        r#"{"bin":"000000","account":"1"}"#,
        r#"{"bin":"970436","account":"12é"}"#,
        r#"{"bin":"970436","account":"1","service":"cash"}"#,
        r#"{"bin":"970436","account":"1","amount":0}"#,
    ];
    let (out, said, code) = run(&["qr", "encode", "--batch"], input.join("\n").as_bytes());
    let lines: Vec<&str> = out.lines().collect();

    assert_eq!((lines.len(), code), (input.len(), Some(0)), "{out}{said}");
    assert_eq!(lines[..3], [TRANSFER, WITH_AMOUNT, CARD]);
    for (line, code) in lines[3..].iter().zip([
        "field_malformed",
        "field_malformed",
        "not_json",
        "not_json",
        "bin_unknown",
        "account_malformed",
        "service_unknown",
        "amount_out_of_range",
    ]) {
        assert!(line.starts_with(&format!(r#"{{"ok":false,"code":"{code}","message":""#)), "{line}");
    }
    assert_eq!(lines[7], r#"{"ok":false,"code":"bin_unknown","message":"no bank of the directory has the BIN 000000"}"#);
}

#[test]
fn compare_gives_its_verdict() {
    let same = "{\"verdict\":\"MATCH\",\"reason\":\"same_payload\",\"message\":\"the registered payload to the letter\"}\n";
    let layout = "{\"verdict\":\"MATCH\",\"reason\":\"same_account\",\"message\":\"another layout of the same account\"}\n";
    let other = "{\"verdict\":\"DIFFERENT\",\"reason\":\"other_account\",\"message\":\"a code of another account\"}\n";
    let nothing =
        "{\"verdict\":\"UNREADABLE\",\"reason\":\"not_emv\",\"message\":\"a payment code begins with 000201 (character 0)\"}\n";
    let against = |scanned: &'static str| ["qr", "compare", "--registered", TRANSFER, "--scanned", scanned];
    let batch = format!("{TRANSFER}\t{TRANSFER}\n{TRANSFER}\t{OTHER}\r\n{TRANSFER}\tx");
    assert_lines(&[
        (&against(TRANSFER), "", same, 0),
        (&against(WITH_AMOUNT), "", layout, 0),
        (&against(OTHER), "", other, 0),
        (&against("x"), "", nothing, 0),
        (&["qr", "compare", "--batch"], &batch, &[same, other, nothing].concat(), 0),
        (&["qr", "compare", "--registered", TRANSFER], "", "", 2),
        (&["qr", "compare", "--batch", "--scanned", OTHER], "", "", 2),
    ]);
}

#[test]
fn banks_are_found_by_what_they_are_called() {
    let line = "970436\tVCB\tVietcombank\tNgân hàng TMCP Ngoại Thương Việt Nam\n";
    let json =
        r#"{"bin":"970436","code":"VCB","short_name":"Vietcombank","vietnamese_name":"Ngân hàng TMCP Ngoại Thương Việt Nam","#;
    assert_lines(&[
        (&["banks", "vcb"], "", line, 0),
        (&["banks", "970436"], "", line, 0),
        (&["banks", "ngoai thuong"], "", line, 0),
        (&["banks", "no such bank"], "", "", 2),
    ]);
    let (found, _, code) = run(&["banks", "--json", "970436"], b"");
    let (all, _, all_code) = run(&["banks", "--json"], b"");

    assert!(found.starts_with(json) && found.ends_with("\"found_by\":\"bin\"}\n"), "{found}");
    assert_eq!((code, all_code), (Some(0), Some(0)));
    assert!(all.lines().count() > 50 && all.lines().any(|line| line.starts_with(json)), "{all}");
}

/// Another program talks to a batch line by line: each answer comes before the input ends.
#[test]
fn a_batch_answers_before_its_input_ends() {
    use std::io::{BufRead, BufReader};
    let encode = r#"{"bin":"970436","account":"9990000123456"}"#;
    let compare = format!("{TRANSFER}\t{TRANSFER}");
    for (command, line) in [("decode", TRANSFER), ("encode", encode), ("compare", &compare)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_choqr"))
            .args(["qr", command, "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        for _ in 0..2 {
            writeln!(input, "{line}").unwrap();
            let mut answer = String::new();
            answers.read_line(&mut answer).unwrap();
            assert!(answer.ends_with('\n') && answer.len() > 10, "{command}: {answer}");
        }
        drop(input);
        assert!(child.wait().unwrap().success(), "{command}");
    }
}
