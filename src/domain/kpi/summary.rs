//! The KPIs of a period, read out of entries: of one market, or of several together.

use std::collections::BTreeMap;

use super::{Entry, Figure, Overdue};
use crate::domain::{period::Period, stall::CodeSafety, sticker_check::Verdict, time::Day};

/// A numerator and its denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Ratio {
    /// Above the line.
    #[serde(rename = "numerator")]
    pub of: i64,
    /// Below it.
    #[serde(rename = "denominator")]
    pub all: i64,
}

/// Stalls with evidence of use on two different days of the period, each under its strongest source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// On a bank's or provider's list.
    pub partner: i64,
    /// Seen in the field.
    pub field: i64,
    /// Said by the vendor.
    pub declared: i64,
}

impl Usage {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.partner + self.field + self.declared
    }
}

/// A cohort: the stalls first posted in one month.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cohort {
    /// `2026-08`.
    pub month: String,
    /// How many were posted.
    pub size: i64,
    /// At 30 days: kept, lost, not checked. The rest is not due yet.
    pub at_30: [i64; 3],
    /// At 90 days, in the same order.
    pub at_90: [i64; 3],
}

/// Stalls of one kind of goods, or of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Group {
    /// Its name; empty where nobody said one.
    pub name: String,
    /// Stalls that trade.
    pub trading: i64,
    /// Spoken with.
    pub reached: i64,
    /// With a code.
    pub issued: i64,
    /// With a sticker that was proven.
    pub verified: i64,
}

/// A volunteer's work in the period.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Volunteer {
    /// Who.
    pub staff_id: String,
    /// Stickers proven at the stall: by these they are ranked.
    pub verified: i64,
    /// Stalls scanned well, one a day.
    pub checked: i64,
    /// Records sent.
    pub enrolled: i64,
    /// Of them, given back or refused.
    pub returned: i64,
    /// Visits.
    pub visited: i64,
    /// Foreign codes found.
    pub mismatches: i64,
}

/// What a line over the weeks shows at the end of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Trend {
    /// The week's last day; of the last week today.
    pub day: Day,
    /// Stalls that trade.
    pub trading: i64,
    /// With a code.
    pub issued: i64,
    /// Verified.
    pub verified: i64,
    /// With evidence on two of the last 30 days.
    pub used: i64,
}

/// Every KPI of a period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Kpis {
    /// The day at whose end the levels stand.
    pub cut_off: Day,
    /// Stalls by occupancy; `trading` is N.
    pub occupancy: BTreeMap<String, i64>,
    /// N: stalls that trade at the cut-off.
    pub trading: i64,
    /// Spoken with (KPI 1).
    pub reached: i64,
    /// With a record received.
    pub registered: i64,
    /// With an approved code in force (KPI 2).
    pub issued: i64,
    /// Whose last scan is good and at most 90 days old (KPI 3).
    pub verified: i64,
    /// With evidence of use in the period (KPI 4), of those.
    pub used: Usage,
    /// Of those, still in use 90 days after posting.
    pub kept_90: i64,
    /// Trading stalls by progress.
    pub progress: BTreeMap<String, i64>,
    /// Reached stalls without a code, by reason; most first, as in the lists that follow.
    pub why_not: Vec<(String, i64)>,
    /// Refusals by reason (KPI 6).
    pub declined: Vec<(String, i64)>,
    /// Stops by reason (KPI 6).
    pub stopped: Vec<(String, i64)>,
    /// Banks and wallets of primary accounts (KPI 10).
    pub bank_primary: Vec<(String, i64)>,
    /// Of all accounts (KPI 10).
    pub bank_all: Vec<(String, i64)>,
    /// What vendors say of their sales (KPI 7).
    pub share: BTreeMap<String, i64>,
    /// By goods.
    pub goods: Vec<Group>,
    /// By row.
    pub rows: Vec<Group>,
    /// What is overdue at the cut-off (KPI 9).
    pub overdue: BTreeMap<String, i64>,
    /// Cohorts, oldest first (KPI 5).
    pub cohorts: Vec<Cohort>,
    /// Scans in the period by verdict (KPI 11).
    pub scans: BTreeMap<String, i64>,
    /// Median hours until a mismatch was put right, of those that were in the period (KPI 11).
    pub resolve_hours: Option<Halves>,
    /// Median days from registered to issued (KPI 8).
    pub days_to_issue: Option<Halves>,
    /// Median days from issued to posted (KPI 8).
    pub days_to_post: Option<Halves>,
    /// Work, the most verified stickers first (KPI 12).
    pub volunteers: Vec<Volunteer>,
}

/// A median: a whole number of halves, so that it compares exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Halves(pub i64);

