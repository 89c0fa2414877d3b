//! The accounts of an enrolment and their codes: all in force or all in review.

use super::{AnsweredCode, ReadAccount, Step, keeper::Payee};
use crate::{
    app::UseError,
    clock::random,
    domain::{
        ids::{PaymentAccountId, PaymentCodeId, StallId, VendorId},
        payment_account::{IssueFacts, ReviewReason, review_reasons},
        payment_code::CodeStatus,
        stall::{CodeSafety, Progress},
    },
    payment_code::fold,
    store::{
        accounts, enrolments,
        payment_codes::{self, NewCode, PaymentCode},
        stalls::Stall,
    },
};

/// An account that was looked at.
struct Judged<'i> {
    account: &'i ReadAccount,
    /// The vendor's account that it is, when it was there before.
    known: Option<PaymentAccountId>,
    /// Whether the declared name is the vendor's.
    is_own: bool,
}

impl<'a> Step<'a, '_> {
    /// A new enrolment of the stall takes the place of one that waits for review, was given back, or is an approved change
    /// that waits to come into force. What its owner froze is decided by itself.
    pub(super) async fn replace_unfinished(&mut self, stall: &Stall) -> Result<(), UseError> {
        if !matches!(stall.progress, Progress::InReview | Progress::NeedsFix) && !has_history(stall) {
            return Ok(());
        }
        for old in enrolments::unfinished_of_stall_in(self.tx, self.scope, stall.stall_id).await? {
            let codes = payment_codes::list_of_enrolment_in(self.tx, self.scope, old).await?;
            if codes.iter().any(|code| code.status == CodeStatus::Active) {
                continue;
            }
            enrolments::replace(self.tx, self.scope, old).await?;
            for code in codes {
                payment_codes::end(self.tx, self.scope, code.payment_code_id, CodeStatus::Refused, "replaced", self.now).await?;
                accounts::release_unused(self.tx, self.scope, code.vendor_id).await?;
            }
            self.replaced.push(old);
        }
        Ok(())
    }

    /// Stores the accounts and their codes, all in force or all in review: one decision for one enrolment.
    pub(super) async fn codes(
        &mut self,
        stall: &Stall,
        payee: Payee,
    ) -> Result<(Vec<AnsweredCode>, Vec<ReviewReason>), UseError> {
        let before = self.issued_before(stall, payee).await?;
        let (accounts, reasons) = self.judge(stall, &before, payee).await?;
        let status = if reasons.is_empty() { CodeStatus::Active } else { CodeStatus::InReview };
        let mut answered = Vec::with_capacity(accounts.len());
        for judged in accounts {
            let (code_id, payload) = match standing(&before, judged.known) {
                Some(code) => {
                    let payload = payment_codes::payload_in(self.tx, self.scope, code.payment_code_id).await?;
                    (code.payment_code_id, Some(payload))
                }
                None => {
                    let account_id = self.put_account(&judged, payee.vendor_id).await?;
                    let id = self.insert_code(judged.account, account_id, (stall.stall_id, payee), status).await?;
                    if status == CodeStatus::Active {
                        self.issued.push(judged.account.bin.clone());
                    }
                    (id, (status == CodeStatus::Active).then(|| self.payload(judged.account).into_owned()))
                }
            };
            answered.push(AnsweredCode {
                payment_code_id: code_id,
                payload,
                bin: judged.account.bin.clone(),
                account_masked: format!("…{}", judged.account.last4),
                svg_url: format!("/api/v1/payment-codes/{code_id}.svg"),
                png_url: format!("/api/v1/payment-codes/{code_id}.png"),
                pdf_url: format!("/api/v1/payment-codes/{code_id}.pdf"),
            });
        }
        if reasons.contains(&ReviewReason::AccountChange) && !self.input.keeps_current {
            // The enrolment names the whole set: what is in force and not named gives way once the change is in force.
            for old in before.iter().filter(|code| code.status == CodeStatus::Active) {
                if answered.iter().all(|code| code.payment_code_id != old.payment_code_id) {
                    payment_codes::gives_way(self.tx, self.scope, old.payment_code_id, self.id).await?;
                }
            }
        }
        Ok((answered, reasons))
    }

    /// Every code that was ever in force in this tenancy: whatever is not in force now but comes after one is a change.
    async fn issued_before(&mut self, stall: &Stall, payee: Payee) -> Result<Vec<PaymentCode>, UseError> {
        if !has_history(stall) {
            return Ok(Vec::new());
        }
        let mut codes = payment_codes::list_of_stall_in(self.tx, self.scope, stall.stall_id).await?;
        codes.retain(|code| code.issued_at_ms.is_some() && code.tenancy_id == payee.tenancy_id);
        Ok(codes)
    }

    /// Looks at each account: what of it is known, whether it is the vendor's own, and why a second person has to see it.
    async fn judge(
        &mut self,
        stall: &Stall,
        before: &[PaymentCode],
        payee: Payee,
    ) -> Result<(Vec<Judged<'a>>, Vec<ReviewReason>), UseError> {
        let input = self.input;
        let mine = self.names_of(payee).await?;
        let mut reasons = Vec::new();
        let mut accounts = Vec::with_capacity(input.accounts.len());
        for account in &input.accounts {
            let known = if payee.is_new {
                None
            } else {
                accounts::find_of_vendor_in(self.tx, self.scope, payee.vendor_id, &account.identity).await?
            };
            if let Some(code) = standing(before, known) {
                if code.is_frozen {
                    return Err(UseError::Conflict("code_frozen"));
                }
                // In force already: nothing about it changes.
                accounts.push(Judged { account, known, is_own: true });
                continue;
            }
            let used_by_other = accounts::claim(self.tx, self.scope, payee.vendor_id, &account.identity).await?;
            let holder = account.holder_name.as_deref().map(fold::name_fold);
            let facts = IssueFacts {
                how: account.how,
                name_matches: holder.is_some_and(|holder| mine.contains(&holder)) && account.agrees_with(&mine),
                used_by_other,
                is_change: !before.is_empty() || self.had_another(stall, payee, &account.identity).await?,
                review_first: self.scope.market().review_first,
            };
            reasons.extend(review_reasons(facts));
            accounts.push(Judged { account, known, is_own: facts.name_matches });
        }
        reasons.sort_unstable();
        reasons.dedup();
        Ok((accounts, reasons))
    }

    /// Whether another account was in force for this vendor before, in a tenancy that is over.
    async fn had_another(&mut self, stall: &Stall, payee: Payee, identity: &str) -> Result<bool, UseError> {
        let (here, vendor) = (stall.stall_id, payee.vendor_id);
        Ok(payment_codes::stall_had_another_in(self.tx, self.scope, (here, vendor), identity).await?
            || (!payee.is_new && payment_codes::vendor_had_another_in(self.tx, self.scope, vendor, identity).await?))
    }

    /// What the code of an account says in this market.
    fn payload<'p>(&self, account: &'p ReadAccount) -> std::borrow::Cow<'p, str> {
        account.payload_saying(self.scope.market().transfer_purpose.as_deref())
    }

    /// Adds an account, or records anew how a known one reached us.
    async fn put_account(
        &mut self,
        &Judged { account, known, is_own }: &Judged<'_>,
        vendor_id: VendorId,
    ) -> Result<PaymentAccountId, UseError> {
        let id = known.unwrap_or_else(|| PaymentAccountId::generate(self.now, random()));
        let new = accounts::NewAccount {
            id,
            vendor_id,
            scheme: account.scheme.clone(),
            bin: account.bin.clone(),
            service: account.service.clone(),
            number: account.number.clone(),
            identity: account.identity.clone(),
            last4: account.last4.clone(),
            holder_name: account.holder_name.clone(),
            holder_is_other: !is_own,
            how: account.how,
            scanned_payload: account.scanned_payload.clone(),
            is_primary: account.is_primary,
        };
        match known {
            Some(_) => accounts::read_again(self.tx, self.scope, &new).await?,
            None => accounts::insert(self.tx, self.scope, &new, self.now).await?,
        }
        Ok(id)
    }

    async fn insert_code(
        &mut self,
        account: &ReadAccount,
        account_id: PaymentAccountId,
        (stall_id, payee): (StallId, Payee),
        status: CodeStatus,
    ) -> Result<PaymentCodeId, UseError> {
        let id = PaymentCodeId::generate(self.now, random());
        let new = NewCode {
            id,
            account_id,
            vendor_id: payee.vendor_id,
            stall_id,
            tenancy_id: payee.tenancy_id,
            enrolment_id: self.id,
            payload: self.payload(account).into_owned(),
            identity: account.identity.clone(),
            bin: account.bin.clone(),
            last4: account.last4.clone(),
            status,
            is_primary: account.is_primary,
            enrolled_by: self.scope.actor().to_owned(),
        };
        payment_codes::insert(self.tx, self.scope, &new, self.now).await?;
        Ok(id)
    }
}

/// The code of an account that is in force already.
fn standing(before: &[PaymentCode], id: Option<PaymentAccountId>) -> Option<&PaymentCode> {
    before.iter().find(|code| code.status == CodeStatus::Active && Some(code.payment_account_id) == id)
}

/// Whether the stall has, or once had, a code in force: then its codes have to be looked at. A stall that never had one
/// shows it in none of these (see `domain::adoption`).
fn has_history(stall: &Stall) -> bool {
    stall.with_code || stall.frozen || stall.code_safety != CodeSafety::None
}
