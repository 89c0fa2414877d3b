//! Markets, and the scope without which no query on a market's data can be written.

use super::{Db, StoreError, Tx, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, PaymentCodeId, PrintBatchId, ReportId, StallId, VendorId},
        market::{MarketClass, TransferPurpose, WardRules},
        place,
        scope::{Act, Scope, Viewer},
        text::Name,
        time::UnixMillis,
        vendor::Phone,
    },
    execute, fetch_all, fetch_optional,
};

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Outside the scope, or not there at all: the two are told apart by nobody.
    #[error("there is no such thing within your scope")]
    NotFound,
    /// The role may not do this anywhere.
    #[error("this role may not do that")]
    Forbidden,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for AccessError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

stored_row! {
    /// A market as pages show it.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Market {
        /// Its identifier.
        pub market_id: MarketId,
        /// Five digits.
        pub ward_code: String,
        /// Two digits.
        pub province_code: String,
        /// Name as typed.
        pub name: String,
        /// Class 1, 2, 3, or 0.
        pub class: i16,
        /// Whom a vendor may call.
        pub contact_name: Option<String>,
        /// Whether the ward reviews every enrolment first.
        pub review_first: bool,
        /// What every transfer says; mostly nothing.
        pub transfer_purpose: Option<String>,
        /// Whether it still takes part.
        pub is_active: bool,
        /// When it was made.
        pub created_at_ms: UnixMillis,
    }
}

/// The proof that somebody may act in one market: every query on its data takes one.
#[derive(Debug, Clone)]
pub struct MarketScope {
    market: Market,
    actor: String,
}

impl MarketScope {
    /// The market's identifier.
    #[must_use]
    pub const fn market_id(&self) -> MarketId {
        self.market.market_id
    }

    /// The market.
    #[must_use]
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The scope of a market that the same write has just made.
    #[must_use]
    pub fn of_new(new: &NewMarket, actor: &str, now: UnixMillis) -> Self {
        let market = Market {
            market_id: new.market_id,
            ward_code: new.ward_code.clone(),
            province_code: new.province_code.clone(),
            name: new.name.as_str().to_owned(),
            class: new.class.get(),
            contact_name: new.contact_name.as_ref().map(|name| name.as_str().to_owned()),
            review_first: new.review_first,
            transfer_purpose: None,
            is_active: true,
            created_at_ms: now,
        };
        Self { market, actor: actor.to_owned() }
    }

    /// Who acts, as the audit chain names them.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }
}

const COLUMNS: &str = "SELECT market_id, ward_code, province_code, name, class, contact_name, review_first, transfer_purpose, is_active, created_at_ms FROM markets WHERE market_id = $1";

async fn find(db: &Db, market_id: MarketId) -> Result<Option<Market>, StoreError> {
    fetch_optional!(db, COLUMNS, market_id)
}

/// Lets a viewer into a market for an act, or not. The role is judged first, so that a role without the right learns
/// nothing about what exists.
pub async fn enter(db: &Db, viewer: &Viewer, act: Act, market_id: MarketId) -> Result<MarketScope, AccessError> {
    if !viewer.may(act) {
        return Err(AccessError::Forbidden);
    }
    let market = find(db, market_id).await?.ok_or(AccessError::NotFound)?;
    if !viewer.scope.covers(market_id, &market.ward_code, &market.province_code) {
        return Err(AccessError::NotFound);
    }
    Ok(MarketScope { market, actor: viewer.actor() })
}

/// Lets the program itself into a market: a job, the command line, or a vendor's link that was checked before.
pub async fn enter_as(db: &Db, actor: &'static str, market_id: MarketId) -> Result<MarketScope, AccessError> {
    let market = find(db, market_id).await?.ok_or(AccessError::NotFound)?;
    Ok(MarketScope { market, actor: actor.to_owned() })
}

