//! Provinces and communes, embedded with a snapshot date (assets/data; since 2025-07-01 there are two levels), and the communes of
//! before, which lists from the field still name. An installation may bring newer tables: kinds and names change between releases.

mod find;

use std::{
    collections::{HashMap, HashSet},
    sync::{LazyLock, Mutex, PoisonError},
};

pub use find::{Hit, find};

/// The day on which the embedded tables were read.
const EMBEDDED_ON: &str = "2026-11-23";

/// The three tables as CSV, with the day on which they were read.
#[derive(Debug, Clone)]
pub struct Tables {
    /// `code,name,kind,full_name`.
    pub provinces: String,
    /// `code,name,kind,full_name,province_code`.
    pub wards: String,
    /// The communes of before July 2025 and what became of them.
    pub former: String,
    /// As `2026-11-23`.
    pub read_on: super::time::Day,
}

/// Why tables were refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TablesError {
    /// A table is no CSV with the columns it must have.
    #[error("{0}: {1}")]
    Unreadable(&'static str, String),
    /// A row that cannot be right.
    #[error("{0}: {1}")]
    Wrong(&'static str, String),
}

/// Tables that are used in place of the embedded ones, until they are first asked for.
static BROUGHT: Mutex<Option<Places>> = Mutex::new(None);

/// Uses other tables from now on; they must be given before anything is looked up, and each is checked.
pub fn bring(tables: &Tables) -> Result<(), TablesError> {
    let places = read(tables)?;
    *BROUGHT.lock().unwrap_or_else(PoisonError::into_inner) = Some(places);
    Ok(())
}

/// Checks tables without using them; gives how many provinces, communes and former communes they have.
pub fn check(tables: &Tables) -> Result<(usize, usize, usize), TablesError> {
    read(tables).map(|places| (places.provinces.len(), places.wards.len(), places.former.len()))
}

/// Whether tables have a commune of that code.
pub fn has_ward(tables: &Tables, code: &str) -> Result<bool, TablesError> {
    read(tables).map(|places| places.ward_at.contains_key(code))
}

/// The day on which the tables in use were read.
#[must_use]
pub fn snapshot() -> &'static str {
    &PLACES.read_on
}

fn read(tables: &Tables) -> Result<Places, TablesError> {
    let places = Places::of(
        table("provinces.csv", &tables.provinces)?,
        table("wards.csv", &tables.wards)?,
        former(table("wards_legacy.csv", &tables.former)?),
        tables.read_on.to_string(),
    );
    let wrong = |name, what: String| Err(TablesError::Wrong(name, what));
    let is_code = |code: &str, length| code.len() == length && code.bytes().all(|byte| byte.is_ascii_digit());
    let mut seen = HashSet::new();
    for province in &places.provinces {
        if !is_code(&province.code, 2) || province.name.is_empty() || !seen.insert(province.code.as_str()) {
            return wrong(
                "provinces.csv",
                format!("{} {}: a code of two digits, once, and a name", province.code, province.full_name),
            );
        }
    }
    let mut seen = HashSet::new();
    for ward in &places.wards {
        if !is_code(&ward.code, 5) || ward.name.is_empty() || !seen.insert(ward.code.as_str()) {
            return wrong("wards.csv", format!("{} {}: a code of five digits, once, and a name", ward.code, ward.full_name));
        }
        if !places.province_at.contains_key(&ward.province_code) {
            return wrong("wards.csv", format!("{} {}: there is no province {}", ward.code, ward.full_name, ward.province_code));
        }
    }
    for before in &places.former {
        if let Some(code) = before.now.iter().find(|code| !places.ward_at.contains_key(code.as_str())) {
            return wrong("wards_legacy.csv", format!("{} {}: there is no commune {code}", before.code, before.full_name));
        }
    }
    if places.wards.is_empty() || places.former.is_empty() { wrong("wards.csv", "no rows".to_owned()) } else { Ok(places) }
}

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
    read_on: String,
}

impl Places {
    fn of(provinces: Vec<Province>, wards: Vec<Ward>, former: Vec<FormerWard>, read_on: String) -> Self {
        Self {
            province_at: provinces.iter().enumerate().map(|(i, p)| (p.code.clone(), i)).collect(),
            ward_at: wards.iter().enumerate().map(|(i, w)| (w.code.clone(), i)).collect(),
            former_at: former.iter().enumerate().filter(|(_, w)| !w.code.is_empty()).map(|(i, w)| (w.code.clone(), i)).collect(),
            provinces,
            wards,
            former,
            read_on,
        }
    }

    fn embedded() -> Self {
        let whole = "the embedded tables are checked by a test";
        Self::of(
            table("provinces.csv", include_str!("../../assets/data/provinces.csv")).expect(whole),
            table("wards.csv", include_str!("../../assets/data/wards.csv")).expect(whole),
            former(table("wards_legacy.csv", include_str!("../../assets/data/wards_legacy.csv")).expect(whole)),
            EMBEDDED_ON.to_owned(),
        )
    }
}

static PLACES: LazyLock<Places> =
    LazyLock::new(|| BROUGHT.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(Places::embedded));

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

fn table<T: serde::de::DeserializeOwned>(name: &'static str, text: &str) -> Result<Vec<T>, TablesError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| TablesError::Unreadable(name, error.to_string()))
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
    fn other_tables_are_refused_where_they_cannot_be_right() {
        let tables = |provinces: &str, wards: &str, former: &str| Tables {
            provinces: format!("code,name,kind,full_name\n{provinces}\n"),
            wards: format!("code,name,kind,full_name,province_code\n{wards}\n"),
            former: format!("legacy_code,legacy_full_name,legacy_district,legacy_province,new_code,is_default\n{former}\n"),
            read_on: "2027-01-01".parse().expect("a day"),
        };
        let province = "19,Thái Nguyên,tinh,Tỉnh Thái Nguyên";
        let ward = "01843,Bắc Kạn,phuong,Phường Bắc Kạn,19";
        let former = "01837,Phường Sông Cầu,Thành phố Bắc Kạn,Tỉnh Bắc Kạn,01843,1";
        assert_eq!(check(&tables(province, ward, former)), Ok((1, 1, 1)));
        for (what, wrong) in [
            ("no province", tables(province, "01843,Bắc Kạn,phuong,Phường Bắc Kạn,20", former)),
            ("a code of four digits", tables(province, "1843,Bắc Kạn,phuong,Phường Bắc Kạn,19", former)),
            ("a code twice", tables(province, &format!("{ward}\n{ward}"), former)),
            ("leads nowhere", tables(province, ward, "01837,Phường Sông Cầu,Thành phố Bắc Kạn,Tỉnh Bắc Kạn,09999,1")),
            ("another table", tables(province, "a,b", former)),
        ] {
            assert!(check(&wrong).is_err(), "{what}");
        }
    }

    #[test]
    fn every_former_commune_leads_somewhere() {
        assert_eq!(PLACES.former.len(), 10_040);
        assert_eq!(PLACES.former_at.len() + 5, PLACES.former.len(), "the rows of one code stand together");
        assert!(PLACES.former.iter().all(|before| before.now.iter().all(|code| ward(code).is_some())));
    }
}
