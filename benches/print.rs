//! Printing: the symbol beside the `qrcode` crate, a thousand stickers on sheets beside python qrcode + reportlab and node
//! qrcode + pdfkit, and what memory and bytes every design takes.
//!
//! Rounds alternate between those compared, and seconds of CPU are counted: for sheets those of the whole process, start-up
//! included. `PEERS_DIR` says where the peers are; `ROUNDS` and `STICKERS` how much is done.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::{
    env, fs,
    hint::black_box,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use choqr::payment_code::{City, MerchantName, Purpose, TransferCode};
use choqr::print::{Ec, Symbol};
use serde_json::Value;
use wait4::Wait4;

/// The label with the same text, code and crop marks as the peers', and the one that stands in where it is missing.
const PLAIN: &str = "plain_99x68";
const STAND_IN: &str = "label_99x68";

fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// CPU seconds of this thread.
fn cpu() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The median, the least and the most.
fn spread(figures: &[f64]) -> String {
    let (least, most) = figures.iter().fold((f64::MAX, 0.0_f64), |(least, most), it| (least.min(*it), most.max(*it)));
    format!("{:.1} ({least:.1} to {most:.1})", median(figures))
}

fn account(i: usize) -> String {
    format!("999{:010}", i * 7_919 % 1_000_000_007)
}

/// A static code; with name, city and this purpose where it is the longer kind.
fn payload(i: usize, purpose: Option<&str>) -> String {
    let code = TransferCode::new("970436".parse().unwrap(), account(i).parse().unwrap()).unwrap();
    match purpose {
        Some(purpose) => {
            let (name, city): (MerchantName, City) = ("NGUYEN THI HANG".parse().unwrap(), "HO CHI MINH".parse().unwrap());
            let purpose: Purpose = purpose.parse().unwrap();
            code.with_name(name).with_city(city).with_purpose(purpose).encode().unwrap()
        }
        None => code.encode().unwrap(),
    }
}

fn main() {
    let (rounds, stickers) = (number("ROUNDS", 5), number("STICKERS", 1_000));
    // First, while this process is small: a child's peak is never below what its parent had when it started it.
    memory_and_bytes(stickers);
    symbols(rounds);
    sheets(rounds.max(3), stickers);
}

