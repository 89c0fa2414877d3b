//! Which codes of a market can be printed: what a sheet is made of before a serial is given out.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row, stickers::Printed};
use crate::{
    domain::{
        ids::{PaymentCodeId, StallId},
        stall::Progress,
        time::UnixMillis,
    },
    fetch_all, fetch_one, fetch_optional,
};

crate::word_enum!(
    /// Which codes of a market are printed.
    PrintFilter {
        /// Codes in force that have no sticker yet.
        NotYetPrinted = "not_yet_printed",
        /// Every code in force that no posted sticker shows: a sticker that was printed and never posted is retired.
        All = "all",
        /// Codes in force without a sticker whose vendor had another account at that stall before: an old sticker hangs there.
        AccountChanged = "account_changed",
        /// Every code in force; what hangs at the stalls is retired, and has to be taken down.
        Reprint = "reprint",
    }
);

/// What narrows the codes of a market to those that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// By their stickers.
    pub which: PrintFilter,
    /// One row of the market, or all.
    pub row: Option<String>,
    /// Stalls at one step only.
    pub progress: Option<Progress>,
}

impl From<PrintFilter> for Selection {
    fn from(which: PrintFilter) -> Self {
        Self { which, row: None, progress: None }
    }
}

impl Selection {
    fn row(&self) -> &str {
        self.row.as_deref().unwrap_or("")
    }

    fn progress(&self) -> &'static str {
        self.progress.map_or("", Progress::as_str)
    }
}

/// `$1` market, `$2` row, `$3` enroller (empty for all), `$4` filter, `$5` progress.
macro_rules! printable_sql {
    ($what:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM payment_codes c JOIN stalls s ON s.market_id = c.market_id AND s.stall_id = c.stall_id ",
            "WHERE c.market_id = $1 AND c.status = 'active' AND NOT c.is_frozen AND ($2 = '' OR s.row_name = $2) AND ($3 = '' OR c.enrolled_by = $3) ",
            "AND ($4 = 'reprint' OR NOT EXISTS (SELECT 1 FROM stickers k WHERE k.market_id = c.market_id AND k.payment_code_id = c.payment_code_id ",
            "AND (k.status = 'posted' OR ($4 <> 'all' AND k.status = 'printed')))) ",
            "AND ($4 <> 'account_changed' OR EXISTS (SELECT 1 FROM payment_codes o WHERE o.market_id = c.market_id AND o.stall_id = c.stall_id ",
            "AND o.vendor_id = c.vendor_id AND o.status = 'superseded')) AND ($5 = '' OR s.progress = $5)",
            $tail
        )
    };
}

/// A code that can be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printable {
    /// The code.
    pub code: PaymentCodeId,
    /// Where it belongs.
    pub stall: StallId,
    /// The stall's code.
    pub stall_code: String,
}

macro_rules! printable {
    ($on:expr, $scope:expr, $selection:expr, $enrolled_by:expr) => {{
        const SQL: &str = printable_sql!(
            "c.payment_code_id, c.stall_id, s.code",
            " ORDER BY s.code_sort, c.is_primary DESC, c.payment_code_id"
        );
        let (selection, own) = ($selection, $enrolled_by.unwrap_or(""));
        let rows: Vec<(PaymentCodeId, StallId, String)> =
            fetch_all!($on, SQL, $scope.market_id(), selection.row(), own, selection.which.as_str(), selection.progress())?;
        Ok(rows.into_iter().map(|(code, stall, stall_code)| Printable { code, stall, stall_code }).collect())
    }};
}

/// The codes in force, not frozen, that a selection picks, in walking order; an enroller narrows it.
pub async fn printable(
    db: &Db,
    scope: &MarketScope,
    selection: &Selection,
    enrolled_by: Option<&str>,
) -> Result<Vec<Printable>, StoreError> {
    printable!(db, scope, selection, enrolled_by)
}

/// The same inside the write that records them.
pub async fn printable_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    selection: &Selection,
    enrolled_by: Option<&str>,
) -> Result<Vec<Printable>, StoreError> {
    printable!(tx, scope, selection, enrolled_by)
}

/// How many codes a selection picks.
pub async fn count_printable(
    db: &Db,
    scope: &MarketScope,
    selection: &Selection,
    enrolled_by: Option<&str>,
) -> Result<usize, StoreError> {
    const SQL: &str = printable_sql!("COUNT(*)", "");
    let own = enrolled_by.unwrap_or("");
    let (count,): (i64,) =
        fetch_one!(db, SQL, scope.market_id(), selection.row(), own, selection.which.as_str(), selection.progress())?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// How many codes each step of the stalls has, for one filter and row: what can be chosen.
pub async fn count_by_progress(
    db: &Db,
    scope: &MarketScope,
    selection: &Selection,
    enrolled_by: Option<&str>,
) -> Result<Vec<(Progress, i64)>, StoreError> {
    const SQL: &str = printable_sql!("s.progress, COUNT(*)", " GROUP BY s.progress");
    let (row, own) = (selection.row(), enrolled_by.unwrap_or(""));
    fetch_all!(db, SQL, scope.market_id(), row, own, selection.which.as_str(), "")
}

stored_row! {
    struct PreviewRow {
        payment_code_id: PaymentCodeId,
        stall_code: String,
        goods: Option<String>,
        vendor_name: String,
        holder_name: Option<String>,
        bin: Option<String>,
        account_last4: String,
        payload_sealed: Vec<u8>,
        issued_at_ms: Option<UnixMillis>,
    }
}

/// What a sticker of a code will show. Serial and check link are given out by printing alone: these stand in for them.
pub async fn preview(db: &Db, scope: &MarketScope, code: PaymentCodeId) -> Result<Option<Printed>, StoreError> {
    const SQL: &str = "SELECT c.payment_code_id, s.code AS stall_code, s.goods, v.full_name AS vendor_name, a.holder_name, c.bin, \
         c.account_last4, c.payload_sealed, c.issued_at_ms FROM payment_codes c \
         JOIN payment_accounts a ON a.market_id = c.market_id AND a.payment_account_id = c.payment_account_id \
         JOIN stalls s ON s.market_id = c.market_id AND s.stall_id = c.stall_id \
         JOIN vendors v ON v.market_id = c.market_id AND v.vendor_id = c.vendor_id \
         WHERE c.market_id = $1 AND c.payment_code_id = $2 AND c.status = 'active' AND NOT c.is_frozen";
    let row: Option<PreviewRow> = fetch_optional!(db, SQL, scope.market_id(), code)?;
    row.map(|row| {
        Ok(Printed {
            payload: db.keys().open(seal::PAYLOAD, &row.payment_code_id, &row.payload_sealed)?,
            check_token: "0".repeat(16),
            position: 0,
            serial: "VH-…".to_owned(),
            stall_code: row.stall_code,
            goods: row.goods,
            vendor_name: row.vendor_name,
            holder_name: row.holder_name,
            bin: row.bin,
            account_last4: row.account_last4,
            issued_at: row.issued_at_ms,
        })
    })
    .transpose()
}
