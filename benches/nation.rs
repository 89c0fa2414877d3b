//! `make bench`: counters of a nation (34 provinces, 3,321 communes, 8,500 markets, 4 million stalls), ours beside the peer's, on
//! SQLite and on PostgreSQL, in alternating rounds. Exits 1 and says what is missed.
//!
//! The nation is made once and kept in `target/nation` (`NATION_SIZE=200` makes 200 markets instead). The peer has the same
//! counters under the same key and the same index (province, ward), and sums three columns where we sum twenty-one. Ours keeps
//! the provinces' sums for a second at most (`app::place_sums`), and asks the database for the token of every request; the
//! peer asks nobody who it is. The night's work is marked as done, so that a nation of another day does not recount beside.
//!
//! Found on a 2-core machine, load average 1 to 4 (trust the ratios), requests a second, p99 and times the peer, SQLite and
//! PostgreSQL: nation 8,227 4.5 ms 28×, 3,026 6.6 ms 13×; province 6,923 4.9 ms 7×, 2,517 6.7 ms 5.4×; ward 6,312 4.9 ms 12×,
//! 1,733 8.3 ms 3.3×; market 8,537 2.8 ms 9.2×, 1,988 7.2 ms 2.9×. A ward's rows are added up in Rust: by 21 sums in
//! PostgreSQL it had been 1.9×. As whole HTML pages, with charts of the figures by day, only the province's on SQLite meets both
//! targets; a ward's takes 7 ms of CPU (p99 156 ms), a market's p99 is 25 ms: they read every figure by day of their markets.
//! Making the nation took 393 s on SQLite (5.8 GB) and 377 s on PostgreSQL (6.4 GB) beside a build.
//!
//! `ROUNDS` (3), `SECONDS` (2) for one page of one round, `CLIENTS` (4).

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use choqr::{
    clock::Clock,
    store::{Db, StoreError},
};
use support::{
    Client, Server, choqr,
    cluster::Cluster,
    peer::{self, Peer, PeerRow},
    timed::{Load, load},
};

/// A page: its name, our path, the peer's. `{province}`, `{ward}` and `{market}` go through the whole nation; `{n}` is the market's
/// number, by which the peer knows it. A path that is not there is said to be absent.
const PAGES: [(&str, &str, &str); 8] = [
    ("nation", "/api/v1/adoption?level=nation", "/national"),
    ("province", "/api/v1/adoption?level=province&id={province}", "/provinces/{province}"),
    ("ward", "/api/v1/adoption?level=ward&id={ward}", "/provinces/{province}/wards/{ward}"),
    ("market", "/api/v1/adoption?level=market&id={market}", "/markets/{n}/summary"),
    ("nation, page", "/nation", "/national"),
    ("province, page", "/provinces/{province}", "/provinces/{province}"),
    ("ward, page", "/wards/{ward}", "/provinces/{province}/wards/{ward}"),
    ("market, page", "/markets/{market}/figures", "/markets/{n}/summary"),
];
/// The targets of issue 6.
const P99_MS: f64 = 10.0;
const RATIO: f64 = 2.0;

/// Where a market of the nation lies.
struct Market {
    province: String,
    ward: String,
}

/// One database: our server and the peer on it.
struct Side {
    name: &'static str,
    ours: Server,
    token: String,
    /// The identifiers of its markets in their order: they carry the day on which this nation was made.
    markets: Vec<String>,
    /// What serves ours, the database's own processes too.
    ours_pids: Vec<u32>,
    peer: Option<Peer>,
    peer_pids: Vec<u32>,
}

