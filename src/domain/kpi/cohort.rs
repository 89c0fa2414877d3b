//! Cohorts: who still takes payments 30 and 90 days after the first sticker was posted. "Not checked" is told apart and never
//! counts as kept.

use super::{Entry, Figure, StallHistory};
use crate::domain::{
    sticker_check::Verdict,
    time::{Day, UnixMillis},
    visit::VisitOutcome,
};

/// Kept at 30: evidence in days 23 to 37 after posting; at 90: in days 76 to 104.
pub(super) const WINDOWS: [(&str, i64, i64); 2] = [("30", 23, 37), ("90", 76, 104)];

/// When a sticker of the tenancy that began at `began` was first proven by a scan, up to `until`.
pub(super) fn first_posted(history: &StallHistory, began: UnixMillis, until: UnixMillis) -> Option<UnixMillis> {
    let is_posted = |check: &&super::CheckFact| {
        check.verdict == Verdict::Match
            && history.codes.iter().any(|code| Some(&code.id) == check.code.as_ref() && code.is_active(check.at))
    };
    let mut checks = history.checks.iter().filter(|check| check.at >= began && check.at <= until);
    checks.find(is_posted).map(|check| check.at)
}

/// Whether there is evidence in a window of days after posting, up to `until`: its first day.
pub(super) fn kept_on(uses: &[(Day, super::UseSource)], posted: Day, window: (i64, i64), until: Day) -> Option<Day> {
    let (first, last) = (posted.plus(window.0), posted.plus(window.1));
    // A partner's month does not say on which of its days, so not whether inside the window.
    let seen = uses.iter().filter(|(_, source)| *source != super::UseSource::Partner);
    seen.map(|(day, _)| *day).find(|day| *day >= first && *day <= last && *day <= until)
}

/// The entries of every tenancy's cohort. A tenancy that is over stays in its cohort: who left is not kept.
pub(super) fn entries(history: &StallHistory, out: &mut Vec<Entry>) {
    let mut began = UnixMillis(0);
    let mut ends: Vec<UnixMillis> = history.tenancies.iter().filter_map(|tenancy| tenancy.until).collect();
    ends.sort_unstable();
    ends.push(UnixMillis(i64::MAX));
    let uses = history.uses();
    for end in ends {
        let last = if end.0 == i64::MAX { end } else { end.plus(-1) };
        if let Some(posted) = first_posted(history, began, last) {
            of_tenancy(history, &uses, posted.day(), end, out);
        }
        began = end;
    }
}

fn of_tenancy(history: &StallHistory, uses: &[(Day, super::UseSource)], posted: Day, end: UnixMillis, out: &mut Vec<Entry>) {
    let month = posted.month_key();
    let mut add = |day: Day, what: String| out.push(Entry { figure: Figure::Cohort, day, item: format!("{month}|{what}"), n: 1 });
    add(posted, "size".to_owned());
    // The far future stands for "still going on", and has no day of its own.
    let left_on = (end.0 != i64::MAX).then(|| end.day());
    for (name, first, last) in WINDOWS {
        let closes = posted.plus(last + 1);
        let until = left_on.unwrap_or(closes);
        if let Some(day) = kept_on(uses, posted, (first, last), until) {
            add(day, format!("{name}|kept"));
            continue;
        }
        let in_window = |at: UnixMillis| at.day() >= posted.plus(first) && at.day() < closes;
        let said_no = history.visits.iter().any(|visit| {
            matches!(visit.outcome, VisitOutcome::Stopped | VisitOutcome::Declined) && in_window(visit.at) && visit.at < end
        });
        let is_gone = left_on.is_some_and(|day| day < closes);
        add(closes, format!("{name}|{}", if said_no || is_gone { "lost" } else { "unchecked" }));
    }
}
