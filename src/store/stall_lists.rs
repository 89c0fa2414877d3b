//! A market board's list on its way into the book, what it changed, and the account that it names for a stall.

use std::collections::HashMap;

use super::{
    Db, StoreError, Tx,
    markets::MarketScope,
    seal,
    sqlite::stored_row,
    stalls::{self, Stall},
};
use crate::{
    domain::{
        ids::{StallId, StallListId, TenancyId, VendorId},
        time::UnixMillis,
        vendor::Phone,
    },
    execute, fetch_all, fetch_optional,
};

crate::word_enum!(
    /// How far a list is.
    ListState {
        /// Nothing of it is written.
        Draft = "draft",
        /// It is in the book.
        Written = "written",
        /// It was taken back.
        Undone = "undone",
    }
);

stored_row! {
    /// A list as the history of a market shows it.
    #[derive(Debug, Clone)]
    pub struct Kept {
        /// Its identifier.
        pub list_id: StallListId,
        /// The file's name.
        pub file_name: String,
        /// How far it is.
        pub state: String,
        /// How many rows of each outcome, as JSON.
        pub counts: String,
        /// Who sent it.
        pub made_by: String,
        /// When.
        pub made_at_ms: UnixMillis,
        /// When it was written.
        pub written_at_ms: Option<UnixMillis>,
        /// When it was taken back.
        pub undone_at_ms: Option<UnixMillis>,
    }
}

impl Kept {
    /// How far it is.
    pub fn state(&self) -> Result<ListState, StoreError> {
        self.state.parse().map_err(|_| StoreError::Damaged("stall_lists.state"))
    }
}

stored_row! {
    struct Sealed {
        file_sealed: Option<Vec<u8>>,
        wishes_sealed: Vec<u8>,
    }
}

const KEPT: &str = "SELECT list_id, file_name, state, counts, made_by, made_at_ms, written_at_ms, undone_at_ms FROM stall_lists \
     WHERE market_id = $1 AND list_id = $2";

/// Keeps a file until it is written or thrown away.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: StallListId,
    (file_name, file): (&str, &[u8]),
    wishes: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO stall_lists (market_id, list_id, file_name, file_sealed, wishes_sealed, state, counts, made_by, made_at_ms) \
         VALUES ($1, $2, $3, $4, $5, 'draft', '{}', $6, $7)";
    let file = tx.keys().seal_bytes(seal::STALL_LIST, &id, file);
    let wishes = tx.keys().seal(seal::STALL_LIST_WISHES, &id, wishes);
    execute!(tx, SQL, scope.market_id(), id, file_name, file.clone(), wishes.clone(), scope.actor(), now).map(drop)
}

/// Keeps what was corrected in a draft; `false` when it is none any more.
pub async fn put_wishes(tx: &mut Tx<'_>, scope: &MarketScope, id: StallListId, wishes: &str) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE stall_lists SET wishes_sealed = $3 WHERE market_id = $1 AND list_id = $2 AND state = 'draft' AND file_sealed IS NOT NULL";
    let wishes = tx.keys().seal(seal::STALL_LIST_WISHES, &id, wishes);
    Ok(execute!(tx, SQL, scope.market_id(), id, wishes.clone())? == 1)
}

/// A list.
pub async fn find(db: &Db, scope: &MarketScope, id: StallListId) -> Result<Option<Kept>, StoreError> {
    fetch_optional!(db, KEPT, scope.market_id(), id)
}

/// The same inside a write.
pub async fn find_in(tx: &mut Tx<'_>, scope: &MarketScope, id: StallListId) -> Result<Option<Kept>, StoreError> {
    fetch_optional!(tx, KEPT, scope.market_id(), id)
}

/// The file and the wishes of a draft; `None` when the file is not kept any more.
pub async fn file(db: &Db, scope: &MarketScope, id: StallListId) -> Result<Option<(Vec<u8>, String)>, StoreError> {
    const SQL: &str = "SELECT file_sealed, wishes_sealed FROM stall_lists WHERE market_id = $1 AND list_id = $2";
    let Some(row): Option<Sealed> = fetch_optional!(db, SQL, scope.market_id(), id)? else { return Ok(None) };
    let Some(file) = row.file_sealed else { return Ok(None) };
    let file = db.keys().open_bytes(seal::STALL_LIST, &id, &file)?;
    Ok(Some((file, db.keys().open(seal::STALL_LIST_WISHES, &id, &row.wishes_sealed)?)))
}

