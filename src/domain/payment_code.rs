//! The life of an issued payment code.

crate::word_enum!(
    /// Where a payment code stands.
    CodeStatus {
        /// Waits for a second person.
        InReview = "in_review",
        /// In force.
        Active = "active",
        /// The reviewer did not approve it.
        Refused = "refused",
        /// A newer code of the same stall took its place.
        Superseded = "superseded",
        /// Taken out of force.
        Revoked = "revoked",
    }
);

/// How long an approved account change waits before its code comes into force: time for the vendor to see it coming and
/// to say that it is not theirs. The code before stays in force meanwhile.
pub const CHANGE_WAITS_MS: i64 = super::time::DAY_MS;

/// A code issued at once that nobody else has confirmed after this long is overdue (DESIGN: 3 days).
pub const CONFIRM_WITHIN_MS: i64 = 3 * super::time::DAY_MS;
