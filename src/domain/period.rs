//! A period of a report: week, month, quarter, half-year, year or any days, by the calendar or with the cut-offs of NĐ 09/2019.

use super::time::Day;

crate::word_enum!(
    /// How long a period is.
    PeriodKind {
        /// Monday to Sunday.
        Week = "week",
        /// A month.
        Month = "month",
        /// Three months.
        Quarter = "quarter",
        /// Six months.
        Half = "half",
        /// Twelve months.
        Year = "year",
        /// From one day to another.
        Dates = "dates",
    }
);

crate::word_enum!(
    /// Where periods are cut.
    Cut {
        /// By the calendar.
        Calendar = "calendar",
        /// NĐ 09/2019: from the 15th of the month before to the 14th of the last month.
        Decree = "nd09",
    }
);

/// Why a text is no period.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error(
    "expected 2026-11, 2026-Q4, 2026-H2, 2026, 2026-W47 or 2026-11-01..2026-11-30, with :nd09 behind it for the cut-offs of NĐ 09"
)]
pub struct PeriodError;

/// A period, its first and last day included.
///
/// ```
/// use choqr::domain::period::Period;
///
/// let period: Period = "2026-11:nd09".parse()?;
/// assert_eq!((period.from.to_string(), period.to.to_string()), ("2026-10-15".to_owned(), "2026-11-14".to_owned()));
/// assert_eq!(period.before().to_string(), "2026-10:nd09");
/// # Ok::<(), choqr::domain::period::PeriodError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// How long.
    pub kind: PeriodKind,
    /// Where it is cut.
    pub cut: Cut,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Period {
    /// The period of a kind in which a day lies.
    #[must_use]
    pub fn of(kind: PeriodKind, cut: Cut, day: Day) -> Self {
        // NĐ 09 closes on the 14th: from the 15th on a day belongs to the month that follows.
        let (year, month, date) = day.parts();
        let shifted = cut == Cut::Decree && date > 14 && !matches!(kind, PeriodKind::Week | PeriodKind::Dates);
        let (year, month) = if shifted { ahead(year, month, 1) } else { (year, month) };
        let span = months(kind);
        match kind {
            PeriodKind::Week => {
                let from = day.plus(-day.weekday());
                Self { kind, cut: Cut::Calendar, from, to: from.plus(6) }
            }
            PeriodKind::Dates => Self { kind, cut: Cut::Calendar, from: day, to: day },
            _ => Self::months(kind, cut, (year, (month - 1) / span * span + 1), day),
        }
    }

    /// The period that begins with a month.
    fn months(kind: PeriodKind, cut: Cut, (year, month): (i32, u8), fallback: Day) -> Self {
        let last = ahead(year, month, i32::from(months(kind)) - 1);
        let (from, to) = match cut {
            Cut::Calendar => (Day::of(year, month, 1), Day::of(last.0, last.1, 31)),
            Cut::Decree => {
                let first = ahead(year, month, -1);
                (Day::of(first.0, first.1, 15), Day::of(last.0, last.1, 14))
            }
        };
        Self { kind, cut, from: from.unwrap_or(fallback), to: to.unwrap_or(fallback) }
    }

    /// The period of the same kind before this one.
    #[must_use]
    pub fn before(&self) -> Self {
        match self.kind {
            PeriodKind::Dates => {
                let days = self.to.since(self.from) + 1;
                Self { from: self.from.plus(-days), to: self.from.plus(-1), ..*self }
            }
            kind => Self::of(kind, self.cut, self.from.plus(-1)),
        }
    }

    /// The period of the same kind after this one.
    #[must_use]
    pub fn after(&self) -> Self {
        match self.kind {
            PeriodKind::Dates => {
                let days = self.to.since(self.from) + 1;
                Self { from: self.to.plus(1), to: self.to.plus(days), ..*self }
            }
            kind => Self::of(kind, self.cut, self.to.plus(1)),
        }
    }

    /// The day at whose end the period's levels are read: its last one, or today while it lasts.
    #[must_use]
    pub fn cut_off(&self, today: Day) -> Day {
        self.to.min(today)
    }

    /// The month that names the period: its last one.
    #[must_use]
    pub fn month(&self) -> (i32, u8) {
        let (year, month, _) = self.to.parts();
        (year, month)
    }
}

/// How many months a kind spans.
const fn months(kind: PeriodKind) -> u8 {
    match kind {
        PeriodKind::Quarter => 3,
        PeriodKind::Half => 6,
        PeriodKind::Year => 12,
        PeriodKind::Week | PeriodKind::Month | PeriodKind::Dates => 1,
    }
}

