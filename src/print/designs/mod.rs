//! The designs: what a sticker looks like, in millimetres from its trimmed top left corner.

mod card_a6;
mod label_99x68;
mod parts;
mod rosette;

use std::fmt;
use std::str::FromStr;

use super::PrintError;
use super::canvas::Canvas;
use super::fonts::Fonts;
use super::sticker::Ready;
use super::words::Words;

/// What is printed beyond the cut, so that a knife a little off leaves no white edge.
pub(crate) const BLEED: f64 = 3.0;

/// A design by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DesignName {
    /// A counter card of 105 × 148 mm.
    CardA6,
    /// A label of 99.1 × 67.7 mm, eight on A4.
    Label99x68,
}

/// The names of all designs.
#[must_use]
pub fn designs() -> &'static [&'static str] {
    &["card_a6", "label_99x68"]
}

impl fmt::Display for DesignName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardA6 => "card_a6",
            Self::Label99x68 => "label_99x68",
        })
    }
}

/// There is no design of this name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no such design; there are {}", designs().join(", "))]
pub struct UnknownDesign;

impl FromStr for DesignName {
    type Err = UnknownDesign;

    fn from_str(name: &str) -> Result<Self, UnknownDesign> {
        match name.replace('-', "_").as_str() {
            "card_a6" => Ok(Self::CardA6),
            "label_99x68" => Ok(Self::Label99x68),
            _ => Err(UnknownDesign),
        }
    }
}

/// What a design draws with.
pub(crate) struct Tools<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) words: &'a Words,
}

impl DesignName {
    /// Width and height when cut.
    pub(crate) fn size(self) -> (f64, f64) {
        match self {
            Self::CardA6 => card_a6::SIZE,
            Self::Label99x68 => label_99x68::SIZE,
        }
    }

    /// Draws one sticker with its bleed, the origin at the cut's top left corner.
    pub(crate) fn draw(self, canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> Result<(), PrintError> {
        match self {
            Self::CardA6 => card_a6::draw(canvas, tools, ready),
            Self::Label99x68 => label_99x68::draw(canvas, tools, ready),
        }
    }
}

/// The area that a design's ground covers: the cut and the bleed.
pub(crate) fn bled((width, height): (f64, f64)) -> [f64; 4] {
    [-BLEED, -BLEED, width + BLEED, height + BLEED]
}
