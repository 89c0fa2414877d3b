//! How long a code may be, how it begins, and what stands around it.

use super::{
    charset,
    reader::{Reader, Ruled},
    refusal::{Fault, Place, Reason},
    tlv::{self, Cursor, Step, Unit},
};

/// EMV MPM v1.1 §3 bounds a code; beyond it nothing can be one.
const MAX_CHARACTERS: usize = 512;
/// No character takes more than four bytes.
const MAX_BYTES: usize = 4 * MAX_CHARACTERS;

impl Reader<'_> {
    /// How long a code may be and how it begins; in lenient mode, what stands around it.
    #[inline]
    pub(super) fn bounds(&mut self) -> Ruled {
        let text = self.code.text;
        let is_long =
            text.len() > MAX_CHARACTERS && (text.len() > MAX_BYTES || self.is_plain || text.chars().count() > MAX_CHARACTERS);
        let whole = Fault { reason: Reason::TooLong, at: 0, place: Place::NOWHERE };
        if is_long {
            let at = text.char_indices().nth(MAX_CHARACTERS).map_or(0, |(byte, _)| byte);
            return Err(Fault { at, ..whole });
        }
        let digits = self.bytes.first_chunk::<4>().is_some_and(|header| header.iter().all(u8::is_ascii_digit));
        if digits && (self.is_plain || !self.is_lenient) {
            // White space after the checksum of a strict code is found where the checksum is judged.
            self.code.end = text.len() as u16;
            if !self.is_plain && !text.is_ascii() {
                self.code.unit = Unit::Characters;
                self.counts_characters()?;
            }
            return if self.bytes.ends_with(b" ") { self.trailing() } else { Ok(()) };
        }
        self.wrapped(whole)
    }

    /// Refuses a text whose objects end where they should only when lengths count bytes.
    #[cold]
    fn counts_characters(&mut self) -> Ruled {
        let (text, end) = (self.code.text, usize::from(self.code.end));
        let walk = tlv::walk(text, 0, end, Unit::Characters);
        if walk.last != Step::End && tlv::walk(text, 0, end, Unit::Bytes).last == Step::End {
            return Err(Fault { reason: Reason::LengthInBytes, at: walk.at, place: Place::NOWHERE });
        }
        self.one_reading(0, end)
    }

    /// Refuses a text that is whole both ways, its lengths counted in characters and in bytes or in units of UTF-16, when the
    /// other way shows a payee that this one hides: apps count in either, and would pay somebody else.
    #[cold]
    fn one_reading(&mut self, at: usize, end: usize) -> Ruled {
        let text = self.code.text.get(..end).unwrap_or("");
        let Some(ours) = payees(text, at, Unit::Characters) else { return Ok(()) };
        let in_bytes = payees(text, at, Unit::Bytes).unwrap_or_default();
        let hides = in_bytes.iter().any(|payee| !ours.contains(payee));
        if hides || payees_in_utf16(text.get(at..).unwrap_or("")).iter().any(|payee| !ours.contains(&payee.as_str())) {
            return self.fault(Reason::LengthAmbiguous, at, Place::NOWHERE);
        }
        Ok(())
    }

    /// Spaces at the end of a code that is printable otherwise.
    #[cold]
    fn trailing(&mut self) -> Ruled {
        let end = self.code.text.trim_end_matches(' ').len();
        if self.is_lenient {
            self.code.end = end as u16;
        }
        self.fault(Reason::TrailingCharacters, end, Place::NOWHERE)
    }

    #[cold]
    fn wrapped(&mut self, whole: Fault) -> Ruled {
        let text = self.code.text;
        let inner = text.trim_matches(charset::is_wrapping);
        if inner.is_empty() {
            return Err(Fault { reason: Reason::Empty, ..whole });
        }
        let lead = text.len() - text.trim_start_matches(charset::is_wrapping).len();
        let end = lead + inner.len();
        let is_code = inner.as_bytes().first_chunk::<4>().is_some_and(|header| header.iter().all(u8::is_ascii_digit));
        if !is_code {
            return Err(Fault { reason: Reason::NotEmv, at: lead, ..whole });
        }
        if lead > 0 {
            self.fault(Reason::LeadingCharacters, 0, Place::NOWHERE)?;
        }
        if end < text.len() {
            self.fault(Reason::TrailingCharacters, end, Place::NOWHERE)?;
        }
        (self.code.lead, self.code.end) = (lead as u16, end as u16);
        self.code.unit = tlv::root_unit(text, lead, end);
        if inner.is_ascii() {
            return Ok(());
        }
        if self.code.unit == Unit::Bytes {
            self.fault(Reason::LengthInBytes, lead, Place::NOWHERE)?;
        }
        self.one_reading(lead, end)
    }
}

/// The account templates (26 to 51) of a text that is whole in a unit and ends with its checksum.
fn payees(text: &str, at: usize, unit: Unit) -> Option<Vec<&str>> {
    let mut cursor = Cursor { at, end: text.len() };
    let (mut payees, mut last) = (Vec::new(), 0);
    loop {
        match cursor.step(text, unit) {
            Step::Object(object) => {
                last = object.tag;
                if (26..=51).contains(&object.tag) {
                    payees.push(text.get(object.start..object.end).unwrap_or(""));
                }
            }
            Step::End if last == 63 => return Some(payees),
            _ => return None,
        }
    }
}

/// The same when lengths count units of UTF-16, as a script's do; none for a text without characters beyond the first plane.
fn payees_in_utf16(text: &str) -> Vec<String> {
    if text.chars().all(|c| c.len_utf16() == 1) {
        return Vec::new();
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let digit = |unit: u16| char::from_u32(u32::from(unit)).and_then(|c| c.to_digit(10)).map(|digit| digit as usize);
    let (mut at, mut last, mut payees) = (0, 0, Vec::new());
    while let Some([a, b, c, d, ..]) = units.get(at..) {
        let (Some(a), Some(b), Some(c), Some(d)) = (digit(*a), digit(*b), digit(*c), digit(*d)) else { return Vec::new() };
        last = a * 10 + b;
        let end = at + 4 + c * 10 + d;
        let Some(value) = units.get(at + 4..end) else { return Vec::new() };
        if (26..=51).contains(&last) {
            payees.push(String::from_utf16_lossy(value));
        }
        at = end;
    }
    if at == units.len() && last == 63 { payees } else { Vec::new() }
}
