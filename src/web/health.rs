//! Whether the process is up and whether its database answers.

use axum::{extract::State, http::StatusCode};

use super::{
    routes::{self, Route},
    state::AppState,
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/healthz", healthz), routes::get("/readyz", readyz)]
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
