//! The service through its real router, each test on SQLite and on a PostgreSQL of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod account_change;
mod campaigns;
mod check_link;
mod devices;
mod enrolment;
mod field_receive;
mod figures;
mod floor_plan;
mod market_pack;
mod markets;
mod nation;
mod owners_card;
mod pages;
mod people;
mod phone;
mod printing;
mod provenance;
mod report;
mod reveals;
mod roles;
mod secrets;
mod sockets;
mod stall_lists;
mod store;
mod support;
mod tracking;
mod vendor;
mod ways_round;
