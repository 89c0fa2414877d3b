//! Figures for Prometheus: requests by route and class of status, the writer, sessions. Counts only, never a personal value.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing,
};

use super::{
    error::AppError,
    peer::Peer,
    routes::{self, Route},
    session,
    state::AppState,
};
use crate::store::sessions;

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/metrics", near)]
}

/// The service of a listener of its own (`--metrics-listen`): figures, and nothing else.
pub fn service(state: AppState) -> Router {
    Router::new().route("/metrics", routing::get(figures)).with_state(state)
}

/// Answers since the start, by class of status from 1xx to 5xx, and the time they took.
#[derive(Default)]
struct Seen {
    classes: [AtomicU64; 5],
    micros: AtomicU64,
}

/// One entry a route, made once, so that counting takes no lock.
static SEEN: LazyLock<HashMap<(&'static str, &'static str), Seen>> = LazyLock::new(|| {
    let known = routes::table().into_iter().map(|route| ((route.method, route.path), Seen::default()));
    known.chain([(("", ""), Seen::default())]).collect()
});

/// Counts an answer under the route that gave it; what no route matched is counted together.
pub(super) async fn count(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let key = (method.as_str(), path.as_ref().map_or("", MatchedPath::as_str));
    if let Some(seen) = SEEN.get(&key).or_else(|| SEEN.get(&("", ""))) {
        let class = usize::from(response.status().as_u16() / 100).clamp(1, 5) - 1;
        seen.classes[class].fetch_add(1, Ordering::Relaxed);
        seen.micros.fetch_add(began.elapsed().as_micros() as u64, Ordering::Relaxed);
    }
    response
}

/// The figures for this very machine: asked over loopback, by nobody in between. To everybody else they are not there.
async fn near(State(state): State<AppState>, headers: HeaderMap, request: Request) -> Result<Response, AppError> {
    let is_loopback = request.extensions().get::<Peer>().is_some_and(|peer| peer.0.to_canonical().is_loopback());
    let through_a_proxy = ["x-forwarded-for", "x-real-ip", "forwarded", "via"].iter().any(|name| headers.contains_key(*name));
    if !is_loopback || through_a_proxy || !session::is_loopback(&headers) {
        return Err(AppError::NotFound);
    }
    figures(State(state)).await
}

async fn figures(State(state): State<AppState>) -> Result<Response, AppError> {
    let now = state.app.clock.now();
    let open = sessions::count(&state.app.db, now, now.plus(-session::IDLE_MS)).await?;
    let text = text(&state, open);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn text(state: &AppState, open: i64) -> String {
    let mut text = String::new();
    let writer = state.app.db.writer_stats();
    // Labels belong to the sample alone: a line of HELP or TYPE carries the bare name.
    let mut one = |name: &str, labels: &str, kind: &str, help: &str, value: &dyn std::fmt::Display| {
        let _infallible = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{labels} {value}");
    };
    let (version, database) = (env!("CARGO_PKG_VERSION"), state.app.db.kind());
    let labels = format!("{{version=\"{version}\",database=\"{database}\"}}");
    one("choqr_info", &labels, "gauge", "What runs here.", &1);
    one("choqr_sessions", "", "gauge", "People who are signed in.", &open);
    one("choqr_writes_total", "", "counter", "Writes answered by the one writer of SQLite.", &writer.writes);
    one("choqr_commits_total", "", "counter", "Commits made for them.", &writer.commits);
    one("choqr_writes_refused_total", "", "counter", "Writes refused because the queue was full.", &writer.refused);
    let mut rows: Vec<_> = SEEN.iter().collect();
    rows.sort_by_key(|(key, _)| (key.1, key.0));
    let _infallible =
        writeln!(text, "# HELP choqr_requests_total Answers by route and class of status.\n# TYPE choqr_requests_total counter");
    for ((method, route), seen) in &rows {
        for (class, count) in seen.classes.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                let class = class + 1;
                let _infallible =
                    writeln!(text, "choqr_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{class}xx\"}} {count}");
            }
        }
    }
    let _infallible =
        writeln!(text, "# HELP choqr_request_seconds_total Time spent on them.\n# TYPE choqr_request_seconds_total counter");
    for ((method, route), seen) in &rows {
        let micros = seen.micros.load(Ordering::Relaxed);
        if micros > 0 {
            let seconds = micros as f64 / 1e6;
            let _infallible = writeln!(text, "choqr_request_seconds_total{{method=\"{method}\",route=\"{route}\"}} {seconds:.6}");
        }
    }
    text
}
