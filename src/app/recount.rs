//! The recount: counters against stalls, stalls against facts. It reports and changes nothing.

use crate::{
    app::{App, UseError},
    domain::{
        ids::{MarketId, StallId},
        time::UnixMillis,
    },
    store::{markets, recount},
};

/// How many stalls are computed again in one go: a few milliseconds, so that other writes do not wait for long.
const PAGE: i64 = 50;

/// Every stall, in any market, whose stored state its facts do not give.
pub async fn stale_states(app: &App, now: UnixMillis) -> Result<Vec<(MarketId, StallId)>, UseError> {
    let mut found = Vec::new();
    for market in markets::all_ids(&app.db).await? {
        let scope = markets::enter_as(&app.db, "job", market).await?;
        let mut after = String::new();
        loop {
            let (scope, from) = (scope.clone(), after.clone());
            let (stale, last) = app
                .db
                .write(move |tx| {
                    let (scope, from) = (scope.clone(), from.clone());
                    Box::pin(async move {
                        tx.lock_market(scope.market_id()).await?;
                        Ok::<_, UseError>(recount::stale_states(tx, &scope, &from, PAGE, now).await?)
                    })
                })
                .await?;
            found.extend(stale.into_iter().map(|stall| (market, stall)));
            match last {
                Some(stall) => after = stall.to_string(),
                None => break,
            }
        }
    }
    Ok(found)
}
