//! Moments and days. Moments are milliseconds UTC; days are those of Asia/Ho_Chi_Minh, which has been UTC+7 without
//! daylight saving since 1975.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// One day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;
const VIETNAM: UtcOffset = match UtcOffset::from_hms(7, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// A text that is not an RFC 3339 moment.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a moment: expected RFC 3339 with an offset, as in 2026-11-20T08:15:00+07:00")]
pub struct MomentError;

/// A text that is not a day.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a day: expected year-month-day, as in 2026-11-23")]
pub struct DayError;

impl UnixMillis {
    /// Reads an RFC 3339 moment with its offset.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| MomentError)?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map(Self).map_err(|_| MomentError)
    }

    /// The moment `millis` later (earlier when negative).
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The Vietnamese day on which this moment falls.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.local().date())
    }

    /// The moment on a Vietnamese clock.
    #[must_use]
    pub fn local(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(VIETNAM)
    }

    /// `08:15 23/11/2026`, as people write it.
    #[must_use]
    pub fn to_people(self) -> String {
        let t = self.local();
        format!("{:02}:{:02} {:02}/{:02}/{}", t.hour(), t.minute(), t.day(), u8::from(t.month()), t.year())
    }

    /// `2026-11-23T08:15:00+07:00`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let t = self.local();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+07:00",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }
}

/// A day in Vietnam, stored as `2026-11-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(time::Date);

impl Day {
    /// `23/11/2026`.
    #[must_use]
    pub fn to_people(self) -> String {
        format!("{:02}/{:02}/{}", self.0.day(), u8::from(self.0.month()), self.0.year())
    }

    /// `11/2026`, the month printed on a sticker.
    #[must_use]
    pub fn month_to_people(self) -> String {
        format!("{:02}/{}", u8::from(self.0.month()), self.0.year())
    }

    /// The moment at which the day begins in Vietnam.
    #[must_use]
    pub fn starts_at(self) -> UnixMillis {
        UnixMillis(self.0.midnight().assume_offset(VIETNAM).unix_timestamp() * 1_000)
    }

    /// The next day.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.next_day().unwrap_or(self.0))
    }

    /// The last millisecond of the day in Vietnam: when its figures are closed.
    #[must_use]
    pub fn ends_at(self) -> UnixMillis {
        self.starts_at().plus(DAY_MS - 1)
    }

    /// The day `days` later (earlier when negative).
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.checked_add(time::Duration::days(days)).unwrap_or(self.0))
    }

    /// How many days lie between an earlier day and this one.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).whole_days()
    }

    /// The day of the same number, month and year in parts: year, month, day of the month.
    #[must_use]
    pub fn parts(self) -> (i32, u8, u8) {
        (self.0.year(), u8::from(self.0.month()), self.0.day())
    }

    /// The day with these parts; a day of the month beyond the month's end becomes its last one.
    #[must_use]
    pub fn of(year: i32, month: u8, day: u8) -> Option<Self> {
        let month = time::Month::try_from(month).ok()?;
        time::Date::from_calendar_date(year, month, day.clamp(1, month.length(year))).ok().map(Self)
    }

    /// Monday is 0.
    #[must_use]
    pub fn weekday(self) -> i64 {
        i64::from(self.0.weekday().number_days_from_monday())
    }

    /// The last day of the month.
    #[must_use]
    pub fn month_end(self) -> Self {
        let (year, month, _) = self.parts();
        Self::of(year, month, 31).unwrap_or(self)
    }

    /// `2026-11`, by which months sort.
    #[must_use]
    pub fn month_key(self) -> String {
        format!("{:04}-{:02}", self.0.year(), u8::from(self.0.month()))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl std::str::FromStr for Day {
    type Err = DayError;
    fn from_str(text: &str) -> Result<Self, DayError> {
        let mut parts = text.splitn(3, '-');
        let mut number = |digits: usize| {
            parts
                .next()
                .filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|p| p.parse::<u16>().ok())
        };
        let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else {
            return Err(DayError);
        };
        let month = u8::try_from(month).ok().and_then(|m| time::Month::try_from(m).ok()).ok_or(DayError)?;
        let day = u8::try_from(day).map_err(|_| DayError)?;
        time::Date::from_calendar_date(i32::from(year), month, day).map(Self).map_err(|_| DayError)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_vietnam() {
        let late = UnixMillis::parse("2026-11-22T17:00:00Z").unwrap();

        assert_eq!(late.day().to_string(), "2026-11-23");
        assert_eq!(late.day().starts_at(), late);
        assert_eq!(late.plus(-1).day().to_string(), "2026-11-22");
        assert_eq!(late.to_rfc3339(), "2026-11-23T00:00:00+07:00");
    }

    #[test]
    fn an_impossible_day_is_refused() {
        for text in ["2026-02-30", "2026-2-3", "23/11/2026", "", "2026-13-01"] {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text}");
        }
    }
}