/// A month so many months later.
fn ahead(year: i32, month: u8, by: i32) -> (i32, u8) {
    let count = year * 12 + i32::from(month) - 1 + by;
    (count.div_euclid(12), u8::try_from(count.rem_euclid(12)).unwrap_or(0) + 1)
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month) = self.month();
        match self.kind {
            PeriodKind::Week => {
                // The week of a year is that of its Thursday (ISO 8601).
                let thursday = self.from.plus(3);
                let first = Day::of(thursday.parts().0, 1, 1).unwrap_or(thursday);
                write!(f, "{}-W{:02}", thursday.parts().0, thursday.since(first) / 7 + 1)?;
            }
            PeriodKind::Month => write!(f, "{year}-{month:02}")?,
            PeriodKind::Quarter => write!(f, "{year}-Q{}", month.div_ceil(3))?,
            PeriodKind::Half => write!(f, "{year}-H{}", month.div_ceil(6))?,
            PeriodKind::Year => write!(f, "{year}")?,
            PeriodKind::Dates => write!(f, "{}..{}", self.from, self.to)?,
        }
        if self.cut == Cut::Decree { write!(f, ":nd09") } else { Ok(()) }
    }
}

impl std::str::FromStr for Period {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let (text, cut) = text.strip_suffix(":nd09").map_or((text, Cut::Calendar), |text| (text, Cut::Decree));
        if let Some((from, to)) = text.split_once("..") {
            let (from, to): (Day, Day) = (from.parse().map_err(|_| PeriodError)?, to.parse().map_err(|_| PeriodError)?);
            let is_sane = from <= to && to.since(from) < 3_700 && cut == Cut::Calendar;
            return if is_sane { Ok(Self { kind: PeriodKind::Dates, cut, from, to }) } else { Err(PeriodError) };
        }
        let (year, rest) = text.split_at_checked(4).ok_or(PeriodError)?;
        let year: i32 = year.bytes().all(|b| b.is_ascii_digit()).then(|| year.parse().ok()).flatten().ok_or(PeriodError)?;
        let number = |digits: &str, most: u8| {
            let is_plain = !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<u8>().ok().filter(|n| is_plain && (1..=most).contains(n)).ok_or(PeriodError)
        };
        let january = Day::of(year, 1, 1).ok_or(PeriodError)?;
        if rest.is_empty() {
            return Ok(Self::months(PeriodKind::Year, cut, (year, 1), january));
        }
        let rest = rest.strip_prefix('-').ok_or(PeriodError)?;
        match rest.as_bytes().first() {
            Some(b'Q') => Ok(Self::months(PeriodKind::Quarter, cut, (year, number(&rest[1..], 4)? * 3 - 2), january)),
            Some(b'H') => Ok(Self::months(PeriodKind::Half, cut, (year, number(&rest[1..], 2)? * 6 - 5), january)),
            Some(b'W') if cut == Cut::Calendar => {
                let fourth = Day::of(year, 1, 4).ok_or(PeriodError)?;
                let week = Self::of(PeriodKind::Week, cut, fourth.plus(7 * i64::from(number(&rest[1..], 53)? - 1)));
                if week.to_string() == text { Ok(week) } else { Err(PeriodError) }
            }
            _ => Ok(Self::months(PeriodKind::Month, cut, (year, number(rest, 12)?), january)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_the_days_of_the_calendar_or_of_the_decree() {
        for (text, from, to, before) in [
            ("2026-11", "2026-11-01", "2026-11-30", "2026-10"),
            ("2026-02", "2026-02-01", "2026-02-28", "2026-01"),
            ("2026-01:nd09", "2025-12-15", "2026-01-14", "2025-12:nd09"),
            ("2026-Q4", "2026-10-01", "2026-12-31", "2026-Q3"),
            ("2026-Q1:nd09", "2025-12-15", "2026-03-14", "2025-Q4:nd09"),
            ("2026-H1:nd09", "2025-12-15", "2026-06-14", "2025-H2:nd09"),
            ("2026:nd09", "2025-12-15", "2026-12-14", "2025:nd09"),
            ("2026", "2026-01-01", "2026-12-31", "2025"),
            ("2026-W01", "2025-12-29", "2026-01-04", "2025-W52"),
            ("2026-W53", "2026-12-28", "2027-01-03", "2026-W52"),
            ("2026-11-03..2026-11-12", "2026-11-03", "2026-11-12", "2026-10-24..2026-11-02"),
        ] {
            let period: Period = text.parse().unwrap_or_else(|_| panic!("{text}"));
            assert_eq!((period.from.to_string().as_str(), period.to.to_string().as_str()), (from, to), "{text}");
            assert_eq!(period.to_string(), text);
            assert_eq!(period.before().to_string(), before);
            assert_eq!(period.before().after(), period, "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "2026-13",
            "2026-Q5",
            "2026-W54",
            "2026-H3",
            "2026-11-31..2026-12-01",
            "2026-12-01..2026-11-01",
            "năm nay",
            "2026-1x",
        ] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text}");
        }
    }
}
