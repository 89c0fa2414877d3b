//! Real sockets against the real accept loop, with short bounds: who is silent, slow or too many is let go.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    routing,
};
use choqr::web::server::{self, Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Every bound is so far away that only the one under test can be what closes a socket.
const FAR: Duration = Duration::from_mins(10);
const SOON: Duration = Duration::from_millis(150);
/// A test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

fn far() -> Limits {
    Limits {
        first_byte: FAR,
        first_request: FAR,
        headers: FAR,
        body_piece: FAR,
        body: FAR,
        body_bytes_a_second: 1,
        idle: FAR,
        last_answers: FAR,
        connections: 64,
        per_address: 64,
    }
}

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

async fn start(limits: Limits, tls: Option<server::Tls>) -> Running {
    let service = Router::new()
        .route("/", routing::get(|| async { "hello" }))
        .route("/echo", routing::post(|body: Bytes| async move { body }))
        .route("/long", routing::get(|| async { Body::from(vec![b'x'; 64 << 20]) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    Running { address, stop, task: tokio::spawn(server::serve(listener, tls, service, limits, stopping)) }
}

/// What the server says until it closes; fails when it does not.
async fn until_closed(socket: &mut TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is a close as well.
    drop(tokio::time::timeout(PATIENCE, socket.read_to_end(&mut said)).await.expect("the server closes the socket"));
    String::from_utf8_lossy(&said).into_owned()
}

/// One answer on a connection that stays open.
async fn ask(socket: &mut TcpStream, request: &str, end: &str) -> String {
    socket.write_all(request.as_bytes()).await.unwrap();
    let (mut said, mut piece) = (String::new(), [0; 1024]);
    while !said.ends_with(end) {
        let n = tokio::time::timeout(PATIENCE, socket.read(&mut piece)).await.unwrap().unwrap();
        assert!(n > 0, "closed after {said}");
        said.push_str(&String::from_utf8_lossy(&piece[..n]));
    }
    said
}

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test]
async fn a_socket_that_says_nothing_or_too_little_is_closed() {
    let half_body = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf";
    for (what, said, limits) in [
        ("nothing", "", Limits { first_byte: SOON, ..far() }),
        ("the first letter of HTTP/2's preface", "P", Limits { first_request: SOON, ..far() }),
        ("HTTP/2's preface in clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Limits { first_request: SOON, ..far() }),
        ("half a request line", "GET /", Limits { headers: SOON, ..far() }),
        ("half the headers", "GET / HTTP/1.1\r\nhost: local", Limits { headers: SOON, ..far() }),
        ("half the headers, without hyper's timer", "GET / HTTP/1.1\r\nhost: local", Limits { first_request: SOON, ..far() }),
        ("half a body", half_body, Limits { body_piece: SOON, ..far() }),
        ("half a body, without the bound on a piece", half_body, Limits { body: SOON, body_bytes_a_second: 1_000_000, ..far() }),
    ] {
        let server = start(limits, None).await;
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(said.as_bytes()).await.unwrap();

        let answer = until_closed(&mut socket).await;

        assert!(!answer.contains(" 200 "), "{what}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_trickles_is_not_kept_alive_by_its_pieces() {
    let server = start(Limits { body: SOON, body_bytes_a_second: 1_000_000, ..far() }, None).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\r\n").await.unwrap();
    let (mut reading, mut writing) = socket.into_split();
    let trickle = tokio::spawn(async move {
        while writing.write_all(b"x").await.is_ok() {
            tokio::task::yield_now().await;
        }
    });

    let mut said = Vec::new();
    let _closed = tokio::time::timeout(PATIENCE, reading.read_to_end(&mut said)).await.expect("closed all the same");

    trickle.abort();
    assert!(!String::from_utf8_lossy(&said).contains(" 200 "));
}

#[tokio::test]
async fn an_idle_connection_and_an_answer_nobody_takes_are_closed() {
    let server = start(Limits { idle: SOON, ..far() }, None).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    ask(&mut idle, GET, "hello").await;
    assert_eq!(until_closed(&mut idle).await, "");

    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    deaf.write_all(b"GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    // It is closed while nobody reads: a write fails in the end.
    let closed = async {
        while deaf.write_all(b"x").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("the server gives up");
}

#[tokio::test]
async fn half_a_tls_handshake_is_closed_and_a_silent_http2_too() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .expect("openssl is not installed: run `make tools`");
    assert!(made.status.success());
    let tls = || server::read_tls(&cert, &key).unwrap();

    let server = start(Limits { first_byte: SOON, ..far() }, Some(tls())).await;
    let mut half = TcpStream::connect(server.address).await.unwrap();
    // A handshake record that promises more than it brings.
    half.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]).await.unwrap();
    until_closed(&mut half).await;

    let server = start(Limits { first_request: SOON, ..far() }, Some(tls())).await;
    let port = server.address.port();
    let mut client = tokio::task::spawn_blocking(move || {
        std::process::Command::new("openssl")
            .args(["s_client", "-quiet", "-alpn", "h2", "-connect", &format!("127.0.0.1:{port}")])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    })
    .await
    .unwrap();
    let input = client.stdin.take();
    let ended = tokio::task::spawn_blocking(move || client.wait());
    tokio::time::timeout(PATIENCE, ended).await.expect("HTTP/2 without a request is closed").unwrap().unwrap();
    drop(input);
}

#[tokio::test]
async fn connections_are_counted_in_all_and_by_address() {
    for limits in [Limits { connections: 2, ..far() }, Limits { per_address: 2, ..far() }] {
        let server = start(limits, None).await;
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut socket = TcpStream::connect(server.address).await.unwrap();
            ask(&mut socket, GET, "hello").await;
            held.push(socket);
        }
        let mut one_too_many = TcpStream::connect(server.address).await.unwrap();
        assert_eq!(until_closed(&mut one_too_many).await, "");

        held.clear();
        // Their places are free again once the server has noticed.
        loop {
            let mut socket = TcpStream::connect(server.address).await.unwrap();
            socket.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
            if until_closed(&mut socket).await.ends_with("hello") {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_stop_tells_idle_connections_at_once_and_lets_answers_finish() {
    let server = start(far(), None).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    ask(&mut idle, GET, "hello").await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    ask(&mut busy, "POST /echo HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n", "\r\n\r\n")
        .await;

    server.stop.send(true).unwrap();
    assert_eq!(until_closed(&mut idle).await, "");
    assert_eq!(until_closed(&mut silent).await, "");
    busy.write_all(b"whole").await.unwrap();
    let answer = until_closed(&mut busy).await;

    assert!(answer.contains(" 200 ") && answer.ends_with("whole"), "{answer}");
    tokio::time::timeout(PATIENCE, server.task).await.expect("it ends").unwrap();
}
