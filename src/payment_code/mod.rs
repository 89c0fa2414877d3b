//! Pure library: EMV merchant-presented payment codes, `VietQR`, the bank directory, Vietnamese folding.
//!
//! Strict when writing, honest when reading: [`decode`] refuses with a stable code and the character at fault, or keeps
//! what it can and lists warnings; [`TransferCode::encode`] cannot produce what [`decode`] would refuse.

pub mod bank;
pub mod bank_search;
mod compare;
mod crc;
mod decode;
pub mod fold;
mod refusal;
mod rules;
mod tlv;
mod vietqr;

pub use compare::{Comparison, Verdict, compare};
pub use crc::crc16;
pub use decode::{Decoded, Mode, Scheme, decode};
pub use refusal::{Refusal, Warning};
pub use tlv::Field;
pub use vietqr::{AccountNumber, AccountNumberError, Service, TransferCode, WriteError};
