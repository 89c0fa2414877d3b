//! A vendor: the person who keeps a stall.

/// Why a phone number was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("a Vietnamese mobile number has 10 digits and begins with 03, 05, 07, 08 or 09")]
pub struct PhoneError;

/// A Vietnamese mobile number in national form: `0` and nine digits.
///
/// ```
/// use choqr::domain::vendor::Phone;
///
/// let phone: Phone = "+84 90 123 45 67".parse()?;
/// assert_eq!(phone.as_str(), "0901234567");
/// assert_eq!(phone.last4(), "4567");
/// assert!("12345".parse::<Phone>().is_err());
/// # Ok::<(), choqr::domain::vendor::PhoneError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// The ten digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits, the part that lists may show.
    #[must_use]
    pub fn last4(&self) -> &str {
        &self.0[6..]
    }
}

impl std::str::FromStr for Phone {
    type Err = PhoneError;
    fn from_str(text: &str) -> Result<Self, PhoneError> {
        let mut digits = String::with_capacity(12);
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => {}
                ' ' | '.' | '-' | '(' | ')' | '\u{a0}' => {}
                _ => return Err(PhoneError),
            }
        }
        let national = match digits.strip_prefix("84") {
            Some(rest) if rest.len() == 9 => format!("0{rest}"),
            _ => digits,
        };
        let bytes = national.as_bytes();
        let shape = bytes.len() == 10 && bytes[0] == b'0' && matches!(bytes[1], b'3' | b'5' | b'7' | b'8' | b'9');
        if shape { Ok(Self(national)) } else { Err(PhoneError) }
    }
}

/// Phone numbers are personal: a log shows only the last two digits.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone(…{})", &self.0[8..])
    }
}

crate::word_enum!(
    /// How a vendor is spoken to.
    FormOfAddress {
        /// cô
        Co = "co",
        /// chú
        Chu = "chu",
        /// bác
        Bac = "bac",
        /// chị
        Chi = "chi",
        /// anh
        Anh = "anh",
        /// em
        Em = "em",
        /// "chủ sạp", when nobody asked.
        Unknown = "unknown",
    }
);

#[cfg(test)]
mod tests {
    use super::Phone;

    #[test]
    fn a_phone_number_is_read_as_the_phones_in_the_field_read_it() {
        // The field app's tests read the same table.
        for line in include_str!("../../tests/data/phones.csv").lines().skip(1) {
            let (said, read) = line.split_once(',').expect("two cells");
            let number = said.parse::<Phone>().map(|phone| phone.0).unwrap_or_default();
            assert_eq!(number, read, "{said:?}");
        }
    }
}
