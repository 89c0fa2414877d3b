//! Two hundred seeded account numbers and two hundred phones go through every door of the real service, which logs all it
//! can; afterwards none of them stands anywhere: not in the database or its log, not in the audit events, not in a
//! backup, not in what the program said.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use choqr::{
    clock::{Clock, random},
    domain::ids::EnrolmentId,
    payment_code::TransferCode,
    print::{Ec, Symbol, png},
};
use serde_json::{Value, json};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn choqr(data: &Path, words: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_choqr"))
        .args(words)
        .env("CHOQR_DATA_DIR", data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// Somebody with a token.
struct Person<'a> {
    address: &'a str,
    token: String,
}

impl Person<'_> {
    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut socket = TcpStream::connect(self.address).unwrap();
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            self.token,
            body.len()
        )
        .unwrap();
        socket.write_all(body).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer[9..12].parse().unwrap(), answer)
    }

    fn json(&self, method: &str, path: &str, body: &Value, expected: u16) -> Value {
        let (status, answer) = self.ask(method, path, "application/json", body.to_string().as_bytes());
        assert_eq!(status, expected, "{method} {path}: {answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or(Value::Null)
    }

    fn form(&self, path: &str, body: &str) -> (u16, String) {
        self.ask("POST", path, "application/x-www-form-urlencoded", body.as_bytes())
    }
}

fn uuid() -> String {
    EnrolmentId::generate(Clock::System.now(), random()).uuid().to_string()
}

fn payload(account: &str) -> String {
    TransferCode::new("970436".parse().unwrap(), account.parse().unwrap()).unwrap().encode().unwrap()
}

fn enrolment(market: &str, n: usize, account: &str, phone: &str, how: &str) -> Value {
    let name = format!("Nguyễn Thị Hoà {}", char::from(b'A' + (n % 26) as u8));
    let mut one = json!({ "holder_name": name, "how": how, "primary": true });
    if how == "typed" {
        one["bin"] = json!("970436");
        one["account_number"] = json!(account);
    } else {
        one["scanned_payload"] = json!(payload(account));
    }
    json!({
        "market_id": market, "stall_code": stall(n), "vendor": { "full_name": name, "phone": phone },
        "accounts": [one], "consent": { "text_version": "2026-01", "purposes": ["issue_code", "follow_up"], "given_at": "2026-11-20T08:15:00+07:00" },
        "captured_at": "2026-11-20T08:15:04+07:00"
    })
}

fn stall(n: usize) -> String {
    format!("A{}-{:02}", n / 90 + 1, n % 90 + 1)
}

fn multipart(fields: &[(&str, &str)], photo: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    body.extend(b"--x\r\ncontent-disposition: form-data; name=\"photo0\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n");
    body.extend(photo);
    body.extend(b"\r\n--x--\r\n");
    body
}

