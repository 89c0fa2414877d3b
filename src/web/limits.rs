//! How often one address may ask for what anybody may see. Loose where a market's customers share one address behind their
//! carrier, tight where only a script would be in a hurry.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::error::AppError;
use crate::{app::brake::Buckets, domain::time::UnixMillis};

/// One limit, counted by address; cheap to clone. Whoever comes without an address is not counted: only tests do.
#[derive(Debug, Clone)]
pub struct Limit(Arc<Mutex<Buckets>>);

impl Limit {
    fn new(burst: i64, refill_ms: i64) -> Self {
        Self(Arc::new(Mutex::new(Buckets::new(burst, refill_ms))))
    }

    /// Refuses an address that has none left; takes none.
    pub(super) fn look(&self, from: Option<IpAddr>, now: UnixMillis) -> Result<(), AppError> {
        let Some(from) = from else { return Ok(()) };
        self.buckets().is_left(from, now).map_err(|wait| AppError::TooOften(wait.0))
    }

    /// Takes one, or refuses an address that has none left.
    pub(super) fn take(&self, from: Option<IpAddr>, now: UnixMillis) -> Result<(), AppError> {
        let Some(from) = from else { return Ok(()) };
        let mut buckets = self.buckets();
        buckets.is_left(from, now).map_err(|wait| AppError::TooOften(wait.0))?;
        buckets.take(from, now);
        Ok(())
    }

    fn buckets(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
}

impl Default for Limits {
    fn default() -> Self {
        Self { checks: Limit::new(120, 500), misses: Limit::new(30, 2_000), reports: Limit::new(5, 120_000) }
    }
}
