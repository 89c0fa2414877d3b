//! Figures by day: a market's counters, the stalls' parts of them, and the histories that both are made of.
//!
//! A write notes which stalls it touched ([`Ledger::touch`](super::Ledger::touch)); before its commit each one's part is taken
//! out of the market's figures and put in anew, in the same transaction. Pages read [`of_market`] and nothing below it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conn, Db, Driver, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, StallId},
        kpi::{self, CheckFact, CodeFact, EnrolmentFact, Entry, Figure, StallHistory, TenancyFact, UseFact, VisitRecord},
        time::{Day, UnixMillis},
    },
    execute, fetch_all, fetch_optional,
};

stored_row! {
    /// One fact of a stall; what a column holds depends on the kind.
    struct FactRow {
        kind: String,
        at_ms: UnixMillis,
        until_ms: Option<UnixMillis>,
        word: String,
        item: String,
        who: String,
        extra: String,
        n: i64,
    }
}

/// `$1` market, `$2` stall: every sub-select is one look into an index.
const FACTS: &str = "SELECT 'stall' AS kind, created_at_ms AS at_ms, CAST(NULL AS BIGINT) AS until_ms, COALESCE(goods, '') AS word, \
        row_name AS item, '' AS who, '' AS extra, CAST(0 AS BIGINT) AS n FROM stalls WHERE market_id = $1 AND stall_id = $2 \
    UNION ALL SELECT 'occupancy', since_ms, CAST(NULL AS BIGINT), occupancy, '', '', '', CAST(0 AS BIGINT) FROM occupancies WHERE market_id = $1 AND stall_id = $2 \
    UNION ALL SELECT 'tenancy', since_ms, until_ms, '', '', '', '', CAST(0 AS BIGINT) FROM tenancies WHERE market_id = $1 AND stall_id = $2 \
    UNION ALL SELECT 'visit', visited_at_ms, CAST(NULL AS BIGINT), outcome, COALESCE(reason, ''), visited_by, \
        COALESCE(come_back_on, '') || '|' || COALESCE(use_source, '') || '|' || COALESCE(use_share, ''), CAST(0 AS BIGINT) FROM visits WHERE market_id = $1 AND stall_id = $2 \
    UNION ALL SELECT 'enrolment', received_at_ms, reviewed_at_ms, status, COALESCE(return_reason, ''), enrolled_by, '', captured_at_ms FROM enrolments WHERE market_id = $1 AND stall_id = $2 \
    UNION ALL SELECT 'check', checked_at_ms, CAST(NULL AS BIGINT), verdict, COALESCE(payment_code_id, ''), checked_by, check_id, CAST(0 AS BIGINT) FROM sticker_checks WHERE market_id = $1 AND stall_id = $2 \
    UNION ALL SELECT 'partner', received_at_ms, CAST(NULL AS BIGINT), month, '', '', '', active_days FROM partner_usage WHERE market_id = $1 AND stall_id = $2 \
    ORDER BY 2, 7";

stored_row! {
    struct CodeRow {
        id: String,
        bin: Option<String>,
        is_primary: bool,
        status: String,
        issued: Option<UnixMillis>,
        ended: Option<UnixMillis>,
        is_frozen: bool,
        frozen: Option<UnixMillis>,
        coming: Option<UnixMillis>,
        asked: Option<UnixMillis>,
        since: Option<UnixMillis>,
        until: Option<UnixMillis>,
    }
}

const CODES: &str = "SELECT c.payment_code_id AS id, c.bin, c.is_primary, c.status, c.issued_at_ms AS issued, c.ended_at_ms AS ended, \
    c.is_frozen, c.frozen_at_ms AS frozen, c.in_force_from_ms AS coming, \
    CASE WHEN EXISTS (SELECT 1 FROM payment_codes o WHERE o.market_id = c.market_id AND o.enrolment_id = c.enrolment_id \
        AND o.payment_account_id = c.payment_account_id AND o.payment_code_id < c.payment_code_id AND o.stall_id <> c.stall_id) THEN NULL ELSE e.received_at_ms END AS asked, t.since_ms AS since, t.until_ms AS until \
    FROM payment_codes c LEFT JOIN enrolments e ON e.market_id = c.market_id AND e.enrolment_id = c.enrolment_id \
    LEFT JOIN tenancies t ON t.market_id = c.market_id AND t.tenancy_id = c.tenancy_id \
    WHERE c.market_id = $1 AND c.stall_id = $2 ORDER BY c.payment_code_id";

