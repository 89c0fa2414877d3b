//! Draws payment codes: the QR symbol, its SVG, PNG and terminal drawings, sticker designs, sheets and PDF.
//!
//! A pure library: what it draws, the fonts and the date are arguments, and bytes come out. It imports nothing of
//! ours but Vietnamese folding.

pub mod book;
mod canvas;
pub mod card;
pub mod design;
pub mod document;
pub mod fonts;
mod marks;
mod pdf;
pub mod picture;
pub mod pixels;
mod plan;
pub mod png;
pub mod sheet;
mod sticker;
pub mod stock;
pub mod svg;
pub mod symbol;
pub mod terminal;
mod words;

use std::error::Error;

pub use design::{Design, DesignError, Designs, UnknownDesign};
pub use fonts::{FontError, Fonts};
pub use pdf::Colour;
pub use plan::{CutOrder, Plan};
pub use sheet::{SheetOptions, SheetSummary};
pub use sticker::{SecondAccount, Sticker};
pub use stock::{Paper, PaperError};
pub use symbol::{Ec, Symbol, SymbolError};
pub use words::Language;

/// Light modules that must stay clear around a symbol (ISO/IEC 18004, 9.1).
pub const QUIET_ZONE: usize = 4;

/// Why a document could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The output refused to take more.
    #[error("the document could not be written: {0}")]
    Io(#[from] std::io::Error),
    /// A payload does not become a code.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// A code would have modules that printers and phones do not manage.
    #[error("the text is too long for this design: its modules would be {module_mm:.2} mm wide, 0.33 mm is the least")]
    CodeTooFine {
        /// How wide a module would be.
        module_mm: f64,
    },
    /// The first position lies beyond the sheet.
    #[error("a sheet has positions 1 to {positions}, not {start}")]
    StartAt {
        /// What was asked for.
        start: usize,
        /// How many there are.
        positions: usize,
    },
    /// The piece is larger than the paper or the label.
    #[error("a piece of {width} × {height} mm does not fit on this paper")]
    DoesNotFit {
        /// Its width in millimetres.
        width: f64,
        /// Its height in millimetres.
        height: f64,
    },
    /// A sheet is moved farther than any printer is off.
    #[error("a sheet is moved by 10 mm at most")]
    Nudge,
    /// A page of one piece has nothing that could be off.
    #[error("a page for each piece needs no calibration")]
    NothingToCalibrate,
    /// A design shows what this sticker does not have.
    #[error("this design needs {0}, and the sticker has none")]
    Lacking(&'static str),
    /// There was no sticker at all.
    #[error("there is nothing to print")]
    NothingToPrint,
    /// A font could not be cut down to what is used.
    #[error("a font could not be embedded: {0}")]
    Font(String),
    /// The stickers themselves could not be had.
    #[error(transparent)]
    Source(Box<dyn Error + Send + Sync>),
}
