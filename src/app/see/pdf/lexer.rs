//! The words of a PDF: objects as ISO 32000-1, 7.3 writes them, and the operators between them.

use std::collections::BTreeMap;

/// One object has this many parts at most: a word of two bytes becomes a value of forty.
const MOST_PARTS: u32 = 200_000;
/// And an operand this many, since several are held at a time.
const MOST_OPERAND_PARTS: u32 = 2_000;
/// Arrays and dictionaries stand in each other this deep at most.
const DEEPEST: u8 = 24;

pub(super) type Dict = BTreeMap<Vec<u8>, Object>;

/// What can stand in a document or a content stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Null,
    Bool(bool),
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    Reference(u32),
    /// Any other word: an operator, `obj`, `stream`.
    Word(Vec<u8>),
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(super) fn array(&self) -> Option<&[Object]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(super) fn dict(&self) -> Option<&Dict> {
        if let Self::Dict(dict) = self { Some(dict) } else { None }
    }
}

/// Reads one object after another.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    parts: u32,
    most_parts: u32,
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, parts: 0, most_parts: MOST_PARTS }
    }

    /// Reads operands and operators.
    pub(super) const fn of_content(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, parts: 0, most_parts: MOST_OPERAND_PARTS }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek(0) {
            if is_space(byte) {
                self.at += 1;
            } else if byte == b'%' {
                while self.peek(0).is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
    }

    /// The next object; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Object> {
        self.parts = self.most_parts;
        self.object(0)
    }

    fn object(&mut self, depth: u8) -> Option<Object> {
        self.parts = self.parts.checked_sub(1)?;
        self.skip_space();
        Some(match self.peek(0)? {
            b'/' => Object::Name(self.name()),
            b'(' => Object::Text(self.text()),
            b'<' if self.peek(1) == Some(b'<') => {
                self.at += 2;
                self.dict(depth)
            }
            b'<' => Object::Text(self.hex()),
            b'[' => {
                self.at += 1;
                self.array(depth)
            }
            b')' | b'>' | b']' | b'{' | b'}' => {
                self.at += 1;
                Object::Word(vec![self.bytes[self.at - 1]])
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number_or_reference(),
            _ => {
                let start = self.at;
                self.skip_regular();
                match &self.bytes[start..self.at] {
                    b"true" => Object::Bool(true),
                    b"false" => Object::Bool(false),
                    b"null" => Object::Null,
                    word => Object::Word(word.to_vec()),
                }
            }
        })
    }

    fn skip_regular(&mut self) {
        while self.peek(0).is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let start = self.at;
        self.skip_regular();
        let raw = &self.bytes[start..self.at];
        if !raw.contains(&b'#') {
            return raw.to_vec();
        }
        let mut name = Vec::with_capacity(raw.len());
        let mut at = 0;
        while at < raw.len() {
            let digits = raw.get(at + 1..at + 3).and_then(|pair| Some(hex_value(pair[0])? << 4 | hex_value(pair[1])?));
            match digits {
                Some(byte) if raw[at] == b'#' => {
                    name.push(byte);
                    at += 3;
                }
                _ => {
                    name.push(raw[at]);
                    at += 1;
                }
            }
        }
        name
    }

    /// A text in parentheses. Escapes stay as they are: no name or number that is asked for has any.
    fn text(&mut self) -> Vec<u8> {
        self.at += 1;
        let start = self.at;
        let mut open = 1_u32;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return self.bytes[start..self.at - 1].to_vec();
                    }
                }
                _ => {}
            }
        }
        self.at = self.bytes.len();
        Vec::new()
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut out = Vec::new();
        let mut high = None;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            let Some(digit) = hex_value(byte) else { continue };
            match high.take() {
                None => high = Some(digit),
                Some(first) => out.push(first << 4 | digit),
            }
        }
        out.extend(high.map(|digit| digit << 4));
        out
    }

    fn array(&mut self, depth: u8) -> Object {
        let mut items = Vec::new();
        loop {
            if depth >= DEEPEST {
                break;
            }
            match self.object(depth + 1) {
                None => break,
                Some(Object::Word(word)) if word == b"]" => break,
                Some(Object::Word(word)) if word == b"endobj" || word == b"stream" => break,
                Some(item) => items.push(item),
            }
        }
        Object::Array(items)
    }

    fn dict(&mut self, depth: u8) -> Object {
        let mut dict = Dict::new();
        loop {
            if depth >= DEEPEST {
                break;
            }
            match self.object(depth + 1) {
                Some(Object::Name(key)) => match self.object(depth + 1) {
                    None => break,
                    Some(Object::Word(word)) if word == b">" => break,
                    Some(value) => {
                        dict.insert(key, value);
                    }
                },
                Some(Object::Word(word)) if word == b">" => {
                    if self.peek(0) == Some(b'>') {
                        self.at += 1;
                    }
                    break;
                }
                None => break,
                Some(Object::Word(word)) if word == b"endobj" || word == b"stream" => break,
                Some(_) => {}
            }
        }
        Object::Dict(dict)
    }

    fn number_or_reference(&mut self) -> Object {
        let Some(number) = self.number() else {
            self.skip_regular();
            return Object::Null;
        };
        let after = self.at;
        if number >= 0.0 && number.fract() == 0.0 && self.bytes[..after].last().is_some_and(u8::is_ascii_digit) {
            self.skip_space();
            if self.peek(0).is_some_and(|byte| byte.is_ascii_digit())
                && self.number().is_some_and(|generation| generation <= 65_535.0)
            {
                self.skip_space();
                if self.peek(0) == Some(b'R') && self.peek(1).is_none_or(|byte| is_space(byte) || is_delimiter(byte)) {
                    self.at += 1;
                    return Object::Reference(number as u32);
                }
            }
        }
        self.at = after;
        Object::Number(number)
    }

    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        while self.peek(0).is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        std::str::from_utf8(&self.bytes[start..self.at]).ok()?.parse().ok()
    }
}

fn hex_value(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// A text without its escapes (7.3.4.2).
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&escaped) = text.get(at) else { break };
        at += 1;
        match escaped {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\r' if text.get(at) == Some(&b'\n') => at += 1,
            b'\r' | b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(escaped - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = text.get(at) {
                        value = value * 8 + u32::from(digit - b'0');
                        at += 1;
                    }
                }
                out.push(value as u8);
            }
            other => out.push(other),
        }
    }
    out
}
