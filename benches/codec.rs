//! Payment codes: writing and strict reading beside vietnam-qr-pay (node) and napas-qr-python, beside their floor (one pass of
//! the checksum and one copy of the same bytes), and `choqr qr decode --batch` beside the library.
//!
//! Everything runs in one process or under it, in alternating rounds, and is counted in seconds of CPU. `PEERS_DIR` says where
//! the peers are; `ROUNDS` and `CODES` how much is done.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use choqr::payment_code::{Code, Mode, Purpose, TransferCode, Vnd};
use serde_json::Value;
use sha2::{Digest, Sha256};

static CRC: crc::Crc<u16, crc::Table<16>> = crc::Crc::<u16, crc::Table<16>>::new(&crc::CRC_16_IBM_3740);

/// Bank, account, amount, purpose.
type Row = (String, String, u64, String);

fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// CPU seconds of this thread.
fn cpu() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// CPU seconds of the children that have ended, in hundredths.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<f64> = after_name.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    (fields[12] + fields[13]) / 100.0
}

/// Operations in a CPU second.
fn rate(n: usize, mut call: impl FnMut(usize)) -> f64 {
    (0..n / 10).for_each(&mut call);
    let start = cpu();
    (0..n).for_each(&mut call);
    n as f64 / (cpu() - start)
}

fn median(rates: &[f64]) -> f64 {
    let mut sorted = rates.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn shown(rates: &[f64]) -> String {
    let (least, most) = rates.iter().fold((f64::MAX, 0.0_f64), |(least, most), rate| (least.min(*rate), most.max(*rate)));
    format!("{:>11.0} /CPU s ({least:.0} to {most:.0}; {:.0} ns)", median(rates), 1e9 / median(rates))
}

fn static_code((bin, account, ..): &Row) -> String {
    TransferCode::new(bin.parse().unwrap(), account.parse().unwrap()).unwrap().encode().unwrap()
}

fn dynamic_code((bin, account, amount, purpose): &Row) -> String {
    let code = TransferCode::new(bin.parse().unwrap(), account.parse().unwrap()).unwrap();
    code.with_amount(Vnd::new(*amount).unwrap()).with_purpose(purpose.parse::<Purpose>().unwrap()).encode().unwrap()
}

fn digest(texts: &[String]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(texts.join("\n")))
}

/// The peers' own inputs where they are, fictional ones of the same shape elsewhere.
fn rows(peers: Option<&Path>) -> Vec<Row> {
    let text = peers.and_then(|peers| fs::read_to_string(peers.join("out/encode.tsv")).ok()).unwrap_or_else(|| {
        let row = |i: u64| {
            format!("970436\t999{:09}\t{}\tTien hang A{}-{:02}", i * 7_919 % 1_000_000_000, (i + 1) * 500, i % 9, i % 97)
        };
        (0..1_000).map(row).collect::<Vec<_>>().join("\n")
    });
    text.lines()
        .map(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            (parts[0].to_owned(), parts[1].to_owned(), parts[2].parse().unwrap(), parts[3].to_owned())
        })
        .collect()
}

/// The payloads every peer reads: those of VietQR, good or quirky.
fn payloads(vectors: &Path) -> Vec<String> {
    let text = fs::read_to_string(vectors).unwrap();
    let vectors = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let is_vietqr = |kind: &str| kind.starts_with("vietqr-") || kind.starts_with("gen-vietqr-");
    vectors
        .filter(|vector| is_vietqr(vector["kind"].as_str().unwrap()))
        .map(|vector| vector["payload"].as_str().unwrap().to_owned())
        .collect()
}

/// A writable copy of the peers, ready to run; `None`, said aloud, where there are none or where they do not install.
fn peers(into: &Path, vectors: &Path) -> Option<PathBuf> {
    let dir = PathBuf::from(env::var("PEERS_DIR").unwrap_or_else(|_| "../shared/bench/peers".to_owned())).join("codec");
    if !dir.join("run.sh").exists() {
        println!("NO PEERS: {} is not there; only choqr and its floor are measured", dir.display());
        return None;
    }
    let copied = Command::new("cp").arg("-r").arg(&dir).arg(into).status().ok()?.success();
    let copy = into.join("codec");
    let _writable = Command::new("chmod").args(["-R", "u+w"]).arg(&copy).status().ok()?;
    let installed = copied && !peer(&copy, vectors, "node", 1_000).is_empty() && !peer(&copy, vectors, "python", 100).is_empty();
    if !installed {
        println!("NO PEERS: those in {} did not install or run", dir.display());
    }
    installed.then_some(copy)
}

/// One run of a peer: operation, operations in a CPU second, digest of what was written.
fn peer(dir: &Path, vectors: &Path, name: &str, n: usize) -> Vec<(String, f64, Option<String>)> {
    let mut run = Command::new("./run.sh");
    run.current_dir(dir).env("ONLY", name).arg(n.to_string()).arg("out/encode.tsv").arg(vectors).stderr(Stdio::null());
    let Ok(output) = run.output() else { return Vec::new() };
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|line| {
            let text = |key: &str| line[key].as_str().map(str::to_owned);
            (text("op").unwrap_or_default(), line["ops_per_cpu_s"].as_f64().unwrap_or(0.0), text("sha256"))
        })
        .collect()
}

