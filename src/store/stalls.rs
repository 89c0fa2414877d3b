//! Stalls and tenancies.

use super::{Db, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        adoption::StallState,
        ids::{MarketId, StallId, TenancyId, VendorId},
        stall::{CodeSafety, Occupancy, Progress, StallCode},
        time::{Day, UnixMillis},
    },
    execute, fetch_all, fetch_optional,
};

stored_row! {
    /// A stall with the name of who keeps it.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Stall {
        /// Its identifier.
        pub stall_id: StallId,
        /// As printed, `A1-03`.
        pub code: String,
        /// The part of the market.
        pub zone: String,
        /// The row inside the zone.
        pub row_name: String,
        /// The number inside the row.
        pub number: String,
        /// What is sold.
        pub goods: Option<String>,
        /// Who keeps the place.
        pub occupancy: Occupancy,
        /// How far.
        pub progress: Progress,
        /// How safe.
        pub code_safety: CodeSafety,
        /// Somebody has spoken with the vendor.
        pub reached: bool,
        /// A code is in force.
        pub with_code: bool,
        /// The last scan was good and fresh.
        pub verified: bool,
        /// The code waits for a second person's confirmation.
        pub unconfirmed: bool,
        /// The vendor froze the code.
        pub frozen: bool,
        /// The day to come back.
        pub come_back_on: Option<Day>,
        /// Since when the progress is what it is.
        pub progress_since_ms: UnixMillis,
        /// When the state changes by time alone.
        pub expires_at_ms: Option<UnixMillis>,
        /// Who keeps it.
        pub vendor_id: Option<VendorId>,
        /// Under which tenancy.
        pub tenancy_id: Option<TenancyId>,
        /// Grows with every change.
        pub version: i64,
        /// How many places of the floor plan it takes.
        pub span: i64,
        /// The keeper's name.
        pub vendor_name: Option<String>,
    }
}

impl Stall {
    /// The stored state, as the counters count it.
    #[must_use]
    pub const fn state(&self) -> StallState {
        StallState {
            progress: self.progress,
            safety: self.code_safety,
            reached: self.reached,
            with_code: self.with_code,
            verified: self.verified,
            unconfirmed: self.unconfirmed,
            frozen: self.frozen,
            come_back_on: self.come_back_on,
            expires_at: self.expires_at_ms,
        }
    }
}

/// The columns of [`Stall`], as the literal every query needs.
macro_rules! stall_sql {
    ($tail:literal) => {
        concat!(
            "SELECT s.stall_id, s.code, s.zone, s.row_name, s.number, s.goods, s.occupancy, s.progress, s.code_safety, s.reached, ",
            "s.with_code, s.verified, s.unconfirmed, s.frozen, s.come_back_on, s.progress_since_ms, s.expires_at_ms, s.vendor_id, ",
            "s.tenancy_id, s.version, s.span, v.full_name AS vendor_name FROM stalls s ",
            "LEFT JOIN vendors v ON v.market_id = s.market_id AND v.vendor_id = s.vendor_id ",
            $tail
        )
    };
}

/// A new stall.
#[derive(Debug, Clone)]
pub struct NewStall {
    /// Its identifier.
    pub stall_id: StallId,
    /// Its code.
    pub code: StallCode,
    /// The part of the market; the code's letters when nobody named one.
    pub zone: Option<String>,
    /// The row; the code's row when nobody named one.
    pub row: Option<String>,
    /// What is sold.
    pub goods: Option<String>,
    /// Vacant or trading.
    pub occupancy: Occupancy,
}

/// Adds a stall; `false` when the market has one of that code.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewStall, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO stalls (market_id, stall_id, code, code_sort, zone, row_name, number, goods, occupancy, progress, \
         code_safety, reached, with_code, verified, unconfirmed, frozen, progress_since_ms, version, created_at_ms, updated_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12, $12, $12, $13, 1, $13, $13) \
         ON CONFLICT (market_id, code) DO NOTHING";
    let zone = new.zone.as_deref().unwrap_or_else(|| new.code.zone());
    let row = new.row.as_deref().unwrap_or_else(|| new.code.row());
    let inserted = execute!(
        tx,
        SQL,
        scope.market_id(),
        new.stall_id,
        new.code.as_str(),
        new.code.sort_key(),
        zone,
        row,
        new.code.number(),
        new.goods.as_deref(),
        new.occupancy,
        Progress::NotReached,
        CodeSafety::None,
        false,
        now,
    )?;
    if inserted == 1 {
        super::figures::note_occupancy(tx, (scope.market_id(), new.stall_id), new.occupancy, now).await?;
        tx.ledger().touch(scope.market_id(), new.stall_id);
        tx.ledger().stall_changed(scope.market_id(), None, (new.occupancy, &StallState::UNTOUCHED), now);
    }
    Ok(inserted == 1)
}

