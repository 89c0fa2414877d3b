//! Sheets of stickers, streamed: a page is sent as soon as it is full, so ten thousand need no more memory than ten.

use std::error::Error;
use std::io::Write;

use super::PrintError;
use super::canvas::{Canvas, Ink, Path, Text, Transform};
use super::design::{Design, Tools};
use super::fonts::{Fonts, Weight};
use super::marks;
use super::pdf::{About, Colour, Document, PageBoxes};
use super::plan::{CutOrder, Plan};
use super::sticker::{Ready, Sticker, joined};
use super::stock::{Around, Grid, MARK_GAP, MARK_LENGTH, Paper};
use super::words::{Language, Words};
use crate::payment_code::fold::nfc_clean;

/// How a run of sheets is printed.
#[derive(Debug, Clone, Default)]
pub struct SheetOptions {
    /// The first free position of a part-used sheet, counted from 1 along the rows; 0 is taken as 1.
    pub start_at: usize,
    /// How many of each sticker; 0 is taken as 1.
    pub copies: usize,
    /// In which order positions are filled.
    pub order: CutOrder,
    /// Marks in the margin where a label is used, for plain paper that is cut; label stock needs none.
    pub crop_marks: bool,
    /// By how much this printer is off, in millimetres to the right and down: everything is moved against it.
    pub nudge: (f64, f64),
    /// How colours are written.
    pub colour: Colour,
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
    /// Stickers, copies included; a record that turned out to be none is not counted.
    pub stickers: usize,
}

/// The farthest that a sheet can be moved, in millimetres: beyond this the printer is not off but wrong.
pub const MOST_NUDGE: f64 = 10.0;

/// The places of a run, or why it cannot be printed.
pub fn plan(design: &Design, paper: &Paper, options: &SheetOptions, records: usize) -> Result<Plan, PrintError> {
    let positions = Grid::of(design, paper)?.map_or(1, |grid| grid.columns * grid.rows);
    let start = options.start_at.max(1);
    if start > positions {
        return Err(PrintError::StartAt { start, positions });
    }
    if records == 0 {
        return Err(PrintError::NothingToPrint);
    }
    if ![options.nudge.0, options.nudge.1].iter().all(|by| by.abs() <= MOST_NUDGE) {
        return Err(PrintError::Nudge);
    }
    Ok(Plan::new(records, options.copies, positions, start, options.order))
}

/// Writes stickers onto sheets. `get` is asked for each record in the order of [`Plan::sequence`], once for copies that
/// follow each other; a record that is none any more leaves its place empty.
///
/// An error of the source ends the document unfinished: what has been written by then is not a PDF.
pub fn write<E>(
    out: &mut impl Write,
    (design, paper): (&Design, &Paper),
    options: &SheetOptions,
    fonts: &Fonts,
    records: usize,
    mut get: impl FnMut(usize) -> Result<Option<Sticker>, E>,
) -> Result<SheetSummary, PrintError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let plan = plan(design, paper, options, records)?;
    let words = Words::of(options.language);
    let market = nfc_clean(&options.market);
    let title = if options.title.is_empty() { joined(&[&words.sheet_title, &market]) } else { nfc_clean(&options.title) };
    let about = About { title: &title, language: options.language.tag(), colour: options.colour };
    let mut document = Document::begin(out, fonts, about)?;
    let sheets = Sheets {
        design,
        options,
        tools: Tools { fonts, words: &words, language: options.language },
        grid: Grid::of(design, paper)?,
    };
    let mut last: Option<(usize, Option<Sticker>)> = None;
    let mut count = 0;
    for page in 0..plan.pages() {
        let mut stickers: Vec<(usize, Sticker)> = Vec::new();
        for (position, record) in plan.page(page) {
            if last.as_ref().is_none_or(|(known, _)| *known != record) {
                last = Some((record, get(record).map_err(|problem| PrintError::Source(problem.into()))?));
            }
            if let Some((_, Some(sticker))) = &last {
                stickers.push((position, sticker.clone()));
            }
        }
        if !stickers.is_empty() {
            count += stickers.len();
            sheets.send(&mut document, &stickers, page + 1)?;
        }
    }
    if count == 0 {
        return Err(PrintError::NothingToPrint);
    }
    let pages = document.finish()?;
    Ok(SheetSummary { pages, stickers: count })
}