impl CodeRow {
    fn fact(self) -> CodeFact {
        // A code that a move issued again is older than the tenancy in which it hangs here.
        let from = self.issued.map(|issued| issued.max(self.since.unwrap_or(issued)));
        let until = [self.ended, self.until].into_iter().flatten().min();
        CodeFact {
            id: self.id,
            bin: self.bin,
            is_primary: self.is_primary,
            from: from.filter(|_| matches!(self.status.as_str(), "active" | "superseded" | "revoked")),
            until,
            is_revoked: self.status == "revoked",
            frozen_at: self.is_frozen.then(|| self.frozen.or(from)).flatten(),
            coming: self.coming,
            asked_at: self.asked,
        }
    }
}

/// Everything recorded about a stall; `None` for one that is not there.
pub(super) async fn history(conn: &mut Conn<'_>, market: MarketId, stall: StallId) -> Result<Option<StallHistory>, StoreError> {
    let rows: Vec<FactRow> = fetch_all!(conn, FACTS, market, stall)?;
    let codes: Vec<CodeRow> = fetch_all!(conn, CODES, market, stall)?;
    if rows.iter().all(|row| row.kind != "stall") {
        return Ok(None);
    }
    let mut history = StallHistory { codes: codes.into_iter().map(CodeRow::fact).collect(), ..StallHistory::default() };
    for row in rows {
        take(&mut history, row)?;
    }
    Ok(Some(history))
}

fn take(history: &mut StallHistory, row: FactRow) -> Result<(), StoreError> {
    let at = row.at_ms;
    let damaged = |_| StoreError::Damaged("a fact of a stall");
    match row.kind.as_str() {
        "stall" => {
            history.goods = row.word.trim().to_lowercase();
            history.row = row.item;
        }
        "occupancy" => history.occupancies.push((at, row.word.parse().map_err(damaged)?)),
        "tenancy" => history.tenancies.push(TenancyFact { since: at, until: row.until_ms }),
        "visit" => {
            let mut extra = row.extra.split('|');
            let mut next = || extra.next().unwrap_or_default();
            history.visits.push(VisitRecord {
                at,
                outcome: row.word.parse().map_err(damaged)?,
                reason: row.item.parse().ok(),
                come_back_on: next().parse().ok(),
                by: row.who,
                source: next().parse().ok(),
                share: next().parse().ok(),
            });
        }
        "enrolment" => history.enrolments.push(EnrolmentFact {
            at,
            status: row.word,
            decided_at: row.until_ms,
            by: row.who,
            captured: UnixMillis(row.n),
            was_returned: !row.item.is_empty(),
        }),
        "check" => history.checks.push(CheckFact {
            at,
            verdict: row.word.parse().map_err(damaged)?,
            code: Some(row.item).filter(|id| !id.is_empty()),
            by: row.who,
        }),
        _ => {
            let month = format!("{}-01", row.word).parse().map_err(|_| StoreError::Damaged("partner_usage.month"))?;
            history.partner.push(UseFact { month, active_days: row.n });
        }
    }
    Ok(())
}

/// What a stall has added so far.
async fn stored(conn: &mut Conn<'_>, market: MarketId, stall: StallId) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "SELECT entries FROM stall_figures WHERE market_id = $1 AND stall_id = $2";
    let text: Option<(String,)> = fetch_optional!(conn, SQL, market, stall)?;
    let Some((text,)) = text else { return Ok(Vec::new()) };
    text.lines().map(|line| Entry::from_line(line).ok_or(StoreError::Damaged("stall_figures.entries"))).collect()
}

