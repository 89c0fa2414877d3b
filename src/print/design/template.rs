//! A text with places: `Sạp *{stall}*`, in one language or both.
//!
//! Between `*` stands what is set in the strong style. A piece between two ` · ` that has places and none of them filled
//! is left out with its dot.

use super::error::DesignError;
use super::tree::{Node, Value};
use crate::print::sticker::Ready;
use crate::print::words::Language;

macro_rules! fields {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)+) => {
        /// What a place in a text stands for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field { $($(#[doc = $doc])* $variant,)+ }

        impl Field {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant),)+];
        }
    };
}

fields! {
    Stall = "stall",
    Market = "market",
    Trade = "trade",
    /// The payee's name in large letters.
    Name = "name",
    /// The same without marks, when the large one has them.
    BareName = "bare_name",
    /// The keeper of the stall, when the account is someone else's.
    Owner = "owner",
    Bank = "bank",
    Digits = "digits",
    Serial = "serial",
    Issued = "issued",
    /// Where a sticker is checked, when it carries that code.
    Check = "check",
    /// The second account of a card for two.
    Name2 = "name_2",
    BareName2 = "bare_name_2",
    Bank2 = "bank_2",
    Digits2 = "digits_2",
    Serial2 = "serial_2",
    /// The vendor's own link.
    Link = "link",
    Recovery = "recovery",
}

impl Field {
    /// The field of a name, or an error that lists them.
    pub(super) fn find(node: &Node, name: &str) -> Result<Self, DesignError> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|(name, _)| *name).collect();
            node.wrong(format!("there is nothing called {name} on a sticker; there are {}", names.join(", ")))
        })
    }

    /// What it is for one sticker; empty where there is none.
    pub(super) fn of<'a>(self, ready: &'a Ready<'_>) -> &'a str {
        match self {
            Self::Stall => &ready.stall,
            Self::Market => &ready.market,
            Self::Trade => &ready.trade,
            Self::Name => &ready.first.large_name,
            Self::BareName => &ready.first.bare_name,
            Self::Owner => &ready.owner,
            Self::Bank => &ready.first.bank,
            Self::Digits => &ready.first.digits,
            Self::Serial => &ready.first.serial,
            Self::Issued => &ready.issued,
            Self::Check => ready.check_url.unwrap_or(""),
            Self::Name2 => ready.second.as_ref().map_or("", |second| &second.large_name),
            Self::BareName2 => ready.second.as_ref().map_or("", |second| &second.bare_name),
            Self::Bank2 => ready.second.as_ref().map_or("", |second| &second.bank),
            Self::Digits2 => ready.second.as_ref().map_or("", |second| &second.digits),
            Self::Serial2 => ready.second.as_ref().map_or("", |second| &second.serial),
            Self::Link => &ready.link_text,
            Self::Recovery => &ready.recovery,
        }
    }
}

#[derive(Debug, Clone)]
enum Piece {
    Words(String),
    Place(Field),
}

/// A part between two dots.
type Item = Vec<(bool, Piece)>;

/// A text in both languages.
#[derive(Debug, Clone)]
pub(super) struct Template {
    vi: Vec<Item>,
    en: Vec<Item>,
}

/// A run of letters, and whether it is strong.
pub(super) type Runs = Vec<(bool, String)>;

impl Template {
    /// Reads `"text"` or `{ vi = "…", en = "…" }`.
    pub(super) fn read(node: &Node) -> Result<Self, DesignError> {
        if let Value::Text(text) = &node.value {
            let items = parse(node, text)?;
            return Ok(Self { vi: items.clone(), en: items });
        }
        let keys = node.keys("a text in both languages")?;
        let (vi, en) = (keys.need("vi")?, keys.need("en")?);
        keys.done()?;
        Ok(Self { vi: parse(vi, vi.text()?)?, en: parse(en, en.text()?)? })
    }

    /// The text for one sticker; nothing when all its places are empty.
    pub(super) fn fill(&self, ready: &Ready<'_>, language: Language) -> Runs {
        let items = match language {
            Language::Vietnamese => &self.vi,
            Language::English => &self.en,
        };
        let mut runs: Runs = Vec::with_capacity(4);
        let mut put = |strong: bool, text: &str| match runs.last_mut() {
            _ if text.is_empty() => {}
            Some((last, run)) if *last == strong => run.push_str(text),
            _ => runs.push((strong, text.to_owned())),
        };
        let mut is_first = true;
        for item in items {
            let mut places = item.iter().filter_map(|(_, piece)| match piece {
                Piece::Place(field) => Some(field.of(ready)),
                Piece::Words(_) => None,
            });
            let is_plain = !item.iter().any(|(_, piece)| matches!(piece, Piece::Place(_)));
            if !is_plain && places.all(str::is_empty) {
                continue;
            }
            if !is_first {
                // Where the line breaks, the dot stays above.
                put(false, "\u{a0}· ");
            }
            is_first = false;
            for (strong, piece) in item {
                match piece {
                    Piece::Words(words) => put(*strong, words),
                    Piece::Place(field) => put(*strong, field.of(ready)),
                }
            }
        }
        runs
    }

    /// Whether anything on it differs from sticker to sticker.
    pub(super) fn mentions(&self, field: Field) -> bool {
        self.vi.iter().chain(&self.en).flatten().any(|(_, piece)| matches!(piece, Piece::Place(found) if *found == field))
    }
}

fn parse(node: &Node, text: &str) -> Result<Vec<Item>, DesignError> {
    let mut strong = false;
    let mut items = Vec::new();
    for part in text.split(" · ") {
        let mut item = Vec::new();
        let mut rest = part;
        while let Some(at) = rest.find(['*', '{', '}']) {
            let (before, from) = rest.split_at(at);
            if !before.is_empty() {
                item.push((strong, Piece::Words(before.to_owned())));
            }
            if let Some(after) = from.strip_prefix('*') {
                strong = !strong;
                rest = after;
            } else {
                let Some((name, after)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else {
                    return Err(node.wrong("a place is written {name}, with both braces"));
                };
                item.push((strong, Piece::Place(Field::find(node, name)?)));
                rest = after;
            }
        }
        if !rest.is_empty() {
            item.push((strong, Piece::Words(rest.to_owned())));
        }
        items.push(item);
    }
    if strong {
        return Err(node.wrong("a * opens what no second * closes"));
    }
    Ok(items)
}
