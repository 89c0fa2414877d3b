//! `choqr market`: adds and lists markets.

use clap::{Args, Subcommand};

use super::refused::Refused;
use crate::{
    app::market_work::{self, MarketWish},
    config::DataArgs,
    domain::market::MarketClass,
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
        /// The ward's code of five digits.
        #[arg(long, value_name = "CODE")]
        ward: String,
        /// 1, 2 or 3.
        #[arg(long, default_value = "")]
        class: String,
    },
    /// Lists markets: identifier, ward and name, separated by tabs.
    List,
}

pub(super) async fn run(args: MarketArgs) -> anyhow::Result<()> {
    let app = match &args.command {
        // The first thing somebody does on a new machine may well be this.
        MarketCommand::Add { .. } => super::open(&args.data).await?,
        MarketCommand::List => super::open_existing(&args.data).await?,
    };
    match args.command {
        MarketCommand::Add { name, ward, class } => {
            let wish = MarketWish {
                ward_code: ward,
                name: name.parse().map_err(|error| Refused(format!("--name: {error}")))?,
                class: class.parse::<MarketClass>().map_err(|error| Refused(format!("--class: {error}")))?,
                contact_name: None,
                contact_phone: None,
                review_first: false,
            };
            let made = market_work::make_market_as(&app, "cli", wish).await.map_err(super::staff::explain)?;
            println!("{}", made.market_id);
        }
        MarketCommand::List => {
            for id in markets::all_ids(&app.db).await? {
                let scope = markets::enter_as(&app.db, "cli", id).await?;
                println!("{id}\t{}\t{}", scope.market().ward_code, scope.market().name);
            }
        }
    }
    Ok(())
}
