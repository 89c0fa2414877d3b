//! Later filled.
