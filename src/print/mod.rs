//! Draws payment codes: the QR symbol, its SVG, PNG and terminal drawings, sticker designs, sheets and PDF.
//!
//! A pure library: what it draws, the fonts and the date are arguments, and bytes come out. It imports nothing of
//! ours but Vietnamese folding.

pub mod png;
pub mod svg;
pub mod symbol;
pub mod terminal;

pub use symbol::{Ec, Symbol, SymbolError};

/// Light modules that must stay clear around a symbol (ISO/IEC 18004, 9.1).
pub const QUIET_ZONE: usize = 4;
