//! A vendor's bank account or wallet, and the rule by which its code is issued at once or reviewed.

crate::word_enum!(
    /// How an account reached us.
    Provenance {
        /// The phone's camera read the vendor's own code.
        Camera = "camera",
        /// A picture of the vendor's own code was read.
        Photo = "photo",
        /// The text of the vendor's own code was pasted.
        Paste = "paste",
        /// The number was typed twice.
        Typed = "typed",
    }
);

crate::word_enum!(
    /// Why an enrolment needs a second pair of eyes.
    ReviewReason {
        /// The number was typed, not read from the vendor's own code.
        TypedByHand = "typed_by_hand",
        /// The declared holder's name, folded, is not the vendor's.
        NameDiffers = "name_differs",
        /// Another vendor uses the account.
        AccountInUse = "account_in_use",
        /// A new vendor would not be the stall's first, or an account of a known vendor changes.
        AccountChange = "account_change",
        /// The ward reviews everything first.
        ReviewFirst = "review_first",
        /// The vendor said through the link: this is not my account.
        NotMine = "not_mine",
    }
);

/// What the rule looks at, for one account.
#[derive(Debug, Clone, Copy)]
pub struct IssueFacts {
    /// How the account reached us.
    pub how: Provenance,
    /// The holder's declared name, folded, equals the vendor's or the registered business name.
    pub name_matches: bool,
    /// Some other vendor, anywhere, uses the account.
    pub used_by_other: bool,
    /// The vendor already had another account at this stall: changing one takes a second person.
    pub is_change: bool,
    /// The market reviews everything first.
    pub review_first: bool,
}

/// Empty: the code is issued at once. Otherwise a second person decides, and these are the reasons.
#[must_use]
pub fn review_reasons(facts: IssueFacts) -> Vec<ReviewReason> {
    [
        (matches!(facts.how, Provenance::Typed), ReviewReason::TypedByHand),
        (!facts.name_matches, ReviewReason::NameDiffers),
        (facts.used_by_other, ReviewReason::AccountInUse),
        (facts.is_change, ReviewReason::AccountChange),
        (facts.review_first, ReviewReason::ReviewFirst),
    ]
    .into_iter()
    .filter_map(|(applies, reason)| applies.then_some(reason))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phone judges by the same table (tests/field/issue_rule.test.mjs).
    #[test]
    fn the_table_that_the_phone_judges_by_holds_here() {
        for line in include_str!("../../tests/data/issue_rule.csv").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let flag = |at: usize| cells[at] == "true";
            let how = cells[0].parse().expect("a word");
            let facts =
                IssueFacts { how, name_matches: flag(1), used_by_other: flag(2), is_change: flag(3), review_first: flag(4) };
            let reasons: Vec<&str> = review_reasons(facts).iter().map(|reason| reason.as_str()).collect();
            assert_eq!(reasons.join(" "), cells[5], "{line}");
        }
    }
}
