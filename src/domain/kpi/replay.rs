//! A stall's history played again: what was true at the end of each day on which anything changed, and what happened meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::{CheckFact, Entry, Figure, Overdue, StallHistory, UseSource, cohort};
use crate::domain::{
    adoption::{self, EnrolmentState, StallFacts, StallState, VisitFact},
    stall::{CodeSafety, Occupancy, Progress},
    sticker_check::Verdict,
    time::{DAY_MS, Day, UnixMillis},
    visit::VisitOutcome,
};

/// A code that was issued is posted within 3 days.
const POST_DAYS: i64 = 3;
/// A posted code is looked at every 30 days.
const LOOK_DAYS: i64 = 30;
/// An account change is decided within 2 days.
const CHANGE_DAYS: i64 = 2;
/// A good scan counts for 90 days.
const CHECK_DAYS: i64 = adoption::CHECK_COUNTS_MS / DAY_MS;

type Standing = BTreeMap<(Figure, String), i64>;

/// Everything a stall adds to its market's figures, day by day.
#[must_use]
pub fn entries(history: &StallHistory) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut before = Standing::new();
    let uses = history.uses();
    for day in change_days(history) {
        let now = standing(history, &uses, day);
        let mut changes = now.clone();
        for (key, n) in &before {
            *changes.entry(key.clone()).or_insert(0) -= n;
        }
        out.extend(changes.into_iter().filter(|(_, n)| *n != 0).map(|((figure, item), n)| Entry { figure, day, item, n }));
        before = now;
    }
    flows(history, &mut out);
    cohort::entries(history, &mut out);
    merged(out)
}

/// One entry a figure, day and item.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let mut sums: BTreeMap<(Figure, Day, String), i64> = BTreeMap::new();
    for entry in entries {
        *sums.entry((entry.figure, entry.day, entry.item)).or_insert(0) += entry.n;
    }
    sums.into_iter().filter(|(_, n)| *n != 0).map(|((figure, day, item), n)| Entry { figure, day, item, n }).collect()
}

/// The days at whose end something may be otherwise than the day before; those on which nothing is are harmless.
fn change_days(history: &StallHistory) -> BTreeSet<Day> {
    let mut days = BTreeSet::new();
    let mut add = |at: UnixMillis, later: &[i64]| {
        let day = at.day();
        days.insert(day);
        days.extend(later.iter().map(|later| day.plus(*later)));
    };
    history.occupancies.iter().for_each(|(at, _)| add(*at, &[]));
    history
        .tenancies
        .iter()
        .for_each(|tenancy| [Some(tenancy.since), tenancy.until].into_iter().flatten().for_each(|at| add(at, &[])));
    for visit in &history.visits {
        add(visit.at, &[LOOK_DAYS + 1]);
        if let Some(day) = visit.come_back_on {
            add(day.next().starts_at(), &[]);
        }
    }
    for record in &history.enrolments {
        add(record.at, &[CHANGE_DAYS, CHANGE_DAYS + 1]);
        record.decided_at.into_iter().for_each(|at| add(at, &[]));
    }
    for code in &history.codes {
        code.from.into_iter().for_each(|at| add(at, &[POST_DAYS + 1]));
        [code.until, code.frozen_at, code.coming, code.coming.map(|at| at.plus(-DAY_MS))]
            .into_iter()
            .flatten()
            .for_each(|at| add(at, &[]));
    }
    history.checks.iter().for_each(|check| add(check.at, &[1, 2, LOOK_DAYS + 1, CHECK_DAYS]));
    for (day, _) in history.uses() {
        add(day.starts_at(), &[]);
    }
    days
}

