//! An envelope that only the server opens: ECDH on P-256 with a key of its own, HKDF-SHA-256, AES-256-GCM; what WebCrypto speaks.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A sealed record as a phone sends it; binary is base64url without padding.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Which of our keys it was sealed to.
    pub key_id: String,
    /// The phone's key for this record alone: a point, uncompressed.
    pub epk: String,
    /// Twelve bytes.
    pub iv: String,
    /// The ciphertext with its tag.
    #[serde(rename = "box")]
    pub sealed: String,
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Envelope({}, {} letters)", self.key_id, self.sealed.len())
    }
}

/// Why an envelope stays shut.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum OpenError {
    /// A part is no base64url, or of the wrong length.
    #[error("a part of the envelope is malformed")]
    Malformed,
    /// The key does not fit, or something was changed.
    #[error("the envelope does not open with this key")]
    Shut,
}

/// What is bound to the ciphertext: a record cannot be moved to another stall, or be taken for something else.
#[must_use]
pub fn bound_to(id: &str, kind: &str, market: &str, stall: &str) -> String {
    format!("choqr-field-1|{id}|{kind}|{market}|{stall}")
}

/// Opens an envelope with the private key it was sealed to.
pub fn open(envelope: &Envelope, private: &[u8], bound: &str) -> Result<Vec<u8>, OpenError> {
    let bytes = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| OpenError::Malformed);
    let (epk, iv, sealed) = (bytes(&envelope.epk)?, bytes(&envelope.iv)?, bytes(&envelope.sealed)?);
    let iv: [u8; 12] = iv.try_into().map_err(|_| OpenError::Malformed)?;
    let secret = SecretKey::from_slice(private).map_err(|_| OpenError::Shut)?;
    let theirs = PublicKey::from_sec1_bytes(&epk).map_err(|_| OpenError::Malformed)?;
    let cipher = Aes256Gcm::new((&*key(&secret, &theirs, &epk)).into());
    cipher.decrypt(&Nonce::from(iv), Payload { msg: &sealed, aad: bound.as_bytes() }).map_err(|_| OpenError::Shut)
}

/// Seals as a phone does: for tests, and for whoever writes another client.
///
/// # Panics
/// Never: 32 random bytes that are no scalar, one in 2^32, are asked for again by the caller's closure.
#[must_use]
pub fn seal(public: &[u8], key_id: &str, bound: &str, plain: &[u8], mut random: impl FnMut() -> [u8; 32]) -> Option<Envelope> {
    let ours = std::iter::repeat_with(&mut random).take(64).find_map(|bytes| SecretKey::from_slice(&bytes).ok())?;
    let theirs = PublicKey::from_sec1_bytes(public).ok()?;
    let epk = ours.public_key().to_sec1_bytes();
    let mut hkdf_salt = epk.to_vec();
    hkdf_salt.extend_from_slice(public);
    let key = derive(&ours, &theirs, &hkdf_salt);
    let iv: [u8; 12] = random()[..12].try_into().ok()?;
    let cipher = Aes256Gcm::new((&*key).into());
    let sealed = cipher.encrypt(&Nonce::from(iv), Payload { msg: plain, aad: bound.as_bytes() }).ok()?;
    let text = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    Some(Envelope { key_id: key_id.to_owned(), epk: text(&epk), iv: text(&iv), sealed: text(&sealed) })
}

fn key(secret: &SecretKey, theirs: &PublicKey, epk: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut salt = epk.to_vec();
    salt.extend_from_slice(&secret.public_key().to_sec1_bytes());
    derive(secret, theirs, &salt)
}

fn derive(secret: &SecretKey, theirs: &PublicKey, salt: &[u8]) -> Zeroizing<[u8; 32]> {
    let shared = diffie_hellman(secret.to_nonzero_scalar(), theirs.as_affine());
    let mut key = Zeroizing::new([0; 32]);
    hkdf::Hkdf::<Sha256>::new(Some(salt), shared.raw_secret_bytes().as_slice())
        .expand(b"choqr field 1", key.as_mut_slice())
        .expect("32 bytes are within HKDF's bound of 8,160");
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::random;

    fn pair() -> (Vec<u8>, Vec<u8>) {
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        (secret.to_bytes().to_vec(), secret.public_key().to_sec1_bytes().to_vec())
    }

    fn sealed(public: &[u8]) -> Envelope {
        seal(public, "k1", "choqr-field-1|a|visit|m|s", b"{\"n\":1}", random).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_only_where_it_belongs() {
        let (private, public) = pair();
        let envelope = sealed(&public);

        assert_eq!(open(&envelope, &private, "choqr-field-1|a|visit|m|s").unwrap(), b"{\"n\":1}");
        assert_eq!(open(&envelope, &private, "choqr-field-1|a|visit|m|t"), Err(OpenError::Shut));
        assert_eq!(open(&envelope, &[8; 32], "choqr-field-1|a|visit|m|s"), Err(OpenError::Shut));
        assert_ne!(sealed(&public).sealed, envelope.sealed, "each record has a key of its own");
    }

    proptest! {
        #[test]
        fn garbage_is_refused_and_never_panics(epk in ".{0,100}", iv in ".{0,20}", sealed in ".{0,80}", key in prop::collection::vec(any::<u8>(), 0..40)) {
            let envelope = Envelope { key_id: "k".to_owned(), epk, iv, sealed };
            prop_assert!(open(&envelope, &key, "x").is_err());
        }

        #[test]
        fn one_changed_letter_is_noticed(at in 0_usize..1_000) {
            let (private, public) = pair();
            let mut envelope = sealed(&public);
            let mut letters: Vec<char> = envelope.sealed.chars().collect();
            let at = at % letters.len();
            letters[at] = if letters[at] == 'A' { 'B' } else { 'A' };
            envelope.sealed = letters.into_iter().collect();
            prop_assert!(open(&envelope, &private, "choqr-field-1|a|visit|m|s").is_err());
        }
    }
}
