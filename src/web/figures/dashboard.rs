//! What every dashboard shows: the KPIs of a period beside those of another one, as rows of words and charts.

use super::{
    charts::{self, Bar},
    period::{self, Choice, PeriodQuery},
};
use crate::{
    domain::{
        disclosure::{ENOUGH, is_few, withheld},
        kpi::{Cohort, Entry, Group, Kpis, Overdue, Ratio as Share, Trend},
        period::Period,
        scope::{Act, Viewer},
        time::Day,
        visit::Reason,
    },
    payment_code::bank,
    web::{looks::Ratio, words::Words},
};

/// A big figure on top, with how it moved.
pub(in crate::web) struct Tile {
    pub(in crate::web) label: &'static str,
    pub(in crate::web) ratio: Ratio,
    /// `tăng 4 điểm`; empty where nothing can be compared.
    pub(in crate::web) change: String,
    pub(in crate::web) is_down: bool,
}

/// What is overdue, and where it is to be done.
pub(in crate::web) struct Late {
    pub(in crate::web) label: &'static str,
    pub(in crate::web) shown: String,
    pub(in crate::web) is_bad: bool,
}

/// One line of a table: a name and its cells.
pub(in crate::web) struct Line {
    pub(in crate::web) name: String,
    pub(in crate::web) cells: Vec<String>,
}

/// A cohort with what is told of it at 30 and at 90 days.
pub(in crate::web) struct CohortLine {
    pub(in crate::web) month: String,
    pub(in crate::web) size: String,
    /// The class of the cell, its share, and the rest of it.
    pub(in crate::web) cells: [(&'static str, String, String); 2],
}

/// Everything the template needs.
#[derive(Default)]
pub(in crate::web) struct Dashboard {
    pub(in crate::web) action: String,
    pub(in crate::web) choices: Vec<Choice>,
    pub(in crate::web) compare_choices: Vec<Choice>,
    pub(in crate::web) period: String,
    pub(in crate::web) compared: String,
    pub(in crate::web) cut_off: String,
    pub(in crate::web) trading: i64,
    pub(in crate::web) tiles: Vec<Tile>,
    pub(in crate::web) usage: String,
    pub(in crate::web) late: Vec<Late>,
    pub(in crate::web) line: String,
    pub(in crate::web) weeks: Vec<Line>,
    pub(in crate::web) funnel: String,
    pub(in crate::web) steps: Vec<Line>,
    pub(in crate::web) why: String,
    pub(in crate::web) why_total: i64,
    pub(in crate::web) reasons: Vec<Line>,
    pub(in crate::web) cohorts: Vec<CohortLine>,
    pub(in crate::web) times: Vec<Line>,
    pub(in crate::web) safety: Vec<Line>,
    pub(in crate::web) banks: Vec<Line>,
    pub(in crate::web) shares: Vec<Line>,
    pub(in crate::web) volunteers: Vec<Line>,
    pub(in crate::web) goods: Vec<Line>,
    pub(in crate::web) rows: Vec<Line>,
    /// Reached, with a code, verified, in use.
    pub(in crate::web) ratios: [Ratio; 4],
}

/// Who looks, in which language, at which day, and from which address.
pub(in crate::web) struct Look<'a> {
    pub(in crate::web) t: &'static Words,
    pub(in crate::web) viewer: &'a Viewer,
    pub(in crate::web) today: Day,
    pub(in crate::web) cut_off: String,
    pub(in crate::web) action: String,
}

impl Look<'_> {
    /// A count, or that there are fewer than five, where that would point at people.
    fn count(&self, n: i64) -> String {
        if is_few(self.viewer, n) { format!("< {ENOUGH}") } else { n.to_string() }
    }

    fn drawn(&self, n: i64) -> i64 {
        if is_few(self.viewer, n) { 0 } else { n }
    }

    /// A share of a whole with both its parts: `71% (109/153)`.
    fn share(&self, of: i64, all: i64) -> String {
        let ratio = Ratio::new(of, all).told_to(self.viewer);
        format!("{} ({}/{})", ratio.share(), ratio.count(), ratio.whole())
    }

