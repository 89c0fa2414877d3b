//! An official document in the layout of NĐ 30/2020, Annex I: A4, a head in two columns, sections, tables that break over pages
//! with their heads repeated, a block for the signature, appendices. What it says is an argument; number, date and signature
//! stay blank for the clerk. The same layout becomes PDF and SVG pages.

mod flow;
mod output;

pub use output::{Page, pages_as_svg, write_pdf};

/// Which cut of the serif a text is set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Upright.
    Plain,
    /// Italic.
    Italic,
    /// Bold.
    Bold,
    /// Bold, sloped.
    BoldItalic,
}

/// How a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
}

/// A column: its head, its share of the width, how its cells stand.
#[derive(Debug, Clone)]
pub struct Column {
    /// The head.
    pub head: String,
    /// How wide, against the other columns.
    pub share: f64,
    /// How its cells stand.
    pub align: Align,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
    /// The last row, in bold.
    pub foot: Option<Vec<String>>,
}

/// A part of the body.
#[derive(Debug, Clone)]
pub enum Block {
    /// The head of a section: bold capitals with a roman numeral.
    Section(String),
    /// A justified paragraph whose first line is indented.
    Paragraph(String),
    /// A table.
    Table(Table),
    /// A line of dots, to be filled in by hand.
    Dots,
}

/// Something that follows on pages of its own, with page numbers of its own.
#[derive(Debug, Clone)]
pub struct Appendix {
    /// `Phụ lục I`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// To which document it belongs, number and date left blank for the clerk.
    pub reference: String,
    /// Its table.
    pub table: Table,
}

/// The document.
#[derive(Debug, Clone)]
pub struct OfficialDocument {
    /// Title in the file's properties.
    pub file_title: String,
    /// The body above the issuing one; empty for none.
    pub superior: String,
    /// Who issues it, a line each.
    pub issuer: Vec<String>,
    /// `Số:        /BC-UBND`.
    pub number: String,
    /// Place and date, with room for the day.
    pub place_and_date: String,
    /// `BÁO CÁO`.
    pub kind: String,
    /// What it is about, a line each.
    pub subject: Vec<String>,
    /// `Kính gửi: …`.
    pub addressee: String,
    /// The body.
    pub blocks: Vec<Block>,
    /// Who signs: lines in bold capitals.
    pub signs: Vec<String>,
    /// Who gets it, a line each.
    pub receivers: Vec<String>,
    /// Appendices.
    pub appendices: Vec<Appendix>,
}
