//! A PDF writer that streams: each page leaves as it is made, and what stays behind is eight bytes an object.
//!
//! The same input gives the same bytes: no date is written, and the file's identifier is a digest of its content.
//! Fonts are subset to the glyphs used, each of which keeps its character, so that text can be copied and searched.

mod content;
mod embed;

use std::io::{self, Write};

use data_encoding::HEXUPPER;
use flate2::{Compression, write::ZlibEncoder};
use sha2::{Digest as _, Sha256};

use super::PrintError;
use super::canvas::Canvas;
use super::fonts::Fonts;
use content::{PdfCanvas, Shared, put};

/// Points in a millimetre.
const POINTS: f64 = 72.0 / 25.4;

const CATALOG: usize = 1;
const PAGES: usize = 2;
const INFO: usize = 3;
const RESOURCES: usize = 4;

/// How colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// For office printers, which make their own of it; what is black alone stays black alone.
    #[default]
    Rgb,
    /// For four plates.
    Cmyk,
}

/// What a document says about itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) title: &'a str,
    pub(crate) language: &'a str,
    pub(crate) colour: Colour,
}

/// A rectangle in millimetres, measured from the page's top left corner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A page's size and where it is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageBoxes {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) trim: Area,
    pub(crate) bleed: Area,
}

impl PageBoxes {
    /// A sheet that is not cut as a whole.
    pub(crate) fn sheet(width: f64, height: f64) -> Self {
        let whole = Area { x: 0.0, y: 0.0, width, height };
        Self { width, height, trim: whole, bleed: whole }
    }
}

/// Counts and digests what passes.
struct Tally<W> {
    out: W,
    written: u64,
    digest: Sha256,
}

impl<W: Write> Write for Tally<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A document on its way out.
pub(crate) struct Document<'f, W> {
    out: Tally<W>,
    /// Where each object begins, the first object's at index 1; zero is an object not written yet.
    offsets: Vec<u64>,
    pages: Vec<usize>,
    forms: Vec<usize>,
    shared: Shared<'f>,
}

impl<'f, W: Write> Document<'f, W> {
    /// Begins a document.
    pub(crate) fn begin(out: W, fonts: &'f Fonts, about: About<'_>) -> Result<Self, PrintError> {
        let mut document = Self {
            out: Tally { out, written: 0, digest: Sha256::new() },
            offsets: vec![0; RESOURCES + 1],
            pages: Vec::new(),
            forms: Vec::new(),
            shared: Shared::new(fonts, about.colour),
        };
        document.out.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")?;
        let mut info = b"<</Title ".to_vec();
        text_string(&mut info, about.title);
        info.extend_from_slice(b"/Producer(choqr)>>");
        document.object(INFO, &info)?;
        let mut catalog = b"<</Type/Catalog/Pages 2 0 R/Lang ".to_vec();
        text_string(&mut catalog, about.language);
        // Without /PrintScaling a viewer shrinks the sheet to its printer's margins, and labels miss their stock.
        catalog.extend_from_slice(b"/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>");
        document.object(CATALOG, &catalog)?;
        Ok(document)
    }

    /// Draws a page and sends it off.
    pub(crate) fn page(
        &mut self,
        boxes: PageBoxes,
        draw: impl FnOnce(&mut dyn Canvas) -> Result<(), PrintError>,
    ) -> Result<(), PrintError> {
        let mut canvas = PdfCanvas::page(&mut self.shared, boxes.height);
        draw(&mut canvas)?;
        let content = canvas.into_content();
        self.send_forms()?;
        let content = self.add_stream("", &content)?;
        let mut page = format!("<</Type/Page/Parent 2 0 R/Resources 4 0 R/Contents {content} 0 R").into_bytes();
        let whole = Area { x: 0.0, y: 0.0, width: boxes.width, height: boxes.height };
        for (name, area) in [("MediaBox", whole), ("BleedBox", boxes.bleed), ("TrimBox", boxes.trim)] {
            put(&mut page, format_args!("/{name}["));
            let bottom = boxes.height - area.y - area.height;
            for side in [area.x, bottom, area.x + area.width, bottom + area.height] {
                content::number(&mut page, side * POINTS, 3);
            }
            page.push(b']');
        }
        page.extend_from_slice(b">>");
        let id = self.add(&page)?;
        self.pages.push(id);
        Ok(())
    }

