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
    app::{UseError, place_sums},
    domain::{
        disclosure::{is_few, withheld},
        kpi::{Entry, Kpis},
        period::{Cut, Period, PeriodKind},
        scope::{Act, Scope, Viewer},
        time::{Day, UnixMillis},
    },
    store::{figures, markets, place_sums::Sums},
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
    let place = match query.level.as_str() {
        "market" => Scope::Market(query.id.parse().map_err(|_| AppError::NotFound)?),
        "ward" => Scope::Ward(query.id.clone()),
        "province" => Scope::Province(query.id.clone()),
        "nation" => Scope::Nation,
        _ => return Err(UseError::invalid("/level", "level_unknown", "nation, province, ward or market").into()),
    };
    let sums = place_sums::of_place(&state.app, &who.viewer, &place).await?;
    // A place without a market hides nobody.
    if who.viewer.is_too_few(sums.trading) && sums.markets > 0 {
        return Err(AppError::Forbidden("too_few_stalls"));
    }
    let is_today = day == now.day();
    if is_today && period.is_none() {
        let mut answer = adoption_json(&query, &sums, now);
        withhold(&who.viewer, &mut answer);
        return Ok(Json(answer));
    }
    let entries = match query.level.as_str() {
        "province" => figures::of_place(db, &format!("province:{}", query.id), day).await?,
        "nation" => figures::of_place(db, "nation", day).await?,
        _ => {
            let rows = match &place {
                Scope::Market(id) => {
                    vec![markets::stats(db, &markets::enter(db, &who.viewer, Act::SeeCounters, *id).await?).await?]
                }
                place => markets::list_in_place(db, &who.viewer, place).await?,
            };
            figures::of_listed(db, &rows, day).await?.into_iter().flat_map(|(_, entries)| entries).collect::<Vec<Entry>>()
        }
    };
    // Use counts for thirty days, whichever day of the month it is.
    let thirty = Period { kind: PeriodKind::Dates, cut: Cut::Calendar, from: day.plus(-29), to: day };
    let period = period.unwrap_or(thirty);
    let kpis = Kpis::of(&entries, &period, day);
    super::markets::enough_of(&who.viewer, kpis.trading)?;
    let mut answer = if is_today {
        adoption_json(&query, &sums, now)
    } else {
        past_json(&query, &sums, &Kpis::of(&entries, &period, day), day)
    };
    answer["period"] = json!({ "name": period.to_string(), "from": period.from.to_string(), "to": period.to.to_string() });
    answer["kpis"] = kpis_json(&who.viewer, kpis);
    withhold(&who.viewer, &mut answer);
    Ok(Json(answer))
}

/// The counters of a day that is over, at its end.
fn past_json(query: &AdoptionQuery, sums: &Sums, kpis: &Kpis, day: Day) -> Value {
    let of = |word: &str| kpis.occupancy.get(word).copied().unwrap_or(0);
    let [reached, with_code, verified, in_use] = kpis.ratios();
    json!({
        "level": query.level,
        "id": query.id,
        "at": day.ends_at().to_rfc3339(),
        "markets": sums.markets,
        "stalls": kpis.occupancy.values().sum::<i64>(),
        "occupancy": { "vacant": of("vacant"), "trading": of("trading"), "paused": of("paused"), "left": of("left") },
        "reached": reached,
        "with_code": with_code,
        "verified": verified,
        "in_use": in_use,
        "progress": kpis.progress,
    })
}

/// Takes out what would point at fewer than five stalls, for whoever compares wards: parts of a whole, and either side of a ratio.
fn withhold(viewer: &Viewer, answer: &mut Value) {
    if let Some(progress) = answer["progress"].as_object_mut() {
        let counts: Vec<i64> = progress.values().map(|n| n.as_i64().unwrap_or(0)).collect();
        let mut hidden = withheld(viewer, &counts).into_iter();
        progress.retain(|_, _| !hidden.next().unwrap_or(false));
    }
    for key in ["reached", "with_code", "verified", "in_use"] {
        withhold_ratio(viewer, &mut answer[key]);
    }
    for key in ["unsafe_stalls", "unconfirmed"] {
        if answer.get(key).and_then(Value::as_i64).is_some_and(|n| is_few(viewer, n)) {
            answer[key] = Value::Null;
        }
    }
}

