//! Stickers and the numbers people read: serials `VH-0123-7`, receipts `PN-0123-7`, each with a Damm check digit.

crate::word_enum!(
    /// Where a sticker stands.
    StickerStatus {
        /// Came out of the printer.
        Printed = "printed",
        /// Hangs at the stall, proven by a scan.
        Posted = "posted",
        /// Replaced, or its code is no longer in force.
        Retired = "retired",
    }
);

/// The totally anti-symmetric quasigroup of order 10 of H. M. Damm's thesis (2004): it finds every single wrong digit and every swap of neighbours.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn damm(digits: &str) -> u8 {
    digits.bytes().filter(u8::is_ascii_digit).fold(0, |interim, digit| DAMM[usize::from(interim)][usize::from(digit - b'0')])
}

/// Why a numbered text was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum NumberedError {
    /// Not of the form `VH-0123-7`.
    #[error("expected a number like VH-0123-7")]
    Shape,
    /// The check digit does not fit: a digit was misread.
    #[error("the check digit does not fit: one of the digits was misread")]
    CheckDigit,
}

/// `VH-0123-7`: prefix, at least four digits, Damm check digit.
///
/// ```
/// use choqr::domain::sticker::{numbered, read_numbered};
///
/// let serial = numbered("VH", 123);
/// assert_eq!(read_numbered("VH", &serial), Ok(123));
/// assert!(read_numbered("VH", "VH-0132-0").is_err());
/// ```
#[must_use]
pub fn numbered(prefix: &str, number: i64) -> String {
    let digits = format!("{number:04}");
    format!("{prefix}-{digits}-{}", damm(&digits))
}

/// Reads a numbered text back, with or without dashes and in either case.
pub fn read_numbered(prefix: &str, text: &str) -> Result<i64, NumberedError> {
    let plain: String = text.trim().to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = plain.strip_prefix(prefix).unwrap_or(&plain);
    if digits.len() < 5 || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberedError::Shape);
    }
    if damm(digits) != 0 {
        return Err(NumberedError::CheckDigit);
    }
    digits[..digits.len() - 1].parse().map_err(|_| NumberedError::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_damm_example_holds() {
        assert_eq!(damm("572"), 4);
        assert_eq!(damm("5724"), 0);
    }

    #[test]
    fn every_wrong_digit_and_every_swap_is_found() {
        let serial = "01234";
        let whole = format!("{serial}{}", damm(serial));
        for at in 0..whole.len() {
            for digit in b'0'..=b'9' {
                let mut wrong = whole.clone().into_bytes();
                if wrong[at] == digit {
                    continue;
                }
                wrong[at] = digit;
                assert_ne!(damm(std::str::from_utf8(&wrong).unwrap()), 0);
            }
            if at > 0 && whole.as_bytes()[at] != whole.as_bytes()[at - 1] {
                let mut swapped = whole.clone().into_bytes();
                swapped.swap(at, at - 1);
                assert_ne!(damm(std::str::from_utf8(&swapped).unwrap()), 0);
            }
        }
    }
}
