//! The only source of time and of randomness. Handlers, jobs and use cases read the clock; the domain is handed the moment, and
//! nothing of it reads either.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use zeroize::Zeroize;

use crate::domain::time::UnixMillis;

/// A clock: the system's, or one that a test moves.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is advanced.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn fixed(now: UnixMillis) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(now.0)))
    }

    /// The present moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> UnixMillis {
        match self {
            Self::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Fixed(millis) => UnixMillis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock; the system's clock cannot be moved.
    pub fn advance(&self, millis: i64) {
        if let Self::Fixed(at) = self {
            at.fetch_add(millis, Ordering::SeqCst);
        }
    }
}

/// Bytes from the operating system's generator, asked for in blocks: an enrolment takes a dozen identifiers and nonces,
/// and a system call for each was a twentieth of its time. What was handed out is wiped from the block.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    const BLOCK: usize = 512;
    thread_local! {
        static HELD: RefCell<([u8; BLOCK], usize)> = const { RefCell::new(([0; BLOCK], 0)) };
    }
    let mut bytes = [0; N];
    if N > BLOCK / 4 {
        fill(&mut bytes);
        return bytes;
    }
    HELD.with_borrow_mut(|(block, left)| {
        if *left < N {
            fill(block);
            *left = BLOCK;
        }
        *left -= N;
        let taken = &mut block[*left..*left + N];
        bytes.copy_from_slice(taken);
        taken.zeroize();
    });
    bytes
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's randomness")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("a machine without randomness cannot make a key or a link");
}

/// A secret for a link or a session: 26 characters of Crockford base32 carry 128 bits and 2 to spare.
#[must_use]
pub fn random_token() -> String {
    crockford(&random::<16>())
}

/// Crockford base32 without padding, lower case: no `i l o u`, fit to be read aloud.
#[must_use]
pub fn crockford(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - held) & 31) as usize]));
    }
    text
}
