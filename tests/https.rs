//! The real program over HTTPS: certificate and key from files, cookies that only HTTPS carries.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn run(program: &str, words: &[&str]) -> String {
    let out =
        Command::new(program).args(words).output().unwrap_or_else(|_| panic!("{program} is not installed: run `make tools`"));
    assert!(out.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn certificate(folder: &Path) -> (String, String) {
    let (cert, key) = (folder.join("cert.pem").display().to_string(), folder.join("key.pem").display().to_string());
    run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &cert,
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ],
    );
    (cert, key)
}

#[test]
fn over_https_the_session_is_bound_to_https() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").display().to_string();
    let (cert, key) = certificate(folder.path());
    let choqr = env!("CARGO_BIN_EXE_choqr");
    let mut add = Command::new(choqr)
        .args([
            "staff",
            "--data-dir",
            &data,
            "add",
            "hanh",
            "--name",
            "Hạnh",
            "--role",
            "ward_official",
            "--scope",
            "ward:01843",
            "--password-stdin",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    add.stdin.take().unwrap().write_all(b"mot-hai-ba-bon-nam").unwrap();
    assert!(add.wait().unwrap().success());
    let mut server = Command::new(choqr)
        .args(["serve", "--data-dir", &data, "--listen", "127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let server = Server(server);
    let address = lines.find_map(|line| line.unwrap().strip_prefix("address ").map(str::to_owned)).unwrap();
    assert!(address.starts_with("https://"), "{address}");
    let page = address.replace("127.0.0.1", "localhost");

    let form = run("curl", &["-sk", "-i", &format!("{page}/sign-in")]).to_lowercase();
    let signed = run("curl", &["-sk", "-i", "-d", "username=hanh&password=mot-hai-ba-bon-nam", &format!("{page}/sign-in")]);

    assert!(form.contains("strict-transport-security: max-age=31536000"));
    assert!(!form.contains("https://"), "nothing to warn of");
    assert!(signed.to_lowercase().contains("set-cookie: __host-choqr=") && signed.contains("; Secure"), "{signed}");
    let plain = Command::new("curl").args(["-s", "--max-time", "5", &page.replace("https://", "http://")]).output().unwrap();
    assert!(!plain.status.success() || plain.stdout.is_empty(), "plain HTTP is not answered on the HTTPS port");
    drop(server);
}

#[test]
fn half_a_pair_of_certificate_and_key_is_refused_by_name() {
    let out = Command::new(env!("CARGO_BIN_EXE_choqr")).args(["serve", "--tls-cert", "x.pem"]).output().unwrap();

    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("--tls-key"));
}
