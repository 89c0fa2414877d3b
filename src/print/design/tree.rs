//! A design file as a tree in which every value knows its line, so that whatever is wrong can be pointed at.

use std::cell::RefCell;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::error::DesignError;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) file: Arc<str>,
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    /// Reads a file's text.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, DesignError> {
        let place = Place { file: file.into(), text };
        let table = DeTable::parse(text).map_err(|problem| DesignError {
            file: file.to_owned(),
            line: place.line(problem.span().map_or(0, |span| span.start)),
            reason: problem.message().to_owned(),
        })?;
        let value = place.table(table.get_ref())?;
        Ok(Self { file: Arc::clone(&place.file), line: 1, value })
    }

    /// An error at this value.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> DesignError {
        DesignError { file: self.file.to_string(), line: self.line, reason: reason.into() }
    }

    /// The entries of a table.
    pub(super) fn keys(&self, what: &'static str) -> Result<Keys<'_>, DesignError> {
        match &self.value {
            Value::Table(entries) => Ok(Keys { at: self, what, entries, asked: RefCell::default() }),
            _ => Err(self.wrong(format!("{what} is a table, as in {{ key = value }}"))),
        }
    }

    pub(super) fn number(&self) -> Result<f64, DesignError> {
        match self.value {
            Value::Number(number) if number.is_finite() && number.abs() <= 10_000.0 => Ok(number),
            _ => Err(self.wrong("expected a number, in millimetres where it is a length")),
        }
    }

    pub(super) fn text(&self) -> Result<&str, DesignError> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("expected a text in quotes")),
        }
    }

    pub(super) fn list(&self) -> Result<&[Self], DesignError> {
        match &self.value {
            Value::List(list) => Ok(list),
            _ => Err(self.wrong("expected a list, as in [1, 2]")),
        }
    }

    /// Exactly so many numbers.
    pub(super) fn numbers<const N: usize>(&self, what: &str) -> Result<[f64; N], DesignError> {
        let list = self.list().map_err(|_| self.wrong(format!("expected {what}")))?;
        let numbers: Vec<f64> = list.iter().map(Self::number).collect::<Result<_, _>>()?;
        numbers.try_into().map_err(|_| self.wrong(format!("expected {what}")))
    }
}

/// The entries of a table, each of which must be asked for.
pub(super) struct Keys<'a> {
    pub(super) at: &'a Node,
    what: &'static str,
    entries: &'a [(String, Node)],
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Keys<'a> {
    pub(super) fn get(&self, key: &'static str) -> Option<&'a Node> {
        self.asked.borrow_mut().push(key);
        self.entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(super) fn need(&self, key: &'static str) -> Result<&'a Node, DesignError> {
        self.get(key).ok_or_else(|| self.at.wrong(format!("{} needs {key}", self.what)))
    }

    pub(super) fn number(&self, key: &'static str, otherwise: f64) -> Result<f64, DesignError> {
        self.get(key).map_or(Ok(otherwise), Node::number)
    }

    pub(super) fn bool(&self, key: &'static str, otherwise: bool) -> Result<bool, DesignError> {
        match self.get(key).map(|node| (node, &node.value)) {
            None => Ok(otherwise),
            Some((_, Value::Bool(value))) => Ok(*value),
            Some((node, _)) => Err(node.wrong(format!("{key} is true or false"))),
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)], otherwise: T) -> Result<T, DesignError> {
        let Some(node) = self.get(key) else { return Ok(otherwise) };
        let text = node.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            node.wrong(format!("{key} is one of {}", words.join(", ")))
        })
    }

    /// Refuses what nobody asked for: a misspelt key must not be passed over.
    pub(super) fn done(self) -> Result<(), DesignError> {
        let asked = self.asked.borrow();
        match self.entries.iter().find(|(name, _)| !asked.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, node)) => Err(node.wrong(format!("{} has no {name}; it may have {}", self.what, asked.join(", ")))),
        }
    }
}

struct Place<'a> {
    file: Arc<str>,
    text: &'a str,
}

impl Place<'_> {
    fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
    }

    fn table(&self, table: &DeTable<'_>) -> Result<Value, DesignError> {
        let entries = table.iter().map(|(key, value)| {
            Ok((key.get_ref().to_string(), self.node(value.span().start.min(key.span().start), value.get_ref())?))
        });
        Ok(Value::Table(entries.collect::<Result<_, _>>()?))
    }

    fn node(&self, offset: usize, value: &DeValue<'_>) -> Result<Node, DesignError> {
        let line = self.line(offset);
        let wrong = |reason: &str| DesignError { file: self.file.to_string(), line, reason: reason.to_owned() };
        let number = |text: &str| text.parse().map(Value::Number).map_err(|_| wrong("expected a number"));
        let value = match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(integer) if integer.radix() == 10 => number(integer.as_str())?,
            DeValue::Integer(_) => return Err(wrong("numbers are written in tens")),
            DeValue::Float(float) => number(float.as_str())?,
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(_) => return Err(wrong("a design has no dates")),
            DeValue::Array(list) => {
                Value::List(list.iter().map(|item| self.node(item.span().start, item.get_ref())).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => self.table(table)?,
        };
        Ok(Node { file: Arc::clone(&self.file), line, value })
    }
}
