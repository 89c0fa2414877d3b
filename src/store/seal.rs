//! Personal values at rest: sealed with XChaCha20-Poly1305 bound to their column and row, searched by a keyed blind
//! index.
//!
//! A random data key lives in the database, wrapped twice: by the key file beside the data directory, and by the
//! recovery key that is printed once. Neither is ever in a backup; a backup plus either of them is whole.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::StoreError;
use crate::clock::{crockford, random};

/// Version of the sealed form: one byte, then 24 bytes of nonce, then the ciphertext.
const VERSION: u8 = 1;
const HEADER: &str = "choqr-key-1";

/// Why the key file or the recovery key could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read or written.
    #[error("the key file {path} could not be used: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a key file.
    #[error("{0} is not a choqr key file")]
    Damaged(PathBuf),
    /// Others may read the file.
    #[error("{path} may be read by others (mode {mode:o}); make it yours alone: chmod 600 {path}")]
    LooseMode {
        /// Which file.
        path: PathBuf,
        /// Its mode bits.
        mode: u32,
    },
    /// The key does not open this database.
    #[error(
        "this key does not open this database: it belongs to another one. Give the right --key-file, or the recovery key with `choqr restore`"
    )]
    Mismatch,
    /// What was typed is not a recovery key.
    #[error("not a recovery key: expected 52 letters and digits in groups of four")]
    NotRecoveryKey,
}

/// 32 secret bytes, wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A new random key.
    #[must_use]
    pub fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// The key in groups of four letters and digits, to be written on paper.
    #[must_use]
    pub fn to_paper(&self) -> Zeroizing<String> {
        let text = crockford(self.0.as_slice());
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|i| &text[i..(i + 4).min(text.len())]).collect();
        Zeroizing::new(groups.join("-"))
    }

    /// Reads a key from paper; case, dashes, spaces and look-alike letters do not matter.
    pub fn from_paper(text: &str) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        let (mut bits, mut held, mut at) = (0_u32, 0_u32, 0);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let value = match c.to_ascii_lowercase() {
                d @ '0'..='9' => d as u32 - '0' as u32,
                'o' => 0,
                'i' | 'l' => 1,
                c @ 'a'..='h' => c as u32 - 'a' as u32 + 10,
                c @ 'j'..='k' => c as u32 - 'j' as u32 + 18,
                c @ 'm'..='n' => c as u32 - 'm' as u32 + 20,
                c @ 'p'..='t' => c as u32 - 'p' as u32 + 22,
                c @ 'v'..='z' => c as u32 - 'v' as u32 + 27,
                _ => return Err(KeyError::NotRecoveryKey),
            };
            bits = bits << 5 | value;
            held += 5;
            if held >= 8 {
                held -= 8;
                *key.get_mut(at).ok_or(KeyError::NotRecoveryKey)? = u8::try_from(bits >> held & 0xff).unwrap_or(0);
                at += 1;
                bits &= (1 << held) - 1;
            }
        }
        if at == 32 { Ok(Self(key)) } else { Err(KeyError::NotRecoveryKey) }
    }

    /// Reads a key file, which nobody but its owner may read.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { path: path.to_owned(), source };
        let text = Zeroizing::new(fs::read_to_string(path).map_err(file)?);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(path).map_err(file)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyError::LooseMode { path: path.to_owned(), mode });
            }
        }
        let body = text.strip_prefix(HEADER).ok_or_else(|| KeyError::Damaged(path.to_owned()))?;
        Self::from_paper(body).map_err(|_| KeyError::Damaged(path.to_owned()))
    }

    /// Writes a key file that only its owner may read. An existing file is never overwritten.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let file = |source| KeyError::File { path: path.to_owned(), source };
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(path).map_err(file)?;
        writeln!(out, "{HEADER}\n{}", *self.to_paper()).and_then(|()| out.sync_all()).map_err(file)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }

    /// Seals another key with this one.
    #[must_use]
    pub fn wrap(&self, inner: &Self) -> String {
        data_encoding::HEXLOWER.encode(&seal_with(&self.cipher(), b"data key", inner.0.as_slice()))
    }

    /// Opens a key sealed by [`Key::wrap`].
    pub fn unwrap(&self, wrapped: &str) -> Result<Self, KeyError> {
        let sealed = data_encoding::HEXLOWER.decode(wrapped.as_bytes()).map_err(|_| KeyError::Mismatch)?;
        let bytes = Zeroizing::new(open_with(&self.cipher(), b"data key", &sealed).map_err(|_| KeyError::Mismatch)?);
        bytes.as_slice().try_into().map(|key| Self(Zeroizing::new(key))).map_err(|_| KeyError::Mismatch)
    }
}

fn seal_with(cipher: &XChaCha20Poly1305, aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; 24] = random();
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
        .expect("only a message of 256 GiB or more cannot be sealed");
    [&[VERSION], nonce.as_slice(), &sealed].concat()
}

fn open_with(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (Some(&VERSION), Some(nonce), Some(body)) = (sealed.first(), sealed.get(1..25), sealed.get(25..)) else {
        return Err(StoreError::Unsealable);
    };
    let nonce: [u8; 24] = nonce.try_into().map_err(|_| StoreError::Unsealable)?;
    cipher.decrypt(&XNonce::from(nonce), Payload { msg: body, aad }).map_err(|_| StoreError::Unsealable)
}

