//! What the benchmarks share: the release server as a child, a small HTTP client, bodies of enrolments.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "each benchmark uses its own part of this module"
)]

pub mod cluster;
pub mod peer;
pub mod timed;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use choqr::{
    clock::{Clock, random},
    domain::ids::EnrolmentId,
    payment_code::TransferCode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The server under test.
pub struct Server {
    pub child: Child,
    pub address: String,
}

pub fn choqr(data: &Path, words: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_choqr"))
        .args(words)
        .env("CHOQR_DATA_DIR", data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{words:?}");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// Makes a ward official and gives their API token.
pub fn prepare(data: &Path) -> String {
    let add =
        ["staff", "add", "bench", "--name", "Bench", "--role", "ward_official", "--scope", "ward:01843", "--password-stdin"];
    choqr(data, &[&["staff", "--data-dir", data.to_str().unwrap()], &add[1..]].concat(), "mot-hai-ba-bon-nam");
    choqr(data, &["staff", "--data-dir", data.to_str().unwrap(), "token", "bench"], "")
}

/// Runs `choqr check`.
pub fn is_sound(data: &Path) -> bool {
    Command::new(env!("CARGO_BIN_EXE_choqr")).args(["check", "--data-dir"]).arg(data).status().unwrap().success()
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_on(data, None)
    }

    /// The same on a database elsewhere.
    pub fn start_on(data: &Path, url: Option<&str>) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_choqr"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .args(url.iter().flat_map(|url| ["--database-url", url]))
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(address) = line.strip_prefix("address http://") {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// User and system seconds so far.
    pub fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// Anonymous memory in MiB.
    pub fn rss_anon(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A kept-alive connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    pub fn open(address: &str, token: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// Sends a request and gives status and body.
    pub fn call(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
        let request = request(method, path, &self.token, body);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(broken)?;
        let mut length = 0;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// Sends requests over this many kept-alive connections and gives the statuses' disagreements with `expected`; the
/// connections are tasks of one thread, so that the load costs the machine little beside what it measures.
pub fn drive(address: &str, token: &str, connections: usize, requests: &[(&str, &str, &str)], expected: u16) {
    let run = async {
        let mut tasks = tokio::task::JoinSet::new();
        for first in 0..connections {
            let texts: Vec<Vec<u8>> = requests
                .iter()
                .skip(first)
                .step_by(connections)
                .map(|(method, path, body)| request(method, path, token, body).into_bytes())
                .collect();
            let address = address.to_owned();
            tasks.spawn_local(async move {
                let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut answer = Vec::with_capacity(256 << 10);
                for text in texts {
                    stream.write_all(&text).await.unwrap();
                    answer.clear();
                    while !is_whole(&answer) {
                        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the server hung up");
                    }
                    let status = String::from_utf8_lossy(&answer[9..12]).into_owned();
                    assert_eq!(status, expected.to_string(), "{}", String::from_utf8_lossy(&answer));
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, run);
}

fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.split("content-length:").nth(1).and_then(|tail| tail.lines().next()?.trim().parse::<usize>().ok());
    answer.len() >= end + 4 + length.unwrap_or(0)
}

/// A market of our own with this many trading stalls `A1-01`…; gives its identifier.
pub fn market(client: &mut Client, name: &str, stalls: usize) -> String {
    let (status, body) =
        client.call("POST", "/api/v1/markets", &format!("{{\"name\":\"{name}\",\"ward_code\":\"01843\"}}")).unwrap();
    assert_eq!(status, 201, "{body}");
    let market = serde_json::from_str::<serde_json::Value>(&body).unwrap()["market_id"].as_str().unwrap().to_owned();
    let list: Vec<String> = (0..stalls).map(|n| format!("{{\"code\":\"{}\"}}", stall(n))).collect();
    let (status, body) = client
        .call("POST", &format!("/api/v1/markets/{market}/stalls"), &format!("{{\"stalls\":[{}]}}", list.join(",")))
        .unwrap();
    assert_eq!(status, 201, "{body}");
    market
}

pub fn stall(n: usize) -> String {
    format!("A{}-{:02}", n / 90 + 1, n % 90 + 1)
}

/// An enrolment that is issued at once: its path and its body.
pub fn enrolment(market: &str, n: usize, account: u64) -> (String, String) {
    let id = EnrolmentId::generate(Clock::System.now(), random()).uuid();
    let account = format!("999{account:010}");
    let payload = TransferCode::new("970436".parse().unwrap(), account.parse().unwrap()).unwrap().encode().unwrap();
    let body = serde_json::json!({
        "market_id": market, "stall_code": stall(n),
        "vendor": { "full_name": "Nguyễn Thị Hoà", "phone": "0320000123" },
        "accounts": [{ "bin": "970436", "account_number": account, "holder_name": "NGUYEN THI HOA", "scanned_payload": payload, "how": "camera", "primary": true }],
        "consent": { "text_version": "2026-01", "purposes": ["issue_code", "follow_up"], "given_at": "2026-11-20T08:15:00+07:00" },
        "captured_at": "2026-11-20T08:15:04+07:00"
    });
    (format!("/api/v1/enrolments/{id}"), body.to_string())
}
