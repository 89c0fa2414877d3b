//! The faces a sticker is set in: metrics for the layout, bytes for the file.
//!
//! The fonts are arguments; the program embeds them, a test reads them from `assets/dist/fonts`.

use std::borrow::Cow;
use std::collections::HashMap;

/// What is wrong with a font file.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// The bytes are not a TrueType font.
    #[error("the font cannot be read: {0}")]
    Unreadable(#[from] ttf_parser::FaceParsingError),
    /// The font forbids what a PDF needs.
    #[error("the font's licence bits forbid embedding a subset")]
    NotEmbeddable,
}

/// Which cut of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// 400.
    Regular,
    /// 600.
    SemiBold,
    /// 700.
    Bold,
}

impl Weight {
    /// All cuts, in the order in which a document numbers them.
    pub(crate) const ALL: [Self; 3] = [Self::Regular, Self::SemiBold, Self::Bold];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// One glyph: its number in the font and its advance in thousandths of the type size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    pub(crate) id: u16,
    pub(crate) advance: f64,
    /// Left, bottom, right and top of its outline in type sizes; nothing for a space.
    bounds: Option<[f32; 4]>,
}

/// One cut with what a PDF's font descriptor asks for.
pub(crate) struct Face {
    pub(crate) data: Cow<'static, [u8]>,
    pub(crate) postscript_name: String,
    pub(crate) ascent: f64,
    pub(crate) descent: f64,
    pub(crate) cap_height: f64,
    pub(crate) bbox: [f64; 4],
    pub(crate) weight_class: u16,
    glyphs: HashMap<char, Glyph>,
    fallback: Glyph,
}

impl Face {
    fn parse(data: Cow<'static, [u8]>) -> Result<Self, FontError> {
        let face = ttf_parser::Face::parse(&data, 0)?;
        if !face.is_subsetting_allowed() || !face.is_outline_embedding_allowed() {
            return Err(FontError::NotEmbeddable);
        }
        let per_mille = 1000.0 / f64::from(face.units_per_em());
        let scaled = |value: i16| f64::from(value) * per_mille;
        let glyph = |id: ttf_parser::GlyphId| Glyph {
            id: id.0,
            advance: f64::from(face.glyph_hor_advance(id).unwrap_or(0)) * per_mille,
            bounds: face.glyph_bounding_box(id).map(|area| {
                [area.x_min, area.y_min, area.x_max, area.y_max].map(|side| f32::from(side) / f32::from(face.units_per_em()))
            }),
        };
        let mut glyphs = HashMap::new();
        for table in face.tables().cmap.iter().flat_map(|cmap| cmap.subtables) {
            if !table.is_unicode() {
                continue;
            }
            table.codepoints(|code| {
                let found = char::from_u32(code).and_then(|c| Some((c, face.glyph_index(c)?)));
                if let Some((c, id)) = found {
                    glyphs.insert(c, glyph(id));
                }
            });
        }
        let postscript_name = face
            .names()
            .into_iter()
            .filter(|name| name.name_id == ttf_parser::name_id::POST_SCRIPT_NAME)
            .find_map(|name| name.to_string())
            .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            .unwrap_or_else(|| "Font".to_owned());
        let bbox = face.global_bounding_box();
        Ok(Self {
            postscript_name,
            ascent: scaled(face.ascender()),
            descent: scaled(face.descender()),
            cap_height: scaled(face.capital_height().unwrap_or(700)),
            bbox: [scaled(bbox.x_min), scaled(bbox.y_min), scaled(bbox.x_max), scaled(bbox.y_max)],
            weight_class: face.weight().to_number(),
            fallback: glyphs.get(&'?').copied().unwrap_or_else(|| glyph(ttf_parser::GlyphId(0))),
            glyphs,
            data,
        })
    }

    /// The glyph of a character, or that of `?` where the font has none.
    pub(crate) fn glyph(&self, c: char) -> Glyph {
        self.glyphs.get(&c).copied().unwrap_or(self.fallback)
    }
}

/// The three cuts a sticker uses.
pub struct Fonts {
    faces: [Face; 3],
}

impl Fonts {
    /// Reads the three cuts; the bytes are kept, because a document embeds a subset of them.
    pub fn new(
        regular: impl Into<Cow<'static, [u8]>>,
        semibold: impl Into<Cow<'static, [u8]>>,
        bold: impl Into<Cow<'static, [u8]>>,
    ) -> Result<Self, FontError> {
        Ok(Self { faces: [Face::parse(regular.into())?, Face::parse(semibold.into())?, Face::parse(bold.into())?] })
    }

    pub(crate) fn face(&self, weight: Weight) -> &Face {
        &self.faces[weight.index()]
    }

    /// Left, bottom, right and top of a letter's outline in type sizes; nothing where there is no ink.
    pub(crate) fn bounds(&self, c: char, weight: Weight) -> Option<[f64; 4]> {
        self.face(weight).glyph(c).bounds.map(|bounds| bounds.map(f64::from))
    }

    /// How wide a text is at this size, in the size's unit, with extra space after each letter but the last.
    pub(crate) fn width(&self, text: &str, weight: Weight, size: f64, spacing: f64) -> f64 {
        let face = self.face(weight);
        let (letters, advance) = text.chars().fold((0_u32, 0.0), |(n, sum), c| (n + 1, sum + face.glyph(c).advance));
        advance * size / 1000.0 + spacing * f64::from(letters.saturating_sub(1))
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.faces.iter().map(|face| &face.postscript_name)).finish()
    }
}
