//! A market board's list becomes the market's book: kept, previewed, put right, written in one go, taken back.
//!
//! A preview writes nothing of the list. What is written is what was seen: the preview carries a digest of its outcomes, and a
//! write that would give others is refused. No payment code is made from a list, whatever account it names.

mod plan;
mod undo;
mod write;

use std::sync::Arc;

pub use plan::{Counts, Outcome, Plan, Planned, Step};

use crate::{
    app::{App, UseError},
    clock::random,
    domain::{
        audit::Event,
        ids::{MarketId, StallListId},
        scope::{Act, Viewer},
        time::{DAY_MS, UnixMillis},
    },
    stall_list::{self, Column, Correction, List, ListError, Wishes},
    store::{
        StoreError, Tx,
        markets::{self, MarketScope},
        stall_lists::{self, Kept, ListState},
    },
};

/// A draft is kept for a day.
pub const DRAFT_LASTS_MS: i64 = DAY_MS;
/// A list can be taken back for a day.
pub const UNDO_LASTS_MS: i64 = DAY_MS;
/// How many lists are read at once: a workbook of eight megabytes takes some tens of megabytes while it is.
static READING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// A list with what would come of it.
#[derive(Debug)]
pub struct Preview {
    /// What the history knows of it.
    pub kept: Kept,
    /// The rows.
    pub list: Arc<List>,
    /// What would come of each.
    pub plan: Plan,
    /// What was wished and put right.
    pub wishes: Wishes,
}

/// What a write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The list, for an undo.
    pub list_id: StallListId,
    /// How many rows of each outcome.
    pub counts: Counts,
}

fn refused(error: &ListError) -> UseError {
    UseError::invalid("/file", error.code(), error.to_string())
}

/// Reads a list on a thread of its own.
async fn read(bytes: Vec<u8>, wishes: Wishes) -> Result<(Arc<List>, Vec<u8>), UseError> {
    let _turn = READING.acquire().await.map_err(|_| UseError::Store(StoreError::Busy))?;
    tokio::task::spawn_blocking(move || stall_list::read(&bytes, &wishes).map(|list| (Arc::new(list), bytes)))
        .await
        .map_err(|_| UseError::invalid("/file", "list_damaged", "the file could not be read"))?
        .map_err(|error| refused(&error))
}

/// Keeps a file as a draft, when it can be read at all.
pub async fn keep(app: &App, viewer: &Viewer, market: MarketId, name: &str, bytes: Vec<u8>) -> Result<StallListId, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let (_, bytes) = read(bytes, Wishes::default()).await?;
    let (now, name) = (app.clock.now(), file_name(name));
    let id = StallListId::generate(now, random());
    let work = Arc::new((scope, bytes, name));
    app.db
        .write(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (scope, bytes, name) = &*work;
                stall_lists::insert(tx, scope, id, (name, bytes), "{}", now).await.map_err(UseError::from)
            })
        })
        .await?;
    Ok(id)
}

/// The last part of a path, at most 120 characters, without what nobody can see.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    crate::payment_code::fold::nfc_clean(last).chars().take(120).collect()
}

async fn draft(app: &App, scope: &MarketScope, id: StallListId) -> Result<(Kept, Arc<List>, Wishes), UseError> {
    let kept = stall_lists::find(&app.db, scope, id).await?.ok_or(UseError::NotFound)?;
    let Some((bytes, wishes)) = stall_lists::file(&app.db, scope, id).await? else {
        return Err(UseError::Conflict("list_no_draft"));
    };
    let wishes: Wishes = serde_json::from_str(&wishes).map_err(|_| StoreError::Damaged("stall_lists.wishes"))?;
    let (list, _) = read(bytes, wishes.clone()).await?;
    Ok((kept, list, wishes))
}

/// What would come of a draft now.
pub async fn preview(app: &App, viewer: &Viewer, market: MarketId, id: StallListId) -> Result<Preview, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let (kept, list, wishes) = draft(app, &scope, id).await?;
    let book = stall_lists::book(&app.db, &scope).await?;
    let plan = plan::plan(&list, &wishes, &book, app.db.keys());
    Ok(Preview { kept, list, plan, wishes })
}

async fn change(
    app: &App,
    viewer: &Viewer,
    (market, id): (MarketId, StallListId),
    change: impl FnOnce(&mut Wishes) + Send,
) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let Some((_, wishes)) = stall_lists::file(&app.db, &scope, id).await? else { return Err(UseError::NotFound) };
    let mut wishes: Wishes = serde_json::from_str(&wishes).map_err(|_| StoreError::Damaged("stall_lists.wishes"))?;
    change(&mut wishes);
    let text = serde_json::to_string(&wishes).map_err(|_| StoreError::Damaged("stall_lists.wishes"))?;
    app.db
        .write(move |tx| {
            let (scope, text) = (scope.clone(), text.clone());
            Box::pin(async move {
                if stall_lists::put_wishes(tx, &scope, id, &text).await? {
                    Ok(())
                } else {
                    Err(UseError::Conflict("list_no_draft"))
                }
            })
        })
        .await
}

/// Says which sheet is read and what its columns hold.
pub async fn choose_columns(
    app: &App,
    viewer: &Viewer,
    at: (MarketId, StallListId),
    sheet: Option<String>,
    columns: Option<Vec<Option<Column>>>,
) -> Result<(), UseError> {
    change(app, viewer, at, move |wishes| {
        // Rows of another sheet are other rows.
        if sheet.is_some() && sheet != wishes.sheet {
            wishes.corrections.clear();
        }
        wishes.sheet = sheet.or_else(|| wishes.sheet.take());
        wishes.columns = columns;
    })
    .await
}

