//! What stands behind the small code of a sticker: found by the hash of its token alone, in whichever market it is.

use super::{Db, StoreError, sqlite::stored_row};
use crate::{
    domain::{
        ids::{MarketId, StallId, StickerId},
        payment_code::CodeStatus,
        stall::CodeSafety,
        sticker::StickerStatus,
        time::UnixMillis,
    },
    fetch_optional,
};

stored_row! {
    /// The sticker behind a check link: what the public page says of it.
    #[derive(Debug, Clone)]
    pub struct PublicSticker {
        /// In which market.
        pub market_id: MarketId,
        /// Its identifier.
        pub sticker_id: StickerId,
        /// At which stall it belongs.
        pub stall_id: StallId,
        /// `VH-0123-7`.
        pub serial: String,
        /// Where it stands.
        pub status: StickerStatus,
        /// Where its code stands.
        pub code_status: CodeStatus,
        /// Whether somebody said that the code is not theirs.
        pub is_frozen: bool,
        /// What the latest check at the stall says.
        pub safety: CodeSafety,
        /// The market's name.
        pub market_name: String,
        /// The stall's code.
        pub stall_code: String,
        /// The holder's name as declared, the vendor's where none was; shown masked.
        pub holder_name: String,
        /// The acquirer's BIN.
        pub bin: Option<String>,
        /// The last digits.
        pub account_last4: String,
        /// When a scan first proved it.
        pub posted_at_ms: Option<UnixMillis>,
        /// When its code was last scanned at its stall and was the registered one, since this sticker was printed.
        pub checked_at_ms: Option<UnixMillis>,
    }
}

/// What the public page says of a sticker, by the hash of its check link's token: one query, whether it is there or not.
pub async fn find(db: &Db, token_hash: &[u8]) -> Result<Option<PublicSticker>, StoreError> {
    const SQL: &str = "SELECT k.market_id, k.sticker_id, k.stall_id, k.serial, k.status, c.status AS code_status, c.is_frozen, \
         s.code_safety AS safety, m.name AS market_name, s.code AS stall_code, COALESCE(a.holder_name, v.full_name) AS holder_name, \
         c.bin, c.account_last4, k.posted_at_ms, \
         (SELECT MAX(x.checked_at_ms) FROM sticker_checks x WHERE x.market_id = k.market_id AND x.stall_id = k.stall_id \
            AND x.checked_at_ms >= k.printed_at_ms AND x.payment_code_id = k.payment_code_id AND x.verdict = 'match') AS checked_at_ms \
         FROM stickers k JOIN markets m ON m.market_id = k.market_id \
         JOIN stalls s ON s.market_id = k.market_id AND s.stall_id = k.stall_id \
         JOIN payment_codes c ON c.market_id = k.market_id AND c.payment_code_id = k.payment_code_id \
         JOIN payment_accounts a ON a.market_id = c.market_id AND a.payment_account_id = c.payment_account_id \
         JOIN vendors v ON v.market_id = c.market_id AND v.vendor_id = c.vendor_id WHERE k.check_token_hash = $1";
    fetch_optional!(db, SQL, token_hash)
}