/// Parts of the trading stalls, each with the rest of them.
fn withhold_parts(viewer: &Viewer, of: &mut Value, names: &[&str]) {
    let all = of["trading"].as_i64().unwrap_or(0);
    for name in names {
        if of[*name].as_i64().is_some_and(|n| is_few(viewer, n) || is_few(viewer, all - n)) {
            of[*name] = Value::Null;
        }
    }
}

fn withhold_ratio(viewer: &Viewer, ratio: &mut Value) {
    let part = |name: &str| ratio[name].as_i64().unwrap_or(0);
    let (of, all) = (part("numerator"), part("denominator"));
    if is_few(viewer, all) {
        ratio["denominator"] = Value::Null;
    }
    if is_few(viewer, of) || is_few(viewer, all - of) || is_few(viewer, all) {
        ratio["numerator"] = Value::Null;
    }
}

/// Every KPI; who worked is told where names may be seen, and a province learns of no group under five.
fn kpis_json(viewer: &Viewer, mut kpis: Kpis) -> Value {
    if !viewer.may(Act::SeeStalls) {
        kpis.volunteers.clear();
    }
    // Before anything is taken out, or the ratios would be over what is left.
    let (ratios, safety) = (kpis.ratios(), kpis.safety());
    let is_told = |n: i64| !is_few(viewer, n);
    for list in [&mut kpis.why_not, &mut kpis.declined, &mut kpis.stopped, &mut kpis.bank_primary, &mut kpis.bank_all] {
        let counts: Vec<i64> = list.iter().map(|(_, n)| *n).collect();
        let mut hidden = withheld(viewer, &counts).into_iter();
        list.retain(|_| !hidden.next().unwrap_or(false));
    }
    for map in [&mut kpis.progress, &mut kpis.share, &mut kpis.scans] {
        let counts: Vec<i64> = map.values().copied().collect();
        let mut hidden = withheld(viewer, &counts).into_iter();
        map.retain(|_, _| !hidden.next().unwrap_or(false));
    }
    // Not parts of a whole: each for itself.
    kpis.overdue.retain(|_, n| is_told(*n));
    if kpis.share.values().sum::<i64>() < 5 {
        kpis.share.clear();
    }
    kpis.goods.retain(|group| is_told(group.trading));
    kpis.rows.retain(|group| is_told(group.trading));
    kpis.cohorts.retain(|cohort| is_told(cohort.size));
    let mut value = serde_json::to_value(&kpis).unwrap_or_default();
    value["ratios"] = json!({ "reached": ratios[0], "with_code": ratios[1], "verified": ratios[2], "used": ratios[3] });
    value["mismatches"] = json!(safety);
    for key in ["reached", "with_code", "verified", "used"] {
        withhold_ratio(viewer, &mut value["ratios"][key]);
    }
    withhold_ratio(viewer, &mut value["mismatches"]);
    withhold_parts(viewer, &mut value, &["reached", "registered", "issued", "verified", "kept_90"]);
    for source in ["field", "declared", "partner"] {
        if value["used"][source].as_i64().is_some_and(|n| is_few(viewer, n)) {
            value["used"][source] = Value::Null;
        }
    }
    for list in ["goods", "rows"] {
        for group in value[list].as_array_mut().into_iter().flatten() {
            withhold_parts(viewer, group, &["reached", "issued", "verified"]);
        }
    }
    value
}

fn adoption_json(query: &AdoptionQuery, s: &Sums, now: UnixMillis) -> Value {
    let ratio = |numerator: i64| json!({ "numerator": numerator, "denominator": s.trading });
    json!({
        "level": query.level,
        "id": query.id,
        "at": now.to_rfc3339(),
        "markets": s.markets,
        "stalls": s.stalls,
        "occupancy": { "vacant": s.vacant, "trading": s.trading, "paused": s.paused, "left": s.left_stalls },
        "reached": ratio(s.reached),
        "with_code": ratio(s.with_code),
        "verified": ratio(s.verified),
        "in_use": { "numerator": s.used_verified, "denominator": s.verified },
        "progress": {
            "not_reached": s.not_reached, "postponed": s.postponed, "awaiting_account": s.awaiting_account,
            "declined": s.declined, "in_review": s.in_review, "needs_fix": s.needs_fix,
            "code_issued": s.code_issued, "posted": s.posted, "in_use": s.in_use, "stopped": s.stopped,
        },
        "unsafe_stalls": s.unsafe_stalls,
        "unconfirmed": s.unconfirmed,
    })
}
