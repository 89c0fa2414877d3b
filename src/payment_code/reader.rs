//! The one pass over the root of a code. Strict stops at the first broken rule; lenient notes it and goes on.

use super::{
    Code, Refusal, charset,
    code::{Slot, Span},
    crc,
    refusal::{Fault, Place, Reason},
    tags::Tags,
    tlv::{self, Cursor, Object, Step, Unit},
};

/// What a rule answers: `Err` only in strict mode.
pub(super) type Ruled = Result<(), Fault>;

/// A code on its way from text to meaning.
pub(super) struct Reader<'a> {
    pub(super) code: Code<'a>,
    pub(super) bytes: &'a [u8],
    pub(super) is_lenient: bool,
    /// Every byte is printable ASCII, so that no value need be looked at for its characters.
    pub(super) is_plain: bool,
    /// Root tags that stand there.
    pub(super) seen: Tags,
    /// Tag 62, whose parts may not fit into it.
    pub(super) additional: Option<Object>,
    /// Something follows the checksum, which has been said already.
    is_past_checksum: bool,
    /// The template of VietQR.
    pub(super) transfer: Option<Object>,
    /// The BIN in it, 0 for none.
    pub(super) bin: u32,
}

/// Reads a code.
pub(super) fn read(text: &str, is_lenient: bool) -> Result<Code<'_>, Refusal> {
    let mut reader = Reader {
        code: Code::empty(text),
        bytes: text.as_bytes(),
        is_lenient,
        is_plain: charset::is_printable(text.as_bytes()),
        seen: Tags::default(),
        additional: None,
        is_past_checksum: false,
        transfer: None,
        bin: 0,
    };
    match reader.run() {
        Ok(()) => Ok(reader.code),
        Err(fault) => Err(fault.refusal(text)),
    }
}

impl<'a> Reader<'a> {
    /// A rule is broken.
    #[cold]
    pub(super) fn fault(&mut self, reason: Reason, at: usize, place: Place) -> Ruled {
        let fault = Fault { reason, at, place };
        if !self.is_lenient {
            return Err(fault);
        }
        if fault.matters() && self.code.alarm.is_none() {
            self.code.alarm = Some(fault);
        }
        if matches!(reason, Reason::CrcWrong | Reason::CrcMissing | Reason::CrcMalformed) {
            self.code.crc_fault = Some(fault);
        }
        self.warn(reason, at, place);
        Ok(())
    }

    /// Odd, but both readers accept it.
    #[cold]
    pub(super) fn warn(&mut self, reason: Reason, at: usize, place: Place) {
        self.code.warnings.push(Fault { reason, at, place }.warning(self.code.text));
    }

    #[inline]
    pub(super) fn rule(&mut self, holds: bool, reason: Reason, at: usize, place: Place) -> Ruled {
        if holds { Ok(()) } else { self.fault(reason, at, place) }
    }

    #[inline]
    pub(super) fn set(&mut self, slot: Slot, object: Object) {
        self.code.spans[slot as usize] = Span { start: object.start as u16, end: object.end as u16 };
    }

