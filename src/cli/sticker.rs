//! `choqr sticker`: designs, and sheets of stickers straight from a CSV file, without a database.

mod camera;
mod draw;
pub(in crate::cli) mod library;
mod prove;
mod rows;
mod sheet;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::domain::time::UnixMillis;
use crate::print::stock;
use crate::print::{self, Colour, CutOrder, Designs, Fonts, Paper};

/// `choqr sticker …`
#[derive(Debug, Subcommand)]
pub enum StickerCommand {
    /// Draws a PDF of stickers from a CSV file.
    Sheet(SheetArgs),
    /// Draws one row of a CSV file as a PDF, an SVG or a PNG.
    Draw(DrawArgs),
    /// Prints the designs' names, one a line.
    Designs(DesignsArgs),
    /// Prints the label stock known by name, with its measures.
    Stock,
    /// Draws a page that shows by how much a printer is off.
    Calibrate(CalibrateArgs),
    /// Photographs a design and reads the pictures with zbar and zxing-cpp; one that passes can be selected from then on.
    Prove(ProveArgs),
    /// Draws a picture of each design with a fictional vendor on it.
    Pictures(PicturesArgs),
}

/// What a sheet lies on.
#[derive(Debug, Args)]
pub struct PaperArgs {
    /// The design: one of `choqr sticker designs`, or a design's file.
    #[arg(long, default_value = "label_99x68", value_name = "NAME|FILE")]
    pub design: String,
    /// The paper: `piece` for a page a sticker with bleed and crop marks, `a3`, `a4`, `a5`, one of `choqr sticker stock`, or
    /// measures as in `page=210x297 grid=2x4 first=4.65x13.1 step=101.6x67.7 label=99.1x67.7`.
    #[arg(long, default_value = "a4")]
    pub paper: Paper,
    /// By how many millimetres this printer is off to the right and down, as in `1.5,-0.5`.
    #[arg(long, value_name = "X,Y", value_parser = nudge, default_value = "0,0", allow_hyphen_values = true)]
    pub nudge: (f64, f64),
    /// The words' language, `vi` or `en`.
    #[arg(long, value_parser = language, default_value = "vi")]
    pub language: print::Language,
}

/// `choqr sticker sheet`
#[derive(Debug, Args)]
pub struct SheetArgs {
    /// A CSV file with the columns `serial,stall,vendor_name,trade,bank,account_number,payload`; read where present are
    /// `market payee_name issued check_url copies`, for a card of two accounts `serial_2 payee_name_2 bank_2
    /// account_number_2 payload_2`, and for an owner's card `link recovery`.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Where the PDF goes; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// The paper.
    #[command(flatten)]
    pub on: PaperArgs,
    /// The first free position of a part-used sheet, counted from 1 along the rows.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=2500))]
    pub start_at: u16,
    /// How many of each.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub copies: u16,
    /// `rows` fills sheet after sheet; `stacks` fills down through the stack, so that piles cut at once are in order.
    #[arg(long, value_parser = order, default_value = "rows")]
    pub order: CutOrder,
    /// `rgb` for office printers, `cmyk` for a press; without it, cmyk on `piece` and rgb elsewhere.
    #[arg(long, value_parser = colour)]
    pub colour: Option<Colour>,
    /// Marks to cut along, for labels on plain paper.
    #[arg(long)]
    pub crop_marks: bool,
    /// Write nothing when a row is bad; otherwise the good ones are printed and the bad ones named.
    #[arg(long)]
    pub strict: bool,
    /// The market's name, for rows without one.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub market: String,
}