    /// The parts of a whole that is told, as far as each is told: what is withheld, and what is drawn of it.
    fn parts(&self, parts: &[(String, i64)]) -> Vec<(String, i64)> {
        let counts: Vec<i64> = parts.iter().map(|(_, n)| *n).collect();
        let told = |(n, is_hidden): (i64, bool)| match n {
            n if !is_hidden => (n.to_string(), n),
            n if n < ENOUGH => (format!("< {ENOUGH}"), 0),
            _ => ("–".to_owned(), 0),
        };
        counts.iter().copied().zip(withheld(self.viewer, &counts)).map(told).collect()
    }

    fn reason(&self, word: &str) -> String {
        self.t.reason.find(word.parse::<Reason>().map_or("other", Reason::as_str)).unwrap_or("").to_owned()
    }

    fn bank(&self, bin: &str) -> String {
        if bin == "wallet" { self.t.figures.wallet.to_owned() } else { bank::name_of(bin).to_owned() }
    }
}

impl Dashboard {
    /// The dashboard over the entries of one market or of several, and the KPIs of the period and of the compared one; `names`
    /// gives volunteers their names, where they are told.
    pub(in crate::web) fn of(
        look: &Look<'_>,
        query: &PeriodQuery,
        (entries, [kpis, before]): (&[Entry], [Kpis; 2]),
        names: &dyn Fn(&str) -> String,
    ) -> Self {
        let t = look.t;
        let period = query.period(look.today);
        let compared = query.compared(&period);
        let cut_off = period.cut_off(look.today);
        let points = Trend::of(entries, cut_off);
        let why_total = kpis.why_not.iter().map(|(_, n)| n).sum();
        Self {
            action: look.action.clone(),
            choices: period::choices(t, &period, look.today),
            compare_choices: compare_choices(t, &period, &compared, query),
            period: period::name(t, &period),
            compared: period::name(t, &compared),
            cut_off: if cut_off == look.today { look.cut_off.clone() } else { format!("24:00 {}", cut_off.to_people()) },
            trading: kpis.trading,
            tiles: tiles(look, &kpis, &before),
            usage: t.figures.usage(look.count(kpis.used.field), look.count(kpis.used.declared), look.count(kpis.used.partner)),
            late: late(look, &kpis),
            line: line(look, &points, kpis.trading),
            weeks: points
                .iter()
                .map(|point| Line {
                    name: point.day.to_people(),
                    cells: [point.trading, point.issued, point.verified, point.used].map(|n| look.count(n)).to_vec(),
                })
                .collect(),
            funnel: funnel(look, &kpis),
            steps: steps(look, &kpis),
            why: charts::bars(
                "why",
                &t.figures.why_title(why_total),
                &why(look, &kpis),
                kpis.why_not.first().map_or(0, |(_, n)| *n),
                false,
            ),
            why_total,
            reasons: reasons(look, &kpis),
            cohorts: kpis.cohorts.iter().rev().take(12).rev().map(|cohort| cohort_line(look, cohort)).collect(),
            times: times(t, &kpis),
            safety: safety(look, &kpis),
            banks: banks(look, &kpis),
            shares: shares(look, &kpis),
            volunteers: volunteers(look, &kpis, names),
            goods: groups(look, &kpis.goods, t.figures.no_goods),
            rows: groups(look, &kpis.rows, t.figures.no_row),
            ratios: kpis.ratios().map(|ratio| Ratio::new(ratio.of, ratio.all).told_to(look.viewer)),
        }
    }
}

fn compare_choices(t: &'static Words, period: &Period, compared: &Period, query: &PeriodQuery) -> Vec<Choice> {
    let mut list = vec![Choice {
        value: String::new(),
        label: t.figures.with_before(period::name(t, &period.before())),
        is_chosen: query.compare().is_empty(),
    }];
    let mut earlier = period.before().before();
    for _ in 0..3 {
        list.push(Choice {
            value: earlier.to_string(),
            label: t.figures.with_before(period::name(t, &earlier)),
            is_chosen: !query.compare().is_empty() && earlier == *compared,
        });
        earlier = earlier.before();
    }
    if list.iter().all(|choice| !choice.is_chosen) {
        list.push(Choice {
            value: compared.to_string(),
            label: t.figures.with_before(period::name(t, compared)),
            is_chosen: true,
        });
    }
    list
}

