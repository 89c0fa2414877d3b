//! The figures by day: filled for stalls that are older than the figures, summed for provinces and the nation, and recounted.

use crate::{
    app::{App, UseError},
    domain::{
        ids::StallId,
        scope::{Act, Viewer},
        time::Day,
    },
    store::{figures, markets, stalls},
};

/// How many stalls get their part in one write.
const PAGE: i64 = 200;

/// Gives every stall without a part in the figures its own; gives how many there were.
pub async fn fill(app: &App) -> Result<usize, UseError> {
    let mut filled = 0;
    loop {
        let page = std::sync::Arc::new(figures::without_part(&app.db, PAGE).await?);
        if page.is_empty() {
            return Ok(filled);
        }
        filled += page.len();
        app.db
            .write(move |tx| {
                let page = std::sync::Arc::clone(&page);
                Box::pin(async move {
                    let mut locked = None;
                    for (market, stall) in page.iter() {
                        // Whoever enrols there meanwhile would be counted twice.
                        if locked.replace(*market) != Some(*market) {
                            tx.lock_market(*market).await?;
                        }
                        tx.ledger().touch(*market, *stall);
                    }
                    Ok::<_, UseError>(())
                })
            })
            .await?;
    }
}

/// Sums the figures of provinces and of the nation anew.
pub async fn sum_places(app: &App) -> Result<(), UseError> {
    app.db.write(|tx| Box::pin(async move { Ok::<_, UseError>(figures::sum_places(tx).await?) })).await
}

/// Where figures are not what the stalls' histories give: one line each.
pub async fn differences(app: &App) -> Result<Vec<String>, UseError> {
    let mut found = Vec::new();
    for market in markets::all_ids(&app.db).await? {
        let scope = markets::enter_as(&app.db, "job", market).await?;
        let wrong = app
            .db
            .write(move |tx| {
                let scope = scope.clone();
                Box::pin(async move {
                    tx.lock_market(scope.market_id()).await?;
                    Ok::<_, UseError>(figures::differences(tx, &scope).await?)
                })
            })
            .await?;
        found.extend(wrong);
    }
    Ok(found)
}

/// A partner's line about a stall: paid on that many days of a month, from which file.
#[derive(Debug, Clone)]
pub struct PartnerLine {
    /// Which stall.
    pub stall_id: StallId,
    /// Any day of the month.
    pub month: Day,
    /// On how many days of it.
    pub active_days: i64,
}

/// Puts down a partner's list; what it says of other markets' stalls is refused as a whole.
pub async fn note_partner_usage(
    app: &App,
    viewer: &Viewer,
    market: crate::domain::ids::MarketId,
    source_file: &str,
    lines: Vec<PartnerLine>,
) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let now = app.clock.now();
    let work = std::sync::Arc::new((scope, source_file.to_owned(), lines));
    app.db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&work);
            Box::pin(async move {
                let (scope, file, lines) = &*work;
                tx.lock_market(scope.market_id()).await?;
                for line in lines {
                    stalls::find_in(tx, scope, line.stall_id).await?.ok_or(UseError::NotFound)?;
                    let days = line.active_days.clamp(0, 31);
                    figures::put_partner_usage(tx, scope, line.stall_id, (&line.month.month_key(), days), file, now).await?;
                }
                Ok(())
            })
        })
        .await
}