/// `choqr sticker draw`
#[derive(Debug, Args)]
pub struct DrawArgs {
    /// A CSV file as for `choqr sticker sheet`.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Which row, counted from 1 below the heading.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub row: u32,
    /// The design: one of `choqr sticker designs`, or a design's file.
    #[arg(long, default_value = "label_99x68", value_name = "NAME|FILE")]
    pub design: String,
    /// `pdf`, `svg` or `png`.
    #[arg(long, default_value = "pdf", value_parser = ["pdf", "svg", "png"])]
    pub format: String,
    /// Dots an inch of a PNG.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(36..=600))]
    pub dpi: u32,
    /// The market's name, for a row without one.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub market: String,
    /// The words' language, `vi` or `en`.
    #[arg(long, value_parser = language, default_value = "vi")]
    pub language: print::Language,
    /// Where it goes; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
}

/// `choqr sticker designs`
#[derive(Debug, Args)]
pub struct DesignsArgs {
    /// A folder with further designs.
    #[arg(long, value_name = "FOLDER")]
    pub designs: Option<PathBuf>,
}

/// `choqr sticker calibrate`
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// The paper.
    #[command(flatten)]
    pub on: PaperArgs,
    /// Where the PDF goes; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
}

/// `choqr sticker prove`
#[derive(Debug, Args)]
pub struct ProveArgs {
    /// Design files; what is proven of them goes into `proofs.csv` beside each.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Keep the pictures here, to look at those that were not read.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// A Python that has zxing-cpp and pillow.
    #[arg(long, value_name = "PROGRAM", default_value = "python3", env = "CHOQR_PYTHON")]
    pub python: PathBuf,
}

/// `choqr sticker pictures`
#[derive(Debug, Args)]
pub struct PicturesArgs {
    /// Where the pictures go, one PNG a design.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// A Markdown file whose list of pictures is written anew, between its two marks.
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Dots an inch.
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u32).range(36..=600))]
    pub dpi: u32,
}

fn language(text: &str) -> Result<print::Language, &'static str> {
    match text {
        "vi" => Ok(print::Language::Vietnamese),
        "en" => Ok(print::Language::English),
        _ => Err("there are vi, en"),
    }
}

fn order(text: &str) -> Result<CutOrder, &'static str> {
    match text {
        "rows" => Ok(CutOrder::Rows),
        "stacks" => Ok(CutOrder::Stacks),
        _ => Err("there are rows, stacks"),
    }
}

fn colour(text: &str) -> Result<Colour, &'static str> {
    match text {
        "rgb" => Ok(Colour::Rgb),
        "cmyk" => Ok(Colour::Cmyk),
        _ => Err("there are rgb, cmyk"),
    }
}

fn nudge(text: &str) -> Result<(f64, f64), &'static str> {
    let number = |text: &str| text.trim().parse().ok().filter(|by: &f64| by.abs() <= print::sheet::MOST_NUDGE);
    text.split_once(',').and_then(|(x, y)| Some((number(x)?, number(y)?))).ok_or("two numbers of millimetres, as in 1.5,-0.5")
}

/// Runs the command. A [`super::refused::Refused`] inside the error means exit code 2.
pub fn run(command: &StickerCommand, fonts: &Fonts, now: UnixMillis, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        StickerCommand::Sheet(args) => sheet::run(args, fonts, now, out),
        StickerCommand::Draw(args) => draw::run(args, fonts, now, out),
        StickerCommand::Designs(args) => {
            let designs = match &args.designs {
                Some(folder) => library::with_folder(folder)?,
                None => Designs::shipped().clone(),
            };
            for design in designs.iter() {
                writeln!(out, "{}", design.name())?;
            }
            #[expect(clippy::print_stderr, reason = "messages of a command go to standard error")]
            for problem in designs.refused() {
                eprintln!("{problem}");
            }
            Ok(())
        }
        StickerCommand::Stock => {
            for (name, measures) in stock::stock() {
                writeln!(out, "{name}\t{measures}")?;
            }
            Ok(())
        }
        StickerCommand::Calibrate(args) => sheet::calibrate(args, fonts, out),
        StickerCommand::Prove(args) => prove::run(args, fonts, out),
        StickerCommand::Pictures(args) => draw::pictures(args, fonts),
    }
}