/// The lists of a market, latest first.
pub async fn list(db: &Db, scope: &MarketScope, limit: i64) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = "SELECT list_id, file_name, state, counts, made_by, made_at_ms, written_at_ms, undone_at_ms FROM stall_lists \
         WHERE market_id = $1 AND (state <> 'draft' OR file_sealed IS NOT NULL) ORDER BY made_at_ms DESC, list_id DESC LIMIT $2";
    fetch_all!(db, SQL, scope.market_id(), limit)
}

/// A draft is written: its file is not needed any more.
pub async fn written(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: StallListId,
    counts: &str,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    // What was typed goes with the file: the book has it now.
    const SQL: &str = "UPDATE stall_lists SET state = 'written', counts = $3, file_sealed = NULL, wishes_sealed = $6, written_by = $4, written_at_ms = $5 \
         WHERE market_id = $1 AND list_id = $2 AND state = 'draft'";
    let nothing = tx.keys().seal(seal::STALL_LIST_WISHES, &id, "{}");
    Ok(execute!(tx, SQL, scope.market_id(), id, counts, scope.actor(), now, nothing.clone())? == 1)
}

/// A list is taken back.
pub async fn undone(tx: &mut Tx<'_>, scope: &MarketScope, id: StallListId, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE stall_lists SET state = 'undone', undone_by = $3, undone_at_ms = $4 WHERE market_id = $1 AND list_id = $2";
    execute!(tx, SQL, scope.market_id(), id, scope.actor(), now).map(drop)
}

/// A draft is thrown away.
pub async fn throw_away(tx: &mut Tx<'_>, scope: &MarketScope, id: StallListId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM stall_lists WHERE market_id = $1 AND list_id = $2 AND state = 'draft'";
    execute!(tx, SQL, scope.market_id(), id).map(drop)
}

/// Drafts that nobody came back to, of every market: what they hold is personal.
pub async fn forget_drafts(tx: &mut Tx<'_>, before: UnixMillis) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM stall_lists WHERE state = 'draft' AND file_sealed IS NOT NULL AND made_at_ms < $1";
    execute!(tx, SQL, before)
}

/// What stood there before lists that can be taken back no more: account numbers among it.
pub async fn forget_changes(tx: &mut Tx<'_>, before: UnixMillis) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM stall_list_changes WHERE EXISTS (SELECT 1 FROM stall_lists l WHERE l.market_id = stall_list_changes.market_id \
         AND l.list_id = stall_list_changes.list_id AND (l.written_at_ms < $1 OR l.undone_at_ms IS NOT NULL))";
    execute!(tx, SQL, before)
}

/// Notes what a list changed at a stall, and what stood there before.
pub async fn note_change(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: StallListId,
    (seq, stall_id, stall_version): (i64, StallId, i64),
    before: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO stall_list_changes (market_id, list_id, seq, stall_id, stall_version, before_sealed) VALUES ($1, $2, $3, $4, $5, $6)";
    let before = tx.keys().seal(seal::STALL_LIST_CHANGE, &format!("{id}/{seq}"), before);
    execute!(tx, SQL, scope.market_id(), id, seq, stall_id, stall_version, before.clone()).map(drop)
}

stored_row! {
    struct ChangeRow {
        seq: i64,
        stall_id: StallId,
        stall_version: i64,
        before_sealed: Vec<u8>,
    }
}

/// What a list changed, latest first: the stall, the version it had after, and what stood there before.
pub async fn changes(tx: &mut Tx<'_>, scope: &MarketScope, id: StallListId) -> Result<Vec<(StallId, i64, String)>, StoreError> {
    const SQL: &str = "SELECT seq, stall_id, stall_version, before_sealed FROM stall_list_changes WHERE market_id = $1 AND list_id = $2 ORDER BY seq DESC";
    let rows: Vec<ChangeRow> = fetch_all!(tx, SQL, scope.market_id(), id)?;
    rows.into_iter()
        .map(|row| {
            let before = tx.keys().open(seal::STALL_LIST_CHANGE, &format!("{id}/{}", row.seq), &row.before_sealed)?;
            Ok((row.stall_id, row.stall_version, before))
        })
        .collect()
}

