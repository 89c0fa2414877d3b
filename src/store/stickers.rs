//! Print batches and their stickers, each one print of one code with a serial of its own.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, PaymentCodeId, PrintBatchId, StallId, StickerId},
        sticker::StickerStatus,
        time::UnixMillis,
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

stored_row! {
    /// A batch to be printed.
    #[derive(Debug, Clone)]
    pub struct PrintBatch {
        /// Its identifier.
        pub print_batch_id: PrintBatchId,
        /// The design's name.
        pub design: String,
        /// The paper's name.
        pub paper: String,
        /// The first free position of a part-used sheet, from 1.
        pub start_at: i64,
        /// Copies of each.
        pub copies: i64,
        /// How many stickers.
        pub stickers: i64,
        /// Which codes were asked for, as one line of JSON; nothing in batches older than that was kept.
        pub picked: Option<String>,
        /// Who printed.
        pub printed_by: String,
        /// When.
        pub created_at_ms: UnixMillis,
    }
}

macro_rules! batch_sql {
    ($tail:literal) => {
        concat!("SELECT print_batch_id, design, paper, start_at, copies, stickers, picked, printed_by, created_at_ms FROM print_batches ", $tail)
    };
}

/// Adds a batch.
pub async fn insert_batch(tx: &mut Tx<'_>, scope: &MarketScope, batch: &PrintBatch) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO print_batches (market_id, print_batch_id, design, paper, start_at, copies, stickers, picked, printed_by, created_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    execute!(
        tx,
        SQL,
        scope.market_id(),
        batch.print_batch_id,
        &batch.design,
        &batch.paper,
        batch.start_at,
        batch.copies,
        batch.stickers,
        batch.picked.clone(),
        &batch.printed_by,
        batch.created_at_ms,
    )
    .map(drop)
}

/// A batch.
pub async fn find_batch(db: &Db, scope: &MarketScope, id: PrintBatchId) -> Result<Option<PrintBatch>, StoreError> {
    const SQL: &str = batch_sql!("WHERE market_id = $1 AND print_batch_id = $2");
    fetch_optional!(db, SQL, scope.market_id(), id)
}

macro_rules! taken {
    ($on:expr, $id:expr) => {{
        const MARKET: &str = "SELECT market_id FROM print_batches WHERE print_batch_id = $1";
        const SQL: &str = batch_sql!("WHERE market_id = $1 AND print_batch_id = $2");
        let market: Option<(MarketId,)> = fetch_optional!($on, MARKET, $id)?;
        let Some((market,)) = market else { return Ok(None) };
        let batch: Option<PrintBatch> = fetch_optional!($on, SQL, market, $id)?;
        Ok(batch.map(|batch| (market, batch)))
    }};
}

/// The batch that a client's identifier already stands for, with its market: whether it is the same one is the caller's to
/// judge.
pub async fn find_taken(db: &Db, id: PrintBatchId) -> Result<Option<(MarketId, PrintBatch)>, StoreError> {
    taken!(db, id)
}

/// The same inside the write that would take the identifier.
pub async fn find_taken_in(tx: &mut Tx<'_>, id: PrintBatchId) -> Result<Option<(MarketId, PrintBatch)>, StoreError> {
    taken!(tx, id)
}

/// The batches of a market, latest first.
pub async fn list_batches(db: &Db, scope: &MarketScope, limit: i64) -> Result<Vec<PrintBatch>, StoreError> {
    const SQL: &str = batch_sql!("WHERE market_id = $1 ORDER BY created_at_ms DESC, print_batch_id DESC LIMIT $2");
    fetch_all!(db, SQL, scope.market_id(), limit)
}

/// A sticker to be printed.
#[derive(Debug, Clone)]
pub struct NewSticker {
    /// Its identifier.
    pub id: StickerId,
    /// `VH-0123-7`.
    pub serial: String,
    /// Which code it shows.
    pub payment_code_id: PaymentCodeId,
    /// At which stall it will hang.
    pub stall_id: StallId,
    /// In which batch.
    pub print_batch_id: PrintBatchId,
    /// Its place in the batch, from 0.
    pub position: i64,
    /// The secret of its check link.
    pub check_token: String,
}

