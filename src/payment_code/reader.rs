//! The one pass over the root of a code. Strict stops at the first broken rule; lenient notes it and goes on.

use super::{
    Code, Refusal, charset,
    code::{Slot, Span},
    crc,
    refusal::{Fault, Place, Reason},
    tlv::{self, Cursor, Object, Step, Unit},
};

/// EMV MPM v1.1 §3 bounds a code; beyond it nothing can be one.
pub(super) const MAX_CHARACTERS: usize = 512;
/// No character takes more than four bytes.
const MAX_BYTES: usize = 4 * MAX_CHARACTERS;

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

/// A set of tags, one bit each. Two words, since shifting one of twice the size is slow.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tags([u64; 2]);

impl Tags {
    /// Adds a tag, and says whether it was there already.
    #[inline]
    pub(super) fn add(&mut self, tag: u8) -> bool {
        let word = &mut self.0[usize::from(tag >> 6) & 1];
        let bit = 1_u64 << (tag & 63);
        let was_there = *word & bit != 0;
        *word |= bit;
        was_there
    }

    #[inline]
    pub(super) const fn has(self, tag: u8) -> bool {
        self.0[(tag >> 6) as usize & 1] & (1 << (tag & 63)) != 0
    }

    /// Whether one of the tags from one to another, both below 64, is there.
    #[inline]
    pub(super) const fn has_any(self, from: u8, to: u8) -> bool {
        self.0[0] & (u64::MAX >> (63 - to)) & (u64::MAX << from) != 0
    }
}

/// Where the objects of the usual layout stand.
struct Layout {
    template: Object,
    amount: Option<Object>,
    country: usize,
    additional: Option<Object>,
}

impl Layout {
    #[inline]
    fn of(bytes: &[u8]) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<14>()?;
        if !head.starts_with(b"0002010102") || !matches!(head, [.., b'1', b'1' | b'2', b'3', b'8']) {
            return None;
        }
        let template = object_at(bytes, 12)?;
        let rest = bytes.get(template.end..)?.strip_prefix(b"5303704")?;
        let mut at = template.end + 7;
        let amount = if rest.starts_with(b"54") { Some(object_at(bytes, at)?) } else { None };
        at = amount.map_or(at, |amount| amount.end);
        let country = at + 4;
        let rest = bytes.get(at..)?.strip_prefix(b"5802VN")?;
        at += 6;
        let additional = if rest.starts_with(b"62") { Some(object_at(bytes, at)?) } else { None };
        at = additional.map_or(at, |additional| additional.end);
        let is_whole = at + 8 == bytes.len() && bytes.get(at..)?.starts_with(b"6304");
        is_whole.then_some(Self { template, amount, country, additional })
    }

    #[inline]
    fn seen(&self) -> Tags {
        let mut seen = Tags::default();
        for tag in [0, 1, 38, 53, 58, 63] {
            seen.add(tag);
        }
        if self.amount.is_some() {
            seen.add(54);
        }
        seen
    }
}

/// The object that begins at a byte, when it is there and not empty.
#[inline]
fn object_at(bytes: &[u8], at: usize) -> Option<Object> {
    let mut cursor = Cursor { at, end: bytes.len() };
    match cursor.step_bytes(bytes) {
        Step::Object(object) if object.len() > 0 => Some(object),
        _ => None,
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

    /// The layout of nearly every transfer code: 00 01 38 53 [54] 58 [62] 63 and nothing else. Where each object begins is
    /// then known without asking for its tag; what they say is judged as always. `false` leaves nothing behind.
    #[inline]
    fn usual_layout(&mut self, end: usize) -> Result<bool, Fault> {
        let Some(layout) = Layout::of(self.bytes.get(..end).unwrap_or(&[])) else { return Ok(false) };
        if !self.is_usual(layout.template) {
            return Ok(false);
        }
        self.seen = layout.seen();
        self.set(Slot::Initiation, Object { tag: 1, start: 10, end: 12 });
        self.usual(layout.template)?;
        let at = layout.template.end;
        self.set(Slot::Currency, Object { tag: 53, start: at + 4, end: at + 7 });
        if let Some(amount) = layout.amount {
            self.amount(amount)?;
        }
        self.set(Slot::Country, Object { tag: 58, start: layout.country, end: layout.country + 2 });
        if let Some(additional) = layout.additional {
            self.additional(additional)?;
        }
        self.checksum(Object { tag: 63, start: end - 4, end })?;
        Ok(true)
    }

    /// How long a code may be and how it begins; in lenient mode, what stands around it.
    #[inline]
    fn bounds(&mut self) -> Ruled {
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

    /// Whether the text ends with a checksum that fits.
    #[inline]
    fn fits(&self, end: usize) -> bool {
        let Some((body, digits)) = self.bytes.get(..end).and_then(|bytes| bytes.split_last_chunk::<4>()) else { return false };
        body.ends_with(b"6304") && crc::parse(digits) == Some(crc::crc16(body.get(usize::from(self.code.lead)..).unwrap_or(body)))
    }

    /// Why a text does not end with a checksum that fits: what is broken in its structure, or the checksum itself.
    #[cold]
    fn diagnose(&self) -> Fault {
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
                self.fault(Reason::ObjectEmpty, object.at(), Place::root(object.tag))?;
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
