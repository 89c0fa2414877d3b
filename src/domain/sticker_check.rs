//! What a scan at the stall says about the code that hangs there.

use super::stall::CodeSafety;

crate::word_enum!(
    /// The verdict of a scan.
    Verdict {
        /// The registered payload.
        Match = "match",
        /// Another layout of the same account: the vendor's own code.
        OwnCode = "own_code",
        /// An older registered code of this stall.
        Superseded = "superseded",
        /// A code registered for another vendor.
        OtherVendor = "other_vendor",
        /// A code nobody registered.
        Unknown = "unknown",
        /// Not a payment code.
        Unreadable = "unreadable",
    }
);

impl Verdict {
    /// What the verdict makes of the stall's code safety.
    #[must_use]
    pub const fn safety(self) -> CodeSafety {
        match self {
            Self::Match => CodeSafety::Match,
            Self::OwnCode => CodeSafety::OwnCode,
            Self::Superseded => CodeSafety::Revoked,
            Self::OtherVendor | Self::Unknown => CodeSafety::Mismatch,
            Self::Unreadable => CodeSafety::Damaged,
        }
    }

    /// Whether the scan proves that the right account hangs at the stall.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Match | Self::OwnCode)
    }
}
