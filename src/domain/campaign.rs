//! Campaigns, and what a market's people write down once a month.

use super::time::Day;

crate::word_enum!(
    /// What a campaign wants to raise, as a share of the trading stalls; `in_use` as a share of the verified ones.
    Goal {
        /// Somebody has spoken with the vendor.
        Reached = "reached",
        /// A code is in force.
        WithCode = "with_code",
        /// A fresh good scan.
        Verified = "verified",
        /// Money comes in by it.
        InUse = "in_use",
    }
);

crate::word_enum!(
    /// A fact of a market's month that nobody but its people knows.
    MarketFact {
        /// Percent of the market's fees that were paid without cash.
        FeesCashlessPercent = "fees_cashless_percent",
        /// Wifi points that work.
        WifiPoints = "wifi_points",
        /// Places where money can be paid in.
        TopUpPoints = "top_up_points",
        /// Classes held.
        Classes = "classes",
        /// People taught.
        PeopleTaught = "people_taught",
        /// Members who took part.
        MembersTakingPart = "members_taking_part",
        /// Digital transactions that a partner reports.
        Transactions = "transactions",
        /// Their value in thousand dong.
        TransactionsThousandDong = "transactions_thousand_dong",
    }
);

/// Why a campaign was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum CampaignError {
    /// It ends before it begins.
    #[error("the last day comes before the first")]
    Backwards,
    /// Not between 1 and 100.
    #[error("a target is 1 to 100 percent")]
    Target,
}

impl CampaignError {
    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Backwards => "campaign_backwards",
            Self::Target => "campaign_target",
        }
    }
}

/// Whether a campaign can be.
pub fn check(from: Day, until: Day, target_percent: i64) -> Result<(), CampaignError> {
    if until < from {
        return Err(CampaignError::Backwards);
    }
    if (1..=100).contains(&target_percent) { Ok(()) } else { Err(CampaignError::Target) }
}