/// The facts of the tenancy that lasts at a moment, as they stood then.
fn facts(history: &StallHistory, began: UnixMillis, at: UnixMillis) -> StallFacts {
    let here = |moment: UnixMillis| moment >= began && moment <= at;
    let active: Vec<_> = history.codes.iter().filter(|code| code.is_active(at)).collect();
    let enrolment = history.enrolments.iter().rfind(|record| record.status != "replaced" && here(record.at));
    let last = history.checks.iter().rfind(|check| here(check.at));
    StallFacts {
        visits: history
            .visits
            .iter()
            .filter(|visit| here(visit.at))
            .map(|visit| VisitFact { outcome: visit.outcome, at: visit.at, come_back_on: visit.come_back_on })
            .collect(),
        enrolment: enrolment.map(|record| enrolment_state(record, at)),
        active_since: active.iter().filter_map(|code| code.from).min(),
        frozen: active.iter().any(|code| code.is_frozen(at)),
        unconfirmed: false,
        revoked: history.codes.iter().any(|code| code.is_revoked && code.until.is_some_and(here)),
        posted_at: history
            .checks
            .iter()
            .find(|check| {
                here(check.at)
                    && check.verdict == Verdict::Match
                    && active.iter().any(|code| Some(&code.id) == check.code.as_ref())
            })
            .map(|check| check.at),
        last_check: last.map(|check| (verdict_now(history, check, at), check.at)),
        foreign: mismatch_since(history, began, at).is_some(),
        changing: history.codes.iter().any(|code| {
            code.coming.is_some_and(|coming| coming.plus(-DAY_MS) <= at && at < coming)
                && code.until.is_none_or(|until| at < until)
        }),
    }
}

/// A good scan of a code that has since gone out of force proves nothing any more.
fn verdict_now(history: &StallHistory, check: &CheckFact, at: UnixMillis) -> Verdict {
    let in_force = history.codes.iter().any(|code| Some(&code.id) == check.code.as_ref() && code.is_active(at));
    if check.verdict.is_good() && !in_force { Verdict::Superseded } else { check.verdict }
}

fn enrolment_state(record: &super::EnrolmentFact, at: UnixMillis) -> EnrolmentState {
    if record.decided_at.is_some_and(|decided| decided > at) {
        return EnrolmentState::InReview;
    }
    match record.status.as_str() {
        "in_review" => EnrolmentState::InReview,
        "returned" => EnrolmentState::Returned,
        "issued" => EnrolmentState::Issued,
        _ => EnrolmentState::Closed,
    }
}

/// Every level to which the stall adds at the end of a day.
fn standing(history: &StallHistory, uses: &[(Day, UseSource)], day: Day) -> Standing {
    let at = day.ends_at();
    let mut standing = Standing::new();
    let Some((_, occupancy)) = history.occupancies.iter().rfind(|(since, _)| *since <= at) else { return standing };
    let began = history.began(at);
    let facts = facts(history, began, at);
    let state = adoption::state(&facts, at);
    let mut add = |figure: Figure, item: &str| *standing.entry((figure, item.to_owned())).or_insert(0) += 1;
    add(Figure::Stalls, occupancy.as_str());
    let trades = *occupancy == Occupancy::Trading;
    // Where nobody trades nothing is late, but a foreign code hangs there all the same.
    for kind in overdue(history, &facts, &state, (began, day)).into_iter().filter(|kind| trades || *kind == Overdue::Mismatch) {
        add(Figure::Overdue, kind.as_str());
    }
    if !trades {
        return standing;
    }
    let registered = facts.active_since.is_some() || !matches!(facts.enrolment, None | Some(EnrolmentState::Closed));
    let steps = [
        (true, Figure::Stalls, "trading"),
        (state.reached, Figure::Reached, "reached"),
        (registered, Figure::Registered, "registered"),
        (state.with_code, Figure::Issued, "issued"),
        (state.verified, Figure::Verified, "verified"),
    ];
    for (_, figure, word) in steps.into_iter().filter(|(is_there, ..)| *is_there) {
        if figure != Figure::Stalls {
            add(figure, "");
        }
        add(Figure::Goods, &format!("{}|{word}", history.goods));
        add(Figure::Row, &format!("{}|{word}", history.row));
    }
    add(Figure::Progress, state.progress.as_str());
    for (figure, bin) in banks(history, at) {
        add(figure, &bin);
    }
    for (figure, reason) in reasons(history, &state, (began, at)) {
        add(figure, reason);
    }
    if let Some(share) = history.visits.iter().rfind(|visit| visit.at >= began && visit.at <= at && visit.share.is_some()) {
        add(Figure::Share, share.share.map_or("", super::UseShare::as_str));
    }
    if state.verified {
        for (figure, item) in used(history, uses, (began, day)) {
            add(figure, &item);
        }
    }
    standing
}

