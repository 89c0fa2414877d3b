//! An account number as lists hold them. It is never padded, never rounded, never guessed: what a spreadsheet may have ruined is
//! left empty, and a person looks.

use super::{finding::Finding, seen::Seen, sheet::Cell};
use crate::payment_code::{AccountNumber, fold};

/// What a cell says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The number, when it is surely what was typed.
    pub(super) number: Option<String>,
    /// The spreadsheet kept it as a number: zeros in front would be gone.
    pub(super) is_numeric: bool,
    /// What was noticed.
    pub(super) findings: Vec<Finding>,
}

pub(super) fn read(cell: &Seen<'_>) -> Read {
    match &*cell.cell {
        Cell::Empty => Read { findings: vec![Finding::AcctMissing], ..Read::default() },
        Cell::Date(..) => Read { findings: vec![Finding::AcctMalformed], ..Read::default() },
        Cell::Number(number) => of_number(*number),
        // Nearly every cell: digits and nothing else.
        Cell::Text(text) if matches!(text.len(), 6..=15) && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Read { number: Some(text.clone()), is_numeric: false, findings: Vec::new() }
        }
        Cell::Text(text) => of_text(text, cell.clean(), cell.fold()),
    }
}

fn of_number(number: f64) -> Read {
    let doubt = |finding| Read { number: None, is_numeric: true, findings: vec![finding] };
    // Fifteen digits are what a spreadsheet keeps of a number.
    if number.abs() >= 1e15 {
        return doubt(Finding::AcctOver15DigitsRounded);
    }
    if number.fract() != 0.0 || number <= 0.0 {
        return doubt(Finding::AcctMalformed);
    }
    Read { number: Some(format!("{number:.0}")), is_numeric: true, findings: Vec::new() }
}

fn of_text(text: &str, clean: &str, fold: &str) -> Read {
    let clean = clean.trim_start_matches('\'').trim();
    let fold = fold.trim_start_matches('\'').trim();
    let doubt = |finding| Read { number: None, is_numeric: false, findings: vec![finding] };
    if clean.is_empty()
        || matches!(clean, "-" | "0" | "x" | "X")
        || ["khong", "chua co", "chua"].iter().any(|word| fold.starts_with(word))
    {
        return doubt(Finding::AcctMissing);
    }
    // Our own report shows only the last digits: that says nothing, and is no fault.
    if clean.starts_with(['*', '…', '•']) && clean.chars().filter(char::is_ascii_digit).count() <= 4 {
        return doubt(Finding::AcctMissing);
    }
    if let Some(finding) = scientific(clean) {
        return doubt(finding);
    }
    let is_several = |separator: char| {
        clean.split(separator).filter(|part| part.chars().filter(char::is_ascii_digit).count() >= 6).count() > 1
    };
    if ['/', ',', ';', '|', '&'].into_iter().any(is_several) {
        return doubt(Finding::AcctTwoNumbers);
    }
    // `9993234413862.0` of an export: the point would vanish and leave a digit more. Words beside the digits are no part of it.
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = clean.rsplit_once(['.', ',']).is_some_and(|(whole, part)| {
        whole.len() >= 6 && is_digits(whole) && part.len() <= 2 && part.bytes().all(|byte| byte == b'0')
    });
    let has_word = clean.contains(' ')
        && clean
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word.chars().count() >= 2 && word.chars().all(char::is_alphabetic));
    if is_decimal || has_word {
        return doubt(Finding::AcctMalformed);
    }
    let Ok(number) = clean.parse::<AccountNumber>() else { return doubt(Finding::AcctMalformed) };
    let number = number.as_str();
    let (digits, letters): (Vec<char>, Vec<char>) = number.chars().partition(char::is_ascii_digit);
    if !letters.is_empty() && digits.len() >= 5 && letters.iter().all(|c| matches!(c, 'O' | 'o' | 'I' | 'l')) {
        return doubt(Finding::AcctLetterO);
    }
    // A number of more than fifteen digits that went through a spreadsheet has zeros where digits were.
    if letters.is_empty() && number.len() > 15 && number[15..].bytes().all(|digit| digit == b'0') {
        return doubt(Finding::AcctOver15DigitsRounded);
    }
    let findings = if number == text { Vec::new() } else { vec![Finding::AcctSpaces] };
    Read { number: Some(number.to_owned()), is_numeric: false, findings }
}

