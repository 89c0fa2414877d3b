//! Subset fonts inside a document: the composite font, its widths and the way back from glyphs to characters.

use std::io::Write;

use sha2::{Digest as _, Sha256};

use super::content::{Used, number, put};
use super::{Document, PrintError};
use crate::print::fonts::Weight;

impl<W: Write> Document<'_, W> {
    /// Writes the subset of a cut, or nothing when no glyph of it was used.
    pub(super) fn embed_font(&mut self, index: usize) -> Result<Option<usize>, PrintError> {
        let used = &self.shared.used[index];
        if used.glyphs.is_empty() {
            return Ok(None);
        }
        let face = self.shared.fonts.face(Weight::ALL[index]);
        let subset = subsetter::subset(&face.data, 0, &used.remapper).map_err(|problem| PrintError::Font(problem.to_string()))?;
        let name = format!("{}+{}", tag(&subset), face.postscript_name);
        let map = to_unicode(used);
        let widths = widths(used);
        let mut descriptor = format!("<</Type/FontDescriptor/FontName/{name}/Flags 4/ItalicAngle 0/FontBBox[").into_bytes();
        for side in face.bbox {
            number(&mut descriptor, side, 0);
        }
        descriptor.push(b']');
        // StemV has no counterpart in a TrueType font; this is the usual estimate from the weight.
        let stem = 50.0 + (f64::from(face.weight_class) / 65.0).powi(2);
        for (key, value) in [("Ascent", face.ascent), ("Descent", face.descent), ("CapHeight", face.cap_height), ("StemV", stem)]
        {
            put(&mut descriptor, format_args!("/{key} "));
            number(&mut descriptor, value, 0);
        }

        let file = self.add_stream(&format!("/Length1 {}", subset.len()), &subset)?;
        let map = self.add_stream("", map.as_bytes())?;
        put(&mut descriptor, format_args!("/FontFile2 {file} 0 R>>"));
        let descriptor = self.add(&descriptor)?;
        let descendant = self.add(
            format!(
                "<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}\
                 /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
                 /FontDescriptor {descriptor} 0 R/CIDToGIDMap/Identity/W{widths}>>"
            )
            .as_bytes(),
        )?;
        let font = self.add(
            format!(
                "<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H\
                 /DescendantFonts[{descendant} 0 R]/ToUnicode {map} 0 R>>"
            )
            .as_bytes(),
        )?;
        Ok(Some(font))
    }
}

/// Six letters that tell one subset from another (PDF 32000-1, 9.6.4).
fn tag(subset: &[u8]) -> String {
    Sha256::digest(subset)[..6].iter().map(|byte| char::from(b'A' + byte % 26)).collect()
}

fn widths(used: &Used) -> String {
    let mut out = b"[".to_vec();
    for (id, (_, advance)) in &used.glyphs {
        put(&mut out, format_args!("{id}["));
        number(&mut out, *advance, 1);
        out.push(b']');
    }
    out.push(b']');
    String::from_utf8(out).expect("numbers are ASCII")
}

fn to_unicode(used: &Used) -> String {
    let mut out = b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
        /CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n\
        /CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n\
        1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"
        .to_vec();
    let glyphs: Vec<_> = used.glyphs.iter().collect();
    // A block holds at most a hundred entries.
    for block in glyphs.chunks(100) {
        put(&mut out, format_args!("{} beginbfchar\n", block.len()));
        for (id, (c, _)) in block {
            put(&mut out, format_args!("<{id:04X}><"));
            for unit in c.encode_utf16(&mut [0; 2]) {
                put(&mut out, format_args!("{unit:04X}"));
            }
            out.extend_from_slice(b">\n");
        }
        out.extend_from_slice(b"endbfchar\n");
    }
    out.extend_from_slice(b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    String::from_utf8(out).expect("a character map is ASCII")
}
