//! What is wrong with a design file: which file, which line, and what would be right.

/// A design file that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct DesignError {
    /// The file's name, without its folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there, and what would be right.
    pub reason: String,
}
