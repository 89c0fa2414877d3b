//! What a phone holds of a market. No account number and no phone leaves the server with it: a scan is compared by salted
//! hashes, bound to the stall, and "maybe twice" is said by marks too short to be turned back into a number.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::{
    app::{App, UseError, enrol::identity_of},
    domain::{
        ids::{MarketId, StallId, VendorId},
        payment_code::CodeStatus,
        scope::{Act, Viewer},
        stall::{CodeSafety, Occupancy, Progress},
        time::{Day, UnixMillis},
        vendor::FormOfAddress,
        visit::{Reason, VisitOutcome},
    },
    store::{
        StoreError,
        field_pack::{self, PackCodeRow, PackStall, PackVisitRow},
        markets::{self, MarketScope},
        row_assignments,
        seal::{self, Keys},
    },
};

/// One phone holds at most this many stalls.
pub const MOST_STALLS: i64 = 5_000;
/// A delta reaches back behind its cursor by this much: transactions commit in another order than they began in.
const OVERLAP_MS: i64 = 60_000;

/// A market for a phone.
#[derive(Debug)]
pub struct MarketPack {
    /// The market.
    pub scope: MarketScope,
    /// The server's clock when it was read: what the next delta is asked from.
    pub cursor: UnixMillis,
    /// Whether it is the whole market.
    pub is_full: bool,
    /// The key of its marks, this phone's own.
    pub key: [u8; 32],
    /// Whom vendors may call.
    pub contact_phone: Option<String>,
    /// How many stalls the market has: a phone that holds another number asks for all of them.
    pub total: i64,
    /// The rows that were given to whoever asks.
    pub my_rows: Vec<String>,
    /// All stalls in walking order, or those that changed.
    pub stalls: Vec<StallView>,
}

/// A stall on a phone.
#[derive(Debug, Serialize)]
pub struct StallView {
    stall_id: StallId,
    code: String,
    zone: String,
    row: String,
    number: String,
    goods: Option<String>,
    occupancy: Occupancy,
    progress: Progress,
    safety: CodeSafety,
    come_back_on: Option<Day>,
    version: i64,
    vendor_id: Option<VendorId>,
    vendor: Option<String>,
    address: FormOfAddress,
    phone_last4: Option<String>,
    unconfirmed: bool,
    frozen: bool,
    checked_at: Option<i64>,
    codes: Vec<CodeView>,
    visits: Vec<VisitView>,
    account_marks: Vec<String>,
    phone_mark: Option<String>,
}

/// A code on a phone.
#[derive(Debug, Serialize)]
struct CodeView {
    payload_hash: String,
    identity_hash: String,
    status: &'static str,
    bin: Option<String>,
    last4: String,
    holder: Option<String>,
    primary: bool,
}

/// A visit on a phone.
#[derive(Debug, Serialize)]
struct VisitView {
    at: i64,
    outcome: VisitOutcome,
    reason: Option<Reason>,
    come_back_on: Option<Day>,
    by: String,
}

/// The market as a phone of `holder` (its device, or its owner while it is not bound) may hold it: whole, or what changed
/// since a cursor.
pub async fn pack(
    app: &App,
    viewer: &Viewer,
    id: MarketId,
    holder: &str,
    since: Option<UnixMillis>,
) -> Result<MarketPack, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::Enrol, id).await?;
    let cursor = app.clock.now();
    let total = field_pack::count(&app.db, &scope).await?;
    if total > MOST_STALLS {
        return Err(UseError::Conflict("market_too_large"));
    }
    let from = since.map_or(UnixMillis(i64::MIN), |since| since.plus(-OVERLAP_MS));
    let stalls = field_pack::stalls(&app.db, &scope, from).await?;
    let (codes, visits) = if stalls.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        (field_pack::codes(&app.db, &scope).await?, field_pack::visits(&app.db, &scope).await?)
    };
    let contact_phone = markets::contact_phone(&app.db, &scope).await?;
    let key = pack_key(app.db.keys(), holder, id);
    let keys = app.db.keys().clone();
    // Opening and hashing 5,000 codes takes a good part of a second: not on a thread that answers others.
    let views = tokio::task::spawn_blocking(move || views(&keys, &Marks(key), stalls, codes, visits))
        .await
        .map_err(|_| StoreError::Damaged("pack"))??;
    let rows = row_assignments::of_person(&app.db, &scope, viewer.staff_id).await?;
    let my_rows = rows.into_iter().map(|(zone, row)| if row.is_empty() { zone } else { row }).collect();
    Ok(MarketPack { scope, cursor, is_full: since.is_none(), key, contact_phone, total, my_rows, stalls: views })
}

/// A key for one phone and one market: what a stolen phone carries says nothing about another's.
fn pack_key(keys: &Keys, holder: &str, market: MarketId) -> [u8; 32] {
    let mut key = [0; 32];
    let half = |part: &str| keys.index("field pack", &format!("{part}|{holder}|{market}"));
    key[..16].copy_from_slice(&half("1"));
    key[16..].copy_from_slice(&half("2"));
    key
}

