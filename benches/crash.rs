//! Kills the server while sixteen clients enrol, `ROUNDS` times (100), and then asks for every acknowledged enrolment:
//! it must be there exactly once, the counters must equal a recount, the chains must hold.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says where")]

mod support;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use support::{Client, Server, enrolment, is_sound, market, prepare};

fn main() {
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let token = prepare(&data);
    let acknowledged = Mutex::new(Vec::new());
    let accounts = AtomicU64::new(1);
    for round in 0..rounds {
        let mut server = Server::start(&data);
        let market = market(&mut Client::open(&server.address, &token).unwrap(), &format!("Chợ {round}"), 1_600);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for client in 0..16 {
                let (market, token, address, stop, accounts, acknowledged) =
                    (&market, &token, &server.address, &stop, &accounts, &acknowledged);
                scope.spawn(move || {
                    let Ok(mut connection) = Client::open(address, token) else { return };
                    for n in (client..1_600).step_by(16) {
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
            while Instant::now() < until {
                std::thread::yield_now();
            }
            server.child.kill().unwrap();
            stop.store(true, Ordering::Relaxed);
        });
        server.child.wait().unwrap();
    }
    let server = Server::start(&data);
    let mut client = Client::open(&server.address, &token).unwrap();
    let all = acknowledged.into_inner().unwrap();
    let mut lost = 0;
    for (path, body, answer) in &all {
        let (status, again) = client.call("PUT", path, body).unwrap();
        if status != 200 || again != *answer {
            lost += 1;
        }
    }
    drop(server);
    let sound = is_sound(&data);
    println!(
        "crash: {rounds} kills, {} enrolments acknowledged, {lost} lost or changed, check {}",
        all.len(),
        if sound { "ok" } else { "WRONG" }
    );
    assert!(lost == 0 && sound && !all.is_empty());
}
