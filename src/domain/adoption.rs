//! Progress and safety of a stall, computed by one pure function from recorded facts, and the counters made of them.

use super::{
    stall::{CodeSafety, Occupancy, Progress},
    sticker_check::Verdict,
    time::{DAY_MS, Day, UnixMillis},
    visit::VisitOutcome,
};

/// Evidence of use counts for 30 days.
pub const USE_COUNTS_MS: i64 = 30 * DAY_MS;
/// A good scan counts for 90 days.
pub const CHECK_COUNTS_MS: i64 = 90 * DAY_MS;

/// Where the stall's latest enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolmentState {
    /// A second person has yet to decide.
    InReview,
    /// Given back with a reason.
    Returned,
    /// Its code is or was in force.
    Issued,
    /// Refused for good, or replaced by a newer one.
    Closed,
}

/// A visit, as far as progress is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitFact {
    /// What it came to.
    pub outcome: VisitOutcome,
    /// When.
    pub at: UnixMillis,
    /// The day to come back.
    pub come_back_on: Option<Day>,
}

/// Everything recorded about a stall in its present tenancy.
#[derive(Debug, Clone, Default)]
pub struct StallFacts {
    /// Visits, oldest first.
    pub visits: Vec<VisitFact>,
    /// The latest enrolment.
    pub enrolment: Option<EnrolmentState>,
    /// When the code now in force was issued; `None` when there is none in force.
    pub active_since: Option<UnixMillis>,
    /// Whether any code in force is frozen by its owner ("không phải tôi").
    pub frozen: bool,
    /// Whether a code in force waits for somebody other than the enroller to confirm it.
    pub unconfirmed: bool,
    /// Whether a code was in force once and was taken out of force.
    pub revoked: bool,
    /// When a scan at the stall first proved the code in force.
    pub posted_at: Option<UnixMillis>,
    /// The latest scan; a good one of a code that has since gone out of force counts as `superseded`.
    pub last_check: Option<(Verdict, UnixMillis)>,
    /// Whether the latest scan that could be read was of a foreign code.
    pub foreign: bool,
    /// Whether an approved account change waits to come into force.
    pub changing: bool,
}

impl StallFacts {
    /// Takes in a scan, the latest so far. One that could not be read says nothing of the code that hangs there, so it ends
    /// no alarm: a thief's sticker is not made right by a blurred look at it.
    pub fn scanned(&mut self, verdict: Verdict, at: UnixMillis) {
        self.last_check = Some((verdict, at));
        if verdict != Verdict::Unreadable {
            self.foreign = verdict.safety() == CodeSafety::Mismatch;
        }
    }
}

/// What is stored with the stall, so that it can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StallState {
    /// How far.
    pub progress: Progress,
    /// How safe.
    pub safety: CodeSafety,
    /// Somebody has spoken with the vendor.
    pub reached: bool,
    /// At least one approved code in force.
    pub with_code: bool,
    /// The last scan was good and is not older than 90 days.
    pub verified: bool,
    /// A code in force still waits for a second person's confirmation.
    pub unconfirmed: bool,
    /// The vendor froze the code.
    pub frozen: bool,
    /// The day to come back, while that is what the stall waits for.
    pub come_back_on: Option<Day>,
    /// When this state changes by time alone.
    pub expires_at: Option<UnixMillis>,
}

impl StallState {
    /// A stall nobody has been to.
    pub const UNTOUCHED: Self = Self {
        progress: Progress::NotReached,
        safety: CodeSafety::None,
        reached: false,
        with_code: false,
        verified: false,
        unconfirmed: false,
        frozen: false,
        come_back_on: None,
        expires_at: None,
    };
}

/// Computes a stall's state. Nobody types a status.
#[must_use]
pub fn state(facts: &StallFacts, now: UnixMillis) -> StallState {
    let spoken = facts.visits.iter().rev().find(|v| v.outcome != VisitOutcome::Closed);
    let last_use = facts.visits.iter().rev().find(|v| v.outcome == VisitOutcome::InUse).map(|v| v.at);
    let last_stop = facts.visits.iter().rev().find(|v| v.outcome == VisitOutcome::Stopped).map(|v| v.at);

    let check_until = facts.last_check.filter(|(verdict, _)| verdict.is_good()).map(|(_, at)| at.plus(CHECK_COUNTS_MS));
    let verified = facts.active_since.is_some() && check_until.is_some_and(|until| now < until);
    let use_until = last_use.map(|at| at.plus(USE_COUNTS_MS)).filter(|until| now < *until);

    let progress = match (facts.active_since, facts.frozen) {
        (Some(_), true) => Progress::InReview,
        (Some(issued), false) => with_code(issued, facts.posted_at, last_use, last_stop, use_until.is_some()),
        (None, _) if facts.changing => Progress::InReview,
        (None, _) => without_code(facts, spoken),
    };
    let come_back_on = spoken
        .filter(|_| matches!(progress, Progress::Postponed | Progress::AwaitingAccount))
        .and_then(|visit| visit.come_back_on);
    let expires_at =
        [use_until.filter(|_| progress == Progress::InUse), check_until.filter(|_| verified)].into_iter().flatten().min();

    StallState {
        progress,
        safety: safety(facts),
        reached: spoken.is_some() || facts.enrolment.is_some() || facts.active_since.is_some(),
        with_code: facts.active_since.is_some() && !facts.frozen,
        verified: verified && !facts.frozen,
        unconfirmed: facts.active_since.is_some() && facts.unconfirmed,
        frozen: facts.active_since.is_some() && facts.frozen,
        come_back_on,
        expires_at,
    }
}

