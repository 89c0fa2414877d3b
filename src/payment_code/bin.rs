//! Acquirer BINs.

use super::charset;

/// Why a BIN was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("an acquirer BIN has six digits")]
pub struct BinError;

/// An acquirer BIN: six digits.
///
/// ```
/// use choqr::payment_code::bank::Bin;
///
/// let bin: Bin = "970436".parse()?;
/// assert_eq!((bin.as_str(), bin.number()), ("970436", 970_436));
/// assert!("97043".parse::<Bin>().is_err());
/// # Ok::<(), choqr::payment_code::bank::BinError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bin {
    digits: [u8; 6],
    number: u32,
}

impl Bin {
    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits).expect("only digits were taken")
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 6] {
        &self.digits
    }

    /// The six digits as a number, by which the directory finds a bank without comparing text.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
}

/// The number that six digits say; `None` for anything else.
#[inline]
pub(super) fn number_of(digits: &[u8]) -> Option<u32> {
    let digits: &[u8; 6] = digits.try_into().ok()?;
    charset::is_digits(digits).then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

impl std::str::FromStr for Bin {
    type Err = BinError;
    #[inline]
    fn from_str(text: &str) -> Result<Self, BinError> {
        let digits = text.as_bytes().try_into().map_err(|_| BinError)?;
        Ok(Self { digits, number: number_of(text.as_bytes()).ok_or(BinError)? })
    }
}

impl std::fmt::Display for Bin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Bin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bin({self})")
    }
}
