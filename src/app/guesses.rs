//! The brake on guessing passwords and tokens.
//!
//! Kept in the memory of each process, not in the database: a wrong guess must cost its author time, not us a durable
//! write, or guessing would be a way to keep the one writer busy. A restart forgets, and nodes count apart, so a guesser gets
//! the figures below once for each node.
//!
//! A try is counted before the password is looked at, so that a hundred at once count as a hundred, and is forgiven when
//! it was right. Nothing here asks whether an account exists, so an unknown name is braked like a known one. Others'
//! guesses never lock a person out: an address from which that person has signed in has an account of its own of the tries.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::brake::{Buckets, make_room, network, seconds};
use crate::domain::time::{DAY_MS, UnixMillis};

pub use super::brake::Wait;

/// Tries, and how long the next one waits after so many: three are free, for a slip of the finger.
const LADDER: [(u32, i64); 4] = [(3, 0), (9, 3_000), (25, 5_000), (100, 10_000)];
/// Wrong passwords of one account that are looked at in a day; the rest of that day only known addresses are let try.
pub const DAILY: u32 = 100;
/// What one address may get wrong in one go, over all accounts and tokens: a market's phones share one address.
pub const BURST: i64 = 30;
/// How often an address gets one of those back.
const REFILL_MS: i64 = 2_000;
/// How long an address is known after its last sign-in.
const KNOWN_MS: i64 = 30 * DAY_MS;

/// Tries of one account.
#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    not_before: UnixMillis,
    /// The first try of this count; a day later it begins anew.
    since: UnixMillis,
}

#[derive(Debug)]
struct Counts {
    /// By user name, from addresses that this person has not been seen at.
    accounts: HashMap<String, Tries>,
    /// By user name and an address where that person has signed in.
    known: HashMap<(String, IpAddr), Tries>,
    /// When a person last signed in from an address.
    seen: HashMap<(String, IpAddr), UnixMillis>,
    addresses: Buckets,
}

impl Default for Counts {
    fn default() -> Self {
        Self { accounts: HashMap::new(), known: HashMap::new(), seen: HashMap::new(), addresses: Buckets::new(BURST, REFILL_MS) }
    }
}

/// The counts of this process; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Guesses(Arc<Mutex<Counts>>);

impl Guesses {
    /// Counts a try at an account's password before it is looked at.
    pub fn try_account(&self, username: &str, from: Option<IpAddr>, now: UnixMillis) -> Result<(), Wait> {
        let mut counts = self.counts();
        let from = from.map(network);
        if let Some(address) = from {
            counts.addresses.is_left(&address, now)?;
        }
        let username = fold(username);
        let known = from.map(|address| (username.clone(), address)).filter(|key| counts.is_known(key, now));
        match known {
            // At a known address the ladder ends at its last step: ten seconds, never the rest of the day.
            Some(key) => step(&mut counts.known, key, now, u32::MAX)?,
            None => step(&mut counts.accounts, username, now, DAILY)?,
        }
        if let Some(address) = from {
            counts.addresses.take(address, now);
        }
        Ok(())
    }

    /// The password was right: the try and those before it from there are forgiven, and the address is known.
    pub fn forgive(&self, username: &str, from: Option<IpAddr>, now: UnixMillis) {
        let mut counts = self.counts();
        let username = fold(username);
        let Some(address) = from.map(network) else {
            counts.accounts.remove(&username);
            return;
        };
        counts.addresses.give_back(&address);
        let key = (username, address);
        if counts.known.remove(&key).is_none() {
            counts.accounts.remove(&key.0);
        }
        make_room(&mut counts.seen, |seen| *seen);
        counts.seen.insert(key, now);
    }

    /// Whether an address may try a token: a one-time link, the set-up token.
    pub fn try_token(&self, from: Option<IpAddr>, now: UnixMillis) -> Result<(), Wait> {
        from.map_or(Ok(()), |address| self.counts().addresses.is_left(&network(address), now))
    }