/// Adds a sticker.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewSticker, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO stickers (market_id, sticker_id, serial, payment_code_id, stall_id, print_batch_id, position, status, \
         check_token_sealed, check_token_hash, printed_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 'printed', $8, $9, $10)";
    let sealed = tx.keys().seal(seal::CHECK_TOKEN, &new.id, &new.check_token);
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        &new.serial,
        new.payment_code_id,
        new.stall_id,
        new.print_batch_id,
        new.position,
        sealed.clone(),
        seal::token_hash(&new.check_token),
        now,
    )
    .map(drop)
}

stored_row! {
    /// A sticker in a stall's history.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Sticker {
        /// Its identifier.
        pub sticker_id: StickerId,
        /// `VH-0123-7`.
        pub serial: String,
        /// Which code it shows.
        pub payment_code_id: PaymentCodeId,
        /// At which stall it hangs.
        pub stall_id: StallId,
        /// In which batch it was printed.
        pub print_batch_id: PrintBatchId,
        /// Where it stands.
        pub status: StickerStatus,
        /// When it was printed.
        pub printed_at_ms: UnixMillis,
        /// When a scan first proved it.
        pub posted_at_ms: Option<UnixMillis>,
        /// When it was retired.
        pub retired_at_ms: Option<UnixMillis>,
    }
}

macro_rules! sticker_sql {
    ($tail:literal) => {
        concat!(
            "SELECT sticker_id, serial, payment_code_id, stall_id, print_batch_id, status, printed_at_ms, posted_at_ms, retired_at_ms FROM stickers ",
            $tail
        )
    };
}

/// A stall's stickers, latest first.
pub async fn list_of_stall(db: &Db, scope: &MarketScope, stall: StallId) -> Result<Vec<Sticker>, StoreError> {
    const SQL: &str = sticker_sql!("WHERE market_id = $1 AND stall_id = $2 ORDER BY printed_at_ms DESC, sticker_id DESC");
    fetch_all!(db, SQL, scope.market_id(), stall)
}

stored_row! {
    /// A sticker of a batch.
    #[derive(Debug, Clone)]
    pub struct InBatch {
        /// Its identifier.
        pub sticker_id: StickerId,
        /// `VH-0123-7`.
        pub serial: String,
        /// Which code it shows.
        pub payment_code_id: PaymentCodeId,
        /// At which stall it hangs.
        pub stall_id: StallId,
        /// The stall's code.
        pub stall_code: String,
        /// Where it stands.
        pub status: StickerStatus,
        /// Its place in the batch, from 0.
        pub position: i64,
    }
}

/// The stickers of a batch in the order of the sheet, so many from a position on.
pub async fn of_batch(db: &Db, scope: &MarketScope, id: PrintBatchId, from: i64, count: i64) -> Result<Vec<InBatch>, StoreError> {
    const SQL: &str = "SELECT k.sticker_id, k.serial, k.payment_code_id, k.stall_id, s.code AS stall_code, k.status, k.position FROM stickers k \
         JOIN stalls s ON s.market_id = k.market_id AND s.stall_id = k.stall_id \
         WHERE k.market_id = $1 AND k.print_batch_id = $2 AND k.position >= $3 AND k.position < $4 ORDER BY k.position";
    fetch_all!(db, SQL, scope.market_id(), id, from, from.saturating_add(count))
}

/// Whether a sticker of a code counts: printing the code again retires it.
pub async fn is_shown(db: &Db, scope: &MarketScope, code: PaymentCodeId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM stickers WHERE market_id = $1 AND payment_code_id = $2 AND status <> 'retired'";
    let (count,): (i64,) = fetch_one!(db, SQL, scope.market_id(), code)?;
    Ok(count > 0)
}

/// Notes that a scan proved the latest sticker of a code at its stall.
pub async fn post(tx: &mut Tx<'_>, scope: &MarketScope, code: PaymentCodeId, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE stickers SET status = 'posted', posted_at_ms = $3 WHERE market_id = $1 AND sticker_id = \
         (SELECT sticker_id FROM stickers WHERE market_id = $1 AND payment_code_id = $2 AND status <> 'retired' \
            ORDER BY printed_at_ms DESC, sticker_id DESC LIMIT 1) AND status = 'printed'";
    execute!(tx, SQL, scope.market_id(), code, now).map(|rows| rows == 1)
}