    /// Writes what could not be known before, and returns the number of pages.
    pub(crate) fn finish(mut self) -> Result<usize, PrintError> {
        let mut resources = b"<</Font<<".to_vec();
        for index in 0..3 {
            if let Some(font) = self.embed_font(index)? {
                put(&mut resources, format_args!("/F{index} {font} 0 R"));
            }
        }
        resources.extend_from_slice(b">>/XObject<<");
        for (index, form) in self.forms.iter().enumerate() {
            put(&mut resources, format_args!("/X{index} {form} 0 R"));
        }
        resources.extend_from_slice(b">>>>");
        self.object(RESOURCES, &resources)?;

        let mut tree = format!("<</Type/Pages/Count {}/Kids[", self.pages.len()).into_bytes();
        for page in &self.pages {
            put(&mut tree, format_args!("{page} 0 R "));
        }
        tree.extend_from_slice(b"]>>");
        self.object(PAGES, &tree)?;
        self.cross_references()?;
        self.out.flush()?;
        Ok(self.pages.len())
    }

    fn cross_references(&mut self) -> io::Result<()> {
        let start = self.out.written;
        let count = self.offsets.len();
        let mut table = Vec::with_capacity(count * 20 + 256);
        put(&mut table, format_args!("xref\n0 {count}\n0000000000 65535 f \n"));
        for offset in &self.offsets[1..] {
            put(&mut table, format_args!("{offset:010} 00000 n \n"));
        }
        let digest = self.out.digest.clone().finalize();
        let id = HEXUPPER.encode(&digest[..16]);
        put(&mut table, format_args!("trailer\n<</Size {count}/Root 1 0 R/Info 3 0 R/ID[<{id}><{id}>]>>\n"));
        put(&mut table, format_args!("startxref\n{start}\n%%EOF\n"));
        self.out.write_all(&table)
    }

    /// Sends the drawings that repeat and were met for the first time.
    fn send_forms(&mut self) -> io::Result<()> {
        for form in std::mem::take(&mut self.shared.new_forms) {
            let [x0, y0, x1, y1] = form.area;
            let mut dict = b"/Type/XObject/Subtype/Form/Resources 4 0 R/BBox[".to_vec();
            for side in [x0, y0, x1, y1] {
                content::number(&mut dict, side, 3);
            }
            dict.push(b']');
            let dict = String::from_utf8(dict).expect("numbers are ASCII");
            let id = self.add_stream(&dict, &form.content)?;
            self.forms.push(id);
        }
        Ok(())
    }

    fn add_stream(&mut self, dict: &str, bytes: &[u8]) -> io::Result<usize> {
        // Compressing is most of a sheet's time. Measured on the content of 1,000 labels (7 MB): miniz 6 takes 0.28 s for 1,191 KB,
        // zlib-rs 0.10 s for 1,219 KB at level 6, 0.16 s for 1,178 KB at 7 and 0.54 s for 1,153 KB at 8.
        let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 3 + 64), Compression::new(7));
        encoder.write_all(bytes)?;
        let packed = encoder.finish()?;
        let mut object = format!("<<{dict}/Filter/FlateDecode/Length {}>>\nstream\n", packed.len()).into_bytes();
        object.extend_from_slice(&packed);
        object.extend_from_slice(b"\nendstream");
        self.add(&object)
    }

    fn add(&mut self, body: &[u8]) -> io::Result<usize> {
        let id = self.offsets.len();
        self.offsets.push(0);
        self.object(id, body)?;
        Ok(id)
    }

    fn object(&mut self, id: usize, body: &[u8]) -> io::Result<()> {
        self.offsets[id] = self.out.written;
        writeln!(self.out, "{id} 0 obj")?;
        self.out.write_all(body)?;
        self.out.write_all(b"\nendobj\n")
    }
}

/// Writes a text string: UTF-16 with a byte order mark, in hexadecimal, so that nothing has to be escaped.
fn text_string(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(b"<FEFF");
    for unit in text.encode_utf16() {
        put(out, format_args!("{unit:04X}"));
    }
    out.push(b'>');
}
