//! `choqr qr`: payment codes on the command line.

use std::{
    io::{BufRead, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::json;

use super::{qr_read, refused::Refused};
use crate::{
    payment_code::{self, Code, Mode, Refusal, TransferCode, Vnd, WriteError, bank, bank_search, bank_search::Meaning, compare},
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
    #[arg(long, conflicts_with_all = ["bank", "account", "card", "amount", "purpose", "name", "city", "format", "output"])]
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
    /// Whole dong, as 45000; without it the payer decides.
    #[arg(long, value_name = "VND", value_parser = dong)]
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
    #[arg(long, short, value_name = "FILE", requires = "format")]
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
    #[arg(long, conflicts_with_all = ["registered", "scanned"])]
    batch: bool,
    /// The registered payload.
    #[arg(long, required_unless_present = "batch")]
    registered: Option<String>,
    /// The scanned payload.
    #[arg(long, required_unless_present = "batch")]
    scanned: Option<String>,
}

/// An amount on the command line.
fn dong(text: &str) -> Result<u64, &'static str> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or("takes whole dong in digits alone, as in 45000 for 45.000 đ")
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
    match bank_search::look_up(text) {
        Meaning::One(found) => found.bank.bin.parse().map_err(|_| "the directory is damaged".to_owned()),
        Meaning::Nothing => Err(format!("no bank is called {text}; give its BIN of six digits, or look with `choqr banks`")),
        Meaning::Several(found) => {
            let names: Vec<String> =
                found.iter().take(8).map(|found| format!("{} {}", found.bank.bin, found.bank.short_name)).collect();
            Err(format!("{text} may mean several banks; give the BIN: {}", names.join(", ")))
        }
    }
}

fn encode(args: EncodeArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let refuse = |what: &str, why: &dyn std::fmt::Display| Refused(format!("{what}: {why}"));
    let bin = bank_of(args.bank.as_deref().unwrap_or("")).map_err(|why| refuse("--bank", &why))?;
    let account = args.account.as_deref().unwrap_or("").parse().map_err(|why| refuse("--account", &why))?;
    let wish = Wish { amount: args.amount, purpose: args.purpose, name: args.name, city: args.city };
    let code = wish.code(bin, account, args.card).map_err(|why| refuse(why.code(), &why))?;
    let payload = code.encode().map_err(|why| refuse(why.code(), &why))?;
    if let Some(usual) =
        bank::by_bin(code.bin().as_str()).filter(|_| !args.card).and_then(|bank| bank.unusual_length(code.account().as_str()))
    {
        eprintln!("choqr: account numbers of {} usually have {usual} digits; look again", bank::name_of(code.bin().as_str()));
    }
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
    let name = code.name().map(|name| name.as_str().to_owned()).unwrap_or_default();
    let sticker = print::Sticker {
        vendor_name: name.clone(),
        payee_name: name,
        bank: bank::name_of(code.bin().as_str()).to_owned(),
        last_digits: code.account().last4().to_owned(),
        payload: payload.to_owned(),
        ..print::Sticker::default()
    };
    let mut out = Vec::new();
    let design = print::Designs::shipped().find("card_a6")?;
    print::card::write(&mut out, design, &sticker, &fonts, print::Language::Vietnamese, print::Colour::Cmyk)?;
    Ok(out)
}

/// What a code should say beside the account.
#[derive(Deserialize)]
struct Wish {
    amount: Option<u64>,
    purpose: Option<String>,
    name: Option<String>,
    city: Option<String>,
}

impl Wish {
    fn code(&self, bin: bank::Bin, account: payment_code::AccountNumber, is_card: bool) -> Result<TransferCode, WriteError> {
        let code = if is_card { TransferCode::to_card(bin, account) } else { TransferCode::new(bin, account) }?;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Ok(code
            .with_amount(self.amount.map(Vnd::new).transpose()?)
            .with_purpose(payment_code::Purpose::optional(&text(&self.purpose))?)
            .with_name(payment_code::MerchantName::optional(&text(&self.name))?)
            .with_city(payment_code::City::optional(&text(&self.city))?))
    }
}

/// One line of a batch.
#[derive(Deserialize)]
struct EncodeLine {
    bin: String,
    account: String,
    service: Option<String>,
    #[serde(flatten)]
    wish: Wish,
}

fn encode_batch(input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    each_line(input, out, |line, answers| {
        let answer = encode_line(&String::from_utf8_lossy(line))
            .unwrap_or_else(|(code, message)| format!(r#"{{"ok":false,"code":"{code}","message":{}}}"#, json!(message)));
        answers.extend_from_slice(answer.as_bytes());
    })
}

fn encode_line(line: &str) -> Result<String, (&'static str, String)> {
    let line: EncodeLine = serde_json::from_str(line)
        .map_err(|error| (if error.is_data() { "field_malformed" } else { "not_json" }, error.to_string()))?;
    let is_card = match line.service.as_deref() {
        None | Some("" | "account" | "QRIBFTTA") => false,
        Some("card" | "QRIBFTTC") => true,
        Some(other) => return Err(("service_unknown", format!("{other}: account or card"))),
    };
    let bin = bank_of(&line.bin).map_err(|why| ("bin_unknown", why))?;
    let account = line.account.parse().map_err(|why: payment_code::AccountNumberError| ("account_malformed", why.to_string()))?;
    line.wish.code(bin, account, is_card).and_then(|code| code.encode()).map_err(|why| (why.code(), why.to_string()))
}

/// Appends one JSON object, and says whether the payload was accepted.
fn write_decoded(payload: &str, mode: Mode, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let read = Code::read(payload, mode);
    match &read {
        Ok(code) => code.write_json(out),
        Err(refusal) => refusal.write_json(out),
    }
    read.map(|_| ())
}

fn decode(args: DecodeArgs, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let mode = if args.lenient { Mode::Lenient } else { Mode::Strict };
    if args.batch {
        if args.payload.as_deref().is_some_and(|payload| payload != "-") {
            return Err(Refused("--batch reads payloads from standard input; leave out PAYLOAD, or --batch".to_owned()).into());
        }
        return each_line(input, out, |line, answers| answer_line(line, mode, answers));
    }
    let payload = match args.payload.as_deref() {
        Some("-") | None => {
            let mut text = String::new();
            input.read_to_string(&mut text)?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        Some(payload) => payload.to_owned(),
    };
    let mut line = Vec::new();
    let read = write_decoded(&payload, mode, &mut line);
    line.push(b'\n');
    out.write_all(&line)?;
    read.map_err(|refusal| Refused(refusal.to_string()).into())
}

/// Of a line beyond this only so much is kept: it is no payment code anyway.
const LONGEST_LINE: usize = 8 * 1024;

/// Answers every line of what has arrived before it waits for more, so that another program can talk to it line by line.
/// `answer` gets a line without its end and appends what is said to it.
fn each_line(input: &mut impl BufRead, out: &mut impl Write, mut answer: impl FnMut(&[u8], &mut Vec<u8>)) -> anyhow::Result<()> {
    let (mut line, mut answers) = (Vec::new(), Vec::new());
    let mut take = |line: &[u8], answers: &mut Vec<u8>| {
        answer(line.strip_suffix(b"\r").unwrap_or(line), answers);
        answers.push(b'\n');
    };
    loop {
        let mut chunk = input.fill_buf()?;
        let arrived = chunk.len();
        // A slice finds its line ends many bytes at a time.
        while chunk.read_until(b'\n', &mut line)? > 0 {
            if line.pop_if(|byte| *byte == b'\n').is_some() {
                take(&line, &mut answers);
                line.clear();
            }
        }
        line.truncate(LONGEST_LINE);
        if arrived == 0 && !line.is_empty() {
            take(&line, &mut answers);
        }
        input.consume(arrived);
        out.write_all(&answers)?;
        answers.clear();
        // What was answered reaches a program that waits for it, whatever `out` gathers.
        out.flush()?;
        if arrived == 0 {
            return Ok(());
        }
    }
}

fn answer_line(line: &[u8], mode: Mode, out: &mut Vec<u8>) {
    match std::str::from_utf8(line) {
        Ok(payload) => {
            let _said_in_the_answer = write_decoded(payload, mode, out);
        }
        Err(error) => {
            let whole = std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or("");
            Refusal::not_text(whole.chars().count()).write_json(out);
        }
    }
}

fn run_compare(args: CompareArgs, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    if args.batch {
        return each_line(input, out, |line, answers| {
            let line = String::from_utf8_lossy(line);
            let (registered, scanned) = line.split_once('\t').unwrap_or((&line, ""));
            answers.extend(serde_json::to_vec(&compare(registered, scanned)).expect("a verdict and two texts are JSON"));
        });
    }
    let verdict = compare(args.registered.as_deref().unwrap_or(""), args.scanned.as_deref().unwrap_or(""));
    writeln!(out, "{}", serde_json::to_string(&verdict)?)?;
    Ok(())
}

fn read(images: &[PathBuf], out: &mut impl Write) -> anyhow::Result<()> {
    qr_read::run(images, out, |payload, line| {
        let _said_in_the_line = write_decoded(payload, Mode::Strict, line);
    })
}