/// On which day, the last but one with evidence of each source, use was proven twice; the strongest sources first, each time
/// together with those before it, so that a stall with several is told once.
fn used(history: &StallHistory, uses: &[(Day, UseSource)], (began, day): (UnixMillis, Day)) -> Vec<(Figure, String)> {
    let second = |source: UseSource| {
        if source == UseSource::Partner {
            // Two days of one month, whichever they were: proven in a period that holds the whole month.
            let whole = history.partner.iter().filter(|line| line.active_days > 1 && line.month.month_end() <= day);
            return whole.filter(|line| line.month.month_end().ends_at() >= began).map(|line| line.month).max();
        }
        let mut days =
            uses.iter().rev().filter(|(at, of)| *of == source && *at <= day && at.ends_at() >= began).map(|(at, _)| *at);
        let latest = days.next()?;
        days.find(|at| *at != latest)
    };
    let mut best: Option<Day> = None;
    let mut found = Vec::new();
    for source in UseSource::ALL {
        best = best.max(second(*source));
        if let Some(twice) = best {
            found.push((Figure::Used, format!("{source}|{twice}")));
        }
    }
    let Some(twice) = best else { return found };
    let posted = cohort::first_posted(history, began, day.ends_at());
    let (_, first, last) = cohort::WINDOWS[1];
    if posted.is_some_and(|posted| cohort::kept_on(uses, posted.day(), (first, last), day).is_some()) {
        found.push((Figure::Kept, format!("|{twice}")));
    }
    found
}

fn banks(history: &StallHistory, at: UnixMillis) -> Vec<(Figure, String)> {
    let mut found = Vec::new();
    for code in history.codes.iter().filter(|code| code.is_active(at) && !code.is_frozen(at)) {
        let bank = code.bin.clone().unwrap_or_else(|| "wallet".to_owned());
        if code.is_primary {
            found.push((Figure::BankPrimary, bank.clone()));
        }
        found.push((Figure::BankAll, bank));
    }
    found
}

/// Why a stall has no code, refused or stopped: what its last visit said. A reason that nobody gave is `other`.
fn reasons(history: &StallHistory, state: &StallState, (began, at): (UnixMillis, UnixMillis)) -> Vec<(Figure, &'static str)> {
    let mut spoken =
        history.visits.iter().rev().filter(|visit| visit.at >= began && visit.at <= at && visit.outcome != VisitOutcome::Closed);
    let said = spoken.next().and_then(|visit| visit.reason).map_or("other", crate::domain::visit::Reason::as_str);
    let mut found = Vec::new();
    match state.progress {
        Progress::Declined => found.push((Figure::Declined, said)),
        Progress::Stopped => found.push((Figure::Stopped, said)),
        _ => {}
    }
    if state.reached && !state.with_code && !matches!(state.progress, Progress::InReview | Progress::NeedsFix) {
        found.push((Figure::WhyNot, said));
    }
    found
}

