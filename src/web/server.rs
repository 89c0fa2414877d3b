//! Our own accept loop: axum's has no header timeout, and a silent socket would stay for ever. Every connection has a
//! bound on its first byte, its TLS handshake and its headers, there is a cap on all of them and on those of one address.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tower::ServiceExt;

/// A socket that sends nothing for this long is closed.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// Headers that are not whole after this long are given up, also on a connection kept alive.
const HEADERS: Duration = Duration::from_secs(10);
/// When asked to stop, answers under way get this long.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// Connections at once.
const CONNECTIONS: usize = 4_096;
/// Connections at once from one address; a market's phones share one behind their operator's network.
const PER_ADDRESS: usize = 1_024;

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
    fn take(&self, address: IpAddr, permit: OwnedSemaphorePermit) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= PER_ADDRESS {
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
pub async fn serve(listener: TcpListener, tls: Option<Tls>, service: Router, mut stop: watch::Receiver<bool>) {
    let (places, addresses) = (Arc::new(Semaphore::new(CONNECTIONS)), Addresses::default());
    let graceful = Arc::new(GracefulShutdown::new());
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
        let Some(place) = addresses.take(peer.ip(), permit) else { continue };
        let (tls, service, graceful) = (tls.clone(), service.clone(), Arc::clone(&graceful));
        let mut stopping = stop.clone();
        tasks.spawn(async move {
            let _place = place;
            let _nodelay_is_a_wish = socket.set_nodelay(true);
            if !matches!(timeout(FIRST_BYTE, first_byte(&socket)).await, Ok(Ok(()))) {
                return;
            }
            let served = async {
                match tls {
                    None => connection(socket, service, &graceful).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = timeout(FIRST_BYTE, tls.accept(socket)).await {
                            connection(stream, service, &graceful).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = served => {}
                () = async {
                    let _closed = stopping.wait_for(|stop| *stop).await.map(drop);
                    tokio::time::sleep(LAST_ANSWERS).await;
                } => {}
            }
        });
    }
    drop(listener);
    if let Ok(graceful) = Arc::try_unwrap(graceful) {
        graceful.shutdown().await;
    }
    let _late = timeout(LAST_ANSWERS, async { while tasks.join_next().await.is_some() {} }).await;
}

/// Waits until the other side has said something, without taking it.
async fn first_byte(socket: &TcpStream) -> io::Result<()> {
    let mut byte = [0];
    match socket.peek(&mut byte).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, service: Router, graceful: &GracefulShutdown) {
    let service =
        hyper::service::service_fn(move |request: Request<Incoming>| service.clone().oneshot(request.map(axum::body::Body::new)));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 << 10);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(20))).max_concurrent_streams(64);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = graceful.watch(connection.into_owned()).await {
        tracing::debug!(error, "a connection ended early");
    }
}
