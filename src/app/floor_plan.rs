//! Changes of a market's floor plan: a row, a stall between two, two merged, one split. Each is noted, and the latest that was not taken
//! back can be taken back, as long as nobody has done anything at the stalls that it made.

use serde::{Deserialize, Serialize};

use crate::{
    app::{App, UseError, market_work::StallWish},
    clock::random,
    domain::{
        audit::Event,
        ids::{MarketId, PlanEditId, StallId, TenancyId, VendorId},
        scope::{Act, Viewer},
        stall::{Occupancy, StallCode},
        time::UnixMillis,
    },
    store::{
        StoreError, Tx,
        markets::{self, MarketScope},
        plan_edits, stall_facts, stall_lists,
        stalls::{self, NewStall, Stall},
    },
};

/// The widest a stall can be.
const WIDEST: i64 = 12;

/// What it takes to take a change back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Change {
    /// Stalls were made: those that are new, with the version they had.
    Row { made: Vec<(StallId, i64)> },
    /// A stall was made behind another.
    Insert { made: StallId, version: i64 },
    /// A stall took the place of the next one.
    Merge { stall: StallId, span: i64, gone: Gone },
    /// A stall gave up a place for a new one.
    Split { stall: StallId, span: i64, made: StallId, version: i64 },
}

impl Change {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Row { .. } => "row",
            Self::Insert { .. } => "insert",
            Self::Merge { .. } => "merge",
            Self::Split { .. } => "split",
        }
    }
}

/// A stall that was merged into its neighbour.
#[derive(Debug, Serialize, Deserialize)]
struct Gone {
    stall: StallId,
    code: String,
    zone: String,
    row: String,
    goods: Option<String>,
    occupancy: Occupancy,
    keeper: Option<(VendorId, TenancyId)>,
    span: i64,
}

async fn note(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: Option<StallId>,
    change: &Change,
    now: UnixMillis,
) -> Result<(), UseError> {
    let detail = serde_json::to_string(change).map_err(|_| StoreError::Damaged("plan_edits.detail"))?;
    let id = PlanEditId::generate(now, random());
    plan_edits::insert(tx, scope, id, (change.kind(), &detail), now).await?;
    event(tx, scope, id, stall, change.kind(), now);
    Ok(())
}

fn event(tx: &mut Tx<'_>, scope: &MarketScope, id: PlanEditId, stall: Option<StallId>, what: &str, now: UnixMillis) {
    let (actor, subject) = (scope.actor().to_owned(), id.to_string());
    let detail = serde_json::json!({ "change": what });
    tx.ledger().event(scope.market_id(), Event { at: now, actor, action: "plan.changed", subject, stall, detail });
}

async fn get(tx: &mut Tx<'_>, scope: &MarketScope, id: StallId) -> Result<Stall, UseError> {
    stalls::find_in(tx, scope, id).await?.ok_or(UseError::NotFound)
}

/// A stall next to another: same zone, same row, no goods of its own said.
async fn make_beside(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    beside: &Stall,
    code: &StallCode,
    now: UnixMillis,
) -> Result<Stall, UseError> {
    let stall_id = StallId::generate(now, random());
    let new = NewStall {
        stall_id,
        code: code.clone(),
        zone: Some(beside.zone.clone()),
        row: Some(beside.row_name.clone()),
        goods: beside.goods.clone(),
        occupancy: Occupancy::Vacant,
    };
    if !stalls::insert(tx, scope, &new, now).await? {
        return Err(UseError::invalid("/code", "code_taken", "the market has a stall of this code"));
    }
    get(tx, scope, stall_id).await
}

/// Makes a row of stalls; gives how many are new and how many stood there already.
pub async fn make_row(app: &App, viewer: &Viewer, market: MarketId, wishes: Vec<StallWish>) -> Result<(usize, usize), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let all = wishes.len();
    let made = super::market_work::make_stalls_in(app, scope.clone(), wishes).await?;
    let new: Vec<StallId> = made.iter().filter_map(|stall| stall.stall_id).collect();
    let (count, now) = (new.len(), app.clock.now());
    if count > 0 {
        app.db
            .write(move |tx| {
                let (scope, new) = (scope.clone(), new.clone());
                Box::pin(async move {
                    let change = Change::Row { made: new.into_iter().map(|stall| (stall, 1)).collect() };
                    note(tx, &scope, None, &change, now).await
                })
            })
            .await?;
    }
    Ok((count, all - count))
}

/// Puts a stall behind another one; it stands empty until somebody says who trades there.
pub async fn insert_after(app: &App, viewer: &Viewer, stall: StallId, code: StallCode) -> Result<(), UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::EditStalls, stall).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let (scope, code) = (scope.clone(), code.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let beside = get(tx, &scope, stall).await?;
                let made = make_beside(tx, &scope, &beside, &code, now).await?;
                let change = Change::Insert { made: made.stall_id, version: made.version };
                note(tx, &scope, Some(made.stall_id), &change, now).await
            })
        })
        .await
}

