//! Work that nobody waits for: account changes whose waiting time is over, what expires by time alone, and the nightly
//! recount.

use std::time::Duration;

use tokio::sync::watch;

use crate::{
    app::{App, UseError, change_account, figures, recount as app_recount, stall_lists},
    domain::{
        audit::Event,
        ids::{MarketId, StallId},
        time::{Day, UnixMillis},
    },
    store::{Retry, StoreError, Tx, markets, recount, settings, stall_facts, stalls},
};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_mins(1);
/// How many stalls are looked at in one go.
const PAGE: i64 = 500;

/// The setting that keeps the day whose night's work is done. Over a nation that work takes minutes of the writer: a restart
/// must not do it again, nor each of several nodes.
const NIGHT: &str = "night_done";

/// The day whose night's work is done, if any.
async fn night_done(app: &App) -> Option<Day> {
    let kept = settings::find(&app.db, NIGHT).await;
    kept.inspect_err(|error| tracing::warn!(error = error as &dyn std::error::Error, "the night's work may be done twice"))
        .ok()
        .flatten()
        .and_then(|day| day.parse().ok())
}

/// Says that a day's night's work is done.
pub async fn night_is_done(tx: &mut Tx<'_>, day: Day) -> Result<(), StoreError> {
    settings::set(tx, NIGHT, &day.to_string()).await
}

/// Runs the schedules until `stop` turns true: just after each midnight in Vietnam, and once at start for whatever was
/// missed while the program was not running.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut done_for = night_done(&app).await;
    loop {
        let now = app.clock.now();
        if let Err(error) = change_account::take_force(&app, now).await {
            tracing::error!(error = &error as &dyn std::error::Error, "account changes wait for the next minute");
        }
        if done_for != Some(now.day()) {
            // Over a nation it takes minutes, and whoever stops the program does not wait for it: every step of it is a write
            // of its own, and what was not reached is done at the next start.
            let done = tokio::select! {
                done = nightly(&app, now) => done,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match done {
                Ok(()) => {
                    done_for = Some(now.day());
                    let day = now.day();
                    let kept: Result<(), StoreError> =
                        app.db.write(move |tx| Box::pin(async move { night_is_done(tx, day).await })).await;
                    if let Err(error) = kept {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the night's work may be done twice");
                    }
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the nightly work failed; it is tried again");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// One night's work.
pub async fn nightly(app: &App, now: UnixMillis) -> Result<(), UseError> {
    let changed = change_account::take_force(app, now).await?;
    let expired = expire(app, now).await?;
    stall_lists::forget_drafts(app, now).await?;
    let differences = recount::differences(&app.db).await?;
    for difference in &differences {
        tracing::error!(market = %difference.market_id, counter = difference.counter, stored = difference.stored, counted = difference.counted, "a counter differs from its recount");
    }
    let filled = figures::fill(app).await?;
    figures::sum_places(app).await?;
    let figures_wrong = figures::differences(app).await?;
    for line in &figures_wrong {
        tracing::error!(line, "a figure differs from its recount");
    }
    let stale = app_recount::stale_states(app, now).await?;
    for (market, stall) in &stale {
        tracing::error!(%market, %stall, "a stall's state is not what its facts give");
    }
    tracing::info!(
        stale = stale.len(),
        changed,
        expired,
        filled,
        figures = figures_wrong.len(),
        differences = differences.len(),
        "nightly work done"
    );
    Ok(())
}

/// Records what has changed by time alone: a use older than 30 days, a check older than 90. A stall that fails is told in the
/// log and the others go on; an error that may pass is given back at the end, so that the night's work is tried again.
pub async fn expire(app: &App, now: UnixMillis) -> Result<usize, UseError> {
    let (mut count, mut after, mut passing) = (0, None, None);
    loop {
        let page = stalls::expired(&app.db, now, after, PAGE).await?;
        let Some(last) = page.last() else { return passing.map_or(Ok(count), Err) };
        after = Some(*last);
        for (market, stall, _) in page {
            match expire_one(app, market, stall, now).await {
                Ok(has_changed) => count += usize::from(has_changed),
                Err(error) => {
                    tracing::error!(%market, %stall, error = &error as &dyn std::error::Error, "a stall did not expire");
                    if error.is_retryable() || matches!(error, UseError::Store(StoreError::Busy)) {
                        passing = Some(error);
                    }
                }
            }
        }
    }
}

/// The same for one stall; `false` when another node was there first.
async fn expire_one(app: &App, market: MarketId, stall_id: StallId, now: UnixMillis) -> Result<bool, UseError> {
    let scope = markets::enter_as(&app.db, "job", market).await?;
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let stall = stalls::find_in(tx, &scope, stall_id).await?.ok_or(UseError::NotFound)?;
                if stall.expires_at_ms.is_none_or(|at| at > now) {
                    return Ok(false);
                }
                let before = stall.state();
                let after = stall_facts::refresh(tx, &scope, &stall, now).await?;
                let detail = serde_json::json!({ "from": before.progress, "to": after.progress, "verified": after.verified });
                tx.ledger().event(
                    market,
                    Event {
                        at: now,
                        actor: "job".to_owned(),
                        action: "stall.expired",
                        subject: stall_id.to_string(),
                        stall: Some(stall_id),
                        detail,
                    },
                );
                Ok(true)
            })
        })
        .await
}
