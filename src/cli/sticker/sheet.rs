//! `choqr sticker sheet`.
//!
//! The file is read twice: once to judge every row, once to draw. So a bad row is named before anything is written, and
//! what is kept of a row meanwhile is its place in the file.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::rows::Rows;
use super::{CalibrateArgs, PaperArgs, SheetArgs, library};
use crate::cli::refused::Refused;
use crate::domain::time::UnixMillis;
use crate::print::{self, Colour, Fonts, Paper, PrintError, SheetOptions};

/// How many bad rows are named before the rest is only counted.
const NAMED: usize = 20;

pub(super) fn run(args: &SheetArgs, fonts: &Fonts, now: UnixMillis, out: &mut impl Write) -> anyhow::Result<()> {
    let design = library::find(&args.on.design)?;
    let month = now.day().month_to_people();
    let mut rows = Rows::open(&args.input, &design, &args.market, &month)?;
    let places = judge(args, &mut rows)?;
    let colour = if args.on.paper == Paper::Piece { Colour::Cmyk } else { Colour::Rgb };
    let options = SheetOptions {
        start_at: usize::from(args.start_at),
        copies: usize::from(args.copies),
        order: args.order,
        crop_marks: args.crop_marks,
        nudge: args.on.nudge,
        colour: args.colour.unwrap_or(colour),
        title: String::new(),
        market: args.market.clone(),
        printed_on: now.day().to_people(),
        language: args.on.language,
    };
    let is_watched = io::stderr().is_terminal() && places.len() > 500;
    let mut drawn = 0_usize;
    let draw = |out: &mut dyn Write| {
        let mut out = out;
        print::sheet::write(&mut out, (&design, &args.on.paper), &options, fonts, places.len(), |index| {
            drawn += 1;
            if is_watched && drawn.is_multiple_of(250) {
                say(&format!("{drawn} / {}", places.len()));
            }
            rows.at(&places[index]).map(Some)
        })
        .map_err(refusal)
    };
    let summary = into(&args.out, out, draw)?;
    say(&format!("{} stickers on {} pages", summary.stickers, summary.pages));
    Ok(())
}

pub(super) fn calibrate(args: &CalibrateArgs, fonts: &Fonts, out: &mut impl Write) -> anyhow::Result<()> {
    let PaperArgs { design, paper, nudge, language } = &args.on;
    let design = library::find(design)?;
    let options = SheetOptions { nudge: *nudge, language: *language, ..SheetOptions::default() };
    into(&args.out, out, |out| {
        let mut out = out;
        print::sheet::calibration(&mut out, (&design, paper), &options, fonts).map_err(refusal)
    })
}

#[expect(clippy::print_stderr, reason = "messages of a command go to standard error")]
pub(super) fn say(message: &str) {
    eprintln!("{message}");
}

/// Says which of the drawing's errors are the input's fault.
pub(super) fn refusal(problem: PrintError) -> anyhow::Error {
    match problem {
        PrintError::Io(_) | PrintError::Font(_) => anyhow::Error::new(problem),
        PrintError::Source(source) => source.downcast::<Refused>().map_or_else(|other| anyhow::anyhow!(other), |r| (*r).into()),
        other => Refused(other.to_string()).into(),
    }
}

/// Writes to standard output for `-`, and otherwise a file whole or not at all: beside its place first, then moved.
pub(super) fn into<T>(
    path: &Path,
    standard: &mut impl Write,
    draw: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if path.as_os_str() == "-" {
        return draw(standard);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let file = File::create(&beside).with_context(|| format!("{} cannot be written", beside.display()))?;
    let mut out = BufWriter::with_capacity(64 * 1024, file);
    let drawn = draw(&mut out).and_then(|summary| {
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&beside, path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(summary)
    });
    if drawn.is_err() {
        // What failed is told already; a half-written file that stays is the smaller trouble.
        let _ = fs::remove_file(&beside);
    }
    drawn
}

/// Reads every row, names the bad ones, and returns where the good ones begin, as often as each is wanted.
fn judge(args: &SheetArgs, rows: &mut Rows<'_>) -> anyhow::Result<Vec<csv::Position>> {
    let (mut problems, mut bad, mut places) = (Vec::new(), 0, Vec::new());
    let mut is_empty = true;
    while let Some((place, _, row)) = rows.next() {
        is_empty = false;
        match row {
            Ok(row) => places.extend(std::iter::repeat_n(place, row.copies)),
            Err(found) => {
                bad += 1;
                if bad <= NAMED {
                    problems.extend(found);
                }
            }
        }
    }
    if is_empty {
        return Err(Refused(format!("{} has a heading but no rows", args.input.display())).into());
    }
    if bad > NAMED {
        problems.push(format!("and {} more rows", bad - NAMED));
    }
    if bad > 0 && (args.strict || places.is_empty()) {
        problems.push("nothing was written".to_owned());
        return Err(Refused(problems.join("\n")).into());
    }
    if bad > 0 {
        let left_out = if bad == 1 { "1 row is".to_owned() } else { format!("{bad} rows are") };
        problems.push(format!("{left_out} left out; the others are printed"));
        say(&problems.join("\n"));
    }
    Ok(places)
}
