//! Writing objects one after another, each with its length.

use super::LocalName;

/// A text in the making, in place: nothing is allocated until it is whole.
pub(super) struct Pen<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Pen<N> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { bytes: [0; N], at: 0 }
    }

    #[inline]
    pub(super) fn written(&self) -> &[u8] {
        &self.bytes[..self.at]
    }

    #[inline]
    pub(super) fn put(&mut self, text: &[u8]) {
        self.bytes[self.at..self.at + text.len()].copy_from_slice(text);
        self.at += text.len();
    }

    /// Two digits.
    #[inline]
    pub(super) fn number(&mut self, length: usize) {
        self.put(&[b'0' + (length / 10) as u8, b'0' + (length % 10) as u8]);
    }

    #[inline]
    pub(super) fn object(&mut self, tag: &[u8; 2], value: &[u8]) {
        self.put(tag);
        self.number(value.len());
        self.put(value);
    }

    /// Length and digits of an amount.
    #[inline]
    pub(super) fn amount(&mut self, mut amount: u32) {
        let mut digits = [0_u8; 10];
        let mut first = digits.len();
        while amount > 0 {
            first -= 1;
            digits[first] = b'0' + (amount % 10) as u8;
            amount /= 10;
        }
        self.number(digits.len() - first);
        self.put(&digits[first..]);
    }

    /// Tag 64, whose lengths count characters.
    pub(super) fn local(&mut self, local: &LocalName) {
        let parts = [(b"00", Some(local.language())), (b"01", Some(local.name())), (b"02", local.city())];
        let parts = parts.into_iter().filter_map(|(tag, text)| Some((tag, text?)));
        self.put(b"64");
        self.number(parts.clone().map(|(_, text)| 4 + text.chars().count()).sum());
        for (tag, text) in parts {
            self.put(tag);
            self.number(text.chars().count());
            self.put(text.as_bytes());
        }
    }
}