    #[inline]
    pub(super) fn value(&self, object: Object) -> &'a [u8] {
        self.bytes.get(object.start..object.end).unwrap_or(&[])
    }

    pub(super) fn text_of(&self, object: Object) -> &'a str {
        self.code.text.get(object.start..object.end).unwrap_or("")
    }

    /// How many characters a value has.
    #[inline]
    pub(super) fn characters(&self, object: Object) -> usize {
        if self.is_plain { object.len() } else { self.text_of(object).chars().count() }
    }

    /// Whether a value is printable ASCII.
    #[inline]
    pub(super) fn is_printable(&self, object: Object) -> bool {
        self.is_plain || charset::is_printable(self.value(object))
    }

    fn run(&mut self) -> Ruled {
        self.bounds()?;
        let (lead, end) = (usize::from(self.code.lead), usize::from(self.code.end));
        let is_fitting = self.fits(end);
        if !is_fitting && !self.is_lenient {
            return Err(self.diagnose());
        }
        if !self.bytes.get(lead..).is_some_and(|rest| rest.starts_with(b"00")) {
            self.fault(Reason::FormatNotFirst, lead, Place::root(0))?;
        }
        let is_read = is_fitting && self.is_plain && lead == 0 && self.usual_layout(end)?;
        if !is_read {
            self.objects(Cursor { at: lead, end })?;
        }
        self.frame(end)
    }

    /// Whether the text ends with a checksum that fits.
    #[inline]
    fn fits(&self, end: usize) -> bool {
        let Some((body, digits)) = self.bytes.get(..end).and_then(|bytes| bytes.split_last_chunk::<4>()) else { return false };
        body.ends_with(b"6304") && crc::parse(digits) == Some(crc::crc16(body.get(usize::from(self.code.lead)..).unwrap_or(body)))
    }

    fn objects(&mut self, cursor: Cursor) -> Ruled {
        // Where every character is a byte there is nothing to count.
        if self.is_plain { self.root::<true>(cursor) } else { self.root::<false>(cursor) }
    }

    fn root<const PLAIN: bool>(&mut self, mut cursor: Cursor) -> Ruled {
        loop {
            let step = if PLAIN { cursor.step_bytes(self.bytes) } else { cursor.step(self.code.text, self.code.unit) };
            let object = match step {
                Step::Object(object) => object,
                Step::End => return Ok(()),
                broken => return self.broken_root(broken, cursor.at),
            };
            if self.seen.add(object.tag) {
                // The first one counts.
                self.fault(Reason::TagRepeated, object.at(), Place::root(object.tag))?;
                continue;
            }
            if object.len() == 0 {
                // A checksum that is not there is no small matter.
                let reason = if object.tag == 63 { Reason::CrcMalformed } else { Reason::ObjectEmpty };
                self.fault(reason, object.at(), Place::root(object.tag))?;
                continue;
            }
            if !PLAIN {
                self.visible(object)?;
            }
            self.object(object)?;
        }
    }

    #[cold]
    fn broken_root(&mut self, broken: Step, at: usize) -> Ruled {
        if self.is_past_checksum {
            return Ok(());
        }
        let fault = self.broken(broken, at, self.additional, Place::NOWHERE);
        self.fault(fault.reason, fault.at, fault.place)
    }

    /// Something follows the checksum: an object, or characters that are none.
    #[cold]
    fn past_checksum(&mut self, at: usize) -> Ruled {
        self.is_past_checksum = true;
        let mut cursor = Cursor { at, end: usize::from(self.code.end) };
        let reason = match cursor.step(self.code.text, self.code.unit) {
            Step::Object(_) => Reason::CrcNotLast,
            _ => Reason::TrailingCharacters,
        };
        self.fault(reason, at, Place::NOWHERE)
    }

    fn visible(&mut self, object: Object) -> Ruled {
        if charset::is_printable(self.value(object)) {
            return Ok(());
        }
        match charset::first_invisible(self.text_of(object)) {
            Some(byte) => self.fault(Reason::CharacterInvisible, object.start + byte, Place::root(object.tag)),
            None => Ok(()),
        }
    }

    /// The checksum in its place. A lenient reader comes here with any checksum, a strict one with a right one.
    pub(super) fn checksum(&mut self, object: Object) -> Ruled {
        self.set(Slot::Crc, object);
        if object.end != usize::from(self.code.end) {
            self.past_checksum(object.end)?;
        }
        let value = self.value(object);
        let body = self.bytes.get(usize::from(self.code.lead)..object.start).unwrap_or(&[]);
        let said = crc::parse(value);
        self.rule(said.is_some(), Reason::CrcMalformed, object.start, Place::NOWHERE)?;
        // A strict reader has compared it before anything else.
        let is_right = !self.is_lenient || said.is_none() || said == Some(crc::crc16(body));
        self.rule(is_right, Reason::CrcWrong, object.start, Place::NOWHERE)?;
        if value.iter().any(u8::is_ascii_lowercase) {
            self.warn(Reason::CrcLowerCase, object.start, Place::NOWHERE);
        }
        Ok(())
    }

    /// Walks over a template's objects, and says where it stopped: at its end, or where it is broken.
    #[inline]
    pub(super) fn each(
        &mut self,
        parent: Object,
        place: Place,
        part: impl FnMut(&mut Self, Object) -> Ruled,
    ) -> Result<usize, Fault> {
        if self.is_plain {
            self.parts::<true>(parent, place, Unit::Bytes, part)
        } else {
            let unit = self.inner_unit(parent, place)?;
            self.parts::<false>(parent, place, unit, part)
        }
    }

    #[inline]
    fn parts<const PLAIN: bool>(
        &mut self,
        parent: Object,
        place: Place,
        unit: Unit,
        mut part: impl FnMut(&mut Self, Object) -> Ruled,
    ) -> Result<usize, Fault> {
        let mut cursor = Cursor { at: parent.start, end: parent.end };
        let mut seen = Tags::default();
        loop {
            let step = if PLAIN { cursor.step_bytes(self.bytes) } else { cursor.step(self.code.text, unit) };
            let object = match step {
                Step::Object(object) => object,
                Step::End => return Ok(parent.end),
                broken => {
                    self.broken_part(broken, cursor.at, parent, place)?;
                    if let Step::Short(object) = broken
                        && !seen.has(object.tag)
                    {
                        part(self, object)?;
                    }
                    return Ok(cursor.at);
                }
            };
            if seen.add(object.tag) {
                self.fault(Reason::TagRepeated, object.at(), place.sub(object.tag))?;
                continue;
            }
            if object.len() == 0 {
                self.fault(Reason::ObjectEmpty, object.at(), place.sub(object.tag))?;
                continue;
            }
            part(self, object)?;
        }
    }

    #[cold]
    fn broken_part(&mut self, broken: Step, at: usize, parent: Object, place: Place) -> Ruled {
        let mut fault = self.broken(broken, at, None, place);
        if place == Place::root(62) && self.characters(parent) == 99 {
            // A length has two digits: parts that do not fit into 99 characters were cut off.
            fault = Fault { reason: Reason::AdditionalLong, at: parent.start, place };
        }
        self.fault(fault.reason, fault.at, fault.place)
    }

    /// What the lengths inside a template count.
    #[cold]
    fn inner_unit(&mut self, parent: Object, place: Place) -> Result<Unit, Fault> {
        let text = self.text_of(parent);
        if text.is_ascii() {
            return Ok(Unit::Bytes);
        }
        match tlv::unit_of(self.code.text, parent.start, parent.end) {
            Some(Unit::Bytes) => {
                if self.code.unit == Unit::Characters {
                    self.fault(Reason::LengthInBytes, parent.start, place)?;
                }
                Ok(Unit::Bytes)
            }
            _ => Ok(Unit::Characters),
        }
    }
}
