//! Pages and the JSON API: extract, parse, one store or app call, respond.

mod adoption;
mod api;
mod assets;
mod banks;
mod campaigns;
mod check_link;
mod checks;
pub mod chrome;
mod codes;
mod devices;
mod drawings;
mod enrol;
pub mod error;
mod field;
mod figures;
mod floor_plan;
mod headers;
mod health;
mod history;
pub mod limits;
pub mod list_words;
pub mod looks;
mod market_map;
mod markets;
pub mod metrics;
mod owners_card;
pub mod page;
pub mod peer;
mod print;
mod print_batch;
mod print_form;
mod print_order;
mod print_preview;
pub mod report;
mod review;
mod review_payload;
pub mod routes;
mod row_assignments;
pub mod server;
pub mod session;
mod set_up;
mod sheets;
mod sign_in;
mod staff;
mod stall_lists;
mod stall_page;
mod stalls;
pub mod state;
mod sticker_reports;
mod uploads;
mod vendor;
mod vendor_amount;
mod wards;
pub mod words;

pub use assets::fonts;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use state::AppState;

/// No body is larger: a photo or PDF of 8 MiB, with the form around it.
const BODY_LIMIT: usize = 9 << 20;

/// The whole service: every route with every layer, as the server and the tests call it.
pub fn service(state: AppState) -> Router {
    routes::router()
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(std::sync::Arc::clone(&state.config), headers::refuse_forged))
        .layer(middleware::from_fn(error::draw))
        .layer(CompressionLayer::new().gzip(true))
        .layer(middleware::from_fn(metrics::count))
        .layer(middleware::from_fn_with_state(std::sync::Arc::clone(&state.config), headers::protect))
        .with_state(state)
}
