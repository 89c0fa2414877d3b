//! Print: what is drawn can be read again, by programs that are not ours.

mod designs;
mod sheets;
mod sticker_command;
mod support;
mod symbol;
