//! The peer of shared/bench/peers/http (FastAPI, SQLAlchemy, two uvicorn workers) over the counters of our nation.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A peer that serves.
pub struct Peer {
    child: Child,
    pub address: String,
}

/// A market's counters as the peer keeps them.
pub struct PeerRow {
    pub province: u32,
    pub ward: u32,
    pub total: i64,
    pub states: [i64; 4],
}

/// Where the peers are, if they are anywhere: PEERS_DIR, or beside the repository.
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var("PEERS_DIR").unwrap_or_else(|_| "../shared/bench/peers".to_owned());
    Path::new(&named).join("http").canonicalize().ok().filter(|folder| folder.join("app.py").exists())
}

/// Installs what the peer needs, once, into `venv`.
pub fn install(peers: &Path, venv: &Path) {
    let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
    if venv.join("bin/uvicorn").exists() && venv.join("whole").exists() {
        return;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(venv));
    let pip = || {
        let mut command = Command::new(venv.join("bin/pip"));
        command.args(["install", "--quiet", "--disable-pip-version-check"]);
        command
    };
    run(pip().arg("-r").arg(peers.join("requirements.txt")));
    run(pip().arg("psycopg[binary]"));
    std::fs::write(venv.join("whole"), "").unwrap();
}

/// The peer's two tables of counters with its key, and the index by place that ours has.
fn sql(rows: &[PeerRow], is_postgres: bool) -> String {
    let mut sql = String::from("DROP TABLE IF EXISTS markets; DROP TABLE IF EXISTS market_stats;\n");
    sql.push_str("CREATE TABLE markets (id BIGINT PRIMARY KEY, province_id INTEGER NOT NULL, name TEXT NOT NULL);\n");
    sql.push_str(
        "CREATE TABLE market_stats (market_id BIGINT PRIMARY KEY, province_id INTEGER NOT NULL, total BIGINT NOT NULL, st0 BIGINT NOT NULL, \
         st1 BIGINT NOT NULL, st2 BIGINT NOT NULL, st3 BIGINT NOT NULL, updated_at BIGINT NOT NULL, ward_id INTEGER NOT NULL);\n",
    );
    for (n, row) in rows.iter().enumerate() {
        let (id, [a, b, c, d]) = (n + 1, row.states);
        let _infallible = writeln!(
            sql,
            "INSERT INTO markets VALUES ({id},{},'Chợ số {id}'); INSERT INTO market_stats VALUES ({id},{},{},{a},{b},{c},{d},0,{});",
            row.province, row.province, row.total, row.ward
        );
    }
    sql.push_str("CREATE INDEX market_stats_by_place ON market_stats (province_id, ward_id);\n");
    sql.push_str(if is_postgres { "VACUUM ANALYZE;\n" } else { "ANALYZE;\n" });
    sql
}

/// Fills the peer's SQLite file.
pub fn fill_sqlite(file: &Path, rows: &[PeerRow]) {
    let _absent = std::fs::remove_file(file);
    let db = rusqlite::Connection::open(file).unwrap();
    db.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;").unwrap();
    db.execute_batch(&format!("BEGIN;\n{}COMMIT;", sql(rows, false))).unwrap();
}

/// Fills the peer's PostgreSQL database.
pub fn fill_postgres(url: &str, rows: &[PeerRow]) {
    let mut psql = Command::new("psql")
        .args(["-q", "-v", "ON_ERROR_STOP=1", url])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // In one transaction but for VACUUM, which takes none.
    let text =
        sql(rows, true).replacen("CREATE TABLE markets", "BEGIN;\nCREATE TABLE markets", 1).replace("VACUUM", "COMMIT;\nVACUUM");
    psql.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(psql.wait().unwrap().success(), "the peer's tables");
}

impl Peer {
    /// Starts it with two workers, as its own `run.sh` does, and waits until it answers.
    pub fn start(peers: &Path, venv: &Path, db: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/support");
        let child = Command::new(venv.join("bin/uvicorn"))
            .args(["places:app", "--workers", "2", "--log-level", "warning", "--port", &port.to_string()])
            .env("PYTHONPATH", format!("{}:{}", peers.display(), ours.display()))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DB", db)
            .spawn()
            .unwrap();
        let peer = Self { child, address: format!("127.0.0.1:{port}") };
        for _ in 0..150 {
            if std::net::TcpStream::connect(&peer.address).is_ok() {
                // Both workers have to be there, and each has its first connection to make.
                std::thread::sleep(Duration::from_secs(2));
                return peer;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("the peer does not answer");
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Its workers end when it is asked to, and live on when it is killed.
        let _gone = Command::new("kill").arg(self.child.id().to_string()).status();
        let _gone = self.child.wait();
    }
}
