//! Photos that belong to a phone's record: what hung at a stall. Sealed at rest, shown on the stall's page.

use super::{Db, StoreError, Tx, markets::MarketScope, seal, sqlite::stored_row};
use crate::{
    domain::{
        ids::{DeviceId, PhotoId, RecordId, StallId},
        time::UnixMillis,
    },
    execute, fetch_all, fetch_optional,
};

/// A photo to be kept.
#[derive(Clone)]
pub struct NewPhoto {
    /// The UUID that the phone made.
    pub id: PhotoId,
    /// The record it belongs to.
    pub record_id: RecordId,
    /// At which stall.
    pub stall_id: StallId,
    /// Which phone.
    pub device_id: Option<DeviceId>,
    /// Who took it: a staff id.
    pub taken_by: String,
    /// When.
    pub taken_at: UnixMillis,
    /// SHA-256 of what the phone sent.
    pub content_hash: Vec<u8>,
    /// The picture, drawn anew.
    pub jpeg: Vec<u8>,
}

impl std::fmt::Debug for NewPhoto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPhoto({}, {} bytes)", self.id, self.jpeg.len())
    }
}

/// Keeps a photo; `false` when one of that name is kept already.
pub async fn insert(tx: &mut Tx<'_>, scope: &MarketScope, new: &NewPhoto, now: UnixMillis) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO field_photos (market_id, photo_id, record_id, stall_id, device_id, taken_by, taken_at_ms, \
         received_at_ms, content_hash, jpeg_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (market_id, photo_id) DO NOTHING";
    let sealed = tx.keys().seal_bytes(seal::FIELD_PHOTO, &new.id, &new.jpeg);
    let rows = execute!(
        tx,
        SQL,
        scope.market_id(),
        new.id,
        new.record_id,
        new.stall_id,
        new.device_id,
        &new.taken_by,
        new.taken_at,
        now,
        &new.content_hash,
        sealed.clone(),
    )?;
    Ok(rows == 1)
}

/// The hash of what a phone sent under this name before.
pub async fn stored_hash(tx: &mut Tx<'_>, scope: &MarketScope, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT content_hash FROM field_photos WHERE market_id = $1 AND photo_id = $2";
    Ok(fetch_optional!(tx, SQL, scope.market_id(), id)?.map(|(hash,)| hash))
}

stored_row! {
    /// A photo in a stall's history.
    #[derive(Debug, Clone)]
    pub struct Photo {
        /// Its identifier.
        pub photo_id: PhotoId,
        /// When it was taken.
        pub taken_at_ms: UnixMillis,
        /// Who took it.
        pub taker: Option<String>,
    }
}

/// The latest photos of a stall.
pub async fn list_of_stall(db: &Db, scope: &MarketScope, stall: StallId) -> Result<Vec<Photo>, StoreError> {
    const SQL: &str = "SELECT p.photo_id, p.taken_at_ms, f.full_name AS taker FROM field_photos p \
         LEFT JOIN staff f ON f.staff_id = p.taken_by WHERE p.market_id = $1 AND p.stall_id = $2 \
         ORDER BY p.taken_at_ms DESC, p.photo_id DESC LIMIT 6";
    fetch_all!(db, SQL, scope.market_id(), stall)
}

/// The picture.
pub async fn jpeg(db: &Db, scope: &MarketScope, stall: StallId, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT jpeg_sealed FROM field_photos WHERE market_id = $1 AND photo_id = $2 AND stall_id = $3";
    let sealed: Option<Vec<u8>> = fetch_optional!(db, SQL, scope.market_id(), id, stall)?.map(|(value,)| value);
    sealed.map(|sealed| db.keys().open_bytes(seal::FIELD_PHOTO, &id, &sealed)).transpose()
}
