//! Does the code that hangs there pay into the registered account? Only the account counts, never the looks.

use super::{Mode, decode};

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// The same account.
    Match,
    /// Another account, bank or service, or something that does not belong into a payment code.
    Different,
    /// The scanned text is no payment code.
    Unreadable,
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// What it says.
    pub verdict: Verdict,
    /// A stable word: `same_payload`, `same_account`, `other_scheme`, `other_bank`, `other_account`, `other_service`,
    /// or the word with which a strict reader refused the scanned text.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

fn answer(verdict: Verdict, reason: &'static str, message: impl Into<String>) -> Comparison {
    Comparison { verdict, reason, message: message.into() }
}

/// Compares two payloads. Amount, purpose, name, city, static or dynamic, and the case of the checksum are cosmetic;
/// a changed digit, bank or service, a second tag 38 and trailing characters are not.
#[must_use]
pub fn compare(registered: &str, scanned: &str) -> Comparison {
    if registered == scanned && decode(scanned, Mode::Strict).is_ok() {
        return answer(Verdict::Match, "same_payload", "the registered payload to the letter");
    }
    let scanned_text = scanned.trim();
    let theirs = match decode(scanned_text, Mode::Strict) {
        Ok(code) => code,
        Err(refusal) => {
            let is_code =
                decode(scanned_text, Mode::Lenient).is_ok() && refusal.code != "crc_wrong" && refusal.code != "crc_missing";
            let verdict = if is_code { Verdict::Different } else { Verdict::Unreadable };
            return answer(verdict, refusal.code, refusal.to_string());
        }
    };
    let Ok(ours) = decode(registered.trim(), Mode::Lenient) else {
        return answer(Verdict::Different, "registered_unreadable", "the registered payload is no payment code");
    };
    if ours.identity(registered.trim()) == theirs.identity(scanned_text) {
        return answer(Verdict::Match, "same_account", "another layout of the same account");
    }
    let (reason, message) = if ours.scheme != theirs.scheme {
        ("other_scheme", "a code of another scheme")
    } else if ours.bin != theirs.bin {
        ("other_bank", "a code of another bank")
    } else if ours.account != theirs.account {
        ("other_account", "a code of another account")
    } else {
        ("other_service", "the same number, but another service")
    };
    answer(Verdict::Different, reason, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment_code::TransferCode;

    fn code(account: &str) -> TransferCode {
        TransferCode::new("970436".parse().unwrap(), account.parse().unwrap())
    }

    #[test]
    fn cosmetic_differences_never_alarm_and_a_digit_always_does() {
        let registered = code("9990000123456").encode().unwrap();
        let mut dressed = code("9990000123456");
        dressed.amount = Some(45_000);
        dressed.purpose = Some("rau".to_owned());

        assert_eq!(compare(&registered, &dressed.encode().unwrap()).verdict, Verdict::Match);
        assert_eq!(compare(&registered, &code("9990000123457").encode().unwrap()).reason, "other_account");
        assert_eq!(compare(&registered, &format!("{registered}0")).verdict, Verdict::Different);
        assert_eq!(compare(&registered, "https://example.com").verdict, Verdict::Unreadable);
    }
}
