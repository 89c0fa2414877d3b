//! Writing `VietQR` transfer codes (NAPAS `VietQR` v1.0 §6): what would be refused on reading is refused on writing.

use super::{bank::Bin, crc16, fold, tlv};

/// The application identifier of NAPAS in tag 38.
pub(super) const AID: &str = "A000000727";
/// Transfers by code stay below this many dong (NAPAS v1.0).
pub(super) const TRANSFER_LIMIT: u64 = 500_000_000;

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
#[derive(Clone, PartialEq, Eq)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// The number without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters, the part that may be shown.
    #[must_use]
    pub fn last4(&self) -> &str {
        &self.0[self.0.len().saturating_sub(4)..]
    }
}

impl std::str::FromStr for AccountNumber {
    type Err = AccountNumberError;
    fn from_str(text: &str) -> Result<Self, AccountNumberError> {
        let number: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}')).collect();
        let plain = number.bytes().all(|b| b.is_ascii_alphanumeric());
        if (1..=19).contains(&number.len()) && plain { Ok(Self(number)) } else { Err(AccountNumberError) }
    }
}

/// Account numbers are personal: a log shows only the last four.
impl std::fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountNumber(…{})", self.last4())
    }
}

/// What the number in tag 38.01.01 is (tag 38.02).
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
        [Self::Account, Self::Card, Self::Push, Self::Cash].into_iter().find(|service| service.as_str() == code)
    }
}

/// Why a code could not be written.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum WriteError {
    /// Zero or beyond the limit.
    #[error("an amount is between 1 and 499,999,999 dong")]
    Amount,
    /// More than 25 characters after folding, or characters a code cannot hold.
    #[error("a purpose has at most 25 letters, digits and signs")]
    Purpose,
    /// More than 25 characters after folding.
    #[error("a name has at most 25 letters")]
    Name,
    /// More than 15 characters after folding.
    #[error("a city has at most 15 letters")]
    City,
    /// Not a card of that bank.
    #[error("a card number has 16 or 19 digits and begins with the bank's BIN")]
    Card,
}

impl WriteError {
    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Amount => "amount_out_of_range",
            Self::Purpose => "purpose_too_long",
            Self::Name => "name_too_long",
            Self::City => "city_too_long",
            Self::Card => "card_malformed",
        }
    }
}

/// A transfer to an account or a card.
///
/// ```
/// use choqr::payment_code::{Service, TransferCode};
///
/// // The static sample of NAPAS VietQR v1.0 §6.1.1, with its inner length put right.
/// let code = TransferCode::new("970403".parse()?, "0011012345678".parse()?);
/// let payload = code.encode()?;
/// assert!(payload.ends_with("63049E6F"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TransferCode {
    /// The acquirer.
    pub bin: Bin,
    /// The account or card.
    pub account: AccountNumber,
    /// Which of the two.
    pub service: Service,
    /// Dong; `None` makes a static code.
    pub amount: Option<u64>,
    /// Tag 62.08, folded.
    pub purpose: Option<String>,
    /// Tag 59, folded and in capitals; a transfer does not need it.
    pub name: Option<String>,
    /// Tag 60, folded and in capitals.
    pub city: Option<String>,
}

impl TransferCode {
    /// A static code to an account.
    #[must_use]
    pub const fn new(bin: Bin, account: AccountNumber) -> Self {
        Self { bin, account, service: Service::Account, amount: None, purpose: None, name: None, city: None }
    }

    /// The payload, with its checksum.
    pub fn encode(&self) -> Result<String, WriteError> {
        let account = self.account.as_str();
        let is_card = matches!(account.len(), 16 | 19)
            && account.bytes().all(|b| b.is_ascii_digit())
            && account.starts_with(self.bin.as_str());
        if self.service == Service::Card && !is_card {
            return Err(WriteError::Card);
        }
        if self.amount.is_some_and(|amount| amount == 0 || amount >= TRANSFER_LIMIT) {
            return Err(WriteError::Amount);
        }
        let purpose = folded(self.purpose.as_deref(), 25, WriteError::Purpose)?;
        let name = folded(self.name.as_deref(), 25, WriteError::Name)?;
        let city = folded(self.city.as_deref(), 15, WriteError::City)?;

        let mut beneficiary = String::with_capacity(40);
        tlv::push(&mut beneficiary, "00", self.bin.as_str());
        tlv::push(&mut beneficiary, "01", account);
        let mut merchant = String::with_capacity(80);
        tlv::push(&mut merchant, "00", AID);
        tlv::push(&mut merchant, "01", &beneficiary);
        tlv::push(&mut merchant, "02", self.service.as_str());

        let mut out = String::with_capacity(180);
        out.push_str("000201");
        out.push_str(if self.amount.is_some() { "010212" } else { "010211" });
        tlv::push(&mut out, "38", &merchant);
        out.push_str("5303704");
        if let Some(amount) = self.amount {
            tlv::push(&mut out, "54", &amount.to_string());
        }
        out.push_str("5802VN");
        for (tag, value) in [("59", name.map(|name| name.to_uppercase())), ("60", city.map(|city| city.to_uppercase()))] {
            if let Some(value) = value {
                tlv::push(&mut out, tag, &value);
            }
        }
        if let Some(purpose) = purpose {
            let mut additional = String::new();
            tlv::push(&mut additional, "08", &purpose);
            tlv::push(&mut out, "62", &additional);
        }
        out.push_str("6304");
        let crc = crc16(out.as_bytes());
        out.extend(format!("{crc:04X}").chars());
        Ok(out)
    }
}

/// Cleaned, marks dropped, at most `limit` printable ASCII characters; empty counts as absent.
fn folded(text: Option<&str>, limit: usize, error: WriteError) -> Result<Option<String>, WriteError> {
    let Some(text) = text else { return Ok(None) };
    let folded = fold::fold_ascii(&fold::nfc_clean(text));
    match folded.len() {
        0 => Ok(None),
        n if n > limit || !folded.bytes().all(|b| matches!(b, b' '..=b'~')) => Err(error),
        _ => Ok(Some(folded)),
    }
}
