//! What a use case answers when it does not succeed.

use crate::store::{Retry, StoreError, markets::AccessError};

/// A problem with one part of what was sent: where, which, and for people the words of that code in `errors.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    /// RFC 6901 pointer into the body, as `/vendor/phone`; for a form, `/` and the field's name.
    pub pointer: String,
    /// Stable word.
    pub code: &'static str,
    /// One sentence in English for logs and scripts; pages take the words of the code.
    pub message: String,
}

impl FieldProblem {
    /// A problem at a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

/// Why a use case did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// Outside the scope, or not there.
    #[error("there is no such thing within your scope")]
    NotFound,
    /// The role may not, or it is one's own enrolment.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// Something else stands in the way: a stable word.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// What was sent is wrong in these places.
    #[error("the input was refused in {} places", .0.len())]
    Invalid(Vec<FieldProblem>),
    /// Too many wrong passwords or tokens.
    #[error(transparent)]
    Braked(#[from] super::guesses::Wait),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseError {
    /// One wrong place.
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem::new(pointer, code, message)])
    }
}

impl From<AccessError> for UseError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::NotFound,
            AccessError::Forbidden => Self::Forbidden("role_may_not"),
            AccessError::Store(error) => Self::Store(error),
        }
    }
}

impl Retry for UseError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.may_retry())
    }
}