/// The encoder alone, its reading back included, beside the crate at the same level.
fn symbols(rounds: usize) {
    const LEVELS: [(Ec, qrcode::EcLevel); 3] =
        [(Ec::M, qrcode::EcLevel::M), (Ec::Q, qrcode::EcLevel::Q), (Ec::H, qrcode::EcLevel::H)];
    let purpose = |i: usize| format!("TT sap A{}-{:02} RAU CU", i % 9 + 1, i % 97);
    let sets: [(&str, Vec<String>); 2] = [
        ("static, an account alone", (0..1_000).map(|i| payload(i, None)).collect()),
        ("with name, city and a purpose with a lower-case word", (0..1_000).map(|i| payload(i, Some(&purpose(i)))).collect()),
    ];
    for (name, payloads) in &sets {
        for (ours, theirs) in LEVELS {
            let (mut of_ours, mut of_theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..rounds {
                let start = cpu();
                // As often as makes both sides take about as long.
                for _ in 0..20 {
                    for text in payloads {
                        drop(black_box(Symbol::encode(black_box(text), ours).unwrap()));
                    }
                }
                let middle = cpu();
                for text in payloads {
                    drop(black_box(qrcode::QrCode::with_error_correction_level(black_box(text), theirs).unwrap()));
                }
                of_ours.push((middle - start) / (20.0 * payloads.len() as f64) * 1e6);
                of_theirs.push((cpu() - middle) / payloads.len() as f64 * 1e6);
                ratios.push(of_theirs[of_theirs.len() - 1] / of_ours[of_ours.len() - 1]);
            }
            let larger = payloads.iter().filter(|text| is_larger(text, ours, theirs)).count();
            println!(
                "symbol {name}, {} characters, {ours:?}, version {}: choqr {} µs, qrcode crate {} µs, {} times as fast (at \
                 least 15); larger than the crate's: {larger}",
                payloads[0].len(),
                Symbol::encode(&payloads[0], ours).unwrap().version(),
                spread(&of_ours),
                spread(&of_theirs),
                spread(&ratios),
            );
        }
    }
}

fn is_larger(text: &str, ours: Ec, theirs: qrcode::EcLevel) -> bool {
    let theirs = qrcode::QrCode::with_error_correction_level(text, theirs).unwrap();
    Symbol::encode(text, ours).unwrap().size() > theirs.width()
}

/// What a run of the program cost.
#[derive(Debug, Clone, Copy)]
struct Run {
    cpu_s: f64,
    peak_kib: f64,
    bytes: f64,
}

/// Draws a file of stickers onto A4 with the program as it is released.
fn draw(rows: &Path, out: &Path, design: &str) -> Run {
    let mut run = Command::new(env!("CARGO_BIN_EXE_choqr"));
    run.args(["sticker", "sheet", "--crop-marks", "--market", "Chợ Bờ Sông", "--design", design, "--input"]);
    let mut child = run.arg(rows).arg("--out").arg(out).stderr(Stdio::piped()).spawn().unwrap();
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    let used = child.wait4().unwrap();
    assert!(used.status.success(), "{design}: {said}");
    Run {
        cpu_s: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        peak_kib: used.rusage.maxrss as f64 / 1024.0,
        bytes: fs::metadata(out).unwrap().len() as f64,
    }
}

fn designs() -> Vec<String> {
    let listed = Command::new(env!("CARGO_BIN_EXE_choqr")).args(["sticker", "designs"]).output().unwrap();
    assert!(listed.status.success());
    // A design may stand with a description after its name.
    let names = String::from_utf8(listed.stdout).unwrap();
    names.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn plain(designs: &[String]) -> &str {
    designs.iter().map(String::as_str).find(|name| *name == PLAIN).unwrap_or(STAND_IN)
}

/// Fictional stickers of the shape of the peers' own.
fn write_rows(path: &Path, count: usize) {
    const NAMES: [&str; 5] = ["Nguyễn Thị Hằng", "Trần Văn Đức", "Lê Mỹ Phượng", "Huỳnh Ngọc Ẩn", "Đặng Quốc Ỷ"];
    const TRADES: [&str; 4] = ["Rau củ", "Cá biển", "Bún riêu", "Tạp hoá"];
    let mut out = BufWriter::new(fs::File::create(path).unwrap());
    writeln!(out, "serial,stall,vendor_name,trade,bank,account_number,payload,bank_2,account_number_2,payload_2,link,recovery")
        .unwrap();
    for i in 0..count {
        let stall = format!("{}-{:03}", char::from(b'A' + (i % 9) as u8), i % 400 + 1);
        let code = payload(i, Some(&format!("TT sap {stall} RAU CU")));
        let (name, trade, second) = (NAMES[i % 5], TRADES[i % 4], payload(i + 1, None));
        write!(out, "S{i:06},{stall},{name},{trade},Vietcombank,{},{code},", account(i)).unwrap();
        writeln!(out, "Vietcombank,{},{second},https://choqr.example/c/{i:026},4821 7730", account(i + 1)).unwrap();
    }
    out.flush().unwrap();
}

/// Peaks of 1, 1,000 and 10,000 stickers, and the bytes a sticker of every design.
fn memory_and_bytes(stickers: usize) {
    let temp = tempfile::tempdir().unwrap();
    let (rows, out) = (temp.path().join("rows.csv"), temp.path().join("sheets.pdf"));
    let designs = designs();
    let mut peaks = Vec::new();
    for count in [1, stickers, stickers * 10] {
        write_rows(&rows, count);
        let run = draw(&rows, &out, plain(&designs));
        let each = run.bytes / count as f64;
        println!(
            "memory {}, {count} stickers: peak {:.0} KiB, {each:.0} bytes a sticker, CPU {:.3} s",
            plain(&designs),
            run.peak_kib,
            run.cpu_s
        );
        peaks.push(run.peak_kib);
    }
    println!(
        "memory growth from 1 to {}: {:.2} MiB (at most 8); this process itself: {} KiB",
        stickers * 10,
        (peaks[2] - peaks[0]) / 1024.0,
        own_peak()
    );
    write_rows(&rows, stickers);
    for design in &designs {
        let run = draw(&rows, &out, design);
        println!(
            "bytes {design}, {stickers} stickers: {:.0} a sticker, CPU {:.3} s, peak {:.0} KiB",
            run.bytes / stickers as f64,
            run.cpu_s,
            run.peak_kib
        );
    }
}

/// A child's peak counts from here, so this must be less than what is measured.
fn own_peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// The same stickers by all three, in turn.
fn sheets(rounds: usize, stickers: usize) {
    let designs = designs();
    let design = plain(&designs);
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("sheets.pdf");
    let peers = peers(stickers);
    let rows = peers.as_ref().map_or_else(
        || {
            let rows = temp.path().join("rows.csv");
            write_rows(&rows, stickers);
            rows
        },
        |dir| dir.join(format!("out/stickers_{stickers}.csv")),
    );
    println!("sheets of {stickers} stickers, design {design}");
    let mut ratios = [Vec::new(), Vec::new()];
    for round in 1..=rounds {
        let ours = draw(&rows, &out, design);
        println!("  {round} choqr   {}", shown(ours, stickers));
        let Some(dir) = &peers else { continue };
        for (name, ratios) in ["python", "node"].into_iter().zip(&mut ratios) {
            let theirs = peer(dir, name, stickers).unwrap();
            println!("  {round} {name:<7} {}: choqr takes {:.1} times less", shown(theirs, stickers), theirs.cpu_s / ours.cpu_s);
            ratios.push(theirs.cpu_s / ours.cpu_s);
        }
    }
    for (name, target, ratios) in [("python qrcode + reportlab", 30, &ratios[0]), ("node qrcode + pdfkit", 7, &ratios[1])] {
        if !ratios.is_empty() {
            println!("  {name} takes {} times the CPU of choqr (at least {target})", spread(ratios));
        }
    }
}

fn shown(run: Run, stickers: usize) -> String {
    format!("CPU {:.3} s, {:.0} bytes a sticker, peak {:.0} KiB", run.cpu_s, run.bytes / stickers as f64, run.peak_kib)
}

/// A writable copy of the peers, kept for the next time since they install what they need into it; `None`, said aloud,
/// where there are none or where they do not install.
fn peers(stickers: usize) -> Option<PathBuf> {
    let dir = PathBuf::from(env::var("PEERS_DIR").unwrap_or_else(|_| "../shared/bench/peers".to_owned())).join("print");
    if !dir.join("run.sh").exists() {
        println!("NO PEERS: {} is not there; only choqr is measured", dir.display());
        return None;
    }
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/print");
    fs::create_dir_all(&copy).unwrap();
    let copied = Command::new("cp").arg("-rf").arg(dir.join(".")).arg(&copy).status().ok()?.success();
    let _writable = Command::new("chmod").args(["-R", "u+w"]).arg(&copy).status().ok()?;
    let installed = copied && ["python", "node"].iter().all(|name| peer(&copy, name, stickers).is_some());
    if !installed {
        println!("NO PEERS: those in {} did not install or run", dir.display());
    }
    installed.then_some(copy)
}

/// One run of a peer.
fn peer(dir: &Path, name: &str, stickers: usize) -> Option<Run> {
    let output =
        Command::new("./run.sh").current_dir(dir).env("ONLY", name).arg(stickers.to_string()).stderr(Stdio::null()).output();
    let said = String::from_utf8(output.ok()?.stdout).ok()?;
    let figures: Value = said.lines().find_map(|line| serde_json::from_str(line).ok())?;
    let figure = |key: &str| figures[key].as_f64();
    Some(Run { cpu_s: figure("cpu_s")?, peak_kib: figure("max_rss_kb")?, bytes: figure("bytes")? })
}
