//! Writes a plan, and notes of every stall what stood there before.

use serde::{Deserialize, Serialize};

use super::plan::{self, Keeper, Plan, Step};
use crate::{
    app::UseError,
    clock::random,
    domain::{
        audit::Event,
        ids::{StallId, StallListId, TenancyId, VendorId},
        stall::Occupancy,
        time::UnixMillis,
        vendor::FormOfAddress,
    },
    stall_list::{Entry, List},
    store::{
        StoreError, Tx,
        markets::MarketScope,
        stall_facts,
        stall_lists::{self, Book},
        stalls::{self, NewStall, Stall},
        vendors::{self, VendorRecord},
    },
};

/// What stood at a stall before a list: what an undo puts back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Before {
    /// The list made the stall.
    pub(super) is_new: bool,
    /// The goods, where they changed.
    pub(super) goods: Option<Was<String>>,
    /// The occupancy, where it changed.
    pub(super) occupancy: Option<Occupancy>,
    /// Who kept it, where that changed.
    pub(super) keeper: Option<Was<(VendorId, TenancyId)>>,
    /// Who keeps it since, and whether the list added them.
    pub(super) since: Option<(VendorId, TenancyId, bool)>,
    /// Whose phone the list added, and the version of their record since.
    pub(super) phone_of: Option<(VendorId, i64)>,
    /// The listed account, where it changed: BIN, number, holder.
    pub(super) account: Option<Was<(String, String, Option<String>)>>,
}

/// What stood there, if anything: in JSON an `Option` of an `Option` would forget that it was nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Was<T> {
    pub(super) was: Option<T>,
}

/// Writes every step.
pub(super) async fn apply(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: StallListId,
    (list, plan): (&List, &Plan),
    book: &Book,
    now: UnixMillis,
) -> Result<(), UseError> {
    let mut people: Vec<Option<VendorId>> = vec![None; plan.people.len()];
    for (seq, step) in (0_i64..).zip(&plan.steps) {
        let mut before = Before::default();
        let entry = &list.entries[step.at];
        let stall = place(tx, scope, step, entry, &mut before, now).await?;
        if let Some(keeper) = &step.keeper {
            let (vendor, is_added) = vendor(tx, scope, keeper, (list, plan, &mut people), now).await?;
            take_over(tx, scope, &stall, (vendor, is_added), &mut before, now).await?;
        }
        if let (Some(phone), Some(vendor_id)) = (entry.phone.as_ref().filter(|_| step.phone), stall.vendor_id) {
            let known = vendors::find_in(tx, scope, vendor_id).await?.ok_or(StoreError::Damaged("stalls.vendor_id"))?;
            // Two rows of one list may both bring the number.
            if known.phone_last4.is_none() {
                let name = |text: &str| text.parse().map_err(|_| StoreError::Damaged("vendors.full_name"));
                let record = VendorRecord {
                    full_name: name(&known.full_name)?,
                    form_of_address: known.form_of_address,
                    business_name: known.business_name.as_deref().map(name).transpose()?,
                    phone: Some(phone.clone()),
                };
                vendors::update(tx, scope, vendor_id, &record, now).await?;
                before.phone_of = Some((vendor_id, known.version + 1));
            }
        }
        if let Some((bin, number, holder)) = plan::account(entry).filter(|_| step.account) {
            let listed = book.accounts.get(&stall.stall_id);
            let number_before = match listed {
                Some(_) => stall_lists::listed_number(tx, scope, stall.stall_id).await?,
                None => None,
            };
            let was = listed.zip(number_before).map(|(listed, number)| (listed.bin.clone(), number, listed.holder.clone()));
            before.account = Some(Was { was });
            stall_lists::put_listed(tx, scope, stall.stall_id, (bin, number, holder), now).await?;
        }
        finish(tx, scope, id, (seq, stall.stall_id), &before, now).await?;
    }
    Ok(())
}

