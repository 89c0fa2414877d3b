//! `make bench`: durable enrolments against a raw SQLite loop that writes the same rows, market counters against an axum
//! hello, the market page, memory and size. Each figure stands beside its peer, from the same run, as a ratio.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::{path::Path, time::Instant};

use support::{Client, Server, drive, enrolment, market, prepare};

const CLIENTS: usize = 64;
const PER_ROUND: usize = 2_560;
const ROUNDS: usize = 5;

fn main() {
    if std::env::args().any(|word| word == "--hello") {
        return hello();
    }
    let peers = std::env::var("PEERS_DIR").unwrap_or_else(|_| "../shared/bench/peers".to_owned());
    let has_peers = Path::new(&peers).join("http").exists();
    println!(
        "peers: {}",
        if has_peers {
            format!("found in {peers}; run {peers}/http/run.sh beside this for the peer's side")
        } else {
            format!("ABSENT ({peers}); set PEERS_DIR")
        }
    );

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let token = prepare(&data);
    let server = Server::start(&data);
    let mut client = Client::open(&server.address, &token).unwrap();

    let raw = RawLoop::open(&folder.path().join("raw.db"));
    let mut ratios = Vec::new();
    let mut account = 0;
    for round in 0..ROUNDS {
        let market = market(&mut client, &format!("Chợ {round}"), PER_ROUND);
        let bodies: Vec<_> = (0..PER_ROUND)
            .map(|n| {
                account += 1;
                enrolment(&market, n, account)
            })
            .collect();
        let cpu = server.cpu();
        let started = Instant::now();
        let requests: Vec<_> = bodies.iter().map(|(path, body)| ("PUT", path.as_str(), body.as_str())).collect();
        drive(&server.address, &token, CLIENTS, &requests, 201);
        let ours = PER_ROUND as f64 / started.elapsed().as_secs_f64();
        let used = server.cpu() - cpu;
        let raw = raw.round(round, PER_ROUND);
        println!("enrol  round {round}: {ours:7.0}/s over HTTP (CPU {used:.2} s), raw loop {raw:7.0}/s, ratio {:.2}", ours / raw);
        ratios.push(ours / raw);
    }
    println!("enrol  median ratio {:.2} (target 0.40)", median(&mut ratios));

    let shown = market(&mut client, "Chợ 170", 170);
    let mut hello = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("--hello")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(hello.stdout.take().unwrap()), &mut address).unwrap();
    let hello = Server { address: address.trim().to_owned(), child: hello };
    let (mut json, mut plain, mut page, mut share) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(reads(&hello, "x", "/", 16_000));
        json.push(reads(&server, &token, &format!("/api/v1/adoption?level=market&id={shown}"), 8_000));
        page.push(reads(&server, &token, &format!("/markets/{shown}"), 800));
        share.push(plain[plain.len() - 1] / json[json.len() - 1]);
    }
    let (json, plain, page, share) = (median(&mut json), median(&mut plain), median(&mut page), median(&mut share));
    println!(
        "reads  market summary {:.0} µs CPU, hello {:.0} µs CPU, ratio {:.2} (target 0.12); page of 170 stalls {:.0} µs CPU",
        json * 1e6,
        plain * 1e6,
        share,
        page * 1e6
    );
    println!("memory RssAnon {:.1} MiB (bound 96)", server.rss_anon());
    println!("binary {:.1} MiB (bound 40)", std::fs::metadata(env!("CARGO_BIN_EXE_choqr")).unwrap().len() as f64 / 1_048_576.0);
}

