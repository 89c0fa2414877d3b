//! Which period a page is about: from the address, or the month that lasts.

use serde::Deserialize;

use crate::{
    domain::{
        period::{Cut, Period, PeriodKind},
        time::Day,
    },
    web::words::Words,
};

/// `?period=2026-11&compare=2026-10`, or `?from=…&to=…`.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct PeriodQuery {
    #[serde(default)]
    period: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    compare: String,
}

/// A period that can be chosen.
pub(in crate::web) struct Choice {
    pub(in crate::web) value: String,
    pub(in crate::web) label: String,
    pub(in crate::web) is_chosen: bool,
}

impl PeriodQuery {
    /// The period that is asked for; the calendar month of today where nothing sensible is. Any days count before a named period.
    pub(in crate::web) fn period(&self, today: Day) -> Period {
        let days = format!("{}..{}", self.from, self.to);
        let asked = days.parse().ok().or_else(|| self.period.parse().ok()).filter(|period: &Period| period.from <= today);
        asked.unwrap_or_else(|| Period::of(PeriodKind::Month, Cut::Calendar, today))
    }

    /// The period it is compared with; the one before where nothing else is asked for.
    pub(in crate::web) fn compared(&self, period: &Period) -> Period {
        self.compare.parse().unwrap_or_else(|_| period.before())
    }

    /// Whether the comparison was chosen by hand.
    pub(in crate::web) fn compare(&self) -> &str {
        &self.compare
    }
}

/// Every period that the page offers: those that last, and those before them.
pub(in crate::web) fn choices(t: &'static Words, chosen: &Period, today: Day) -> Vec<Choice> {
    let mut periods = Vec::new();
    for (kind, cut, count) in [
        (PeriodKind::Week, Cut::Calendar, 3),
        (PeriodKind::Month, Cut::Calendar, 6),
        (PeriodKind::Month, Cut::Decree, 4),
        (PeriodKind::Quarter, Cut::Calendar, 3),
        (PeriodKind::Quarter, Cut::Decree, 2),
        (PeriodKind::Half, Cut::Calendar, 2),
        (PeriodKind::Half, Cut::Decree, 2),
        (PeriodKind::Year, Cut::Calendar, 2),
        (PeriodKind::Year, Cut::Decree, 2),
    ] {
        let mut period = Period::of(kind, cut, today);
        for _ in 0..count {
            periods.push(period);
            period = period.before();
        }
    }
    if !periods.contains(chosen) {
        periods.push(*chosen);
    }
    let choice = |period: Period| Choice { value: period.to_string(), label: name(t, &period), is_chosen: period == *chosen };
    periods.into_iter().map(choice).collect()
}

/// A period in words: `Tháng 11/2026, kỳ NĐ 09`.
pub(in crate::web) fn name(t: &'static Words, period: &Period) -> String {
    let (year, month) = period.month();
    let text = match period.kind {
        PeriodKind::Week | PeriodKind::Dates => t.figures.from_to(period.from.to_people(), period.to.to_people()),
        PeriodKind::Month => t.figures.month(month, year),
        PeriodKind::Quarter => t.figures.quarter(month.div_ceil(3), year),
        PeriodKind::Half => t.figures.half(month.div_ceil(6), year),
        PeriodKind::Year => t.figures.year(year),
    };
    if period.cut == Cut::Decree { format!("{text}{}", t.figures.decree) } else { text }
}
