//! A market and its class.

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
