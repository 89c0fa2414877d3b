//! Names as people write them: kept in NFC as typed, folded for search, keyed for order.

use crate::payment_code::fold;

/// A word outside a closed list.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected one of: {expected}")]
pub struct UnknownWord {
    /// The words that are accepted, separated by spaces.
    pub expected: &'static str,
}

/// Why a name was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum NameError {
    /// Nothing was left after trimming.
    #[error("a name is needed")]
    Missing,
    /// More than 100 characters.
    #[error("a name has at most 100 characters")]
    TooLong,
    /// No letter in it.
    #[error("a name has letters")]
    NoLetter,
}

impl NameError {
    /// The stable word of the problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "name_missing",
            Self::TooLong => "name_too_long",
            Self::NoLetter => "name_without_letter",
        }
    }
}

/// A name of a person or a place: NFC, single spaces, 1 to 100 characters, at least one letter.
///
/// ```
/// use choqr::domain::text::Name;
///
/// let name: Name = "  Nguyễn  Thị Hoà ".parse()?;
/// assert_eq!(name.as_str(), "Nguyễn Thị Hoà");
/// assert_eq!(name.fold(), "nguyen thi hoa");
/// # Ok::<(), choqr::domain::text::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    text: String,
    fold: String,
}

impl Name {
    /// The name as typed, cleaned.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Marks dropped, lower case: the key for search and comparison.
    #[must_use]
    pub fn fold(&self) -> &str {
        &self.fold
    }

    /// The key that puts Vietnamese names in order on every database.
    #[must_use]
    pub fn sort_key(&self) -> String {
        fold::sort_of_clean(&self.text)
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let clean = fold::nfc_clean(text);
        match clean.chars().count() {
            0 => Err(NameError::Missing),
            101.. => Err(NameError::TooLong),
            _ if !clean.chars().any(char::is_alphabetic) => Err(NameError::NoLetter),
            _ => Ok(Self { fold: fold::fold_of_clean(&clean), text: clean }),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Names are personal: a log shows only that there was one.
impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Name(…)")
    }
}