macro_rules! enter_by {
    ($(#[$doc:meta])* $name:ident, $id:ty, $sql:literal) => {
        $(#[$doc])*
        pub async fn $name(db: &Db, viewer: &Viewer, act: Act, id: $id) -> Result<MarketScope, AccessError> {
            if !viewer.may(act) {
                return Err(AccessError::Forbidden);
            }
            let market: Option<MarketId> = fetch_optional!(db, $sql, id)?.map(|(value,)| value);
            enter(db, viewer, act, market.ok_or(AccessError::NotFound)?).await
        }
    };
}

enter_by!(
    /// Lets a viewer into the market of a stall.
    enter_by_stall, StallId, "SELECT market_id FROM stalls WHERE stall_id = $1");
enter_by!(
    /// Lets a viewer into the market of a vendor.
    enter_by_vendor, VendorId, "SELECT market_id FROM vendors WHERE vendor_id = $1");
enter_by!(
    /// Lets a viewer into the market of a payment code.
    enter_by_code, PaymentCodeId, "SELECT market_id FROM payment_codes WHERE payment_code_id = $1");
enter_by!(
    /// Lets a viewer into the market of a print batch.
    enter_by_batch, PrintBatchId, "SELECT market_id FROM print_batches WHERE print_batch_id = $1");
enter_by!(
    /// Lets a viewer into the market of a report.
    enter_by_report, ReportId, "SELECT market_id FROM sticker_reports WHERE report_id = $1");
enter_by!(
    /// Lets a viewer into the market of an enrolment.
    enter_by_enrolment, crate::domain::ids::EnrolmentId, "SELECT market_id FROM enrolment_ids WHERE enrolment_id = $1");

/// A new market.
#[derive(Debug, Clone)]
pub struct NewMarket {
    /// Its identifier.
    pub market_id: MarketId,
    /// Five digits, of a ward that exists.
    pub ward_code: String,
    /// Two digits.
    pub province_code: String,
    /// Its name.
    pub name: Name,
    /// Its class.
    pub class: MarketClass,
    /// Whom a vendor may call.
    pub contact_name: Option<Name>,
    /// The number to call.
    pub contact_phone: Option<Phone>,
    /// Whether every enrolment is reviewed first.
    pub review_first: bool,
}

/// Adds a market with empty counters; `false` when the ward has one of that name.
pub async fn insert(tx: &mut Tx<'_>, new: &NewMarket, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO markets (market_id, ward_code, province_code, name, name_fold, name_sort, class, contact_name, \
         contact_phone_sealed, review_first, is_active, created_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (ward_code, name_fold) DO NOTHING";
    const HEAD: &str = "INSERT INTO audit_heads (chain_id, seq, hash) VALUES ($1, 0, $2)";
    const STATS: &str = "INSERT INTO market_stats (market_id, ward_code, province_code, stalls, vacant, trading, paused, left_stalls, \
         reached, with_code, verified, not_reached, postponed, awaiting_account, declined, in_review, needs_fix, code_issued, posted, \
         in_use, stopped, unsafe_stalls, unconfirmed, used_verified, updated_at_ms) \
         VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, $4)";
    let phone = new.contact_phone.as_ref().map(|phone| tx.keys().seal(seal::MARKET_PHONE, &new.market_id, phone.as_str()));
    let contact = new.contact_name.as_ref().map(Name::as_str);
    let inserted = execute!(
        tx,
        SQL,
        new.market_id,
        &new.ward_code,
        &new.province_code,
        new.name.as_str(),
        new.name.fold(),
        new.name.sort_key(),
        new.class.get(),
        contact,
        phone.clone(),
        new.review_first,
        true,
        now,
    )?;
    if inserted == 0 {
        return Ok(false);
    }
    execute!(tx, HEAD, new.market_id, crate::domain::audit::GENESIS.as_slice())?;
    execute!(tx, STATS, new.market_id, &new.ward_code, &new.province_code, now)?;
    Ok(true)
}

/// What may be changed of a market afterwards.
#[derive(Debug, Clone)]
pub struct MarketChange {
    /// Its name.
    pub name: Name,
    /// Its class.
    pub class: MarketClass,
    /// Whom a vendor may call.
    pub contact_name: Option<Name>,
    /// The number to call.
    pub contact_phone: Option<Phone>,
    /// What the ward decides; `None` leaves it as it is.
    pub ward_rules: Option<WardRules>,
}

/// Changes a market; `false` when another of the ward has that name.
pub async fn update(tx: &mut Tx<'_>, scope: &MarketScope, change: &MarketChange) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE markets SET name = $2, name_fold = $3, name_sort = $4, class = $5, contact_name = $6, \
         contact_phone_sealed = $7 WHERE market_id = $1 AND NOT EXISTS \
         (SELECT 1 FROM markets o WHERE o.ward_code = markets.ward_code AND o.name_fold = $3 AND o.market_id <> $1)";
    const RULES: &str = "UPDATE markets SET review_first = $2, transfer_purpose = $3 WHERE market_id = $1";
    let id = scope.market_id();
    let phone = change.contact_phone.as_ref().map(|phone| tx.keys().seal(seal::MARKET_PHONE, &id, phone.as_str()));
    let contact = change.contact_name.as_ref().map(Name::as_str);
    let changed = execute!(
        tx,
        SQL,
        id,
        change.name.as_str(),
        change.name.fold(),
        change.name.sort_key(),
        change.class.get(),
        contact,
        phone.clone(),
    )?;
    if let (1, Some(rules)) = (changed, &change.ward_rules) {
        execute!(tx, RULES, id, rules.review_first, rules.transfer_purpose.as_ref().map(TransferPurpose::as_str))?;
    }
    Ok(changed == 1)
}

/// The number a vendor may call.
pub async fn contact_phone(db: &Db, scope: &MarketScope) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT contact_phone_sealed FROM markets WHERE market_id = $1";
    let id = scope.market_id();
    let sealed: Option<Option<Vec<u8>>> = fetch_optional!(db, SQL, id)?.map(|(value,)| value);
    sealed.flatten().map(|sealed| db.keys().open(seal::MARKET_PHONE, &id, &sealed)).transpose()
}

stored_row! {
    /// Counters of one market, of a ward or of a province; a column each of `market_stats`.
    #[derive(Debug, Clone, serde::Serialize, PartialEq, Eq)]
    pub struct Stats {
        /// The market.
        pub market_id: MarketId,
        /// Its name.
        pub name: String,
        /// Its class.
        pub class: i16,
        /// Its ward.
        pub ward_code: String,
        /// All stalls.
        pub stalls: i64,
        /// Stalls that stand empty.
        pub vacant: i64,
        /// Stalls that trade: the denominator N.
        pub trading: i64,
        /// Stalls that pause.
        pub paused: i64,
        /// Stalls that were given back.
        pub left_stalls: i64,
        /// Trading stalls somebody has spoken with.
        pub reached: i64,
        /// Trading stalls with a code in force.
        pub with_code: i64,
        /// Trading stalls whose last scan was good and is not older than 90 days.
        pub verified: i64,
        /// By progress.
        pub not_reached: i64,
        /// By progress.
        pub postponed: i64,
        /// By progress.
        pub awaiting_account: i64,
        /// By progress.
        pub declined: i64,
        /// By progress.
        pub in_review: i64,
        /// By progress.
        pub needs_fix: i64,
        /// By progress.
        pub code_issued: i64,
        /// By progress.
        pub posted: i64,
        /// By progress.
        pub in_use: i64,
        /// By progress.
        pub stopped: i64,
        /// Stalls with a foreign code or a frozen one.
        pub unsafe_stalls: i64,
        /// Trading stalls whose code waits for a second person's confirmation.
        pub unconfirmed: i64,
        /// Trading stalls in use among the verified ones: the share of those with good codes that really take payments.
        pub used_verified: i64,
        /// When a fact last moved them.
        pub updated_at_ms: UnixMillis,
    }
}

/// A market in a list, with what its viewer may see of its counters.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The market.
    pub market_id: MarketId,
    /// Its name.
    pub name: String,
    /// Its class.
    pub class: i16,
    /// Its ward.
    pub ward_code: String,
    /// Its counters; `None` for who sees none, or where too few stalls trade for this viewer.
    pub stats: Option<Stats>,
}