/// The account that a list names for a stall, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The bank's BIN.
    pub bin: String,
    /// The keyed index of the number.
    pub index: Vec<u8>,
    /// Its last digits.
    pub last4: String,
    /// In whose name it is.
    pub holder: Option<String>,
}

/// What a list is compared with: the stalls, their keepers' phones, the accounts that were listed before.
#[derive(Debug, Default)]
pub struct Book {
    /// By code.
    pub stalls: HashMap<String, Stall>,
    /// The keyed index of each vendor's phone, and the vendor's folded name.
    pub vendors: HashMap<VendorId, (Option<Vec<u8>>, String)>,
    /// By stall.
    pub accounts: HashMap<StallId, Listed>,
}

stored_row! {
    struct VendorRow {
        vendor_id: VendorId,
        name_fold: String,
        phone_index: Option<Vec<u8>>,
    }
}

stored_row! {
    struct ListedRow {
        stall_id: StallId,
        bin: String,
        account_index: Vec<u8>,
        account_last4: String,
        holder_name: Option<String>,
    }
}

const VENDORS: &str = "SELECT vendor_id, name_fold, phone_index FROM vendors WHERE market_id = $1";
const LISTED: &str = "SELECT stall_id, bin, account_index, account_last4, holder_name FROM listed_accounts WHERE market_id = $1";

impl Book {
    fn of(stalls: Vec<Stall>, vendors: Vec<VendorRow>, accounts: Vec<ListedRow>) -> Self {
        Self {
            stalls: stalls.into_iter().map(|stall| (stall.code.clone(), stall)).collect(),
            vendors: vendors.into_iter().map(|row| (row.vendor_id, (row.phone_index, row.name_fold))).collect(),
            accounts: accounts
                .into_iter()
                .map(|row| {
                    let listed =
                        Listed { bin: row.bin, index: row.account_index, last4: row.account_last4, holder: row.holder_name };
                    (row.stall_id, listed)
                })
                .collect(),
        }
    }
}

/// The market's book, for a preview.
pub async fn book(db: &Db, scope: &MarketScope) -> Result<Book, StoreError> {
    let stalls = stalls::list(db, scope, &stalls::StallFilter::default()).await?;
    Ok(Book::of(stalls, fetch_all!(db, VENDORS, scope.market_id())?, fetch_all!(db, LISTED, scope.market_id())?))
}

/// The same inside a write.
pub async fn book_in(tx: &mut Tx<'_>, scope: &MarketScope) -> Result<Book, StoreError> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = stalls::page_in(tx, scope, &after, 1_000).await?;
        let Some(last) = page.last() else { break };
        after = last.stall_id.to_string();
        all.extend(page);
    }
    Ok(Book::of(all, fetch_all!(tx, VENDORS, scope.market_id())?, fetch_all!(tx, LISTED, scope.market_id())?))
}

/// The keyed index of an account at a bank, for comparing.
#[must_use]
pub fn account_index(keys: &seal::Keys, bin: &str, number: &str) -> Vec<u8> {
    keys.index("listed_account", &format!("{bin}:{number}"))
}

/// The keyed index of a phone, as vendors have it.
#[must_use]
pub fn phone_index(keys: &seal::Keys, phone: &Phone) -> Vec<u8> {
    keys.index("phone", phone.as_str())
}

