//! The payment-code library: the collected vectors, every rule with a code that breaks it, comparisons, and whatever proptest
//! makes up.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod compare;
mod lenient;
mod properties;
mod rules;
mod support;
mod tree;
mod vectors;
mod writing;
