//! What every handler can reach.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::app::App;

/// How the service is reached, as far as pages must know.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// The address people use, without a trailing slash; `None` takes what the request says.
    pub public_url: Option<String>,
    /// Whether the service itself speaks TLS, or a proxy in front does (`public_url` begins with `https://`).
    pub https: bool,
    /// Whether the demo's sign-ins are shown on the sign-in page.
    pub demo: bool,
}

/// Shared by all handlers; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The use cases' state.
    pub app: App,
    /// How the service is reached.
    pub config: Arc<WebConfig>,
    /// At most two passwords are hashed at a time: Argon2id takes 19 MiB each.
    pub hashing: Arc<Semaphore>,
}

impl AppState {
    /// The state of a service.
    #[must_use]
    pub fn new(app: App, config: WebConfig) -> Self {
        Self { app, config: Arc::new(config), hashing: Arc::new(Semaphore::new(2)) }
    }
}