/// Merges the next stall of the row into this one. The next one must be untouched: nobody's, or the same keeper's without a code.
pub async fn merge(app: &App, viewer: &Viewer, stall: StallId, next: StallId) -> Result<(), UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::EditStalls, stall).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let (this, next) = (get(tx, &scope, stall).await?, get(tx, &scope, next).await?);
                if (&this.zone, &this.row_name) != (&next.zone, &next.row_name) || this.stall_id == next.stall_id {
                    return Err(UseError::Conflict("plan_other_row"));
                }
                let is_anothers = next.vendor_id.is_some() && next.vendor_id != this.vendor_id;
                if is_anothers || next.reached || next.with_code || next.frozen || this.span + next.span > WIDEST {
                    return Err(UseError::Conflict("plan_stall_in_use"));
                }
                let gone = Gone {
                    stall: next.stall_id,
                    code: next.code.clone(),
                    zone: next.zone.clone(),
                    row: next.row_name.clone(),
                    goods: next.goods.clone(),
                    occupancy: next.occupancy,
                    keeper: next.vendor_id.zip(next.tenancy_id),
                    span: next.span,
                };
                stall_lists::take_out(tx, &scope, &next, now).await?;
                plan_edits::put_span(tx, &scope, stall, this.span + next.span, now).await?;
                note(tx, &scope, Some(stall), &Change::Merge { stall, span: this.span, gone }, now).await
            })
        })
        .await
}

/// Splits a stall that takes several places: its last place becomes a stall of its own.
pub async fn split(app: &App, viewer: &Viewer, stall: StallId, code: StallCode) -> Result<(), UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::EditStalls, stall).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let (scope, code) = (scope.clone(), code.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let this = get(tx, &scope, stall).await?;
                if this.span < 2 {
                    return Err(UseError::Conflict("plan_one_place"));
                }
                plan_edits::put_span(tx, &scope, stall, this.span - 1, now).await?;
                let made = make_beside(tx, &scope, &this, &code, now).await?;
                let change = Change::Split { stall, span: this.span, made: made.stall_id, version: made.version };
                note(tx, &scope, Some(stall), &change, now).await
            })
        })
        .await
}

/// Takes the latest change back.
pub async fn undo(app: &App, viewer: &Viewer, market: MarketId) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let edit = plan_edits::latest_in(tx, &scope).await?.ok_or(UseError::Conflict("plan_nothing_to_undo"))?;
                let change: Change = serde_json::from_str(&edit.detail).map_err(|_| StoreError::Damaged("plan_edits.detail"))?;
                take_back(tx, &scope, change, now).await?;
                plan_edits::undone(tx, &scope, edit.edit_id, now).await?;
                event(tx, &scope, edit.edit_id, None, "undo", now);
                Ok(())
            })
        })
        .await
}

async fn take_back(tx: &mut Tx<'_>, scope: &MarketScope, change: Change, now: UnixMillis) -> Result<(), UseError> {
    match change {
        Change::Row { made } => {
            for (stall, version) in made {
                remove(tx, scope, stall, version, now).await?;
            }
        }
        Change::Insert { made, version } => remove(tx, scope, made, version, now).await?,
        Change::Split { stall, span, made, version } => {
            remove(tx, scope, made, version, now).await?;
            plan_edits::put_span(tx, scope, stall, span, now).await?;
        }
        Change::Merge { stall, span, gone } => {
            plan_edits::put_span(tx, scope, stall, span, now).await?;
            let code: StallCode = gone.code.parse().map_err(|_| StoreError::Damaged("plan_edits.detail"))?;
            let (zone, row) = (Some(gone.zone), Some(gone.row));
            let new = NewStall { stall_id: gone.stall, code, zone, row, goods: gone.goods, occupancy: gone.occupancy };
            if !stalls::insert(tx, scope, &new, now).await? {
                return Err(UseError::Conflict("plan_stall_in_use"));
            }
            if gone.span > 1 {
                plan_edits::put_span(tx, scope, gone.stall, gone.span, now).await?;
            }
            if let Some(keeper) = gone.keeper {
                let stall = get(tx, scope, gone.stall).await?;
                stall_facts::recompute(tx, scope, &stall, gone.occupancy, Some(keeper), now).await?;
            }
        }
    }
    Ok(())
}

/// Takes a stall out that a change had made, unless something has happened there since.
async fn remove(tx: &mut Tx<'_>, scope: &MarketScope, stall: StallId, version: i64, now: UnixMillis) -> Result<(), UseError> {
    match stalls::find_in(tx, scope, stall).await? {
        Some(stall) if stall.version == version => Ok(stall_lists::remove_stall(tx, scope, &stall, now).await?),
        Some(_) => Err(UseError::Conflict("plan_stall_in_use")),
        None => Ok(()),
    }
}

/// The code of a stall behind another: `A1-07` gives `A1-07A`, `A1-07A` gives `A1-07B`.
#[must_use]
pub fn next_code(code: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let bare = code.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let bare = if bare.ends_with(|c: char| c.is_ascii_digit()) { bare } else { code };
    ('A'..='Z').map(|letter| format!("{bare}{letter}")).find(|next| next.as_str() > code && !is_taken(next)).unwrap_or_default()
}
