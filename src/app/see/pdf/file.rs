//! Where the objects of a document stand.
//!
//! The whole file is looked through for `obj` instead of trusting its table: one way for sound and for damaged files, in
//! time that grows with the file and nothing else.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::budget::Budget;
use super::filters;
use super::lexer::{Dict, Lexer, Object, is_space};

/// More objects than this are not looked at.
const MOST_OBJECTS: usize = 100_000;
/// Nor are more pages: a code to enrol with stands on the first.
const MOST_PAGES: usize = 30;

/// So many bytes are read as objects, again and again as they are asked for.
const MOST_READ: usize = 24 << 20;

/// Object streams that are kept open, in bytes.
const MOST_HELD: usize = 8 << 20;

enum Place {
    /// After `N G obj` in the file.
    Plain(usize),
    /// In the nth opened object stream, from this byte on.
    Packed(usize, usize),
}

/// A document that was looked through.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    places: BTreeMap<u32, Place>,
    packed: Vec<Vec<u8>>,
    held: usize,
    unread: Cell<usize>,
    /// Whether its streams are encrypted.
    pub(super) encrypted: bool,
}

impl<'a> File<'a> {
    pub(super) fn open(bytes: &'a [u8], budget: &mut Budget) -> Self {
        let mut file =
            Self { bytes, places: BTreeMap::new(), packed: Vec::new(), held: 0, unread: Cell::new(MOST_READ), encrypted: false };
        let mut object_streams = Vec::new();
        let mut at = 0;
        while let Some(found) = find(bytes, b"obj", at) {
            at = found + 3;
            if file.places.len() >= MOST_OBJECTS {
                break;
            }
            let Some(number) = number_before(bytes, found) else { continue };
            file.places.insert(number, Place::Plain(at));
            // The head of an object tells whether it holds others; it is read no further than it must be.
            let head = &bytes[at..bytes.len().min(at + 400)];
            if find(head, b"/ObjStm", 0).is_some_and(|place| find(head, b"stream", 0).is_none_or(|stream| place < stream)) {
                object_streams.push(number);
            }
        }
        file.encrypted = find(bytes, b"/Encrypt", 0).is_some();
        for number in object_streams.into_iter().take(2_000) {
            file.unpack(number, budget);
        }
        file
    }

    fn unpack(&mut self, number: u32, budget: &mut Budget) {
        let Some((dict, raw)) = self.stream(number) else { return };
        let (Some(count), Some(first)) = (self.int(&dict, b"N"), self.int(&dict, b"First")) else { return };
        if self.held > MOST_HELD {
            return;
        }
        let Some((bytes, _)) = filters::decode(self, &dict, &raw, budget) else { return };
        if self.held + bytes.len() > MOST_HELD {
            return;
        }
        let mut lexer = Lexer::new(&bytes, 0);
        let mut heads = Vec::new();
        for _ in 0..count.clamp(0, MOST_OBJECTS as i64) {
            let (Some(Object::Number(number)), Some(Object::Number(offset))) = (lexer.next(), lexer.next()) else { break };
            heads.push((number as u32, first.max(0) as usize + offset as usize));
        }
        let index = self.packed.len();
        for (number, at) in heads {
            if self.places.len() < MOST_OBJECTS && at < bytes.len() {
                self.places.entry(number).or_insert(Place::Packed(index, at));
            }
        }
        self.held += bytes.len();
        self.packed.push(bytes);
    }

    /// The object of that number, never a reference to another more than a few steps away.
    pub(super) fn object(&self, number: u32) -> Option<Object> {
        let (bytes, at) = match *self.places.get(&number)? {
            Place::Plain(at) => (self.bytes, at),
            Place::Packed(stream, at) => (self.packed.get(stream)?.as_slice(), at),
        };
        let mut lexer = Lexer::new(bytes, at);
        let object = lexer.next();
        self.charge(lexer.at - at)?;
        object
    }

