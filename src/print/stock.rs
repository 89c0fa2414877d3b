//! What is put into the printer: a page for each piece, plain paper that is cut, or label stock by name or measure.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::PrintError;
use super::design::Design;

/// What is put into the printer.
#[derive(Debug, Clone, PartialEq)]
pub enum Paper {
    /// A page for each sticker, with bleed and crop marks: what a print shop takes.
    Piece,
    /// Plain paper, as many stickers as there is room for with bleed and crop marks.
    Plain(PlainSize),
    /// Sheets of labels.
    Labels(Stock),
}

/// Sizes of plain paper (ISO 216).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainSize {
    /// 297 × 420 mm.
    A3,
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
}

impl PlainSize {
    fn millimetres(self) -> (f64, f64) {
        match self {
            Self::A3 => (297.0, 420.0),
            Self::A4 => (210.0, 297.0),
            Self::A5 => (148.0, 210.0),
        }
    }
}

/// A sheet of labels, in millimetres.
#[derive(Debug, Clone, PartialEq)]
pub struct Stock {
    name: String,
    page: (f64, f64),
    columns: usize,
    rows: usize,
    first: (f64, f64),
    step: (f64, f64),
    label: (f64, f64),
}

/// Stock by the number that it is sold under: page, columns and rows, first label's corner, step, label.
static STOCK: LazyLock<Vec<Stock>> = LazyLock::new(|| {
    include_str!("../../assets/data/label_stock.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let (name, measures) = line.split_once(',').expect("a line begins with the stock's name");
            Stock { name: name.to_owned(), ..measures.parse().expect("a test reads every line") }
        })
        .collect()
});

/// The label stock known by name, with the measures of each as [`Paper`] reads them.
pub fn stock() -> impl Iterator<Item = (&'static str, String)> {
    STOCK.iter().map(|stock| (stock.name.as_str(), stock.measures()))
}

impl Stock {
    fn measures(&self) -> String {
        let ((w, h), (x, y), (dx, dy), (lw, lh)) = (self.page, self.first, self.step, self.label);
        format!("page={w}x{h} grid={}x{} first={x}x{y} step={dx}x{dy} label={lw}x{lh}", self.columns, self.rows)
    }
}

/// There is no paper of this name, or its measures do not add up.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum PaperError {
    /// Neither a name nor measures.
    #[error(
        "there is no such paper; there are piece, a3, a4, a5, {0}, and page=210x297 grid=2x4 first=4.65x13.1 step=101.6x67.7 label=99.1x67.7"
    )]
    Unknown(String),
    /// A measure is missing or is none.
    #[error("{0} is written as in page=210x297 grid=2x4 first=4.65x13.1 step=101.6x67.7 label=99.1x67.7, in millimetres")]
    Measure(&'static str),
    /// The labels do not lie on the page, or over each other.
    #[error("these labels do not lie beside each other on the page")]
    Beyond,
}

impl FromStr for Stock {
    type Err = PaperError;

    fn from_str(text: &str) -> Result<Self, PaperError> {
        let pair = |key: &'static str| {
            let mut values = text.split([' ', ';']).filter_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            let value = values.next().ok_or(PaperError::Measure(key))?;
            let (a, b) = value.split_once('x').ok_or(PaperError::Measure(key))?;
            let number =
                |text: &str| text.parse().ok().filter(|n: &f64| (0.0..=2_000.0).contains(n)).ok_or(PaperError::Measure(key));
            Ok((number(a)?, number(b)?))
        };
        let (columns, rows): (f64, f64) = pair("grid")?;
        if ![columns, rows].iter().all(|n| n.fract() == 0.0 && (1.0..=50.0).contains(n)) {
            return Err(PaperError::Measure("grid"));
        }
        let (page, first, step, label) = (pair("page")?, pair("first")?, pair("step")?, pair("label")?);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just judged")]
        let stock = Self { name: String::new(), page, columns: columns as usize, rows: rows as usize, first, step, label };
        let reach = |first: f64, step: f64, count: f64, label: f64| first + step * (count - 1.0) + label;
        let fits = reach(first.0, step.0, columns, label.0) <= page.0 + 0.01
            && reach(first.1, step.1, rows, label.1) <= page.1 + 0.01
            && (columns < 2.0 || step.0 >= label.0 - 0.01)
            && (rows < 2.0 || step.1 >= label.1 - 0.01)
            && label.0 > 0.0
            && label.1 > 0.0;
        if fits { Ok(stock) } else { Err(PaperError::Beyond) }
    }
}

