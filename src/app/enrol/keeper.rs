//! Who keeps the stall from now on, and what the enrolment tells about them and their goods.

use super::{Step, VendorInput};
use crate::{
    app::UseError,
    clock::random,
    domain::{
        audit::Event,
        ids::{TenancyId, VendorId},
        vendor::FormOfAddress,
    },
    payment_code::fold,
    store::{
        StoreError,
        stalls::{self, Stall},
        vendors::{self, VendorRecord},
    },
};

/// Who is paid at a stall.
#[derive(Clone, Copy)]
pub(super) struct Payee {
    pub(super) vendor_id: VendorId,
    pub(super) tenancy_id: TenancyId,
    /// Made by this enrolment.
    pub(super) is_new: bool,
}

impl Step<'_, '_> {
    /// The vendor and their tenancy of the stall, as known or made now.
    pub(super) async fn payee(&mut self, stall: &Stall) -> Result<Payee, UseError> {
        let (vendor_id, is_new) = self.vendor(stall).await?;
        let tenancy_id = self.tenancy(stall, vendor_id).await?;
        Ok(Payee { vendor_id, tenancy_id, is_new })
    }

    /// Who is enrolled: the vendor named by id, the one who keeps the stall already, or a new one.
    async fn vendor(&mut self, stall: &Stall) -> Result<(VendorId, bool), UseError> {
        let keeper = match stall.vendor_id {
            Some(id) => vendors::find_in(self.tx, self.scope, id).await?,
            None => None,
        };
        match &self.input.vendor {
            VendorInput::Known(id) => {
                if keeper.as_ref().is_some_and(|keeper| keeper.vendor_id != *id) {
                    return Err(UseError::Conflict("stall_taken"));
                }
                vendors::find_in(self.tx, self.scope, *id)
                    .await?
                    .map(|vendor| (vendor.vendor_id, false))
                    .ok_or_else(|| UseError::invalid("/vendor_id", "vendor_unknown", "this market has no such vendor"))
            }
            VendorInput::Described(record) => match keeper {
                Some(keeper) if keeper.name_fold == record.full_name.fold() => {
                    self.complete(&keeper, record).await?;
                    Ok((keeper.vendor_id, false))
                }
                Some(_) => Err(UseError::Conflict("stall_taken")),
                None => {
                    let id = VendorId::generate(self.now, random());
                    vendors::insert(self.tx, self.scope, id, record, self.now).await?;
                    Ok((id, true))
                }
            },
        }
    }

    /// Adds what the stall list did not know. A phone that is known is not replaced here: changing the number that
    /// warnings go to is an act of its own.
    async fn complete(&mut self, keeper: &vendors::Vendor, record: &VendorRecord) -> Result<(), UseError> {
        let learns_phone = keeper.phone_last4.is_none() && record.phone.is_some();
        let learns_address = keeper.form_of_address == FormOfAddress::Unknown && record.form_of_address != FormOfAddress::Unknown;
        if learns_phone || learns_address || (keeper.business_name.is_none() && record.business_name.is_some()) {
            let known = |name: &str| name.parse().map_err(|_| StoreError::Damaged("vendors.full_name"));
            let merged = VendorRecord {
                full_name: known(&keeper.full_name)?,
                form_of_address: if learns_address { record.form_of_address } else { keeper.form_of_address },
                business_name: keeper.business_name.as_deref().map(known).transpose()?.or_else(|| record.business_name.clone()),
                phone: record.phone.clone().filter(|_| learns_phone),
            };
            vendors::update(self.tx, self.scope, keeper.vendor_id, &merged, self.now).await?;
            self.learned = Some(serde_json::json!({ "phone": learns_phone, "form_of_address": learns_address,
                "business_name": keeper.business_name.is_none() && record.business_name.is_some() }));
        }
        Ok(())
    }

    /// What is sold is put right when the vendor says something else than the stall list, marks and capitals apart.
    pub(super) async fn goods(&mut self, stall: &Stall) -> Result<(), UseError> {
        let Some(said) = self.input.goods.as_deref() else { return Ok(()) };
        let known = stall.goods.as_deref().unwrap_or("");
        if known != said && fold::name_fold(known) != fold::name_fold(said) {
            stalls::put_goods(self.tx, self.scope, stall.stall_id, Some(said), self.now).await?;
            let (actor, subject) = (self.scope.actor().to_owned(), stall.stall_id.to_string());
            // What was typed stays out of the chain: a person's name may stand in it.
            let (stall, detail) = (Some(stall.stall_id), serde_json::json!({}));
            let event = Event { at: self.now, actor, action: "stall.goods", subject, stall, detail };
            self.tx.ledger().event(self.scope.market_id(), event);
        }
        Ok(())
    }

    async fn tenancy(&mut self, stall: &Stall, vendor_id: VendorId) -> Result<TenancyId, UseError> {
        if let (Some(keeper), Some(tenancy)) = (stall.vendor_id, stall.tenancy_id)
            && keeper == vendor_id
        {
            return Ok(tenancy);
        }
        let tenancy = TenancyId::generate(self.now, random());
        stalls::begin_tenancy(self.tx, self.scope, tenancy, stall.stall_id, vendor_id, self.now).await?;
        Ok(tenancy)
    }

    /// The folded names under which an account counts as the vendor's own: their name, and their registered business's.
    pub(super) async fn names_of(&mut self, payee: Payee) -> Result<Vec<String>, UseError> {
        if let (true, VendorInput::Described(record)) = (payee.is_new, &self.input.vendor) {
            return Ok([Some(&record.full_name), record.business_name.as_ref()]
                .into_iter()
                .flatten()
                .map(|name| name.fold().to_owned())
                .collect());
        }
        // What stands in the vendor's record counts, not what was typed beside it.
        let vendor = vendors::find_in(self.tx, self.scope, payee.vendor_id).await?;
        Ok(vendor.map_or_else(Vec::new, |vendor| {
            let business = vendor.business_name.as_deref().map(fold::name_fold);
            [Some(vendor.name_fold), business].into_iter().flatten().collect()
        }))
    }
}
