//! A PostgreSQL of the benchmark's own, kept between runs, stopped at the end of each.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A running cluster.
pub struct Cluster {
    folder: PathBuf,
    pub port: u16,
}

fn bin(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.filter_map(Result::ok).map(|version| version.path().join("bin").join(name)).find(|path| path.exists())
}

/// A command as a user that PostgreSQL accepts: it refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    // The server inherits what we give it, so a pipe would never close: it writes to its own log.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} failed");
}

impl Cluster {
    /// Starts the cluster of a folder and makes it first where there is none; `None` where PostgreSQL is not installed.
    pub fn start(folder: &Path) -> Option<Self> {
        let (initdb, control) = (bin("initdb")?, bin("pg_ctl")?);
        std::fs::create_dir_all(folder).unwrap();
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let data = folder.join("data");
        if !data.exists() {
            run(as_postgres(&initdb).args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"]).arg(&data));
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // As it comes, but for memory: durability is PostgreSQL's own.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c shared_buffers=1GB -c max_wal_size=4GB",
            folder.display()
        );
        run(as_postgres(&control)
            .args(["-w", "-t", "120", "-o", &options, "-l"])
            .arg(folder.join("log"))
            .arg("-D")
            .arg(&data)
            .arg("start"));
        Some(Self { folder: folder.to_owned(), port })
    }

    /// The address of a database, which is made where there is none.
    pub fn database(&self, name: &str) -> String {
        let createdb = bin("createdb").unwrap();
        let args = ["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-T", "template0", name];
        let _there = Command::new(createdb).args(args).stderr(Stdio::null()).status().unwrap();
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// The process that all others of the cluster descend from.
    pub fn pid(&self) -> u32 {
        // The file is its owner's alone, unless we are root.
        let text = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _stopped = as_postgres(&bin("pg_ctl").unwrap())
            .args(["-m", "fast", "-w", "-D"])
            .arg(self.folder.join("data"))
            .arg("stop")
            .status();
    }
}
