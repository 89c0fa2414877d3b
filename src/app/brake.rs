//! How often an address may ask: a bucket of tries each, filled again one by one.
//!
//! Kept in the memory of each process, not in the database: asking too often must cost its author time, not us a durable write.
//! A restart forgets, and nodes count apart.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
};

use crate::domain::time::UnixMillis;

/// How many counts of a kind are kept; beyond that the oldest are let go.
pub(super) const KEPT: usize = 20_000;

/// Too many tries: the next one is looked at after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; wait {0} seconds")]
pub struct Wait(pub u64);

/// What is left to one address.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: i64,
    at: UnixMillis,
}

/// What is left to each of those counted: to each network ([`network`]) or whatever else is asked too often.
#[derive(Debug)]
pub struct Buckets<K = IpAddr> {
    burst: i64,
    refill_ms: i64,
    left: HashMap<K, Bucket>,
}

/// A network's worth of addresses counts as one: whoever has one IPv6 address has 2^64.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four @ IpAddr::V4(_) => four,
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    /// Buckets of `burst` tries, each of which comes back after `refill_ms`.
    #[must_use]
    pub fn new(burst: i64, refill_ms: i64) -> Self {
        Self { burst, refill_ms, left: HashMap::new() }
    }

    /// Whether one has a try left; takes none.
    pub fn is_left(&self, who: &K, now: UnixMillis) -> Result<(), Wait> {
        match self.left.get(who) {
            Some(bucket) if self.filled(*bucket, now).left <= 0 => Err(Wait(seconds(bucket.at.0 + self.refill_ms - now.0))),
            _ => Ok(()),
        }
    }

    /// Takes one try, also where none is left.
    pub fn take(&mut self, who: K, now: UnixMillis) {
        make_room(&mut self.left, |bucket| bucket.at);
        let bucket = self.left.get(&who).copied().unwrap_or(Bucket { left: self.burst, at: now });
        let mut bucket = self.filled(bucket, now);
        bucket.left -= 1;
        self.left.insert(who, bucket);
    }

    /// A try was none after all.
    pub fn give_back(&mut self, who: &K) {
        if let Some(bucket) = self.left.get_mut(who) {
            bucket.left = (bucket.left + 1).min(self.burst);
        }
    }

    fn filled(&self, bucket: Bucket, now: UnixMillis) -> Bucket {
        let back = ((now.0 - bucket.at.0) / self.refill_ms).max(0);
        let left = (bucket.left + back).min(self.burst);
        // What has not made a whole one yet goes on counting.
        Bucket { left, at: if left == self.burst { now } else { UnixMillis(bucket.at.0 + back * self.refill_ms) } }
    }
}

pub(super) fn make_room<K: Eq + Hash + Clone, V>(all: &mut HashMap<K, V>, at: impl Fn(&V) -> UnixMillis) {
    if all.len() < KEPT {
        return;
    }
    let mut moments: Vec<i64> = all.values().map(|value| at(value).0).collect();
    let (_, middle, _) = moments.select_nth_unstable(KEPT / 4);
    let oldest = *middle;
    all.retain(|_, value| at(value).0 > oldest);
}

pub(super) fn seconds(millis: i64) -> u64 {
    u64::try_from(millis).unwrap_or(0).div_ceil(1_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_399_200_000);

    #[test]
    fn a_bucket_empties_and_fills_one_by_one() {
        let mut buckets = Buckets::new(3, 10_000);
        let address = IpAddr::from([203, 0, 113, 1]);
        for _ in 0..3 {
            buckets.is_left(&address, NOW).unwrap();
            buckets.take(address, NOW);
        }

        assert_eq!(buckets.is_left(&address, NOW.plus(1_000)), Err(Wait(9)));
        assert_eq!(buckets.is_left(&address, NOW.plus(10_000)), Ok(()));
        buckets.take(address, NOW.plus(15_000));
        assert_eq!(buckets.is_left(&address, NOW.plus(15_000)), Err(Wait(5)), "half a try is not lost");
        assert_eq!(buckets.is_left(&IpAddr::from([203, 0, 113, 2]), NOW), Ok(()));
    }

    #[test]
    fn what_is_kept_of_addresses_is_bounded() {
        let mut buckets = Buckets::new(3, 10_000);
        for n in 0..3 * KEPT as u32 {
            buckets.take(IpAddr::from(n.to_be_bytes()), NOW.plus(i64::from(n)));
        }

        assert!(buckets.left.len() <= KEPT);
    }
}
