//! Sheets of stickers, streamed: a page is sent as soon as it is full, so ten thousand need no more memory than ten.

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::str::FromStr;

use super::PrintError;
use super::canvas::{Canvas, Ink, Path, Text, Transform, ink};
use super::designs::{DesignName, Tools};
use super::fonts::{Fonts, Weight};
use super::marks;
use super::pdf::{About, Document, PageBoxes};
use super::sticker::{Ready, Sticker, joined};
use super::text::clean;
use super::words::{Language, Words};

/// What is put into the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Paper {
    /// A4, as many stickers as the design has room for.
    #[default]
    A4,
    /// A page for each sticker, with bleed and crop marks: what a print shop takes.
    Piece,
}

/// There is no paper of this name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no such paper; there are a4, piece")]
pub struct UnknownPaper;

impl FromStr for Paper {
    type Err = UnknownPaper;

    fn from_str(name: &str) -> Result<Self, UnknownPaper> {
        match name.to_ascii_lowercase().as_str() {
            "a4" => Ok(Self::A4),
            "piece" => Ok(Self::Piece),
            _ => Err(UnknownPaper),
        }
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A4 => "a4",
            Self::Piece => "piece",
        })
    }
}

/// How a run of sheets is printed.
#[derive(Debug, Clone, Default)]
pub struct SheetOptions {
    /// The first free position of a part-used sheet, counted from 1 along the rows; 0 is taken as 1.
    pub start_at: usize,
    /// How many of each sticker; 0 is taken as 1.
    pub copies: usize,
    /// Marks in the margin where a label is used, for plain paper that is cut; label stock needs none.
    pub crop_marks: bool,
    /// The document's title; a plain one where it is empty.
    pub title: String,
    /// The market's name, at the head of each sheet.
    pub market: String,
    /// The day of printing, at the head of each sheet.
    pub printed_on: String,
    /// The language of the words that are printed.
    pub language: Language,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetSummary {
    /// Pages.
    pub pages: usize,
    /// Stickers, copies included.
    pub stickers: usize,
}

/// How many stickers of a design a page holds.
#[must_use]
pub fn positions(design: DesignName, paper: Paper) -> usize {
    Grid::of(design, paper).map_or(1, |grid| grid.columns * grid.rows)
}

/// The places on a sheet, in millimetres.
#[derive(Clone, Copy)]
struct Grid {
    width: f64,
    height: f64,
    columns: usize,
    rows: usize,
    first: (f64, f64),
    pitch: (f64, f64),
    /// Pieces are apart and bleed; otherwise they are cut at their edge, which on label stock is already done.
    bleeds: bool,
}

impl Grid {
    fn of(design: DesignName, paper: Paper) -> Option<Self> {
        match (paper, design) {
            (Paper::Piece, _) => None,
            (Paper::A4, DesignName::Label99x68) => Some(Self {
                width: 210.0,
                height: 297.0,
                columns: 2,
                rows: 4,
                first: (4.65, 13.1),
                pitch: (101.6, 67.7),
                bleeds: false,
            }),
            (Paper::A4, DesignName::CardA6) => Some(Self {
                width: 297.0,
                height: 210.0,
                columns: 2,
                rows: 1,
                first: (29.0, 31.0),
                pitch: (134.0, 148.0),
                bleeds: true,
            }),
        }
    }

    fn place(&self, position: usize) -> (f64, f64) {
        let cells = |n: usize| u32::try_from(n).map_or(0.0, f64::from);
        let (column, row) = (position % self.columns, position / self.columns);
        (self.first.0 + self.pitch.0 * cells(column), self.first.1 + self.pitch.1 * cells(row))
    }
}

/// Writes stickers onto sheets, in the order in which they come.
///
/// An error of the source ends the document unfinished: what has been written by then is not a PDF.
pub fn write<E>(
    out: &mut impl Write,
    design: DesignName,
    paper: Paper,
    options: &SheetOptions,
    fonts: &Fonts,
    stickers: impl Iterator<Item = Result<Sticker, E>>,
) -> Result<SheetSummary, PrintError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let words = Words::of(options.language);
    let on_a_page = positions(design, paper);
    let start = options.start_at.max(1);
    if start > on_a_page {
        return Err(PrintError::StartAt { start, positions: on_a_page });
    }
    let title =
        if options.title.is_empty() { joined(&[&words.sheet_title, &clean(&options.market)]) } else { clean(&options.title) };
    let mut document = Document::begin(out, fonts, About { title: &title, language: options.language.tag() })?;
    let mut sheets = Sheets { design, options, tools: Tools { fonts, words: &words }, grid: Grid::of(design, paper) };
    let mut waiting: Vec<(usize, Sticker)> = Vec::with_capacity(on_a_page);
    let (mut position, mut count, mut page) = (start - 1, 0, 0);
    for sticker in stickers {
        let sticker = sticker.map_err(|problem| PrintError::Source(problem.into()))?;
        for _ in 0..options.copies.max(1) {
            waiting.push((position, sticker.clone()));
            count += 1;
            position += 1;
            if position == on_a_page {
                page += 1;
                sheets.send(&mut document, &waiting, page)?;
                waiting.clear();
                position = 0;
            }
        }
    }
    if count == 0 {
        return Err(PrintError::NothingToPrint);
    }
    if !waiting.is_empty() {
        page += 1;
        sheets.send(&mut document, &waiting, page)?;
    }
    let pages = document.finish()?;
    Ok(SheetSummary { pages, stickers: count })
}

