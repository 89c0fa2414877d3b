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

/// A code issued at once that nobody else has confirmed after this long is overdue (DESIGN: 3 days).
pub const CONFIRM_WITHIN_MS: i64 = 3 * super::time::DAY_MS;
