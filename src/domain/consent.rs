//! Consent: one purpose, one box that nobody ticked in advance, one version of the words that were heard.

use sha2::{Digest, Sha256};

crate::word_enum!(
    /// For what a vendor's data may be used.
    Purpose {
        /// To make, print and check the payment code. Without it nothing can be issued.
        IssueCode = "issue_code",
        /// To come back and help, and to call.
        FollowUp = "follow_up",
        /// To count the stall in reports by name of market, never by name of person.
        Statistics = "statistics",
    }
);

/// The words a person hears before agreeing, by version. Old versions stay: a consent points to the words it was given to.
const TEXTS: &[(&str, &str)] = &[
    (
        "2026-01",
        "Cô/chú đồng ý để tổ công nghệ số ghi tên, số điện thoại và số tài khoản để làm mã nhận tiền, in và kiểm tra mã tại sạp. \
         Cô/chú có thể rút lại bất cứ lúc nào.",
    ),
    (
        "2026-11",
        "Ghi tên, số điện thoại và số tài khoản để làm mã nhận tiền, in và kiểm tra mã tại sạp. Không thu, không giữ tiền, không ghi doanh thu. \
         Có thể rút lại bất cứ lúc nào: gọi ban quản lý chợ, mã được thu hồi.",
    ),
];

/// The version whose words the pages show now.
pub const CURRENT: &str = "2026-11";

/// SHA-256 of the words of a version; `None` for a version nobody has ever shown.
#[must_use]
pub fn text_hash(version: &str) -> Option<Vec<u8>> {
    TEXTS.iter().find(|(name, _)| *name == version).map(|(_, words)| Sha256::digest(words.as_bytes()).to_vec())
}

/// The words of the current version.
#[must_use]
pub fn current_words() -> &'static str {
    TEXTS.iter().find(|(name, _)| *name == CURRENT).map_or("", |(_, words)| words)
}
