//! Provinces and communes, embedded with a snapshot date (assets/data; since 2025-07-01 there are two levels), and the communes of
//! before, which lists from the field still name.

mod find;

use std::{collections::HashMap, sync::LazyLock};

pub use find::{Hit, find};

/// The day on which the embedded tables were read.
pub const SNAPSHOT: &str = "2026-11-23";

/// A province or a city under the centre.
#[derive(Debug, serde::Deserialize)]
pub struct Province {
    /// Two digits.
    pub code: String,
    /// Bare name, as in `Thái Nguyên`.
    pub name: String,
    /// Name with its kind, as in `Tỉnh Thái Nguyên`.
    pub full_name: String,
}

/// A commune, ward or special zone.
#[derive(Debug, serde::Deserialize)]
pub struct Ward {
    /// Five digits.
    pub code: String,
    /// Bare name.
    pub name: String,
    /// Name with its kind, as in `Phường Bắc Kạn`.
    pub full_name: String,
    /// The province it belongs to.
    pub province_code: String,
}

/// A commune of before July 2025, and the one or several that its land belongs to now.
#[derive(Debug)]
pub struct FormerWard {
    /// Five digits, some of them another commune's code today; empty for an island without communes.
    pub code: String,
    /// Name with its kind.
    pub full_name: String,
    /// The district it belonged to, with its kind.
    pub district: String,
    /// The province it belonged to, with its kind.
    pub province: String,
    /// Codes of today, the likeliest first: more than one when it was split.
    pub now: Vec<String>,
}

/// A row of the table of former communes: one for each commune of today that has a part of it.
#[derive(serde::Deserialize)]
struct FormerRow {
    legacy_code: String,
    legacy_full_name: String,
    legacy_district: String,
    legacy_province: String,
    new_code: String,
    is_default: u8,
}

struct Places {
    provinces: Vec<Province>,
    wards: Vec<Ward>,
    former: Vec<FormerWard>,
    former_at: HashMap<String, usize>,
    province_at: HashMap<String, usize>,
    ward_at: HashMap<String, usize>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let provinces: Vec<Province> = rows(include_str!("../../assets/data/provinces.csv"));
    let wards: Vec<Ward> = rows(include_str!("../../assets/data/wards.csv"));
    let province_at: HashMap<String, usize> = provinces.iter().enumerate().map(|(i, p)| (p.code.clone(), i)).collect();
    let former = former(rows(include_str!("../../assets/data/wards_legacy.csv")));
    Places {
        ward_at: wards.iter().enumerate().map(|(i, w)| (w.code.clone(), i)).collect(),
        former_at: former.iter().enumerate().filter(|(_, w)| !w.code.is_empty()).map(|(i, w)| (w.code.clone(), i)).collect(),
        provinces,
        wards,
        former,
        province_at,
    }
});

/// One former commune for the rows of one code, which stand together.
fn former(rows: Vec<FormerRow>) -> Vec<FormerWard> {
    let mut all: Vec<FormerWard> = Vec::new();
    for row in rows {
        // Five islands were districts without communes, and have no code of one.
        let full_name = if row.legacy_full_name.is_empty() { row.legacy_district.clone() } else { row.legacy_full_name };
        match all.last_mut().filter(|last| last.code == row.legacy_code && last.full_name == full_name) {
            Some(last) if row.is_default == 1 => last.now.insert(0, row.new_code),
            Some(last) => last.now.push(row.new_code),
            None => all.push(FormerWard {
                code: row.legacy_code,
                full_name,
                district: row.legacy_district,
                province: row.legacy_province,
                now: vec![row.new_code],
            }),
        }
    }
    all
}

fn rows<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the embedded tables are checked by a test")
}

/// The province with this code.
#[must_use]
pub fn province(code: &str) -> Option<&'static Province> {
    PLACES.province_at.get(code).map(|&i| &PLACES.provinces[i])
}

/// The commune with this code.
#[must_use]
pub fn ward(code: &str) -> Option<&'static Ward> {
    PLACES.ward_at.get(code).map(|&i| &PLACES.wards[i])
}

/// All provinces in the order of their codes.
#[must_use]
pub fn provinces() -> &'static [Province] {
    &PLACES.provinces
}

/// The communes of a province.
pub fn wards_of(province_code: &str) -> impl Iterator<Item = &'static Ward> {
    PLACES.wards.iter().filter(move |w| w.province_code == province_code)
}

/// The commune of before July 2025 with this code.
#[must_use]
pub fn former_ward(code: &str) -> Option<&'static FormerWard> {
    PLACES.former_at.get(code).map(|&i| &PLACES.former[i])
}

/// Communes that a typed text may mean, the likeliest first; at most `limit`. A former name leads to what it became.
#[must_use]
pub fn search(text: &str, limit: usize) -> Vec<&'static Ward> {
    let mut wards = Vec::new();
    for hit in find(text) {
        if !wards.iter().any(|ward: &&Ward| ward.code == hit.ward.code) {
            wards.push(hit.ward);
        }
        if wards.len() == limit {
            break;
        }
    }
    wards
}

impl Ward {
    /// `Phường Bắc Kạn, Tỉnh Thái Nguyên`: 241 names repeat across provinces, so the province is always said.
    #[must_use]
    pub fn with_province(&self) -> String {
        match province(&self.province_code) {
            Some(province) => format!("{}, {}", self.full_name, province.full_name),
            None => self.full_name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_tables_are_whole() {
        assert_eq!(provinces().len(), 34);
        assert_eq!(PLACES.wards.len(), 3_321);
        assert!(PLACES.wards.iter().all(|w| province(&w.province_code).is_some()));
    }

    #[test]
    fn every_former_commune_leads_somewhere() {
        assert_eq!(PLACES.former.len(), 10_040);
        assert_eq!(PLACES.former_at.len() + 5, PLACES.former.len(), "the rows of one code stand together");
        assert!(PLACES.former.iter().all(|before| before.now.iter().all(|code| ward(code).is_some())));
    }
}
