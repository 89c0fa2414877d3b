//! Why something sealed was opened to a person.

crate::word_enum!(
    /// The reason, kept in clear with the event: a fixed list of words, since people write names into free text.
    RevealReason {
        /// To help the vendor.
        HelpVendor = "help_vendor",
        /// To compare with what hangs at the stall.
        CheckCode = "check_code",
        /// To print.
        Print = "print",
        /// Somebody complained.
        Complaint = "complaint",
        /// Anything else.
        Other = "other",
        /// The code was downloaded: recorded by the program, never chosen.
        Download = "download",
    }
);

impl RevealReason {
    /// The reasons a person may choose from.
    pub const CHOICES: [Self; 5] = [Self::HelpVendor, Self::CheckCode, Self::Print, Self::Complaint, Self::Other];
}