/// The markets a viewer sees, in order, with the counters that are theirs to see.
pub async fn list(db: &Db, viewer: &Viewer) -> Result<Vec<Listed>, AccessError> {
    let sees_counters = viewer.may(Act::SeeCounters);
    if !sees_counters && !viewer.may(Act::MakeMarket) {
        return Err(AccessError::Forbidden);
    }
    let listed = |stats: Stats| Listed {
        market_id: stats.market_id,
        name: stats.name.clone(),
        class: stats.class,
        ward_code: stats.ward_code.clone(),
        stats: Some(stats).filter(|stats| sees_counters && !viewer.is_too_few(stats.trading)),
    };
    Ok(list_within(db, &viewer.scope).await?.into_iter().map(listed).collect())
}

/// The markets of a ward, a province or the nation with their counters, for whoever may see its counters.
pub async fn list_in_place(db: &Db, viewer: &Viewer, place: &Scope) -> Result<Vec<Stats>, AccessError> {
    if !viewer.may(Act::SeeCounters) {
        return Err(AccessError::Forbidden);
    }
    if !viewer.scope.holds(place) {
        return Err(AccessError::NotFound);
    }
    Ok(list_within(db, place).await?)
}

macro_rules! stats_sql {
    ($tail:literal) => {
        concat!(
            "SELECT s.market_id, m.name, m.class, s.ward_code, s.stalls, s.vacant, s.trading, s.paused, s.left_stalls, s.reached, ",
            "s.with_code, s.verified, s.not_reached, s.postponed, s.awaiting_account, s.declined, s.in_review, s.needs_fix, ",
            "s.code_issued, s.posted, s.in_use, s.stopped, s.unsafe_stalls, s.unconfirmed, s.used_verified, s.updated_at_ms ",
            "FROM market_stats s JOIN markets m ON m.market_id = s.market_id ",
            $tail
        )
    };
}

