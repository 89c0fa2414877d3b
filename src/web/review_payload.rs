//! A payment code taken apart for the reviewer: its text with the account covered, and its fields one by one with what
//! they mean. Neither the account nor the checksum, from which the account could be worked out, is ever whole.

use super::words::Words;
use crate::payment_code::{Code, Mode, Service, bank};

/// A piece of the code's text.
pub(super) struct Piece {
    pub(super) text: String,
    /// A value of the transfer itself, which is what a reviewer looks at.
    pub(super) is_marked: bool,
}

/// A field of the code.
pub(super) struct Part {
    pub(super) path: String,
    pub(super) meaning: &'static str,
    pub(super) value: String,
}

/// A code taken apart.
#[derive(Default)]
pub(super) struct Apart {
    pub(super) pieces: Vec<Piece>,
    pub(super) parts: Vec<Part>,
    /// Whether the account has another number of digits than this bank's accounts usually have.
    pub(super) is_unusual: bool,
}

/// Takes a payload apart; what does not read as fields stays covered.
pub(super) fn take_apart(payload: &str, t: &'static Words) -> Apart {
    let mut apart = Apart::default();
    walk(payload, "", t, &mut apart);
    if let Ok(code) = Code::read(payload, Mode::Lenient)
        && code.is_transfer()
        && let (Some(bank), Some(account)) = (code.bin().and_then(bank::by_bin), code.account())
    {
        apart.is_unusual = bank.unusual_length(account).is_some() && !payload.contains(Service::Card.as_str());
    }
    apart
}

/// The objects of a text: two digits of tag, two of length, the value (EMVCo MPM v1.1 §3.4).
fn objects(text: &str) -> Option<Vec<(&str, &str, &str)>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (tag, length) = (rest.get(..2)?, rest.get(2..4)?);
        let end = 4 + length.parse::<usize>().ok()?;
        found.push((tag, length, rest.get(4..end)?));
        rest = &rest[end..];
    }
    Some(found)
}

fn walk(text: &str, above: &str, t: &'static Words, apart: &mut Apart) {
    let Some(found) = objects(text) else {
        apart.pieces.push(Piece { text: covered(text, 0), is_marked: false });
        return;
    };
    for (tag, length, value) in found {
        let path = if above.is_empty() { tag.to_owned() } else { format!("{above}.{tag}") };
        apart.pieces.push(Piece { text: format!("{tag}{length}"), is_marked: false });
        if matches!(path.as_str(), "38" | "38.01" | "62") && objects(value).is_some() {
            walk(value, &path, t, apart);
            continue;
        }
        let shown = match path.as_str() {
            "63" => covered(value, 0),
            "38.01.01" | "62.02" => covered(value, 4),
            // Other networks keep their accounts in templates of their own (26 to 51).
            other if above.is_empty() && ("26"..="51").contains(&other) => covered(value, 4),
            _ => value.to_owned(),
        };
        let is_marked = path.starts_with("38");
        apart.pieces.push(Piece { text: shown.clone(), is_marked });
        let meaning = t.code_part.find(&format!("f{}", path.replace('.', "_"))).unwrap_or(t.code_part.other);
        let value = match path.as_str() {
            "38.01.00" => format!("{shown} · {}", bank::name_of(value)),
            _ => shown,
        };
        apart.parts.push(Part { path, meaning, value });
    }
}

/// A value with all but its last characters covered.
fn covered(value: &str, shown: usize) -> String {
    let length = value.chars().count();
    value.chars().enumerate().map(|(at, c)| if at + shown >= length { c } else { '•' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::words::Lang;

    // NAPAS VietQR v1.0 §6.1.1 with its inner length put right.
    const NAPAS: &str = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";

    #[test]
    fn a_code_is_taken_apart_without_its_account_or_checksum() {
        let apart = take_apart(NAPAS, Lang::Vi.words());
        let text: String = apart.pieces.iter().map(|piece| piece.text.as_str()).collect();

        assert_eq!(text.chars().count(), NAPAS.len());
        assert!(!text.contains("0011012345678") && !text.contains("9E6F"));
        let account = apart.parts.iter().find(|part| part.path == "38.01.01").unwrap();
        assert_eq!(account.value, "•••••••••5678");
        assert!(apart.parts.iter().any(|part| part.path == "38.01.00" && part.value == "970403 · Sacombank"));
    }

    #[test]
    fn an_account_of_an_unusual_length_is_pointed_out() {
        // The sample's account has 13 digits, and that bank's usually have 12.
        assert!(take_apart(NAPAS, Lang::Vi.words()).is_unusual);
        let usual = crate::payment_code::TransferCode::new("970403".parse().unwrap(), "001101234567".parse().unwrap());
        assert!(!take_apart(&usual.unwrap().encode().unwrap(), Lang::Vi.words()).is_unusual);
    }

    #[test]
    fn what_does_not_read_as_fields_stays_covered() {
        let apart = take_apart("0002010199", Lang::Vi.words());
        assert!(apart.pieces.iter().all(|piece| piece.text.chars().all(|c| c == '•')));
    }
}
