//! `choqr serve`.

use anyhow::Context;
use clap::Args;

use super::refused::Refused;
use crate::{
    app::{App, people},
    config::{DataArgs, ListenArgs},
    jobs,
    web::{
        server::{self, Tls},
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
    let app = super::open(&args.data).await?;
    let bound = bind(&args.listen, false).await?;
    eprintln!("address {}", bound.address);
    if let Some(token) = people::set_up_token(&app).await? {
        eprintln!("nobody is recorded yet. Open this once to begin:");
        eprintln!("  {}/set-up?token={token}", bound.address);
    }
    serve(app, bound).await
}

/// A listener with what pages must know of it.
pub(super) struct Bound {
    listener: tokio::net::TcpListener,
    tls: Option<Tls>,
    config: WebConfig,
    /// The address to print.
    pub(super) address: String,
}

/// Takes the port and reads the certificate, before anything is promised.
pub(super) async fn bind(args: &ListenArgs, demo: bool) -> anyhow::Result<Bound> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => {
            Some(server::read_tls(cert, key).map_err(|error| Refused(format!("--tls-cert, --tls-key: {error}")))?)
        }
        _ => None,
    };
    let listener = tokio::net::TcpListener::bind(args.listen).await.with_context(|| format!("--listen {}", args.listen))?;
    let local = listener.local_addr()?;
    let https = tls.is_some() || args.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{local}");
    Ok(Bound { listener, tls, config: WebConfig { public_url: args.public_url.clone(), https, demo }, address })
}

/// Serves until the process is asked to stop.
pub(super) async fn serve(app: App, bound: Bound) -> anyhow::Result<()> {
    let stop = server::stop_signal()?;
    let jobs = tokio::spawn(jobs::run(app.clone(), stop.clone()));
    let state = AppState::new(app, bound.config);
    server::serve(bound.listener, bound.tls, crate::web::service(state), stop).await;
    jobs.await?;
    Ok(())
}
