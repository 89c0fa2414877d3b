//! The keys that phones seal records to. The private part is sealed at rest; a key that was retired still opens.

use super::{Db, StoreError, Tx, seal, sqlite::stored_row};
use crate::{domain::time::UnixMillis, execute, fetch_optional};

stored_row! {
    /// A key.
    #[derive(Debug, Clone)]
    pub struct FieldKey {
        /// By which an envelope names it.
        pub key_id: String,
        /// The point, uncompressed: 65 bytes.
        pub public_key: Vec<u8>,
        /// The scalar, sealed.
        pub private_sealed: Vec<u8>,
    }
}

impl FieldKey {
    /// The scalar, 32 bytes.
    pub fn private(&self, keys: &seal::Keys) -> Result<zeroize::Zeroizing<Vec<u8>>, StoreError> {
        keys.open_bytes(seal::FIELD_KEY, &self.key_id, &self.private_sealed).map(zeroize::Zeroizing::new)
    }
}

/// The newest key that was not retired.
pub async fn newest(db: &Db) -> Result<Option<FieldKey>, StoreError> {
    const SQL: &str = "SELECT key_id, public_key, private_sealed FROM field_keys WHERE retired_at_ms IS NULL \
         ORDER BY created_at_ms DESC, key_id DESC LIMIT 1";
    fetch_optional!(db, SQL)
}

/// A key by its name, retired or not.
pub async fn find(db: &Db, key_id: &str) -> Result<Option<FieldKey>, StoreError> {
    const SQL: &str = "SELECT key_id, public_key, private_sealed FROM field_keys WHERE key_id = $1";
    fetch_optional!(db, SQL, key_id)
}

/// Adds a key.
pub async fn insert(tx: &mut Tx<'_>, key_id: &str, public_key: &[u8], private: &[u8], now: UnixMillis) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO field_keys (key_id, public_key, private_sealed, created_at_ms) VALUES ($1, $2, $3, $4)";
    let sealed = tx.keys().seal_bytes(seal::FIELD_KEY, &key_id, private);
    execute!(tx, SQL, key_id, public_key, sealed.clone(), now).map(drop)
}
