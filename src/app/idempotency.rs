//! What makes a repeat the same: SHA-256 over the RFC 8785 canonical form of what was sent. What the server filled in by
//! itself, a moment for instance, is no part of it.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::app::UseError;

/// The hash of a body without the fields that name it: the same record may name itself in its address, or beside its body.
pub(super) fn body_hash(body: &Value, names: &[&str]) -> Result<Vec<u8>, UseError> {
    let mut content = body.clone();
    if let Value::Object(map) = &mut content {
        map.retain(|key, _| !names.contains(&key.as_str()));
    }
    let canonical = serde_json_canonicalizer::to_string(&content)
        .map_err(|_| UseError::invalid("", "not_json", "the body is not a JSON object"))?;
    Ok(Sha256::digest(canonical.as_bytes()).to_vec())
}