    /// The token was wrong.
    pub fn wrong_token(&self, from: Option<IpAddr>, now: UnixMillis) {
        if let Some(address) = from {
            self.counts().addresses.take(network(address), now);
        }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As user names are compared, and no longer than one can be.
fn fold(username: &str) -> String {
    username.trim().to_lowercase().chars().take(41).collect()
}

impl Counts {
    fn is_known(&self, key: &(String, IpAddr), now: UnixMillis) -> bool {
        self.seen.get(key).is_some_and(|seen| now.0 - seen.0 < KNOWN_MS)
    }
}

/// One more try, or how long to wait for it.
fn step<K: Eq + Hash + Clone>(all: &mut HashMap<K, Tries>, key: K, now: UnixMillis, daily: u32) -> Result<(), Wait> {
    make_room(all, |tries| tries.since);
    let tries = match all.entry(key) {
        Entry::Occupied(found) => found.into_mut(),
        Entry::Vacant(place) => place.insert(Tries { count: 0, not_before: now, since: now }),
    };
    if now.0 - tries.since.0 >= DAY_MS {
        *tries = Tries { count: 0, not_before: now, since: now };
    }
    if tries.count >= daily {
        return Err(Wait(seconds(tries.since.0 + DAY_MS - now.0)));
    }
    if now < tries.not_before {
        return Err(Wait(seconds(tries.not_before.0 - now.0)));
    }
    tries.count = tries.count.saturating_add(1);
    let last = LADDER[LADDER.len() - 1].1;
    let wait = LADDER.iter().find(|(up_to, _)| tries.count < *up_to).map_or(last, |(_, wait)| *wait);
    tries.not_before = now.plus(wait);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::brake::KEPT;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_399_200_000);

    fn address(last: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, last])
    }

    #[test]
    fn three_tries_are_free_and_then_each_waits_longer() {
        let guesses = Guesses::default();
        let mut waits = Vec::new();
        let mut now = NOW;
        for n in 0..30_u8 {
            // From a new address each time: it is the account that is braked.
            while let Err(Wait(wait)) = guesses.try_account("Hanh", Some(address(n)), now) {
                waits.push(wait);
                now = now.plus(wait as i64 * 1_000);
            }
        }

        assert_eq!(waits, [vec![3; 6], vec![5; 16], vec![10; 5]].concat());
    }

    #[test]
    fn at_most_a_hundred_passwords_of_an_account_are_looked_at_in_a_day() {
        let guesses = Guesses::default();
        let (mut looked_at, mut now) = (0, NOW);
        while now.0 < NOW.0 + DAY_MS {
            looked_at += u32::from(guesses.try_account("hanh", None, now).is_ok());
            now = now.plus(1_000);
        }

        assert_eq!(looked_at, DAILY);
        assert!(guesses.try_account("hanh", None, now).is_ok(), "the next day begins anew");
    }

    #[test]
    fn guesses_of_others_never_lock_a_person_out_where_they_are_known() {
        let guesses = Guesses::default();
        guesses.try_account("hanh", Some(address(1)), NOW).unwrap();
        guesses.forgive("hanh", Some(address(1)), NOW);
        let mut now = NOW;
        for n in 0..5_000 {
            let _braked = guesses.try_account("hanh", Some(address(2 + (n % 200) as u8)), now);
            now = now.plus(1_000);
        }

        assert!(guesses.try_account("hanh", Some(address(9)), now).is_err());
        assert_eq!(guesses.try_account("hanh", Some(address(1)), now), Ok(()));
    }

    #[test]
    fn an_address_runs_out_and_gets_one_back_every_two_seconds() {
        let guesses = Guesses::default();
        for n in 0..BURST {
            guesses.try_account(&format!("person{n}"), Some(address(1)), NOW).unwrap();
        }

        assert_eq!(guesses.try_account("another", Some(address(1)), NOW), Err(Wait(2)));
        assert_eq!(guesses.try_token(Some(address(1)), NOW), Err(Wait(2)));
        assert_eq!(guesses.try_account("another", Some(address(2)), NOW), Ok(()));
        assert_eq!(guesses.try_account("another", Some(address(1)), NOW.plus(2_000)), Ok(()));
        assert!(guesses.try_account("one-more", Some(address(1)), NOW.plus(2_000)).is_err());
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let guesses = Guesses::default();
        for n in 0..BURST {
            let from = Some(format!("2001:db8::{n:x}").parse().unwrap());
            guesses.try_token(from, NOW).unwrap();
            guesses.wrong_token(from, NOW);
        }

        assert!(guesses.try_token(Some("2001:db8::ffff:1".parse().unwrap()), NOW).is_err());
        assert!(guesses.try_token(Some("2001:db8:0:1::1".parse().unwrap()), NOW).is_ok());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let guesses = Guesses::default();
        for n in 0..3 * KEPT as i64 {
            let _braked = guesses.try_account(&format!("p{n}"), None, NOW.plus(n));
        }

        assert!(guesses.counts().accounts.len() <= KEPT);
    }
}
