//! `choqr serve`.

use std::net::SocketAddr;

use clap::Args;

use super::refused::Refused;
use crate::{
    app::{App, people},
    config::{DataArgs, ListenArgs},
    jobs,
    print::Designs,
    web::{
        metrics,
        server::{self, Limits, Tls},
        state::{AppState, WebConfig},
    },
};

/// `choqr serve`
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    listen: ListenArgs,
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    // The port first: a database made for nothing would have shown its recovery key for the only time.
    let bound = bind(&args.listen, false).await?;
    let designs = designs(&args.data.data_dir)?;
    let app = super::open(&args.data).await?;
    eprintln!("address {}", bound.address);
    if bound.config.public_url.is_none() {
        eprintln!(
            "--public-url (CHOQR_PUBLIC_URL) is not set: links and stickers carry the address each browser used; set it before printing"
        );
    }
    if let Some(token) = people::set_up_token(&app).await? {
        eprintln!("nobody is recorded yet. Open this once to begin:");
        eprintln!("  {}/set-up?token={token}", bound.address);
    }
    serve(app, bound, designs).await
}

/// The shipped designs and those that this installation has beside its data; what is refused is told with its reason.
pub(super) fn designs(data_dir: &std::path::Path) -> anyhow::Result<Designs> {
    let folder = data_dir.join("designs");
    if !folder.is_dir() {
        return Ok(Designs::shipped().clone());
    }
    let designs = super::sticker::library::with_folder(&folder)?;
    for reason in designs.refused() {
        tracing::warn!(%reason, "a design cannot be selected");
    }
    Ok(designs)
}

/// A listener with what pages must know of it.
pub(super) struct Bound {
    listener: tokio::net::TcpListener,
    tls: Option<Tls>,
    config: WebConfig,
    metrics: Option<tokio::net::TcpListener>,
    /// The address to print.
    pub(super) address: String,
}

/// Takes the port and reads the certificate, before anything is promised.
pub(super) async fn bind(args: &ListenArgs, demo: bool) -> anyhow::Result<Bound> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(
            server::read_tls(cert, key)
                .map_err(|error| Refused(format!("--tls-cert (CHOQR_TLS_CERT), --tls-key (CHOQR_TLS_KEY): {error}")))?,
        ),
        _ => None,
    };
    let listener = take("--listen (CHOQR_LISTEN)", args.listen).await?;
    let metrics = match args.metrics_listen {
        Some(address) => Some(take("--metrics-listen (CHOQR_METRICS_LISTEN)", address).await?),
        None => None,
    };
    let local = listener.local_addr()?;
    let https = tls.is_some() || args.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{local}");
    if let Some(metrics) = &metrics {
        eprintln!("metrics http://{}/metrics", metrics.local_addr()?);
    }
    let trusted_proxies = args.trusted_proxy.iter().map(std::net::IpAddr::to_canonical).collect();
    let config = WebConfig { public_url: args.public_url.clone(), https, trusted_proxies, demo };
    Ok(Bound { listener, tls, config, metrics, address })
}

/// Takes a port, or names the setting that asked for it.
async fn take(setting: &str, address: SocketAddr) -> anyhow::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await.map_err(|error| {
        Refused(format!("{setting} {address}: {error}; it takes a free address and port of this machine")).into()
    })
}

/// Serves until the process is asked to stop.
pub(super) async fn serve(app: App, bound: Bound, designs: Designs) -> anyhow::Result<()> {
    let stop = server::stop_signal()?;
    // The night's work reads every stall of every market, and SQLite is read in place: on a thread where nobody waits behind it.
    let (work, stopping, runtime) = (app.clone(), stop.clone(), tokio::runtime::Handle::current());
    let jobs = tokio::task::spawn_blocking(move || runtime.block_on(jobs::run(work, stopping)));
    let state = AppState::new(app, bound.config).with_designs(designs);
    let figures = bound.metrics.map(|listener| {
        let service = metrics::service(state.clone());
        tokio::spawn(server::serve(listener, None, service, Limits::default(), stop.clone()))
    });
    server::serve(bound.listener, bound.tls, crate::web::service(state), Limits::default(), stop).await;
    if let Some(figures) = figures {
        figures.await?;
    }
    jobs.await?;
    Ok(())
}
