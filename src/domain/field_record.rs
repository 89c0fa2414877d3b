//! A record that a phone sends: what it can be, and what can become of it.

crate::word_enum!(
    /// What a record is.
    RecordKind {
        /// A vendor with accounts and consent.
        Enrolment = "enrolment",
        /// What a visit came to.
        Visit = "visit",
        /// A scan of what hangs at a stall.
        StickerCheck = "sticker_check",
        /// Whether a small transfer was seen to arrive.
        TestTransfer = "test_transfer",
    }
);

crate::word_enum!(
    /// Why a record waits for a person, or what came of it.
    RecordState {
        /// Something in it is wrong.
        Refused = "refused",
        /// It stands against another phone's.
        Conflict = "conflict",
        /// A phone that was taken off sent it, or it is outside the sender's bounds.
        Quarantined = "quarantined",
        /// It was put right, and counts.
        Corrected = "corrected",
        /// It was accepted as it is, and counts.
        Accepted = "accepted",
        /// It does not count.
        Dropped = "dropped",
    }
);

impl RecordState {
    /// Whether a person still has to decide.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Refused | Self::Conflict | Self::Quarantined)
    }
}
