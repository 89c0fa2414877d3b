//! Takes a list back: the latest change first, and only where nobody has been since.

use super::{Undone, write::Before};
use crate::{
    app::UseError,
    domain::{
        audit::Event,
        ids::{StallListId, VendorId},
        time::UnixMillis,
    },
    store::{
        StoreError, Tx,
        markets::MarketScope,
        stall_facts, stall_lists,
        stalls::{self, Stall},
    },
};

pub(super) async fn apply(tx: &mut Tx<'_>, scope: &MarketScope, id: StallListId, now: UnixMillis) -> Result<Undone, UseError> {
    let mut undone = Undone { back: 0, kept: 0 };
    let mut added: Vec<VendorId> = Vec::new();
    for (stall_id, version, before) in stall_lists::changes(tx, scope, id).await? {
        let before: Before = serde_json::from_str(&before).map_err(|_| StoreError::Damaged("stall_list_changes.before"))?;
        let stall = stalls::find_in(tx, scope, stall_id).await?;
        let Some(stall) = stall.filter(|stall| stall.version == version) else {
            undone.kept += 1;
            continue;
        };
        added.extend(before.since.filter(|(_, _, is_added)| *is_added).map(|(vendor, ..)| vendor));
        if before.is_new {
            stall_lists::remove_stall(tx, scope, &stall, now).await?;
        } else {
            put_back(tx, scope, &stall, &before, now).await?;
        }
        let (actor, subject) = (scope.actor().to_owned(), stall_id.to_string());
        let detail = serde_json::json!({ "list": id });
        tx.ledger()
            .event(scope.market_id(), Event { at: now, actor, action: "stall.unlisted", subject, stall: Some(stall_id), detail });
        undone.back += 1;
    }
    for vendor in added {
        stall_lists::remove_vendor(tx, scope, vendor).await?;
    }
    Ok(undone)
}

async fn put_back(tx: &mut Tx<'_>, scope: &MarketScope, stall: &Stall, before: &Before, now: UnixMillis) -> Result<(), UseError> {
    if let Some(goods) = &before.goods {
        stalls::put_goods(tx, scope, stall.stall_id, goods.was.as_deref(), now).await?;
    }
    if let Some(account) = &before.account {
        match &account.was {
            Some((bin, number, holder)) => {
                stall_lists::put_listed(tx, scope, stall.stall_id, (bin, number, holder.as_deref()), now).await?;
            }
            None => stall_lists::drop_listed(tx, scope, stall.stall_id).await?,
        }
    }
    if let Some((vendor, version)) = before.phone_of {
        stall_lists::forget_phone(tx, scope, (vendor, version), now).await?;
    }
    if let (Some(keeper), Some((_, tenancy, _))) = (&before.keeper, before.since) {
        stall_lists::remove_tenancy(tx, scope, tenancy).await?;
        if let Some((_, former)) = keeper.was {
            stall_lists::reopen_tenancy(tx, scope, former).await?;
        }
        stall_facts::recompute(tx, scope, stall, before.occupancy.unwrap_or(stall.occupancy), keeper.was, now).await?;
    }
    Ok(())
}