fn with_code(
    issued: UnixMillis,
    posted: Option<UnixMillis>,
    last_use: Option<UnixMillis>,
    last_stop: Option<UnixMillis>,
    use_is_fresh: bool,
) -> Progress {
    let latest_good = [Some(issued), posted, last_use].into_iter().flatten().max().unwrap_or(issued);
    if last_stop.is_some_and(|stop| stop > latest_good) {
        return Progress::Stopped;
    }
    match posted {
        None => Progress::CodeIssued,
        Some(_) if use_is_fresh => Progress::InUse,
        Some(_) => Progress::Posted,
    }
}

fn without_code(facts: &StallFacts, spoken: Option<&VisitFact>) -> Progress {
    match facts.enrolment {
        Some(EnrolmentState::InReview) => return Progress::InReview,
        Some(EnrolmentState::Returned) => return Progress::NeedsFix,
        Some(EnrolmentState::Issued | EnrolmentState::Closed) | None => {}
    }
    match spoken.map(|visit| visit.outcome) {
        Some(VisitOutcome::Declined) => Progress::Declined,
        Some(VisitOutcome::Stopped) => Progress::Stopped,
        _ if facts.revoked => Progress::Stopped,
        // Agreed without an enrolment yet: somebody has to come back.
        Some(VisitOutcome::Agreed | VisitOutcome::Postponed) => Progress::Postponed,
        Some(VisitOutcome::AwaitingAccount) => Progress::AwaitingAccount,
        Some(VisitOutcome::InUse | VisitOutcome::Closed) | None => Progress::NotReached,
    }
}

fn safety(facts: &StallFacts) -> CodeSafety {
    let scanned = facts.last_check.map(|(verdict, _)| verdict.safety());
    match scanned {
        // A foreign code at the stall outranks everything else.
        _ if facts.foreign => CodeSafety::Mismatch,
        _ if facts.changing => CodeSafety::Changing,
        _ if facts.active_since.is_none() && facts.revoked => CodeSafety::Revoked,
        Some(seen) => seen,
        None => CodeSafety::None,
    }
}

/// The columns of `market_stats`, in the order in which [`counts`] fills them.
pub const COUNTERS: [&str; 21] = [
    "stalls",
    "vacant",
    "trading",
    "paused",
    "left_stalls",
    "reached",
    "with_code",
    "verified",
    "not_reached",
    "postponed",
    "awaiting_account",
    "declined",
    "in_review",
    "needs_fix",
    "code_issued",
    "posted",
    "in_use",
    "stopped",
    "unsafe_stalls",
    "unconfirmed",
    "used_verified",
];

/// Counts, one for each of [`COUNTERS`].
pub type Counts = [i64; COUNTERS.len()];