/// Takes the parts of touched stalls out of their markets' figures and puts them in as they are now.
pub(super) async fn replace(conn: &mut Conn<'_>, touched: BTreeSet<(MarketId, StallId)>) -> Result<(), StoreError> {
    const PUT: &str = "INSERT INTO stall_figures (market_id, stall_id, entries) VALUES ($1, $2, $3) \
         ON CONFLICT (market_id, stall_id) DO UPDATE SET entries = excluded.entries";
    const DROP: &str = "DELETE FROM stall_figures WHERE market_id = $1 AND stall_id = $2";
    let mut changes: BTreeMap<(MarketId, Figure, Day, String), i64> = BTreeMap::new();
    for (market, stall) in touched {
        // A stall that was taken out of the book takes its part with it.
        let new = history(conn, market, stall).await?.map(|history| kpi::entries(&history));
        let old = stored(conn, market, stall).await?;
        match &new {
            Some(new) if old == *new => continue,
            Some(new) => {
                let lines: String = new.iter().map(|entry| entry.to_line() + "\n").collect();
                execute!(conn, PUT, market, stall, &lines)?;
            }
            None => {
                execute!(conn, DROP, market, stall)?;
            }
        }
        let new = new.unwrap_or_default();
        let signed = old.into_iter().map(|entry| (-entry.n, entry)).chain(new.into_iter().map(|entry| (entry.n, entry)));
        for (n, entry) in signed {
            *changes.entry((market, entry.figure, entry.day, entry.item)).or_insert(0) += n;
        }
    }
    changes.retain(|_, n| *n != 0);
    add(conn, changes).await
}

async fn add(conn: &mut Conn<'_>, changes: BTreeMap<(MarketId, Figure, Day, String), i64>) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    match conn {
        Driver::Sqlite(_) => {
            const SQL: &str = "INSERT INTO market_figures (market_id, figure, day, item, n) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (market_id, figure, day, item) DO UPDATE SET n = market_figures.n + excluded.n";
            for ((market, figure, day, item), n) in changes {
                execute!(conn, SQL, market, figure, day, &item, n)?;
            }
        }
        Driver::Postgres(conn) => {
            let mut columns: (Vec<String>, Vec<&'static str>, Vec<String>, Vec<String>, Vec<i64>) = Default::default();
            for ((market, figure, day, item), n) in changes {
                columns.0.push(market.to_string());
                columns.1.push(figure.as_str());
                columns.2.push(day.to_string());
                columns.3.push(item);
                columns.4.push(n);
            }
            let query = sqlx::query(super::dialect::ADD_FIGURES_POSTGRES);
            query.bind(columns.0).bind(columns.1).bind(columns.2).bind(columns.3).bind(columns.4).execute(&mut **conn).await?;
        }
    }
    Ok(())
}

stored_row! {
    struct EntryRow {
        figure: Figure,
        day: Day,
        n: i64,
        item: String,
    }
}

impl EntryRow {
    fn entry(self) -> Entry {
        Entry { figure: self.figure, day: self.day, item: self.item, n: self.n }
    }
}

/// A market's figures up to a day.
pub async fn of_market(db: &Db, scope: &MarketScope, until: Day) -> Result<Vec<Entry>, StoreError> {
    of(db, scope.market_id(), until).await
}

/// The figures of one of the markets that a viewer has been given the counters of.
pub(super) async fn of(db: &Db, market: MarketId, until: Day) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "SELECT figure, day, n, item FROM market_figures WHERE market_id = $1 AND day <= $2 AND n <> 0";
    let rows: Vec<EntryRow> = fetch_all!(db, SQL, market, until)?;
    Ok(rows.into_iter().map(EntryRow::entry).collect())
}

/// The figures of several markets that [`markets::list_in_place`](super::markets::list_in_place) let the viewer see.
pub async fn of_listed(db: &Db, stats: &[super::markets::Stats], until: Day) -> Result<Vec<(MarketId, Vec<Entry>)>, StoreError> {
    let mut found = Vec::with_capacity(stats.len());
    for market in stats {
        found.push((market.market_id, of(db, market.market_id, until).await?));
    }
    Ok(found)
}

/// A province's or the nation's figures up to a day, as of last night.
pub async fn of_place(db: &Db, place: &str, until: Day) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "SELECT figure, day, n, item FROM place_figures WHERE place = $1 AND day <= $2 AND n <> 0";
    let rows: Vec<EntryRow> = fetch_all!(db, SQL, place, until)?;
    Ok(rows.into_iter().map(EntryRow::entry).collect())
}

