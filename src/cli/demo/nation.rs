//! `choqr demo --nation`: a fictional nation, for measuring and for looking at what is above one market.
//!
//! A seed and the day decide every identifier, name, number and moment; only keys and the nonces of what is sealed differ from
//! one making to the next. Each stall is told as facts (visits, enrolments, codes, scans) and its state computed from them by
//! [`adoption::state`](crate::domain::adoption::state), so that a recount and `choqr check` find nothing. Consents, stickers and
//! an audit event a stall are left out: a chain begins with its market's making and ends there.

mod dice;
mod market;
mod names;
mod plan;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::sync::mpsc;

use crate::{
    app::{App, UseError},
    domain::{audit::Event, ids::MarketId, sticker::numbered, time::UnixMillis},
    store::{
        bulk::{self, MarketRows},
        markets::{self, NewMarket},
        settings,
    },
};
pub use plan::Size;

/// What the nation is drawn from: the same seed and day give the same nation.
pub const SEED: u64 = 20_261_123;
/// The setting that says that a nation is whole, and which.
const MADE: &str = "demo_nation";
/// Stalls that share a transaction: some 40 MB of rows, half a second to write.
const STALLS_A_WRITE: usize = 30_000;

/// How far the making is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Markets written.
    pub markets: usize,
    /// Of so many.
    pub of: usize,
    /// Stalls written.
    pub stalls: usize,
    /// Vendors written.
    pub vendors: usize,
}

/// Some markets that are written together.
struct Batch {
    new: Vec<NewMarket>,
    rows: Vec<MarketRows>,
}

/// Whether this database holds a whole nation of that size; an error when it holds anything else.
pub async fn is_made(app: &App, size: Size) -> anyhow::Result<bool> {
    let word = format!("{SEED} {}", size.markets);
    match settings::find(&app.db, MADE).await? {
        Some(made) if made == word => Ok(true),
        Some(made) => anyhow::bail!("the database holds another nation ({made}, not {word}): give an empty one"),
        None if markets::all_ids(&app.db).await?.is_empty() => Ok(false),
        None => anyhow::bail!("the database holds markets already, perhaps of a making that was broken off: give an empty one"),
    }
}

/// Makes a nation in an empty database and gives its first market, which lies in the demo's ward.
///
/// Rows are thought out and sealed on one thread while another's are being written.
pub async fn make(app: &App, size: Size, mut told: impl FnMut(Progress)) -> anyhow::Result<MarketId> {
    let now = app.clock.now();
    let plans = plan::markets(SEED, size);
    let (of, first) = (plans.len(), plans.first().context("a nation has a market")?.market_id(SEED, now));
    let (give, mut take) = mpsc::channel::<Batch>(1);
    let keys = app.db.clone();
    let thinking = tokio::task::spawn_blocking(move || {
        let maker = market::Maker::new(keys.keys(), SEED, now);
        let mut batch = Batch { new: Vec::new(), rows: Vec::new() };
        let mut held = 0;
        for (at, plan) in plans.iter().enumerate() {
            let (new, rows) = maker.market(plan)?;
            held += rows.stalls.len();
            batch.new.push(new);
            batch.rows.push(rows);
            if held >= STALLS_A_WRITE || at + 1 == plans.len() {
                let whole = std::mem::replace(&mut batch, Batch { new: Vec::new(), rows: Vec::new() });
                held = 0;
                if give.blocking_send(whole).is_err() {
                    break;
                }
            }
        }
        Ok::<_, anyhow::Error>(())
    });
    let mut progress = Progress { markets: 0, of, stalls: 0, vendors: 0 };
    while let Some(mut batch) = take.recv().await {
        number(app, &mut batch).await?;
        progress.markets += batch.new.len();
        progress.stalls += batch.rows.iter().map(|market| market.stalls.len()).sum::<usize>();
        progress.vendors += batch.rows.iter().map(|market| market.vendors.len()).sum::<usize>();
        write(app, Arc::new(batch), now).await?;
        told(progress);
    }
    thinking.await??;
    seal_off(app, size, now).await?;
    Ok(first)
}

/// Gives each enrolment of a batch its receipt, from the installation's own series.
async fn number(app: &App, batch: &mut Batch) -> anyhow::Result<()> {
    let count = batch.rows.iter().map(|market| market.enrolments.len()).sum();
    let numbers = app.receipts.take(&app.db, count).await?;
    let enrolments = batch.rows.iter_mut().flat_map(|market| &mut market.enrolments);
    for (enrolment, number) in enrolments.zip(numbers) {
        enrolment.receipt = numbered("PN", number);
    }
    Ok(())
}

/// Writes a batch: the markets as anywhere else, what stands in them in bulk. A busy file is waited for.
async fn write(app: &App, batch: Arc<Batch>, now: UnixMillis) -> anyhow::Result<()> {
    loop {
        let batch = Arc::clone(&batch);
        let done: Result<(), UseError> = app
            .db
            .write(move |tx| {
                let batch = Arc::clone(&batch);
                Box::pin(async move {
                    for new in &batch.new {
                        if !markets::insert(tx, new, now).await? {
                            return Err(UseError::Conflict("name_taken"));
                        }
                        tx.ledger().event(new.market_id, made(new, now));
                    }
                    Ok(bulk::insert(tx, &batch.rows, now).await?)
                })
            })
            .await;
        match done {
            Err(UseError::Store(crate::store::StoreError::Busy)) => tokio::time::sleep(Duration::from_millis(200)).await,
            done => return Ok(done?),
        }
    }
}

fn made(new: &NewMarket, now: UnixMillis) -> Event {
    Event {
        at: now,
        actor: "demo".to_owned(),
        action: "market.made",
        subject: new.market_id.to_string(),
        stall: None,
        detail: serde_json::json!({ "ward_code": new.ward_code, "class": new.class }),
    }
}

/// Says that the nation is whole, and that this night's work is done: nothing in it is due before tomorrow.
async fn seal_off(app: &App, size: Size, now: UnixMillis) -> anyhow::Result<()> {
    let word = format!("{SEED} {}", size.markets);
    let done: Result<(), UseError> = app
        .db
        .write(move |tx| {
            let word = word.clone();
            Box::pin(async move {
                settings::set(tx, MADE, &word).await?;
                Ok(crate::jobs::night_is_done(tx, now.day()).await?)
            })
        })
        .await;
    Ok(done?)
}
