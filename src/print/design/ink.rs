//! The inks a design may name: the house's own, and those of its `[inks]`.

use super::error::DesignError;
use super::tree::Node;
use crate::print::canvas::Ink;

/// The house's inks. Each is given for the screen and for four plates; what is in `key` alone stays sharp when the plates
/// shift. The plates' percentages are our choice for coated stock without a profile; a shop's proof has the last word.
const HOUSE: [(&str, Ink); 17] = [
    ("code", Ink::key(100)),
    ("black", Ink::key(100)),
    ("text", Ink::key(94)),
    ("text_2", Ink::key(70)),
    ("grey", Ink::key(45)),
    ("hairline", Ink::key(20)),
    ("paper", Ink::key(0)),
    ("white", Ink::key(0)),
    ("leaf", Ink::new([0x0B, 0x6B, 0x4F], [88, 32, 74, 24])),
    ("leaf_fine", Ink::new([0x4E, 0x9C, 0x82], [68, 18, 53, 3])),
    ("leaf_tint", Ink::new([0xCF, 0xE5, 0xDC], [19, 2, 15, 0])),
    // The fine pattern under a code: lighter than the tint, with which zbar missed about one code in 150 on full sheets
    // (480 labels a trial; none of them alone).
    ("leaf_faint", Ink::new([0xE3, 0xF0, 0xEA], [11, 1, 9, 0])),
    ("leaf_ground", Ink::new([0xF3, 0xF9, 0xF6], [4, 0, 3, 0])),
    ("on_leaf_2", Ink::new([0xD5, 0xEA, 0xE2], [16, 1, 12, 0])),
    ("turmeric", Ink::new([0x8A, 0x5A, 0x00], [28, 60, 100, 30])),
    ("turmeric_fill", Ink::new([0xF4, 0xC0, 0x4E], [2, 25, 80, 0])),
    ("indigo", Ink::new([0x2F, 0x4B, 0x8F], [90, 76, 10, 2])),
];

/// The inks in force for one design.
#[derive(Debug, Clone)]
pub(super) struct Inks(Vec<(String, Ink)>);

impl Inks {
    /// The house's inks, and over them those of the design's table, if it has one: `name = "other"`,
    /// `name = { key = 80 }` or `name = { rgb = "#0B6B4F", cmyk = [88, 32, 74, 24] }`.
    pub(super) fn read(tables: &[&Node]) -> Result<Self, DesignError> {
        let mut inks = Self(HOUSE.iter().map(|(name, ink)| ((*name).to_owned(), *ink)).collect());
        for table in tables {
            let super::tree::Value::Table(entries) = &table.value else {
                return Err(table.wrong("inks is a table, as in [inks]"));
            };
            // All are read before any is put in, so that two may change places.
            let read =
                entries.iter().map(|(name, node)| Ok((name.clone(), inks.read_one(node)?))).collect::<Result<Vec<_>, _>>()?;
            for (name, ink) in read {
                match inks.0.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) => known.1 = ink,
                    None => inks.0.push((name, ink)),
                }
            }
        }
        Ok(inks)
    }

    fn read_one(&self, node: &Node) -> Result<Ink, DesignError> {
        if matches!(node.value, super::tree::Value::Text(_)) {
            return self.find(node);
        }
        let keys = node.keys("an ink")?;
        let key = keys.get("key").map(|node| percent(node, node.number()?)).transpose()?;
        let rgb = keys.get("rgb").map(hex).transpose()?;
        let cmyk = keys
            .get("cmyk")
            .map(|node| {
                let [c, m, y, k] = node.numbers("cmyk = [C, M, Y, K] in percent")?;
                Ok([percent(node, c)?, percent(node, m)?, percent(node, y)?, percent(node, k)?])
            })
            .transpose()?;
        keys.done()?;
        match (key, rgb, cmyk) {
            (Some(key), None, None) => Ok(Ink::key(key)),
            (None, Some(rgb), Some(cmyk)) => Ok(Ink::new(rgb, cmyk)),
            _ => Err(node.wrong("an ink is { key = 80 } or { rgb = \"#0B6B4F\", cmyk = [88, 32, 74, 24] }")),
        }
    }

    /// The ink that a value names.
    pub(super) fn find(&self, node: &Node) -> Result<Ink, DesignError> {
        let name = node.text()?;
        self.0.iter().find(|(known, _)| known == name).map(|(_, ink)| *ink).ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
            node.wrong(format!("there is no ink {name}; there are {}", names.join(", ")))
        })
    }

    /// A house ink by a name that the program itself uses.
    pub(super) fn own(&self, name: &str) -> Ink {
        self.0.iter().find(|(known, _)| known == name).map_or(Ink::key(100), |(_, ink)| *ink)
    }
}

fn percent(node: &Node, value: f64) -> Result<u8, DesignError> {
    if (0.0..=100.0).contains(&value) && value.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just judged")]
        return Ok(value as u8);
    }
    Err(node.wrong("percent are whole numbers from 0 to 100"))
}

fn hex(node: &Node) -> Result<[u8; 3], DesignError> {
    let digits = node.text()?.strip_prefix('#').filter(|digits| digits.len() == 6);
    let bytes = digits.and_then(|digits| data_encoding::HEXUPPER_PERMISSIVE.decode(digits.as_bytes()).ok());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| node.wrong("rgb is \"#\" and six digits, as in \"#0B6B4F\""))
}