impl FromStr for Paper {
    type Err = PaperError;

    fn from_str(text: &str) -> Result<Self, PaperError> {
        let name = text.trim().to_ascii_lowercase();
        match name.as_str() {
            "piece" => Ok(Self::Piece),
            "a3" => Ok(Self::Plain(PlainSize::A3)),
            "a4" => Ok(Self::Plain(PlainSize::A4)),
            "a5" => Ok(Self::Plain(PlainSize::A5)),
            _ if name.contains('=') => name.parse().map(Self::Labels),
            _ => match STOCK.iter().find(|stock| stock.name == name) {
                Some(stock) => Ok(Self::Labels(stock.clone())),
                None => Err(PaperError::Unknown(STOCK.iter().map(|stock| stock.name.as_str()).collect::<Vec<_>>().join(", "))),
            },
        }
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Piece => f.write_str("piece"),
            Self::Plain(PlainSize::A3) => f.write_str("a3"),
            Self::Plain(PlainSize::A4) => f.write_str("a4"),
            Self::Plain(PlainSize::A5) => f.write_str("a5"),
            Self::Labels(stock) if stock.name.is_empty() => f.write_str(&stock.measures()),
            Self::Labels(stock) => f.write_str(&stock.name),
        }
    }
}

impl Default for Paper {
    fn default() -> Self {
        Self::Plain(PlainSize::A4)
    }
}

/// What stands around a piece on a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// Bleed and crop marks: the piece is cut on all sides.
    Crops,
    /// Nothing: the label is cut already; ticks in the margin when it is plain paper after all.
    Ticks,
    /// Nothing at all: the piece is the page.
    Nothing,
}

/// The places on a sheet, in millimetres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) page: (f64, f64),
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) first: (f64, f64),
    pub(crate) step: (f64, f64),
    pub(crate) around: Around,
}

/// How far crop marks reach beyond the bleed: a gap and the mark.
pub(crate) const MARK_GAP: f64 = 0.8;
pub(crate) const MARK_LENGTH: f64 = 3.5;
/// What printers leave white at the sides, and what the head and the ruler need above and below.
const SIDE: f64 = 4.0;
const HEAD: f64 = 11.0;

impl Grid {
    /// Where a design's pieces lie on a paper; nothing when each has a page of its own.
    pub(crate) fn of(design: &Design, paper: &Paper) -> Result<Option<Self>, PrintError> {
        match paper {
            Paper::Piece => Ok(None),
            Paper::Labels(stock) => Self::labels(design, stock).map(Some),
            Paper::Plain(PlainSize::A4) if design.stock().is_some() => {
                let stock = STOCK.iter().find(|stock| design.stock() == Some(&stock.name));
                stock.map_or_else(|| Self::plain(design, PlainSize::A4), |stock| Self::labels(design, stock)).map(Some)
            }
            Paper::Plain(size) => Self::plain(design, *size).map(Some),
        }
    }

    /// The piece in the middle of each label.
    fn labels(design: &Design, stock: &Stock) -> Result<Self, PrintError> {
        let (width, height) = design.size();
        let spare = (stock.label.0 - width, stock.label.1 - height);
        if spare.0 < -0.01 || spare.1 < -0.01 {
            return Err(PrintError::DoesNotFit { width, height });
        }
        Ok(Self {
            page: stock.page,
            columns: stock.columns,
            rows: stock.rows,
            first: (stock.first.0 + spare.0 / 2.0, stock.first.1 + spare.1 / 2.0),
            step: stock.step,
            around: Around::Ticks,
        })
    }