/// Retires the stickers of a code: it was reprinted, or is no longer in force.
pub async fn retire_of_code(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    code: PaymentCodeId,
    reason: &str,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    const SQL: &str = "UPDATE stickers SET status = 'retired', retired_at_ms = $3, retire_reason = $4 \
         WHERE market_id = $1 AND payment_code_id = $2 AND status <> 'retired'";
    execute!(tx, SQL, scope.market_id(), code, now, reason)
}

/// What is printed on one sticker, everything sealed opened: only for drawing, never for a list.
#[derive(Clone)]
pub struct Printed {
    /// Its place in the batch, in walking order.
    pub position: i64,
    /// `VH-0123-7`.
    pub serial: String,
    /// The stall's code.
    pub stall_code: String,
    /// What is sold.
    pub goods: Option<String>,
    /// The vendor's name.
    pub vendor_name: String,
    /// The holder's name as declared.
    pub holder_name: Option<String>,
    /// The acquirer's BIN.
    pub bin: Option<String>,
    /// The last digits.
    pub account_last4: String,
    /// What the code says.
    pub payload: String,
    /// When the code came into force.
    pub issued_at: Option<UnixMillis>,
    /// The secret of the check link.
    pub check_token: String,
}

impl std::fmt::Debug for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Printed({})", self.serial)
    }
}

stored_row! {
    struct PrintedRow {
        sticker_id: StickerId,
        position: i64,
        payment_code_id: PaymentCodeId,
        serial: String,
        stall_code: String,
        goods: Option<String>,
        vendor_name: String,
        holder_name: Option<String>,
        bin: Option<String>,
        account_last4: String,
        payload_sealed: Vec<u8>,
        issued_at_ms: Option<UnixMillis>,
        check_token_sealed: Vec<u8>,
    }
}

/// The stickers of a batch at so many positions from one on: a sheet is drawn from pages of these, never from all at once.
/// One that is retired, or whose code went out of force or was frozen since, is not drawn again.
pub async fn printed_page(
    db: &Db,
    scope: &MarketScope,
    batch: PrintBatchId,
    from: i64,
    count: i64,
) -> Result<Vec<Printed>, StoreError> {
    const SQL: &str = "SELECT k.sticker_id, k.position, k.payment_code_id, k.serial, s.code AS stall_code, s.goods, v.full_name AS vendor_name, a.holder_name, \
         c.bin, c.account_last4, c.payload_sealed, c.issued_at_ms, k.check_token_sealed FROM stickers k \
         JOIN payment_codes c ON c.market_id = k.market_id AND c.payment_code_id = k.payment_code_id \
         JOIN payment_accounts a ON a.market_id = c.market_id AND a.payment_account_id = c.payment_account_id \
         JOIN stalls s ON s.market_id = k.market_id AND s.stall_id = k.stall_id \
         JOIN vendors v ON v.market_id = c.market_id AND v.vendor_id = c.vendor_id \
         WHERE k.market_id = $1 AND k.print_batch_id = $2 AND k.position >= $3 AND k.position < $4 \
         AND k.status <> 'retired' AND c.status = 'active' AND NOT c.is_frozen ORDER BY k.position";
    let rows: Vec<PrintedRow> = fetch_all!(db, SQL, scope.market_id(), batch, from, from + count)?;
    rows.into_iter()
        .map(|row| {
            Ok(Printed {
                payload: db.keys().open(seal::PAYLOAD, &row.payment_code_id, &row.payload_sealed)?,
                check_token: db.keys().open(seal::CHECK_TOKEN, &row.sticker_id, &row.check_token_sealed)?,
                position: row.position,
                serial: row.serial,
                stall_code: row.stall_code,
                goods: row.goods,
                vendor_name: row.vendor_name,
                holder_name: row.holder_name,
                bin: row.bin,
                account_last4: row.account_last4,
                issued_at: row.issued_at_ms,
            })
        })
        .collect()
}
