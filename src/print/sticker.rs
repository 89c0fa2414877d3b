//! What one sticker shows, and the same made ready to be drawn.

use super::PrintError;
use super::symbol::{Ec, Symbol};
use super::text::{clean, unmarked};
use super::words::Words;

/// One vendor's sticker. Texts may be typed in any normal form.
#[derive(Debug, Clone, Default)]
pub struct Sticker {
    /// The serial people read, as in `VH-0123-7`; a card for one vendor may have none.
    pub serial: Option<String>,
    /// The stall's code, as in `A1-04`.
    pub stall: String,
    /// The market's name.
    pub market: String,
    /// The vendor's name, with marks.
    pub vendor_name: String,
    /// The account holder's name, as a bank app will show it.
    pub payee_name: String,
    /// What is sold there.
    pub trade: String,
    /// The bank's or wallet's name.
    pub bank: String,
    /// The last digits of the account, never more than four.
    pub last_digits: String,
    /// The text of the payment code.
    pub payload: String,
    /// The month of issue, as in `11/2026`.
    pub issued: String,
    /// The link behind the small second code, on which anyone can check this sticker.
    pub check_url: Option<String>,
}

/// A sticker's texts cleaned and its names decided.
pub(crate) struct Ready<'a> {
    pub(crate) serial: Option<String>,
    pub(crate) stall: String,
    pub(crate) market: String,
    pub(crate) trade: String,
    /// The name in large letters: the payee's, with marks where they are known.
    pub(crate) large_name: String,
    /// The payee as a bank app shows it, unless the large name already is that.
    pub(crate) bare_name: Option<String>,
    /// The keeper of the stall, when the account is someone else's.
    pub(crate) owner: Option<String>,
    pub(crate) bank: String,
    pub(crate) last_digits: String,
    pub(crate) issued: String,
    pub(crate) payload: &'a str,
    pub(crate) check_url: Option<&'a str>,
}

impl<'a> Ready<'a> {
    pub(crate) fn new(sticker: &'a Sticker) -> Self {
        let vendor = clean(&sticker.vendor_name);
        let payee = clean(&sticker.payee_name);
        let bare = unmarked(if payee.is_empty() { &vendor } else { &payee });
        let same = bare == unmarked(&vendor);
        let large_name = if same { vendor.clone() } else { payee };
        let digits: Vec<char> = sticker.last_digits.chars().filter(char::is_ascii_digit).collect();
        Self {
            serial: sticker.serial.as_deref().map(clean).filter(|serial| !serial.is_empty()),
            stall: clean(&sticker.stall),
            market: clean(&sticker.market),
            trade: clean(&sticker.trade),
            bare_name: (bare != large_name).then_some(bare),
            large_name,
            owner: (!same && !vendor.is_empty()).then_some(vendor),
            bank: clean(&sticker.bank),
            // Whatever a caller passes, a whole account number is never printed.
            last_digits: digits[digits.len().saturating_sub(4)..].iter().collect(),
            issued: clean(&sticker.issued),
            payload: &sticker.payload,
            check_url: sticker.check_url.as_deref(),
        }
    }

    /// The stall with its word before it, or nothing where there is none.
    pub(crate) fn named_stall(&self, words: &Words) -> String {
        if self.stall.is_empty() { String::new() } else { format!("{} {}", words.stall, self.stall) }
    }

    /// Market and trade on one line, whichever of them are known; where the line breaks, the dot stays above.
    pub(crate) fn place(&self) -> String {
        joined(&[&self.market, &self.trade]).replace(" · ", "\u{a0}· ")
    }
}

/// Joins what is not empty with middle dots.
pub(crate) fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ")
}

/// A module that phones read from an arm's length and more: level M at 46 mm, version 6.
const WIDE_MODULE: f64 = 1.12;

/// The narrowest module that common printers and phones manage: four dots at 300 dpi.
const NARROWEST_MODULE: f64 = 0.33;

/// A symbol placed in a square of this side, quiet zone included: the module's width follows from the square, so the
/// quiet zone can be neither forgotten nor cut.
pub(crate) struct Placed {
    pub(crate) symbol: Symbol,
    pub(crate) module: f64,
}

impl Placed {
    /// A payment code. On a large piece level Q still leaves modules as wide as those of M at 46 mm; below, M reads
    /// better from afar.
    pub(crate) fn payment(payload: &str, square: f64) -> Result<Self, PrintError> {
        if square >= 60.0 {
            let placed = Self::at(payload, Ec::Q, square)?;
            if placed.module >= WIDE_MODULE {
                return Ok(placed);
            }
        }
        Self::at(payload, Ec::M, square)?.checked()
    }

    /// A link, at the level that still leaves modules wide enough.
    pub(crate) fn link(url: &str, square: f64) -> Result<Self, PrintError> {
        Self::at(url, Ec::M, square)?.checked().or_else(|_| Self::at(url, Ec::L, square)?.checked())
    }

    fn at(text: &str, ec: Ec, square: f64) -> Result<Self, PrintError> {
        let symbol = Symbol::encode(text, ec)?;
        Ok(Self { module: square / f64::from(symbol.modules_with_quiet_zone()), symbol })
    }

    fn checked(self) -> Result<Self, PrintError> {
        if self.module < NARROWEST_MODULE {
            return Err(PrintError::CodeTooFine { module_mm: self.module });
        }
        Ok(self)
    }

    /// The side of the symbol itself.
    pub(crate) fn side(&self) -> f64 {
        self.module * f64::from(self.symbol.modules_with_quiet_zone() - 8)
    }

    /// The quiet zone's width.
    pub(crate) fn quiet(&self) -> f64 {
        self.module * 4.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(vendor: &str, payee: &str) -> (String, Option<String>, Option<String>) {
        let sticker = Sticker { vendor_name: vendor.to_owned(), payee_name: payee.to_owned(), ..Sticker::default() };
        let ready = Ready::new(&sticker);
        (ready.large_name, ready.bare_name, ready.owner)
    }

    #[test]
    fn the_large_name_is_the_payees_with_marks_where_they_are_known() {
        assert_eq!(ready("Nông Thị Anh", "NONG THI ANH"), ("Nông Thị Anh".into(), Some("NONG THI ANH".into()), None));
        assert_eq!(ready("Nông Thị Anh", "TRAN VAN BINH"), ("TRAN VAN BINH".into(), None, Some("Nông Thị Anh".into())));
        assert_eq!(
            ready("Nông Thị Anh", "Trần Văn Bình"),
            ("Trần Văn Bình".into(), Some("TRAN VAN BINH".into()), Some("Nông Thị Anh".into()))
        );
    }

    #[test]
    fn a_whole_account_number_is_never_printed() {
        let sticker = Sticker { last_digits: "9990000123456".to_owned(), ..Sticker::default() };

        assert_eq!(Ready::new(&sticker).last_digits, "3456");
    }

    #[test]
    fn the_level_follows_the_size() {
        let payload = "00020101021138570010A000000727012700069704030113001101234567890208QRIBFTTA53037045802VN6304F4E5";

        assert_eq!(Placed::payment(payload, 72.0).unwrap().symbol.ec(), Ec::Q);
        assert_eq!(Placed::payment(payload, 51.3).unwrap().symbol.ec(), Ec::M);
        assert!(matches!(Placed::payment(payload, 10.0), Err(PrintError::CodeTooFine { .. })));
    }
}
