//! One file a command. Data goes to standard output, messages to standard error. Exit 0: done; 2: the input was
//! refused, and the message says what and where; 1: anything else.

mod audit;
mod backup;
mod banks;
mod check;
pub mod demo;
mod market;
mod places;
mod qr;
mod qr_read;
pub mod refused;
mod report;
mod serve;
mod staff;
pub mod sticker;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    app::{App, UseError},
    clock::Clock,
    config::DataArgs,
    print::Fonts,
    store::{Db, OpenError, SchemaError},
    web::fonts,
};
use refused::Refused;

/// Turns a traditional market into a cashless one.
#[derive(Debug, Parser)]
#[command(name = "choqr", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a small fictional market; prints its address and one sign-in per role.
    Demo(demo::DemoArgs),
    /// Serves.
    Serve(serve::ServeArgs),
    /// Brings the schema up to date and ends.
    Migrate(DataArgs),
    /// Payment codes: writes, reads, compares, finds in photos.
    #[command(subcommand)]
    Qr(qr::QrCommand),
    /// The bank directory: every bank, or those that a text may mean.
    Banks(banks::BanksArgs),
    /// Which commune of today a name or a code means, also one of before July 2025.
    Places(places::PlacesArgs),
    /// Stickers without a database.
    #[command(subcommand)]
    Sticker(sticker::StickerCommand),
    /// Markets.
    Market(market::MarketArgs),
    /// A report of a period, of a market or a ward.
    Report(report::ReportArgs),
    /// Members of staff.
    Staff(staff::StaffArgs),
    /// Writes a whole copy of the database to a file; the key is never in it.
    Backup(backup::BackupArgs),
    /// Puts a backup in place, or makes a new key file from the recovery key.
    Restore(backup::RestoreArgs),
    /// The hash chains of everything that was done.
    Audit(audit::AuditArgs),
    /// Looks the installation over: database, key, counters, audit chains.
    Check(DataArgs),
}

/// Reads the command line and runs it.
#[must_use]
pub fn main() -> ExitCode {
    crate::telemetry::begin();
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if is_closed_pipe(&error) {
                return ExitCode::SUCCESS;
            }
            eprintln!("choqr: {error:#}");
            let refused =
                error.is::<Refused>() || matches!(error.downcast_ref(), Some(UseError::Invalid(_) | UseError::Conflict(_)));
            ExitCode::from(if refused { 2 } else { 1 })
        }
    }
}

/// Whether the reader of our output went away, as `head` does: that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe))
}

fn run(command: Command) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match command {
        Command::Demo(args) => block_on(demo::run(args, &mut out)),
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Migrate(data) => block_on(async {
            open(&data).await?;
            eprintln!("schema {}", crate::store::newest_schema());
            Ok(())
        }),
        Command::Qr(command) => qr::run(command, &mut io::stdin().lock(), &mut out),
        Command::Banks(args) => banks::run(&args, &mut out),
        Command::Places(args) => block_on(places::run(&args, &mut out)),
        Command::Sticker(command) => {
            let fonts = Fonts::new(fonts::REGULAR, fonts::SEMIBOLD, fonts::BOLD)?;
            sticker::run(&command, &fonts, Clock::System.now(), &mut out)
        }
        Command::Market(args) => block_on(market::run(args, &mut out)),
        Command::Report(args) => block_on(report::run(args, &mut out)),
        Command::Staff(args) => block_on(staff::run(args, &mut out)),
        Command::Backup(args) => block_on(backup::backup(args)),
        Command::Restore(args) => block_on(backup::restore(args)),
        Command::Audit(args) => block_on(audit::run(args, &mut out)),
        Command::Check(data) => block_on(check::run(data, &mut out)),
    }?;
    out.flush()?;
    Ok(())
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// Names the setting behind a database that could not be opened. What can be put right on the command line was refused.
fn explain_open(error: OpenError) -> anyhow::Error {
    match error {
        OpenError::Url => Refused(format!("--database-url (CHOQR_DATABASE_URL): {error}")).into(),
        OpenError::Key(_) | OpenError::KeyMissing(_) => Refused(format!("--key-file (CHOQR_KEY_FILE): {error}")).into(),
        OpenError::Missing(_) => {
            let places = "--data-dir (CHOQR_DATA_DIR) or --database-url (CHOQR_DATABASE_URL) says where it is";
            Refused(format!("{error}; {places}; `choqr serve` makes a new one")).into()
        }
        OpenError::Schema(
            SchemaError::Newer { .. } | SchemaError::Older { .. } | SchemaError::NotOurs | SchemaError::Changed(_),
        ) => Refused(format!("--database-url (CHOQR_DATABASE_URL): {error}")).into(),
        other => anyhow::Error::new(other).context("--database-url (CHOQR_DATABASE_URL)"),
    }
}

/// Opens the database as it is. A wrong path makes no new one.
async fn open_existing(data: &DataArgs) -> anyhow::Result<App> {
    places::bring(data)?;
    let db = Db::open_existing(&data.url(), &data.key_path()).await.map_err(explain_open)?;
    Ok(App::new(db, Clock::System))
}

/// Opens the database to run on it, and says so when it has just been made: where, and its recovery key.
async fn open(data: &DataArgs) -> anyhow::Result<App> {
    places::bring(data)?;
    if let Some(file) = data.sqlite_file() {
        data.make_dir().map_err(|error| Refused(format!("--data-dir (CHOQR_DATA_DIR) {}: {error}", data.data_dir.display())))?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Refused(format!("--database-url (CHOQR_DATABASE_URL): there is no folder {}", folder.display())).into());
        }
    }
    let opened = Db::open(&data.url(), &data.key_path()).await.map_err(explain_open)?;
    if let Some(key) = opened.recovery_key {
        eprintln!("a new database was made{}", data.sqlite_file().map_or(String::new(), |file| format!(": {}", file.display())));
        eprintln!("key file made: {}", data.key_path().display());
        eprintln!("recovery key, shown only now; write it on paper and keep it apart from this machine:");
        eprintln!("  {}", *key);
    }
    Ok(App::new(opened.db, Clock::System))
}
