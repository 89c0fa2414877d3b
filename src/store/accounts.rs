//! Payment accounts, and the look-up of which vendor uses one.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{EnrolmentId, MarketId, PaymentAccountId, VendorId},
        payment_account::Provenance,
        time::UnixMillis,
    },
    execute, fetch_all, fetch_one, fetch_optional,
};

stored_row! {
    /// An account as pages show it: last digits only.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Account {
        /// Its identifier.
        pub payment_account_id: PaymentAccountId,
        /// Whose.
        pub vendor_id: VendorId,
        /// `vietqr`, or a wallet's scheme.
        pub scheme: String,
        /// The acquirer's BIN.
        pub bin: Option<String>,
        /// The last digits.
        pub account_last4: String,
        /// The holder's name as declared.
        pub holder_name: Option<String>,
        /// Whether it is somebody else's account.
        pub holder_is_other: bool,
        /// How it reached us.
        pub how: Provenance,
        /// Whether payers should use this one.
        pub is_primary: bool,
        /// Whether it is still in use.
        pub is_active: bool,
        /// Since when.
        pub created_at_ms: UnixMillis,
    }
}

/// A new account.
#[derive(Clone)]
pub struct NewAccount {
    /// Its identifier.
    pub id: PaymentAccountId,
    /// Whose.
    pub vendor_id: VendorId,
    /// `vietqr`, or a wallet's scheme.
    pub scheme: String,
    /// The acquirer's BIN.
    pub bin: Option<String>,
    /// `account`, `card`…
    pub service: Option<String>,
    /// The account or card number, when the code carries one.
    pub number: Option<String>,
    /// What makes the account the same account, whatever the layout of its code.
    pub identity: String,
    /// The digits that may be shown.
    pub last4: String,
    /// The holder's declared name.
    pub holder_name: Option<String>,
    /// Whether the holder is somebody else.
    pub holder_is_other: bool,
    /// How it reached us.
    pub how: Provenance,
    /// The vendor's own code as it was scanned.
    pub scanned_payload: Option<String>,
    /// Whether payers should use this one.
    pub is_primary: bool,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAccount({}, …{})", self.id, self.last4)
    }
}

/// Adds an account.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewAccount, now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO payment_accounts (market_id, payment_account_id, vendor_id, scheme, bin, service, account_sealed, \
         account_index, account_last4, holder_name, holder_fold, holder_is_other, how, scanned_payload_sealed, is_primary, is_active, created_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let keys = tx.keys();
    let number = new.number.as_ref().map(|number| keys.seal(seal::ACCOUNT, &new.id, number));
    let scanned = new.scanned_payload.as_ref().map(|payload| keys.seal(seal::SCANNED, &new.id, payload));
    let index = keys.index("identity", &new.identity);
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.vendor_id,
        &new.scheme,
        new.bin.as_deref(),
        new.service.as_deref(),
        number.clone(),
        index.clone(),
        &new.last4,
        new.holder_name.as_deref(),
        new.holder_name.as_deref().map(crate::payment_code::fold::name_fold),
        new.holder_is_other,
        new.how,
        scanned.clone(),
        new.is_primary,
        true,
        now,
    )
    .map(drop)
}

/// The account of a vendor with an identity, if it is in use.
pub async fn find_of_vendor_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    vendor: VendorId,
    identity: &str,
) -> Result<Option<PaymentAccountId>, StoreError> {
    const SQL: &str = "SELECT payment_account_id FROM payment_accounts WHERE market_id = $1 AND vendor_id = $2 AND account_index = $3 AND is_active";
    let index = tx.keys().index("identity", identity);
    Ok(fetch_optional!(tx, SQL, scope.market_id(), vendor, &index)?.map(|(value,)| value))
}

/// Makes one account of a vendor the primary one.
pub async fn make_primary(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    vendor: VendorId,
    id: PaymentAccountId,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE payment_accounts SET is_primary = (payment_account_id = $3) WHERE market_id = $1 AND vendor_id = $2";
    execute!(tx, SQL, scope.market_id(), vendor, id).map(drop)
}

/// Records how a known account reached us this time: the code it is issued for rests on that, not on an earlier try. An
/// account that a code in force rests on, at another stall, stays as it is.
pub async fn read_again(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewAccount) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE payment_accounts SET holder_name = $3, holder_fold = $4, holder_is_other = $5, how = $6, \
         scanned_payload_sealed = $7, is_primary = $8 WHERE market_id = $1 AND payment_account_id = $2 \
         AND NOT EXISTS (SELECT 1 FROM payment_codes c WHERE c.market_id = $1 AND c.payment_account_id = $2 AND c.status = 'active')";
    let scanned = new.scanned_payload.as_ref().map(|payload| tx.keys().seal(seal::SCANNED, &new.id, payload));
    execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.holder_name.as_deref(),
        new.holder_name.as_deref().map(crate::payment_code::fold::name_fold),
        new.holder_is_other,
        new.how,
        scanned.clone(),
        new.is_primary,
    )
    .map(drop)
}

