//! A vendor's own link: whoever holds it sees that vendor's codes, confirms them or freezes them, and nothing else.

use crate::{
    app::{App, UseError, change_account},
    clock::{random, random_token},
    domain::{
        audit::Event,
        ids::{PaymentCodeId, StallId, VendorId},
        payment_account::ReviewReason,
        payment_code::CodeStatus,
        scope::{Act, Viewer},
        time::UnixMillis,
    },
    store::{
        Tx, enrolments,
        markets::{self, AccessError, MarketScope},
        payment_codes::{self, PaymentCode},
        seal::token_hash,
        stall_facts,
        stalls::{self, Stall},
        vendor_links::{self, NewLink},
        vendors::{self, Vendor},
    },
};

/// Who acts through a link, in the audit chain.
const ACTOR: &str = "vendor_link";

/// Everything behind a working link.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The market, entered as the vendor.
    pub scope: MarketScope,
    /// The vendor.
    pub vendor: Vendor,
    /// Each stall of theirs with its codes in force.
    pub stalls: Vec<(Stall, Vec<PaymentCode>)>,
    /// Codes of an approved account change that come into force soon, unless the vendor refuses.
    pub coming: Vec<PaymentCode>,
}

/// Hands out a link for the keeper of a stall; the one before no longer works. The token is shown once.
pub async fn issue(app: &App, viewer: &Viewer, stall_id: StallId) -> Result<String, UseError> {
    make(app, viewer, stall_id, Kind::Again).await?.ok_or(UseError::NotFound)
}

/// An owner's card: the link, and the digits with which its holder finds it again, as in `4821 7730`. Both are shown once.
#[derive(Clone)]
pub struct OwnersCard {
    /// The link's token.
    pub token: String,
    /// Eight digits.
    pub recovery: String,
}

impl std::fmt::Debug for OwnersCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnersCard")
    }
}

/// Makes what an owner's card shows; the link before no longer works, nor do its digits.
pub async fn owners_card(app: &App, viewer: &Viewer, stall_id: StallId) -> Result<OwnersCard, UseError> {
    let number = u64::from_le_bytes(random()) % 100_000_000;
    let recovery = format!("{:04} {:04}", number / 10_000, number % 10_000);
    let token = make(app, viewer, stall_id, Kind::Card(recovery.replace(' ', ""))).await?.ok_or(UseError::NotFound)?;
    Ok(OwnersCard { token, recovery })
}

/// How long the page stays open that the digits of a card lead to.
const RECOVERED_MS: i64 = 3_600_000;

/// Opens the vendor's page by the stall and the digits of the owner's card: gives a link of one hour. A wrong pair and one
/// that no longer works are answered alike.
pub async fn recover(app: &App, stall_code: &str, digits: &str) -> Result<String, UseError> {
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let owner = vendor_links::find_by_recovery(&app.db, stall_code, &digits).await?.ok_or(UseError::NotFound)?;
    let scope = markets::enter_as(&app.db, ACTOR, owner.market_id).await.map_err(|error| match error {
        AccessError::Store(error) => UseError::Store(error),
        _ => UseError::NotFound,
    })?;
    let (now, token) = (app.clock.now(), random_token());
    let link = NewLink {
        token_hash: token_hash(&token),
        vendor: owner.vendor_id,
        stall: owner.stall_id,
        recovery_index: None,
        expires_at: Some(now.plus(RECOVERED_MS)),
    };
    app.db
        .write(move |tx| {
            let (scope, link) = (scope.clone(), link.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                vendor_links::insert_beside(tx, &scope, &link, now).await?;
                note(tx, &scope, "vendor_link.recovered", (link.vendor, link.stall), now);
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(token)
}

/// Why a link is made.
#[derive(Clone)]
enum Kind {
    /// After an enrolment, unless one works.
    First,
    /// In the place of the one before.
    Again,
    /// For an owner's card with these digits.
    Card(String),
}

fn note(tx: &mut Tx<'_>, scope: &MarketScope, action: &'static str, (vendor, stall): (VendorId, StallId), now: UnixMillis) {
    tx.ledger().event(
        scope.market_id(),
        Event {
            at: now,
            actor: scope.actor().to_owned(),
            action,
            subject: vendor.to_string(),
            stall: Some(stall),
            detail: serde_json::json!({}),
        },
    );
}

/// Hands out a link after an enrolment, unless the vendor has one that works: an enrolment that asks for another account
/// must not take away the link on which its owner would see that.
pub async fn issue_first(app: &App, viewer: &Viewer, stall_id: StallId) -> Result<Option<String>, UseError> {
    make(app, viewer, stall_id, Kind::First).await
}

async fn make(app: &App, viewer: &Viewer, stall_id: StallId, kind: Kind) -> Result<Option<String>, UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::Enrol, stall_id).await?;
    let (now, token) = (app.clock.now(), random_token());
    let hash = token_hash(&token);
    let is_made = app
        .db
        .write(move |tx| {
            let (scope, token_hash, kind) = (scope.clone(), hash.clone(), kind.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let stall = stalls::find_in(tx, &scope, stall_id).await?.ok_or(UseError::NotFound)?;
                let vendor = stall.vendor_id.ok_or(UseError::Conflict("stall_not_kept"))?;
                if matches!(kind, Kind::First) && vendor_links::has_working(tx, &scope, vendor).await? {
                    return Ok(false);
                }
                let recovery_index = match kind {
                    Kind::Card(digits) => Some(vendor_links::recovery_index(tx.keys(), &stall.code, &digits)),
                    _ => None,
                };
                let link = NewLink { token_hash, vendor, stall: stall_id, recovery_index, expires_at: None };
                vendor_links::insert(tx, &scope, &link, now).await?;
                note(tx, &scope, "vendor_link.made", (vendor, stall_id), now);
                Ok::<_, UseError>(true)
            })
        })
        .await?;
    Ok(is_made.then_some(token))
}