/// Makes the hashes and marks of a pack; the phone does the same with what it scans.
struct Marks([u8; 32]);

impl Marks {
    fn mac(&self, text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn of_stall(&self, stall: StallId, kind: char, value: &str) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.mac(&format!("{stall}|{kind}|{value}"))[..12])
    }

    fn account(&self, identity: &str) -> String {
        data_encoding::HEXLOWER.encode(&self.mac(&format!("a|{identity}"))[..4])
    }

    fn phone(&self, number: &str) -> String {
        data_encoding::HEXLOWER.encode(&self.mac(&format!("t|{number}"))[..3])
    }
}

fn views(
    keys: &Keys,
    marks: &Marks,
    stalls: Vec<PackStall>,
    codes: Vec<PackCodeRow>,
    visits: Vec<PackVisitRow>,
) -> Result<Vec<StallView>, StoreError> {
    let mut here: HashMap<StallId, Vec<&PackCodeRow>> = HashMap::new();
    let mut of_vendor: HashMap<VendorId, Vec<&PackCodeRow>> = HashMap::new();
    for code in &codes {
        here.entry(code.stall_id).or_default().push(code);
        of_vendor.entry(code.vendor_id).or_default().push(code);
    }
    let mut by_stall: HashMap<StallId, Vec<VisitView>> = HashMap::new();
    for visit in visits {
        by_stall.entry(visit.stall_id).or_default().push(VisitView {
            at: visit.visited_at_ms.0,
            outcome: visit.outcome,
            reason: visit.reason,
            come_back_on: visit.come_back_on,
            by: visit.by_name.unwrap_or_default(),
        });
    }
    let mut out = Vec::with_capacity(stalls.len());
    for stall in stalls {
        let of_keeper = stall.vendor_id.and_then(|vendor| of_vendor.get(&vendor)).map_or(&[] as &[_], Vec::as_slice);
        let elsewhere = of_keeper
            .iter()
            .filter(|code| code.stall_id != stall.stall_id && code.status == CodeStatus::Active && !code.is_frozen);
        let here = here.get(&stall.stall_id).map_or(&[] as &[_], Vec::as_slice);
        let (views, account_marks) = codes_of(keys, marks, stall.stall_id, here.iter().chain(elsewhere).copied())?;
        let phone_mark = match (&stall.phone_sealed, stall.vendor_id) {
            (Some(sealed), Some(vendor)) => Some(marks.phone(&keys.open(seal::PHONE, &vendor, sealed)?)),
            _ => None,
        };
        out.push(StallView {
            codes: views,
            account_marks,
            phone_mark,
            visits: by_stall.remove(&stall.stall_id).unwrap_or_default(),
            stall_id: stall.stall_id,
            code: stall.code,
            zone: stall.zone,
            row: stall.row_name,
            number: stall.number,
            goods: stall.goods,
            occupancy: stall.occupancy,
            progress: stall.progress,
            safety: stall.code_safety,
            come_back_on: stall.come_back_on,
            version: stall.version,
            vendor_id: stall.vendor_id,
            vendor: stall.vendor_name,
            address: stall.form_of_address.unwrap_or(FormOfAddress::Unknown),
            phone_last4: stall.phone_last4,
            unconfirmed: stall.unconfirmed,
            frozen: stall.frozen,
            checked_at: stall.checked_at_ms.map(|at| at.0),
        });
    }
    Ok(out)
}

/// The codes of a stall, whoever kept it then, and the marks of the accounts behind them. A code of the keeper that is in force
/// at another stall of theirs is their own here too, and never a match: the same answers as `app/check_sticker.rs` gives.
fn codes_of<'c>(
    keys: &Keys,
    marks: &Marks,
    stall: StallId,
    codes: impl Iterator<Item = &'c PackCodeRow>,
) -> Result<(Vec<CodeView>, Vec<String>), StoreError> {
    let (mut views, mut accounts) = (Vec::new(), Vec::new());
    for code in codes {
        let is_here = code.stall_id == stall;
        let payload = code.payload(keys)?;
        let identity = identity_of(&payload).unwrap_or_default();
        if is_here && matches!(code.status, CodeStatus::Active | CodeStatus::InReview) {
            accounts.push(marks.account(&identity));
        }
        // What waits for a second person proves nothing about anybody.
        if code.status == CodeStatus::InReview {
            continue;
        }
        views.push(CodeView {
            payload_hash: if is_here { marks.of_stall(stall, 'p', &payload) } else { String::new() },
            identity_hash: marks.of_stall(stall, 'i', &identity),
            status: match code.status {
                CodeStatus::Active if code.is_frozen => "frozen",
                CodeStatus::Active => "active",
                _ => "ended",
            },
            bin: code.bin.clone(),
            last4: code.account_last4.clone(),
            holder: code.holder_name.clone(),
            primary: is_here && code.is_primary,
        });
    }
    accounts.sort_unstable();
    accounts.dedup();
    Ok((views, accounts))
}
