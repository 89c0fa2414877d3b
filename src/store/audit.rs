//! Reading the audit chains: a stall's history, and the proof that a chain is whole.

use super::{Db, StoreError, markets::MarketScope, sqlite::stored_row};
use crate::{
    domain::{
        audit::{self, Link},
        ids::StallId,
        time::UnixMillis,
    },
    fetch_all,
};

stored_row! {
    /// One event as it was written.
    #[derive(Debug, Clone)]
    pub struct Entry {
        /// Its place in the chain.
        pub seq: i64,
        /// When.
        pub at_ms: UnixMillis,
        /// Who.
        pub actor: String,
        /// What.
        pub action: String,
        /// The identifier of what changed.
        pub subject: String,
        /// The stall whose history shows it.
        pub stall_id: Option<String>,
        /// Stable words and identifiers, as JSON.
        pub detail: String,
        /// The hash of the event before.
        pub prev_hash: Vec<u8>,
        /// Its own hash.
        pub hash: Vec<u8>,
    }
}

/// A stall's events, latest first.
pub async fn of_stall(db: &Db, scope: &MarketScope, stall: StallId, limit: i64) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "SELECT seq, at_ms, actor, action, subject, stall_id, detail, prev_hash, hash FROM audit_events \
         WHERE chain_id = $1 AND stall_id = $2 ORDER BY seq DESC LIMIT $3";
    fetch_all!(db, SQL, scope.market_id(), stall, limit)
}

/// What was wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audit chain {chain} breaks at event {seq}: {what}")]
pub struct Break {
    /// Which chain.
    pub chain: String,
    /// At which event.
    pub seq: i64,
    /// In what way.
    pub what: &'static str,
}

/// One chain, walked from its first event to its head.
#[derive(Debug, Clone)]
pub struct Chain {
    /// A market's identifier, or the installation's.
    pub chain: String,
    /// How many events it has by its head.
    pub events: i64,
    /// The hash of its latest event, which can be kept elsewhere: a chain made anew from the start has another.
    pub head: Vec<u8>,
    /// The first place where it does not hold.
    pub broken: Option<Break>,
}

/// Walks every chain; gives how many events hold and the first break of each chain.
pub async fn verify(db: &Db) -> Result<(u64, Vec<Break>), StoreError> {
    let (mut whole, mut breaks) = (0, Vec::new());
    for chain in verify_each(db).await? {
        match chain.broken {
            None => whole += u64::try_from(chain.events).unwrap_or(0),
            Some(broken) => breaks.push(broken),
        }
    }
    Ok((whole, breaks))
}

/// Walks every chain from its first event to its head. A chain whose head or whose every event is gone is broken too.
pub async fn verify_each(db: &Db) -> Result<Vec<Chain>, StoreError> {
    const HEADS: &str = "SELECT chain_id, seq, hash FROM audit_heads ORDER BY chain_id";
    const HEADLESS: &str = "SELECT c.chain_id FROM (SELECT DISTINCT chain_id FROM audit_events UNION SELECT market_id FROM markets) c \
         WHERE NOT EXISTS (SELECT 1 FROM audit_heads h WHERE h.chain_id = c.chain_id) ORDER BY c.chain_id";
    let heads: Vec<(String, i64, Vec<u8>)> = fetch_all!(db, HEADS)?;
    let mut chains = Vec::with_capacity(heads.len());
    for (chain, events, head) in heads {
        let broken = verify_chain(db, &chain, events, &head).await?.err();
        chains.push(Chain { chain, events, head, broken });
    }
    let headless: Vec<(String,)> = fetch_all!(db, HEADLESS)?;
    chains.extend(headless.into_iter().map(|(chain,)| Chain {
        broken: Some(Break { chain: chain.clone(), seq: 0, what: "its head is gone" }),
        chain,
        events: 0,
        head: Vec::new(),
    }));
    Ok(chains)
}

async fn verify_chain(db: &Db, chain: &str, last: i64, head: &[u8]) -> Result<Result<u64, Break>, StoreError> {
    const SQL: &str = "SELECT seq, at_ms, actor, action, subject, stall_id, detail, prev_hash, hash FROM audit_events \
         WHERE chain_id = $1 AND seq > $2 ORDER BY seq LIMIT 1000";
    let broken = |seq, what| Ok(Err(Break { chain: chain.to_owned(), seq, what }));
    let (mut seq, mut hash) = (0, audit::GENESIS.to_vec());
    loop {
        let page: Vec<Entry> = fetch_all!(db, SQL, chain, seq)?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            if entry.seq != seq + 1 {
                return broken(seq + 1, "an event is missing");
            }
            let link = Link {
                chain,
                seq: entry.seq,
                at: entry.at_ms,
                actor: &entry.actor,
                action: &entry.action,
                subject: &entry.subject,
                stall: entry.stall_id.as_deref().unwrap_or(""),
                detail: &entry.detail,
            };
            if entry.prev_hash != hash {
                return broken(entry.seq, "the event before it was changed");
            }
            if entry.hash != audit::hash(link, &hash) {
                return broken(entry.seq, "the event was changed");
            }
            (seq, hash) = (entry.seq, entry.hash);
        }
    }
    if seq != last || hash != head {
        return broken(seq, "the chain does not end at its head");
    }
    Ok(Ok(u64::try_from(seq).unwrap_or(0)))
}
