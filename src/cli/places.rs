//! `choqr places`: which commune of today a text means, by its name now or before July 2025; and newer tables for an installation.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;

use super::refused::Refused;
use crate::{
    config::DataArgs,
    domain::{
        place::{self, Tables},
        time::Day,
    },
    store::markets,
};

/// The tables' names in a folder.
const FILES: [&str; 3] = ["provinces.csv", "wards.csv", "wards_legacy.csv"];
/// The file beside them that holds the day on which they were read.
const DATE: &str = "snapshot.txt";

/// `choqr places`
#[derive(Debug, Args)]
pub(super) struct PlacesArgs {
    #[command(flatten)]
    data: DataArgs,
    /// A code or a name, with or without marks, as `phuong song cau, bac kan`.
    #[arg(required_unless_present = "update")]
    text: Option<String>,
    /// Takes newer tables from a folder: provinces.csv, wards.csv and wards_legacy.csv. They are checked first, and used from the next start on.
    #[arg(long, value_name = "FOLDER", requires = "date", conflicts_with = "text")]
    update: Option<PathBuf>,
    /// The day on which those tables were read, as 2027-01-15.
    #[arg(long, value_name = "DAY")]
    date: Option<Day>,
}

pub(super) async fn run(args: &PlacesArgs, out: &mut impl Write) -> anyhow::Result<()> {
    if let (Some(folder), Some(date)) = (&args.update, args.date) {
        return update(&args.data, folder, date, out).await;
    }
    bring(&args.data)?;
    let text = args.text.as_deref().unwrap_or("");
    let hits = place::find(text);
    if hits.is_empty() {
        let why = format!("no commune of {} or before is called {text}; write the name and its province", place::snapshot());
        return Err(Refused(why).into());
    }
    for hit in hits {
        let before = hit.before.map_or(String::new(), |before| {
            let share = if before.now.len() > 1 { ", chia nhiều nơi" } else { "" };
            format!("\ttrước: {}, {}, {}{share}", before.full_name, before.district, before.province)
        });
        writeln!(out, "{}\t{}{before}", hit.ward.code, hit.ward.with_province())?;
    }
    Ok(())
}

/// The tables of a folder; `None` when it has none.
fn tables(folder: &Path, date: Option<Day>) -> anyhow::Result<Option<Tables>> {
    if date.is_none() && !folder.join(DATE).exists() {
        return Ok(None);
    }
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(|error| Refused(format!("{}: {error}", path.display())))
    };
    let read_on = match date {
        Some(date) => date,
        None => text(DATE)?
            .trim()
            .parse()
            .map_err(|_| Refused(format!("{}: takes a day as 2027-01-15", folder.join(DATE).display())))?,
    };
    let [provinces, wards, former] = [text(FILES[0])?, text(FILES[1])?, text(FILES[2])?];
    Ok(Some(Tables { provinces, wards, former, read_on }))
}

/// Uses the tables that an installation was given, if any.
pub(super) fn bring(data: &DataArgs) -> anyhow::Result<()> {
    let folder = data.data_dir.join("places");
    if let Some(tables) = tables(&folder, None)? {
        place::bring(&tables).map_err(|error| Refused(format!("{}: {error}", folder.display())))?;
    }
    Ok(())
}

async fn update(data: &DataArgs, folder: &Path, date: Day, out: &mut impl Write) -> anyhow::Result<()> {
    let tables = tables(folder, Some(date))?.context("the date was given")?;
    let (provinces, wards, former) = place::check(&tables).map_err(|error| Refused(format!("{}: {error}", folder.display())))?;
    let app = super::open_existing(data).await?;
    for id in markets::all_ids(&app.db).await? {
        let scope = markets::enter_as(&app.db, "cli", id).await?;
        let code = &scope.market().ward_code;
        if !place::has_ward(&tables, code)? {
            let why = format!("{}: wards.csv has no commune {code}, where {} is", folder.display(), scope.market().name);
            return Err(Refused(why).into());
        }
    }
    let target = data.data_dir.join("places");
    fs::create_dir_all(&target).with_context(|| target.display().to_string())?;
    // The date comes last: without it the folder counts as empty.
    let _absent = fs::remove_file(target.join(DATE));
    for (name, text) in FILES.iter().zip([&tables.provinces, &tables.wards, &tables.former]) {
        fs::write(target.join(name), text).with_context(|| target.join(name).display().to_string())?;
    }
    fs::write(target.join(DATE), format!("{date}\n")).with_context(|| target.display().to_string())?;
    writeln!(out, "provinces\t{provinces}\ncommunes\t{wards}\nformer\t{former}\nread on\t{date}")?;
    eprintln!("used from the next start on; {} holds them", target.display());
    Ok(())
}
