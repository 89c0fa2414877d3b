//! choqr turns a traditional market into a cashless one: it enrols vendors, issues `VietQR` payment codes,
//! prints stickers that scan, and shows who is on board.
//!
//! Imports point one way: `main → cli | web | jobs → app → store → domain`.
//! [`payment_code`] and [`mod@print`] are pure libraries that import nothing of ours.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod payment_code;
pub mod print;
pub mod stall_list;
pub mod store;
pub mod telemetry;
pub mod web;
