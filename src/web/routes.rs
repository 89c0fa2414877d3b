//! The one table of routes. The router is built from it, and so is the test that holds every route × role × scope
//! against its expected verdict: a route that is not here does not exist, one that is here has a row there.

use axum::{
    Router,
    handler::Handler,
    routing::{self, MethodRouter},
};

use super::state::AppState;

/// One method on one path.
pub struct Route {
    /// `GET`, `POST`, `PUT`.
    pub method: &'static str,
    /// As axum writes it: `/stalls/{stall_id}`.
    pub path: &'static str,
    handler: MethodRouter<AppState>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A page or a read.
pub fn get<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: "GET", path, handler: routing::get(handler) }
}

/// A change.
pub fn post<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: "POST", path, handler: routing::post(handler) }
}

/// A change under a name the client chose.
pub fn put<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: "PUT", path, handler: routing::put(handler) }
}

/// Every route of the service, noun by noun.
#[must_use]
pub fn table() -> Vec<Route> {
    [
        super::adoption::routes(),
        super::api::routes(),
        super::assets::routes(),
        super::banks::routes(),
        super::campaigns::routes(),
        super::check_link::routes(),
        super::checks::routes(),
        super::codes::routes(),
        super::devices::routes(),
        super::enrol::routes(),
        super::field::routes(),
        super::figures::routes(),
        super::floor_plan::routes(),
        super::health::routes(),
        super::market_map::routes(),
        super::markets::routes(),
        super::metrics::routes(),
        super::owners_card::routes(),
        super::print::routes(),
        super::print_batch::routes(),
        super::print_order::routes(),
        super::print_preview::routes(),
        super::report::routes(),
        super::review::routes(),
        super::row_assignments::routes(),
        super::set_up::routes(),
        super::sign_in::routes(),
        super::staff::routes(),
        super::stall_lists::routes(),
        super::stalls::routes(),
        super::sticker_reports::routes(),
        super::vendor::routes(),
        super::wards::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The router, without layers.
pub fn router() -> Router<AppState> {
    table().into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler))
}
