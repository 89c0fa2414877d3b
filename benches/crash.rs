//! Kills the server while sixteen clients enrol, `ROUNDS` times (100). Afterwards every acknowledged enrolment is counted in
//! the database itself: it must be there exactly once, with one code, at its stall alone; asked for again it must answer
//! the same; the counters must equal a recount, the chains must hold.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod support;

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use support::{Client, Server, enrolment, is_sound, market, prepare};

/// Clients at once.
const CLIENTS: usize = 16;
/// Stalls of a round's market: more than can be enrolled before the kill.
const STALLS: usize = 640;

fn main() {
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let token = prepare(&data);
    let acknowledged = Mutex::new(Vec::new());
    let accounts = AtomicU64::new(1);
    let began = Instant::now();
    for round in 0..rounds {
        let mut server = Server::start(&data);
        let market = market(&mut Client::open(&server.address, &token).unwrap(), &format!("Chợ {round}"), STALLS);
        let stop = AtomicBool::new(false);
        // However slow the machine, something is acknowledged before each kill.
        let before = acknowledged.lock().unwrap().len();
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (market, token, address, stop, accounts, acknowledged) =
                    (&market, &token, &server.address, &stop, &accounts, &acknowledged);
                scope.spawn(move || {
                    let Ok(mut connection) = Client::open(address, token) else { return };
                    for n in (client..STALLS).step_by(CLIENTS) {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let (path, body) = enrolment(market, n, accounts.fetch_add(1, Ordering::Relaxed));
                        match connection.call("PUT", &path, &body) {
                            Ok((201, answer)) => acknowledged.lock().unwrap().push((path, body, answer)),
                            Ok((status, answer)) => panic!("{status}: {answer}"),
                            Err(_) => return,
                        }
                    }
                });
            }
            // Each round is killed at another moment of its work.
            let until = Instant::now() + Duration::from_millis(60 + (round as u64 * 37) % 240);
            let waits = |now: Instant| acknowledged.lock().unwrap().len() == before && now < until + Duration::from_secs(30);
            while Instant::now() < until || waits(Instant::now()) {
                std::thread::yield_now();
            }
            server.child.kill().unwrap();
            stop.store(true, Ordering::Relaxed);
        });
        server.child.wait().unwrap();
    }
    let all = acknowledged.into_inner().unwrap();
    let (answers_differ, miscounted, twice) = (ask_again(&data, &token, &all), count(&data, &all), doubled(&data));
    let sound = is_sound(&data);
    println!(
        "crash: {rounds} kills under {CLIENTS} clients in {:.0} s, {} enrolments acknowledged; not there exactly once: {miscounted}, \
         answered otherwise: {answers_differ}, stalls or accounts with two codes: {twice}, check {}",
        began.elapsed().as_secs_f64(),
        all.len(),
        if sound { "ok" } else { "WRONG" }
    );
    assert!(miscounted + answers_differ + twice == 0 && sound && all.len() >= rounds);
}

/// Path, body and answer of an enrolment that was acknowledged.
type Acknowledged = (String, String, String);

/// How many answer otherwise when asked for again.
fn ask_again(data: &Path, token: &str, all: &[Acknowledged]) -> usize {
    let server = Server::start(data);
    let mut client = Client::open(&server.address, token).unwrap();
    let differs = |(path, body, answer): &&Acknowledged| client.call("PUT", path, body).unwrap() != (200, answer.clone());
    all.iter().filter(differs).count()
}

/// How many do not stand in the database exactly once: one enrolment at the stall that was answered, one code in force, one
/// tenancy.
fn count(data: &Path, all: &[Acknowledged]) -> usize {
    let db = rusqlite::Connection::open(data.join("choqr.db")).unwrap();
    let mut rows = db
        .prepare(
            "SELECT (SELECT COUNT(*) FROM enrolments WHERE enrolment_id = ?1 AND stall_id = ?2), \
             (SELECT COUNT(*) FROM payment_codes WHERE enrolment_id = ?1 AND market_id = ?3), \
             (SELECT COUNT(*) FROM payment_codes WHERE stall_id = ?2 AND market_id = ?3 AND status = 'active' AND payment_code_id = ?4), \
             (SELECT COUNT(*) FROM tenancies WHERE stall_id = ?2 AND market_id = ?3)",
        )
        .unwrap();
    db.execute_batch("CREATE INDEX IF NOT EXISTS crash_enrolments ON enrolments (enrolment_id); CREATE INDEX IF NOT EXISTS crash_codes ON payment_codes (market_id, stall_id)").unwrap();
    let wrong = |(_, body, answer): &&Acknowledged| {
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let values = [
            text(&answer["enrolment_id"]),
            text(&answer["stall_id"]),
            text(&body["market_id"]),
            text(&answer["payment_codes"][0]["payment_code_id"]),
        ];
        let found: (i64, i64, i64, i64) = rows
            .query_row(rusqlite::params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .unwrap();
        found != (1, 1, 1, 1)
    };
    all.iter().filter(wrong).count()
}

/// Stalls and accounts with more than one code in force, acknowledged or not.
fn doubled(data: &Path) -> usize {
    let db = rusqlite::Connection::open(data.join("choqr.db")).unwrap();
    let count = |column: &str| -> usize {
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM payment_codes WHERE status = 'active' GROUP BY {column} HAVING COUNT(*) > 1)"
        );
        db.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize
    };
    count("stall_id") + count("identity_index")
}
