//! `choqr sticker draw` and `choqr sticker pictures`: one sticker as PDF, SVG or PNG.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;

use anyhow::Context as _;

use super::rows::Rows;
use super::sheet::{into, refusal, say};
use super::{DrawArgs, PicturesArgs, library, prove};
use crate::cli::refused::Refused;
use crate::domain::time::UnixMillis;
use crate::print::{Colour, Designs, Fonts, Language, card, picture, pixels};

pub(super) fn run(args: &DrawArgs, fonts: &Fonts, now: UnixMillis, out: &mut impl Write) -> anyhow::Result<()> {
    let design = library::find(&args.design)?;
    let month = now.day().month_to_people();
    let mut rows = Rows::open(&args.input, &design, &args.market, &month)?;
    for _ in 1..args.row {
        rows.next();
    }
    let (_, _, row) = rows.next().ok_or_else(|| Refused(format!("{} has no row {}", args.input.display(), args.row)))?;
    let sticker = row.map_err(|problems| Refused(problems.join("\n")))?.sticker;
    let bytes = match args.format.as_str() {
        "svg" => picture::svg(&design, &sticker, fonts, args.language).map_err(refusal)?.into_bytes(),
        "png" => pixels::png(&design, &sticker, fonts, args.language, args.dpi).map_err(refusal)?,
        _ => {
            let mut bytes = Vec::new();
            card::write(&mut bytes, &design, &sticker, fonts, args.language, Colour::Cmyk).map_err(refusal)?;
            bytes
        }
    };
    into(&args.out, out, |out| Ok(out.write_all(&bytes)?))
}

/// Where the list of pictures stands in a Markdown file.
const MARKS: [&str; 2] = ["<!-- pictures: begin -->", "<!-- pictures: end -->"];

pub(super) fn pictures(args: &PicturesArgs, fonts: &Fonts) -> anyhow::Result<()> {
    fs::create_dir_all(&args.folder).with_context(|| format!("{} cannot be made", args.folder.display()))?;
    let folder = args.folder.file_name().and_then(|name| name.to_str()).unwrap_or("designs");
    let mut list = String::from("| picture | name | millimetres | |\n|---|---|---|---|\n");
    for design in Designs::shipped().iter() {
        let (name, (width, height)) = (design.name(), design.size());
        let path = args.folder.join(format!("{name}.png"));
        let bytes = pixels::png(design, &prove::sample(0), fonts, Language::Vietnamese, args.dpi).map_err(refusal)?;
        fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
        say(&path.display().to_string());
        let (label, hint) = (design.label(Language::English), design.hint(Language::English));
        let shown = if width > height { 220 } else { 160 };
        writeln!(
            list,
            "| <img src=\"{folder}/{name}.png\" width=\"{shown}\" alt=\"{label}\"> | `{name}` | {width} × {height} | **{label}**: {hint} |"
        )?;
    }
    let Some(file) = &args.list else { return Ok(()) };
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let parts = text.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let Some((before, after)) = parts else {
        return Err(Refused(format!("{} has no lines {} and {}", file.display(), MARKS[0], MARKS[1])).into());
    };
    let text = format!("{before}{}\n{list}{}{after}", MARKS[0], MARKS[1]);
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}
