//! Where the two databases really differ, one place and one reason each.

/// The head of an audit chain. SQLite has one writer, so nothing needs locking.
pub(super) const HEAD_SQLITE: &str = "SELECT seq, hash FROM audit_heads WHERE chain_id = $1";

/// The same on PostgreSQL, where two writers of a market would otherwise both continue the same head.
pub(super) const HEAD_POSTGRES: &str = "SELECT seq, hash FROM audit_heads WHERE chain_id = $1 FOR UPDATE";