/// The stall of a step, made when it is not in the book; its goods, when they change.
async fn place(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    step: &Step,
    entry: &Entry,
    before: &mut Before,
    now: UnixMillis,
) -> Result<Stall, UseError> {
    if let Some(stall_id) = step.stall {
        let stall = stalls::find_in(tx, scope, stall_id).await?.ok_or(UseError::NotFound)?;
        if let Some(goods) = entry.goods.as_deref().filter(|_| step.goods) {
            before.goods = Some(Was { was: stall.goods.clone() });
            stalls::put_goods(tx, scope, stall_id, Some(goods), now).await?;
        }
        return Ok(stall);
    }
    before.is_new = true;
    let stall_id = StallId::generate(now, random());
    let code = entry.stalls.get(step.nth).ok_or(UseError::NotFound)?;
    let occupancy = if entry.is_vacant { Occupancy::Vacant } else { Occupancy::Trading };
    let (zone, row) = (entry.zone.clone(), entry.row_name.clone());
    let new = NewStall { stall_id, code: code.clone(), zone, row, goods: entry.goods.clone(), occupancy };
    if !stalls::insert(tx, scope, &new, now).await? {
        return Err(UseError::Conflict("list_changed"));
    }
    stalls::find_in(tx, scope, stall_id).await?.ok_or(UseError::NotFound)
}

async fn vendor(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    keeper: &Keeper,
    (list, plan, people): (&List, &Plan, &mut [Option<VendorId>]),
    now: UnixMillis,
) -> Result<(VendorId, bool), UseError> {
    let at = match keeper {
        Keeper::Known(id) => return Ok((*id, false)),
        Keeper::New(at) => *at,
    };
    if let Some(id) = people[at] {
        return Ok((id, true));
    }
    let (id, person) = (VendorId::generate(now, random()), &list.entries[plan.people[at]]);
    let record = VendorRecord {
        full_name: person.name.clone().ok_or(UseError::NotFound)?,
        form_of_address: FormOfAddress::Unknown,
        business_name: None,
        phone: person.phone.clone(),
    };
    vendors::insert(tx, scope, id, &record, now).await?;
    people[at] = Some(id);
    Ok((id, true))
}

/// The stall changes hands, or somebody is named for it for the first time.
async fn take_over(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    stall: &Stall,
    (vendor, is_added): (VendorId, bool),
    before: &mut Before,
    now: UnixMillis,
) -> Result<(), UseError> {
    let was = stall.vendor_id.zip(stall.tenancy_id);
    if let Some((_, tenancy)) = was {
        stalls::end_tenancy(tx, scope, tenancy, "listed_anew", now).await?;
    }
    let tenancy = TenancyId::generate(now, random());
    stalls::begin_tenancy(tx, scope, tenancy, stall.stall_id, vendor, now).await?;
    (before.keeper, before.since) = (Some(Was { was }), Some((vendor, tenancy, is_added)));
    // Whoever is named in the list trades there, unless the stall pauses.
    let occupancy = match stall.occupancy {
        Occupancy::Vacant | Occupancy::Left => Occupancy::Trading,
        other => other,
    };
    before.occupancy = (occupancy != stall.occupancy).then_some(stall.occupancy);
    let stall = stalls::find_in(tx, scope, stall.stall_id).await?.ok_or(UseError::NotFound)?;
    stall_facts::recompute(tx, scope, &stall, occupancy, Some((vendor, tenancy)), now).await?;
    Ok(())
}

async fn finish(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    id: StallListId,
    (seq, stall_id): (i64, StallId),
    before: &Before,
    now: UnixMillis,
) -> Result<(), UseError> {
    let stall = stalls::find_in(tx, scope, stall_id).await?.ok_or(UseError::NotFound)?;
    let text = serde_json::to_string(before).map_err(|_| StoreError::Damaged("stall_list_changes.before"))?;
    stall_lists::note_change(tx, scope, id, (seq, stall_id, stall.version), &text).await?;
    // What was written stays out of the chain: a person's name may stand in it.
    let detail = serde_json::json!({
        "list": id, "goods": before.goods.is_some(), "keeper": before.keeper.is_some(), "phone": before.phone_of.is_some(), "account": before.account.is_some(),
    });
    let (actor, action) = (scope.actor().to_owned(), if before.is_new { "stall.made" } else { "stall.listed" });
    tx.ledger()
        .event(scope.market_id(), Event { at: now, actor, action, subject: stall_id.to_string(), stall: Some(stall_id), detail });
    Ok(())
}
