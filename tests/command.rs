//! The real program from the outside: settings refused by name, backup and restore, tampering that is found, a wrong path that
//! makes nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

struct Installation {
    folder: tempfile::TempDir,
}

/// What a command answered.
struct Done {
    code: Option<i32>,
    out: String,
    said: String,
}

fn choqr(words: &[&str]) -> Done {
    let out = Command::new(env!("CARGO_BIN_EXE_choqr")).args(words).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: out.status.code(), out: text(out.stdout), said: text(out.stderr) }
}

struct Server {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Server {
    /// The rest of the line that begins with a word.
    fn line(&mut self, word: &str) -> String {
        self.lines.find_map(|line| line.unwrap().strip_prefix(word).map(str::to_owned)).unwrap()
    }
}

impl Installation {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        let made = this.run(&["market", "add", "--name", "Chợ Thử", "--ward", "01843"]);
        assert_eq!(made.code, Some(0), "{}", made.said);
        assert!(made.said.contains("recovery key") && made.said.contains("choqr.db"), "{}", made.said);
        this
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn database(&self) -> PathBuf {
        self.data().join("choqr.db")
    }

    /// A command on this installation's data.
    fn run(&self, words: &[&str]) -> Done {
        let data = self.data().display().to_string();
        choqr(&[&words[..1], &["--data-dir", &data], &words[1..]].concat())
    }

    fn serve(&self, words: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_choqr"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.data())
            .args(words)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Server { child, lines }
    }

    fn sql(&self, sql: &str) -> usize {
        rusqlite::Connection::open(self.database()).unwrap().execute(sql, []).unwrap()
    }
}

fn get(address: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn a_wrong_setting_is_refused_by_its_name() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let (under_a_file, no_folder) = (file.join("data").display().to_string(), format!("sqlite://{data}/no/such/folder/x.db"));
    for (setting, words) in [
        ("--database-url", ["--database-url", "mysql://nowhere/x"]),
        ("--database-url", ["--database-url", &no_folder]),
        ("--data-dir", ["--data-dir", &under_a_file]),
        ("--listen", ["--listen", "nonsense"]),
        ("--listen", ["--listen", &taken]),
        ("--metrics-listen", ["--metrics-listen", &taken]),
        ("--public-url", ["--public-url", "cho.example.vn"]),
        ("--trusted-proxy", ["--trusted-proxy", "nginx"]),
        ("--key-file", ["--key-file", file.to_str().unwrap()]),
    ] {
        let mut all = vec!["serve"];
        if setting != "--data-dir" {
            all.extend(["--data-dir", &data]);
        }
        if setting != "--listen" {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        all.extend(words);
        let done = choqr(&all);

        assert_eq!(done.code, Some(2), "{words:?}: {}", done.said);
        assert!(done.said.contains(setting), "{words:?}: {}", done.said);
    }
}

#[test]
fn a_refusal_says_what_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let market = ["market", "--data-dir", &data, "add", "--name", "Chợ Thử", "--ward"];
    let account = ["qr", "encode", "--bank", "vcb", "--account", "9990000123456"];
    for (words, said) in [
        (vec!["serve", "--data-dir", &data, "--listen", "abc"], "as in 127.0.0.1:8080"),
        (vec!["serve", "--data-dir", &data, "--trusted-proxy", "zzz"], "as in 127.0.0.1"),
        ([&market[..], &["99999"]].concat(), "five digits, as in 01843"),
        ([&market[..], &["01843", "--class", "9"]].concat(), "1, 2 or 3, as in --class 2"),
        ([&account[..], &["--amount", "45.000"]].concat(), "as in 45000"),
        (vec!["demo", "--data-dir", &data, "--nation-size", "9"], "--nation"),
    ] {
        let done = choqr(&words);

        assert_eq!(done.code, Some(2), "{words:?}: {}", done.said);
        assert!(done.said.contains(said), "{words:?}: {}", done.said);
    }
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new(), "what is refused makes nothing");
}

