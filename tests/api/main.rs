//! The service through its real router, each test on SQLite and on a PostgreSQL of its own.

mod enrolment;
mod people;
mod roles;
mod secrets;
mod store;
mod support;
mod tracking;
mod vendor;
