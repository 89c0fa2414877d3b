//! Mistakes are ordinary: each has its act, and every act keeps the history.

use crate::{
    app::{App, UseError},
    clock::random,
    domain::{
        audit::Event,
        ids::{EnrolmentId, PaymentCodeId, StallId, TenancyId, VendorId},
        payment_code::CodeStatus,
        scope::{Act, Viewer},
        stall::Occupancy,
        text::Name,
        time::UnixMillis,
    },
    payment_code::fold,
    store::{
        StoreError, Tx, accounts, enrolments,
        markets::{self, MarketScope},
        payment_codes::{self, NewCode, PaymentCode},
        stall_facts,
        stalls::{self, Stall},
        stickers, vendor_links,
        vendors::{self, VendorRecord},
    },
};

fn event(
    scope: &MarketScope,
    now: UnixMillis,
    action: &'static str,
    subject: String,
    stall: StallId,
    detail: serde_json::Value,
) -> Event {
    Event { at: now, actor: scope.actor().to_owned(), action, subject, stall: Some(stall), detail }
}

/// A code is taken out of force, and its stickers with it.
pub async fn revoke_code(app: &App, viewer: &Viewer, id: PaymentCodeId) -> Result<StallId, UseError> {
    let scope = markets::enter_by_code(&app.db, viewer, Act::Review, id).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let code = payment_codes::find_in(tx, &scope, id).await?.ok_or(UseError::NotFound)?;
                if code.status != CodeStatus::Active {
                    return Err(UseError::Conflict("code_not_in_force"));
                }
                payment_codes::end(tx, &scope, id, CodeStatus::Revoked, "revoked", now).await?;
                stickers::retire_of_code(tx, &scope, id, "code_revoked", now).await?;
                accounts::release_unused(tx, &scope, code.vendor_id).await?;
                let stall = get(tx, &scope, code.stall_id).await?;
                stall_facts::refresh(tx, &scope, &stall, now).await?;
                tx.ledger().event(
                    scope.market_id(),
                    event(&scope, now, "code.revoked", id.to_string(), stall.stall_id, serde_json::json!({})),
                );
                Ok(code.stall_id)
            })
        })
        .await
}

async fn get(tx: &mut Tx<'_>, scope: &MarketScope, id: StallId) -> Result<Stall, UseError> {
    stalls::find_in(tx, scope, id).await?.ok_or(UseError::NotFound)
}

/// The occupancy changes. "Left" ends the tenancy: codes go out of force, stickers and links with them.
pub async fn set_occupancy(app: &App, viewer: &Viewer, id: StallId, occupancy: Occupancy) -> Result<(), UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::EditStalls, id).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let stall = get(tx, &scope, id).await?;
                let ends = matches!(occupancy, Occupancy::Left | Occupancy::Vacant);
                let keeper = stall.vendor_id.zip(stall.tenancy_id);
                if let (true, Some((vendor, tenancy))) = (ends, keeper) {
                    end_tenancy(tx, &scope, &stall, tenancy, ("left", &[]), now).await?;
                    vendor_links::revoke(tx, &scope, vendor, Some(id), now).await?;
                    forget_if_gone(tx, &scope, vendor, id, now).await?;
                }
                stall_facts::recompute(tx, &scope, &stall, occupancy, keeper.filter(|_| !ends), now).await?;
                let detail = serde_json::json!({ "from": stall.occupancy, "to": occupancy });
                tx.ledger().event(scope.market_id(), event(&scope, now, "stall.occupancy", id.to_string(), id, detail));
                Ok(())
            })
        })
        .await
}

