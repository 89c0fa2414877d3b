//! Enrolment: a vendor at a stall, with accounts and consent, becomes payment codes, at once or after a review.

mod account;
mod answer;
mod codes;
mod input;
mod keeper;

pub use account::{AccountInput, ReadAccount, identity_of, read_account};
pub use answer::{Answer, AnsweredCode, Enrolled};
pub use input::{Enrolment, Origin, VendorInput, from_json};

use crate::{
    app::{App, FieldProblem, UseError},
    clock::random,
    domain::{
        audit::Event,
        consent,
        ids::{ConsentId, EnrolmentId, MarketId, VendorId},
        scope::{Act, Viewer},
        stall::{Occupancy, Progress},
        sticker,
        time::UnixMillis,
    },
    store::{
        Dimension, StoreError, Tx,
        enrolments::{self, NewConsent, NewEnrolment},
        markets::{self, MarketScope},
        payment_codes, stall_facts,
        stalls::{self, Stall},
    },
};

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
                Step { tx, scope, input, id, now, learned: None, replaced: Vec::new(), issued: Vec::new() }.run(receipt).await
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
    /// The unfinished enrolments in whose place this one stands.
    replaced: Vec<EnrolmentId>,
    /// The banks of the codes that this call put in force; those that were before are not counted again.
    issued: Vec<Option<String>>,
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
        self.is_up_to_date(&stall).await?;
        let payee = self.payee(&stall).await?;
        self.goods(&stall).await?;
        self.replace_unfinished(&stall).await?;
        let (codes, reasons) = self.codes(&stall, payee).await?;

        let issued = reasons.is_empty();
        let answer = Answer {
            enrolment_id: self.id,
            receipt: receipt.to_owned(),
            stall_id: stall.stall_id,
            vendor_id: payee.vendor_id,
            progress: if issued { Progress::CodeIssued } else { Progress::InReview },
            review_reasons: reasons,
            payment_codes: codes,
        };
        self.store(&answer).await?;
        self.consents(payee.vendor_id).await?;
        stall_facts::recompute(
            self.tx,
            self.scope,
            &stall,
            Occupancy::Trading,
            Some((payee.vendor_id, payee.tenancy_id)),
            self.now,
        )
        .await?;
        enrolments::put_stall_version(self.tx, self.scope, self.id, stall.stall_id).await?;
        self.note(&stall, &answer, payee.is_new);
        Ok(Enrolled { answer, is_new: true })
    }

    /// A phone that made its record on an older version of the stall did not know what another phone enrolled there since. When
    /// the two say the same, nothing is lost; otherwise a person chooses.
    async fn is_up_to_date(&mut self, stall: &Stall) -> Result<(), UseError> {
        let Some(seen) = self.input.origin.base_version.filter(|seen| *seen < stall.version) else { return Ok(()) };
        let device = self.input.origin.device_id.as_deref();
        let unknown = enrolments::unknown_to(self.tx, self.scope, stall.stall_id, seen, device).await?;
        for id in unknown {
            let theirs = payment_codes::identities_of_enrolment_in(self.tx, self.scope, id).await?;
            let mine: Vec<Vec<u8>> =
                self.input.accounts.iter().map(|account| payment_codes::identity_index(self.tx, &account.identity)).collect();
            // Without codes of its own it repeated what was in force.
            if theirs.is_empty() {
                continue;
            }
            if mine.len() != theirs.len() || mine.iter().any(|index| !theirs.contains(index)) {
                return Err(UseError::Conflict("stall_changed"));
            }
        }
        Ok(())
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
                id: ConsentId::generate(self.now, random()),
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
            "replaced": self.replaced,
            "payment_codes": answer.payment_codes.iter().map(|code| code.payment_code_id).collect::<Vec<_>>(),
        });
        let action = if self.issued.is_empty() { "enrolment.received" } else { "enrolment.issued" };
        let (learned, issued) = (self.learned.take(), std::mem::take(&mut self.issued));
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
        if !issued.is_empty() {
            let goods = self.input.goods.as_deref().or(stall.goods.as_deref());
            note_issued(ledger, market, now, goods, issued.iter().map(Option::as_deref));
        }
    }
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
