//! Where the two databases really differ, one place and one reason each.

/// The head of an audit chain. SQLite has one writer, so nothing needs locking.
pub(super) const HEAD_SQLITE: &str = "SELECT seq, hash FROM audit_heads WHERE chain_id = $1";

/// The same on PostgreSQL, where two writers of a market would otherwise both continue the same head.
pub(super) const HEAD_POSTGRES: &str = "SELECT seq, hash FROM audit_heads WHERE chain_id = $1 FOR UPDATE";

/// Whether the table of migrations is there. SQLite keeps its schema in a table of its own.
pub(super) const HAS_SCHEMA_SQLITE: &str =
    "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";

/// The same on PostgreSQL, which has the standard's catalogue.
pub(super) const HAS_SCHEMA_POSTGRES: &str =
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'";

/// Adds to figures, many rows at once: on SQLite, which is called in place, one statement a row costs less than its text.
pub(super) const ADD_FIGURES_POSTGRES: &str = "INSERT INTO market_figures (market_id, figure, day, item, n) \
    SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) \
    ON CONFLICT (market_id, figure, day, item) DO UPDATE SET n = market_figures.n + excluded.n";