/// The first sheet of a run as an SVG: what will come out of the printer, without its bleed on a page of one piece.
pub fn first_sheet_svg(
    (design, paper): (&Design, &Paper),
    options: &SheetOptions,
    fonts: &Fonts,
    records: usize,
    mut get: impl FnMut(usize) -> Option<Sticker>,
) -> Result<String, PrintError> {
    let plan = plan(design, paper, options, records)?;
    let words = Words::of(options.language);
    let tools = Tools { fonts, words: &words, language: options.language };
    let stickers: Vec<(usize, Sticker)> = plan.page(0).filter_map(|(position, record)| Some((position, get(record)?))).collect();
    let title = format!("{} 1", words.sheet);
    let grid = Grid::of(design, paper)?;
    let sheets = Sheets { design, options, tools, grid };
    match (grid, stickers.first()) {
        (Some(grid), _) => {
            super::picture::page(fonts, options.language, &title, grid.page, |canvas| sheets.draw(canvas, &grid, &stickers, 1))
        }
        (None, Some((_, sticker))) => {
            let boxes = marks::piece_boxes(design);
            super::picture::page(fonts, options.language, &title, (boxes.width, boxes.height), |canvas| {
                marks::draw_piece(canvas, design, &sheets.tools, &Ready::new(sticker))
            })
        }
        (None, None) => Err(PrintError::NothingToPrint),
    }
}

/// A page that shows by how much a printer is off: a cross at each label's corners over a scale of millimetres.
pub fn calibration(
    out: &mut impl Write,
    (design, paper): (&Design, &Paper),
    options: &SheetOptions,
    fonts: &Fonts,
) -> Result<(), PrintError> {
    let words = Words::of(options.language);
    let tools = Tools { fonts, words: &words, language: options.language };
    let about = About { title: &words.calibration_title, language: options.language.tag(), colour: options.colour };
    let mut document = Document::begin(out, fonts, about)?;
    let grid = Grid::of(design, paper)?.ok_or(PrintError::NothingToCalibrate)?;
    document.page(PageBoxes::sheet(grid.page.0, grid.page.1), |canvas| {
        draw_calibration(canvas, &tools, &grid, design.size(), options.nudge);
        Ok(())
    })?;
    document.finish()?;
    Ok(())
}

struct Sheets<'a> {
    design: &'a Design,
    options: &'a SheetOptions,
    tools: Tools<'a>,
    grid: Option<Grid>,
}

impl Sheets<'_> {
    fn send<W: Write>(
        &self,
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
        document.page(PageBoxes::sheet(grid.page.0, grid.page.1), |canvas| self.draw(canvas, &grid, stickers, page))
    }

    fn draw(&self, canvas: &mut dyn Canvas, grid: &Grid, stickers: &[(usize, Sticker)], page: usize) -> Result<(), PrintError> {
        let (x, y) = self.options.nudge;
        let is_moved = x != 0.0 || y != 0.0;
        if is_moved {
            canvas.push(Transform::shift(-x, -y));
        }
        if self.options.crop_marks && grid.around == Around::Ticks {
            draw_ticks(canvas, self.design.size(), grid, stickers.iter().map(|(position, _)| *position));
        }
        for (position, sticker) in stickers {
            self.draw_at(canvas, grid, *position, &Ready::new(sticker))?;
        }
        if is_moved {
            canvas.pop();
        }
        // Last, because a piece that fills its page would lie over its ruler.
        self.draw_margins(canvas, grid, page);
        Ok(())
    }

    fn draw_at(&self, canvas: &mut dyn Canvas, grid: &Grid, position: usize, ready: &Ready<'_>) -> Result<(), PrintError> {
        let (x, y) = grid.place(position);
        if grid.around == Around::Crops {
            return marks::draw_bled(canvas, self.design, &self.tools, ready, (x, y));
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
        if grid.around == Around::Nothing {
            // The piece is the page: a design of that size leaves room for the ruler.
            if let Some([x, y]) = self.design.ruler_at() {
                marks::ruler(canvas, &self.tools, (x, y), 2.2, grid.page.0 - x);
            }
            return;
        }
        let reach = if grid.around == Around::Crops { self.design.bleed() + MARK_GAP + MARK_LENGTH } else { 3.0 };
        let left = (grid.first.0 + 3.0).min(20.0);
        let right = grid.page.0 - left;
        let weight = Weight::Regular;
        let head = (grid.first.1 - reach - 1.0).clamp(5.2, 9.0);
        let mut set = |text: &str, x: f64, y: f64, size: f64| {
            canvas.text(Text { letters: text, x, y, size, weight, spacing: 0.0, ink: Ink::key(70) });
        };
        let day = nfc_clean(&options.printed_on);
        let printed = if day.is_empty() { day } else { format!("{} {day}", words.printed_on) };
        set(&joined(&[&nfc_clean(&options.market), &printed]), left, head, 2.8);
        let number = format!("{} {page}", words.sheet);
        set(&number, right - fonts.width(&number, weight, 2.8, 0.0), head, 2.8);
        let below = grid.page.1 - grid.place(grid.columns * grid.rows - 1).1 - self.design.size().1 - reach;
        marks::ruler(canvas, &self.tools, (left, grid.page.1 - (below - 2.6).clamp(4.4, 6.4)), 2.6, right);
    }
}

