//! A phone number as lists hold them: without its zero, with a country code, with the network codes of before 2018, two in a cell.

use super::finding::Finding;
use crate::domain::vendor::Phone;

/// What a cell says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The number; the first of two.
    pub(super) number: Option<Phone>,
    /// What was noticed.
    pub(super) findings: Vec<Finding>,
}

/// Network codes of eleven digits and what became of them, 15/9 to 14/11/2018 (announcement of the Ministry of Information and
/// Communications of 28/5/2018).
const OLD: [(&str, &str); 20] = [
    ("0162", "032"),
    ("0163", "033"),
    ("0164", "034"),
    ("0165", "035"),
    ("0166", "036"),
    ("0167", "037"),
    ("0168", "038"),
    ("0169", "039"),
    ("0120", "070"),
    ("0121", "079"),
    ("0122", "077"),
    ("0126", "076"),
    ("0128", "078"),
    ("0123", "083"),
    ("0124", "084"),
    ("0125", "085"),
    ("0127", "081"),
    ("0129", "082"),
    ("0186", "056"),
    ("0188", "058"),
];

pub(super) fn read(shown: &str) -> Read {
    if shown.len() > 8 && shown.bytes().all(|byte| byte.is_ascii_digit()) {
        // As it is in nearly every list: whole, or a number that lost its zero.
        return match (shown.len(), shown.parse()) {
            (10, Ok(number)) if shown.starts_with('0') => Read { number: Some(number), findings: Vec::new() },
            _ => alone(shown),
        };
    }
    let shown = crate::payment_code::fold::nfc_clean(&shown.trim().replace(['\n', '\r'], "/"));
    let text = shown.trim_start_matches('\'').trim();
    if text.is_empty() || matches!(text, "-" | "x" | "X" | "0" | "không" | "Không" | "không có" | "Không có") {
        return Read { number: None, findings: vec![Finding::PhoneMissing] };
    }
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
    let parts: Vec<&str> =
        text.split(['/', ',', ';', '|', '&']).flat_map(|part| part.split(" - ")).filter(|part| digits(part) > 0).collect();
    let several = parts.len() > 1 && parts.iter().filter(|part| digits(part) >= 8).count() > 1;
    let first = if several { parts[0] } else { text };
    let mut read = alone(first);
    if several && read.number.is_some() {
        read.findings.push(Finding::PhoneTwoNumbers);
    }
    read
}

fn alone(text: &str) -> Read {
    let mut findings = Vec::new();
    let number = one(text, &mut findings);
    if number.is_none() {
        findings = vec![Finding::PhoneInvalid];
    }
    Read { number, findings }
}

fn one(text: &str, findings: &mut Vec<Finding>) -> Option<Phone> {
    let text = text.trim();
    if text.chars().any(|c| !c.is_ascii_digit() && !matches!(c, '+' | ' ' | '.' | '-' | '(' | ')' | '\u{a0}')) {
        return None;
    }
    let written: String = text.chars().filter(char::is_ascii_digit).collect();
    let mut digits = written.clone();
    let mut noticed = Vec::new();
    let is_foreign = text.starts_with('+') || written.starts_with("0084") || (written.starts_with("84") && written.len() > 10);
    if is_foreign {
        let rest = written.trim_start_matches("00").strip_prefix("84")?;
        digits = format!("0{}", rest.trim_start_matches('0'));
    } else if !written.starts_with('0') && matches!(written.len(), 9 | 10) {
        digits = format!("0{written}");
        noticed.push(Finding::PhoneLostZero);
    }
    if digits.len() == 11 {
        let (old, new) = OLD.iter().find(|(old, _)| digits.starts_with(old))?;
        digits = format!("{new}{}", &digits[old.len()..]);
        noticed.push(Finding::PhoneOldElevenDigits);
    }
    if noticed.is_empty() && digits != text {
        noticed.push(Finding::PhoneFormat);
    }
    let number = digits.parse().ok()?;
    findings.append(&mut noticed);
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_lists_write_it() {
        for (text, number, findings) in [
            ("0320000596", "0320000596", vec![]),
            ("810000310", "0810000310", vec![Finding::PhoneLostZero]),
            ("+84350000712", "0350000712", vec![Finding::PhoneFormat]),
            ("84 81 000 0520", "0810000520", vec![Finding::PhoneFormat]),
            ("0980.000.887", "0980000887", vec![Finding::PhoneFormat]),
            ("(0)370 000 690", "0370000690", vec![Finding::PhoneFormat]),
            ("01660000579", "0360000579", vec![Finding::PhoneOldElevenDigits]),
            ("1260000832", "0760000832", vec![Finding::PhoneLostZero, Finding::PhoneOldElevenDigits]),
            ("0970000030 / 0860000316", "0970000030", vec![Finding::PhoneTwoNumbers]),
            ("0970000030-0860000316", "", vec![Finding::PhoneInvalid]),
            ("05900003", "", vec![Finding::PhoneInvalid]),
            ("O970000030", "", vec![Finding::PhoneInvalid]),
            ("", "", vec![Finding::PhoneMissing]),
        ] {
            let read = read(text);
            assert_eq!(read.number.as_ref().map_or("", Phone::as_str), number, "{text}");
            assert_eq!(read.findings, findings, "{text}");
        }
        assert_eq!(read("970000468").number.unwrap().as_str(), "0970000468");
    }
}