fn main() {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (rounds, seconds, clients) = (number("ROUNDS", 3), number("SECONDS", 2), number("CLIENTS", 4) as usize);
    let size = number("NATION_SIZE", 8_500);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/nation/{size}"));
    std::fs::create_dir_all(&folder).unwrap();
    println!("nation of {size} markets in {}; load average {}", folder.display(), load_average());

    let (lite, pg) = (folder.join("sqlite"), folder.join("postgres"));
    make(&lite, None, size);
    let cluster = Cluster::start(&folder.join("cluster"));
    let url = cluster.as_ref().map(|cluster| cluster.database("choqr"));
    if let Some(url) = &url {
        make(&pg, Some(url), size);
    }
    let (markets, rows) = read(&lite.join("choqr.db"));
    let peers = peer::folder();
    let venv = folder.parent().unwrap().join("venv");
    if let Some(peers) = &peers {
        peer::install(peers, &venv);
    }
    let mut sides = vec![sqlite_side(&lite, peers.as_deref(), &venv, &rows)];
    if let (Some(cluster), Some(url)) = (&cluster, &url) {
        sides.push(postgres_side(&pg, (cluster, url), peers.as_deref(), &venv, &rows));
    }
    println!("peer: {}", peers.as_ref().map_or("ABSENT; set PEERS_DIR".to_owned(), |peers| peers.display().to_string()));

    let mut missed = Vec::new();
    for (page, ours, theirs) in PAGES {
        let ours: Vec<Vec<String>> = sides.iter().map(|side| paths(ours, &markets, &side.markets)).collect();
        let theirs = paths(theirs, &markets, &[]);
        if let Some(status) = absent(&sides[0], &ours[0][0]) {
            println!("{page:15} ABSENT ({} answers {status})", ours[0][0]);
            continue;
        }
        let mut found: Vec<(Vec<Load>, Vec<Load>)> = sides.iter().map(|_| (Vec::new(), Vec::new())).collect();
        for round in 0..=rounds {
            // The first round warms both sides up and is not counted.
            let time = Duration::from_millis(if round == 0 { 300 } else { seconds * 1_000 });
            for ((side, ours), (us, them)) in sides.iter().zip(&ours).zip(&mut found) {
                let one = load(&side.ours.address, &side.token, clients, time, ours, &side.ours_pids);
                let other = side.peer.as_ref().map(|peer| load(&peer.address, "x", clients, time, &theirs, &side.peer_pids));
                if round > 0 {
                    us.push(one);
                    them.extend(other);
                }
            }
        }
        for (side, (us, them)) in sides.iter().zip(&found) {
            tell(page, side.name, us, them, &mut missed);
        }
    }
    println!("load average at the end {}", load_average());
    drop(sides);
    drop(cluster);
    if !missed.is_empty() {
        println!("MISSED: {}", missed.join("; "));
        std::process::exit(1);
    }
}

/// Prints a page's figures on one database: medians of the rounds, with their spread, and notes what misses a target.
fn tell(page: &str, side: &str, us: &[Load], them: &[Load], missed: &mut Vec<String>) {
    let (speed, low, high) = median(us, |load| load.per_second);
    let (p50, ..) = median(us, |load| load.p50);
    let (p99, _, worst) = median(us, |load| load.p99);
    let (cpu, ..) = median(us, |load| load.cpu);
    print!(
        "{page:15} {side:8} {speed:6.0}/s ({low:.0}–{high:.0}) p50 {p50:.2} p99 {p99:.2} ms (worst {worst:.2}) {cpu:4.0} µs CPU"
    );
    if p99 > P99_MS {
        missed.push(format!("{page} on {side}: p99 {p99:.1} ms"));
    }
    if them.is_empty() {
        println!();
        return;
    }
    let (theirs, ..) = median(them, |load| load.per_second);
    let (their_p99, ..) = median(them, |load| load.p99);
    let (their_cpu, ..) = median(them, |load| load.cpu);
    let ratios: Vec<f64> = us.iter().zip(them).map(|(us, them)| us.per_second / them.per_second).collect();
    let ratio = {
        let mut sorted = ratios.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.1}")).collect();
    println!(
        " | peer {theirs:5.0}/s p99 {their_p99:.2} ms {their_cpu:4.0} µs | {ratio:.1}× ({}), CPU {:.1}×",
        each.join(" "),
        their_cpu / cpu
    );
    if ratio < RATIO {
        missed.push(format!("{page} on {side}: {ratio:.1}× the peer"));
    }
}

/// Median, least and most of a figure.
fn median(loads: &[Load], pick: fn(&Load) -> f64) -> (f64, f64, f64) {
    let mut all: Vec<f64> = loads.iter().map(pick).collect();
    all.sort_by(f64::total_cmp);
    (all[all.len() / 2], all[0], all[all.len() - 1])
}

