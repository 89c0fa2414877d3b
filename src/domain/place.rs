//! Provinces and communes, embedded with a snapshot date (assets/data; since 2025-07-01 there are two levels).

use std::{collections::HashMap, sync::LazyLock};

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

struct Places {
    provinces: Vec<Province>,
    wards: Vec<Ward>,
    ward_folds: Vec<String>,
    province_at: HashMap<String, usize>,
    ward_at: HashMap<String, usize>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let provinces: Vec<Province> = rows(include_str!("../../assets/data/provinces.csv"));
    let wards: Vec<Ward> = rows(include_str!("../../assets/data/wards.csv"));
    let province_at: HashMap<String, usize> = provinces.iter().enumerate().map(|(i, p)| (p.code.clone(), i)).collect();
    Places {
        ward_folds: wards
            .iter()
            .map(|w| {
                let province = province_at.get(&w.province_code).map_or("", |&i| provinces[i].name.as_str());
                crate::payment_code::fold::name_fold(&format!("{} {province}", w.full_name))
            })
            .collect(),
        ward_at: wards.iter().enumerate().map(|(i, w)| (w.code.clone(), i)).collect(),
        provinces,
        wards,
        province_at,
    }
});

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

/// Communes whose name, with that of their province, holds every word typed, with or without marks; at most `limit`.
#[must_use]
pub fn search(text: &str, limit: usize) -> Vec<&'static Ward> {
    let folded = crate::payment_code::fold::name_fold(text);
    let words: Vec<&str> = folded.split_whitespace().collect();
    if words.is_empty() {
        return Vec::new();
    }
    PLACES
        .wards
        .iter()
        .zip(&PLACES.ward_folds)
        .filter(|(ward, fold)| ward.code == folded || words.iter().all(|word| fold.contains(word)))
        .map(|(ward, _)| ward)
        .take(limit)
        .collect()
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
    fn a_ward_is_found_without_marks() {
        assert!(search("bac kan thai nguyen", 5).iter().any(|w| w.code == "01843"));
        assert_eq!(search("01843", 5)[0].with_province(), "Phường Bắc Kạn, Tỉnh Thái Nguyên");
    }
}
