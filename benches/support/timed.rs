//! A load of kept-alive connections for some seconds: how many answers, how late, at what cost.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Answers a second.
    pub per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
    /// Microseconds of the processor an answer, in all processes that were named.
    pub cpu: f64,
}

/// Asks for `paths` in turn over so many connections, which are tasks of one thread; `pids` and their descendants are what
/// serves. Every answer must be 200.
pub fn load(address: &str, token: &str, connections: usize, time: Duration, paths: &[String], pids: &[u32]) -> Load {
    let before: f64 = pids.iter().map(|pid| cpu(*pid)).sum();
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut late: Vec<f64> = tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut tasks = tokio::task::JoinSet::new();
        for first in 0..connections {
            let texts: Vec<Vec<u8>> = paths.iter().skip(first).step_by(connections).map(|path| request(path, token)).collect();
            let address = address.to_owned();
            tasks.spawn_local(async move { client(&address, &texts, began + time).await });
        }
        tasks.join_all().await.concat()
    });
    let (wall, used) = (began.elapsed().as_secs_f64(), pids.iter().map(|pid| cpu(*pid)).sum::<f64>() - before);
    late.sort_by(f64::total_cmp);
    let at = |share: f64| late[((late.len() as f64 * share) as usize).min(late.len() - 1)] * 1e3;
    Load { per_second: late.len() as f64 / wall, p50: at(0.5), p99: at(0.99), cpu: used * 1e6 / late.len() as f64 }
}

fn request(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}

async fn client(address: &str, texts: &[Vec<u8>], until: Instant) -> Vec<f64> {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut late, mut answer) = (Vec::new(), Vec::with_capacity(64 << 10));
    for text in texts.iter().cycle() {
        let asked = Instant::now();
        if asked >= until {
            break;
        }
        stream.write_all(text).await.unwrap();
        answer.clear();
        while !is_whole(&answer) {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the server hung up");
        }
        late.push(asked.elapsed().as_secs_f64());
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}: {}", String::from_utf8_lossy(text), String::from_utf8_lossy(&answer));
    }
    late
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.split("content-length:").nth(1).and_then(|tail| tail.lines().next()?.trim().parse::<usize>().ok());
    answer.len() >= end + 4 + length.unwrap_or(0)
}

/// User and system seconds of a process and all its descendants.
pub fn cpu(root: u32) -> f64 {
    let mut all: Vec<(u32, u32, f64)> = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        all.push((pid, number(1) as u32, (number(11) + number(12)) / 100.0));
    }
    let (mut todo, mut sum) = (vec![root], 0.0);
    while let Some(pid) = todo.pop() {
        sum += all.iter().find(|one| one.0 == pid).map_or(0.0, |one| one.2);
        todo.extend(all.iter().filter(|one| one.1 == pid).map(|one| one.0));
    }
    sum
}