/// Makes the nation where it is not there yet, through the program itself, and says how long that took.
fn make(data: &Path, url: Option<&str>, size: u64) {
    let began = Instant::now();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_choqr"))
        .args(["demo", "--nation", "--nation-size", &size.to_string(), "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .args(url.iter().flat_map(|url| ["--database-url", url]))
        .env("RUST_LOG", "error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(demo.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("address"), "the nation was not made: remove {} and try again", data.display());
    let _gone = demo.kill();
    demo.wait().unwrap();
    let what = if url.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("{what}: the nation stands after {:.0} s", began.elapsed().as_secs_f64());
}

/// The markets, and their counters as the peer keeps them.
fn read(file: &Path) -> (Vec<Market>, Vec<PeerRow>) {
    let db = rusqlite::Connection::open(file).unwrap();
    let mut rows = db
        .prepare(
            "SELECT province_code, ward_code, stalls, stalls - trading, trading - reached, reached - with_code, with_code \
             FROM market_stats ORDER BY market_id",
        )
        .unwrap();
    let found = rows.query_map([], |row| {
        let market = Market { province: row.get(0)?, ward: row.get(1)? };
        let (province, ward) = (market.province.parse().unwrap_or(0), market.ward.parse().unwrap_or(0));
        let states = [row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?];
        Ok((market, PeerRow { province, ward, total: row.get(2)?, states }))
    });
    found.unwrap().map(Result::unwrap).unzip()
}

fn sqlite_side(data: &Path, peers: Option<&Path>, venv: &Path, rows: &[PeerRow]) -> Side {
    let url = format!("sqlite://{}", data.join("choqr.db").display());
    let markets = prepare_night(&url, data);
    let token = token(data, &[]);
    let ours = Server::start(data);
    let peer = peers.map(|peers| {
        let file: PathBuf = data.parent().unwrap().join("peer.db");
        peer::fill_sqlite(&file, rows);
        Peer::start(peers, venv, &format!("sqlite:///{}", file.display()))
    });
    let (ours_pids, peer_pids) = (vec![ours.child.id()], peer.iter().map(Peer::pid).collect());
    Side { name: "SQLite", ours, token, markets, ours_pids, peer, peer_pids }
}

fn postgres_side(data: &Path, (cluster, url): (&Cluster, &str), peers: Option<&Path>, venv: &Path, rows: &[PeerRow]) -> Side {
    let markets = prepare_night(url, data);
    let token = token(data, &["--database-url", url]);
    let ours = Server::start_on(data, Some(url));
    let peer = peers.map(|peers| {
        let url = cluster.database("peer");
        peer::fill_postgres(&url, rows);
        Peer::start(peers, venv, &url.replace("postgres://", "postgresql+psycopg://"))
    });
    let ours_pids = vec![ours.child.id(), cluster.pid()];
    let peer_pids = peer.iter().map(Peer::pid).chain([cluster.pid()]).collect();
    Side { name: "Postgres", ours, token, markets, ours_pids, peer, peer_pids }
}

/// Marks this night's work as done, and gives the markets' identifiers.
fn prepare_night(url: &str, data: &Path) -> Vec<String> {
    let mut key = data.as_os_str().to_owned();
    key.push(".key");
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let db = Db::open(url, Path::new(&key)).await.unwrap().db;
        let day = Clock::System.now().day();
        let done: Result<(), StoreError> =
            db.write(move |tx| Box::pin(async move { choqr::jobs::night_is_done(tx, day).await })).await;
        done.unwrap();
        choqr::store::markets::all_ids(&db).await.unwrap().iter().map(ToString::to_string).collect()
    })
}

/// An API token of whoever sees the whole nation's counters.
fn token(data: &Path, more: &[&str]) -> String {
    choqr(data, &[&["staff", "--data-dir", data.to_str().unwrap()], more, &["token", "quoc-gia"]].concat(), "")
}

/// Our paths or the peer's, once for each market, in an order that leaps through the nation.
fn paths(template: &str, markets: &[Market], ids: &[String]) -> Vec<String> {
    let step = 2_731 % markets.len().max(2);
    let leap = (step.max(1)..=step.max(1) + markets.len()).find(|step| gcd(*step, markets.len()) == 1).unwrap_or(1);
    (0..markets.len())
        .map(|n| {
            let at = n * leap % markets.len();
            let market = &markets[at];
            template
                .replace("{province}", &market.province)
                .replace("{ward}", &market.ward)
                .replace("{market}", ids.get(at).map_or("", String::as_str))
                .replace("{n}", &(at + 1).to_string())
        })
        .collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What a path is answered with when it is no page of ours.
fn absent(side: &Side, path: &str) -> Option<u16> {
    let (status, _) = Client::open(&side.ours.address, &side.token).unwrap().call("GET", path, "").unwrap();
    (status != 200).then_some(status)
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').take(3).collect::<Vec<_>>().join(" ")
}
