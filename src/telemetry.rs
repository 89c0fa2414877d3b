//! What the program says of itself: one line an event on standard error, never a personal value.

use tracing_subscriber::EnvFilter;

/// Begins to log. `RUST_LOG` narrows or widens it; without it the program's own notes are shown.
pub fn begin() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,choqr=info"));
    // A second beginning, in a test, keeps the first.
    let _already = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
