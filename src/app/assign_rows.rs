//! Who walks which rows of a market.

use crate::{
    app::{App, UseError},
    domain::{
        audit::Event,
        ids::{MarketId, StaffId},
        scope::{Act, Viewer},
    },
    store::{markets, row_assignments},
};

/// A row of a market.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowOfStalls {
    /// The part of the market.
    pub zone: String,
    /// The row.
    pub row: String,
}

/// Gives rows to people, or to nobody; whoever does not work in this market's field is refused.
pub async fn assign(
    app: &App,
    viewer: &Viewer,
    market: MarketId,
    wishes: Vec<(RowOfStalls, Option<StaffId>)>,
) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let walkers = row_assignments::walkers(&app.db, &scope).await?;
    let is_known = |who: &StaffId| walkers.iter().any(|walker| walker.staff_id == *who);
    if wishes.iter().any(|(_, who)| who.as_ref().is_some_and(|who| !is_known(who))) {
        return Err(UseError::invalid("/staff_id", "staff_unknown", "nobody of this market's field work"));
    }
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let (scope, wishes) = (scope.clone(), wishes.clone());
            Box::pin(async move {
                for (row, who) in &wishes {
                    row_assignments::put(tx, &scope, (&row.zone, &row.row), *who, now).await?;
                    let subject = who.map_or_else(|| "nobody".to_owned(), |who| who.to_string());
                    let (actor, detail) = (scope.actor().to_owned(), serde_json::json!({ "zone": row.zone, "row": row.row }));
                    let event = Event { at: now, actor, action: "row.assigned", subject, stall: None, detail };
                    tx.ledger().event(scope.market_id(), event);
                }
                Ok(())
            })
        })
        .await
}
