//! `choqr report`: a market's or a ward's report of a period as PDF, XLSX or CSV.

use std::{io::Write, path::PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::refused::Refused;
use crate::{
    app::report,
    config::DataArgs,
    domain::{ids::MarketId, period::Period},
    web::report::{Format, write},
};

/// `choqr report …`
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The market's identifier, as `choqr market list` prints it.
    #[arg(long, value_name = "ID", conflicts_with = "ward", required_unless_present = "ward")]
    market: Option<String>,
    /// The ward's code of five digits: all its markets together.
    #[arg(long, value_name = "CODE")]
    ward: Option<String>,
    /// 2026-11, 2026-Q4, 2026-H2, 2026, 2026-W47 or 2026-11-01..2026-11-30; `:nd09` behind it takes the cut-offs of NĐ 09.
    #[arg(long)]
    period: String,
    /// pdf, xlsx or csv.
    #[arg(long)]
    format: String,
    /// Where it is written; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) async fn run(args: ReportArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let period: Period = args.period.parse().map_err(|error| Refused(format!("--period {}: {error}", args.period)))?;
    let format: Format =
        args.format.parse().map_err(|_| Refused(format!("--format {}: it takes pdf, xlsx or csv", args.format)))?;
    let market = args.market.as_deref().map(str::parse::<MarketId>).transpose();
    let market = market.map_err(|_| Refused("--market: an identifier as `choqr market list` prints it".to_owned()))?;
    let app = super::open_existing(&args.data).await?;
    let made = match (market, &args.ward) {
        (Some(id), _) => report::of_market_as(&app, "cli", id, period).await,
        (None, Some(code)) => report::of_ward_as(&app, "cli", code, period).await,
        (None, None) => return Err(Refused("say --market or --ward".to_owned()).into()),
    };
    let report = made.map_err(|error| match error {
        crate::app::UseError::NotFound => Refused("there is no such market, or the ward has none".to_owned()).into(),
        other => anyhow::Error::new(other),
    })?;
    let bytes = write(&report, format)?;
    let ids = match (market, &args.ward) {
        (Some(id), _) => vec![id],
        (None, Some(code)) => crate::store::markets::ids_of_ward(&app.db, code).await?,
        (None, None) => Vec::new(),
    };
    report::note_export_as(&app, "cli", ids, (period, format.as_str())).await.map_err(anyhow::Error::new)?;
    match &args.out {
        Some(path) => std::fs::write(path, bytes).with_context(|| format!("-o {}", path.display()))?,
        None => out.write_all(&bytes)?,
    }
    Ok(())
}
