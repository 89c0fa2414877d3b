//! Who walks which rows of a market.

use super::{Db, StoreError, Tx, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{ids::StaffId, time::UnixMillis},
    execute, fetch_all,
};

stored_row! {
    /// A row of a market with who walks it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Assigned {
        /// The part of the market.
        pub zone: String,
        /// The row.
        pub row_name: String,
        /// Who.
        pub staff_id: StaffId,
        /// Their name.
        pub full_name: String,
    }
}

/// Who walks which rows of a market.
pub async fn list(db: &Db, scope: &MarketScope) -> Result<Vec<Assigned>, StoreError> {
    const SQL: &str = "SELECT a.zone, a.row_name, a.staff_id, s.full_name FROM row_assignments a JOIN staff s ON s.staff_id = a.staff_id \
         WHERE a.market_id = $1 ORDER BY a.zone, a.row_name";
    fetch_all!(db, SQL, scope.market_id())
}

/// The rows of one person in a market.
pub async fn of_person(db: &Db, scope: &MarketScope, who: StaffId) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "SELECT zone, row_name FROM row_assignments WHERE market_id = $1 AND staff_id = $2 ORDER BY zone, row_name";
    fetch_all!(db, SQL, scope.market_id(), who)
}

/// Gives a row to somebody, or to nobody.
pub async fn put(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (zone, row): (&str, &str),
    who: Option<StaffId>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const PUT: &str = "INSERT INTO row_assignments (market_id, zone, row_name, staff_id, assigned_by, assigned_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (market_id, zone, row_name) DO UPDATE SET staff_id = excluded.staff_id, \
         assigned_by = excluded.assigned_by, assigned_at_ms = excluded.assigned_at_ms";
    const DROP: &str = "DELETE FROM row_assignments WHERE market_id = $1 AND zone = $2 AND row_name = $3";
    match who {
        Some(who) => execute!(tx, PUT, scope.market_id(), zone, row, who, scope.actor(), now).map(drop),
        None => execute!(tx, DROP, scope.market_id(), zone, row).map(drop),
    }
}

stored_row! {
    /// Somebody who can be given rows of a market.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Walker {
        /// Who.
        pub staff_id: StaffId,
        /// Their name.
        pub full_name: String,
    }
}

/// Who works in the field of a market: its own volunteers and leads, and its ward's officials.
pub async fn walkers(db: &Db, scope: &MarketScope) -> Result<Vec<Walker>, StoreError> {
    const SQL: &str = "SELECT staff_id, full_name FROM staff WHERE is_active = $3 AND role IN ('volunteer', 'lead', 'ward_official') \
         AND ((scope_kind = 'market' AND scope_id = $1) OR (scope_kind = 'ward' AND scope_id = $2)) ORDER BY name_sort, staff_id";
    fetch_all!(db, SQL, scope.market_id().to_string(), &scope.market().ward_code, true)
}
