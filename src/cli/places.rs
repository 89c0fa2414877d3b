//! `choqr places`: which commune of today a text means, by its name now or before July 2025.

use std::io::Write;

use clap::Args;

use super::refused::Refused;
use crate::domain::place;

/// `choqr places`
#[derive(Debug, Args)]
pub(super) struct PlacesArgs {
    /// A code or a name, with or without marks, as `phuong song cau, bac kan`.
    text: String,
}

pub(super) fn run(args: &PlacesArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let hits = place::find(&args.text);
    if hits.is_empty() {
        let why = format!("no commune of {} or before is called {}; write the name and its province", place::SNAPSHOT, args.text);
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
