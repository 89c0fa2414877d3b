//! What phones send: opened, judged by the same use cases as everybody's, and kept for a person when it does not count.

pub mod keys;
pub mod photos;
pub mod receive;
pub mod records;
pub mod sealed;
mod test_transfer;

pub use receive::{Answer, Item, Sender};
