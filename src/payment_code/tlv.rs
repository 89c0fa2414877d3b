//! Objects of an EMV code: two digits of tag, two digits of length, a value (EMV MPM v1.1 §3.2, NAPAS v1.0 §5.1).
//!
//! Everything here borrows from the text, never calls itself and never fails to keep a character: what cannot be read
//! as an object is the [`Tree::tail`].

use super::charset;

/// What a length counts. The standard says characters; some writers count bytes of UTF-8, which is the same for ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Unicode characters, as NAPAS v1.0 §5.1 and EMVCo's own sample do.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

/// How many levels of objects are opened: the root, a template (38), and a part of it (38.01).
pub const MAX_DEPTH: u8 = 3;

/// Where an object's value lies, in bytes of the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) tag: u8,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Object {
    /// The byte at which the header begins.
    pub(super) const fn at(&self) -> usize {
        self.start - 4
    }

    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// One step of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Object(Object),
    /// Nothing is left.
    End,
    /// No tag and length stand here.
    Header,
    /// The object says more than follows.
    Short(Object),
}

/// Walks over the objects between two bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub(super) at: usize,
    pub(super) end: usize,
}

/// Tag and length, when four digits stand at `at`.
#[inline]
fn header(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let digits = u32::from_le_bytes(*bytes.get(at..)?.first_chunk::<4>()?);
    // Every byte is a digit: the high half is 3, and adding 6 does not carry out of the low half.
    if digits & 0xF0F0_F0F0 != 0x3030_3030 || digits.wrapping_add(0x0606_0606) & 0xF0F0_F0F0 != 0x3030_3030 {
        return None;
    }
    let low = digits & 0x0F0F_0F0F;
    // Tens and ones of both numbers at once: byte 1 holds the tag, byte 3 the length.
    let pairs = low.wrapping_mul(10).wrapping_add(low >> 8);
    Some(((pairs & 0xFF) as u8, ((pairs >> 16) & 0xFF) as usize))
}

impl Cursor {
    /// The next object of a text in which a character is a byte, or whose lengths count bytes.
    #[inline]
    pub(super) fn step_bytes(&mut self, bytes: &[u8]) -> Step {
        if self.at >= self.end {
            return Step::End;
        }
        let Some((tag, length)) = header(bytes, self.at) else { return Step::Header };
        let start = self.at + 4;
        if start > self.end {
            return Step::Header;
        }
        let end = start + length;
        if end > self.end {
            return Step::Short(Object { tag, start, end: self.end });
        }
        self.at = end;
        Step::Object(Object { tag, start, end })
    }

    /// The next object of any text. A length that counts bytes and ends inside a character does not fit.
    pub(super) fn step(&mut self, text: &str, unit: Unit) -> Step {
        let before = *self;
        match (unit, self.step_bytes(text.as_bytes())) {
            (Unit::Bytes, Step::Object(object)) if !text.is_char_boundary(object.end) => {
                *self = before;
                Step::Short(Object { end: self.end, ..object })
            }
            (Unit::Bytes, step) | (Unit::Characters, step @ (Step::End | Step::Header)) => step,
            (Unit::Characters, Step::Short(object)) => Step::Short(object),
            (Unit::Characters, Step::Object(object)) => {
                *self = before;
                if text.as_bytes().get(object.start..object.end).is_some_and(<[u8]>::is_ascii) {
                    self.at = object.end;
                    return Step::Object(object);
                }
                let rest = text.get(object.start..self.end).unwrap_or("");
                match byte_of_char(rest, object.len()) {
                    Some(length) => {
                        self.at = object.start + length;
                        Step::Object(Object { end: self.at, ..object })
                    }
                    None => Step::Short(Object { end: self.end, ..object }),
                }
            }
        }
    }
}

/// The byte at which `count` characters end.
fn byte_of_char(text: &str, count: usize) -> Option<usize> {
    match text.char_indices().nth(count) {
        Some((byte, _)) => Some(byte),
        None => (text.chars().count() == count).then_some(text.len()),
    }
}

/// How a walk over a stretch of text ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// The byte after the last object.
    pub(super) at: usize,
    /// The last step: `End` when everything was an object.
    pub(super) last: Step,
    /// The tag of the last object.
    pub(super) last_tag: Option<u8>,
}

/// Walks to the end or to the first thing that is no object.
pub(super) fn walk(text: &str, at: usize, end: usize, unit: Unit) -> Walk {
    let mut cursor = Cursor { at, end };
    let mut last_tag = None;
    loop {
        match cursor.step(text, unit) {
            Step::Object(object) => last_tag = Some(object.tag),
            last => return Walk { at: cursor.at, last, last_tag },
        }
    }
}

/// The unit in which a stretch can be read whole: characters first, then bytes; `None` when neither fits.
pub(super) fn unit_of(text: &str, at: usize, end: usize) -> Option<Unit> {
    [Unit::Characters, Unit::Bytes].into_iter().find(|unit| walk(text, at, end, *unit).last == Step::End)
}

/// The unit of the root: of two that fit, or of none, the one that ends with the checksum, and characters before bytes.
pub(super) fn root_unit(text: &str, at: usize, end: usize) -> Unit {
    if text.is_ascii() {
        return Unit::Bytes;
    }
    let ends_well = |unit| {
        let walk = walk(text, at, end, unit);
        (walk.last == Step::End && walk.last_tag == Some(63), walk.last_tag == Some(63), walk.last == Step::End)
    };
    if ends_well(Unit::Bytes) > ends_well(Unit::Characters) { Unit::Bytes } else { Unit::Characters }
}

