//! `choqr banks`: the bank directory, and what a text means in it.

use std::io::Write;

use clap::Args;

use super::refused::Refused;
use crate::payment_code::{
    bank::{self, Bank},
    bank_search,
};

/// `choqr banks`
#[derive(Debug, Args)]
pub(super) struct BanksArgs {
    /// A BIN, a code or a name, now or before; without it every bank is listed.
    text: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &BanksArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(text) = &args.text else {
        eprintln!("bank directory of {}", bank::SNAPSHOT);
        return bank::all().iter().try_for_each(|bank| line(bank, bank, args.json, out));
    };
    let found = bank_search::look_up(text).candidates();
    if found.is_empty() {
        return Err(Refused(format!("no bank is called {text}; `choqr banks` lists them all")).into());
    }
    if found.len() > 1 {
        eprintln!("{text} may mean {} banks:", found.len());
    }
    found.iter().try_for_each(|candidate| line(candidate.bank, candidate, args.json, out))
}

fn line(bank: &Bank, whole: &impl serde::Serialize, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if as_json {
        writeln!(out, "{}", serde_json::to_string(whole)?)?;
    } else {
        let before =
            if bank.former_names.is_empty() { String::new() } else { format!(" (trước: {})", bank.former_names.join(", ")) };
        writeln!(out, "{}\t{}\t{}\t{}{before}", bank.bin, bank.code, bank.short_name, bank.vietnamese_name)?;
    }
    Ok(())
}
