//! Input that a command refuses, which is exit code 2.

/// The input was refused; the message says what, where, and what would be right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);
