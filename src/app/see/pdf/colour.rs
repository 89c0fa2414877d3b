//! Colours as the grey that a reader of codes sees.

use super::file::File;
use super::lexer::{Dict, Object};

/// What a sample of a picture or an operand of a colour operator means.
#[derive(Clone)]
pub(super) enum Space {
    Grey,
    Rgb,
    Cmyk,
    /// One ink: 1 is all of it.
    Ink,
    Lab,
    /// Greys of a palette.
    Indexed(Vec<u8>),
    /// A pattern: what it looks like is not known, and nothing is painted.
    Pattern,
}

impl Space {
    pub(super) fn of(file: &File<'_>, resources: &Dict, object: &Object, depth: u8) -> Self {
        let object = file.resolve(object);
        match &object {
            Object::Name(name) => match name.as_slice() {
                b"DeviceRGB" | b"RGB" | b"CalRGB" => Self::Rgb,
                b"DeviceCMYK" | b"CMYK" => Self::Cmyk,
                b"Pattern" => Self::Pattern,
                b"DeviceGray" | b"G" | b"CalGray" => Self::Grey,
                other => match file.dict(resources, b"ColorSpace").and_then(|spaces| file.get(&spaces, other)) {
                    Some(named) if depth < 4 => Self::of(file, resources, &named, depth + 1),
                    _ => Self::Grey,
                },
            },
            Object::Array(items) => Self::of_array(file, resources, items, depth),
            _ => Self::Grey,
        }
    }

    fn of_array(file: &File<'_>, resources: &Dict, items: &[Object], depth: u8) -> Self {
        let item = |at: usize| items.get(at).map(|item| file.resolve(item));
        match item(0).as_ref().and_then(Object::name) {
            Some(b"ICCBased") => {
                let Some(Object::Reference(number)) = items.get(1) else { return Self::Grey };
                match file.object(*number).as_ref().and_then(Object::dict).and_then(|dict| file.int(dict, b"N")) {
                    Some(3) => Self::Rgb,
                    Some(4) => Self::Cmyk,
                    _ => Self::Grey,
                }
            }
            Some(b"Separation" | b"DeviceN") => Self::Ink,
            Some(b"Lab") => Self::Lab,
            Some(b"Pattern") => Self::Pattern,
            Some(b"Indexed" | b"I") if depth < 4 => {
                let base = item(1).map_or(Self::Grey, |base| Self::of(file, resources, &base, depth + 1));
                let table = match items.get(3) {
                    Some(Object::Reference(number)) => match file.object(*number) {
                        Some(Object::Text(text)) => text,
                        _ => file
                            .stream(*number)
                            .and_then(|(dict, raw)| {
                                Some(super::filters::decode(file, &dict, &raw, &mut super::budget::Budget::small())?.0)
                            })
                            .unwrap_or_default(),
                    },
                    Some(Object::Text(text)) => super::lexer::unescaped(text),
                    _ => Vec::new(),
                };
                let parts = base.parts();
                let greys = table.chunks_exact(parts).take(256);
                Self::Indexed(
                    greys
                        .map(|entry| base.grey(&entry.iter().map(|&byte| f64::from(byte) / 255.0).collect::<Vec<_>>()))
                        .collect(),
                )
            }
            Some(name) if items.len() == 1 || matches!(name, b"CalRGB" | b"CalGray") => {
                Self::of(file, resources, &Object::Name(name.to_vec()), depth + 1)
            }
            _ => Self::Grey,
        }
    }

    /// Numbers a colour has.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::Rgb | Self::Lab => 3,
            Self::Cmyk => 4,
            _ => 1,
        }
    }

    /// The grey of a colour whose parts go from 0 to 1; an index goes from 0 to 255.
    pub(super) fn grey(&self, parts: &[f64]) -> u8 {
        let part = |at: usize| parts.get(at).copied().unwrap_or(0.0).clamp(0.0, 1.0);
        let light = match self {
            Self::Grey | Self::Pattern => part(0),
            Self::Rgb => 0.299 * part(0) + 0.587 * part(1) + 0.114 * part(2),
            Self::Cmyk => (0.299 * (1.0 - part(0)) + 0.587 * (1.0 - part(1)) + 0.114 * (1.0 - part(2))) * (1.0 - part(3)),
            Self::Ink => 1.0 - parts.iter().fold(0.0_f64, |most, &part| most.max(part)).clamp(0.0, 1.0),
            Self::Lab => part(0),
            Self::Indexed(greys) => return greys.get(parts.first().map_or(0, |&index| index as usize)).copied().unwrap_or(255),
        };
        (light * 255.0).round() as u8
    }
}
