//! What one sticker shows, and the same made ready to be drawn.

use super::PrintError;
use super::symbol::{Ec, Symbol};
use super::words::Words;
use crate::payment_code::fold::{fold_ascii, nfc_clean};

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
    /// The text of the payment code; empty on an owner's card, which has none.
    pub payload: String,
    /// The month of issue, as in `11/2026`.
    pub issued: String,
    /// The link behind the small second code, on which anyone can check this sticker.
    pub check_url: Option<String>,
    /// The second account of a card for two.
    pub second: Option<SecondAccount>,
    /// The vendor's own link, for an owner's card.
    pub link: Option<String>,
    /// The code with which the vendor finds it again, as in `4821 7730`.
    pub recovery: String,
}

/// The other account on a card for bank and wallet.
#[derive(Debug, Clone, Default)]
pub struct SecondAccount {
    /// Its sticker's serial.
    pub serial: Option<String>,
    /// The account holder's name.
    pub payee_name: String,
    /// The bank's or wallet's name.
    pub bank: String,
    /// The last digits of the account, never more than four.
    pub last_digits: String,
    /// The text of the payment code.
    pub payload: String,
}

/// A sticker's texts cleaned and its names decided.
pub(crate) struct Ready<'a> {
    pub(crate) stall: String,
    pub(crate) market: String,
    pub(crate) trade: String,
    pub(crate) first: Payee<'a>,
    pub(crate) second: Option<Payee<'a>>,
    /// The keeper of the stall, when the account is someone else's.
    pub(crate) owner: String,
    pub(crate) issued: String,
    pub(crate) check_url: Option<&'a str>,
    pub(crate) link: Option<&'a str>,
    /// The link as it is typed: without its scheme.
    pub(crate) link_text: String,
    pub(crate) recovery: String,
}

/// Whom one code pays.
pub(crate) struct Payee<'a> {
    /// The name in large letters: with marks where they are known.
    pub(crate) large_name: String,
    /// The payee as a bank app shows it; empty when the large name already is that.
    pub(crate) bare_name: String,
    pub(crate) bank: String,
    pub(crate) digits: String,
    pub(crate) serial: String,
    pub(crate) payload: &'a str,
    is_keeper: bool,
}

impl<'a> Payee<'a> {
    fn new(vendor: &str, payee: &str, (bank, digits): (&str, &str), serial: Option<&str>, payload: &'a str) -> Self {
        let payee = nfc_clean(payee);
        let bare = unmarked(if payee.is_empty() { vendor } else { &payee });
        let is_keeper = bare == unmarked(vendor);
        let large_name = if is_keeper { vendor.to_owned() } else { payee };
        let digits: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
        Self {
            bare_name: if bare == large_name { String::new() } else { bare },
            large_name,
            bank: nfc_clean(bank),
            // Whatever a caller passes, a whole account number is never printed.
            digits: digits[digits.len().saturating_sub(4)..].iter().collect(),
            serial: serial.map(nfc_clean).unwrap_or_default(),
            payload,
            is_keeper,
        }
    }
}

impl<'a> Ready<'a> {
    pub(crate) fn new(sticker: &'a Sticker) -> Self {
        let vendor = nfc_clean(&sticker.vendor_name);
        let account = (sticker.bank.as_str(), sticker.last_digits.as_str());
        let first = Payee::new(&vendor, &sticker.payee_name, account, sticker.serial.as_deref(), &sticker.payload);
        let second = sticker.second.as_ref().map(|second| {
            let account = (second.bank.as_str(), second.last_digits.as_str());
            Payee::new(&vendor, &second.payee_name, account, second.serial.as_deref(), &second.payload)
        });
        let link = sticker.link.as_deref();
        Self {
            stall: nfc_clean(&sticker.stall),
            market: nfc_clean(&sticker.market),
            trade: nfc_clean(&sticker.trade),
            owner: if first.is_keeper { String::new() } else { vendor },
            first,
            second,
            issued: nfc_clean(&sticker.issued),
            check_url: sticker.check_url.as_deref(),
            link,
            link_text: link.map_or("", |link| link.split_once("://").map_or(link, |(_, rest)| rest)).to_owned(),
            recovery: nfc_clean(&sticker.recovery),
        }
    }

    /// The stall with its word before it, or nothing where there is none.
    pub(crate) fn named_stall(&self, words: &Words) -> String {
        if self.stall.is_empty() { String::new() } else { format!("{} {}", words.stall, self.stall) }
    }
}

/// The text as banks show a holder's name: without marks, in capitals.
fn unmarked(text: &str) -> String {
    fold_ascii(text).to_uppercase()
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

    /// A code at the level that a design chose.
    pub(crate) fn chosen(payload: &str, ec: Ec, square: f64) -> Result<Self, PrintError> {
        Self::at(payload, ec, square)?.checked()
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

    /// The quiet zone's width.
    pub(crate) fn quiet(&self) -> f64 {
        self.module * 4.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(vendor: &str, payee: &str) -> (String, String, String) {
        let sticker = Sticker { vendor_name: vendor.to_owned(), payee_name: payee.to_owned(), ..Sticker::default() };
        let ready = Ready::new(&sticker);
        (ready.first.large_name, ready.first.bare_name, ready.owner)
    }

    #[test]
    fn the_large_name_is_the_payees_with_marks_where_they_are_known() {
        assert_eq!(ready("Nông Thị Anh", "NONG THI ANH"), ("Nông Thị Anh".into(), "NONG THI ANH".into(), String::new()));
        assert_eq!(ready("Nông Thị Anh", "TRAN VAN BINH"), ("TRAN VAN BINH".into(), String::new(), "Nông Thị Anh".into()));
        assert_eq!(
            ready("Nông Thị Anh", "Trần Văn Bình"),
            ("Trần Văn Bình".into(), "TRAN VAN BINH".into(), "Nông Thị Anh".into())
        );
    }

    #[test]
    fn a_whole_account_number_is_never_printed() {
        let sticker = Sticker { last_digits: "9990000123456".to_owned(), ..Sticker::default() };

        assert_eq!(Ready::new(&sticker).first.digits, "3456");
    }

    #[test]
    fn the_level_follows_the_size() {
        let payload = "00020101021138570010A000000727012700069704030113001101234567890208QRIBFTTA53037045802VN6304F4E5";

        assert_eq!(Placed::payment(payload, 72.0).unwrap().symbol.ec(), Ec::Q);
        assert_eq!(Placed::payment(payload, 51.3).unwrap().symbol.ec(), Ec::M);
        assert!(matches!(Placed::payment(payload, 10.0), Err(PrintError::CodeTooFine { .. })));
    }
}
