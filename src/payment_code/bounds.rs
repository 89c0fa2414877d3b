//! How long a code may be, how it begins, and what stands around it.

use super::{
    charset,
    reader::{Reader, Ruled},
    refusal::{Fault, Place, Reason},
    tlv::{self, Step, Unit},
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
        if self.code.unit == Unit::Bytes && !inner.is_ascii() {
            self.fault(Reason::LengthInBytes, lead, Place::NOWHERE)?;
        }
        Ok(())
    }
}