/// The account that a list names for a stall takes the place of the one before.
pub async fn put_listed(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall_id: StallId,
    (bin, number, holder): (&str, &str, Option<&str>),
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO listed_accounts (market_id, stall_id, bin, account_sealed, account_index, account_last4, holder_name, listed_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (market_id, stall_id) DO UPDATE SET bin = excluded.bin, \
         account_sealed = excluded.account_sealed, account_index = excluded.account_index, account_last4 = excluded.account_last4, \
         holder_name = excluded.holder_name, listed_at_ms = excluded.listed_at_ms";
    let sealed = tx.keys().seal(seal::LISTED_ACCOUNT, &stall_id, number);
    let index = account_index(tx.keys(), bin, number);
    let last4 = &number[number.len().saturating_sub(4)..];
    execute!(tx, SQL, scope.market_id(), stall_id, bin, sealed.clone(), index.clone(), last4, holder, now).map(drop)
}

/// The account in full, for an undo that puts it back.
pub async fn listed_number(tx: &mut Tx<'_>, scope: &MarketScope, stall_id: StallId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT account_sealed FROM listed_accounts WHERE market_id = $1 AND stall_id = $2";
    let sealed: Option<(Vec<u8>,)> = fetch_optional!(tx, SQL, scope.market_id(), stall_id)?;
    sealed.map(|(sealed,)| tx.keys().open(seal::LISTED_ACCOUNT, &stall_id, &sealed)).transpose()
}

/// The account that a list names for a stall, by its last digits; for the stall's page.
pub async fn listed(db: &Db, scope: &MarketScope, stall_id: StallId) -> Result<Option<Listed>, StoreError> {
    const SQL: &str = "SELECT stall_id, bin, account_index, account_last4, holder_name FROM listed_accounts WHERE market_id = $1 AND stall_id = $2";
    let row: Option<ListedRow> = fetch_optional!(db, SQL, scope.market_id(), stall_id)?;
    Ok(row.map(|row| Listed { bin: row.bin, index: row.account_index, last4: row.account_last4, holder: row.holder_name }))
}

/// No account is listed for the stall any more.
pub async fn drop_listed(tx: &mut Tx<'_>, scope: &MarketScope, stall_id: StallId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM listed_accounts WHERE market_id = $1 AND stall_id = $2";
    execute!(tx, SQL, scope.market_id(), stall_id).map(drop)
}

/// Takes a stall out of the book that a list had put there and where nothing has happened since, with everything about it.
pub async fn remove_stall(tx: &mut Tx<'_>, scope: &MarketScope, stall: &Stall, now: UnixMillis) -> Result<(), StoreError> {
    const TENANCIES: &str = "DELETE FROM tenancies WHERE market_id = $1 AND stall_id = $2";
    const OCCUPANCIES: &str = "DELETE FROM occupancies WHERE market_id = $1 AND stall_id = $2";
    drop_listed(tx, scope, stall.stall_id).await?;
    execute!(tx, TENANCIES, scope.market_id(), stall.stall_id)?;
    execute!(tx, OCCUPANCIES, scope.market_id(), stall.stall_id)?;
    take_out(tx, scope, stall, now).await
}

/// Takes a stall out of the book and leaves what is known of it, so that it can be put back under the same identifier.
pub async fn take_out(tx: &mut Tx<'_>, scope: &MarketScope, stall: &Stall, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM stalls WHERE market_id = $1 AND stall_id = $2";
    execute!(tx, SQL, scope.market_id(), stall.stall_id)?;
    tx.ledger().touch(scope.market_id(), stall.stall_id);
    tx.ledger().stall_removed(scope.market_id(), (stall.occupancy, &stall.state()), now);
    Ok(())
}

/// Takes a tenancy out that a list had begun, as if it had never been.
pub async fn remove_tenancy(tx: &mut Tx<'_>, scope: &MarketScope, id: TenancyId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM tenancies WHERE market_id = $1 AND tenancy_id = $2";
    execute!(tx, SQL, scope.market_id(), id).map(drop)
}

/// A tenancy that a list had ended lasts on.
pub async fn reopen_tenancy(tx: &mut Tx<'_>, scope: &MarketScope, id: TenancyId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE tenancies SET until_ms = NULL, end_reason = NULL WHERE market_id = $1 AND tenancy_id = $2";
    execute!(tx, SQL, scope.market_id(), id).map(drop)
}

/// Takes a vendor out who keeps no stall and never did anything but stand in a list.
pub async fn remove_vendor(tx: &mut Tx<'_>, scope: &MarketScope, id: VendorId) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM vendors WHERE market_id = $1 AND vendor_id = $2 AND version = 1 \
         AND NOT EXISTS (SELECT 1 FROM tenancies t WHERE t.market_id = $1 AND t.vendor_id = $2) \
         AND NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.market_id = $1 AND e.vendor_id = $2) \
         AND NOT EXISTS (SELECT 1 FROM payment_accounts a WHERE a.market_id = $1 AND a.vendor_id = $2)";
    Ok(execute!(tx, SQL, scope.market_id(), id)? == 1)
}

/// A phone that a list had added is not known any more, unless the vendor's record was put right since (`version`).
pub async fn forget_phone(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (id, version): (VendorId, i64),
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vendors SET phone_sealed = NULL, phone_index = NULL, phone_last4 = NULL, version = version + 1, updated_at_ms = $3 \
         WHERE market_id = $1 AND vendor_id = $2 AND version = $4";
    execute!(tx, SQL, scope.market_id(), id, now, version).map(drop)
}
