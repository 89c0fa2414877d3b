//! `choqr qr`: payment codes on the command line.

use std::{
    io::{BufRead, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{qr_read, refused::Refused};
use crate::{
    payment_code::{self, Mode, Service, TransferCode, bank, compare},
    print::{self, Ec, Symbol},
};

/// `choqr qr …`
#[derive(Debug, Subcommand)]
pub(super) enum QrCommand {
    /// Writes a VietQR transfer code.
    Encode(EncodeArgs),
    /// Reads a payment code and prints one JSON object.
    Decode(DecodeArgs),
    /// Compares what was scanned with what is registered.
    Compare(CompareArgs),
    /// Finds every QR code in photos and PDFs.
    Read {
        /// PNG, JPEG, WebP or PDF files.
        #[arg(required = true)]
        images: Vec<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Svg,
    Png,
    Pdf,
    Terminal,
}

/// `choqr qr encode`
#[derive(Debug, Args)]
pub(super) struct EncodeArgs {
    /// One JSON object a line on standard input, one payload or error object a line on standard output.
    #[arg(long)]
    batch: bool,
    /// The bank: its BIN, or a name or code that means exactly one.
    #[arg(long, required_unless_present = "batch", value_name = "BIN|CODE")]
    bank: Option<String>,
    /// The account number, or the card's with `--card`.
    #[arg(long, required_unless_present = "batch", value_name = "N")]
    account: Option<String>,
    /// The number is a card's.
    #[arg(long)]
    card: bool,
    /// Dong; without it the payer decides.
    #[arg(long, value_name = "VND")]
    amount: Option<u64>,
    /// At most 25 characters; marks are dropped.
    #[arg(long, value_name = "T")]
    purpose: Option<String>,
    /// The payee's name, at most 25 characters.
    #[arg(long, value_name = "T")]
    name: Option<String>,
    /// The payee's city, at most 15 characters.
    #[arg(long, value_name = "T")]
    city: Option<String>,
    /// Draws the code instead of printing its text.
    #[arg(long)]
    format: Option<Format>,
    /// Where the drawing goes; a terminal drawing goes to standard output without it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// `choqr qr decode`
#[derive(Debug, Args)]
pub(super) struct DecodeArgs {
    /// Keeps what can be kept and lists warnings.
    #[arg(long)]
    lenient: bool,
    /// One payload a line on standard input, one JSON object a line on standard output; never stops at a bad one.
    #[arg(long)]
    batch: bool,
    /// The payload; `-` reads it from standard input.
    #[arg(required_unless_present = "batch", value_name = "PAYLOAD|-")]
    payload: Option<String>,
}

/// `choqr qr compare`
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Registered, tab, scanned on each line of standard input.
    #[arg(long)]
    batch: bool,
    /// The registered payload.
    #[arg(long, required_unless_present = "batch")]
    registered: Option<String>,
    /// The scanned payload.
    #[arg(long, required_unless_present = "batch")]
    scanned: Option<String>,
}

pub(super) fn run(command: QrCommand, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        QrCommand::Encode(args) if args.batch => encode_batch(input, out),
        QrCommand::Encode(args) => encode(args, out),
        QrCommand::Decode(args) => decode(args, input, out),
        QrCommand::Compare(args) => run_compare(args, input, out),
        QrCommand::Read { images } => read(&images, out),
    }
}

/// The one bank a text means.
fn bank_of(text: &str) -> Result<bank::Bin, String> {
    if let Ok(bin) = text.parse::<bank::Bin>() {
        return match bank::by_bin(text) {
            Some(_) => Ok(bin),
            None => Err(format!("no bank of the directory has the BIN {text}")),
        };
    }
    match bank::search(text).as_slice() {
        [only] => only.bin.parse().map_err(|_| "the directory is damaged".to_owned()),
        [] => Err(format!("no bank is called {text}; give its BIN of six digits")),
        several => {
            let names: Vec<String> = several.iter().take(8).map(|bank| format!("{} {}", bank.bin, bank.short_name)).collect();
            Err(format!("{text} may mean several banks; give the BIN: {}", names.join(", ")))
        }
    }
}

fn encode(args: EncodeArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let refuse = |what: &str, why: &dyn std::fmt::Display| Refused(format!("{what}: {why}"));
    let bin = bank_of(args.bank.as_deref().unwrap_or("")).map_err(|why| refuse("--bank", &why))?;
    let account = args.account.as_deref().unwrap_or("").parse().map_err(|why| refuse("--account", &why))?;
    let code = TransferCode {
        service: if args.card { Service::Card } else { Service::Account },
        amount: args.amount,
        purpose: args.purpose,
        name: args.name,
        city: args.city,
        ..TransferCode::new(bin, account)
    };
    let payload = code.encode().map_err(|why| refuse(why.code(), &why))?;
    let Some(format) = args.format else {
        writeln!(out, "{payload}")?;
        return Ok(());
    };
    let symbol = Symbol::encode(&payload, Ec::M)?;
    let bytes = match format {
        Format::Svg => print::svg::code(&symbol, "VietQR").into_bytes(),
        Format::Png => print::png::code(&symbol, 1_200),
        Format::Terminal => print::terminal::code(&symbol).into_bytes(),
        Format::Pdf => card(&code, &payload)?,
    };
    match args.output {
        Some(path) => std::fs::write(&path, bytes).with_context(|| path.display().to_string())?,
        None if matches!(format, Format::Png | Format::Pdf) => {
            return Err(Refused("-o FILE says where the drawing goes".to_owned()).into());
        }
        None => out.write_all(&bytes)?,
    }
    Ok(())
}

fn card(code: &TransferCode, payload: &str) -> anyhow::Result<Vec<u8>> {
    use crate::web::fonts;
    let fonts = print::Fonts::new(fonts::REGULAR, fonts::SEMIBOLD, fonts::BOLD)?;
    let name = code.name.clone().unwrap_or_default();
    let sticker = print::Sticker {
        vendor_name: name.clone(),
        payee_name: name,
        bank: bank::name_of(code.bin.as_str()).to_owned(),
        last_digits: code.account.last4().to_owned(),
        payload: payload.to_owned(),
        ..print::Sticker::default()
    };
    let mut out = Vec::new();
    print::card::write(&mut out, print::DesignName::CardA6, &sticker, &fonts, print::Language::Vietnamese)?;
    Ok(out)
}

/// One line of a batch.
#[derive(Deserialize)]
struct EncodeLine {
    bin: String,
    account: String,
    service: Option<String>,
    amount: Option<u64>,
    purpose: Option<String>,
    name: Option<String>,
    city: Option<String>,
}

fn encode_batch(input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(out);
    for line in input.lines() {
        match encode_line(&line?) {
            Ok(payload) => writeln!(out, "{payload}")?,
            Err((code, message)) => writeln!(out, "{}", json!({ "ok": false, "code": code, "message": message }))?,
        }
    }
    Ok(out.flush()?)
}

fn encode_line(line: &str) -> Result<String, (&'static str, String)> {
    let wish: EncodeLine = serde_json::from_str(line).map_err(|error| ("not_json", error.to_string()))?;
    let service = match wish.service.as_deref() {
        None | Some("" | "account" | "QRIBFTTA") => Service::Account,
        Some("card" | "QRIBFTTC") => Service::Card,
        Some(other) => return Err(("service_unknown", format!("{other}: account or card"))),
    };
    let code = TransferCode {
        service,
        amount: wish.amount,
        purpose: wish.purpose,
        name: wish.name,
        city: wish.city,
        ..TransferCode::new(
            bank_of(&wish.bin).map_err(|why| ("bin_unknown", why))?,
            wish.account.parse().map_err(|why: payment_code::AccountNumberError| ("account_malformed", why.to_string()))?,
        )
    };
    code.encode().map_err(|why| (why.code(), why.to_string()))
}

fn decoded(payload: &str, mode: Mode) -> Value {
    match payment_code::decode(payload, mode) {
        Ok(code) => json!(code),
        Err(refusal) => json!({ "ok": false, "code": refusal.code, "offset": refusal.offset, "message": refusal.message }),
    }
}

fn decode(args: DecodeArgs, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let mode = if args.lenient { Mode::Lenient } else { Mode::Strict };
    if args.batch {
        let mut out = std::io::BufWriter::new(out);
        let mut line = Vec::new();
        while {
            line.clear();
            input.read_until(b'\n', &mut line)?
        } > 0
        {
            let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line));
            writeln!(out, "{}", decoded(text.strip_suffix('\r').unwrap_or(&text), mode))?;
        }
        return Ok(out.flush()?);
    }
    let payload = match args.payload.as_deref() {
        Some("-") | None => {
            let mut text = String::new();
            input.read_to_string(&mut text)?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        Some(payload) => payload.to_owned(),
    };
    let answer = decoded(&payload, mode);
    writeln!(out, "{answer}")?;
    if answer["ok"] == json!(false) {
        let message = answer["message"].as_str().unwrap_or("refused").to_owned();
        return Err(Refused(format!("{message} (character {})", answer["offset"])).into());
    }
    Ok(())
}

fn run_compare(args: CompareArgs, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    if args.batch {
        let mut out = std::io::BufWriter::new(out);
        for line in input.lines() {
            let line = line?;
            let (registered, scanned) = line.split_once('\t').unwrap_or((&line, ""));
            writeln!(out, "{}", json!(compare(registered, scanned)))?;
        }
        return Ok(out.flush()?);
    }
    let verdict = compare(args.registered.as_deref().unwrap_or(""), args.scanned.as_deref().unwrap_or(""));
    writeln!(out, "{}", json!(verdict))?;
    Ok(())
}

fn read(images: &[PathBuf], out: &mut impl Write) -> anyhow::Result<()> {
    qr_read::run(images, out, |payload| decoded(payload, Mode::Strict))
}
