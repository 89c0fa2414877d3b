//! The field app's server side, everything under `/dd` ("đi dán"): the shell that a phone keeps, binding a phone to a person,
//! the market's pack, receiving records, and what of them waits for a person.

mod fielder;
mod me;
mod pack;
mod records;
mod send;
mod shell;

use super::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    [shell::routes(), me::routes(), pack::routes(), send::routes(), records::routes()].into_iter().flatten().collect()
}