/// Ticks in the margins at the edges of the positions that are used.
fn draw_ticks(canvas: &mut dyn Canvas, (width, height): (f64, f64), grid: &Grid, used: impl Iterator<Item = usize>) {
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
    canvas.stroke(&marks, Ink::key(100), 0.1);
}

fn draw_calibration(canvas: &mut dyn Canvas, tools: &Tools<'_>, grid: &Grid, (width, height): (f64, f64), nudge: (f64, f64)) {
    let mut marks = Path::default();
    for position in 0..grid.columns * grid.rows {
        let (x, y) = grid.place(position);
        let (x, y) = (x - nudge.0, y - nudge.1);
        for (cx, cy) in [(x, y), (x + width, y), (x, y + height), (x + width, y + height)] {
            marks = marks.and_line(cx - 6.0, cy, cx + 6.0, cy).and_line(cx, cy - 6.0, cx, cy + 6.0);
            for tick in 1..=5_u32 {
                for by in [f64::from(tick), -f64::from(tick)] {
                    let reach = if tick == 5 { 1.4 } else { 0.8 };
                    marks = marks.and_line(cx + by, cy - reach, cx + by, cy + reach).and_line(
                        cx - reach,
                        cy + by,
                        cx + reach,
                        cy + by,
                    );
                }
            }
        }
    }
    canvas.stroke(&marks, Ink::key(100), 0.1);
    let words = tools.words;
    let now = words.calibration_now.replace("{x}", &format!("{:.1}", nudge.0)).replace("{y}", &format!("{:.1}", nudge.1));
    let (left, mut base) = (grid.place(0).0 + 12.0, grid.place(0).1 + 16.0);
    for (letters, weight, size) in [
        (words.calibration_title.as_str(), Weight::Bold, 5.0),
        (&words.calibration_how, Weight::Regular, 3.2),
        (&words.calibration_nudge, Weight::Regular, 3.2),
        (&now, Weight::SemiBold, 3.2),
    ] {
        // Over a narrow label the words run on in lines of their own.
        let mut line = String::new();
        for word in letters.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && tools.fonts.width(&longer, weight, size, 0.0) > width.max(60.0) - 24.0 {
                canvas.text(Text { letters: &line, x: left, y: base, size, weight, spacing: 0.0, ink: Ink::key(94) });
                base += size * 1.3;
                word.clone_into(&mut line);
            } else {
                line = longer;
            }
        }
        canvas.text(Text { letters: &line, x: left, y: base, size, weight, spacing: 0.0, ink: Ink::key(94) });
        base += size * 1.7;
    }
    // Not in the margin, where the lowest crosses are.
    marks::ruler(canvas, tools, (left, base + 4.0), 2.6, grid.page.0 - 8.0);
}