impl serde::Serialize for Halves {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 2.0)
    }
}

impl std::fmt::Display for Halves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.0 / 2, if self.0 % 2 == 0 { "" } else { ",5" })
    }
}

impl Kpis {
    /// The KPIs of a period as they stand on `today`, out of entries of one market or of several.
    #[must_use]
    pub fn of(entries: &[Entry], period: &Period, today: Day) -> Self {
        let cut_off = period.cut_off(today);
        let mut sums = Sums::default();
        for entry in entries.iter().filter(|entry| entry.day <= cut_off) {
            sums.take(entry, period.from);
        }
        sums.kpis(cut_off)
    }

    /// N, KPI 1 to 4 as ratios: reached, with a code, verified, in use.
    #[must_use]
    pub fn ratios(&self) -> [Ratio; 4] {
        let of = |of| Ratio { of, all: self.trading };
        [of(self.reached), of(self.issued), of(self.verified), Ratio { of: self.used.total(), all: self.verified }]
    }

    /// How many scans there were, and how many of them found a foreign code.
    #[must_use]
    pub fn safety(&self) -> Ratio {
        let is_foreign = |word: &str| word.parse::<Verdict>().is_ok_and(|verdict| verdict.safety() == CodeSafety::Mismatch);
        let of = self.scans.iter().filter(|(word, _)| is_foreign(word)).map(|(_, n)| n).sum();
        Ratio { of, all: self.scans.values().sum() }
    }

    /// The funnel: N, reached, registered, issued, posted and verified, in use, still in use after 90 days.
    #[must_use]
    pub const fn funnel(&self) -> [i64; 7] {
        [self.trading, self.reached, self.registered, self.issued, self.verified, self.used.total(), self.kept_90]
    }

    /// How much of a kind is overdue.
    #[must_use]
    pub fn overdue(&self, kind: Overdue) -> i64 {
        self.overdue.get(kind.as_str()).copied().unwrap_or(0)
    }
}

/// Sums of entries up to the cut-off.
#[derive(Default)]
struct Sums {
    levels: BTreeMap<Figure, BTreeMap<String, i64>>,
    /// How many were used by the strongest source alone, by the two strongest, by any.
    used: [i64; 3],
    kept: i64,
}

impl Sums {
    fn take(&mut self, entry: &Entry, from: Day) {
        match entry.figure {
            Figure::Used | Figure::Kept => {
                let Some((source, twice)) = entry.item.split_once('|') else { return };
                if twice.parse::<Day>().is_ok_and(|twice| twice >= from) {
                    match source {
                        "partner" => self.used[0] += entry.n,
                        "field" => self.used[1] += entry.n,
                        "declared" => self.used[2] += entry.n,
                        _ => self.kept += entry.n,
                    }
                }
            }
            Figure::Scans | Figure::Resolved | Figure::ToIssue | Figure::ToPost | Figure::Work if entry.day < from => {}
            figure => {
                let level = self.levels.entry(figure).or_default();
                // Nearly every entry changes what an earlier one began: its name is not needed again.
                match level.get_mut(&entry.item) {
                    Some(sum) => *sum += entry.n,
                    None => drop(level.insert(entry.item.clone(), entry.n)),
                }
            }
        }
    }

    fn map(&mut self, figure: Figure) -> BTreeMap<String, i64> {
        let mut map = self.levels.remove(&figure).unwrap_or_default();
        map.retain(|_, n| *n != 0);
        map
    }

    fn ranked(&mut self, figure: Figure) -> Vec<(String, i64)> {
        let mut list: Vec<_> = self.map(figure).into_iter().collect();
        list.sort_by_key(|(_, n)| -n);
        list
    }

    fn one(&mut self, figure: Figure) -> i64 {
        self.map(figure).remove("").unwrap_or(0)
    }

    fn kpis(mut self, cut_off: Day) -> Kpis {
        let occupancy = self.map(Figure::Stalls);
        Kpis {
            cut_off,
            trading: occupancy.get("trading").copied().unwrap_or(0),
            occupancy,
            reached: self.one(Figure::Reached),
            registered: self.one(Figure::Registered),
            issued: self.one(Figure::Issued),
            verified: self.one(Figure::Verified),
            used: Usage { partner: self.used[0], field: self.used[1] - self.used[0], declared: self.used[2] - self.used[1] },
            kept_90: self.kept,
            progress: self.map(Figure::Progress),
            why_not: self.ranked(Figure::WhyNot),
            declined: self.ranked(Figure::Declined),
            stopped: self.ranked(Figure::Stopped),
            bank_primary: self.ranked(Figure::BankPrimary),
            bank_all: self.ranked(Figure::BankAll),
            share: self.map(Figure::Share),
            goods: groups(self.map(Figure::Goods)),
            rows: groups(self.map(Figure::Row)),
            overdue: self.map(Figure::Overdue),
            cohorts: cohorts(self.map(Figure::Cohort)),
            scans: self.map(Figure::Scans),
            resolve_hours: median(&self.map(Figure::Resolved)),
            days_to_issue: median(&self.map(Figure::ToIssue)),
            days_to_post: median(&self.map(Figure::ToPost)),
            volunteers: volunteers(self.map(Figure::Work)),
        }
    }
}