/// Puts a row right, or takes a correction back with `None`.
pub async fn correct(
    app: &App,
    viewer: &Viewer,
    at: (MarketId, StallListId),
    row: u32,
    correction: Option<Correction>,
) -> Result<(), UseError> {
    change(app, viewer, at, move |wishes| {
        match correction {
            Some(correction) => wishes.corrections.insert(row, correction),
            None => wishes.corrections.remove(&row),
        };
    })
    .await
}

/// Throws a draft away.
pub async fn throw_away(app: &App, viewer: &Viewer, market: MarketId, id: StallListId) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move { stall_lists::throw_away(tx, &scope, id).await.map_err(UseError::from) })
        })
        .await
}

/// Writes a draft, when what comes of it is what was seen.
pub async fn write(app: &App, viewer: &Viewer, market: MarketId, id: StallListId, seen: &str) -> Result<Written, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let (_, list, wishes) = draft(app, &scope, id).await?;
    write_list(app, scope, id, (list, wishes), Some(seen.to_owned())).await
}

async fn write_list(
    app: &App,
    scope: MarketScope,
    id: StallListId,
    (list, wishes): (Arc<List>, Wishes),
    seen: Option<String>,
) -> Result<Written, UseError> {
    let now = app.clock.now();
    let work = Arc::new((scope, list, wishes, seen));
    app.db
        .write(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (scope, list, wishes, seen) = &*work;
                tx.lock_market(scope.market_id()).await?;
                let book = stall_lists::book_in(tx, scope).await?;
                let plan = plan::plan(list, wishes, &book, tx.keys());
                if seen.as_ref().is_some_and(|seen| *seen != plan.digest) {
                    return Err(UseError::Conflict("list_changed"));
                }
                let counts = serde_json::to_string(&plan.counts).map_err(|_| StoreError::Damaged("stall_lists.counts"))?;
                if !stall_lists::written(tx, scope, id, &counts, now).await? {
                    return Err(UseError::Conflict("list_no_draft"));
                }
                write::apply(tx, scope, id, (list, &plan), &book, now).await?;
                event(tx, scope, id, "stall_list.written", serde_json::json!({ "counts": plan.counts }), now);
                Ok(Written { list_id: id, counts: plan.counts })
            })
        })
        .await
}

fn event(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: StallListId,
    action: &'static str,
    detail: serde_json::Value,
    now: UnixMillis,
) {
    let (actor, subject) = (scope.actor().to_owned(), id.to_string());
    tx.ledger().event(scope.market_id(), Event { at: now, actor, action, subject, stall: None, detail });
}

/// What was taken back, and how many stalls stayed because somebody has been there since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// Stalls that are as they were before.
    pub back: usize,
    /// Stalls that stayed as they are.
    pub kept: usize,
}

/// Takes a whole list back, except where something has happened since.
pub async fn undo(app: &App, viewer: &Viewer, market: MarketId, id: StallListId) -> Result<Undone, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    undo_in(app, scope, id).await
}

/// The same in a market whose scope is at hand.
pub async fn undo_in(app: &App, scope: MarketScope, id: StallListId) -> Result<Undone, UseError> {
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let kept = stall_lists::find_in(tx, &scope, id).await?.ok_or(UseError::NotFound)?;
                match (kept.state()?, kept.written_at_ms) {
                    (ListState::Written, Some(at)) if now.0 - at.0 <= UNDO_LASTS_MS => {}
                    (ListState::Written, _) => return Err(UseError::Conflict("list_too_old")),
                    _ => return Err(UseError::Conflict("list_not_written")),
                }
                let undone = undo::apply(tx, &scope, id, now).await?;
                stall_lists::undone(tx, &scope, id, now).await?;
                event(tx, &scope, id, "stall_list.undone", serde_json::json!({ "back": undone.back, "kept": undone.kept }), now);
                Ok(undone)
            })
        })
        .await
}

/// The lists of a market, latest first.
pub async fn history(app: &App, viewer: &Viewer, market: MarketId) -> Result<Vec<Kept>, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    Ok(stall_lists::list(&app.db, &scope, 20).await?)
}

/// A list without a draft, for the command line: what would come of it.
pub async fn look(app: &App, scope: &MarketScope, bytes: Vec<u8>, wishes: Wishes) -> Result<(Arc<List>, Plan), UseError> {
    let (list, _) = read(bytes, wishes.clone()).await?;
    let book = stall_lists::book(&app.db, scope).await?;
    let plan = plan::plan(&list, &wishes, &book, app.db.keys());
    Ok((list, plan))
}

/// Writes a list in one step, for the command line.
pub async fn import(app: &App, scope: MarketScope, name: &str, bytes: Vec<u8>, wishes: Wishes) -> Result<Written, UseError> {
    let (list, bytes) = read(bytes, wishes.clone()).await?;
    let (now, name) = (app.clock.now(), file_name(name));
    let id = StallListId::generate(now, random());
    let work = Arc::new((scope.clone(), bytes, name));
    app.db
        .write(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (scope, bytes, name) = &*work;
                stall_lists::insert(tx, scope, id, (name, bytes), "{}", now).await.map_err(UseError::from)
            })
        })
        .await?;
    write_list(app, scope, id, (list, wishes), None).await
}

/// Throws away drafts that nobody came back to: what they hold is personal.
pub async fn forget_drafts(app: &App, now: UnixMillis) -> Result<u64, UseError> {
    let before = now.plus(-DRAFT_LASTS_MS);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                stall_lists::forget_changes(tx, now.plus(-UNDO_LASTS_MS)).await?;
                stall_lists::forget_drafts(tx, before).await.map_err(UseError::from)
            })
        })
        .await
}
