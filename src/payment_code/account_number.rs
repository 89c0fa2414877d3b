//! The number of an account or a card, as tag 38.01.01 holds it.

use super::{charset, text::Ascii};

/// Why an account number was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("an account or card number has 1 to 19 letters and digits, without marks")]
pub struct AccountNumberError;

/// An account or card number: 1 to 19 ASCII letters and digits. Never padded, never guessed.
///
/// ```
/// use choqr::payment_code::AccountNumber;
/// let number: AccountNumber = "9990 0001 2345 6".parse()?;
/// assert_eq!(number.as_str(), "9990000123456");
/// assert_eq!(number.last4(), "3456");
/// # Ok::<(), choqr::payment_code::AccountNumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccountNumber(Ascii<19>);

impl AccountNumber {
    /// The number without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The last four characters, the part that may be shown.
    #[must_use]
    pub fn last4(&self) -> &str {
        let number = self.as_str();
        &number[number.len().saturating_sub(4)..]
    }

    fn plain(text: &[u8]) -> Option<Self> {
        if charset::is_alphanumeric(text) { Ascii::trusted(text).map(Self) } else { None }
    }
}

impl std::str::FromStr for AccountNumber {
    type Err = AccountNumberError;
    fn from_str(text: &str) -> Result<Self, AccountNumberError> {
        if let Some(number) = Self::plain(text.as_bytes()) {
            return Ok(number);
        }
        let number: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}')).collect();
        Self::plain(number.as_bytes()).ok_or(AccountNumberError)
    }
}

/// Account numbers are personal: a log shows only the last four.
impl std::fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountNumber(…{})", self.last4())
    }
}