/// What a link shows; a link that no longer works is answered like one that never did.
pub async fn open(app: &App, token: &str) -> Result<Behind, UseError> {
    let owner = vendor_links::find(&app.db, &token_hash(token), app.clock.now()).await?.ok_or(UseError::NotFound)?;
    let scope = markets::enter_as(&app.db, ACTOR, owner.market_id).await.map_err(|error| match error {
        AccessError::Store(error) => UseError::Store(error),
        _ => UseError::NotFound,
    })?;
    let vendor = vendors::find(&app.db, &scope, owner.vendor_id).await?.ok_or(UseError::NotFound)?;
    let (mut mine, mut coming) = (Vec::new(), Vec::new());
    for stall in stalls::list_of_vendor(&app.db, &scope, owner.vendor_id).await? {
        let codes = payment_codes::list_of_stall(&app.db, &scope, stall.stall_id).await?;
        let theirs = codes.into_iter().filter(|code| code.vendor_id == owner.vendor_id);
        let (in_force, others): (Vec<_>, Vec<_>) = theirs.partition(|code| code.status == CodeStatus::Active);
        coming.extend(others.into_iter().filter(|code| code.status == CodeStatus::InReview && code.in_force_from_ms.is_some()));
        mine.push((stall, in_force));
    }
    Ok(Behind { scope, vendor, stalls: mine, coming })
}

/// The payload of a code behind a link.
pub async fn payload(app: &App, behind: &Behind, id: PaymentCodeId) -> Result<String, UseError> {
    let is_theirs = behind.stalls.iter().flat_map(|(_, codes)| codes).any(|code| code.payment_code_id == id && !code.is_frozen);
    if !is_theirs {
        return Err(UseError::NotFound);
    }
    payment_codes::payload(&app.db, &behind.scope, id).await?.ok_or(UseError::NotFound)
}

/// "Đúng tài khoản của tôi": every code in force is confirmed by its owner. `staff` is whoever is signed in on the device that
/// says so: who enrolled a code cannot confirm it in its owner's place.
pub async fn confirm(app: &App, token: &str, staff: Option<&Viewer>) -> Result<(), UseError> {
    if let Some(staff) = staff.map(Viewer::actor) {
        let behind = open(app, token).await?;
        if behind.stalls.iter().flat_map(|(_, codes)| codes).any(|code| code.enrolled_by == staff) {
            return Err(UseError::Forbidden("own_enrolment"));
        }
    }
    act(app, token, true).await
}

/// "Không phải tôi": every code in force is frozen at once and goes before a second person.
pub async fn freeze(app: &App, token: &str) -> Result<(), UseError> {
    act(app, token, false).await
}

/// "Không phải tôi" said of a change that is coming: it is stopped, and what is in force stays so.
pub async fn refuse_change(app: &App, token: &str) -> Result<(), UseError> {
    let behind = open(app, token).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let Behind { scope, stalls, .. } = behind.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                for (stall, _) in &stalls {
                    if change_account::stop(tx, &scope, stall.stall_id, now).await? {
                        let now_at = stalls::find_in(tx, &scope, stall.stall_id).await?.ok_or(UseError::NotFound)?;
                        stall_facts::refresh(tx, &scope, &now_at, now).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

async fn act(app: &App, token: &str, mine: bool) -> Result<(), UseError> {
    let behind = open(app, token).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let Behind { scope, vendor, stalls, .. } = behind.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                for (stall, codes) in &stalls {
                    let mut changed = Vec::new();
                    for code in codes {
                        let is_news = if mine {
                            !code.is_frozen && payment_codes::confirm(tx, &scope, code.payment_code_id, ACTOR, now).await?
                        } else {
                            payment_codes::set_frozen(tx, &scope, code.payment_code_id, true, now).await?
                        };
                        if is_news {
                            changed.push(code.payment_code_id);
                        }
                        if is_news && !mine {
                            enrolments::reopen(tx, &scope, code.enrolment_id, ReviewReason::NotMine.as_str()).await?;
                        }
                    }
                    let stopped = !mine && change_account::stop(tx, &scope, stall.stall_id, now).await?;
                    if changed.is_empty() && !stopped {
                        continue;
                    }
                    let now_at = stalls::find_in(tx, &scope, stall.stall_id).await?.ok_or(UseError::NotFound)?;
                    stall_facts::refresh(tx, &scope, &now_at, now).await?;
                    if changed.is_empty() {
                        continue;
                    }
                    tx.ledger().event(
                        scope.market_id(),
                        Event {
                            at: now,
                            actor: ACTOR.to_owned(),
                            action: if mine { "code.confirmed" } else { "code.frozen" },
                            subject: vendor.vendor_id.to_string(),
                            stall: Some(stall.stall_id),
                            detail: serde_json::json!({ "payment_codes": changed }),
                        },
                    );
                }
                Ok(())
            })
        })
        .await
}
