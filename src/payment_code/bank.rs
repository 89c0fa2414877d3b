//! The bank directory: one data file with its snapshot date. A bank is known by its BIN; short codes clash.

use std::sync::LazyLock;

pub use super::bin::{Bin, BinError};
use super::{bin::number_of, fold};

/// The day on which the directory was compiled.
pub const SNAPSHOT: &str = "2026-11-23";

/// A bank or wallet that takes part in `VietQR`.
#[derive(Debug, serde::Deserialize)]
pub struct Bank {
    /// Six digits.
    pub bin: String,
    /// The NAPAS short code, as `VCB`; it clashes with other lists, so it is only a search term.
    pub code: String,
    /// The name people know, as `Vietcombank`.
    pub short_name: String,
    /// The full Vietnamese name.
    pub vietnamese_name: String,
    /// The full English name.
    pub english_name: String,
    /// `bank`, `wallet`, …
    pub kind: String,
    /// `1` when it takes transfers by code, `0` when not, `?` when no source says.
    #[serde(rename = "vietqr_transfer_supported")]
    pub transfer: String,
}

/// Where a BIN stands in the directory: open addressing over twice as many places as banks, so that a look-up compares
/// one or two numbers. Reading a code looks one up every time.
struct Directory {
    banks: Vec<Bank>,
    places: Vec<(u32, u16)>,
}

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
    let banks: Vec<Bank> = csv::Reader::from_reader(include_str!("../../assets/data/banks.csv").as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the embedded directory is checked by a test");
    let mut places = vec![(0, 0); (banks.len() * 4).next_power_of_two()];
    for (index, bank) in banks.iter().enumerate() {
        let number = number_of(bank.bin.as_bytes()).expect("the embedded directory is checked by a test");
        let mut place = place_of(number, places.len());
        while places[place].0 != 0 {
            place = (place + 1) % places.len();
        }
        places[place] = (number, index as u16);
    }
    Directory { banks, places }
});

#[inline]
fn place_of(number: u32, places: usize) -> usize {
    // Fibonacci hashing: neighbouring BINs land far apart.
    (number.wrapping_mul(0x9E37_79B9) >> 16) as usize & (places - 1)
}

/// The bank with a BIN, given as a number.
#[must_use]
#[inline]
pub fn by_number(number: u32) -> Option<&'static Bank> {
    let directory = &*DIRECTORY;
    let mut place = place_of(number, directory.places.len());
    loop {
        match *directory.places.get(place)? {
            (0, _) => return None,
            (there, index) if there == number => return directory.banks.get(usize::from(index)),
            _ => place = (place + 1) & (directory.places.len() - 1),
        }
    }
}

/// The bank with a BIN.
#[must_use]
pub fn by_bin(bin: &str) -> Option<&'static Bank> {
    by_number(number_of(bin.as_bytes())?)
}

/// Every bank, in the order of the file.
#[must_use]
pub fn all() -> &'static [Bank] {
    &DIRECTORY.banks
}

/// The name to show for a BIN: the short name, or the BIN itself when the directory does not know it.
#[must_use]
pub fn name_of(bin: &str) -> &str {
    by_bin(bin).map_or(bin, |bank| bank.short_name.as_str())
}

/// Banks that a text may mean: by BIN, by short code, by name, with or without marks and spaces. One hit is an answer,
/// several are candidates to ask about.
#[must_use]
pub fn search(text: &str) -> Vec<&'static Bank> {
    let key = |text: &str| fold::name_fold(text).replace([' ', '-', '.'], "");
    let wanted = key(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    if let Some(bank) = by_bin(&wanted) {
        return vec![bank];
    }
    let exact: Vec<&Bank> =
        all().iter().filter(|bank| [&bank.code, &bank.short_name].into_iter().any(|name| key(name) == wanted)).collect();
    if !exact.is_empty() {
        return exact;
    }
    all()
        .iter()
        .filter(|bank| {
            [&bank.short_name, &bank.vietnamese_name, &bank.english_name].into_iter().any(|name| key(name).contains(&wanted))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_whole() {
        assert_eq!(all().len(), 72);
        assert!(all().iter().all(|bank| bank.bin.parse::<Bin>().is_ok()));
    }

    #[test]
    fn a_bank_is_found_as_people_write_it() {
        for (text, bin) in [
            ("vcb", "970436"),
            ("Vietcombank", "970436"),
            ("viet com bank", "970436"),
            ("970422", "970422"),
            ("TPbank", "970423"),
        ] {
            assert_eq!(search(text).first().map(|bank| bank.bin.as_str()), Some(bin), "{text}");
        }
    }
}
