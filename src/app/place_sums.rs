//! Counters of a place for whoever may see them. What lies above a ward is read once and kept for a second, shared by
//! everybody who asks on this node.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    app::App,
    clock::Clock,
    domain::{
        place,
        scope::{Act, Scope, Viewer},
        time::UnixMillis,
    },
    store::{
        StoreError,
        markets::AccessError,
        place_sums::{self, Sums},
    },
};

/// How long the provinces' sums are kept: a figure of the nation is at most this old.
const KEPT_MS: i64 = 1_000;

/// The provinces' sums as they were read last. While one request reads them anew, the others wait for it.
#[derive(Debug, Clone, Default)]
pub struct KeptSums(Arc<Mutex<Option<(UnixMillis, Arc<[Sums]>)>>>);

/// The counters of a place, for whoever may see them.
pub async fn of_place(app: &App, viewer: &Viewer, place: &Scope) -> Result<Sums, AccessError> {
    if !viewer.may(Act::SeeCounters) {
        return Err(AccessError::Forbidden);
    }
    if let Scope::Market(id) = place {
        return place_sums::of_market(&app.db, viewer, *id).await;
    }
    if !viewer.scope.holds(place) {
        return Err(AccessError::NotFound);
    }
    match place {
        Scope::Ward(code) => match place::ward(code) {
            Some(ward) => Ok(place_sums::of_ward(&app.db, ward).await?),
            None => Ok(Sums::none()),
        },
        Scope::Province(code) => {
            let all = of_provinces(app).await?;
            Ok(all.iter().find(|sums| sums.province_code == *code).cloned().unwrap_or_else(Sums::none))
        }
        Scope::Nation | Scope::Market(_) => {
            let mut nation = Sums::none();
            of_provinces(app).await?.iter().for_each(|province| nation.add(province));
            Ok(nation)
        }
    }
}

/// Every province's sums, a second old at most. A clock that stands still keeps nothing: for it a second is never over.
async fn of_provinces(app: &App) -> Result<Arc<[Sums]>, StoreError> {
    let now = app.clock.now();
    let mut kept = app.sums.0.lock().await;
    if let Some((at, sums)) = kept.as_ref()
        && matches!(app.clock, Clock::System)
        && (0..KEPT_MS).contains(&(now.0 - at.0))
    {
        return Ok(Arc::clone(sums));
    }
    let sums: Arc<[Sums]> = place_sums::of_provinces(&app.db).await?.into();
    *kept = Some((now, Arc::clone(&sums)));
    Ok(sums)
}
