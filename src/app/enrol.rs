//! Enrolment: a vendor at a stall, with accounts and consent, becomes payment codes, at once or after a review.

mod account;
mod input;

pub use account::{AccountInput, ReadAccount, identity_of, read_account};
pub use input::{Enrolment, Origin, VendorInput, from_json};

use crate::{
    app::{App, FieldProblem, UseError},
    clock::random,
    domain::{
        audit::Event,
        consent,
        ids::{EnrolmentId, MarketId, PaymentAccountId, PaymentCodeId, StallId, TenancyId, VendorId},
        payment_account::{IssueFacts, ReviewReason, review_reasons},
        payment_code::CodeStatus,
        scope::{Act, Viewer},
        stall::{CodeSafety, Occupancy, Progress},
        sticker,
        time::UnixMillis,
        vendor::FormOfAddress,
    },
    payment_code::fold,
    store::{
        Dimension, StoreError, Tx, accounts,
        enrolments::{self, NewConsent, NewEnrolment},
        markets::{self, MarketScope},
        payment_codes::{self, NewCode},
        stall_facts,
        stalls::{self, Stall},
        vendors::{self, VendorRecord},
    },
};

/// What an enrolment is answered with; stored, and answered again to a repeat.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// The enrolment's identifier.
    pub enrolment_id: EnrolmentId,
    /// The number to tell the vendor.
    pub receipt: String,
    /// At which stall.
    pub stall_id: StallId,
    /// Which vendor.
    pub vendor_id: VendorId,
    /// `code_issued` or `in_review`.
    pub progress: Progress,
    /// Why it is reviewed; empty when the codes were issued at once.
    pub review_reasons: Vec<ReviewReason>,
    /// One for each account; the payload is there only when the code is in force.
    pub payment_codes: Vec<AnsweredCode>,
}

/// A payment code in an answer.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AnsweredCode {
    /// Its identifier.
    pub payment_code_id: PaymentCodeId,
    /// What the code says; `null` until it is in force.
    pub payload: Option<String>,
    /// The acquirer's BIN.
    pub bin: Option<String>,
    /// The account's last digits.
    pub account_masked: String,
    /// Where the drawing is.
    pub svg_url: String,
    /// Where the picture is.
    pub png_url: String,
    /// Where the card is.
    pub pdf_url: String,
}

impl std::fmt::Debug for AnsweredCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnsweredCode({}, {})", self.payment_code_id, self.account_masked)
    }
}

/// An answer, and whether it is the first or a repeat's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// What is answered.
    pub answer: Answer,
    /// Whether this call stored it; `false` for a repeat.
    pub is_new: bool,
}

/// Enrols. The enrolment's id is the client's idempotency key: a repeat of the same body is answered as before.
pub async fn enrol(app: &App, viewer: &Viewer, id: EnrolmentId, input: Enrolment) -> Result<Enrolled, UseError> {
    let scope = markets::enter(&app.db, viewer, Act::Enrol, input.market_id).await?;
    enrol_in(app, scope, id, input).await
}

/// Enrols in a market whose scope is at hand.
pub async fn enrol_in(app: &App, scope: MarketScope, id: EnrolmentId, input: Enrolment) -> Result<Enrolled, UseError> {
    let now = app.clock.now();
    let number = app.receipts.take(&app.db, 1).await?[0];
    let receipt = sticker::numbered("PN", number);
    let work = std::sync::Arc::new((scope, input, receipt));
    app.db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&work);
            Box::pin(async move {
                let (scope, input, receipt) = &*work;
                Step { tx, scope, input, id, now, learned: None }.run(receipt).await
            })
        })
        .await
}

/// One run of the write, with what every step of it needs.
struct Step<'a, 'c> {
    tx: &'a mut Tx<'c>,
    scope: &'a MarketScope,
    input: &'a Enrolment,
    id: EnrolmentId,
    now: UnixMillis,
    /// What of the keeper's record the stall list did not know.
    learned: Option<serde_json::Value>,
}