/// A column whose values are sealed; its name is part of what the seal is bound to.
#[derive(Debug, Clone, Copy)]
pub struct Column(pub &'static str);

/// Column `vendors.phone_sealed`.
pub const PHONE: Column = Column("vendors.phone");
/// Column `markets.contact_phone_sealed`.
pub const MARKET_PHONE: Column = Column("markets.contact_phone");
/// Column `payment_accounts.account_sealed`.
pub const ACCOUNT: Column = Column("payment_accounts.account");
/// Column `payment_accounts.scanned_payload_sealed`.
pub const SCANNED: Column = Column("payment_accounts.scanned_payload");
/// Column `payment_codes.payload_sealed`.
pub const PAYLOAD: Column = Column("payment_codes.payload");
/// Column `enrolments.body_sealed`.
pub const BODY: Column = Column("enrolments.body");
/// Column `enrolments.answer_sealed`.
pub const ANSWER: Column = Column("enrolments.answer");
/// Column `sticker_checks.scanned_sealed`.
pub const CHECKED: Column = Column("sticker_checks.scanned");
/// Column `stickers.check_token_sealed`.
pub const CHECK_TOKEN: Column = Column("stickers.check_token");
/// Column `sticker_reports.note_sealed`.
pub const REPORT_NOTE: Column = Column("sticker_reports.note");

/// Column `stall_lists.file_sealed`.
pub const STALL_LIST: Column = Column("stall_lists.file");
/// Column `stall_lists.wishes_sealed`.
pub const STALL_LIST_WISHES: Column = Column("stall_lists.wishes");
/// Column `stall_list_changes.before_sealed`.
pub const STALL_LIST_CHANGE: Column = Column("stall_list_changes.before");
/// Column `listed_accounts.account_sealed`.
pub const LISTED_ACCOUNT: Column = Column("listed_accounts.account");
/// Column `field_keys.private_sealed`.
pub const FIELD_KEY: Column = Column("field_keys.private");
/// Column `field_records.body_sealed`.
pub const FIELD_RECORD: Column = Column("field_records.body");
/// Column `field_photos.jpeg_sealed`.
pub const FIELD_PHOTO: Column = Column("field_photos.jpeg");

/// The keys derived from the data key.
#[derive(Clone)]
pub struct Keys {
    cipher: XChaCha20Poly1305,
    index: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Derives the sealing key and the index key from the data key.
    #[must_use]
    pub fn derive(data_key: &Key) -> Self {
        let hkdf = hkdf::Hkdf::<Sha256>::new(None, data_key.0.as_slice());
        let expand = |label: &[u8]| {
            let mut out = Zeroizing::new([0_u8; 32]);
            hkdf.expand(label, out.as_mut_slice()).expect("32 bytes are within HKDF's bound of 8,160");
            out
        };
        Self { cipher: Key(expand(b"choqr seal 1")).cipher(), index: expand(b"choqr index 1") }
    }

    /// Seals a value to its column and row.
    #[must_use]
    pub fn seal(&self, column: Column, row: &impl std::fmt::Display, plain: &str) -> Vec<u8> {
        seal_with(&self.cipher, aad(column, row).as_bytes(), plain.as_bytes())
    }

    /// Opens a value sealed to this column and row.
    pub fn open(&self, column: Column, row: &impl std::fmt::Display, sealed: &[u8]) -> Result<String, StoreError> {
        String::from_utf8(self.open_bytes(column, row, sealed)?).map_err(|_| StoreError::Unsealable)
    }

    /// Seals what is no text to its column and row.
    #[must_use]
    pub fn seal_bytes(&self, column: Column, row: &impl std::fmt::Display, plain: &[u8]) -> Vec<u8> {
        seal_with(&self.cipher, aad(column, row).as_bytes(), plain)
    }

    /// Opens what is no text.
    pub fn open_bytes(&self, column: Column, row: &impl std::fmt::Display, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        open_with(&self.cipher, aad(column, row).as_bytes(), sealed)
    }

    /// The blind index of a value: equal values of one kind have equal indexes, and nobody without the key can guess.
    #[must_use]
    pub fn index(&self, kind: &str, value: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.index.as_slice()).expect("HMAC takes a key of any length");
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes()[..16].to_vec()
    }
}

fn aad(column: Column, row: &impl std::fmt::Display) -> String {
    format!("{}|{row}", column.0)
}

/// What is stored of a token: its SHA-256.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    use sha2::Digest;
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_paper() {
        let key = Key::random();
        let shouted = key.to_paper().to_uppercase().replace('-', " ").replace('0', "O");

        assert_eq!(Key::from_paper(&shouted).unwrap().0, key.0);
        assert!(Key::from_paper("short").is_err());
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_row_and_column() {
        let keys = Keys::derive(&Key::random());
        let sealed = keys.seal(PHONE, &"vnd_1", "0320000123");

        assert_eq!(keys.open(PHONE, &"vnd_1", &sealed).unwrap(), "0320000123");
        assert!(keys.open(PHONE, &"vnd_2", &sealed).is_err());
        assert!(keys.open(ACCOUNT, &"vnd_1", &sealed).is_err());
        assert!(Keys::derive(&Key::random()).open(PHONE, &"vnd_1", &sealed).is_err());
    }

    #[test]
    fn a_wrapped_key_opens_with_its_wrapper_only() {
        let (outer, inner) = (Key::random(), Key::random());
        let wrapped = outer.wrap(&inner);

        assert_eq!(outer.unwrap(&wrapped).unwrap().0, inner.0);
        assert!(Key::random().unwrap(&wrapped).is_err());
    }
}
