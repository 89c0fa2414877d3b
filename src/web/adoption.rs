//! `GET /api/v1/adoption`: counters with numerator and denominator as they are now, or at the end of a day that is over; with
//! `period`, every KPI of it.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    error::AppError,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::UseError,
    domain::{
        ids::MarketId,
        kpi::{Entry, Kpis},
        period::{Cut, Period, PeriodKind},
        scope::{Act, Scope, Viewer},
        time::{Day, UnixMillis},
    },
    store::{
        figures,
        markets::{self, Stats},
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/api/v1/adoption", adoption)]
}

#[derive(Deserialize)]
struct AdoptionQuery {
    #[serde(default)]
    level: String,
    #[serde(default)]
    id: String,
    at: Option<String>,
    period: Option<String>,
}

/// The day that is asked about: today with the counters as they are now, or one that is over, at its end. What is to come is refused.
fn day_of(at: Option<&str>, now: UnixMillis) -> Result<Day, UseError> {
    let Some(at) = at.filter(|at| !at.is_empty()) else { return Ok(now.day()) };
    let at =
        UnixMillis::parse(at).map_err(|_| UseError::invalid("/at", "moment_malformed", "expected RFC 3339 with an offset"))?;
    if at <= now {
        return Ok(at.day());
    }
    Err(UseError::invalid("/at", "moment_not_kept", "a moment to come; leave `at` out, or give one that is past"))
}

async fn adoption(
    State(state): State<AppState>,
    who: SignedIn,
    Query(query): Query<AdoptionQuery>,
) -> Result<Json<Value>, AppError> {
    let (db, now) = (&state.app.db, state.app.clock.now());
    let day = day_of(query.at.as_deref(), now)?;
    let period = query.period.as_deref().filter(|text| !text.is_empty()).map(str::parse::<Period>).transpose();
    let period = period.map_err(|error| UseError::invalid("/period", "period_malformed", error.to_string()))?;
    let rows = match query.level.as_str() {
        "market" => {
            let id: MarketId = query.id.parse().map_err(|_| AppError::NotFound)?;
            let scope = markets::enter(db, &who.viewer, Act::SeeCounters, id).await?;
            vec![markets::stats(db, &scope).await?]
        }
        "ward" => markets::list_in_place(db, &who.viewer, &Scope::Ward(query.id.clone())).await?,
        "province" => markets::list_in_place(db, &who.viewer, &Scope::Province(query.id.clone())).await?,
        "nation" => markets::list_in_place(db, &who.viewer, &Scope::Nation).await?,
        _ => return Err(UseError::invalid("/level", "level_unknown", "nation, province, ward or market").into()),
    };
    super::markets::enough(&who.viewer, &rows)?;
    let is_today = day == now.day();
    if is_today && period.is_none() {
        return Ok(Json(adoption_json(&query, &rows, now)));
    }
    let entries = match query.level.as_str() {
        "province" => figures::of_place(db, &format!("province:{}", query.id), day).await?,
        "nation" => figures::of_place(db, "nation", day).await?,
        _ => figures::of_listed(db, &rows, day).await?.into_iter().flat_map(|(_, entries)| entries).collect::<Vec<Entry>>(),
    };
    let period = period.unwrap_or_else(|| Period::of(PeriodKind::Month, Cut::Calendar, day));
    let kpis = Kpis::of(&entries, &period, day);
    super::markets::enough_of(&who.viewer, kpis.trading)?;
    let mut answer = if is_today {
        adoption_json(&query, &rows, now)
    } else {
        past_json(&query, &rows, &Kpis::of(&entries, &period, day), day)
    };
    answer["period"] = json!({ "name": period.to_string(), "from": period.from.to_string(), "to": period.to.to_string() });
    answer["kpis"] = kpis_json(&who.viewer, kpis);
    Ok(Json(answer))
}

/// The counters of a day that is over, at its end.
fn past_json(query: &AdoptionQuery, rows: &[Stats], kpis: &Kpis, day: Day) -> Value {
    let of = |word: &str| kpis.occupancy.get(word).copied().unwrap_or(0);
    let [reached, with_code, verified, in_use] = kpis.ratios();
    json!({
        "level": query.level,
        "id": query.id,
        "at": day.ends_at().to_rfc3339(),
        "markets": rows.len(),
        "stalls": kpis.occupancy.values().sum::<i64>(),
        "occupancy": { "vacant": of("vacant"), "trading": of("trading"), "paused": of("paused"), "left": of("left") },
        "reached": reached,
        "with_code": with_code,
        "verified": verified,
        "in_use": in_use,
        "progress": kpis.progress,
    })
}

/// Every KPI; who worked is told where names may be seen, and a province learns of no group under five.
fn kpis_json(viewer: &Viewer, mut kpis: Kpis) -> Value {
    if !viewer.may(Act::SeeStalls) {
        kpis.volunteers.clear();
    }
    let is_told = |n: i64| !viewer.is_too_few(n);
    for list in [&mut kpis.why_not, &mut kpis.declined, &mut kpis.stopped, &mut kpis.bank_primary, &mut kpis.bank_all] {
        list.retain(|(_, n)| is_told(*n));
    }
    for map in [&mut kpis.progress, &mut kpis.share, &mut kpis.overdue, &mut kpis.scans] {
        map.retain(|_, n| is_told(*n));
    }
    if kpis.share.values().sum::<i64>() < 5 {
        kpis.share.clear();
    }
    kpis.goods.retain(|group| is_told(group.trading));
    kpis.rows.retain(|group| is_told(group.trading));
    kpis.cohorts.retain(|cohort| is_told(cohort.size));
    let (ratios, safety) = (kpis.ratios(), kpis.safety());
    let mut value = serde_json::to_value(&kpis).unwrap_or_default();
    value["ratios"] = json!({ "reached": ratios[0], "with_code": ratios[1], "verified": ratios[2], "used": ratios[3] });
    value["mismatches"] = json!(safety);
    value
}

fn adoption_json(query: &AdoptionQuery, rows: &[Stats], now: UnixMillis) -> Value {
    let sum = |pick: fn(&Stats) -> i64| rows.iter().map(pick).sum::<i64>();
    let trading = sum(|s| s.trading);
    let ratio = |numerator: i64| json!({ "numerator": numerator, "denominator": trading });
    json!({
        "level": query.level,
        "id": query.id,
        "at": now.to_rfc3339(),
        "markets": rows.len(),
        "stalls": sum(|s| s.stalls),
        "occupancy": { "vacant": sum(|s| s.vacant), "trading": trading, "paused": sum(|s| s.paused), "left": sum(|s| s.left_stalls) },
        "reached": ratio(sum(|s| s.reached)),
        "with_code": ratio(sum(|s| s.with_code)),
        "verified": ratio(sum(|s| s.verified)),
        "in_use": { "numerator": sum(|s| s.used_verified), "denominator": sum(|s| s.verified) },
        "progress": {
            "not_reached": sum(|s| s.not_reached), "postponed": sum(|s| s.postponed), "awaiting_account": sum(|s| s.awaiting_account),
            "declined": sum(|s| s.declined), "in_review": sum(|s| s.in_review), "needs_fix": sum(|s| s.needs_fix),
            "code_issued": sum(|s| s.code_issued), "posted": sum(|s| s.posted), "in_use": sum(|s| s.in_use), "stopped": sum(|s| s.stopped),
        },
        "unsafe_stalls": sum(|s| s.unsafe_stalls),
        "unconfirmed": sum(|s| s.unconfirmed),
    })
}
