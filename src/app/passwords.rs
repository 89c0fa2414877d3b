//! Passwords are hashed with Argon2id (19 MiB, two passes, one lane: OWASP's floor, 22 ms here), at most two at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::{clock::random, domain::staff::Password};

/// How many are hashed at a time.
const AT_ONCE: usize = 2;
/// How many may wait for their turn: three seconds' worth. Whoever comes after is asked to come back.
const WAITING: usize = 256;

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The machine is out of memory, or a stored hash is damaged.
    #[error("a password could not be hashed")]
    Failed,
    /// Too many wait already.
    #[error("too many passwords wait to be hashed")]
    Busy,
}

/// Hashes passwords, a bounded number at a time: 200 people signing in together wait, they do not take 4 GiB.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }
}

/// A place in the queue, given back when dropped.
struct Place<'p>(&'p AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// The PHC string of a password.
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        self.turn(move || {
            let salt: [u8; 16] = random();
            Argon2::default()
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|_| HashError::Failed)
        })
        .await
    }

    /// Whether a password is the one that was hashed. Without a hash the same work is done in vain, so that an unknown
    /// user name takes as long as a wrong password.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, HashError> {
        self.turn(move || match hash {
            Some(hash) => {
                let hash = PasswordHash::new(&hash).map_err(|_| HashError::Failed)?;
                Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            }
            None => {
                let salt = [0_u8; 16];
                Argon2::default()
                    .hash_password_with_salt(password.as_bytes(), &salt)
                    .map(|_| false)
                    .map_err(|_| HashError::Failed)
            }
        })
        .await
    }

    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(HashError::Busy);
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashError::Failed)?;
        drop(place);
        // The turn goes along: whoever hangs up leaves the hashing under way, and it must count until it ends.
        let hashing = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        hashing.await.map_err(|_| HashError::Failed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_queue_that_is_full_is_busy_and_drains() {
        let passwords = Passwords::default();
        let turns = Arc::clone(&passwords.turns).acquire_many_owned(AT_ONCE as u32).await.unwrap();
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.turn(|| Ok(())).await })
            })
            .collect();
        while passwords.waiting.load(Ordering::Relaxed) < WAITING {
            tokio::task::yield_now().await;
        }

        let refused = passwords.turn(|| Ok(())).await;
        drop(turns);

        assert!(matches!(refused, Err(HashError::Busy)));
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        assert!(passwords.turn(|| Ok(())).await.is_ok());
    }
}