/// Ends a tenancy with everything that hangs on it, except the accounts and links, which are the vendor's, and the review of
/// codes that go on at another stall (`carried`).
async fn end_tenancy(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: &Stall,
    tenancy: TenancyId,
    (reason, carried): (&'static str, &[EnrolmentId]),
    now: UnixMillis,
) -> Result<(), UseError> {
    for unfinished in enrolments::unfinished_of_stall_in(tx, scope, stall.stall_id).await? {
        if !carried.contains(&unfinished) {
            enrolments::replace(tx, scope, unfinished).await?;
        }
    }
    for code in payment_codes::list_of_stall_in(tx, scope, stall.stall_id).await? {
        let status = match code.status {
            CodeStatus::Active => CodeStatus::Revoked,
            CodeStatus::InReview => CodeStatus::Refused,
            _ => continue,
        };
        if code.tenancy_id == tenancy {
            payment_codes::end(tx, scope, code.payment_code_id, status, reason, now).await?;
            stickers::retire_of_code(tx, scope, code.payment_code_id, reason, now).await?;
        }
    }
    stalls::end_tenancy(tx, scope, tenancy, reason, now).await?;
    Ok(())
}

/// A vendor without a stall has no link, and no longer holds their accounts against others.
async fn forget_if_gone(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    vendor: VendorId,
    left: StallId,
    now: UnixMillis,
) -> Result<(), UseError> {
    let remaining = stalls::of_vendor_in(tx, scope, vendor).await?;
    if remaining.iter().all(|id| *id == left) {
        vendor_links::revoke(tx, scope, vendor, None, now).await?;
    }
    Ok(accounts::release_unused(tx, scope, vendor).await?)
}

/// The vendor of one stall belongs at another: enrolled at the wrong one, moved, or swapped when the other is kept too.
/// Codes are issued again for the new place; stickers printed with the old stall number are retired. The vendor's link goes
/// on working.
pub async fn relocate(app: &App, viewer: &Viewer, from: StallId, to_code: &str, swap: bool) -> Result<StallId, UseError> {
    let scope = markets::enter_by_stall(&app.db, viewer, Act::EditStalls, from).await?;
    let to_code: crate::domain::stall::StallCode =
        to_code.parse().map_err(|_| UseError::invalid("/to", "stall_code_malformed", "a stall code, as in A1-03"))?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let (scope, to_code) = (scope.clone(), to_code.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let here = get(tx, &scope, from).await?;
                let there = stalls::find_by_code_in(tx, &scope, &to_code)
                    .await?
                    .filter(|there| there.stall_id != from)
                    .ok_or_else(|| UseError::invalid("/to", "stall_unknown", "no other stall of that code"))?;
                let mine = here.vendor_id.zip(here.tenancy_id).ok_or(UseError::Conflict("stall_not_kept"))?;
                let theirs = there.vendor_id.zip(there.tenancy_id);
                if theirs.is_some() && !swap {
                    return Err(UseError::Conflict("stall_not_vacant"));
                }
                let my_codes = take_out(tx, &scope, &here, mine.1, now).await?;
                let their_codes = match theirs {
                    Some((_, tenancy)) => take_out(tx, &scope, &there, tenancy, now).await?,
                    None => Vec::new(),
                };
                let ended: Vec<_> = my_codes.iter().chain(&their_codes).map(|(code, _)| code.payment_code_id).collect();
                let mut issued = put_in(tx, &scope, &there, mine.0, my_codes, now).await?;
                vendor_links::relocate(tx, &scope, mine.0, (from, there.stall_id)).await?;
                if let Some((vendor, _)) = theirs {
                    vendor_links::relocate(tx, &scope, vendor, (there.stall_id, from)).await?;
                }
                match theirs {
                    Some((vendor, _)) => {
                        issued.extend(put_in(tx, &scope, &here, vendor, their_codes, now).await?);
                        // Their enrolments have left only now, and of the same moment they counted there.
                        let there = get(tx, &scope, there.stall_id).await?;
                        stall_facts::refresh(tx, &scope, &there, now).await?;
                    }
                    None => {
                        stall_facts::recompute(tx, &scope, &here, Occupancy::Vacant, None, now).await?;
                    }
                }
                let action = if theirs.is_some() { "stall.swapped" } else { "stall.moved" };
                for (stall, other) in [(&here, &there), (&there, &here)] {
                    let detail = serde_json::json!({
                        "other_stall": other.stall_id, "payment_codes": issued, "ended": ended,
                    });
                    tx.ledger().event(scope.market_id(), event(&scope, now, action, mine.0.to_string(), stall.stall_id, detail));
                }
                Ok(there.stall_id)
            })
        })
        .await
}

