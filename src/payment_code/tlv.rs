//! Objects of an EMV code: two digits of tag, two digits of length in characters, a value (NAPAS v1.0 §5.1).

use super::Refusal;

/// One object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The tag's two digits.
    pub tag: &'a str,
    /// The value.
    pub value: &'a str,
    /// The character at which the object begins.
    pub offset: usize,
    /// The byte at which the object begins, in the text that was split.
    pub byte: usize,
}

impl Field<'_> {
    /// The character at which the value begins.
    #[must_use]
    pub const fn value_offset(&self) -> usize {
        self.offset + 4
    }
}

/// Splits a text into its objects; `offset` is the character at which the text begins in the whole code.
///
/// One pass, no recursion: a crafted length can only make it stop early.
pub(super) fn split(text: &str, offset: usize) -> Result<Vec<Field<'_>>, Refusal> {
    let mut fields = Vec::with_capacity(12);
    let (mut rest, mut at) = (text, offset);
    while !rest.is_empty() {
        let header = rest.get(..4).filter(|header| header.bytes().all(|b| b.is_ascii_digit())).ok_or_else(|| {
            Refusal::new("object_header", at, "an object begins with two digits of tag and two digits of length")
        })?;
        let length = header[2..].bytes().fold(0, |n, digit| n * 10 + usize::from(digit - b'0'));
        if length == 0 {
            return Err(Refusal::new("object_empty", at, format!("object {} has length 00; leave it out instead", &header[..2])));
        }
        let body = &rest[4..];
        let end = end_of(body, length).ok_or_else(|| {
            Refusal::new("object_too_short", at, format!("object {} says {length} characters, but fewer follow", &header[..2]))
        })?;
        fields.push(Field { tag: &header[..2], value: &body[..end], offset: at, byte: text.len() - rest.len() });
        rest = &body[end..];
        at += 4 + length;
    }
    Ok(fields)
}

/// The byte at which `count` characters end. Nearly every code is ASCII, where both counts agree.
fn end_of(text: &str, count: usize) -> Option<usize> {
    if text.as_bytes().get(..count).is_some_and(<[u8]>::is_ascii) {
        return Some(count);
    }
    match text.char_indices().nth(count) {
        Some((byte, _)) => Some(byte),
        None => (text.chars().count() == count).then_some(text.len()),
    }
}

/// Adds an object. The caller has checked that the value has 1 to 99 characters.
pub(super) fn push(out: &mut String, tag: &str, value: &str) {
    use std::fmt::Write;
    let _infallible = write!(out, "{tag}{:02}{value}", value.chars().count());
}
