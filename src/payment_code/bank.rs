//! The bank directory: one data file with its snapshot date. A bank is known by its BIN; short codes clash.

use std::sync::LazyLock;

use super::bin::number_of;
pub use super::bin::{Bin, BinError};

/// The day on which the directory was compiled, as its data file says.
pub const SNAPSHOT: &str = "2026-11-23";

/// The one data file.
const DATA: &str = include_str!("../../assets/data/banks.csv");

/// A bank or wallet that takes part in `VietQR`.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
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
    /// The SWIFT code, where the bank has one.
    pub swift: String,
    /// `1` when it takes transfers by code, `0` when it only receives, `?` when no source says.
    #[serde(rename(deserialize = "vietqr_transfer_supported", serialize = "takes_transfers"), serialize_with = "flag")]
    pub transfer: String,
    /// How many digits its account numbers have, as `12`, `9-13` or `10|13`; empty when nobody knows. A rule of thumb.
    pub account_digits: String,
    /// The codes of the other system, in the style of the stock exchange, as `CTG`; `BVB` is one bank here and another there.
    #[serde(rename(deserialize = "ticker_code"), deserialize_with = "list")]
    pub ticker_codes: Vec<String>,
    /// The names it had before, which stickers, cards and people still carry.
    #[serde(deserialize_with = "list")]
    pub former_names: Vec<String>,
    /// What people write instead, as `ngoại thương`.
    #[serde(deserialize_with = "list")]
    pub aliases: Vec<String>,
}

impl Bank {
    /// A warning when a number of digits only has not as many of them as this bank's account numbers usually have: it
    /// was perhaps mistyped. Never a reason to refuse: banks sell numbers of any length, and names in place of numbers.
    ///
    /// ```
    /// let agribank = choqr::payment_code::bank::by_bin("970405").expect("in the directory");
    /// assert_eq!(agribank.unusual_length("3712205123456"), None);
    /// assert_eq!(agribank.unusual_length("371220512345"), Some("13"));
    /// ```
    #[must_use]
    pub fn unusual_length(&self, number: &str) -> Option<&str> {
        if self.account_digits.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let fits = |range: &str| {
            let (least, most) = range.split_once('-').unwrap_or((range, range));
            let bound = |text: &str| text.parse::<usize>().ok();
            bound(least).zip(bound(most)).is_some_and(|(least, most)| (least..=most).contains(&number.len()))
        };
        (!self.account_digits.split('|').any(fits)).then_some(self.account_digits.as_str())
    }
}

/// `1` and `0` as true and false, anything else as null.
fn flag<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&(text != "?").then_some(text == "1"), serializer)
}

/// A field that holds a list, separated by `|`.
fn list<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Vec<String>, D::Error> {
    let text: String = serde::Deserialize::deserialize(field)?;
    Ok(text.split('|').filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

/// Where a BIN stands in the directory: open addressing over twice as many places as banks, so that a look-up compares
/// one or two numbers. Reading a code looks one up every time.
struct Directory {
    banks: Vec<Bank>,
    places: Vec<(u32, u16)>,
}

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
    let banks: Vec<Bank> = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(DATA.as_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_whole() {
        assert_eq!(all().len(), 72);
        assert!(all().iter().all(|bank| bank.bin.parse::<Bin>().is_ok()));
    }

    #[test]
    fn the_data_file_says_its_day() {
        assert!(DATA.starts_with('#') && DATA.lines().next().is_some_and(|line| line.contains(SNAPSHOT)));
    }

    #[test]
    fn a_length_warns_only_where_it_is_known_and_digits_are_meant() {
        let bank = |bin| by_bin(bin).expect("in the directory");
        for (bin, number, warning) in [
            ("970436", "1012345678", None),
            ("970436", "0123456789012", None),
            ("970436", "10123456789", Some("10|13")),
            ("970422", "123456789", None),
            ("970422", "12345678", Some("9-13")),
            ("970418", "V3CAS00012345", None),
            ("970416", "12", None),
        ] {
            assert_eq!(bank(bin).unusual_length(number), warning, "{bin} {number}");
        }
    }
}
