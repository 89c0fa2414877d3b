//! One file a command.

pub mod refused;
pub mod sticker;
