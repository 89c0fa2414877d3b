//! Pages and the JSON API: extract, parse, one store or app call, respond.

mod health;
pub mod routes;
pub mod state;