#[test]
fn four_hundred_seeded_numbers_are_found_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let market = choqr(&data, &["market", "add", "--name", "Chợ Thử", "--ward", "01843"], "");
    let add = |username: &str, role: &str, scope: &str| {
        choqr(&data, &["staff", "add", username, "--name", "Người Thử", "--role", role, "--scope", scope], "");
        choqr(&data, &["staff", "token", username], "")
    };
    let (lan, hanh) = (add("lan", "volunteer", &format!("market:{market}")), add("hanh", "ward_official", "ward:01843"));
    let log = folder.path().join("log");
    let mut server = Command::new(env!("CARGO_BIN_EXE_choqr"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("CHOQR_DATA_DIR", &data)
        .env("RUST_LOG", "trace")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let server = Server(server);
    let mut file = fs::File::create(&log).unwrap();
    let address = loop {
        let line = lines.next().unwrap().unwrap();
        writeln!(file, "{line}").unwrap();
        if let Some(address) = line.strip_prefix("address http://") {
            break address.to_owned();
        }
    };
    let logging = std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| writeln!(file, "{line}").unwrap()));
    let (lan, hanh) = (Person { address: &address, token: lan }, Person { address: &address, token: hanh });

    let accounts: Vec<String> = (0..200).map(|n| format!("99977{n:08}")).collect();
    let phones: Vec<String> = (0..200).map(|n| format!("09{:08}", 10_000_000 + n * 7_919)).collect();
    let stalls: Vec<Value> = (0..200).map(|n| json!({ "code": stall(n) })).collect();
    let made = hanh.json("POST", &format!("/api/v1/markets/{market}/stalls"), &json!({ "stalls": stalls }), 201);
    let stall_of = |n: usize| {
        let made = made["stalls"].as_array().unwrap().iter().find(|one| one["code"] == stall(n)).unwrap();
        made["stall_id"].as_str().unwrap().to_owned()
    };

    // Synced, as a phone does after a day without network; one of them cannot stand.
    let mut items: Vec<Value> = (0..100)
        .map(|n| json!({ "id": uuid(), "kind": "enrolment", "body": enrolment(&market, n, &accounts[n], &phones[n], "paste") }))
        .collect();
    let mut disagrees = enrolment(&market, 199, &accounts[1], &phones[1], "paste");
    disagrees["accounts"][0]["bin"] = json!("970415");
    disagrees["accounts"][0]["account_number"] = json!(accounts[2]);
    items.push(json!({ "id": uuid(), "kind": "enrolment", "body": disagrees }));
    let synced = lan.json("POST", "/api/v1/sync", &json!({ "items": items }), 200);
    let statuses: Vec<u64> =
        synced["results"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert!(statuses[..100].iter().all(|status| *status == 201) && statuses[100] >= 400, "{statuses:?}");
    // Typed twice, so that a second person decides.
    let mut typed = Vec::new();
    for n in 100..150 {
        typed.push(lan.json(
            "PUT",
            &format!("/api/v1/enrolments/{}", uuid()),
            &enrolment(&market, n, &accounts[n], &phones[n], "typed"),
            201,
        ));
    }
    // Pasted and photographed on the page.
    for n in 150..170 {
        let stall_id = stall_of(n);
        let (id, name) = (uuid(), format!("Nguyễn Thị Hoà {}", char::from(b'A' + (n % 26) as u8)));
        let mut fields = vec![("uuid", id.as_str()), ("full_name", &name), ("phone", &phones[n]), ("issue_code", "on")];
        let text = payload(&accounts[n]);
        let picture = png::code(&Symbol::encode(&text, Ec::M).unwrap(), 400);
        let photo = if n % 2 == 0 { picture } else { Vec::new() };
        if n % 2 == 1 {
            fields.push(("payload0", &text));
        }
        let body = multipart(&fields, &photo);
        let (status, page) = lan.ask("POST", &format!("/stalls/{stall_id}/enrol"), "multipart/form-data; boundary=x", &body);
        assert_eq!(status, 200, "{page}");
    }
    // Scanned at stalls: codes of accounts that nobody enrolled.
    let first = stall_of(0);
    for account in &accounts[170..] {
        let check = json!({ "check_id": uuid(), "stall_id": first, "scanned_payload": payload(account), "checked_at": "2026-11-20T09:00:00+07:00" });
        lan.json("POST", "/api/v1/sticker-checks", &check, 201);
    }
    // Phones put right on the page, refused ones among them.
    for (n, phone) in phones.iter().enumerate().skip(170) {
        let vendor = synced["results"][n - 170]["body"]["vendor_id"].as_str().unwrap();
        let name = format!("Nguyễn Thị Hoà {}", char::from(b'A' + ((n - 170) % 26) as u8));
        let mut body = String::new();
        for byte in name.bytes() {
            write!(body, "%{byte:02X}").unwrap();
        }
        let (status, page) =
            hanh.form(&format!("/vendors/{vendor}/edit"), &format!("full_name={body}&phone={phone}&form_of_address=unknown"));
        assert!(matches!(status, 303 | 422), "{status}: {page}");
        hanh.form(&format!("/vendors/{vendor}/edit"), &format!("full_name={body}&phone=x{phone}&form_of_address=unknown"));
    }
    // Looked at by somebody who may, and malformed where a value stands in the address.
    hanh.ask("GET", &format!("/stalls/{first}"), "", b"");
    hanh.ask("GET", &format!("/review/{}", typed[0]["enrolment_id"].as_str().unwrap()), "", b"");
    for n in 0..20 {
        lan.ask(
            "PUT",
            &format!("/api/v1/enrolments/{}", uuid()),
            "application/json",
            format!("{{\"account_number\": \"{}\", ", accounts[n]).as_bytes(),
        );
        lan.form("/sign-in", &format!("username={}&password={}", phones[n], accounts[n]));
    }
    let backup = folder.path().join("backup");
    choqr(&data, &["backup", backup.to_str().unwrap()], "");
    choqr(&data, &["check"], "");
    let events: String = rusqlite::Connection::open(data.join("choqr.db"))
        .unwrap()
        .prepare("SELECT actor || ' ' || action || ' ' || subject || ' ' || detail FROM audit_events")
        .unwrap()
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(|line| line.unwrap() + "\n")
        .collect();
    assert!(events.lines().count() > 300, "{}", events.lines().count());
    let mut places = vec![("audit events".to_owned(), events)];
    let read = |path: &Path| (path.display().to_string(), String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
    for entry in fs::read_dir(&data).unwrap() {
        places.push(read(&entry.unwrap().path()));
    }
    drop(server);
    logging.join().unwrap();
    places.extend([read(&backup), read(&log)]);

    assert!(places.iter().any(|(place, text)| place.ends_with("log") && text.contains("address http://")), "the log is read");
    for (place, text) in &places {
        // A number stands within one run of digits: looked for there, the search takes a moment.
        let runs: Vec<&str> = text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() >= 9).collect();
        for canary in accounts.iter().map(String::as_str).chain(phones.iter().map(|phone| &phone[1..])) {
            assert!(!runs.iter().any(|run| run.contains(canary)), "{canary} stands in {place}: {}", around(text, canary));
        }
    }
}

fn around(text: &str, found: &str) -> String {
    let at = text.find(found).unwrap_or(0);
    text.chars().skip(text[..at].chars().count().saturating_sub(80)).take(200).collect()
}
