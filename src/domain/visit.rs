//! What a visit to a stall came to.

crate::word_enum!(
    /// The outcome of a visit.
    VisitOutcome {
        /// The vendor wants a code.
        Agreed = "agreed",
        /// Come back on a day.
        Postponed = "postponed",
        /// Has no account yet.
        AwaitingAccount = "awaiting_account",
        /// Does not want one.
        Declined = "declined",
        /// Had one and gave it up.
        Stopped = "stopped",
        /// Was seen taking a payment.
        InUse = "in_use",
        /// Nobody was there.
        Closed = "closed",
    }
);

crate::word_enum!(
    /// Why a vendor does not take part or stopped (reference: what officials have really heard).
    Reason {
        /// Older, or not at ease with phones.
        NotAtEase = "not_at_ease",
        /// No smartphone.
        NoSmartphone = "no_smartphone",
        /// No account, or no identity card to open one.
        NoAccount = "no_account",
        /// Weak or no network.
        NoNetwork = "no_network",
        /// Sales are too small.
        SmallSales = "small_sales",
        /// Customers do not use it.
        NoCustomers = "no_customers",
        /// Already has a code elsewhere.
        HasOwnCode = "has_own_code",
        /// Fear of tax.
        FearOfTax = "fear_of_tax",
        /// Fear of fraud.
        FearOfFraud = "fear_of_fraud",
        /// Nobody shows them how.
        NobodyShows = "nobody_shows",
        /// Poor trade.
        PoorTrade = "poor_trade",
        /// Another reason.
        Other = "other",
    }
);

/// Which part of a visit was wrong.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum VisitError {
    /// `declined` and `stopped` say why.
    #[error("this outcome needs a reason")]
    ReasonMissing,
    /// `postponed` says when.
    #[error("say on which day to come back")]
    DayMissing,
    /// The day to come back is before the visit.
    #[error("the day to come back is in the past")]
    DayPast,
}

impl VisitError {
    /// The stable word of the problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReasonMissing => "reason_missing",
            Self::DayMissing => "come_back_on_missing",
            Self::DayPast => "come_back_on_past",
        }
    }
}

/// Checks that an outcome carries what it needs.
pub fn check(
    outcome: VisitOutcome,
    reason: Option<Reason>,
    come_back_on: Option<super::time::Day>,
    visited_at: super::time::UnixMillis,
) -> Result<(), VisitError> {
    match outcome {
        VisitOutcome::Declined | VisitOutcome::Stopped if reason.is_none() => Err(VisitError::ReasonMissing),
        VisitOutcome::Postponed => match come_back_on {
            None => Err(VisitError::DayMissing),
            Some(day) if day < visited_at.day() => Err(VisitError::DayPast),
            Some(_) => Ok(()),
        },
        _ => Ok(()),
    }
}
