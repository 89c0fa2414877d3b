//! Our own accept loop: axum's has no header timeout, and a silent socket would stay for ever. Every connection has a
//! bound on its first byte, its TLS handshake, its headers, its bodies and its silences; there is a cap on all of them and on
//! those of one address.

mod activity;

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};
use tower::ServiceExt;

use super::peer::Peer;
use activity::{Activity, Arriving, Watched};

/// How long and how many, for everything another machine can make us wait for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A socket that sends nothing for this long, or whose TLS handshake takes longer, is closed.
    pub first_byte: Duration,
    /// The first request, headers and all, is there after this long.
    pub first_request: Duration,
    /// Headers that are not whole after this long are given up, also on a connection kept alive.
    pub headers: Duration,
    /// Each piece of a request's body comes within this time.
    pub body_piece: Duration,
    /// A whole body comes within this time, and a second more for so many bytes.
    pub body: Duration,
    /// The slowest a body may come, after the first [`Limits::body`].
    pub body_bytes_a_second: u64,
    /// A connection on which nothing is worked on and of which nothing is taken is closed after this long.
    pub idle: Duration,
    /// When asked to stop, answers under way get this long.
    pub last_answers: Duration,
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address; a market's phones share one behind their operator's network.
    pub per_address: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(10),
            first_request: Duration::from_secs(15),
            headers: Duration::from_secs(10),
            body_piece: Duration::from_secs(20),
            body: Duration::from_mins(1),
            body_bytes_a_second: 1_024,
            idle: Duration::from_secs(75),
            last_answers: Duration::from_secs(10),
            connections: 4_096,
            per_address: 1_024,
        }
    }
}

/// TLS, ready to accept.
pub type Tls = TlsAcceptor;

/// Reads a certificate chain and its key.
pub fn read_tls(cert: &Path, key: &Path) -> io::Result<Tls> {
    let named = |path: &Path, error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| named(cert, &error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key, &error))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Turns true when the process is asked to stop.
pub fn stop_signal() -> io::Result<watch::Receiver<bool>> {
    let (send, receive) = watch::channel(false);
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _interrupted = tokio::signal::ctrl_c().await;
        let _nobody_waits = send.send(true);
    });
    Ok(receive)
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection's place among those of its address; given back when dropped.
struct Place {
    addresses: Addresses,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Addresses {
    fn take(&self, address: IpAddr, permit: OwnedSemaphorePermit, most: usize) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { addresses: self.clone(), address, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Serves until `stop` turns true, then finishes what is under way.
pub async fn serve(listener: TcpListener, tls: Option<Tls>, service: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    let (places, addresses) = (Arc::new(Semaphore::new(limits.connections)), Addresses::default());
    let graceful = GracefulShutdown::new();
    let mut tasks = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        while tasks.try_join_next().is_some() {}
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors: wait for one instead of spinning.
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&places).try_acquire_owned() else { continue };
        let Some(place) = addresses.take(peer.ip(), permit, limits.per_address) else { continue };
        let client = Client { peer: Peer(peer.ip()), service: service.clone(), watcher: graceful.watcher(), limits };
        let (tls, mut stopping) = (tls.clone(), stop.clone());
        tasks.spawn(async move {
            let _place = place;
            let _nodelay_is_a_wish = socket.set_nodelay(true);
            // Who has not said anything yet is told nothing when we stop.
            tokio::select! {
                met = timeout(limits.first_byte, meet(socket, tls)) => {
                    if let Ok(Ok(met)) = met {
                        client.serve(met).await;
                    }
                }
                () = async { stopping.wait_for(|stop| *stop).await.map_or((), drop) } => {}
            }
        });
    }
    drop(listener);
    // Idle connections are told at once; the others when their answer is out.
    if timeout(limits.last_answers, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers were not taken in time");
    }
    tasks.shutdown().await;
}

/// A connection that has begun to speak.
enum Met {
    Plain(TcpStream),
    /// With TLS, and whether HTTP/2 was agreed upon.
    Tls(Box<TlsStream<TcpStream>>, bool),
}

/// Waits until the other side has said something, and for the handshake where there is one.
async fn meet(socket: TcpStream, tls: Option<Tls>) -> io::Result<Met> {
    let Some(tls) = tls else {
        // Looked at without taking it.
        return match socket.peek(&mut [0]).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(Met::Plain(socket)),
        };
    };
    let stream = tls.accept(socket).await?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Met::Tls(Box::new(stream), is_http2))
}

/// One other end, and what it gets.
struct Client {
    peer: Peer,
    service: Router,
    watcher: Watcher,
    limits: Limits,
}

impl Client {
    async fn serve(self, met: Met) {
        match met {
            // In clear only HTTP/1: browsers speak HTTP/2 over TLS alone, and telling the two apart waits without a timer.
            Met::Plain(stream) => self.connection(stream, false).await,
            Met::Tls(stream, is_http2) => self.connection(*stream, is_http2).await,
        }
    }

    async fn connection(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, is_http2: bool) {
        let Self { peer, service, watcher, limits } = self;
        let activity = Activity::new();
        let noted = activity.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (service, working) = (service.clone(), noted.begin());
            let mut request = request.map(|body| Body::new(Arriving::new(body, limits)));
            request.extensions_mut().insert(peer);
            async move {
                let _working = working;
                service.oneshot(request).await
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder = if is_http2 { builder.http2_only() } else { builder.http1_only() };
        builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers).max_buf_size(64 << 10);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(20))).max_concurrent_streams(64);
        let watched = Watched { stream, activity: activity.clone() };
        let connection = builder.serve_connection(TokioIo::new(watched), service);
        tokio::select! {
            ended = watcher.watch(connection.into_owned()) => {
                if let Err(error) = ended {
                    tracing::debug!(error, "a connection ended early");
                }
            }
            () = activity.silence(&limits) => {}
        }
    }
}