const OPERATIONS: [&str; 3] = ["encode_static", "encode_dynamic", "decode"];

#[derive(Default)]
struct Rates {
    ours: [Vec<f64>; 3],
    floor: [Vec<f64>; 3],
    node: [Vec<f64>; 3],
    python: [Vec<f64>; 3],
    batch: Vec<f64>,
    library_json: Vec<f64>,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vectors = root.join("tests/data/vectors_good.jsonl");
    let temp = tempfile::tempdir().unwrap();
    let peers = peers(temp.path(), &vectors);
    let rows = rows(peers.as_deref());
    let read = payloads(&vectors);
    let written = [rows.iter().map(static_code).collect::<Vec<_>>(), rows.iter().map(dynamic_code).collect(), read.clone()];
    let (rounds, n) = (number("ROUNDS", 3), number("CODES", 1_000_000));

    let lines = temp.path().join("lines");
    let batch: String = read.iter().cycle().take(n / 2).flat_map(|payload| [payload.as_str(), "\n"]).collect();
    fs::write(&lines, batch).unwrap();

    let mut rates = Rates::default();
    for _ in 0..rounds {
        for (op, texts) in written.iter().enumerate() {
            rates.floor[op].push(floor(n, texts));
        }
        rates.ours[0].push(rate(n, |i| drop(black_box(static_code(black_box(&rows[i % rows.len()]))))));
        rates.ours[1].push(rate(n, |i| drop(black_box(dynamic_code(black_box(&rows[i % rows.len()]))))));
        rates.ours[2].push(rate(n, |i| drop(black_box(Code::read(black_box(&read[i % read.len()]), Mode::Strict)))));
        rates.library_json.push(library_json(n, &read));
        rates.batch.push(batch_rate(&lines, n / 2));
        if let Some(dir) = &peers {
            for (name, n) in [("node", n), ("python", 20_000)] {
                for (op, rate, sha256) in peer(dir, &vectors, name, n) {
                    let Some(at) = OPERATIONS.iter().position(|known| *known == op) else { continue };
                    (if name == "node" { &mut rates.node } else { &mut rates.python })[at].push(rate);
                    if let Some(theirs) = sha256 {
                        assert_eq!(digest(&written[at]), theirs, "{name} writes other bytes ({op})");
                    }
                }
            }
        }
    }
    report(&rates, peers.is_some(), read.len());
}

fn floor(n: usize, texts: &[String]) -> f64 {
    let mut copy = vec![0_u8; 1_024];
    rate(n, |i| {
        let bytes = black_box(texts[i % texts.len()].as_bytes());
        black_box(CRC.checksum(bytes));
        copy[..bytes.len()].copy_from_slice(bytes);
        black_box(&copy);
    })
}

fn library_json(n: usize, texts: &[String]) -> f64 {
    let mut out = Vec::new();
    rate(n, |i| {
        out.clear();
        match Code::read(black_box(&texts[i % texts.len()]), Mode::Strict) {
            Ok(code) => code.write_json(&mut out),
            Err(refusal) => refusal.write_json(&mut out),
        }
        black_box(&out);
    })
}

/// Lines in a CPU second of the program, its start and its end included.
fn batch_rate(lines: &Path, n: usize) -> f64 {
    let start = cpu_of_children();
    let mut run = Command::new(env!("CARGO_BIN_EXE_choqr"));
    run.args(["qr", "decode", "--batch"]).stdin(fs::File::open(lines).unwrap()).stdout(Stdio::null());
    assert!(run.status().unwrap().success());
    n as f64 / (cpu_of_children() - start)
}

fn report(rates: &Rates, has_peers: bool, codes: usize) {
    for (at, op) in OPERATIONS.iter().enumerate() {
        let ours = median(&rates.ours[at]);
        println!("{op}");
        println!("  choqr            {}", shown(&rates.ours[at]));
        println!(
            "  floor            {}   {:.2} times the floor's time (at most 4)",
            shown(&rates.floor[at]),
            median(&rates.floor[at]) / ours
        );
        if has_peers {
            println!(
                "  vietnam-qr-pay   {}   choqr does {:.1} times as many (at least 10)",
                shown(&rates.node[at]),
                ours / median(&rates.node[at])
            );
            println!(
                "  napas-qr-python  {}   choqr does {:.0} times as many (at least 300)",
                shown(&rates.python[at]),
                ours / median(&rates.python[at])
            );
        }
    }
    let (library, batch) = (median(&rates.ours[2]), median(&rates.batch));
    println!("decode of {codes} payloads in turn, as JSON");
    println!("  library          {}", shown(&rates.library_json));
    println!("  qr decode --batch{}   {:.2} of the library's reading (at least 0.25)", shown(&rates.batch), batch / library);
    if has_peers {
        println!("  the bytes written are those of both peers, to the letter");
    }
}
