//! `choqr sticker`: sheets of stickers straight from a CSV file, without a database.
//!
//! The file is read twice: once to judge every row, once to draw. So a bad row is named before anything is written, and
//! the memory needed does not grow with the number of rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::refused::Refused;
use crate::domain::time::UnixMillis;
use crate::payment_code::fold::nfc_clean;
use crate::payment_code::{AccountNumber, Mode, bank, bank_search, decode};
use crate::print::{self, DesignName, Fonts, Paper, PrintError, SheetOptions, Sticker};

/// The columns that a file must have.
const COLUMNS: [&str; 7] = ["serial", "stall", "vendor_name", "trade", "bank", "account_number", "payload"];

/// How many bad rows are named before the rest is only counted.
const NAMED: usize = 20;

/// `choqr sticker …`
#[derive(Debug, Subcommand)]
pub enum StickerCommand {
    /// Draws a PDF of stickers from a CSV file.
    Sheet(SheetArgs),
    /// Prints the designs' names, one a line.
    Designs,
}

/// `choqr sticker sheet`
#[derive(Debug, Args)]
pub struct SheetArgs {
    /// A CSV file with the columns `serial,stall,vendor_name,trade,bank,account_number,payload`; `market`, `payee_name`
    /// and `issued` are read where present.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Where the PDF goes; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// The design: one of `choqr sticker designs`.
    #[arg(long, default_value = "label_99x68")]
    pub design: DesignName,
    /// The paper: `a4`, or `piece` for a page a sticker with bleed and crop marks.
    #[arg(long, default_value = "a4")]
    pub paper: Paper,
    /// The first free position of a part-used sheet, counted from 1 along the rows.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub start_at: u16,
    /// How many of each.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub copies: u16,
    /// Marks to cut along, for plain paper.
    #[arg(long)]
    pub crop_marks: bool,
    /// The market's name, for rows without one.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub market: String,
    /// The words' language, `vi` or `en`.
    #[arg(long, value_parser = language, default_value = "vi")]
    pub language: print::Language,
}

fn language(text: &str) -> Result<print::Language, &'static str> {
    match text {
        "vi" => Ok(print::Language::Vietnamese),
        "en" => Ok(print::Language::English),
        _ => Err("there are vi, en"),
    }
}

/// Runs the command. A [`Refused`] inside the error means exit code 2.
pub fn run(command: &StickerCommand, fonts: &Fonts, now: UnixMillis, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        StickerCommand::Designs => {
            for name in print::designs() {
                writeln!(out, "{name}")?;
            }
            Ok(())
        }
        StickerCommand::Sheet(args) => sheet(args, fonts, now, out),
    }
}

fn sheet(args: &SheetArgs, fonts: &Fonts, now: UnixMillis, out: &mut impl Write) -> anyhow::Result<()> {
    let month = now.day().month_to_people();
    judge(args, &month)?;
    let options = SheetOptions {
        start_at: usize::from(args.start_at),
        copies: usize::from(args.copies),
        crop_marks: args.crop_marks,
        title: String::new(),
        market: args.market.clone(),
        printed_on: now.day().to_people(),
        language: args.language,
    };
    let rows = Rows::open(&args.input, &args.market, &month)?;
    let stickers = rows.map(|(_, row)| row.map_err(|problems| Refused(problems.join("\n"))));
    let draw = |out: &mut dyn Write| {
        let mut out = out;
        print::sheet::write(&mut out, args.design, args.paper, &options, fonts, stickers).map_err(refusal)
    };
    let summary = if args.out.as_os_str() == "-" { draw(out)? } else { into_file(&args.out, draw)? };
    #[expect(clippy::print_stderr, reason = "messages of a command go to standard error")]
    {
        eprintln!("{} stickers on {} pages", summary.stickers, summary.pages);
    }
    Ok(())
}

/// Says which of the drawing's errors are the input's fault.
fn refusal(problem: PrintError) -> anyhow::Error {
    match problem {
        PrintError::Io(_) | PrintError::Font(_) => anyhow::Error::new(problem),
        PrintError::Source(source) => source.downcast::<Refused>().map_or_else(|other| anyhow::anyhow!(other), |r| (*r).into()),
        other => Refused(other.to_string()).into(),
    }
}

/// Writes a file whole or not at all: beside its place first, then moved.
fn into_file<T>(path: &Path, draw: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
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

/// Reads every row, and refuses the file with all that is wrong with it.
fn judge(args: &SheetArgs, month: &str) -> anyhow::Result<()> {
    let (mut problems, mut bad, mut good) = (Vec::new(), 0, 0_usize);
    for (_, row) in Rows::open(&args.input, &args.market, month)? {
        match row {
            Ok(_) => good += 1,
            Err(found) => {
                bad += 1;
                if bad <= NAMED {
                    problems.extend(found);
                }
            }
        }
    }
    if bad > NAMED {
        problems.push(format!("and {} more rows", bad - NAMED));
    }
    if bad > 0 {
        problems.push("nothing was written".to_owned());
        return Err(Refused(problems.join("\n")).into());
    }
    if good == 0 {
        return Err(Refused(format!("{} has a heading but no rows", args.input.display())).into());
    }
    Ok(())
}

/// The rows of a file: the line a row begins on, and its sticker or what is wrong with it.
struct Rows<'a> {
    records: csv::StringRecordsIntoIter<File>,
    columns: Columns,
    market: &'a str,
    month: &'a str,
}

