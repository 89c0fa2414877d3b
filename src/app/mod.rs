//! One use case a file: the steps that touch more than one noun. No HTTP, no SQL text.

pub mod assign_rows;
pub mod brake;
pub mod campaigns;
pub mod change_account;
pub mod check_sticker;
pub mod corrections;
pub mod devices;
pub mod enrol;
mod error;
pub mod field;
pub mod figures;
pub mod floor_plan;
pub mod guesses;
mod idempotency;
pub mod market_pack;
pub mod market_work;
pub mod passwords;
pub mod people;
pub mod place_sums;
pub mod print_stickers;
pub mod record_visit;
pub mod recount;
pub mod report;
pub mod report_sticker;
pub mod reveal;
pub mod review;
pub mod see;
pub mod stall_lists;
pub mod vendor_link;

pub use error::{FieldProblem, UseError};

use crate::{
    clock::Clock,
    store::{Db, numbers::Series},
};

/// What every use case needs: the database, the clock and the number series.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The only source of time.
    pub clock: Clock,
    /// Receipts, `PN-…`.
    pub receipts: Series,
    /// Sticker serials, `VH-…`.
    pub serials: Series,
    /// Hashes passwords, two at a time.
    pub passwords: passwords::Passwords,
    /// The brake on guessing.
    pub guesses: guesses::Guesses,
    /// The provinces' counters, kept for a second.
    pub sums: place_sums::KeptSums,
}

impl App {
    /// An application on a database.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            receipts: Series::new("receipt"),
            serials: Series::new("sticker"),
            passwords: passwords::Passwords::default(),
            guesses: guesses::Guesses::default(),
            sums: place_sums::KeptSums::default(),
        }
    }
}
