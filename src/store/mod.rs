//! One SQL text for SQLite and PostgreSQL; the writer; one file a noun.