/// What a list of stalls is narrowed to; empty shows all.
#[derive(Debug, Clone, Default)]
pub struct StallFilter {
    /// One progress.
    pub progress: Option<Progress>,
    /// One row.
    pub row: Option<String>,
    /// Part of a code or of a vendor's name, with or without marks.
    pub text: Option<String>,
}

/// The market's stalls in walking order.
pub async fn list(db: &Db, scope: &MarketScope, filter: &StallFilter) -> Result<Vec<Stall>, StoreError> {
    const SQL: &str = stall_sql!(
        "WHERE s.market_id = $1 AND ($2 = '' OR s.progress = $2) AND ($3 = '' OR s.row_name = $3) \
         AND ($4 = '' OR s.code_sort LIKE $4 OR v.name_fold LIKE $5) ORDER BY s.code_sort"
    );
    let progress = filter.progress.map_or("", Progress::as_str);
    let row = filter.row.as_deref().unwrap_or("");
    let text = filter.text.as_deref().unwrap_or("").trim();
    let fold = crate::payment_code::fold::name_fold(text);
    let code = text.parse::<StallCode>().map(|code| code.sort_key()).unwrap_or_default();
    let (code_like, name_like) = if text.is_empty() {
        (String::new(), String::new())
    } else {
        // What cannot be a code, a name of two words, must not match every code there is.
        let code = if code.is_empty() { &fold } else { &code };
        (format!("%{}%", like(code)), format!("%{}%", like(&fold)))
    };
    fetch_all!(db, SQL, scope.market_id(), progress, row, &code_like, &name_like)
}

/// Trading stalls in walking order, behind a stall or from the market's beginning.
pub async fn trading_after(db: &Db, scope: &MarketScope, after: Option<StallId>, limit: i64) -> Result<Vec<Stall>, StoreError> {
    // `A1-3` and `A1-03` stand at the same place of the order: the identifier tells them apart.
    const SQL: &str = stall_sql!(
        "WHERE s.market_id = $1 AND s.occupancy = 'trading' AND (s.code_sort, s.stall_id) > \
         (COALESCE((SELECT o.code_sort FROM stalls o WHERE o.market_id = $1 AND o.stall_id = $2), ''), $2) \
         ORDER BY s.code_sort, s.stall_id LIMIT $3"
    );
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    fetch_all!(db, SQL, scope.market_id(), &after, limit)
}

/// Takes the wildcards out of what a person typed.
fn like(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '%' | '_')).collect()
}

/// One stall.
pub async fn find(db: &Db, scope: &MarketScope, stall_id: StallId) -> Result<Option<Stall>, StoreError> {
    const SQL: &str = stall_sql!("WHERE s.market_id = $1 AND s.stall_id = $2");
    fetch_optional!(db, SQL, scope.market_id(), stall_id)
}

/// One stall, inside a write.
pub async fn find_in(tx: &mut Tx<'_>, scope: &MarketScope, stall_id: StallId) -> Result<Option<Stall>, StoreError> {
    const SQL: &str = stall_sql!("WHERE s.market_id = $1 AND s.stall_id = $2");
    fetch_optional!(tx, SQL, scope.market_id(), stall_id)
}

/// Stalls in the order of their identifiers, from the one after `after` on, inside a write.
pub async fn page_in(tx: &mut Tx<'_>, scope: &MarketScope, after: &str, limit: i64) -> Result<Vec<Stall>, StoreError> {
    const SQL: &str = stall_sql!("WHERE s.market_id = $1 AND s.stall_id > $2 ORDER BY s.stall_id LIMIT $3");
    fetch_all!(tx, SQL, scope.market_id(), after, limit)
}

/// The stall with a code, inside a write.
pub async fn find_by_code_in(tx: &mut Tx<'_>, scope: &MarketScope, code: &StallCode) -> Result<Option<Stall>, StoreError> {
    const SQL: &str = stall_sql!("WHERE s.market_id = $1 AND s.code = $2");
    fetch_optional!(tx, SQL, scope.market_id(), code.as_str())
}

/// The stalls a vendor keeps.
pub async fn list_of_vendor(db: &Db, scope: &MarketScope, vendor: VendorId) -> Result<Vec<Stall>, StoreError> {
    const SQL: &str = stall_sql!("WHERE s.market_id = $1 AND s.vendor_id = $2 ORDER BY s.code_sort");
    fetch_all!(db, SQL, scope.market_id(), vendor)
}

/// The stalls a vendor keeps, inside a write.
pub async fn of_vendor_in(tx: &mut Tx<'_>, scope: &MarketScope, vendor: VendorId) -> Result<Vec<StallId>, StoreError> {
    const SQL: &str = "SELECT stall_id FROM stalls WHERE market_id = $1 AND vendor_id = $2 ORDER BY code_sort";
    Ok(fetch_all!(tx, SQL, scope.market_id(), vendor)?.into_iter().map(|(value,)| value).collect())
}

