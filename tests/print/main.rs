//! Print: what is drawn can be read again, by programs that are not ours.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod crowd;
mod design_files;
mod designs;
mod outputs;
mod sheets;
mod sticker_command;
mod support;
mod symbol;
