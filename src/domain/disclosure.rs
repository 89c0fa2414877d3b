//! What is told of small groups to whoever compares places: fewer than five stalls would point at people, and so would what
//! is left when everything else is told.

use super::scope::Viewer;

/// Groups from this size on are told.
pub const ENOUGH: i64 = 5;

/// Whether the viewer may not learn that many: of a group, not of none.
#[must_use]
pub const fn is_few(viewer: &Viewer, n: i64) -> bool {
    n > 0 && viewer.is_too_few(n)
}

/// Which parts of a whole that is told are withheld: the small ones, and when that is only one, which the others would tell by
/// what is missing, the smallest of the others too.
#[must_use]
pub fn withheld(viewer: &Viewer, parts: &[i64]) -> Vec<bool> {
    let mut hidden: Vec<bool> = parts.iter().map(|n| is_few(viewer, *n)).collect();
    if hidden.iter().filter(|is_hidden| **is_hidden).count() == 1 {
        let smallest = (0..parts.len()).filter(|at| !hidden[*at] && parts[*at] > 0).min_by_key(|at| parts[*at]);
        if let Some(at) = smallest {
            hidden[at] = true;
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ids::StaffId, scope::Scope, staff::Role, time::UnixMillis};

    fn viewer(role: Role) -> Viewer {
        let staff_id = StaffId::generate(UnixMillis(0), [7; 10]);
        Viewer { staff_id, full_name: String::new(), role, scope: Scope::Province("19".to_owned()) }
    }

    #[test]
    fn a_small_part_is_not_told_and_nothing_tells_it_by_what_is_missing() {
        let province = viewer(Role::Province);
        assert_eq!(withheld(&province, &[40, 12, 7]), [false, false, false]);
        assert_eq!(withheld(&province, &[40, 12, 3]), [false, true, true], "40 of 55 and 12 would leave 3");
        assert_eq!(withheld(&province, &[40, 2, 3]), [false, true, true]);
        assert_eq!(withheld(&province, &[40, 0, 3, 9]), [false, false, true, true], "nobody is no group");
        assert_eq!(withheld(&province, &[3]), [true]);
        assert_eq!(withheld(&viewer(Role::WardOfficial), &[40, 12, 3]), [false, false, false], "the ward knows its own");
    }
}
