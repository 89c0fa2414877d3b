//! What was noticed in a row: a stable word each, whether a person has to look, and which column it is about.

use super::columns::Column;

crate::word_enum!(
    /// Something noticed in a row of a list.
    Finding {
        /// A title, an address line, a date above the list.
        Title = "title",
        /// A header, or its repetition on another page.
        Header = "header",
        /// The heading of a part of the market.
        Section = "section",
        /// A sum.
        Total = "total",
        /// Signatures, places and dates below the list.
        Footer = "footer",
        /// Nothing in it.
        Blank = "blank",

        /// Was in TCVN3's letters.
        EncTcvn3 = "enc_tcvn3",
        /// Was in VNI's letters.
        EncVni = "enc_vni",
        /// Marks stood as letters of their own.
        UniNfd = "uni_nfd",
        /// Spaces too many, or ones that nobody sees.
        Whitespace = "whitespace",
        /// Was in capitals, or all small.
        CaseUpper = "case_upper",

        /// Nobody's name stands there.
        NameMissing = "name_missing",
        /// What stands there is no name.
        NameMalformed = "name_malformed",

        /// Several stalls in one cell.
        StallMultiple = "stall_multiple",
        /// The spreadsheet has made a date of the number.
        StallBecameDate = "stall_became_date",
        /// No number.
        StallMissing = "stall_missing",
        /// What stands there makes no stall code.
        StallMalformed = "stall_malformed",
        /// Nobody trades there.
        StallVacant = "stall_vacant",

        /// No phone.
        PhoneMissing = "phone_missing",
        /// The zero in front was lost.
        PhoneLostZero = "phone_lost_zero",
        /// Written otherwise than in ten digits.
        PhoneFormat = "phone_format",
        /// A network code of before 2018.
        PhoneOldElevenDigits = "phone_old_11_digit",
        /// Two numbers: the first was kept.
        PhoneTwoNumbers = "phone_two_numbers",
        /// No mobile number of this country; it was dropped.
        PhoneInvalid = "phone_invalid",

        /// No account.
        AcctMissing = "acct_missing",
        /// Was written with spaces or dots.
        AcctSpaces = "acct_spaces",
        /// Is the phone number, which banks allow.
        AcctIsPhone = "acct_is_phone",
        /// Scientific notation: the digits behind are lost.
        AcctScientific = "acct_scientific",
        /// Scientific notation with all of its digits.
        AcctScientificFullDigits = "acct_scientific_full_digits",
        /// More than fifteen digits as a number: the last ones are not what was typed.
        AcctOver15DigitsRounded = "acct_over_15_digits_rounded",
        /// Shorter than this bank's numbers are: a zero in front may be lost.
        AcctLeadingZeroLost = "acct_leading_zero_lost",
        /// A letter O, I or l among digits.
        AcctLetterO = "acct_letter_o",
        /// Two numbers in a cell.
        AcctTwoNumbers = "acct_two_numbers",
        /// No account number.
        AcctMalformed = "acct_malformed",
        /// Kept by the spreadsheet as a number, in a row that a person looks at anyway.
        AcctNumeric = "acct_numeric",
        /// Also another person's in this list.
        AcctOfTwoPeople = "acct_of_two_people",

        /// Named otherwise than in the directory.
        BankAlias = "bank_alias",
        /// No bank that is known, or several.
        BankUnknown = "bank_unknown",
        /// An account without its bank.
        BankMissing = "bank_missing",
        /// The account is in another's name.
        OwnerNameMismatch = "owner_name_mismatch",

        /// The same vendor at the same stall as a row above.
        DupSameVendorSameStall = "dup_same_vendor_same_stall",
        /// The stall is somebody else's in a row above.
        DupStallDifferentVendor = "dup_stall_different_vendor",

        /// The stall is in the book under somebody else, who has a code.
        KeeperHasCode = "keeper_has_code",
        /// The stall changes hands.
        KeeperChanges = "keeper_changes",
        /// A person has put this row right.
        Corrected = "corrected",
    }
);

impl Finding {
    /// Whether a person has to look before anything of the row is written.
    #[must_use]
    pub const fn needs_review(self) -> bool {
        matches!(
            self,
            Self::NameMissing
                | Self::NameMalformed
                | Self::StallBecameDate
                | Self::StallMissing
                | Self::StallMalformed
                | Self::PhoneTwoNumbers
                | Self::PhoneInvalid
                | Self::AcctScientific
                | Self::AcctScientificFullDigits
                | Self::AcctOver15DigitsRounded
                | Self::AcctLeadingZeroLost
                | Self::AcctLetterO
                | Self::AcctTwoNumbers
                | Self::AcctMalformed
                | Self::AcctOfTwoPeople
                | Self::BankUnknown
                | Self::BankMissing
                | Self::OwnerNameMismatch
                | Self::DupStallDifferentVendor
                | Self::KeeperHasCode
        )
    }

    /// Whether the row was put right by the program, so that a person may want to look.
    #[must_use]
    pub const fn is_mending(self) -> bool {
        matches!(
            self,
            Self::EncTcvn3
                | Self::EncVni
                | Self::UniNfd
                | Self::Whitespace
                | Self::CaseUpper
                | Self::StallMultiple
                | Self::PhoneLostZero
                | Self::PhoneFormat
                | Self::PhoneOldElevenDigits
                | Self::AcctSpaces
                | Self::BankAlias
        )
    }

    /// Whether it says what kind of row this is, which holds no stall.
    #[must_use]
    pub const fn is_layout(self) -> bool {
        matches!(self, Self::Title | Self::Header | Self::Section | Self::Total | Self::Footer | Self::Blank)
    }

    /// The column it is about.
    #[must_use]
    pub const fn column(self) -> Option<Column> {
        Some(match self {
            Self::EncTcvn3
            | Self::EncVni
            | Self::UniNfd
            | Self::Whitespace
            | Self::CaseUpper
            | Self::NameMissing
            | Self::NameMalformed
            | Self::KeeperChanges
            | Self::KeeperHasCode => Column::Name,
            Self::StallMultiple
            | Self::StallBecameDate
            | Self::StallMissing
            | Self::StallMalformed
            | Self::StallVacant
            | Self::DupSameVendorSameStall
            | Self::DupStallDifferentVendor => Column::Stall,
            Self::PhoneMissing
            | Self::PhoneLostZero
            | Self::PhoneFormat
            | Self::PhoneOldElevenDigits
            | Self::PhoneTwoNumbers
            | Self::PhoneInvalid => Column::Phone,
            Self::AcctMissing
            | Self::AcctSpaces
            | Self::AcctIsPhone
            | Self::AcctScientific
            | Self::AcctScientificFullDigits
            | Self::AcctOver15DigitsRounded
            | Self::AcctLeadingZeroLost
            | Self::AcctLetterO
            | Self::AcctTwoNumbers
            | Self::AcctMalformed
            | Self::AcctNumeric
            | Self::AcctOfTwoPeople => Column::Account,
            Self::BankAlias | Self::BankUnknown | Self::BankMissing => Column::Bank,
            Self::OwnerNameMismatch => Column::Owner,
            Self::Title | Self::Header | Self::Section | Self::Total | Self::Footer | Self::Blank | Self::Corrected => {
                return None;
            }
        })
    }
}