fn tiles(look: &Look<'_>, kpis: &Kpis, before: &Kpis) -> Vec<Tile> {
    let t = look.t;
    let labels = [t.figures.reached, t.figures.with_code, t.figures.verified, t.figures.used];
    let pairs = kpis.ratios().into_iter().zip(before.ratios());
    labels.into_iter().zip(pairs).map(|(label, (now, then))| tile(look, label, now, then)).collect()
}

fn tile(look: &Look<'_>, label: &'static str, now: Share, then: Share) -> Tile {
    let t = look.t;
    let [ratio, then] = [now, then].map(|ratio| Ratio::new(ratio.of, ratio.all).told_to(look.viewer));
    let points = ratio.percent() - then.percent();
    let change = match points {
        _ if !ratio.has_share() || !then.has_share() => String::new(),
        0 => t.figures.same.to_owned(),
        1.. => t.figures.up(points),
        _ => t.figures.down(-points),
    };
    Tile { label, ratio, is_down: points < 0 && !change.is_empty(), change }
}

fn late(look: &Look<'_>, kpis: &Kpis) -> Vec<Late> {
    let t = look.t;
    let words = [
        t.figures.late_mismatch,
        t.figures.late_postponed,
        t.figures.late_unposted,
        t.figures.late_unchecked,
        t.figures.late_change,
    ];
    Overdue::ALL
        .iter()
        .zip(words)
        .map(|(kind, label)| Late {
            label,
            shown: look.count(kpis.overdue(*kind)),
            is_bad: *kind == Overdue::Mismatch && kpis.overdue(*kind) > 0,
        })
        .collect()
}

fn line(look: &Look<'_>, points: &[Trend], trading: i64) -> String {
    let t = look.t;
    let told: Vec<Trend> = points.iter().map(|point| drawn(look, point)).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let ends = [
        (t.figures.with_code, first.issued, last.issued),
        (t.figures.verified, first.verified, last.verified),
        (t.figures.used, first.used, last.used),
    ];
    let about: Vec<String> =
        ends.iter().map(|(name, from, to)| format!("{name}: {} → {}", look.count(*from), look.count(*to))).collect();
    let names = [t.figures.line_code, t.figures.line_verified, t.figures.line_used];
    charts::line(t.figures.weeks, &about.join("; "), &told, names, &t.market.stalls(trading))
}

/// A point of the line with its small counts left at nothing.
fn drawn(look: &Look<'_>, point: &Trend) -> Trend {
    let [issued, verified, used] = [point.issued, point.verified, point.used].map(|n| look.drawn(n));
    Trend { issued, verified, used, ..*point }
}

/// The line of verified stalls of one market, for the table of markets.
pub(in crate::web) fn spark(t: &'static Words, viewer: &Viewer, entries: &[Entry], cut_off: Day) -> String {
    let told = |n: i64| if is_few(viewer, n) { 0 } else { n };
    let values: Vec<i64> = Trend::of(entries, cut_off).iter().map(|point| told(point.verified)).collect();
    charts::spark(&t.figures.spark(values.first().copied().unwrap_or(0), values.last().copied().unwrap_or(0)), &values)
}

fn step_names(t: &'static Words) -> [&'static str; 7] {
    [
        t.figures.step_trading,
        t.figures.reached,
        t.figures.step_registered,
        t.figures.step_issued,
        t.figures.verified,
        t.figures.step_used,
        t.figures.step_kept,
    ]
}

fn funnel(look: &Look<'_>, kpis: &Kpis) -> String {
    let (t, values) = (look.t, kpis.funnel());
    let lost = |step: usize| {
        if step > 0 && values[step - 1] > values[step] && !is_few(look.viewer, values[step - 1] - values[step]) {
            format!("−{}", values[step - 1] - values[step])
        } else {
            String::new()
        }
    };
    let bar = |(step, label): (usize, &str)| Bar {
        label: label.to_owned(),
        n: look.drawn(values[step]),
        shown: look.count(values[step]),
        behind: lost(step),
    };
    let bars: Vec<Bar> = step_names(t).into_iter().enumerate().map(bar).collect();
    charts::bars("funnel", t.figures.funnel, &bars, values[0], true)
}