/// Where each column stands.
struct Columns {
    required: [usize; COLUMNS.len()],
    market: Option<usize>,
    payee_name: Option<usize>,
    issued: Option<usize>,
}

impl<'a> Rows<'a> {
    fn open(path: &Path, market: &'a str, month: &'a str) -> anyhow::Result<Self> {
        let file = File::open(path).map_err(|problem| Refused(format!("{} cannot be read: {problem}", path.display())))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let heading = reader.headers().map_err(|_| Refused(format!("{} is not CSV in UTF-8", path.display())))?.clone();
        let find = |name: &str| heading.iter().position(|cell| cell.trim_start_matches('\u{feff}') == name);
        let mut required = [0; COLUMNS.len()];
        for (place, name) in required.iter_mut().zip(COLUMNS) {
            *place = find(name)
                .ok_or_else(|| Refused(format!("row 1: the column {name} is missing; the columns are {}", COLUMNS.join(","))))?;
        }
        let columns = Columns { required, market: find("market"), payee_name: find("payee_name"), issued: find("issued") };
        Ok(Self { records: reader.into_records(), columns, market, month })
    }

    fn sticker(&self, line: u64, record: &csv::StringRecord) -> Result<Sticker, Vec<String>> {
        let [serial, stall, vendor_name, trade, bank_name, account_number, payload] =
            self.columns.required.map(|index| record.get(index).unwrap_or(""));
        let other = |index: Option<usize>| index.and_then(|index| record.get(index)).filter(|cell| !cell.is_empty());
        let mut problems = Vec::new();
        let mut bad = |column: &str, what: &str| problems.push(format!("row {line}, {column}: {what}"));

        // A serial is printed as it stands: the file may come from a register that numbers in its own way.
        if serial.chars().count() > 24 {
            bad("serial", "at most 24 characters");
        }
        for (column, cell, most) in [("stall", stall, 32), ("vendor_name", vendor_name, 120)] {
            if nfc_clean(cell).is_empty() {
                bad(column, "is empty");
            } else if cell.chars().count() > most {
                bad(column, &format!("at most {most} characters"));
            }
        }
        let number: Option<AccountNumber> = account_number.parse().ok();
        if number.is_none() {
            bad("account_number", "1 to 19 letters or digits");
        }
        let mut shown_bank = nfc_clean(bank_name);
        match decode(payload, Mode::Strict) {
            Err(refusal) => bad("payload", &format!("{} at character {}: {}", refusal.code, refusal.offset + 1, refusal.message)),
            Ok(code) => {
                if let (Some(inside), Some(number)) = (&code.account, &number)
                    && inside != number.as_str()
                {
                    bad("account_number", "is not the account that the payload pays into");
                }
                let meant = bank_search::look_up(bank_name).candidates();
                match code.bin.as_deref() {
                    Some(bin) if !meant.is_empty() && meant.iter().all(|found| found.bank.bin != bin) => {
                        bad("bank", &format!("the payload pays into {}", bank::name_of(bin)));
                    }
                    Some(bin) if shown_bank.is_empty() || meant.len() == 1 => bank::name_of(bin).clone_into(&mut shown_bank),
                    None if shown_bank.is_empty() => bad("bank", "is empty, and the payload names none"),
                    _ => {}
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Sticker {
            serial: (!serial.is_empty()).then(|| serial.to_owned()),
            stall: stall.to_owned(),
            market: other(self.columns.market).unwrap_or(self.market).to_owned(),
            vendor_name: vendor_name.to_owned(),
            payee_name: other(self.columns.payee_name).unwrap_or(vendor_name).to_owned(),
            trade: trade.to_owned(),
            bank: shown_bank,
            last_digits: number.map_or(String::new(), |number| number.last4().to_owned()),
            payload: payload.to_owned(),
            issued: other(self.columns.issued).unwrap_or(self.month).to_owned(),
            check_url: None,
        })
    }
}

impl Iterator for Rows<'_> {
    type Item = (u64, Result<Sticker, Vec<String>>);

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                (line, self.sticker(line, &record))
            }
            Err(problem) => {
                let line = problem.position().map_or(0, csv::Position::line);
                let what = match problem.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("row {line}: {len} cells where the heading has {expected_len}")
                    }
                    csv::ErrorKind::Utf8 { .. } => format!("row {line}: not UTF-8; save the file as CSV UTF-8"),
                    _ => format!("row {line}: cannot be read"),
                };
                (line, Err(vec![what]))
            }
        })
    }
}
