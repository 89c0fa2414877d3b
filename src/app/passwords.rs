//! Passwords are hashed with Argon2id (19 MiB, two passes, one lane: OWASP's floor, 22 ms here), at most two at a time.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::{clock::random, domain::staff::Password};

/// Hashing failed: the machine is out of memory, or a stored hash is damaged.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub struct HashError;

/// Hashes passwords, a bounded number at a time: 200 people signing in together wait, they do not take 4 GiB.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(2)) }
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
                .map_err(|_| HashError)
        })
        .await
    }

    /// Whether a password is the one that was hashed. Without a hash the same work is done in vain, so that an unknown
    /// user name takes as long as a wrong password.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, HashError> {
        self.turn(move || match hash {
            Some(hash) => {
                let hash = PasswordHash::new(&hash).map_err(|_| HashError)?;
                Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            }
            None => {
                let salt = [0_u8; 16];
                Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|_| false).map_err(|_| HashError)
            }
        })
        .await
    }

    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let _turn = self.turns.acquire().await.map_err(|_| HashError)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| HashError)?
    }
}