    /// As many as there is room for, the page upright or lying, whichever holds more.
    fn plain(design: &Design, size: PlainSize) -> Result<Self, PrintError> {
        let (width, height) = design.size();
        let (w, h) = size.millimetres();
        for page in [(w, h), (h, w)] {
            if (page.0 - width).abs() < 0.5 && (page.1 - height).abs() < 0.5 {
                let (first, step) = ((0.0, 0.0), page);
                return Ok(Self { page, columns: 1, rows: 1, first, step, around: Around::Nothing });
            }
        }
        let reach = design.bleed() + MARK_GAP + MARK_LENGTH;
        // Neighbours' marks share the gap between their bleeds.
        let between = 2.0 * (design.bleed() + MARK_GAP) + MARK_LENGTH;
        let count = |room: f64, piece: f64| ((room - 2.0 * reach + between) / (piece + between) + 1e-9).floor();
        let tried = [(w, h), (h, w)].map(|page| (count(page.0 - 2.0 * SIDE, width), count(page.1 - 2.0 * HEAD, height), page));
        let (columns, rows, page) = if tried[1].0 * tried[1].1 > tried[0].0 * tried[0].1 { tried[1] } else { tried[0] };
        if columns < 1.0 || rows < 1.0 {
            return Err(PrintError::DoesNotFit { width, height });
        }
        let step = (width + between, height + between);
        let first = (
            (page.0 - columns * width - (columns - 1.0) * between) / 2.0,
            (page.1 - rows * height - (rows - 1.0) * between) / 2.0,
        );
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page holds some dozens")]
        let (columns, rows) = (columns as usize, rows as usize);
        Ok(Self { page, columns, rows, first, step, around: Around::Crops })
    }

    /// The cut's corner of a position, counted from 0 along the rows.
    pub(crate) fn place(&self, position: usize) -> (f64, f64) {
        let cells = |n: usize| u32::try_from(n).map_or(0.0, f64::from);
        let (column, row) = (position % self.columns, position / self.columns);
        (self.first.0 + self.step.0 * cells(column), self.first.1 + self.step.1 * cells(row))
    }
}

/// Columns and rows of a design on a paper; one piece where each has a page of its own.
pub fn grid(design: &Design, paper: &Paper) -> Result<(usize, usize), PrintError> {
    Ok(Grid::of(design, paper)?.map_or((1, 1), |grid| (grid.columns, grid.rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_stock_lies_in_the_middle_of_its_page() {
        for stock in STOCK.iter() {
            let far = |first: f64, step: f64, count: usize, label: f64| {
                first + step * f64::from(u32::try_from(count).unwrap() - 1) + label
            };
            let right = stock.page.0 - far(stock.first.0, stock.step.0, stock.columns, stock.label.0);
            let below = stock.page.1 - far(stock.first.1, stock.step.1, stock.rows, stock.label.1);

            assert!((right - stock.first.0).abs() < 0.02, "{}: {right}", stock.name);
            assert!((below - stock.first.1).abs() < 0.02, "{}: {below}", stock.name);
        }
    }

    #[test]
    fn a_paper_is_read_as_it_is_written() {
        for text in ["piece", "a3", "a4", "a5", "l7165", "page=210x297 grid=3x4 first=7x10 step=65x70 label=60x60"] {
            assert_eq!(text.parse::<Paper>().unwrap().to_string(), text);
        }
        let beyond: Result<Paper, _> = "page=210x297 grid=4x4 first=7x10 step=65x70 label=60x60".parse();
        assert_eq!(beyond, Err(PaperError::Beyond));
        let missing: Result<Paper, _> = "page=210x297 grid=3x4 step=65x70 label=60x60".parse();
        assert_eq!(missing, Err(PaperError::Measure("first")));
    }
}