/// Claims an account for a vendor, across all markets; gives whether some other vendor has it.
pub async fn claim(tx: &mut Tx<'_>, scope: &MarketScope, vendor: VendorId, identity: &str) -> Result<bool, StoreError> {
    const CLAIM: &str = "INSERT INTO accounts_in_use (account_index, market_id, vendor_id) VALUES ($1, $2, $3) \
         ON CONFLICT (account_index) DO NOTHING";
    const HOLDER: &str = "SELECT market_id, vendor_id FROM accounts_in_use WHERE account_index = $1";
    // The look-up holds one vendor; a second one, approved after a review, shows in the codes alone.
    const OTHERS: &str = "SELECT COUNT(*) FROM payment_codes WHERE identity_index = $1 AND status IN ('active', 'in_review') \
         AND NOT (market_id = $2 AND vendor_id = $3)";
    let index = tx.keys().index("identity", identity);
    if execute!(tx, CLAIM, index.clone(), scope.market_id(), vendor)? == 0 {
        let holder: Option<(MarketId, VendorId)> = fetch_optional!(tx, HOLDER, &index)?;
        if holder != Some((scope.market_id(), vendor)) {
            return Ok(true);
        }
    }
    let (others,): (i64,) = fetch_one!(tx, OTHERS, &index, scope.market_id(), vendor)?;
    Ok(others > 0)
}

/// Lets go of the accounts of a vendor that no code of theirs, in force or before a second person, pays into any more: one
/// that was mistyped must not stand in its owner's way.
pub async fn release_unused(tx: &mut Tx<'_>, scope: &MarketScope, vendor: VendorId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM accounts_in_use WHERE market_id = $1 AND vendor_id = $2 AND NOT EXISTS (SELECT 1 FROM payment_codes c \
         WHERE c.identity_index = accounts_in_use.account_index AND c.market_id = $1 AND c.vendor_id = $2 AND c.status IN ('active', 'in_review'))";
    execute!(tx, SQL, scope.market_id(), vendor).map(drop)
}

/// A vendor's accounts, the primary one first.
pub async fn list(db: &Db, scope: &MarketScope, vendor: VendorId) -> Result<Vec<Account>, StoreError> {
    const SQL: &str = "SELECT payment_account_id, vendor_id, scheme, bin, account_last4, holder_name, holder_is_other, how, is_primary, \
         is_active, created_at_ms FROM payment_accounts WHERE market_id = $1 AND vendor_id = $2 ORDER BY is_primary DESC, created_at_ms, payment_account_id";
    fetch_all!(db, SQL, scope.market_id(), vendor)
}

/// The accounts an enrolment brought, the primary one first.
pub async fn list_of_enrolment(db: &Db, scope: &MarketScope, enrolment: EnrolmentId) -> Result<Vec<Account>, StoreError> {
    const SQL: &str = "SELECT payment_account_id, vendor_id, scheme, bin, account_last4, holder_name, holder_is_other, how, is_primary, \
         is_active, created_at_ms FROM payment_accounts WHERE market_id = $1 AND payment_account_id IN \
         (SELECT c.payment_account_id FROM payment_codes c WHERE c.market_id = $1 AND c.enrolment_id = $2) \
         ORDER BY is_primary DESC, created_at_ms, payment_account_id";
    fetch_all!(db, SQL, scope.market_id(), enrolment)
}

/// The vendor's own code of an account as it was read. It holds the account: whoever takes it apart shows no number.
pub async fn scanned(db: &Db, scope: &MarketScope, id: PaymentAccountId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT scanned_payload_sealed FROM payment_accounts WHERE market_id = $1 AND payment_account_id = $2";
    let sealed: Option<Option<Vec<u8>>> = fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(value,)| value);
    sealed.flatten().map(|sealed| db.keys().open(seal::SCANNED, &id, &sealed)).transpose()
}

/// The full number of an account. Whoever calls this writes the reveal into the audit chain first.
pub async fn reveal(db: &Db, scope: &MarketScope, id: PaymentAccountId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT account_sealed FROM payment_accounts WHERE market_id = $1 AND payment_account_id = $2";
    let sealed: Option<Option<Vec<u8>>> = fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(value,)| value);
    sealed.flatten().map(|sealed| db.keys().open(seal::ACCOUNT, &id, &sealed)).transpose()
}
