//! Pure library: EMV merchant-presented payment codes, `VietQR` and its neighbours, the bank directory, Vietnamese folding.
//!
//! Text in, text out; no I/O, no clock, nothing of the rest of choqr. Strict when writing, honest when reading:
//!
//! - [`Tree`] is the text as objects, without any loss: writing it again gives the same bytes.
//! - [`Code::read`] judges and gives meaning: strictly it refuses with a stable word, the character at fault and what would be
//!   right; leniently it keeps what it can and lists warnings. [`Payee`] says who is paid in the words of each scheme.
//!   [`decode`] is the same for those who need to keep the answer.
//! - [`TransferCode`] writes, and cannot write what [`Code::read`] would refuse.
//! - [`compare()`] tells whether a scanned code still pays the registered payee.
//!
//! Sources: EMVCo Merchant-Presented Mode v1.1, NAPAS `VietQR` v1.0 (09/2021) and QR Switching Part IV, and real codes.

mod account_number;
mod amount;
pub mod bank;
pub mod bank_search;
mod bin;
mod bounds;
mod charset;
mod code;
mod compare;
mod crc;
mod decoded;
mod diagnosis;
pub mod fold;
mod json;
mod payee;
mod pen;
mod reader;
mod refusal;
mod rules;
mod scheme;
mod service;
mod tags;
mod template;
mod text;
mod tlv;
mod usual_layout;
mod vietqr;

pub use account_number::{AccountNumber, AccountNumberError};
pub use amount::{Amount, Vnd};
pub use code::{Code, Initiation, Mode, Tip};
pub use compare::{Comparison, Verdict, compare};
pub use crc::crc16;
pub use decoded::{Decoded, OwnedField, decode};
pub use payee::{Payee, Provider, VnPayForm};
pub use refusal::{Refusal, Warning};
pub use scheme::Scheme;
pub use service::Service;
pub use text::{City, Label, LocalName, Mcc, MerchantName, Purpose};
pub use tlv::{Field, Fields, MAX_DEPTH, Tree, Unit};
pub use vietqr::{LabelKind, TransferCode, WriteError};
