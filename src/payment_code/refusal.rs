//! Why a code was refused, where, and what would be right.

/// A refused code. `offset` counts characters from the start of the text, 0 for the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{message} (character {offset})")]
pub struct Refusal {
    /// Stable word.
    pub code: &'static str,
    /// The character at which it goes wrong.
    pub offset: usize,
    /// One sentence that says what would be right; it never repeats the account.
    pub message: String,
}

/// Something a lenient reader put up with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Warning {
    /// Stable word, one of those a strict reader refuses with, or `crc_lower_case`, `static_with_amount`.
    pub code: &'static str,
    /// The character it is about.
    pub offset: usize,
    /// One sentence.
    pub message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, offset: usize, message: impl Into<String>) -> Self {
        Self { code, offset, message: message.into() }
    }

    pub(super) fn into_warning(self) -> Warning {
        Warning { code: self.code, offset: self.offset, message: self.message }
    }
}
