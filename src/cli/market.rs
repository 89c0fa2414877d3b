//! `choqr market`: adds and lists markets.

use std::io::Write;

use clap::{Args, Subcommand};

use super::refused::Refused;
use crate::{
    app::market_work::{self, MarketWish},
    config::DataArgs,
    domain::{market::MarketClass, place},
    store::markets,
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
}

pub(super) async fn run(args: MarketArgs, out: &mut impl Write) -> anyhow::Result<()> {
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
