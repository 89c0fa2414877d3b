//! The service through its real router, each test on SQLite and on a PostgreSQL of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod enrolment;
mod people;
mod roles;
mod secrets;
mod sockets;
mod store;
mod support;
mod tracking;
mod vendor;
