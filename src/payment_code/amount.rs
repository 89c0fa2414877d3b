//! Amounts: what a code says, and what we may write.

use super::WriteError;

/// Tag 54 as it was read, in whole units of the currency and what follows the point.
///
/// ```
/// use choqr::payment_code::{Code, Mode};
///
/// let text = "00020101021229370016A000000677010111011300660000000005802TH530376454044.226304E469";
/// let amount = Code::read(text, Mode::Strict)?.amount().unwrap();
/// assert_eq!((amount.whole(), amount.decimals(), amount.to_string().as_str()), (4, "22", "4.22"));
/// # Ok::<(), choqr::payment_code::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount<'a> {
    whole: u64,
    decimals: &'a str,
}

impl<'a> Amount<'a> {
    pub(super) const fn new(whole: u64, decimals: &'a str) -> Self {
        Self { whole, decimals }
    }

    /// Whole units: dong, baht.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// The digits after the point, as written; empty for dong.
    #[must_use]
    pub const fn decimals(&self) -> &'a str {
        self.decimals
    }
}

impl std::fmt::Display for Amount<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.decimals {
            "" => write!(f, "{}", self.whole),
            decimals => write!(f, "{}.{decimals}", self.whole),
        }
    }
}

/// An amount in dong that a transfer by code can carry: 1 to 499,999,999 (NAPAS v1.0 speaks of less than 500 million).
///
/// ```
/// use choqr::payment_code::Vnd;
///
/// assert_eq!(Vnd::new(45_000)?.get(), 45_000);
/// assert!(Vnd::new(0).is_err());
/// assert!(Vnd::new(500_000_000).is_err());
/// # Ok::<(), choqr::payment_code::WriteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vnd(u32);

impl Vnd {
    /// The first amount that is too much.
    pub const LIMIT: u64 = 500_000_000;

    /// An amount above 0 and below the limit.
    pub const fn new(dong: u64) -> Result<Self, WriteError> {
        if dong == 0 || dong >= Self::LIMIT { Err(WriteError::Amount) } else { Ok(Self(dong as u32)) }
    }

    /// Dong.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0 as u64
    }
}

impl TryFrom<u64> for Vnd {
    type Error = WriteError;
    fn try_from(dong: u64) -> Result<Self, WriteError> {
        Self::new(dong)
    }
}

impl std::fmt::Display for Vnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
