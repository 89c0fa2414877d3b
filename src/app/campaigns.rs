//! Campaigns, the facts of a month, and a partner's list of which stalls are really paid.

use std::collections::HashMap;

use crate::{
    app::{
        App, UseError,
        figures::{self, PartnerLine},
    },
    clock::random,
    domain::{
        audit::Event,
        campaign::{self, Goal, MarketFact},
        ids::{CampaignId, MarketId, StallId},
        scope::{Act, Viewer},
        stall::StallCode,
        text::Name,
        time::Day,
    },
    payment_code::fold,
    stall_list::sheet::{self, Cell},
    store::{
        campaigns::{self, Campaign},
        markets,
        stalls::{self, StallFilter},
    },
};

/// The largest number of a month's fact.
const LARGEST: i64 = 1_000_000_000;

/// A campaign as somebody wants it.
#[derive(Debug, Clone)]
pub struct CampaignWish {
    /// What it is called.
    pub name: Name,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub until: Day,
    /// What it wants to raise.
    pub goal: Goal,
    /// To how many percent.
    pub target_percent: i64,
}

/// Makes a campaign.
pub async fn make(app: &App, viewer: &Viewer, market: MarketId, wish: CampaignWish) -> Result<CampaignId, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    campaign::check(wish.from, wish.until, wish.target_percent).map_err(|error| {
        let field = if error == campaign::CampaignError::Target { "/target" } else { "/until" };
        UseError::invalid(field, error.code(), error.to_string())
    })?;
    let now = app.clock.now();
    let new = Campaign {
        campaign_id: CampaignId::generate(now, random()),
        name: wish.name.as_str().to_owned(),
        from_day: wish.from,
        until_day: wish.until,
        goal: wish.goal,
        target_percent: wish.target_percent,
        ended_at_ms: None,
    };
    let id = new.campaign_id;
    app.db
        .write(move |tx| {
            let (scope, new) = (scope.clone(), new.clone());
            Box::pin(async move {
                campaigns::insert(tx, &scope, &new, now).await?;
                let detail = serde_json::json!({ "goal": new.goal, "target": new.target_percent, "from": new.from_day, "until": new.until_day });
                let (actor, subject) = (scope.actor().to_owned(), id.to_string());
                tx.ledger().event(scope.market_id(), Event { at: now, actor, action: "campaign.made", subject, stall: None, detail });
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(id)
}

/// Ends a campaign before its time.
pub async fn end(app: &App, viewer: &Viewer, market: MarketId, id: CampaignId) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                if !campaigns::end(tx, &scope, id, now).await? {
                    return Err(UseError::NotFound);
                }
                let (actor, subject, detail) = (scope.actor().to_owned(), id.to_string(), serde_json::json!({}));
                tx.ledger()
                    .event(scope.market_id(), Event { at: now, actor, action: "campaign.ended", subject, stall: None, detail });
                Ok(())
            })
        })
        .await
}

/// Writes the facts of a month down; an empty one is taken back.
pub async fn note_facts(
    app: &App,
    viewer: &Viewer,
    market: MarketId,
    month: Day,
    facts: Vec<(MarketFact, Option<i64>)>,
) -> Result<(), UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let now = app.clock.now();
    let most = |fact: MarketFact| if fact == MarketFact::FeesCashlessPercent { 100 } else { LARGEST };
    let wrong = facts.iter().find(|(fact, value)| value.is_some_and(|value| !(0..=most(*fact)).contains(&value)));
    if let Some((fact, _)) = wrong {
        return Err(UseError::invalid(format!("/{fact}"), "number_out_of_range", format!("a number from 0 to {}", most(*fact))));
    }
    app.db
        .write(move |tx| {
            let (scope, facts) = (scope.clone(), facts.clone());
            Box::pin(async move {
                let month = month.month_key();
                for (fact, value) in facts {
                    campaigns::put_fact(tx, &scope, (&month, fact), value, now).await?;
                }
                let (actor, subject) = (scope.actor().to_owned(), month);
                let detail = serde_json::json!({});
                tx.ledger()
                    .event(scope.market_id(), Event { at: now, actor, action: "market.facts", subject, stall: None, detail });
                Ok(())
            })
        })
        .await
}

/// What came of a partner's list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Lines that count.
    pub lines: usize,
    /// Codes that no stall of this market has.
    pub unknown: Vec<String>,
    /// Rows whose number of days is none.
    pub unreadable: Vec<u32>,
}

/// Words over the columns of a partner's list, folded.
const STALL_HEADS: [&str; 8] = ["sap", "ma sap", "so sap", "stall", "stall code", "diem ban", "ma diem ban", "so o"];
const DAY_HEADS: [&str; 8] = [
    "so ngay",
    "ngay",
    "so ngay co giao dich",
    "ngay co giao dich",
    "active days",
    "days",
    "so ngay phat sinh",
    "so ngay phat sinh giao dich",
];

/// Takes a partner's list: which stalls were paid on how many days of a month. What is not a stall of this market is told and left out.
pub async fn take_usage(
    app: &App,
    viewer: &Viewer,
    market: MarketId,
    month: Day,
    (file_name, bytes): (&str, Vec<u8>),
) -> Result<Taken, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::EditStalls, market).await?;
    let sheet = tokio::task::spawn_blocking(move || sheet::read(&bytes, None))
        .await
        .map_err(|_| UseError::invalid("/file", "list_damaged", "the file could not be read"))?
        .map_err(|error| UseError::invalid("/file", error.code(), error.to_string()))?;
    let head = |cell: &Cell, words: &[&str]| words.contains(&fold::name_fold(&cell.shown()).as_str());
    let found = sheet.rows.iter().enumerate().find_map(|(at, row)| {
        let column = |words: &[&str]| row.cells.iter().position(|cell| head(cell, words));
        Some((at, column(&STALL_HEADS)?, column(&DAY_HEADS)?))
    });
    let Some((at, stall_column, day_column)) = found else {
        return Err(UseError::invalid(
            "/file",
            "usage_no_columns",
            "a header with a column of stalls (Mã sạp) and one of days (Số ngày)",
        ));
    };
    let stalls: HashMap<String, StallId> = stalls::list(&app.db, &scope, &StallFilter::default())
        .await?
        .into_iter()
        .map(|stall| (stall.code, stall.stall_id))
        .collect();
    let (mut taken, mut lines) = (Taken::default(), Vec::new());
    for row in &sheet.rows[at + 1..] {
        let text = |column: usize| row.cells.get(column).map(|cell| cell.shown().into_owned()).unwrap_or_default();
        let code = text(stall_column);
        if code.trim().is_empty() {
            continue;
        }
        let known = code.parse::<StallCode>().ok().and_then(|code| stalls.get(code.as_str()).copied());
        let days = text(day_column).trim().parse::<i64>().ok().filter(|days| (0..=31).contains(days));
        match (known, days) {
            (Some(stall_id), Some(active_days)) => lines.push(PartnerLine { stall_id, month, active_days }),
            (None, _) => taken.unknown.push(code),
            (_, None) => taken.unreadable.push(row.number),
        }
    }
    taken.lines = lines.len();
    figures::note_partner_usage(app, viewer, market, file_name, lines).await?;
    Ok(taken)
}