/// The median of values that stand as texts, each so many times.
fn median(values: &BTreeMap<String, i64>) -> Option<Halves> {
    let mut sorted: Vec<(i64, i64)> = values.iter().filter_map(|(value, n)| Some((value.parse().ok()?, *n))).collect();
    sorted.sort_unstable();
    let count: i64 = sorted.iter().map(|(_, n)| n).sum();
    let at = |place: i64| {
        let mut left = place;
        sorted
            .iter()
            .find(|(_, n)| {
                left -= n;
                left < 0
            })
            .map(|(value, _)| *value)
    };
    Some(Halves(at((count - 1) / 2)? + at(count / 2)?)).filter(|_| count > 0)
}

fn groups(map: BTreeMap<String, i64>) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (item, n) in map {
        let Some((name, step)) = item.rsplit_once('|') else { continue };
        let group = groups.entry(name.to_owned()).or_insert_with(|| Group { name: name.to_owned(), ..Group::default() });
        match step {
            "trading" => group.trading = n,
            "reached" => group.reached = n,
            "issued" => group.issued = n,
            "verified" => group.verified = n,
            _ => {}
        }
    }
    groups.into_values().collect()
}

fn cohorts(map: BTreeMap<String, i64>) -> Vec<Cohort> {
    let mut cohorts: BTreeMap<String, Cohort> = BTreeMap::new();
    for (item, n) in map {
        let Some((month, what)) = item.split_once('|') else { continue };
        let cohort = cohorts.entry(month.to_owned()).or_insert_with(|| Cohort { month: month.to_owned(), ..Cohort::default() });
        let place = |word: &str| ["kept", "lost", "unchecked"].iter().position(|known| *known == word);
        match what.split_once('|') {
            Some(("30", word)) => place(word).into_iter().for_each(|at| cohort.at_30[at] = n),
            Some(("90", word)) => place(word).into_iter().for_each(|at| cohort.at_90[at] = n),
            _ => cohort.size = n,
        }
    }
    cohorts.into_values().collect()
}

fn volunteers(map: BTreeMap<String, i64>) -> Vec<Volunteer> {
    let mut people: BTreeMap<String, Volunteer> = BTreeMap::new();
    for (item, n) in map {
        let Some((staff, kind)) = item.split_once('|') else { continue };
        let person =
            people.entry(staff.to_owned()).or_insert_with(|| Volunteer { staff_id: staff.to_owned(), ..Volunteer::default() });
        match kind {
            "verified" => person.verified = n,
            "checked" => person.checked = n,
            "enrolled" => person.enrolled = n,
            "returned" => person.returned = n,
            "visited" => person.visited = n,
            "mismatch" => person.mismatches = n,
            _ => {}
        }
    }
    let mut people: Vec<Volunteer> = people.into_values().collect();
    people.sort_by_key(|person| (-person.verified, -person.checked, -person.enrolled));
    people
}

impl Trend {
    /// The ends of twelve weeks, the last of which is `cut_off`.
    #[must_use]
    pub fn of(entries: &[Entry], cut_off: Day) -> Vec<Self> {
        let days: Vec<Day> = (0..12).rev().map(|week| cut_off.plus(-7 * week)).collect();
        let mut line: Vec<Self> =
            days.iter().map(|day| Self { day: *day, trading: 0, issued: 0, verified: 0, used: 0 }).collect();
        for entry in entries {
            let twice = match entry.figure {
                Figure::Used => entry.item.strip_prefix("declared|").and_then(|day| day.parse::<Day>().ok()),
                Figure::Stalls if entry.item == "trading" => None,
                Figure::Issued | Figure::Verified => None,
                _ => continue,
            };
            for point in line.iter_mut().filter(|point| entry.day <= point.day) {
                match entry.figure {
                    Figure::Stalls => point.trading += entry.n,
                    Figure::Issued => point.issued += entry.n,
                    Figure::Verified => point.verified += entry.n,
                    _ if twice.is_some_and(|twice| twice > point.day.plus(-30)) => point.used += entry.n,
                    _ => {}
                }
            }
        }
        line
    }
}