/// CPU seconds of the server a request.
fn reads(server: &Server, token: &str, path: &str, count: usize) -> f64 {
    let cpu = server.cpu();
    drive(&server.address, token, 16, &vec![("GET", path, ""); count], 200);
    (server.cpu() - cpu) / count as f64
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The peer of the enrolment: the same rows of the same sizes into a database that grows as ours does, 64 enrolments a
/// transaction, `synchronous=FULL`, nothing else.
struct RawLoop(rusqlite::Connection);

impl RawLoop {
    fn open(path: &Path) -> Self {
        let db = rusqlite::Connection::open(path).unwrap();
        db.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;").unwrap();
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<_> = std::fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            db.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        Self(db)
    }

    fn round(&self, round: usize, count: usize) -> f64 {
        raw_round(&self.0, &format!("mkt_01a20d9ca14a7e61a29a4f67be8e{round:04}"), round * count, count)
    }
}

/// Enrolments a second in one market of its own.
fn raw_round(db: &rusqlite::Connection, market: &str, first: usize, count: usize) -> f64 {
    db.execute("INSERT INTO markets (market_id, ward_code, province_code, name, name_fold, name_sort, class, review_first, is_active, created_at_ms) VALUES (?1,'01843','19',?1,?1,?1,0,0,1,0)", [market]).unwrap();
    db.execute("INSERT INTO market_stats (market_id, ward_code, province_code, stalls, vacant, trading, paused, left_stalls, reached, with_code, verified, not_reached, postponed, awaiting_account, declined, in_review, needs_fix, code_issued, posted, in_use, stopped, unsafe_stalls, unconfirmed, updated_at_ms) \
         VALUES (?1,'01843','19',0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0)", [market]).unwrap();
    db.execute(
        "INSERT INTO audit_heads (chain_id, seq, hash) \
     VALUES (?1, 0, zeroblob(32))",
        [market],
    )
    .unwrap();
    for n in first..first + count {
        db.execute(
            "INSERT INTO stalls (market_id, stall_id, code, code_sort, zone, row_name, number, occupancy, progress, code_safety, reached, with_code, verified, unconfirmed, frozen, progress_since_ms, version, created_at_ms, updated_at_ms) \
             VALUES (?1, ?2, ?2, ?2, 'A', 'A1', '1', 'trading', 'not_reached', 'none', 0,0,0,0,0,0,1,0,0)",
            rusqlite::params![market, format!("stl_{n:032}")],
        ).unwrap();
    }
    let (small, index, sealed, large) = (vec![7_u8; 51], vec![9_u8; 16], vec![7_u8; 160], vec![7_u8; 760]);
    let started = Instant::now();
    for group in 0..count / 64 {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        for n in first + group * 64..first + group * 64 + 64 {
            let id = |prefix: &str| format!("{prefix}_{n:032}");
            let mut account = index.clone();
            // A blind index is a MAC: its order says nothing of when it was made.
            account[..8].copy_from_slice(&(n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
            let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
                db.prepare_cached(sql).unwrap().execute(params).unwrap();
            };
            run(
                "INSERT INTO vendors (market_id, vendor_id, full_name, name_fold, name_sort, form_of_address, business_name, phone_sealed, phone_index, phone_last4, version, created_at_ms, updated_at_ms) \
                 VALUES (?1,?2,'Nguyễn Thị Hoà','nguyen thi hoa','NGUYEN','co',NULL,?3,?4,'0123',1,0,0)",
                &[&market, &id("vnd"), &small, &index],
            );
            run(
                "INSERT INTO tenancies (market_id, tenancy_id, stall_id, vendor_id, since_ms, until_ms, end_reason) \
             VALUES (?1,?2,?3,?4,0,NULL,NULL)",
                &[&market, &id("ten"), &id("stl"), &id("vnd")],
            );
            run(
                "INSERT INTO payment_accounts (market_id, payment_account_id, vendor_id, scheme, bin, service, account_sealed, account_index, account_last4, holder_name, holder_fold, holder_is_other, how, scanned_payload_sealed, is_primary, is_active, created_at_ms) \
                 VALUES (?1,?2,?3,'vietqr','970436','QRIBFTTA',?4,?5,'3456','NGUYEN THI HOA','nguyen thi hoa',0,'camera',?6,1,1,0)",
                &[&market, &id("acc"), &id("vnd"), &small, &account, &sealed],
            );
            run(
                "INSERT INTO accounts_in_use (account_index, market_id, vendor_id) \
             VALUES (?1,?2,?3)",
                &[&account, &market, &id("vnd")],
            );
            run(
                "INSERT INTO payment_codes (market_id, payment_code_id, payment_account_id, vendor_id, stall_id, tenancy_id, enrolment_id, payload_sealed, payload_index, identity_index, bin, account_last4, status, is_primary, is_frozen, enrolled_by, issued_at_ms, confirmed_at_ms, confirmed_by, ended_at_ms, end_reason) \
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?9,'970436','3456','active',1,0,'stf',0,NULL,NULL,NULL,NULL)",
                &[&market, &id("cod"), &id("acc"), &id("vnd"), &id("stl"), &id("ten"), &id("enr"), &sealed, &account],
            );
            run(
                "INSERT INTO enrolment_ids (enrolment_id, market_id) \
             VALUES (?1,?2)",
                &[&id("enr"), &market],
            );
            run(
                "INSERT INTO enrolments (market_id, enrolment_id, rev, body_hash, body_sealed, answer_sealed, receipt, stall_id, vendor_id, status, review_reasons, enrolled_by, test_transfer_seen, captured_at_ms, received_at_ms, reviewed_by, reviewed_at_ms, return_reason) \
                 VALUES (?1,?2,1,?3,?4,?4,'PN-0001-3',?5,?6,'issued','','stf',NULL,0,0,NULL,NULL,NULL)",
                &[&market, &id("enr"), &index, &large, &id("stl"), &id("vnd")],
            );
            for purpose in ["issue_code", "follow_up"] {
                run(
                    "INSERT INTO consents (market_id, consent_id, enrolment_id, vendor_id, subject, purpose, text_version, text_hash, given_at_ms, collected_by, withdrawn_at_ms) \
                     VALUES (?1,?2,?3,?4,'vendor',?5,'2026-01',?6,0,'stf',NULL)",
                    &[&market, &format!("con_{purpose}{n:032}"), &id("enr"), &id("vnd"), &purpose, &index],
                );
            }
            run(
                "UPDATE stalls SET progress='code_issued', reached=1, with_code=1, unconfirmed=1, vendor_id=?3, tenancy_id=?4, version=version+1 WHERE market_id=?1 AND stall_id=?2",
                &[&market, &id("stl"), &id("vnd"), &id("ten")],
            );
            run(
                "INSERT INTO audit_events (chain_id, seq, at_ms, actor, action, subject, stall_id, detail, prev_hash, hash) \
                 VALUES (?1,?2,0,'stf','enrolment.issued',?3,?4,?5,?6,?6)",
                &[&market, &(n as i64 + 1), &id("enr"), &id("stl"), &"x".repeat(260), &index],
            );
            run("UPDATE audit_heads SET seq=?2, hash=?3 WHERE chain_id=?1", &[&market, &(n as i64 + 1), &index]);
            for item in ["goods", "bank", "progress"] {
                run(
                    "INSERT INTO market_days (market_id, day, dimension, item, entered) \
                     VALUES (?1,'2026-11-24',?2,'x',1) ON CONFLICT (market_id, day, dimension, item) DO UPDATE SET entered=entered+1",
                    &[&market, &item],
                );
            }
            run(
                "UPDATE market_stats SET reached=reached+1, with_code=with_code+1, code_issued=code_issued+1, not_reached=not_reached-1, unconfirmed=unconfirmed+1 WHERE market_id=?1",
                &[&market],
            );
        }
        db.execute_batch("COMMIT").unwrap();
    }
    count as f64 / started.elapsed().as_secs_f64()
}

/// The floor of a read: axum that answers a word.
fn hello() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
        let (_keep, stop) = tokio::sync::watch::channel(false);
        choqr::web::server::serve(listener, None, router, choqr::web::server::Limits::default(), stop).await;
    });
}
