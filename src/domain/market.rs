//! A market, its class, and what its ward decides for it.

use crate::payment_code::fold;

/// Class of a market by Decree 60/2024: 1 has more than 400 trading points, 2 has 200 to 400, 3 fewer than 200; 0 is unclassified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct MarketClass(i16);

/// Why a class was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a market's class is 1, 2 or 3, or 0 for a market without one")]
pub struct ClassError;

impl MarketClass {
    /// A market without a class.
    pub const NONE: Self = Self(0);

    /// The class as a number, 0 for none.
    #[must_use]
    pub const fn get(self) -> i16 {
        self.0
    }
}

impl TryFrom<i16> for MarketClass {
    type Error = ClassError;
    fn try_from(class: i16) -> Result<Self, ClassError> {
        if (0..=3).contains(&class) { Ok(Self(class)) } else { Err(ClassError) }
    }
}

impl std::str::FromStr for MarketClass {
    type Err = ClassError;
    fn from_str(text: &str) -> Result<Self, ClassError> {
        match text.trim() {
            "" => Ok(Self::NONE),
            digits => digits.parse::<i16>().map_err(|_| ClassError).and_then(Self::try_from),
        }
    }
}

/// Why a purpose was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a purpose has at most 25 letters, digits, spaces, `-`, `/` or `.`")]
pub struct PurposeError;

/// What every transfer to a market's codes says (EMVCo MPM v1.1 tag 62.08), without marks, at most 25 characters. Markets
/// have none by default: vendors fear memos that look like sales.
///
/// ```
/// use choqr::domain::market::TransferPurpose;
///
/// let purpose: TransferPurpose = " Chợ  Bắc Kạn ".parse()?;
/// assert_eq!(purpose.as_str(), "Cho Bac Kan");
/// assert!("x".repeat(26).parse::<TransferPurpose>().is_err());
/// # Ok::<(), choqr::domain::market::PurposeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct TransferPurpose(String);

impl TransferPurpose {
    /// The words as they stand in a code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for TransferPurpose {
    type Err = PurposeError;
    fn from_str(text: &str) -> Result<Self, PurposeError> {
        let folded = fold::fold_ascii(&fold::nfc_clean(text));
        let plain = folded.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '/' | '.'));
        if (1..=25).contains(&folded.len()) && plain { Ok(Self(folded)) } else { Err(PurposeError) }
    }
}

/// What is the ward's choice in a market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WardRules {
    /// Whether every enrolment is reviewed first.
    pub review_first: bool,
    /// What every transfer says; `None` for nothing.
    pub transfer_purpose: Option<TransferPurpose>,
}
