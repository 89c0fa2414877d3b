//! What every handler can reach.

use std::sync::Arc;

use super::limits::Limits;
use crate::{app::App, print::Designs};

/// How the service is reached, as far as pages must know.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// The address people use, without a trailing slash; `None` takes what the request says.
    pub public_url: Option<String>,
    /// Whether the service itself speaks TLS, or a proxy in front does (`public_url` begins with `https://`).
    pub https: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Whether the demo's sign-ins are shown on the sign-in page.
    pub demo: bool,
}

impl WebConfig {
    /// The address to put into links: the configured one, or what the request was sent to.
    #[must_use]
    pub fn base_url(&self, headers: &axum::http::HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let host = headers.get(axum::http::header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
        format!("{}://{host}", if self.https { "https" } else { "http" })
    }
}

/// Shared by all handlers; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The use cases' state.
    pub app: App,
    /// How the service is reached.
    pub config: Arc<WebConfig>,
    /// The designs that may be selected.
    pub designs: Arc<Designs>,
    /// How often an address may ask for what anybody may see.
    pub limits: Limits,
}

impl AppState {
    /// The state of a service.
    #[must_use]
    pub fn new(app: App, config: WebConfig) -> Self {
        Self { app, config: Arc::new(config), designs: Arc::new(Designs::shipped().clone()), limits: Limits::default() }
    }

    /// The same with designs of this installation's own.
    #[must_use]
    pub fn with_designs(self, designs: Designs) -> Self {
        Self { designs: Arc::new(designs), ..self }
    }
}
