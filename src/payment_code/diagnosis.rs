//! Where and why a code's structure breaks.

use super::{
    crc,
    reader::Reader,
    refusal::{Fault, Place, Reason},
    tlv::{self, Cursor, Object, Step},
};

impl Reader<'_> {
    /// Why a text does not end with a checksum that fits: what is broken in its structure, or the checksum itself.
    #[cold]
    pub(super) fn diagnose(&self) -> Fault {
        let text = self.code.text;
        let (lead, end) = (usize::from(self.code.lead), usize::from(self.code.end));
        let mut cursor = Cursor { at: lead, end };
        let mut before: Option<Object> = None;
        let nowhere = |reason, at| Fault { reason, at, place: Place::NOWHERE };
        loop {
            match cursor.step(text, self.code.unit) {
                Step::Object(object) => {
                    if before.is_some_and(|before| before.tag == 63) {
                        return nowhere(Reason::CrcNotLast, object.at());
                    }
                    before = Some(object);
                }
                Step::Header | Step::Short(_) if before.is_some_and(|before| before.tag == 63) => {
                    return nowhere(Reason::TrailingCharacters, cursor.at);
                }
                Step::End => break,
                broken => {
                    let full = before.filter(|before| before.tag == 62);
                    return self.broken(broken, cursor.at, full, Place::NOWHERE);
                }
            }
        }
        match before.filter(|last| last.tag == 63) {
            None => nowhere(Reason::CrcMissing, end),
            Some(last) if crc::parse(self.value(last)).is_none() => nowhere(Reason::CrcMalformed, last.start),
            Some(last) => nowhere(Reason::CrcWrong, last.start),
        }
    }

    /// The fault of a walk that stopped.
    #[cold]
    pub(super) fn broken(&self, step: Step, at: usize, additional: Option<Object>, place: Place) -> Fault {
        let text = self.code.text;
        let is_root = place == Place::NOWHERE;
        match step {
            Step::Short(object) => Fault {
                reason: Reason::ObjectShort,
                at,
                place: if is_root { Place::root(object.tag) } else { place.sub(object.tag) },
            },
            // A length has two digits: a part of tag 62 that runs beyond 99 leaves the rest standing in the root.
            _ => match additional.filter(|additional| is_root && additional.end == at && additional.len() >= 99) {
                Some(full) if tlv::unit_of(text, full.start, full.end).is_none() => {
                    Fault { reason: Reason::AdditionalLong, at: full.start, place: Place::root(62) }
                }
                _ => Fault { reason: Reason::ObjectHeader, at, place },
            },
        }
    }
}