    fn charge(&self, bytes: usize) -> Option<()> {
        let left = self.unread.get().checked_sub(bytes + 16);
        self.unread.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    pub(super) fn resolve(&self, object: &Object) -> Object {
        let mut object = Cow::Borrowed(object);
        for _ in 0..8 {
            let Object::Reference(number) = *object else { return object.into_owned() };
            object = Cow::Owned(self.object(number).unwrap_or(Object::Null));
        }
        Object::Null
    }

    pub(super) fn get(&self, dict: &Dict, key: &[u8]) -> Option<Object> {
        dict.get(key).map(|value| self.resolve(value)).filter(|value| *value != Object::Null)
    }

    pub(super) fn dict(&self, dict: &Dict, key: &[u8]) -> Option<Dict> {
        match self.get(dict, key)? {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    pub(super) fn int(&self, dict: &Dict, key: &[u8]) -> Option<i64> {
        self.get(dict, key)?.number().map(|number| number as i64)
    }

    /// A stream's dictionary and its bytes as they stand in the file.
    pub(super) fn stream(&self, number: u32) -> Option<(Dict, Cow<'a, [u8]>)> {
        let Place::Plain(at) = *self.places.get(&number)? else { return None };
        let mut lexer = Lexer::new(self.bytes, at);
        let Some(Object::Dict(dict)) = lexer.next() else { return None };
        if lexer.next() != Some(Object::Word(b"stream".to_vec())) {
            return None;
        }
        let mut start = lexer.at;
        self.charge(0)?;
        if self.bytes.get(start) == Some(&b'\r') {
            start += 1;
        }
        if self.bytes.get(start) == Some(&b'\n') {
            start += 1;
        }
        // The length may be wrong; then the stream ends where the file says so.
        let stated = self.int(&dict, b"Length").and_then(|length| start.checked_add(usize::try_from(length).ok()?));
        let ends = |end: usize| {
            let rest = self.bytes.get(end..)?;
            let blank = rest.iter().take(4).take_while(|&&byte| is_space(byte)).count();
            rest[blank..].starts_with(b"endstream").then_some(end)
        };
        let end = stated.and_then(ends).or_else(|| find(self.bytes, b"endstream", start)).unwrap_or(self.bytes.len());
        // Only a search for the end costs more than a glance.
        self.charge(if stated == Some(end) { start - at } else { end - at })?;
        Some((dict, Cow::Borrowed(self.bytes.get(start..end)?)))
    }

    /// The pages in reading order, each with what it inherits.
    pub(super) fn pages(&self) -> Vec<Dict> {
        let mut pages = Vec::new();
        if let Some(Object::Dict(catalog)) = self.catalog()
            && let Some(Object::Dict(root)) = catalog.get(b"Pages".as_slice()).map(|pages| self.resolve(pages))
        {
            self.walk(&root, &Dict::new(), &mut BTreeSet::new(), &mut pages);
        }
        if pages.is_empty() {
            // A damaged tree: every page there is, in the order of their numbers.
            let all = self.places.keys().filter_map(|&number| self.object(number)?.dict().cloned());
            pages = all.filter(|dict| is_type(dict, b"Page")).take(MOST_PAGES).collect();
        }
        pages
    }

    fn catalog(&self) -> Option<Object> {
        let mut at = self.bytes.len();
        // The last `/Root` that leads to a catalog counts: a file that was changed has several.
        for _ in 0..16 {
            at = rfind(self.bytes, b"/Root", at)?;
            if let Some(Object::Reference(number)) = Lexer::new(self.bytes, at + 5).next()
                && let Some(catalog) = self.object(number)
                && catalog.dict().is_some_and(|dict| dict.contains_key(b"Pages".as_slice()))
            {
                return Some(catalog);
            }
        }
        None
    }

    fn walk(&self, node: &Dict, above: &Dict, seen: &mut BTreeSet<u32>, pages: &mut Vec<Dict>) {
        let mut own = node.clone();
        for key in [b"Resources".as_slice(), b"MediaBox", b"CropBox", b"Rotate"] {
            if let Some(value) = above.get(key) {
                own.entry(key.to_vec()).or_insert_with(|| value.clone());
            }
        }
        let Some(Object::Array(kids)) = self.get(node, b"Kids") else {
            pages.push(own);
            return;
        };
        for kid in kids {
            let Object::Reference(number) = kid else { continue };
            // Each node is visited once, so a tree that leads back to itself ends; deep ones end with the count of pages.
            if pages.len() >= MOST_PAGES || seen.len() > 500 || !seen.insert(number) {
                return;
            }
            if let Some(Object::Dict(kid)) = self.object(number) {
                self.walk(&kid, &own, seen, pages);
            }
        }
    }
}

fn is_type(dict: &Dict, word: &[u8]) -> bool {
    dict.get(b"Type".as_slice()).and_then(Object::name) == Some(word)
}

/// The first place of a word from `start` on.
pub(super) fn find(bytes: &[u8], word: &[u8], start: usize) -> Option<usize> {
    let first = word[0];
    let mut at = start;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == first)?;
        if bytes[at..].starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
}

fn rfind(bytes: &[u8], word: &[u8], before: usize) -> Option<usize> {
    (0..before.min(bytes.len())).rev().find(|&at| bytes[at..].starts_with(word))
}

/// The number of `N G obj`, read backwards from `obj`.
fn number_before(bytes: &[u8], obj: usize) -> Option<u32> {
    let mut at = obj;
    let mut back = |accept: fn(u8) -> bool| {
        let end = at;
        while at > 0 && end - at < 12 && accept(bytes[at - 1]) {
            at -= 1;
        }
        (end > at).then_some(&bytes[at..end])
    };
    back(is_space)?;
    back(|byte| byte.is_ascii_digit())?;
    back(is_space)?;
    std::str::from_utf8(back(|byte| byte.is_ascii_digit())?).ok()?.parse().ok()
}