fn steps(look: &Look<'_>, kpis: &Kpis) -> Vec<Line> {
    let (t, values) = (look.t, kpis.funnel());
    let line = |(step, name): (usize, &str)| Line {
        name: name.to_owned(),
        cells: vec![look.count(values[step]), look.share(values[step], values[0])],
    };
    step_names(t).into_iter().enumerate().map(line).collect()
}

fn why(look: &Look<'_>, kpis: &Kpis) -> Vec<Bar> {
    let told = look.parts(&kpis.why_not);
    let bar = |((word, _), (shown, n)): (&(String, i64), (String, i64))| Bar {
        label: look.reason(word),
        n,
        shown,
        behind: String::new(),
    };
    kpis.why_not.iter().zip(told).map(bar).collect()
}

/// Every reason with how many have no code, refused, stopped for it, and its share of each.
fn reasons(look: &Look<'_>, kpis: &Kpis) -> Vec<Line> {
    let lists = [&kpis.why_not, &kpis.declined, &kpis.stopped];
    let told = lists.map(|list| look.parts(list));
    let sums = lists.map(|list| list.iter().map(|(_, n)| n).sum::<i64>());
    let mut lines = Vec::new();
    for reason in Reason::ALL {
        let at = |list: &[(String, i64)]| list.iter().position(|(word, _)| word == reason.as_str());
        if lists.iter().all(|list| at(list).is_none_or(|at| list[at].1 == 0)) {
            continue;
        }
        let cell = |kind: usize| {
            let Some((shown, n)) = at(lists[kind]).map(|at| &told[kind][at]) else { return "0".to_owned() };
            if *n == 0 { shown.clone() } else { format!("{shown} ({})", Ratio::new(*n, sums[kind]).share()) }
        };
        lines.push(Line { name: look.reason(reason.as_str()), cells: (0..lists.len()).map(cell).collect() });
    }
    lines
}

fn cohort_line(look: &Look<'_>, cohort: &Cohort) -> CohortLine {
    let t = look.t;
    let is_hidden = look.viewer.is_too_few(cohort.size);
    let cell = |[kept, lost, unchecked]: [i64; 3]| {
        let due = kept + lost + unchecked;
        if is_hidden || due == 0 {
            return ("h0", "–".to_owned(), if is_hidden { String::new() } else { t.figures.not_due.to_owned() });
        }
        let ratio = Ratio::new(kept, due);
        let class = match ratio.percent() {
            67.. => "h5",
            50.. => "h4",
            25.. => "h3",
            _ => "h2",
        };
        let class = if unchecked == due { "h0" } else { class };
        (class, ratio.share(), t.figures.cohort(kept, due, unchecked))
    };
    let mut month = cohort.month.split('-');
    let (year, number) = (month.next().unwrap_or_default(), month.next().unwrap_or_default());
    CohortLine {
        month: t.figures.month(number, year),
        size: look.count(cohort.size),
        cells: [cell(cohort.at_30), cell(cohort.at_90)],
    }
}

fn times(t: &'static Words, kpis: &Kpis) -> Vec<Line> {
    let line = |name: &str, value: Option<crate::domain::kpi::Halves>, unit: fn(&'static Words, String) -> String| Line {
        name: name.to_owned(),
        cells: vec![value.map_or_else(|| "–".to_owned(), |value| unit(t, value.to_string()))],
    };
    let (days, hours): (fn(&'static Words, String) -> String, fn(&'static Words, String) -> String) =
        (|t, n| t.figures.days(n), |t, n| t.figures.hours(n));
    vec![
        line(t.figures.to_issue, kpis.days_to_issue, days),
        line(t.figures.to_post, kpis.days_to_post, days),
        line(t.figures.to_resolve, kpis.resolve_hours, hours),
    ]
}

