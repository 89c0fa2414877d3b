//! How often one address may ask for what anybody may see. Loose where a market's customers share one address behind their
//! carrier, tight where only a script would be in a hurry.

use std::{
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::error::AppError;
use crate::{
    app::brake::{Buckets, network},
    domain::time::UnixMillis,
};

/// One limit, counted by address or by what is asked for; cheap to clone. Whoever comes without an address is not counted:
/// only tests do.
#[derive(Debug)]
pub struct Limit<K = IpAddr>(Arc<Mutex<Buckets<K>>>);

impl<K> Clone for Limit<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash + Clone> Limit<K> {
    fn new(burst: i64, refill_ms: i64) -> Self {
        Self(Arc::new(Mutex::new(Buckets::new(burst, refill_ms))))
    }

    fn look_at(&self, who: &K, now: UnixMillis) -> Result<(), AppError> {
        self.buckets().is_left(who, now).map_err(|wait| AppError::TooOften(wait.0))
    }

    /// Takes one for what is asked for, or refuses when none is left.
    pub(super) fn take_of(&self, who: K, now: UnixMillis) -> Result<(), AppError> {
        let mut buckets = self.buckets();
        buckets.is_left(&who, now).map_err(|wait| AppError::TooOften(wait.0))?;
        buckets.take(who, now);
        Ok(())
    }

    fn buckets(&self) -> std::sync::MutexGuard<'_, Buckets<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limit {
    /// Refuses an address that has none left; takes none.
    pub(super) fn look(&self, from: Option<IpAddr>, now: UnixMillis) -> Result<(), AppError> {
        from.map_or(Ok(()), |from| self.look_at(&network(from), now))
    }

    /// Takes one, or refuses an address that has none left.
    pub(super) fn take(&self, from: Option<IpAddr>, now: UnixMillis) -> Result<(), AppError> {
        from.map_or(Ok(()), |from| self.take_of(network(from), now))
    }
}

/// The limits of the public pages.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Check links opened: 120 a minute.
    pub(super) checks: Limit,
    /// Check links that no sticker has: 30 a minute.
    pub(super) misses: Limit,
    /// Suspicions reported: 5 in ten minutes.
    pub(super) reports: Limit,
    /// Recovery codes tried from one address: 20 in a quarter of an hour.
    pub(super) recoveries: Limit,
    /// Recovery codes tried for one stall, from wherever: 5 in a quarter of an hour, so that a hundred million codes hold.
    pub(super) recoveries_of_stall: Limit<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            checks: Limit::new(120, 500),
            misses: Limit::new(30, 2_000),
            reports: Limit::new(5, 120_000),
            recoveries: Limit::new(20, 45_000),
            recoveries_of_stall: Limit::new(5, 180_000),
        }
    }
}