impl Step<'_, '_> {
    async fn run(mut self, receipt: &str) -> Result<Enrolled, UseError> {
        self.tx.lock_market(self.scope.market_id()).await?;
        if let Some(answer) = self.answered_before().await? {
            return Ok(Enrolled { answer, is_new: false });
        }
        let stall = stalls::find_by_code_in(self.tx, self.scope, &self.input.stall_code)
            .await?
            .ok_or_else(|| UseError::invalid("/stall_code", "stall_unknown", "this market has no stall of that code"))?;
        if self.input.origin.base_version.is_some_and(|seen| seen > stall.version) {
            return Err(UseError::invalid("/base_version", "version_unknown", "the stall never had that version"));
        }
        let (vendor_id, is_new_vendor) = self.vendor(&stall).await?;
        let tenancy_id = self.tenancy(&stall, vendor_id).await?;
        self.goods(&stall).await?;
        self.replace_unfinished(&stall).await?;
        let (codes, reasons) = self.codes(&stall, (vendor_id, is_new_vendor), tenancy_id).await?;

        let issued = reasons.is_empty();
        let answer = Answer {
            enrolment_id: self.id,
            receipt: receipt.to_owned(),
            stall_id: stall.stall_id,
            vendor_id,
            progress: if issued { Progress::CodeIssued } else { Progress::InReview },
            review_reasons: reasons,
            payment_codes: codes,
        };
        self.store(&answer).await?;
        self.consents(vendor_id).await?;
        stall_facts::recompute(self.tx, self.scope, &stall, Occupancy::Trading, Some((vendor_id, tenancy_id)), self.now).await?;
        self.note(&stall, &answer, is_new_vendor);
        Ok(Enrolled { answer, is_new: true })
    }

