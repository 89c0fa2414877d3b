//! The layout of nearly every transfer code, read without searching.

use super::{
    code::Slot,
    reader::Reader,
    refusal::Fault,
    tags::Tags,
    tlv::{Cursor, Object, Step},
};

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

impl Reader<'_> {
    /// The layout of nearly every transfer code: 00 01 38 53 [54] 58 [62] 63 and nothing else. Where each object begins is
    /// then known without asking for its tag; what they say is judged as always. `false` leaves nothing behind.
    #[inline]
    pub(super) fn usual_layout(&mut self, end: usize) -> Result<bool, Fault> {
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
}