/// One object: a borrowed part of the text.
///
/// ```
/// use choqr::payment_code::Tree;
///
/// let tree = Tree::read("0002016304ABCD");
/// let field = tree.get(0).ok_or("no 00")?;
/// assert_eq!((field.tag(), field.value(), field.raw()), (0, "01", "000201"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    text: &'a str,
    object: Object,
    depth: u8,
}

impl<'a> Field<'a> {
    /// The tag, 0 to 99.
    #[must_use]
    pub const fn tag(&self) -> u8 {
        self.object.tag
    }

    /// The value, which may be a template's objects.
    #[must_use]
    pub fn value(&self) -> &'a str {
        self.text.get(self.object.start..self.object.end).unwrap_or("")
    }

    /// Header and value, as they stand in the text.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.text.get(self.object.at()..self.object.end).unwrap_or("")
    }

    /// The two digits of the tag and the two of the length.
    #[must_use]
    pub fn header(&self) -> &'a str {
        self.text.get(self.object.at()..self.object.start).unwrap_or("")
    }

    /// The character of the whole text at which the object begins.
    #[must_use]
    pub fn offset(&self) -> usize {
        charset::offset(self.text, self.object.at())
    }

    /// The objects inside, when the whole value is made of objects; `None` for a plain value, and below [`MAX_DEPTH`].
    ///
    /// ```
    /// use choqr::payment_code::Tree;
    ///
    /// let tree = Tree::read("38260010A0000007270208QRIBFTTA5904ME4U");
    /// let tags = |tag| tree.get(tag).and_then(|field| field.children()).map(|subs| subs.map(|sub| sub.tag()).collect());
    /// assert_eq!(tags(38), Some(vec![0, 2]));
    /// assert_eq!(tags(59), None);
    /// ```
    #[must_use]
    pub fn children(&self) -> Option<Fields<'a>> {
        if self.depth + 1 >= MAX_DEPTH || self.object.len() == 0 {
            return None;
        }
        let unit = unit_of(self.text, self.object.start, self.object.end)?;
        let cursor = Cursor { at: self.object.start, end: self.object.end };
        Some(Fields { text: self.text, cursor, unit, depth: self.depth + 1 })
    }
}

/// Objects in the order in which they stand.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    text: &'a str,
    cursor: Cursor,
    unit: Unit,
    depth: u8,
}

impl<'a> Fields<'a> {
    pub(super) const fn between(text: &'a str, at: usize, end: usize, unit: Unit) -> Self {
        Self { text, cursor: Cursor { at, end }, unit, depth: 0 }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        match self.cursor.step(self.text, self.unit) {
            Step::Object(object) => Some(Field { text: self.text, object, depth: self.depth }),
            Step::End | Step::Header | Step::Short(_) => None,
        }
    }
}

/// A text as objects, without any loss: order, unknown tags, repeated tags, empty values, and whatever stands before or
/// after them. Reading never fails; [`decode`](super::decode) judges.
///
/// ```
/// use choqr::payment_code::Tree;
///
/// let text = "00020101021153037045802VN8003abc6304FFFFrest";
/// let tree = Tree::read(text);
/// assert_eq!(tree.fields().count(), 6);
/// assert_eq!(tree.get(80).map(|field| field.value()), Some("abc"));
/// assert_eq!(tree.tail(), "rest");
/// assert_eq!(tree.to_payload(), text);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree<'a> {
    text: &'a str,
    lead: usize,
    tail: usize,
    unit: Unit,
}

impl<'a> Tree<'a> {
    /// Reads objects as far as they go, lengths in characters first and then in bytes.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        let lead = text.len() - text.trim_start_matches(charset::is_wrapping).len();
        let end = lead + text.get(lead..).unwrap_or("").trim_end_matches(charset::is_wrapping).len();
        Self::between(text, lead, end, root_unit(text, lead, end))
    }

    pub(super) fn between(text: &'a str, lead: usize, end: usize, unit: Unit) -> Self {
        Self { text, lead, tail: walk(text, lead, end, unit).at, unit }
    }

    /// Root objects in order.
    #[must_use]
    pub const fn fields(&self) -> Fields<'a> {
        Fields::between(self.text, self.lead, self.tail, self.unit)
    }

    /// The first root object with a tag.
    #[must_use]
    pub fn get(&self, tag: u8) -> Option<Field<'a>> {
        self.fields().find(|field| field.tag() == tag)
    }

    /// What the lengths of the root count.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// White space and byte order marks before the first object.
    #[must_use]
    pub fn lead(&self) -> &'a str {
        self.text.get(..self.lead).unwrap_or("")
    }

    /// What follows the last object and is none.
    #[must_use]
    pub fn tail(&self) -> &'a str {
        self.text.get(self.tail..).unwrap_or("")
    }

    /// The text again, put together from its objects: the same bytes that were read.
    #[must_use]
    pub fn to_payload(&self) -> String {
        self.to_string()
    }
}

impl std::fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.lead())?;
        for field in self.fields() {
            let value = field.value();
            let length = match self.unit {
                Unit::Characters => value.chars().count(),
                Unit::Bytes => value.len(),
            };
            write!(f, "{:02}{length:02}{value}", field.tag())?;
        }
        f.write_str(self.tail())
    }
}