/// Stores who keeps the stall and how far it is, and notes the difference for the counters.
pub async fn put_state(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    before: &Stall,
    occupancy: Occupancy,
    keeper: Option<(VendorId, TenancyId)>,
    state: &StallState,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE stalls SET occupancy = $3, progress = $4, code_safety = $5, reached = $6, with_code = $7, verified = $8, \
         unconfirmed = $9, frozen = $10, come_back_on = $11, progress_since_ms = $12, expires_at_ms = $13, vendor_id = $14, \
         tenancy_id = $15, version = version + 1, updated_at_ms = $16 WHERE market_id = $1 AND stall_id = $2";
    let since = if state.progress == before.progress { before.progress_since_ms } else { now };
    execute!(
        tx,
        SQL,
        scope.market_id(),
        before.stall_id,
        occupancy,
        state.progress,
        state.safety,
        state.reached,
        state.with_code,
        state.verified,
        state.unconfirmed,
        state.frozen,
        state.come_back_on,
        since,
        state.expires_at,
        keeper.map(|(vendor, _)| vendor),
        keeper.map(|(_, tenancy)| tenancy),
        now,
    )?;
    if occupancy != before.occupancy {
        super::figures::note_occupancy(tx, (scope.market_id(), before.stall_id), occupancy, now).await?;
    }
    tx.ledger().touch(scope.market_id(), before.stall_id);
    tx.ledger().stall_changed(scope.market_id(), Some((before.occupancy, &before.state())), (occupancy, state), now);
    Ok(())
}

/// Changes what is sold at a stall.
pub async fn put_goods(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall_id: StallId,
    goods: Option<&str>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE stalls SET goods = $3, version = version + 1, updated_at_ms = $4 WHERE market_id = $1 AND stall_id = $2";
    execute!(tx, SQL, scope.market_id(), stall_id, goods, now)?;
    tx.ledger().touch(scope.market_id(), stall_id);
    Ok(())
}

/// Begins a tenancy.
pub async fn begin_tenancy(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    tenancy_id: TenancyId,
    stall_id: StallId,
    vendor_id: VendorId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO tenancies (market_id, tenancy_id, stall_id, vendor_id, since_ms) VALUES ($1, $2, $3, $4, $5)";
    execute!(tx, SQL, scope.market_id(), tenancy_id, stall_id, vendor_id, now).map(drop)
}

/// Ends a tenancy.
pub async fn end_tenancy(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    tenancy_id: TenancyId,
    reason: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE tenancies SET until_ms = $3, end_reason = $4 WHERE market_id = $1 AND tenancy_id = $2 AND until_ms IS NULL";
    execute!(tx, SQL, scope.market_id(), tenancy_id, now, reason).map(drop)
}

stored_row! {
    /// A tenancy in a stall's history.
    #[derive(Debug, Clone)]
    pub struct Tenancy {
        /// Its identifier.
        pub tenancy_id: TenancyId,
        /// Who kept the stall.
        pub vendor_id: VendorId,
        /// Their name now.
        pub vendor_name: String,
        /// Since when.
        pub since_ms: UnixMillis,
        /// Until when; `None` while it lasts.
        pub until_ms: Option<UnixMillis>,
        /// Why it ended.
        pub end_reason: Option<String>,
    }
}

/// Who has kept a stall, latest first.
pub async fn tenancies(db: &Db, scope: &MarketScope, stall_id: StallId) -> Result<Vec<Tenancy>, StoreError> {
    const SQL: &str = "SELECT t.tenancy_id, t.vendor_id, v.full_name AS vendor_name, t.since_ms, t.until_ms, t.end_reason FROM tenancies t \
         JOIN vendors v ON v.market_id = t.market_id AND v.vendor_id = t.vendor_id \
         WHERE t.market_id = $1 AND t.stall_id = $2 ORDER BY t.since_ms DESC, t.tenancy_id DESC";
    fetch_all!(db, SQL, scope.market_id(), stall_id)
}

/// A stall whose state changes by time alone: its market, itself, and when.
pub type Expired = (MarketId, StallId, UnixMillis);

/// Stalls whose state changes by time alone before `now`, in any market, those behind `after`; for the midnight job.
pub async fn expired(db: &Db, now: UnixMillis, after: Option<Expired>, limit: i64) -> Result<Vec<Expired>, StoreError> {
    const SQL: &str = "SELECT market_id, stall_id, expires_at_ms FROM stalls WHERE expires_at_ms <= $1 \
         AND (expires_at_ms, stall_id) > ($2, $3) ORDER BY expires_at_ms, stall_id LIMIT $4";
    let (since, stall) = after.map_or((UnixMillis(i64::MIN), String::new()), |(_, stall, at)| (at, stall.to_string()));
    fetch_all!(db, SQL, now, since, &stall, limit)
}