/// What is overdue at the end of a day.
fn overdue(history: &StallHistory, facts: &StallFacts, state: &StallState, (began, day): (UnixMillis, Day)) -> Vec<Overdue> {
    let at = day.ends_at();
    let mut found = Vec::new();
    if state.safety == CodeSafety::Mismatch && mismatch_since(history, began, at).is_some_and(|since| at.0 - since.0 > DAY_MS) {
        found.push(Overdue::Mismatch);
    }
    if state.progress == Progress::Postponed && state.come_back_on.is_some_and(|due| due < day) {
        found.push(Overdue::Postponed);
    }
    if state.progress == Progress::CodeIssued && facts.active_since.is_some_and(|issued| day.since(issued.day()) > POST_DAYS) {
        found.push(Overdue::Unposted);
    }
    if matches!(state.progress, Progress::Posted | Progress::InUse) {
        let visits = history.visits.iter().filter(|visit| visit.outcome != VisitOutcome::Closed).map(|visit| visit.at);
        let looked =
            history.checks.iter().map(|check| check.at).chain(visits).filter(|moment| *moment >= began && *moment <= at).max();
        if looked.is_none_or(|looked| day.since(looked.day()) > LOOK_DAYS) {
            found.push(Overdue::Unchecked);
        }
    }
    let asked = history.enrolments.iter().rfind(|record| record.at >= began && record.at <= at && record.status != "replaced");
    // A code that its owner froze goes back to review, and is no change of account.
    let is_behind =
        asked.is_some_and(|record| history.codes.iter().any(|code| code.is_active(at) && code.asked_at == Some(record.at)));
    let is_change =
        !is_behind && facts.active_since.is_some() && facts.enrolment == Some(EnrolmentState::InReview) && !facts.changing;
    if is_change && asked.is_some_and(|record| at.0 - record.at.0 > CHANGE_DAYS * DAY_MS) {
        found.push(Overdue::Change);
    }
    found
}

/// The first of the foreign scans that nothing has put right.
fn mismatch_since(history: &StallHistory, began: UnixMillis, at: UnixMillis) -> Option<UnixMillis> {
    let mut since = None;
    let read = history.checks.iter().filter(|check| check.verdict != Verdict::Unreadable);
    for check in read.filter(|check| check.at >= began && check.at <= at) {
        since = if check.verdict.safety() == CodeSafety::Mismatch { since.or(Some(check.at)) } else { None };
    }
    since
}

/// What happened, each on its day.
fn flows(history: &StallHistory, out: &mut Vec<Entry>) {
    let mut add = |figure: Figure, day: Day, item: String| out.push(Entry { figure, day, item, n: 1 });
    let mut foreign: Option<UnixMillis> = None;
    let (mut seen, mut scanned): (BTreeSet<&str>, BTreeSet<(&str, Day)>) = Default::default();
    for check in &history.checks {
        let day = check.at.day();
        add(Figure::Scans, day, check.verdict.to_string());
        if check.verdict.safety() == CodeSafety::Mismatch {
            if foreign.is_none() {
                add(Figure::Work, day, format!("{}|mismatch", check.by));
            }
            foreign = foreign.or(Some(check.at));
        } else if let Some(since) = foreign.take_if(|_| check.verdict != Verdict::Unreadable) {
            add(Figure::Resolved, day, ((check.at.0 - since.0) / 3_600_000).to_string());
        }
        if check.verdict.is_good() {
            // Twice on one day is one look.
            if scanned.insert((&check.by, day)) {
                add(Figure::Work, day, format!("{}|checked", check.by));
            }
            let code =
                check.code.as_deref().and_then(|id| history.codes.iter().find(|code| code.id == id && code.is_active(check.at)));
            if let Some(code) = code.filter(|code| check.verdict == Verdict::Match && seen.insert(&code.id)) {
                add(Figure::Work, day, format!("{}|verified", check.by));
                if let Some(from) = code.from.filter(|_| code.is_primary) {
                    add(Figure::ToPost, day, day.since(from.day()).max(0).to_string());
                }
            }
        }
    }
    for record in &history.enrolments {
        add(Figure::Work, record.at.day(), format!("{}|enrolled", record.by));
        if record.was_returned || matches!(record.status.as_str(), "returned" | "refused") {
            add(Figure::Work, record.decided_at.unwrap_or(record.at).day(), format!("{}|returned", record.by));
        }
    }
    for code in history.codes.iter().filter(|code| code.is_primary) {
        if let (Some(from), Some(asked)) = (code.from, code.asked_at) {
            add(Figure::ToIssue, from.day(), from.day().since(asked.day()).max(0).to_string());
        }
    }
    for visit in &history.visits {
        add(Figure::Work, visit.at.day(), format!("{}|visited", visit.by));
    }
}