fn safety(look: &Look<'_>, kpis: &Kpis) -> Vec<Line> {
    let t = look.t;
    let ratio = kpis.safety();
    let rate = if ratio.all > 0 {
        format!("{} ({}/{})", (ratio.of * 1_000 + ratio.all / 2) / ratio.all, ratio.of, ratio.all)
    } else {
        "–".to_owned()
    };
    let rate = if look.viewer.is_too_few(ratio.of) && ratio.of > 0 { "–".to_owned() } else { rate };
    let mut lines = vec![
        Line { name: t.figures.scans.to_owned(), cells: vec![look.count(ratio.all)] },
        Line { name: t.figures.per_1000.to_owned(), cells: vec![rate] },
    ];
    let scans: Vec<(String, i64)> = kpis.scans.iter().map(|(word, n)| (word.clone(), *n)).collect();
    let line = |((word, _), (shown, _)): (&(String, i64), (String, i64))| Line {
        name: t.verdict.find(word).unwrap_or("").to_owned(),
        cells: vec![shown],
    };
    lines.extend(scans.iter().zip(look.parts(&scans)).map(line));
    lines
}

fn banks(look: &Look<'_>, kpis: &Kpis) -> Vec<Line> {
    let (primary, all): (i64, i64) = (kpis.bank_primary.iter().map(|(_, n)| n).sum(), kpis.bank_all.iter().map(|(_, n)| n).sum());
    let [told_primary, told_all] = [&kpis.bank_primary, &kpis.bank_all].map(|list| look.parts(list));
    let cell = |told: Option<&(String, i64)>, all: i64| match told {
        None => share_of(look, 0, all),
        Some((shown, 0)) => shown.clone(),
        Some((_, n)) => share_of(look, *n, all),
    };
    let primary_at = |bin: &str| kpis.bank_primary.iter().position(|(word, _)| word == bin).and_then(|at| told_primary.get(at));
    kpis.bank_all
        .iter()
        .zip(&told_all)
        .map(|((bin, _), told)| Line { name: look.bank(bin), cells: vec![cell(primary_at(bin), primary), cell(Some(told), all)] })
        .collect()
}

/// A part that is told, of a whole that is told: what is not this part are several others.
fn share_of(look: &Look<'_>, of: i64, all: i64) -> String {
    if is_few(look.viewer, all) { "–".to_owned() } else { format!("{} ({of}/{all})", Ratio::new(of, all).share()) }
}

fn shares(look: &Look<'_>, kpis: &Kpis) -> Vec<Line> {
    let all = kpis.share.values().sum::<i64>();
    // Fewer than five vendors' words are nobody's statistics, whoever looks.
    if all < 5 {
        return Vec::new();
    }
    use crate::domain::kpi::UseShare;
    let of = |share: UseShare| kpis.share.get(share.as_str()).copied().unwrap_or(0);
    UseShare::ALL
        .iter()
        .map(|word| Line {
            name: look.t.use_share.find(word.as_str()).unwrap_or("").to_owned(),
            cells: vec![look.share(of(*word), all)],
        })
        .collect()
}

fn volunteers(look: &Look<'_>, kpis: &Kpis, names: &dyn Fn(&str) -> String) -> Vec<Line> {
    if !look.viewer.may(Act::SeeStalls) {
        return Vec::new();
    }
    let line = |person: &crate::domain::kpi::Volunteer| Line {
        name: names(&person.staff_id),
        cells: vec![
            person.verified.to_string(),
            person.checked.to_string(),
            person.enrolled.to_string(),
            look.share(person.returned, person.enrolled),
            person.visited.to_string(),
            person.mismatches.to_string(),
        ],
    };
    kpis.volunteers.iter().take(30).map(line).collect()
}

fn groups(look: &Look<'_>, groups: &[Group], unnamed: &str) -> Vec<Line> {
    let mut sorted: Vec<&Group> = groups.iter().filter(|group| group.trading > 0).collect();
    sorted.sort_by_key(|group| -group.trading);
    let line = |group: &&Group| {
        let name = if group.name.is_empty() { unnamed.to_owned() } else { upper_first(&group.name) };
        let cell = |n: i64| if look.viewer.is_too_few(group.trading) { "–".to_owned() } else { look.share(n, group.trading) };
        Line { name, cells: vec![look.count(group.trading), cell(group.reached), cell(group.issued), cell(group.verified)] }
    };
    sorted.iter().take(40).map(line).collect()
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