/// What one stall adds to its market's counters: progress counts only stalls that trade (KPI denominator N).
#[must_use]
pub fn counts(occupancy: Occupancy, state: &StallState) -> Counts {
    let trading = occupancy == Occupancy::Trading;
    let is = |progress: Progress| i64::from(trading && state.progress == progress);
    [
        1,
        i64::from(occupancy == Occupancy::Vacant),
        i64::from(trading),
        i64::from(occupancy == Occupancy::Paused),
        i64::from(occupancy == Occupancy::Left),
        i64::from(trading && state.reached),
        i64::from(trading && state.with_code),
        i64::from(trading && state.verified),
        is(Progress::NotReached),
        is(Progress::Postponed),
        is(Progress::AwaitingAccount),
        is(Progress::Declined),
        is(Progress::InReview),
        is(Progress::NeedsFix),
        is(Progress::CodeIssued),
        is(Progress::Posted),
        is(Progress::InUse),
        is(Progress::Stopped),
        i64::from(state.safety == CodeSafety::Mismatch || state.frozen),
        i64::from(trading && state.unconfirmed),
        i64::from(trading && state.verified && state.progress == Progress::InUse),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: UnixMillis = UnixMillis(1_760_000_000_000);

    fn visit(outcome: VisitOutcome, day: i64) -> VisitFact {
        VisitFact { outcome, at: T0.plus(day * DAY_MS), come_back_on: None }
    }

    fn facts(visits: &[(VisitOutcome, i64)], enrolment: Option<EnrolmentState>) -> StallFacts {
        StallFacts { visits: visits.iter().map(|&(o, d)| visit(o, d)).collect(), enrolment, ..StallFacts::default() }
    }

    #[test]
    fn progress_before_a_code_follows_the_latest_fact() {
        use EnrolmentState as E;
        use VisitOutcome as V;
        let table: &[(&[(V, i64)], Option<E>, Progress)] = &[
            (&[], None, Progress::NotReached),
            (&[(V::Closed, 0)], None, Progress::NotReached),
            (&[(V::Agreed, 0)], None, Progress::Postponed),
            (&[(V::Postponed, 0)], None, Progress::Postponed),
            (&[(V::Postponed, 0), (V::Closed, 1)], None, Progress::Postponed),
            (&[(V::AwaitingAccount, 0)], None, Progress::AwaitingAccount),
            (&[(V::Declined, 0)], None, Progress::Declined),
            (&[(V::Declined, 0), (V::Agreed, 1)], None, Progress::Postponed),
            (&[(V::Declined, 0)], Some(E::InReview), Progress::InReview),
            (&[], Some(E::Returned), Progress::NeedsFix),
            (&[(V::Declined, 2)], Some(E::Closed), Progress::Declined),
            (&[(V::Stopped, 2)], Some(E::Issued), Progress::Stopped),
        ];
        for (visits, enrolment, expected) in table {
            assert_eq!(state(&facts(visits, *enrolment), T0).progress, *expected, "{visits:?} {enrolment:?}");
        }
    }

    #[test]
    fn progress_after_a_code_follows_the_sticker_and_its_use() {
        use VisitOutcome as V;
        let table: &[(&[(V, i64)], Option<i64>, i64, Progress)] = &[
            (&[], None, 0, Progress::CodeIssued),
            (&[(V::InUse, 1)], None, 2, Progress::CodeIssued),
            (&[], Some(1), 2, Progress::Posted),
            (&[(V::InUse, 2)], Some(1), 3, Progress::InUse),
            (&[(V::InUse, 2)], Some(1), 31, Progress::InUse),
            (&[(V::InUse, 2)], Some(1), 32, Progress::Posted),
            (&[(V::Stopped, 5)], Some(1), 6, Progress::Stopped),
            (&[(V::Stopped, 5), (V::InUse, 7)], Some(1), 8, Progress::InUse),
            (&[(V::Declined, 0)], None, 3, Progress::CodeIssued),
        ];
        for (visits, posted, today, expected) in table {
            let mut facts = facts(visits, Some(EnrolmentState::Issued));
            facts.active_since = Some(T0.plus(1));
            facts.posted_at = posted.map(|day| T0.plus(day * DAY_MS));
            assert_eq!(state(&facts, T0.plus(today * DAY_MS)).progress, *expected, "{visits:?} {posted:?} {today}");
        }
    }

    #[test]
    fn a_good_scan_counts_for_ninety_days() {
        let mut facts = facts(&[], Some(EnrolmentState::Issued));
        facts.active_since = Some(T0);
        facts.posted_at = Some(T0);
        facts.scanned(Verdict::Match, T0);

        let fresh = state(&facts, T0.plus(CHECK_COUNTS_MS - 1));
        let stale = state(&facts, T0.plus(CHECK_COUNTS_MS));

        assert!(fresh.verified && !stale.verified);
        assert_eq!(fresh.expires_at, Some(T0.plus(CHECK_COUNTS_MS)));
        assert_eq!(stale.expires_at, None);
    }

    #[test]
    fn a_frozen_code_is_not_counted_as_a_code() {
        let mut facts = facts(&[], Some(EnrolmentState::Issued));
        facts.active_since = Some(T0);
        facts.frozen = true;

        let state = state(&facts, T0);

        assert_eq!(state.progress, Progress::InReview);
        assert!(state.frozen && !state.with_code);
        assert_eq!(counts(Occupancy::Trading, &state)[18], 1);
    }

    #[test]
    fn a_foreign_code_outranks_everything() {
        let mut facts = facts(&[], None);
        facts.revoked = true;
        facts.scanned(Verdict::Unknown, T0);
        assert_eq!(state(&facts, T0).safety, CodeSafety::Mismatch);
    }

    #[test]
    fn a_blurred_look_ends_no_alarm() {
        let mut facts = facts(&[], None);
        facts.scanned(Verdict::Unreadable, T0);
        assert_eq!(state(&facts, T0).safety, CodeSafety::Damaged);
        facts.scanned(Verdict::OtherVendor, T0);
        facts.scanned(Verdict::Unreadable, T0);
        assert_eq!(state(&facts, T0).safety, CodeSafety::Mismatch);
        facts.scanned(Verdict::Match, T0);
        assert_eq!(state(&facts, T0).safety, CodeSafety::Match);
    }
}
