//! `choqr market`: adds and lists markets, reads a market board's list.

use std::{io::Write, path::PathBuf};

use clap::{Args, Subcommand};

use super::refused::Refused;
use crate::{
    app::{
        App, UseError,
        market_work::{self, MarketWish},
        stall_lists::{self, Outcome},
    },
    config::DataArgs,
    domain::{
        ids::{MarketId, StallListId},
        market::MarketClass,
        place,
    },
    stall_list::Wishes,
    store::markets::{self, MarketScope},
    web::{list_words, words::Lang},
};

/// `choqr market …`
#[derive(Debug, Args)]
pub(super) struct MarketArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: MarketCommand,
}

#[derive(Debug, Subcommand)]
enum MarketCommand {
    /// Adds a market and prints its identifier.
    Add {
        /// Its name.
        #[arg(long)]
        name: String,
        /// The ward's code of five digits, as 01843 for Phường Bắc Kạn.
        #[arg(long, value_name = "CODE")]
        ward: String,
        /// 1, 2 or 3; without it the market has no class.
        #[arg(long, default_value = "")]
        class: String,
    },
    /// Lists markets: identifier, ward and name, separated by tabs.
    List,
    /// Reads a stall list from CSV or XLSX and writes it; prints how many rows of each outcome. Rows that a person has to look at are left out.
    Import {
        /// The list.
        file: PathBuf,
        /// The market's identifier, as `choqr market list` prints it.
        #[arg(long, value_name = "ID")]
        market: String,
        /// Which sheet of a workbook; without it the first one shown that holds a list.
        #[arg(long)]
        sheet: Option<String>,
        /// Says what would come of it and writes nothing.
        #[arg(long)]
        dry_run: bool,
        /// Writes what comes of each row into a CSV.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Takes a list back that was written less than 24 hours ago.
    UndoImport {
        /// The list's identifier, as `import` printed it.
        list: String,
        /// The market's identifier.
        #[arg(long, value_name = "ID")]
        market: String,
    },
}

pub(super) async fn run(args: MarketArgs, out: &mut impl Write) -> anyhow::Result<()> {
    super::places::bring(&args.data)?;
    match args.command {
        MarketCommand::Add { name, ward, class } => {
            let wish = wish(&name, ward, &class)?;
            // The first thing somebody does on a new machine may well be this.
            let app = super::open(&args.data).await?;
            let made = market_work::make_market_as(&app, "cli", wish).await.map_err(super::staff::explain)?;
            writeln!(out, "{}", made.market_id)?;
        }
        MarketCommand::List => {
            let app = super::open_existing(&args.data).await?;
            for id in markets::all_ids(&app.db).await? {
                let scope = markets::enter_as(&app.db, "cli", id).await?;
                writeln!(out, "{id}\t{}\t{}", scope.market().ward_code, scope.market().name)?;
            }
        }
        MarketCommand::Import { file, market, sheet, dry_run, report } => {
            let bytes = std::fs::read(&file).map_err(|error| Refused(format!("{}: {error}", file.display())))?;
            let app = super::open_existing(&args.data).await?;
            let scope = scope(&app, &market).await?;
            let wishes = Wishes { sheet, ..Wishes::default() };
            import(&app, scope, (&file, bytes), wishes, (dry_run, report), out).await?;
        }
        MarketCommand::UndoImport { list, market } => {
            let id: StallListId =
                list.parse().map_err(|_| Refused(format!("{list}: not a list's identifier; it looks like lst_0190…")))?;
            let app = super::open_existing(&args.data).await?;
            let scope = scope(&app, &market).await?;
            let undone = stall_lists::undo_in(&app, scope, id).await.map_err(refused)?;
            writeln!(out, "back\t{}\nkept\t{}", undone.back, undone.kept)?;
        }
    }
    Ok(())
}

async fn scope(app: &App, market: &str) -> anyhow::Result<MarketScope> {
    let unknown = || Refused(format!("--market {market}: there is no such market; `choqr market list` prints the identifiers"));
    let id: MarketId = market.parse().map_err(|_| unknown())?;
    Ok(markets::enter_as(&app.db, "cli", id).await.map_err(|_| unknown())?)
}

/// What was wrong, in words for whoever typed the command.
fn refused(error: UseError) -> anyhow::Error {
    match error {
        UseError::Invalid(problems) => {
            Refused(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")).into()
        }
        UseError::Conflict("list_too_old") => {
            Refused("the list was written more than 24 hours ago and cannot be taken back".to_owned()).into()
        }
        UseError::Conflict("list_not_written") => {
            Refused("the list is not in the book, or was taken back already".to_owned()).into()
        }
        UseError::NotFound => Refused("this market has no such list".to_owned()).into(),
        other => other.into(),
    }
}

async fn import(
    app: &App,
    scope: MarketScope,
    (file, bytes): (&std::path::Path, Vec<u8>),
    wishes: Wishes,
    (dry_run, report): (bool, Option<PathBuf>),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let named = |error| match refused(error).downcast::<Refused>() {
        Ok(Refused(what)) => Refused(format!("{}: {what}", file.display())).into(),
        Err(other) => other,
    };
    let (list, plan) = stall_lists::look(app, &scope, bytes.clone(), wishes.clone()).await.map_err(named)?;
    if list.entries.is_empty() {
        let what = "no header with a column of names or stalls (Họ và tên, Số sạp) was found";
        return Err(Refused(format!("{}: {what}; add one, or choose the columns on the page", file.display())).into());
    }
    if let Some(path) = report {
        let text = list_words::report(Lang::Vi.words(), &list, &plan.rows, true);
        std::fs::write(&path, text).map_err(|error| Refused(format!("--report {}: {error}", path.display())))?;
    }
    let counts = if dry_run {
        plan.counts
    } else {
        let name = file.to_string_lossy().into_owned();
        let written = stall_lists::import(app, scope, &name, bytes, wishes).await.map_err(named)?;
        writeln!(out, "list\t{}", written.list_id)?;
        written.counts
    };
    for outcome in Outcome::ALL {
        writeln!(out, "{outcome}\t{}", counts.of(*outcome))?;
    }
    if !list.more_lists.is_empty() {
        eprintln!(
            "only sheet `{}` was read; lists stand in these too, --sheet NAME takes one: {}",
            list.sheet,
            list.more_lists.join(", ")
        );
    }
    if counts.review > 0 {
        eprintln!("{} row(s) need a person; --report FILE says which and why", counts.review);
    }
    Ok(())
}

/// The market that the words describe; what is wrong with them is told before a database is opened.
fn wish(name: &str, ward: String, class: &str) -> Result<MarketWish, Refused> {
    let name = name.parse().map_err(|error| Refused(format!("--name: {error}")))?;
    if place::ward(&ward).is_none() {
        return Err(Refused(format!(
            "--ward {ward}: no ward has this code; it takes five digits, as in 01843 for Phường Bắc Kạn"
        )));
    }
    let class = class.parse::<MarketClass>().map_err(|_| {
        Refused(format!("--class {class}: it takes 1, 2 or 3, as in --class 2; leave it out for a market without one"))
    })?;
    Ok(MarketWish { ward_code: ward, name, class, contact_name: None, contact_phone: None, review_first: false })
}