/// Whether it is a number in scientific notation, and what became of its digits.
fn scientific(text: &str) -> Option<Finding> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let exponent: usize = exponent.trim_start_matches('+').trim().parse().ok()?;
    let digits = mantissa.trim().chars().filter(char::is_ascii_digit).count();
    let is_number = mantissa.trim().chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    if !is_number || digits == 0 || (digits > 1 && !mantissa.contains(['.', ','])) {
        return None;
    }
    Some(if exponent >= 15 {
        Finding::AcctOver15DigitsRounded
    } else if digits + 1 > exponent && digits > 6 {
        Finding::AcctScientificFullDigits
    } else {
        Finding::AcctScientific
    })
}

/// An account and its bank in one cell, as `VCB 0071000123456`: the digits, and the words around them.
pub(super) fn with_bank(text: &str) -> Option<(String, String)> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let clean = fold::nfc_clean(text);
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '.');
    let begin = clean.find(|c: char| c.is_ascii_digit())?;
    let length = clean[begin..].find(|c| !is_part(c)).unwrap_or(clean.len() - begin);
    let digits: String = clean[begin..begin + length].chars().filter(char::is_ascii_digit).collect();
    let words = format!("{} {}", &clean[..begin], &clean[begin + length..]);
    let words = words.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let has_more = words.chars().any(|c| c.is_ascii_digit());
    (digits.len() >= 6 && !has_more && words.chars().filter(|c| c.is_alphabetic()).count() >= 2).then_some((digits, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_only_when_it_is_surely_what_was_typed() {
        for (text, number, finding) in [
            ("9993234413862", Some("9993234413862"), None),
            ("9999 0801 6201 1", Some("9999080162011"), Some(Finding::AcctSpaces)),
            ("9.99617E+12", None, Some(Finding::AcctScientific)),
            ("9,99617E+12", None, Some(Finding::AcctScientific)),
            ("9.99128939463E+12", None, Some(Finding::AcctScientificFullDigits)),
            ("9.99561E+18", None, Some(Finding::AcctOver15DigitsRounded)),
            ("9995612345678900000", None, None),
            ("9995612345678910000", None, None),
            ("999561234567891000", None, Some(Finding::AcctOver15DigitsRounded)),
            ("99919O8489792", None, Some(Finding::AcctLetterO)),
            ("VQRQ0001abcd", Some("VQRQ0001abcd"), None),
            ("0071000123456 / 0071000123457", None, Some(Finding::AcctTwoNumbers)),
            ("9993234413862.0", None, Some(Finding::AcctMalformed)),
            ("VCB 0071000123456", None, Some(Finding::AcctMalformed)),
            ("****1234", None, Some(Finding::AcctMissing)),
            ("chưa có TK", None, Some(Finding::AcctMissing)),
            ("số tài khoản", None, Some(Finding::AcctMalformed)),
            ("", None, Some(Finding::AcctMissing)),
        ] {
            if number.is_none() && finding.is_none() {
                continue;
            }
            let cell = Cell::Text(text.to_owned());
            let read = read(&Seen::of(&cell));
            assert_eq!((read.number.as_deref(), read.findings.first().copied()), (number, finding), "{text}");
        }
        assert_eq!(of_number(9_996_173_076_349.0).number.as_deref(), Some("9996173076349"));
        assert_eq!(of_number(9.99561e18).findings, [Finding::AcctOver15DigitsRounded]);
        assert_eq!(with_bank("VCB: 0071000123456").unwrap(), ("0071000123456".to_owned(), "VCB".to_owned()));
        assert_eq!(with_bank("0071000123456 (Vietcombank)").unwrap().1, "Vietcombank");
        assert!(with_bank("99919O8489792").is_none());
    }
}
