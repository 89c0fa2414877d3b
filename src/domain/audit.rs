//! The audit chain: every change is an event whose hash covers the one before it, one chain per market and one for
//! the installation.
//!
//! An event carries identifiers and stable words, never a name, a phone or an account number, so that erasing a
//! person leaves the chain whole.

use sha2::{Digest, Sha256};

use super::time::UnixMillis;

/// The chain for what belongs to no market: staff, settings.
pub const INSTALLATION: &str = "installation";

/// The hash before the first event.
pub const GENESIS: [u8; 32] = [0; 32];

/// One change, not yet chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: UnixMillis,
    /// Who: a staff id, `vendor_link`, `public`, `cli` or `job`.
    pub actor: String,
    /// What, as in `enrolment.received`.
    pub action: &'static str,
    /// The identifier of what changed.
    pub subject: String,
    /// The stall whose history shows it.
    pub stall: Option<super::ids::StallId>,
    /// Stable words and identifiers as canonical JSON.
    pub detail: serde_json::Value,
}

/// The fields over which an event's hash runs.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Which chain.
    pub chain: &'a str,
    /// 1 for the first event.
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// Who.
    pub actor: &'a str,
    /// What.
    pub action: &'a str,
    /// The identifier of what changed.
    pub subject: &'a str,
    /// The stall, empty for none.
    pub stall: &'a str,
    /// The detail as stored.
    pub detail: &'a str,
}

/// `SHA-256(0x00 ‖ length-prefixed fields ‖ previous hash)`; 0x00 marks a leaf as in RFC 6962, so that a tree can stand on the same hashes.
#[must_use]
pub fn hash(link: Link<'_>, prev: &[u8]) -> [u8; 32] {
    let mut sha = Sha256::new_with_prefix([0_u8]);
    let seq = link.seq.to_be_bytes();
    let at = link.at.0.to_be_bytes();
    let fields: [&[u8]; 8] = [
        link.chain.as_bytes(),
        &seq,
        &at,
        link.actor.as_bytes(),
        link.action.as_bytes(),
        link.subject.as_bytes(),
        link.stall.as_bytes(),
        link.detail.as_bytes(),
    ];
    for field in fields {
        sha.update((field.len() as u64).to_be_bytes());
        sha.update(field);
    }
    sha.update(prev);
    sha.finalize().into()
}