/// Sums the figures of every province and of the nation anew; what points at people, work and rows, stays in the markets.
pub async fn sum_places(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    const CLEAR: &str = "DELETE FROM place_figures";
    const PROVINCES: &str = "INSERT INTO place_figures (place, figure, day, item, n) \
         SELECT 'province:' || m.province_code, f.figure, f.day, f.item, CAST(SUM(f.n) AS BIGINT) FROM market_figures f \
         JOIN markets m ON m.market_id = f.market_id WHERE f.figure NOT IN ('work', 'row') \
         GROUP BY m.province_code, f.figure, f.day, f.item HAVING SUM(f.n) <> 0";
    const NATION: &str = "INSERT INTO place_figures (place, figure, day, item, n) SELECT 'nation', figure, day, item, CAST(SUM(n) AS BIGINT) \
         FROM place_figures WHERE place <> 'nation' GROUP BY figure, day, item HAVING SUM(n) <> 0";
    execute!(tx, CLEAR)?;
    execute!(tx, PROVINCES)?;
    execute!(tx, NATION).map(drop)
}

/// Stalls without a part in the figures: those that were there before figures were kept.
pub async fn without_part(db: &Db, limit: i64) -> Result<Vec<(MarketId, StallId)>, StoreError> {
    const SQL: &str = "SELECT s.market_id, s.stall_id FROM stalls s LEFT JOIN stall_figures f ON f.market_id = s.market_id AND f.stall_id = s.stall_id \
         WHERE f.stall_id IS NULL ORDER BY s.market_id, s.stall_id LIMIT $1";
    fetch_all!(db, SQL, limit)
}

/// What differs between a market's figures, the parts of its stalls and their histories: one line each. Runs inside a write, under
/// the market's lock, and changes nothing.
pub async fn differences(tx: &mut Tx<'_>, scope: &MarketScope) -> Result<Vec<String>, StoreError> {
    const STALLS: &str = "SELECT stall_id FROM stalls WHERE market_id = $1 ORDER BY stall_id";
    const KEPT: &str = "SELECT figure, day, n, item FROM market_figures WHERE market_id = $1";
    let market = scope.market_id();
    let stalls: Vec<(StallId,)> = fetch_all!(tx, STALLS, market)?;
    let mut sums: BTreeMap<(Figure, Day, String), i64> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (stall,) in stalls {
        let conn = &mut tx.conn();
        let Some(history) = history(conn, market, stall).await? else { continue };
        let counted = kpi::entries(&history);
        if stored(conn, market, stall).await? != counted {
            wrong.push(format!("{market} {stall}: its part is not what its history gives"));
        }
        for entry in counted {
            *sums.entry((entry.figure, entry.day, entry.item)).or_insert(0) += entry.n;
        }
    }
    let kept: Vec<EntryRow> = fetch_all!(tx, KEPT, market)?;
    for row in kept {
        *sums.entry((row.figure, row.day, row.item)).or_insert(0) -= row.n;
    }
    wrong.extend(
        sums.into_iter()
            .filter(|(_, n)| *n != 0)
            .map(|((figure, day, item), n)| format!("{market} {figure} {day} {item}: {n} too few")),
    );
    Ok(wrong)
}

/// Notes since when a stall is what it is.
pub(super) async fn note_occupancy(
    tx: &mut Tx<'_>,
    (market, stall): (MarketId, StallId),
    occupancy: crate::domain::stall::Occupancy,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO occupancies (market_id, stall_id, since_ms, occupancy) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (market_id, stall_id, since_ms) DO UPDATE SET occupancy = excluded.occupancy";
    execute!(tx, SQL, market, stall, now, occupancy).map(drop)
}

/// Puts down what a partner reports of a stall and a month; a second report of the month takes the first one's place.
pub async fn put_partner_usage(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: StallId,
    (month, active_days): (&str, i64),
    source_file: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO partner_usage (market_id, stall_id, month, active_days, source_file, received_at_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (market_id, stall_id, month) DO UPDATE SET active_days = excluded.active_days, source_file = excluded.source_file, received_at_ms = excluded.received_at_ms";
    execute!(tx, SQL, scope.market_id(), stall, month, active_days, source_file, now)?;
    tx.ledger().touch(scope.market_id(), stall);
    Ok(())
}
