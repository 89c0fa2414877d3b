//! A phone that is bound to a member of staff.

use super::time::{DAY_MS, UnixMillis};

/// A phone stays bound for this long after its last call: a team that comes back next month needs no new code.
pub const BOUND_MS: i64 = 30 * DAY_MS;
/// A code that binds a phone works for this long: the lead holds it up, the volunteer scans it (security reference, M6).
pub const LINK_LASTS_MS: i64 = 10 * 60 * 1_000;

/// A name by which a person recognises a phone, from what its browser says of itself: `Chrome, Android`.
///
/// ```
/// use choqr::domain::device::label;
/// assert_eq!(label("Mozilla/5.0 (Linux; Android 13; SM-A125F) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"), "Chrome, Android SM-A125F");
/// assert_eq!(label(""), "?");
/// ```
#[must_use]
pub fn label(user_agent: &str) -> String {
    // The order matters: every browser also names those whose pages it wants to be served.
    const BROWSERS: &[(&str, &str)] = &[
        ("Zalo", "Zalo"),
        ("FBAN", "Facebook"),
        ("SamsungBrowser", "Samsung Internet"),
        ("EdgA", "Edge"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("coc_coc", "Cốc Cốc"),
        ("CriOS", "Chrome"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let first = |table: &[(&str, &'static str)]| table.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name);
    let system = first(SYSTEMS).map(|system| match model(user_agent).filter(|_| system == "Android") {
        Some(model) => format!("{system} {model}"),
        None => system.to_owned(),
    });
    match (first(BROWSERS), system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) => one.to_owned(),
        (None, Some(one)) => one,
        (None, None) => "?".to_owned(),
    }
}

/// The model that an Android browser names behind its version; newer browsers say `K` for all of them.
fn model(user_agent: &str) -> Option<&str> {
    let inside = user_agent.split_once('(')?.1.split_once(')')?.0;
    let model = inside.split(';').map(str::trim).nth(2)?;
    let is_name = model.len() > 1 && model.len() <= 24 && model.chars().all(|c| c.is_ascii_alphanumeric() || " -_".contains(c));
    is_name.then_some(model)
}

/// Whether a phone's time is over.
#[must_use]
pub const fn is_over(expires_at: UnixMillis, now: UnixMillis) -> bool {
    expires_at.0 <= now.0
}

/// What a phone's clock said when a record was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneClock {
    /// The clock itself, milliseconds.
    pub at: i64,
    /// By how much it was behind ours when the two last met; `None` when they had not.
    pub offset: Option<i64>,
}

/// When a record was really made, whatever the phone's clock said: never before the phone was bound, never in the future.
///
/// What the clock said then, put right by the offset known then, is believed when it lies within that span. Otherwise the
/// clock at sending tells how wrong it is; and a clock that was set in between leaves the nearer end of the span.
#[must_use]
pub fn moment(clock: PhoneClock, sent_at: i64, now: UnixMillis, bound_at: UnixMillis) -> UnixMillis {
    let (earliest, latest) = (bound_at.0.saturating_sub(DAY_MS).min(now.0), now.0);
    let known = clock.offset.map(|offset| clock.at.saturating_add(offset)).filter(|at| (earliest..=latest).contains(at));
    let guessed = || clock.at.saturating_add(now.0.saturating_sub(sent_at));
    UnixMillis(known.unwrap_or_else(guessed).clamp(earliest, latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_399_200_000);
    const BOUND: UnixMillis = UnixMillis(NOW.0 - 5 * DAY_MS);
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_record_is_of_the_hour_it_was_made_whatever_the_clock_says() {
        let year = 365 * DAY_MS;
        let made = NOW.0 - HOUR;
        for wrong in [0, year, -year, 30 * year, -30 * year] {
            let said = PhoneClock { at: made + wrong, offset: Some(-wrong) };
            assert_eq!(moment(said, NOW.0 + wrong, NOW, BOUND).0, made, "known to be wrong by {wrong}");
            let said = PhoneClock { at: made + wrong, offset: None };
            assert_eq!(moment(said, NOW.0 + wrong, NOW, BOUND).0, made, "never asked, wrong by {wrong}");
            // The battery ran out after the last contact, before the record: the offset is of no use any more.
            let said = PhoneClock { at: made + wrong, offset: Some(0) };
            assert_eq!(moment(said, NOW.0 + wrong, NOW, BOUND).0, made, "reset by {wrong}");
        }
    }

    #[test]
    fn no_record_is_older_than_its_phone_or_of_tomorrow() {
        for at in [i64::MIN, -1, 0, NOW.0, NOW.0 + 900 * DAY_MS, i64::MAX] {
            for sent in [i64::MIN, 0, NOW.0, i64::MAX] {
                for offset in [None, Some(i64::MIN), Some(0), Some(i64::MAX)] {
                    let at = moment(PhoneClock { at, offset }, sent, NOW, BOUND);
                    assert!(at >= BOUND.plus(-DAY_MS) && at <= NOW);
                }
            }
        }
    }

    #[test]
    fn a_phone_is_named_by_browser_and_system() {
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1";
        let zalo = "Mozilla/5.0 (Linux; Android 12; M2006C3LG Build/QP1A) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 Zalo android/2405";
        let reduced = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36";

        assert_eq!(label(safari), "Safari, iPhone");
        assert_eq!(label(zalo), "Zalo, Android");
        assert_eq!(label(reduced), "Chrome, Android");
        assert_eq!(label("curl/8.5"), "?");
    }
}