struct Sheets<'a> {
    design: DesignName,
    options: &'a SheetOptions,
    tools: Tools<'a>,
    grid: Option<Grid>,
}

impl Sheets<'_> {
    fn send<W: Write>(
        &mut self,
        document: &mut Document<'_, W>,
        stickers: &[(usize, Sticker)],
        page: usize,
    ) -> Result<(), PrintError> {
        let Some(grid) = self.grid else {
            return stickers.iter().try_for_each(|(_, sticker)| {
                let ready = Ready::new(sticker);
                document
                    .page(marks::piece_boxes(self.design), |canvas| marks::draw_piece(canvas, self.design, &self.tools, &ready))
            });
        };
        document.page(PageBoxes::sheet(grid.width, grid.height), |canvas| {
            self.draw_margins(canvas, &grid, page);
            if self.options.crop_marks && !grid.bleeds {
                draw_ticks(canvas, self.design, &grid, stickers.iter().map(|(position, _)| *position));
            }
            for (position, sticker) in stickers {
                self.draw_at(canvas, &grid, *position, &Ready::new(sticker))?;
            }
            Ok(())
        })
    }

    fn draw_at(&self, canvas: &mut dyn Canvas, grid: &Grid, position: usize, ready: &Ready<'_>) -> Result<(), PrintError> {
        let (x, y) = grid.place(position);
        if grid.bleeds {
            return marks::draw_bled(canvas, self.design, &self.tools, ready, x, y);
        }
        let (width, height) = self.design.size();
        canvas.push(Transform::shift(x, y));
        canvas.clip(&Path::rect(0.0, 0.0, width, height));
        let drawn = self.design.draw(canvas, &self.tools, ready);
        canvas.pop();
        drawn
    }

    /// What is in the margins: where the sheet belongs, how to print it, and a ruler that proves it.
    fn draw_margins(&self, canvas: &mut dyn Canvas, grid: &Grid, page: usize) {
        let (fonts, words, options) = (self.tools.fonts, self.tools.words, self.options);
        let left = grid.first.0 + 3.0;
        let right = grid.width - left;
        let weight = Weight::Regular;
        let mut set = |text: &str, x: f64, y: f64, size: f64| {
            canvas.text(Text { letters: text, x, y, size, weight, spacing: 0.0, ink: ink::TEXT_2 });
        };
        let day = clean(&options.printed_on);
        let printed = if day.is_empty() { day } else { format!("{} {day}", words.printed_on) };
        set(&joined(&[&clean(&options.market), &printed]), left, 9.0, 2.8);
        let number = format!("{} {page}", words.sheet);
        set(&number, right - fonts.width(&number, weight, 2.8, 0.0), 9.0, 2.8);
        let base = grid.height - 6.4;
        set(&format!("{} {}", words.full_size, words.ruler), left + 56.0, base, 2.6);
        let mut ruler = Path::line(left, base, left + 50.0, base);
        for tick in 0..=10_u32 {
            let x = left + 5.0 * f64::from(tick);
            ruler = ruler.and_line(x, base, x, base - if tick % 2 == 0 { 2.0 } else { 1.1 });
        }
        canvas.stroke(&ruler, Ink::Key(100), 0.15);
    }
}

/// Ticks in the margins at the edges of the positions that are used.
fn draw_ticks(canvas: &mut dyn Canvas, design: DesignName, grid: &Grid, used: impl Iterator<Item = usize>) {
    let (width, height) = design.size();
    let mut marks = Path::default();
    for position in used {
        let (x, y) = grid.place(position);
        for edge in [y, y + height] {
            let (near, far) = if position % grid.columns == 0 { (x - 0.8, x - 3.6) } else { (x + width + 0.8, x + width + 3.6) };
            marks = marks.and_line(near, edge, far, edge);
        }
        for edge in [x, x + width] {
            if position / grid.columns == 0 {
                marks = marks.and_line(edge, y - 0.8, edge, y - 3.0);
            }
            if position / grid.columns + 1 == grid.rows {
                marks = marks.and_line(edge, y + height + 0.8, edge, y + height + 3.0);
            }
        }
    }
    canvas.stroke(&marks, Ink::Key(100), 0.1);
}