    async fn answered_before(&mut self) -> Result<Option<Answer>, UseError> {
        match enrolments::market_of(self.tx, self.id).await? {
            None => Ok(None),
            Some(market) if market != self.scope.market_id() => Err(UseError::Conflict("enrolment_differs")),
            Some(_) => {
                let stored =
                    enrolments::find_stored(self.tx, self.scope, self.id).await?.ok_or(StoreError::Damaged("enrolment_ids"))?;
                if stored.body_hash != self.input.body_hash {
                    return Err(UseError::Conflict("enrolment_differs"));
                }
                let answer = serde_json::from_str(&stored.answer).map_err(|_| StoreError::Damaged("enrolments.answer"))?;
                Ok(Some(answer))
            }
        }
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
    async fn goods(&mut self, stall: &Stall) -> Result<(), UseError> {
        let Some(said) = self.input.goods.as_deref() else { return Ok(()) };
        let known = stall.goods.as_deref().unwrap_or("");
        if known != said && fold::name_fold(known) != fold::name_fold(said) {
            stalls::put_goods(self.tx, self.scope, stall.stall_id, Some(said), self.now).await?;
            let (actor, subject) = (self.scope.actor().to_owned(), stall.stall_id.to_string());
            let (stall, detail) = (Some(stall.stall_id), serde_json::json!({ "goods": said }));
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

    /// A new enrolment of the stall takes the place of one that waits for review, was given back, or is an approved change
    /// that waits to come into force. What its owner froze is decided by itself.
    async fn replace_unfinished(&mut self, stall: &Stall) -> Result<(), UseError> {
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
            }
        }
        Ok(())
    }

    /// Stores the accounts and their codes, all in force or all in review: one decision for one enrolment.
    async fn codes(
        &mut self,
        stall: &Stall,
        (vendor_id, is_new_vendor): (VendorId, bool),
        tenancy_id: TenancyId,
    ) -> Result<(Vec<AnsweredCode>, Vec<ReviewReason>), UseError> {
        let mine = self.names_of(vendor_id).await?;
        // Every code that was ever in force in this tenancy: whatever is not in force now but comes after one is a change.
        let issued_before: Vec<_> = if has_history(stall) {
            payment_codes::list_of_stall_in(self.tx, self.scope, stall.stall_id)
                .await?
                .into_iter()
                .filter(|code| code.issued_at_ms.is_some() && code.tenancy_id == tenancy_id)
                .collect()
        } else {
            Vec::new()
        };
        let standing = |id: Option<PaymentAccountId>| {
            issued_before.iter().find(|code| code.status == CodeStatus::Active && Some(code.payment_account_id) == id)
        };
        let mut reasons = Vec::new();
        let mut accounts = Vec::with_capacity(self.input.accounts.len());
        for account in &self.input.accounts {
            let known = if is_new_vendor {
                None
            } else {
                accounts::find_of_vendor_in(self.tx, self.scope, vendor_id, &account.identity).await?
            };
            if let Some(code) = standing(known) {
                if code.is_frozen {
                    return Err(UseError::Conflict("code_frozen"));
                }
                // In force already: nothing about it changes.
                accounts.push((account, known, true));
                continue;
            }
            let used_by_other = accounts::claim(self.tx, self.scope, vendor_id, &account.identity).await?;
            let holder = account.holder_name.as_deref().map(fold::name_fold);
            let facts = IssueFacts {
                how: account.how,
                name_matches: holder.is_some_and(|holder| mine.contains(&holder)) && account.agrees_with(&mine),
                used_by_other,
                is_change: !issued_before.is_empty(),
                review_first: self.scope.market().review_first,
            };
            reasons.extend(review_reasons(facts));
            accounts.push((account, known, facts.name_matches));
        }
        reasons.sort_unstable();
        reasons.dedup();

        let status = if reasons.is_empty() { CodeStatus::Active } else { CodeStatus::InReview };
        let mut answered = Vec::with_capacity(accounts.len());
        for (account, known, name_matches) in accounts {
            let (code_id, payload) = match standing(known) {
                Some(code) => {
                    let payload = payment_codes::payload_in(self.tx, self.scope, code.payment_code_id).await?;
                    (code.payment_code_id, Some(payload))
                }
                None => {
                    let account_id = self.put_account(account, known, vendor_id, name_matches).await?;
                    let id = self.insert_code(account, account_id, (stall.stall_id, vendor_id, tenancy_id), status).await?;
                    (id, (status == CodeStatus::Active).then(|| self.payload(account).into_owned()))
                }
            };
            answered.push(AnsweredCode {
                payment_code_id: code_id,
                payload,
                bin: account.bin.clone(),
                account_masked: format!("…{}", account.last4),
                svg_url: format!("/api/v1/payment-codes/{code_id}.svg"),
                png_url: format!("/api/v1/payment-codes/{code_id}.png"),
                pdf_url: format!("/api/v1/payment-codes/{code_id}.pdf"),
            });
        }
        if reasons.contains(&ReviewReason::AccountChange) && !self.input.keeps_current {
            // The enrolment names the whole set: what is in force and not named gives way once the change is in force.
            for old in issued_before.iter().filter(|code| code.status == CodeStatus::Active) {
                if answered.iter().all(|code| code.payment_code_id != old.payment_code_id) {
                    payment_codes::gives_way(self.tx, self.scope, old.payment_code_id, self.id).await?;
                }
            }
        }
        Ok((answered, reasons))
    }

    /// The folded names under which an account counts as the vendor's own: their name, and their registered business's.
    async fn names_of(&mut self, vendor_id: VendorId) -> Result<Vec<String>, UseError> {
        if let VendorInput::Described(record) = &self.input.vendor {
            return Ok([Some(&record.full_name), record.business_name.as_ref()]
                .into_iter()
                .flatten()
                .map(|name| name.fold().to_owned())
                .collect());
        }
        let vendor = vendors::find_in(self.tx, self.scope, vendor_id).await?;
        Ok(vendor.map_or_else(Vec::new, |vendor| {
            let business = vendor.business_name.as_deref().map(fold::name_fold);
            [Some(vendor.name_fold), business].into_iter().flatten().collect()
        }))
    }

    /// What the code of an account says in this market.
    fn payload<'p>(&self, account: &'p ReadAccount) -> std::borrow::Cow<'p, str> {
        account.payload_saying(self.scope.market().transfer_purpose.as_deref())
    }

    /// Adds an account, or records anew how a known one reached us.
    async fn put_account(
        &mut self,
        account: &ReadAccount,
        known: Option<PaymentAccountId>,
        vendor_id: VendorId,
        is_own: bool,
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
        (stall_id, vendor_id, tenancy_id): (StallId, VendorId, TenancyId),
        status: CodeStatus,
    ) -> Result<PaymentCodeId, UseError> {
        let id = PaymentCodeId::generate(self.now, random());
        let new = NewCode {
            id,
            account_id,
            vendor_id,
            stall_id,
            tenancy_id,
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

    async fn store(&mut self, answer: &Answer) -> Result<(), UseError> {
        let reasons: Vec<&str> = answer.review_reasons.iter().map(|reason| reason.as_str()).collect();
        let new = NewEnrolment {
            id: self.id,
            body_hash: self.input.body_hash.clone(),
            body: self.input.body.clone(),
            answer: serde_json::to_string(answer).map_err(|_| StoreError::Damaged("answer"))?,
            receipt: answer.receipt.clone(),
            stall_id: answer.stall_id,
            vendor_id: answer.vendor_id,
            status: if reasons.is_empty() { "issued" } else { "in_review" },
            review_reasons: reasons.join(" "),
            enrolled_by: self.scope.actor().to_owned(),
            test_transfer_seen: self.input.test_transfer_seen,
            rev: self.input.origin.rev,
            base_version: self.input.origin.base_version,
            device_id: self.input.origin.device_id.clone(),
            captured_at: self.input.captured_at,
        };
        if enrolments::insert(self.tx, self.scope, &new, self.now).await? {
            Ok(())
        } else {
            // Another market took the id between the look and the write; its answer tells nothing of that market.
            Err(UseError::Conflict("enrolment_differs"))
        }
    }

    async fn consents(&mut self, vendor_id: VendorId) -> Result<(), UseError> {
        let given = self.input.purposes.iter().map(|purpose| ("vendor", *purpose));
        let holder = self.input.holder_consent.then_some(("account_holder", consent::Purpose::IssueCode));
        for (subject, purpose) in given.chain(holder) {
            let new = NewConsent {
                id: crate::domain::ids::ConsentId::generate(self.now, random()),
                enrolment_id: self.id,
                vendor_id,
                subject,
                purpose: purpose.as_str().to_owned(),
                text_version: self.input.text_version.clone(),
                text_hash: consent::text_hash(&self.input.text_version).unwrap_or_default(),
                given_at: self.input.consent_given_at,
                collected_by: self.scope.actor().to_owned(),
            };
            enrolments::insert_consent(self.tx, self.scope, &new).await?;
        }
        Ok(())
    }

    fn note(&mut self, stall: &Stall, answer: &Answer, is_new_vendor: bool) {
        let (market, now) = (self.scope.market_id(), self.now);
        let detail = serde_json::json!({
            "receipt": answer.receipt,
            "vendor_id": answer.vendor_id,
            "new_vendor": is_new_vendor,
            "progress": answer.progress,
            "review_reasons": answer.review_reasons,
            "payment_codes": answer.payment_codes.iter().map(|code| code.payment_code_id).collect::<Vec<_>>(),
        });
        let action = if answer.review_reasons.is_empty() { "enrolment.issued" } else { "enrolment.received" };
        let learned = self.learned.take();
        let ledger = self.tx.ledger();
        if let Some(detail) = learned {
            let (actor, subject) = (self.scope.actor().to_owned(), answer.vendor_id.to_string());
            let stall = Some(stall.stall_id);
            ledger.event(market, Event { at: now, actor, action: "vendor.completed", subject, stall, detail });
        }
        ledger.event(
            market,
            Event {
                at: now,
                actor: self.scope.actor().to_owned(),
                action,
                subject: self.id.to_string(),
                stall: Some(stall.stall_id),
                detail,
            },
        );
        if answer.review_reasons.is_empty() {
            note_issued(ledger, market, now, stall.goods.as_deref(), answer.payment_codes.iter().map(|code| code.bin.as_deref()));
        }
    }
}

/// Whether the stall has, or once had, a code in force: then its codes have to be looked at. A stall that never had one
/// shows it in none of these (see `domain::adoption`).
fn has_history(stall: &Stall) -> bool {
    stall.with_code || stall.frozen || stall.code_safety != CodeSafety::None
}

/// Counts codes that came into force today, by goods and by bank.
pub(super) fn note_issued<'b>(
    ledger: &mut crate::store::Ledger,
    market: MarketId,
    now: UnixMillis,
    goods: Option<&str>,
    bins: impl Iterator<Item = Option<&'b str>>,
) {
    ledger.happened(market, now.day(), Dimension::Goods, goods.unwrap_or(""));
    for bin in bins {
        ledger.happened(market, now.day(), Dimension::Bank, bin.unwrap_or("wallet"));
    }
}

/// The problems of an input, or the input.
pub(super) fn or_problems<T>(value: Option<T>, problems: Vec<FieldProblem>) -> Result<T, UseError> {
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ => Err(UseError::Invalid(problems)),
    }
}
