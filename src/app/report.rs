//! What a report of a period tells: KPIs of each market and of all together, and the lists behind them. What it looks like and in
//! which words is the page's and the command's.

use std::collections::BTreeMap;

use crate::{
    app::{App, UseError},
    domain::{
        audit::Event,
        ids::MarketId,
        kpi::{Entry, Figure, Kpis},
        period::Period,
        place,
        scope::{Act, Scope, Viewer},
        time::{Day, UnixMillis},
    },
    store::{
        figures,
        markets::{self, AccessError, MarketScope},
        report_rows::{self, ReportRow},
        staff,
    },
};

/// One market's part.
#[derive(Debug)]
pub struct MarketPart {
    /// Its name.
    pub name: String,
    /// Its KPIs.
    pub kpis: Kpis,
    /// Its stalls.
    pub stalls: Vec<ReportRow>,
}

/// A report.
#[derive(Debug)]
pub struct Report {
    /// The ward's full name.
    pub ward: String,
    /// The ward's name without its kind, for place and date.
    pub ward_short: String,
    /// The province's full name.
    pub province: String,
    /// The market, of a report about one.
    pub market: Option<String>,
    /// Which period.
    pub period: Period,
    /// When it was made.
    pub now: UnixMillis,
    /// The markets.
    pub markets: Vec<MarketPart>,
    /// All of them together.
    pub total: Kpis,
    /// The names of who worked.
    pub names: BTreeMap<String, String>,
}

impl Report {
    /// The day at whose end its figures stand.
    #[must_use]
    pub fn cut_off(&self) -> Day {
        self.period.cut_off(self.now.day())
    }

    /// `17 giờ 00 ngày 14/11/2026`: now while the period lasts, else the end of its last day.
    #[must_use]
    pub fn cut_off_moment(&self) -> String {
        if self.cut_off() == self.now.day() {
            let t = self.now.local();
            format!("{:02} giờ {:02} ngày {}", t.hour(), t.minute(), self.now.day().to_people())
        } else {
            format!("24 giờ 00 ngày {}", self.cut_off().to_people())
        }
    }
}

/// What a stall is at the end of a day, read from its part of the figures.
#[must_use]
pub fn items(stall: &ReportRow, figure: Figure, day: Day) -> Vec<(&str, Day)> {
    let mut sums: BTreeMap<&str, (i64, Day)> = BTreeMap::new();
    for entry in stall.entries.iter().filter(|entry| entry.figure == figure && entry.day <= day) {
        let sum = sums.entry(&entry.item).or_insert((0, entry.day));
        sum.0 += entry.n;
        if entry.n > 0 {
            sum.1 = entry.day;
        }
    }
    sums.into_iter().filter(|(_, (n, _))| *n > 0).map(|(item, (_, since))| (item, since)).collect()
}

/// The report of one market.
pub async fn of_market(app: &App, viewer: &Viewer, id: MarketId, period: Period) -> Result<Report, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::Report, id).await?;
    make(app, vec![scope], true, period).await
}

/// The report of a ward, for whoever the ward is the scope of.
pub async fn of_ward(app: &App, viewer: &Viewer, code: &str, period: Period) -> Result<Report, UseError> {
    if !viewer.may(Act::Report) {
        return Err(AccessError::Forbidden.into());
    }
    if viewer.scope != Scope::Ward(code.to_owned()) {
        return Err(AccessError::NotFound.into());
    }
    let mut scopes = Vec::new();
    for market in markets::list_in_place(&app.db, viewer, &viewer.scope).await? {
        scopes.push(markets::enter(&app.db, viewer, Act::Report, market.market_id).await?);
    }
    make_of_ward(app, scopes, code, period).await
}

/// The same for the command line, which is the operator's.
pub async fn of_market_as(app: &App, actor: &'static str, id: MarketId, period: Period) -> Result<Report, UseError> {
    let scope = markets::enter_as(&app.db, actor, id).await?;
    make(app, vec![scope], true, period).await
}

/// The same of a ward.
pub async fn of_ward_as(app: &App, actor: &'static str, code: &str, period: Period) -> Result<Report, UseError> {
    let mut scopes = Vec::new();
    for id in markets::ids_of_ward(&app.db, code).await? {
        scopes.push(markets::enter_as(&app.db, actor, id).await?);
    }
    make_of_ward(app, scopes, code, period).await
}

async fn make_of_ward(app: &App, scopes: Vec<MarketScope>, code: &str, period: Period) -> Result<Report, UseError> {
    if place::ward(code).is_none() || scopes.is_empty() {
        return Err(UseError::NotFound);
    }
    make(app, scopes, false, period).await
}

async fn make(app: &App, scopes: Vec<MarketScope>, is_of_one: bool, period: Period) -> Result<Report, UseError> {
    let now = app.clock.now();
    let ward = scopes.first().and_then(|scope| place::ward(&scope.market().ward_code)).ok_or(UseError::NotFound)?;
    let province = place::province(&ward.province_code).ok_or(UseError::NotFound)?;
    let (mut parts, mut all): (Vec<MarketPart>, Vec<Entry>) = (Vec::new(), Vec::new());
    for scope in &scopes {
        let entries = figures::of_market(&app.db, scope, now.day()).await?;
        let stalls = report_rows::list(&app.db, scope, period.cut_off(now.day()).ends_at()).await?;
        let kpis = Kpis::of(&entries, &period, now.day());
        parts.push(MarketPart { name: scope.market().name.clone(), kpis, stalls });
        all.extend(entries);
    }
    let total = Kpis::of(&all, &period, now.day());
    let workers: Vec<&str> = total.volunteers.iter().map(|person| person.staff_id.as_str()).collect();
    let names = staff::names(&app.db, workers).await?;
    let names = names.into_iter().map(|(id, name)| (id.to_owned(), name)).collect();
    Ok(Report {
        ward: ward.full_name.clone(),
        ward_short: ward.name.clone(),
        province: province.full_name.clone(),
        market: is_of_one.then(|| parts[0].name.clone()),
        period,
        now,
        markets: parts,
        total,
        names,
    })
}

/// Notes in every market's chain that its lists were taken out of the house.
pub async fn note_export(
    app: &App,
    viewer: &Viewer,
    ids: Vec<MarketId>,
    (period, format): (Period, &'static str),
) -> Result<(), UseError> {
    let mut scopes = Vec::with_capacity(ids.len());
    for id in ids {
        scopes.push(markets::enter(&app.db, viewer, Act::Report, id).await?);
    }
    note(app, scopes, (period, format)).await
}

/// The same for the command line.
pub async fn note_export_as(
    app: &App,
    actor: &'static str,
    ids: Vec<MarketId>,
    (period, format): (Period, &'static str),
) -> Result<(), UseError> {
    let mut scopes = Vec::with_capacity(ids.len());
    for id in ids {
        scopes.push(markets::enter_as(&app.db, actor, id).await?);
    }
    note(app, scopes, (period, format)).await
}

async fn note(app: &App, scopes: Vec<MarketScope>, (period, format): (Period, &'static str)) -> Result<(), UseError> {
    let (now, work) = (app.clock.now(), std::sync::Arc::new(scopes));
    app.db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&work);
            Box::pin(async move {
                for scope in work.iter() {
                    let detail = serde_json::json!({ "period": period.to_string(), "format": format });
                    let (actor, subject) = (scope.actor().to_owned(), scope.market_id().to_string());
                    tx.ledger().event(
                        scope.market_id(),
                        Event { at: now, actor, action: "report.exported", subject, stall: None, detail },
                    );
                }
                Ok(())
            })
        })
        .await
}