/// Ends the tenancy here and gives the codes that were in force or before a second person, with their payloads.
async fn take_out(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: &Stall,
    tenancy: TenancyId,
    now: UnixMillis,
) -> Result<Vec<(PaymentCode, String)>, UseError> {
    let mut kept = Vec::new();
    for code in payment_codes::list_of_stall_in(tx, scope, stall.stall_id).await? {
        if code.tenancy_id == tenancy && matches!(code.status, CodeStatus::Active | CodeStatus::InReview) {
            let payload = payment_codes::payload_in(tx, scope, code.payment_code_id).await?;
            kept.push((code, payload));
        }
    }
    let carried: Vec<EnrolmentId> = kept.iter().map(|(code, _)| code.enrolment_id).collect();
    end_tenancy(tx, scope, stall, tenancy, ("moved", &carried), now).await?;
    Ok(kept)
}

/// Begins a tenancy at another stall and issues the codes again for it, each standing where it stood; gives which they are.
async fn put_in(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: &Stall,
    vendor: VendorId,
    codes: Vec<(PaymentCode, String)>,
    now: UnixMillis,
) -> Result<Vec<PaymentCodeId>, UseError> {
    let mut issued = Vec::with_capacity(codes.len());
    let tenancy = TenancyId::generate(now, random());
    stalls::begin_tenancy(tx, scope, tenancy, stall.stall_id, vendor, now).await?;
    for (code, payload) in codes {
        let identity = crate::app::enrol::identity_of(&payload).ok_or(StoreError::Damaged("payment_codes.payload"))?;
        let new = NewCode {
            id: PaymentCodeId::generate(now, random()),
            account_id: code.payment_account_id,
            vendor_id: vendor,
            stall_id: stall.stall_id,
            tenancy_id: tenancy,
            enrolment_id: code.enrolment_id,
            payload,
            identity,
            bin: code.bin.clone(),
            last4: code.account_last4.clone(),
            status: code.status,
            is_primary: code.is_primary,
            enrolled_by: code.enrolled_by.clone(),
        };
        payment_codes::insert(tx, scope, &new, now).await?;
        payment_codes::carry_over(tx, scope, code.payment_code_id, new.id).await?;
        enrolments::relocate(tx, scope, code.enrolment_id, stall.stall_id).await?;
        issued.push(new.id);
    }
    stall_facts::recompute(tx, scope, stall, Occupancy::Trading, Some((vendor, tenancy)), now).await?;
    Ok(issued)
}

/// A vendor's record is put right: a misspelt name, a new phone, a registered business name. The account stays. A name that
/// is another one even without its marks makes the vendor's codes unconfirmed again, for somebody other than who renamed
/// them to confirm: the code was issued because the names were the same.
pub async fn change_vendor(app: &App, viewer: &Viewer, id: VendorId, record: VendorRecord) -> Result<(), UseError> {
    let scope = markets::enter_by_vendor(&app.db, viewer, Act::Enrol, id).await?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            let (scope, record) = (scope.clone(), record.clone());
            Box::pin(async move {
                tx.lock_market(scope.market_id()).await?;
                let before = vendors::find_in(tx, &scope, id).await?.ok_or(UseError::NotFound)?;
                let changed_phone = record.phone.is_some();
                let changed_name = before.full_name != record.full_name.as_str();
                let business = |name: Option<&str>| name.map(fold::name_fold).unwrap_or_default();
                let renamed = before.name_fold != record.full_name.fold()
                    || business(before.business_name.as_deref()) != business(record.business_name.as_ref().map(Name::as_str));
                vendors::update(tx, &scope, id, &record, now).await?;
                let doubted = if renamed { payment_codes::doubt(tx, &scope, id, scope.actor()).await? } else { Vec::new() };
                // Which value it was stays with the value: the chain says that it changed, and proves it with an index.
                let was = data_encoding::HEXLOWER.encode(&tx.keys().index("vendor_name", &before.full_name));
                let detail = serde_json::json!({
                    "name": changed_name, "phone": changed_phone, "name_was_index": was, "unconfirmed": doubted,
                });
                let action = if renamed { "vendor.renamed" } else { "vendor.changed" };
                for stall in stalls::of_vendor_in(tx, &scope, id).await? {
                    if !doubted.is_empty() {
                        let stall = get(tx, &scope, stall).await?;
                        stall_facts::refresh(tx, &scope, &stall, now).await?;
                    }
                    tx.ledger().event(scope.market_id(), event(&scope, now, action, id.to_string(), stall, detail.clone()));
                }
                Ok(())
            })
        })
        .await
}
