//! Vendors.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::VendorId,
        text::Name,
        time::UnixMillis,
        vendor::{FormOfAddress, Phone},
    },
    execute, fetch_optional,
};

stored_row! {
    /// A vendor as pages show them: no phone number but its last digits.
    #[derive(Debug, Clone, serde::Serialize)]
    pub struct Vendor {
        /// Their identifier.
        pub vendor_id: VendorId,
        /// Their name as typed.
        pub full_name: String,
        /// Their name folded.
        pub name_fold: String,
        /// How they are spoken to.
        pub form_of_address: FormOfAddress,
        /// The registered name of a household business.
        pub business_name: Option<String>,
        /// Last four digits of their phone.
        pub phone_last4: Option<String>,
        /// Grows with every change.
        pub version: i64,
        /// When they were first recorded.
        pub created_at_ms: UnixMillis,
    }
}

/// What is recorded of a vendor.
#[derive(Debug, Clone)]
pub struct VendorRecord {
    /// Their name.
    pub full_name: Name,
    /// How they are spoken to.
    pub form_of_address: FormOfAddress,
    /// The registered name of a household business.
    pub business_name: Option<Name>,
    /// Their phone.
    pub phone: Option<Phone>,
}

/// Adds a vendor.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: VendorId,
    new: &VendorRecord,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO vendors (market_id, vendor_id, full_name, name_fold, name_sort, form_of_address, business_name, \
         phone_sealed, phone_index, phone_last4, version, created_at_ms, updated_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)";
    let (sealed, index) = seal_phone(tx, id, new.phone.as_ref());
    execute!(
        tx,
        SQL,
        scope.market_id(),
        id,
        new.full_name.as_str(),
        new.full_name.fold(),
        new.full_name.sort_key(),
        new.form_of_address,
        new.business_name.as_ref().map(Name::as_str),
        sealed.clone(),
        index.clone(),
        new.phone.as_ref().map(Phone::last4),
        now,
    )
    .map(drop)
}

/// Changes a vendor's record; the phone stays when none is given.
pub async fn update(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: VendorId,
    new: &VendorRecord,
    now: UnixMillis,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE vendors SET full_name = $3, name_fold = $4, name_sort = $5, form_of_address = $6, business_name = $7, \
         phone_sealed = COALESCE($8, phone_sealed), phone_index = COALESCE($9, phone_index), phone_last4 = COALESCE($10, phone_last4), \
         version = version + 1, updated_at_ms = $11 WHERE market_id = $1 AND vendor_id = $2";
    let (sealed, index) = seal_phone(tx, id, new.phone.as_ref());
    execute!(
        tx,
        SQL,
        scope.market_id(),
        id,
        new.full_name.as_str(),
        new.full_name.fold(),
        new.full_name.sort_key(),
        new.form_of_address,
        new.business_name.as_ref().map(Name::as_str),
        sealed.clone(),
        index.clone(),
        new.phone.as_ref().map(Phone::last4),
        now,
    )
    .map(drop)
}

fn seal_phone(tx: &Tx<'_>, id: VendorId, phone: Option<&Phone>) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    (
        phone.map(|phone| tx.keys().seal(seal::PHONE, &id, phone.as_str())),
        phone.map(|phone| tx.keys().index("phone", phone.as_str())),
    )
}

const FIND: &str = "SELECT vendor_id, full_name, name_fold, form_of_address, business_name, phone_last4, version, created_at_ms \
     FROM vendors WHERE market_id = $1 AND vendor_id = $2";

/// One vendor.
pub async fn find(db: &Db, scope: &MarketScope, id: VendorId) -> Result<Option<Vendor>, StoreError> {
    fetch_optional!(db, FIND, scope.market_id(), id)
}

/// One vendor, inside a write.
pub async fn find_in(tx: &mut Tx<'_>, scope: &MarketScope, id: VendorId) -> Result<Option<Vendor>, StoreError> {
    fetch_optional!(tx, FIND, scope.market_id(), id)
}

/// A vendor's phone number, for whoever may call them.
pub async fn phone(db: &Db, scope: &MarketScope, id: VendorId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT phone_sealed FROM vendors WHERE market_id = $1 AND vendor_id = $2";
    let sealed: Option<Option<Vec<u8>>> = fetch_optional!(db, SQL, scope.market_id(), id)?.map(|(value,)| value);
    sealed.flatten().map(|sealed| db.keys().open(seal::PHONE, &id, &sealed)).transpose()
}