async fn list_within(db: &Db, scope: &Scope) -> Result<Vec<Stats>, StoreError> {
    // One text a kind: with all of them in one, joined by OR, SQLite reads every market there is.
    const NATION: &str = stats_sql!("ORDER BY s.province_code, s.ward_code, m.name_sort");
    const PROVINCE: &str = stats_sql!("WHERE s.province_code = $1 ORDER BY s.ward_code, m.name_sort");
    const WARD: &str = stats_sql!("WHERE s.province_code = $1 AND s.ward_code = $2 ORDER BY m.name_sort");
    const MARKET: &str = stats_sql!("WHERE s.market_id = $1");
    match scope {
        Scope::Nation => fetch_all!(db, NATION),
        Scope::Province(code) => fetch_all!(db, PROVINCE, code),
        // The index begins with the province.
        Scope::Ward(code) => match place::ward(code) {
            Some(ward) => fetch_all!(db, WARD, &ward.province_code, code),
            None => Ok(Vec::new()),
        },
        Scope::Market(id) => fetch_all!(db, MARKET, *id),
    }
}

/// One market's counters.
pub async fn stats(db: &Db, scope: &MarketScope) -> Result<Stats, StoreError> {
    fetch_optional!(db, stats_sql!("WHERE s.market_id = $1"), scope.market_id())?.ok_or(StoreError::Damaged("market_stats"))
}

/// Sums of counters over a province's wards, for whoever sees aggregates only.
pub async fn sums_by_ward(db: &Db, viewer: &Viewer, province_code: &str) -> Result<Vec<WardSums>, AccessError> {
    const SQL: &str = "SELECT ward_code, COUNT(*) AS markets, CAST(SUM(trading) AS BIGINT) AS trading, CAST(SUM(reached) AS BIGINT) AS reached, \
         CAST(SUM(with_code) AS BIGINT) AS with_code, CAST(SUM(verified) AS BIGINT) AS verified, CAST(SUM(used_verified) AS BIGINT) AS used_verified \
         FROM market_stats WHERE province_code = $1 GROUP BY ward_code ORDER BY ward_code";
    if !viewer.may(Act::SeeCounters) {
        return Err(AccessError::Forbidden);
    }
    match &viewer.scope {
        Scope::Nation => {}
        Scope::Province(mine) if mine == province_code => {}
        _ => return Err(AccessError::NotFound),
    }
    Ok(fetch_all!(db, SQL, province_code)?)
}

/// Sums of counters over the nation's provinces, each under its code; for who may see them.
pub async fn sums_by_province(db: &Db, viewer: &Viewer) -> Result<Vec<WardSums>, AccessError> {
    const SQL: &str = "SELECT province_code AS ward_code, COUNT(*) AS markets, CAST(SUM(trading) AS BIGINT) AS trading, CAST(SUM(reached) AS BIGINT) AS reached, \
         CAST(SUM(with_code) AS BIGINT) AS with_code, CAST(SUM(verified) AS BIGINT) AS verified, CAST(SUM(used_verified) AS BIGINT) AS used_verified \
         FROM market_stats GROUP BY province_code ORDER BY province_code";
    if !viewer.may(Act::SeeCounters) && !viewer.may(Act::SeeNation) {
        return Err(AccessError::Forbidden);
    }
    if viewer.scope != Scope::Nation {
        return Err(AccessError::NotFound);
    }
    Ok(fetch_all!(db, SQL)?)
}

stored_row! {
    /// Sums of one ward, or of one province under its code.
    #[derive(Debug, Clone, serde::Serialize, PartialEq, Eq)]
    pub struct WardSums {
        /// Five digits.
        pub ward_code: String,
        /// How many markets.
        pub markets: i64,
        /// Stalls that trade.
        pub trading: i64,
        /// Of them, spoken with.
        pub reached: i64,
        /// Of them, with a code.
        pub with_code: i64,
        /// Of them, verified.
        pub verified: i64,
        /// Of the verified ones, in use.
        pub used_verified: i64,
    }
}

/// The identifiers of a ward's markets, in the order of their names.
pub async fn ids_of_ward(db: &Db, ward_code: &str) -> Result<Vec<MarketId>, StoreError> {
    const SQL: &str = "SELECT market_id FROM markets WHERE ward_code = $1 ORDER BY name_sort, market_id";
    Ok(fetch_all!(db, SQL, ward_code)?.into_iter().map(|(value,)| value).collect())
}

/// Every market's identifier, for jobs and checks.
pub async fn all_ids(db: &Db) -> Result<Vec<MarketId>, StoreError> {
    const SQL: &str = "SELECT market_id FROM markets ORDER BY market_id";
    Ok(fetch_all!(db, SQL)?.into_iter().map(|(value,)| value).collect())
}
