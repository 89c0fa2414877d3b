//! How a status looks: glyph and word together, never colour alone. One place for every page.

use super::words::Words;
use crate::{
    domain::disclosure::{ENOUGH, is_few},
    domain::scope::Viewer,
    domain::stall::{CodeSafety, Need, Occupancy, Progress},
    store::stalls::Stall,
};

/// A status as a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The glyph's and the class's name.
    pub glyph: &'static str,
    /// The word.
    pub label: &'static str,
}

/// How far a stall is.
#[must_use]
pub fn progress(t: &'static Words, progress: Progress) -> Look {
    let glyph = match progress {
        Progress::NotReached => "chua",
        Progress::Postponed | Progress::AwaitingAccount | Progress::NeedsFix => "hen",
        Progress::Declined | Progress::Stopped => "tuchoi",
        Progress::InReview => "duyet",
        Progress::CodeIssued => "ma",
        Progress::Posted => "dan",
        Progress::InUse => "dung",
    };
    Look { glyph, label: t.progress.find(progress.as_str()).unwrap_or("") }
}

/// How safe a stall's code is.
#[must_use]
pub fn safety(t: &'static Words, safety: CodeSafety) -> Look {
    let glyph = match safety {
        CodeSafety::Mismatch => "lech",
        CodeSafety::Match | CodeSafety::OwnCode => "dan",
        CodeSafety::Damaged | CodeSafety::Changing => "hen",
        CodeSafety::Revoked => "tuchoi",
        CodeSafety::None => "chua",
    };
    Look { glyph, label: t.safety.find(safety.as_str()).unwrap_or("") }
}

/// Who keeps the place.
#[must_use]
pub fn occupancy(t: &'static Words, occupancy: Occupancy) -> Look {
    let glyph = if occupancy == Occupancy::Trading { "dan" } else { "trong" };
    Look { glyph, label: t.occupancy.find(occupancy.as_str()).unwrap_or("") }
}

/// What needs doing.
#[must_use]
pub fn need(t: &'static Words, need: Need) -> Look {
    let (glyph, label) = match need {
        Need::Unsafe => ("lech", t.market.need_unsafe),
        Need::Due => ("hen", t.market.need_due),
        Need::Unposted => ("ma", t.market.need_unposted),
        Need::Unconfirmed => ("duyet", t.market.need_unconfirmed),
        Need::Reported => ("hen", t.market.need_reported),
        Need::Resting => ("trong", t.market.need_resting),
    };
    Look { glyph, label }
}

/// The one status that stands for a stall where there is room for one: danger first, then an empty place, then progress.
#[must_use]
pub fn stall(t: &'static Words, stall: &Stall) -> Look {
    if stall.code_safety == CodeSafety::Mismatch {
        safety(t, CodeSafety::Mismatch)
    } else if stall.frozen {
        Look { glyph: "lech", label: t.safety.frozen }
    } else if stall.occupancy == Occupancy::Trading {
        progress(t, stall.progress)
    } else {
        occupancy(t, stall.occupancy)
    }
}

/// A ratio with its numerator and denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ratio {
    of: i64,
    all: i64,
    is_withheld: bool,
}

impl Ratio {
    /// So many of all of them.
    #[must_use]
    pub const fn new(of: i64, all: i64) -> Self {
        Self { of, all, is_withheld: false }
    }

    /// The same for somebody who may not learn of small groups: of neither part, nor of the rest of it.
    #[must_use]
    pub const fn told_to(self, viewer: &Viewer) -> Self {
        let is_small = is_few(viewer, self.of) || is_few(viewer, self.all - self.of) || is_few(viewer, self.all);
        Self { is_withheld: self.is_withheld || is_small, ..self }
    }

    /// The same, not told.
    #[must_use]
    pub const fn withheld_if(self, is_withheld: bool) -> Self {
        Self { is_withheld, ..self }
    }

    /// Above the line.
    #[must_use]
    pub const fn of(&self) -> i64 {
        self.of
    }

    /// Below it.
    #[must_use]
    pub const fn all(&self) -> i64 {
        self.all
    }

    /// Whether there is a share to show.
    #[must_use]
    pub const fn has_share(&self) -> bool {
        self.all > 0 && !self.is_withheld
    }

    /// Whole percent, rounded; 0 of nothing is 0, and of what is not told.
    #[must_use]
    pub const fn percent(&self) -> i64 {
        if self.has_share() { (self.of * 200 + self.all) / (2 * self.all) } else { 0 }
    }

    /// `63%`, as a page says it; of nothing there is no share.
    #[must_use]
    pub fn share(&self) -> String {
        if self.has_share() { format!("{}%", self.percent()) } else { "–".to_owned() }
    }

    /// What stands above the line, as far as it is told.
    #[must_use]
    pub fn count(&self) -> String {
        match self.of {
            of if !self.is_withheld => of.to_string(),
            of if of < ENOUGH => format!("< {ENOUGH}"),
            of if self.all - of < ENOUGH => format!("> {}", self.all - ENOUGH),
            _ => "–".to_owned(),
        }
    }

    /// What stands below it, as far as it is told.
    #[must_use]
    pub fn whole(&self) -> String {
        if self.is_withheld && self.all < ENOUGH { format!("< {ENOUGH}") } else { self.all.to_string() }
    }
}
