//! The figures of the field's KPIs, exactly as `field-and-officials.md` §6 defines them.
//!
//! [`entries`] turns what is recorded about one stall into dated changes of figures; a market's figures are the sum of its stalls'
//! entries, and [`Kpis::of`] reads every KPI of any period out of such sums. Nothing here looks at a clock: what time alone will
//! change is written ahead, on the day on which it changes.

mod cohort;
mod history;
mod replay;
mod summary;

pub use history::{CheckFact, CodeFact, EnrolmentFact, StallHistory, TenancyFact, UseFact, UseShare, UseSource, VisitRecord};
pub use replay::entries;
pub use summary::{Cohort, Group, Halves, Kpis, Ratio, Trend, Usage, Volunteer};

use super::time::Day;

crate::word_enum!(
    /// What is counted. "Level": the sum of all days up to a day says how many there are at its end. "Flow": the sum over a
    /// period's days says how many there were in it.
    Figure {
        /// Level, by occupancy: all stalls; `trading` is N, the denominator.
        Stalls = "stalls",
        /// Level: trading stalls somebody has spoken with (KPI 1).
        Reached = "reached",
        /// Level: of those, with a record received or a code in force (funnel).
        Registered = "registered",
        /// Level: with an approved code in force (KPI 2).
        Issued = "issued",
        /// Level: whose last scan is good and at most 90 days old (KPI 3).
        Verified = "verified",
        /// Level, by progress: trading stalls.
        Progress = "progress",
        /// Level, by `source|day`: verified stalls with evidence of one source on two days, of which `day` is the last but one (KPI 4).
        Used = "used",
        /// Level, by day as `used`: those of them that were kept 90 days after posting (funnel's end).
        Kept = "kept",
        /// Level, by reason: reached stalls without a code.
        WhyNot = "why_not",
        /// Level, by reason: stalls that refused (KPI 6).
        Declined = "declined",
        /// Level, by reason: stalls that stopped (KPI 6).
        Stopped = "stopped",
        /// Level, by bank: stalls' primary codes (KPI 10).
        BankPrimary = "bank_primary",
        /// Level, by bank: all codes in force (KPI 10).
        BankAll = "bank_all",
        /// Level, by `goods|step`: stalls at each step.
        Goods = "goods",
        /// Level, by `row|step`.
        Row = "row",
        /// Level, by kind: what is overdue (KPI 9).
        Overdue = "overdue",
        /// Level, by share: what vendors say last of their sales (KPI 7).
        Share = "share",
        /// Flow, by verdict: scans at stalls (KPI 11).
        Scans = "scans",
        /// Flow, by hours: mismatches resolved, and how long that took (KPI 11).
        Resolved = "resolved",
        /// Flow, by days: from registered to issued (KPI 8).
        ToIssue = "to_issue",
        /// Flow, by days: from issued to posted (KPI 8).
        ToPost = "to_post",
        /// Flow, by `month|what`: cohorts by the month of the first posting (KPI 5).
        Cohort = "cohort",
        /// Flow, by `staff|kind`: volunteers' work (KPI 12).
        Work = "work",
    }
);

crate::word_enum!(
    /// What is overdue.
    Overdue {
        /// A foreign code at the stall for more than 24 hours; always first.
        Mismatch = "mismatch",
        /// The day to come back is past.
        Postponed = "postponed",
        /// Issued more than 3 days ago and not posted.
        Unposted = "unposted",
        /// Posted, and not looked at for more than 30 days.
        Unchecked = "unchecked",
        /// An account change undecided for more than 2 days.
        Change = "change",
    }
);

/// A change of one figure on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Which figure.
    pub figure: Figure,
    /// On which Vietnamese day.
    pub day: Day,
    /// By what it is told apart; empty where it is one figure.
    pub item: String,
    /// By how much.
    pub n: i64,
}

impl Entry {
    /// One line of the stored form.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("{}\t{}\t{}\t{}", self.figure, self.day, self.n, self.item)
    }

    /// Reads a stored line back; `None` when it is damaged.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, '\t');
        let (figure, day, n, item) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Self { figure: figure.parse().ok()?, day: day.parse().ok()?, item: item.to_owned(), n: n.parse().ok()? })
    }
}
