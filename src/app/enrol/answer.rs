//! What an enrolment is answered with.

use crate::domain::{
    ids::{EnrolmentId, PaymentCodeId, StallId, VendorId},
    payment_account::ReviewReason,
    stall::Progress,
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
