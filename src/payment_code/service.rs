//! What a VietQR code asks for: a transfer to an account or a card, a payment, cash.

use super::charset;

/// What the number in tag 38.01.01 is (tag 38.02).
///
/// ```
/// use choqr::payment_code::Service;
/// assert_eq!(Service::from_code("QRIBFTTC"), Some(Service::Card));
/// assert_eq!(Service::from_code("qribfttc"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Service {
    /// Transfer to an account.
    #[serde(rename = "QRIBFTTA")]
    Account,
    /// Transfer to a card.
    #[serde(rename = "QRIBFTTC")]
    Card,
    /// Payment to a merchant; the meaning of an absent 38.02 by QR Switching.
    #[serde(rename = "QRPUSH")]
    Push,
    /// Cash from a machine.
    #[serde(rename = "QRCASH")]
    Cash,
}

impl Service {
    /// The code in tag 38.02.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "QRIBFTTA",
            Self::Card => "QRIBFTTC",
            Self::Push => "QRPUSH",
            Self::Cash => "QRCASH",
        }
    }

    /// Reads a code, exactly as written.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::from_bytes(code.as_bytes())
    }

    #[inline]
    pub(super) const fn from_bytes(code: &[u8]) -> Option<Self> {
        match code {
            b"QRIBFTTA" => Some(Self::Account),
            b"QRIBFTTC" => Some(Self::Card),
            b"QRPUSH" => Some(Self::Push),
            b"QRCASH" => Some(Self::Cash),
            _ => None,
        }
    }

    /// Whether a number can be a card of the bank with that BIN.
    pub(super) fn is_card(bin: &str, number: &[u8]) -> bool {
        matches!(number.len(), 16 | 19) && charset::is_digits(number) && number.starts_with(bin.as_bytes())
    }
}
