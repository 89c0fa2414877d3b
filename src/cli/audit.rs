//! `choqr audit verify`: walks every chain, one line each; exit 1 when one does not hold.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::{config::DataArgs, store::audit};

/// `choqr audit …`
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Walks every chain. Prints `ok` or `BROKEN`, the chain, its number of events and the hash of its head, separated by
    /// tabs: a head kept elsewhere shows later whether the chain was made anew.
    Verify,
}

pub(super) async fn run(args: AuditArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let AuditCommand::Verify = args.command;
    let app = super::open_existing(&args.data).await?;
    let (mut chains, mut events, mut broken) = (0, 0, 0);
    for chain in audit::verify_each(&app.db).await? {
        chains += 1;
        let head = data_encoding::HEXLOWER.encode(&chain.head);
        match chain.broken {
            None => {
                events += chain.events;
                writeln!(out, "ok\t{}\t{}\t{head}", chain.chain, chain.events)?;
            }
            Some(found) => {
                broken += 1;
                writeln!(out, "BROKEN\t{}\tevent {}: {}\t{head}", found.chain, found.seq, found.what)?;
            }
        }
    }
    out.flush()?;
    if broken > 0 {
        anyhow::bail!("{broken} of {chains} audit chains do not hold");
    }
    eprintln!("{chains} audit chains with {events} events hold");
    Ok(())
}