#[test]
fn a_wrong_path_is_refused_and_nothing_is_made_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("no-such").display().to_string();
    let copy = folder.path().join("copy").display().to_string();
    for words in [
        vec!["check"],
        vec!["audit", "verify"],
        vec!["backup", &copy],
        vec!["staff", "list"],
        vec!["staff", "disable", "lan"],
        vec!["staff", "link", "lan"],
        vec!["staff", "token", "lan"],
        vec!["market", "list"],
    ] {
        let done = choqr(&[&words[..1], &["--data-dir", &data], &words[1..]].concat());

        assert_eq!(done.code, Some(2), "{words:?}: {}", done.said);
        assert!(done.said.contains("--data-dir") && done.said.contains("no-such"), "{words:?}: {}", done.said);
    }
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn looking_does_not_bring_the_schema_up_to_date() {
    let here = Installation::new();
    let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().count();
    assert_eq!(here.sql("DELETE FROM _sqlx_migrations WHERE version > 1"), migrations - 1);
    let copy = here.folder.path().join("copy").display().to_string();

    let (check, list) = (here.run(&["check"]), here.run(&["staff", "list"]));
    let backup = here.run(&["backup", &copy]);

    for done in [check, list] {
        assert_eq!(done.code, Some(2), "{}", done.said);
        assert!(done.said.contains("choqr migrate"), "{}", done.said);
    }
    assert_eq!(backup.code, Some(0), "{}", backup.said);
    let schema = |path: &str| -> i64 {
        rusqlite::Connection::open(path)
            .unwrap()
            .query_row("SELECT MAX(version) FROM _sqlx_migrations", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!((schema(&copy), schema(here.database().to_str().unwrap())), (1, 1));
}

#[test]
fn a_backup_comes_back_whole_and_a_damaged_one_does_not() {
    let here = Installation::new();
    let backup = here.folder.path().join("backup").display().to_string();
    let made = here.run(&["backup", &backup]);
    assert_eq!(made.code, Some(0), "{}", made.said);
    assert_eq!(here.run(&["backup", &backup]).code, Some(2), "an existing file is not overwritten");
    let whole = here.run(&["market", "list"]).out;
    here.run(&["market", "add", "--name", "Chợ Sau", "--ward", "01843"]);
    assert_ne!(here.run(&["market", "list"]).out, whole);

    let mut bytes = std::fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xFF);
    let damaged = here.folder.path().join("damaged").display().to_string();
    std::fs::write(&damaged, bytes).unwrap();
    let foreign = here.folder.path().join("foreign").display().to_string();
    std::fs::write(&foreign, "not a database at all, just some text").unwrap();
    for (file, words) in
        [(&backup, vec!["restore"]), (&damaged, vec!["restore", "--force"]), (&foreign, vec!["restore", "--force"])]
    {
        let refused = here.run(&[words, vec![file]].concat());
        assert_eq!(refused.code, Some(2), "{}", refused.said);
    }
    assert_eq!(here.run(&["market", "list"]).out.lines().count(), 2, "a refused restore changes nothing");

    let restored = here.run(&["restore", "--force", &backup]);
    assert_eq!(restored.code, Some(0), "{}", restored.said);
    assert_eq!(here.run(&["market", "list"]).out, whole);
    let check = here.run(&["check"]);
    assert_eq!(check.code, Some(0), "{}{}", check.out, check.said);
}

#[test]
fn a_restore_waits_for_nobody_and_takes_nothing_from_a_running_service() {
    let here = Installation::new();
    let backup = here.folder.path().join("backup").display().to_string();
    let mut server = here.serve(&[]);
    server.line("address ");
    assert_eq!(here.run(&["backup", &backup]).code, Some(0), "a backup is made while it serves");

    let beside = here.run(&["restore", "--force", &backup]);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let after = here.run(&["restore", "--force", &backup]);

    assert_eq!(beside.code, Some(2), "{}", beside.said);
    assert!(beside.said.contains("in use"), "{}", beside.said);
    assert_eq!(after.code, Some(0), "the lock goes with the process: {}", after.said);
}

/// A killed service leaves its log behind: what stands in it belongs to the old database and must never reach the new one.
#[test]
fn a_log_left_behind_is_not_replayed_onto_a_restored_database() {
    let here = Installation::new();
    let backup = here.folder.path().join("backup").display().to_string();
    assert_eq!(here.run(&["backup", &backup]).code, Some(0));
    let mut server = here.serve(&[]);
    let token = server.line("  http").rsplit('=').next().unwrap().to_owned();
    assert!(!token.is_empty());
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let log = here.data().join("choqr.db-wal");
    assert!(std::fs::metadata(&log).is_ok_and(|meta| meta.len() > 0), "the service was killed with writes in its log");

    assert_eq!(here.run(&["restore", "--force", &backup]).code, Some(0));

    let left: i64 = rusqlite::Connection::open(here.database())
        .unwrap()
        .query_row("SELECT COUNT(*) FROM settings WHERE name = 'set_up_token_hash'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
    assert_eq!(here.run(&["check"]).code, Some(0));
}

#[test]
fn tampering_is_found_by_check_and_by_audit_verify() {
    let here = Installation::new();
    let before = here.run(&["audit", "verify"]);
    assert_eq!((before.code, before.out.lines().count()), (Some(0), 1), "{}", before.said);
    let cells: Vec<&str> = before.out.trim_end().split('\t').collect();
    assert!(cells[0] == "ok" && cells[1].starts_with("mkt_") && cells[2] == "1" && cells[3].len() == 64, "{cells:?}");
    let whole = std::fs::read(here.database()).unwrap();

    for sql in ["UPDATE audit_events SET actor = 'somebody'", "DELETE FROM audit_events", "DELETE FROM audit_heads"] {
        std::fs::write(here.database(), &whole).unwrap();
        assert_eq!(here.sql(sql), 1);
        let (check, verify) = (here.run(&["check"]), here.run(&["audit", "verify"]));

        assert_eq!((check.code, verify.code), (Some(1), Some(1)), "{sql}: {}{}", check.said, verify.said);
        assert!(check.out.contains("WRONG") && verify.out.starts_with("BROKEN\tmkt_"), "{sql}: {}{}", check.out, verify.out);
    }
}

#[test]
fn a_new_link_lets_somebody_in_who_forgot() {
    let here = Installation::new();
    let add = here.run(&["staff", "add", "hanh", "--name", "Hạnh", "--role", "operator", "--scope", "nation"]);
    let link = here.run(&["staff", "link", "hanh", "--public-url", "https://cho.example.vn/"]);
    here.run(&["staff", "disable", "hanh"]);
    let (disabled, token) = (here.run(&["staff", "link", "hanh"]), here.run(&["staff", "token", "hanh"]));

    assert_eq!((add.code, link.code), (Some(0), Some(0)), "{}{}", add.said, link.said);
    for refused in [disabled, token] {
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{}", refused.said);
        assert!(refused.said.contains("hanh is disabled"), "{}", refused.said);
    }
    assert!(link.out.starts_with("https://cho.example.vn/link/") && link.out.trim_end().len() == 28 + 26, "{}", link.out);
    assert_ne!(add.out.rsplit('/').next(), link.out.rsplit('/').next());
}

#[test]
fn whoever_cannot_be_made_is_refused_with_the_reason() {
    let here = Installation::new();
    let market = here.run(&["market", "list"]).out.split('\t').next().unwrap().to_owned();
    let other = market.replace(|last: char| last.is_ascii_digit(), "f");
    let add = |name: &str, role: &str, scope: &str| {
        here.run(&["staff", "add", name, "--name", "Nguyễn Thu Lan", "--role", role, "--scope", scope])
    };
    assert_eq!(add("lan", "volunteer", &format!("market:{market}")).code, Some(0));

    for (name, role, scope, said) in [
        ("quan", "volunteer", "nation", "a volunteer takes ward:CODE or market:ID"),
        ("quan", "operator", "ward:01843", "an operator takes nation"),
        ("quan", "ward_official", "province:19", "a ward_official takes ward:CODE"),
        ("quan", "lead", &format!("market:{other}"), "there is no market"),
        ("quan", "sheriff", "nation", "--role"),
        ("lan", "lead", "ward:01843", "this user name is taken"),
    ] {
        let done = add(name, role, scope);

        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{role} {scope}: {}", done.said);
        assert!(done.said.contains(said) && done.said.lines().count() == 1, "{role} {scope}: {}", done.said);
    }
    assert_eq!(here.run(&["staff", "list"]).out.lines().count(), 1);
}

/// A reader that goes away, as `head` does, is no failure and no panic.
#[test]
fn a_closed_pipe_ends_a_command_quietly() {
    let here = Installation::new();
    here.run(&["staff", "add", "hanh", "--name", "Hạnh", "--role", "operator", "--scope", "nation"]);
    let data = here.data().display().to_string();
    for words in [
        &["staff", "list"][..],
        &["staff", "link", "hanh"],
        &["staff", "token", "hanh"],
        &["market", "list"],
        &["check"],
        &["audit", "verify"],
        &["banks"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_choqr"));
        let out = command.args(words).env("CHOQR_DATA_DIR", &data).stdout(writer).output().unwrap();

        assert_eq!(out.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        assert!(!String::from_utf8_lossy(&out.stderr).contains("panicked"), "{words:?}");
    }
}

/// Its recovery key is shown once: a database that is made for nothing would take it away.
#[test]
fn a_busy_port_makes_no_database() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    for command in ["serve", "demo"] {
        let done = choqr(&[command, "--listen", &taken, "--data-dir", &data]);

        assert_eq!(done.code, Some(2), "{}", done.said);
        assert!(!done.said.contains("recovery key"), "{}", done.said);
        assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn figures_have_a_listener_of_their_own() {
    let here = Installation::new();
    let mut server = here.serve(&["--metrics-listen", "127.0.0.1:0"]);
    let metrics = server.line("metrics http://").trim_end_matches("/metrics").to_owned();
    let address = server.line("address http://");

    let page = get(&address, "/sign-in");
    let (own, near, other) = (get(&metrics, "/metrics"), get(&address, "/metrics"), get(&metrics, "/sign-in"));

    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for figures in [own, near] {
        let described: Vec<_> = figures.lines().filter_map(|line| line.strip_prefix('#')).collect();
        assert!(described.len() > 8, "{figures}");
        for line in described {
            // `# HELP name words` and `# TYPE name kind`: no labels, the text format of Prometheus says.
            let mut words = line.trim_start().split(' ');
            assert!(matches!(words.next(), Some("HELP" | "TYPE")), "{line}");
            assert!(words.next().is_some_and(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')), "{line}");
            assert!(words.next().is_some(), "{line}");
        }
        assert!(figures.contains("\nchoqr_info{version=\"") && figures.contains("database=\"sqlite\"} 1\n"), "{figures}");
        assert!(figures.contains("choqr_requests_total{method=\"GET\",route=\"/sign-in\",status=\"2xx\"} 1"), "{figures}");
    }
    assert!(other.starts_with("HTTP/1.1 404"), "the other listener has nothing but figures: {other}");
}

#[test]
fn a_design_of_ones_own_that_was_not_proven_is_refused_by_name_and_the_rest_serves() {
    let here = Installation::new();
    let folder = here.data().join("designs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("la.toml"), "size = [99.1]\n").unwrap();
    std::fs::write(folder.join("moi.toml"), include_str!("../assets/designs/label_99x68.toml")).unwrap();

    let mut server = here.serve(&[]);
    let mut told = |file: &str| server.lines.find_map(|line| Some(line.unwrap()).filter(|line| line.contains(file))).unwrap();

    assert!(told("la.toml").contains("WARN"));
    assert!(told("moi.toml").contains("choqr sticker prove moi.toml"));
    let address = server.line("address http://");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
}
