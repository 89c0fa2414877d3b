//! A market's stalls as a report lists them. A list and no dashboard: it reads every stall of the market.

use super::{Db, StoreError, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{ids::StallId, kpi::Entry, time::UnixMillis},
    fetch_all,
};

stored_row! {
    struct StallLine {
        stall_id: StallId,
        code: String,
        zone: String,
        row_label: String,
        goods: Option<String>,
        vendor: Option<String>,
        entries: Option<String>,
        bin: Option<String>,
        last4: Option<String>,
        issued: Option<UnixMillis>,
        checked: Option<UnixMillis>,
    }
}

/// A stall with what it adds to its market's figures.
#[derive(Debug, Clone)]
pub struct ReportRow {
    /// Its code.
    pub code: String,
    /// The part of the market.
    pub zone: String,
    /// The row.
    pub row: String,
    /// What is sold.
    pub goods: String,
    /// Who kept it at the cut-off.
    pub vendor: String,
    /// Its part of the figures.
    pub entries: Vec<Entry>,
    /// The bank of its primary code and the account's last four digits; the bank is empty for a wallet.
    pub account: Option<(String, String)>,
    /// When that code was issued.
    pub issued: Option<UnixMillis>,
    /// When somebody last scanned what hangs there.
    pub checked: Option<UnixMillis>,
}

/// The market's stalls in walking order, with who kept them and which code was in force at `at`: what a person refused is not laid at the
/// door of whoever came after them.
pub async fn list(db: &Db, scope: &MarketScope, at: UnixMillis) -> Result<Vec<ReportRow>, StoreError> {
    const SQL: &str = "SELECT s.stall_id, s.code, s.zone, s.row_name AS row_label, s.goods, v.full_name AS vendor, f.entries, c.bin, c.account_last4 AS last4, \
         c.issued_at_ms AS issued, (SELECT MAX(k.checked_at_ms) FROM sticker_checks k WHERE k.market_id = s.market_id \
            AND k.stall_id = s.stall_id AND k.checked_at_ms <= $2) AS checked \
         FROM stalls s LEFT JOIN tenancies t ON t.market_id = s.market_id AND t.stall_id = s.stall_id AND t.since_ms <= $2 \
            AND (t.until_ms IS NULL OR t.until_ms > $2) \
         LEFT JOIN vendors v ON v.market_id = t.market_id AND v.vendor_id = t.vendor_id \
         LEFT JOIN stall_figures f ON f.market_id = s.market_id AND f.stall_id = s.stall_id \
         LEFT JOIN payment_codes c ON c.market_id = s.market_id AND c.stall_id = s.stall_id AND c.tenancy_id = t.tenancy_id \
            AND c.is_primary AND c.issued_at_ms <= $2 AND (c.ended_at_ms IS NULL OR c.ended_at_ms > $2) \
         WHERE s.market_id = $1 ORDER BY s.code_sort, s.stall_id, c.payment_code_id";
    let mut rows: Vec<StallLine> = fetch_all!(db, SQL, scope.market_id(), at)?;
    rows.dedup_by_key(|row| row.stall_id);
    rows.into_iter().map(StallLine::report).collect()
}

impl StallLine {
    fn report(self) -> Result<ReportRow, StoreError> {
        let lines = self.entries.as_deref().unwrap_or("").lines();
        let entries: Option<Vec<Entry>> = lines.map(Entry::from_line).collect();
        Ok(ReportRow {
            code: self.code,
            zone: self.zone,
            row: self.row_label,
            goods: self.goods.unwrap_or_default(),
            vendor: self.vendor.unwrap_or_default(),
            entries: entries.ok_or(StoreError::Damaged("stall_figures.entries"))?,
            account: self.last4.map(|last4| (self.bin.unwrap_or_default(), last4)),
            issued: self.issued,
            checked: self.checked,
        })
    }
}
