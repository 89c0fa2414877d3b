//! Everything recorded about one stall since it was made, in all its tenancies.

use crate::domain::{
    stall::Occupancy,
    sticker_check::Verdict,
    time::{Day, UnixMillis},
    visit::{Reason, VisitOutcome},
};

crate::word_enum!(
    /// Where evidence of use comes from. The kinds are never merged; a stall with several counts under the strongest.
    UseSource {
        /// A bank's or provider's list.
        Partner = "partner",
        /// A volunteer saw an incoming notice.
        Field = "field",
        /// The vendor says so.
        Declared = "declared",
    }
);

crate::word_enum!(
    /// Which part of the sales is paid by code, as the vendor says; shown as a distribution only.
    UseShare {
        /// Nothing.
        None = "none",
        /// Less than 20 %.
        Under20 = "under_20",
        /// 20 to 50 %.
        To50 = "to_50",
        /// 50 to 80 %.
        To80 = "to_80",
        /// More than 80 %.
        Over80 = "over_80",
    }
);

/// A visit.
#[derive(Debug, Clone)]
pub struct VisitRecord {
    /// When.
    pub at: UnixMillis,
    /// What it came to.
    pub outcome: VisitOutcome,
    /// Why.
    pub reason: Option<Reason>,
    /// The day to come back.
    pub come_back_on: Option<Day>,
    /// Who went.
    pub by: String,
    /// How use was known, of an `in_use` visit; nothing said is seen in the field.
    pub source: Option<UseSource>,
    /// What the vendor says of the sales.
    pub share: Option<UseShare>,
}

/// An enrolment that was received.
#[derive(Debug, Clone)]
pub struct EnrolmentFact {
    /// When.
    pub at: UnixMillis,
    /// Where it stands now: `issued in_review returned refused replaced`.
    pub status: String,
    /// When a second person decided.
    pub decided_at: Option<UnixMillis>,
    /// Who enrolled.
    pub by: String,
    /// When it was made at the stall, which may be days before it was received.
    pub captured: UnixMillis,
    /// Whether it was given back, also when it has been put right since.
    pub was_returned: bool,
}

/// A code that was in force, or waits to be.
#[derive(Debug, Clone)]
pub struct CodeFact {
    /// Its identifier, to be found by a check.
    pub id: String,
    /// The bank, `None` for a wallet.
    pub bin: Option<String>,
    /// Whether its account is the vendor's first.
    pub is_primary: bool,
    /// Since when it was in force at this stall; `None` while it waits.
    pub from: Option<UnixMillis>,
    /// Until when.
    pub until: Option<UnixMillis>,
    /// Whether it was taken out of force for good.
    pub is_revoked: bool,
    /// When its owner froze it, if it is frozen.
    pub frozen_at: Option<UnixMillis>,
    /// When an approved change comes into force.
    pub coming: Option<UnixMillis>,
    /// When the record that asked for it was received, by whichever stall it began.
    pub asked_at: Option<UnixMillis>,
}

/// A scan.
#[derive(Debug, Clone)]
pub struct CheckFact {
    /// When.
    pub at: UnixMillis,
    /// What it said.
    pub verdict: Verdict,
    /// Which code it was.
    pub code: Option<String>,
    /// Who scanned.
    pub by: String,
}

/// When a tenancy ended, if it did.
#[derive(Debug, Clone, Copy)]
pub struct TenancyFact {
    /// Since when.
    pub since: UnixMillis,
    /// Until when.
    pub until: Option<UnixMillis>,
}

/// A partner's line: paid on that many days of a month.
#[derive(Debug, Clone, Copy)]
pub struct UseFact {
    /// The month's first day.
    pub month: Day,
    /// On how many days.
    pub active_days: i64,
}

/// Everything recorded about a stall. Lists are in the order of their moments.
#[derive(Debug, Clone, Default)]
pub struct StallHistory {
    /// What is sold.
    pub goods: String,
    /// The row inside the market.
    pub row: String,
    /// Since when the stall is what it is.
    pub occupancies: Vec<(UnixMillis, Occupancy)>,
    /// Who kept it.
    pub tenancies: Vec<TenancyFact>,
    /// Visits.
    pub visits: Vec<VisitRecord>,
    /// Enrolments.
    pub enrolments: Vec<EnrolmentFact>,
    /// Codes.
    pub codes: Vec<CodeFact>,
    /// Scans.
    pub checks: Vec<CheckFact>,
    /// Partners' lines.
    pub partner: Vec<UseFact>,
}

impl StallHistory {
    /// When the tenancy that lasts at `at` could begin: the end of the one before it.
    #[must_use]
    pub fn began(&self, at: UnixMillis) -> UnixMillis {
        self.tenancies.iter().filter_map(|tenancy| tenancy.until).filter(|until| *until <= at).max().unwrap_or(UnixMillis(0))
    }

    /// The days on which use was proven, each with its source. A transfer that the enroller made on the day of the enrolment is the
    /// test, and no use.
    #[must_use]
    pub fn uses(&self) -> Vec<(Day, UseSource)> {
        let is_test = |visit: &VisitRecord| {
            let day = visit.at.day();
            self.enrolments.iter().any(|record| record.by == visit.by && (record.captured.day() == day || record.at.day() == day))
        };
        let seen = self.visits.iter().filter(|visit| visit.outcome == VisitOutcome::InUse);
        let seen = seen.map(|visit| (visit, visit.source.unwrap_or(UseSource::Field)));
        let mut uses: Vec<(Day, UseSource)> = seen
            .filter(|(visit, source)| *source == UseSource::Declared || !is_test(visit))
            .map(|(visit, source)| (visit.at.day(), source))
            .collect();
        // A list tells on how many days of a month, not on which: it stands at the month's end.
        uses.extend(
            self.partner.iter().filter(|line| line.active_days > 0).map(|line| (line.month.month_end(), UseSource::Partner)),
        );
        uses.sort_unstable();
        uses.dedup();
        uses
    }
}

impl CodeFact {
    /// Whether it is in force at a moment.
    #[must_use]
    pub fn is_active(&self, at: UnixMillis) -> bool {
        self.from.is_some_and(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// Whether its owner has frozen it by then.
    #[must_use]
    pub fn is_frozen(&self, at: UnixMillis) -> bool {
        self.frozen_at.is_some_and(|frozen| frozen <= at)
    }
}
