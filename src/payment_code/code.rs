//! A payment code that was read: a borrowed view of the text, with what it means.

use super::{
    Payee, Refusal, Scheme, Service, Tree, Warning,
    amount::Amount,
    bank::{Bank, Bin},
    reader,
    refusal::Fault,
    tlv::{Fields, Unit},
};

/// How a code is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Refuse whatever breaks a rule.
    Strict,
    /// Keep what can be kept, and say what was wrong.
    Lenient,
}

/// Tag 01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiation {
    /// `11`: the code is shown again and again.
    Static,
    /// `12`: the code is made for one payment.
    Dynamic,
}

impl Initiation {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Dynamic => "dynamic",
        }
    }
}

/// Parts that are found without a search. 62.01 to 62.09 stand in the order of their tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Slot {
    Initiation,
    Mcc,
    Currency,
    Amount,
    Decimals,
    Tip,
    FeeFixed,
    FeePercent,
    Country,
    Name,
    City,
    Postal,
    Crc,
    Bill,
    Mobile,
    Store,
    Loyalty,
    Reference,
    Customer,
    Terminal,
    Purpose,
    DataRequest,
    Bin,
    Account,
    OtherLanguage,
    OtherName,
    OtherCity,
}

const SLOTS: usize = Slot::OtherCity as usize + 1;

/// Two bytes of the text; 0 and 0 for nothing, since no value begins before the fourth byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// A payment code, borrowed from the text it was read from. Reading a code that follows the rules allocates nothing.
///
/// ```
/// use choqr::payment_code::{Code, Mode, Scheme, Service};
///
/// // The dynamic sample of NAPAS VietQR v1.0 §6.1.2.
/// let text = "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA5303704\
///             54061800005802VN62340107NPS68690819thanh toan don hang63042E2E";
/// let code = Code::read(text, Mode::Strict)?;
/// assert_eq!(code.scheme(), Scheme::VietQr);
/// assert_eq!(code.bin(), Some("970403"));
/// assert_eq!(code.account(), Some("0011012345678"));
/// assert_eq!(code.service(), Some(Service::Account));
/// assert_eq!(code.amount().map(|amount| amount.whole()), Some(180_000));
/// assert_eq!(code.purpose(), Some("thanh toan don hang"));
/// assert_eq!(code.tree().to_payload(), text);
/// # Ok::<(), choqr::payment_code::Refusal>(())
/// ```
#[derive(Clone)]
pub struct Code<'a> {
    pub(super) text: &'a str,
    pub(super) lead: u16,
    pub(super) end: u16,
    pub(super) unit: Unit,
    pub(super) scheme: Scheme,
    pub(super) service: Option<Service>,
    pub(super) spans: [Span; SLOTS],
    pub(super) whole: Option<u64>,
    pub(super) bank: Option<&'static Bank>,
    pub(super) warnings: Vec<Warning>,
    /// The first fault that may change who is paid.
    pub(super) alarm: Option<Fault>,
    /// What is wrong with the checksum.
    pub(super) crc_fault: Option<Fault>,
}

/// A payload holds an account: a log shows only whose code it is.
impl std::fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({})", self.scheme.as_str())
    }
}

impl<'a> Code<'a> {
    /// Reads a payment code.
    ///
    /// ```
    /// use choqr::payment_code::{Code, Mode};
    ///
    /// // NAPAS's own static sample says 0112 for an account of 13 characters: strict refuses it, lenient carries it.
    /// let sample = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5";
    /// assert_eq!(Code::read(sample, Mode::Strict).unwrap_err().code, "object_header");
    /// let code = Code::read(sample, Mode::Lenient)?;
    /// assert_eq!((code.account(), code.warnings().len()), (Some("0011012345678"), 2));
    /// # Ok::<(), choqr::payment_code::Refusal>(())
    /// ```
    pub fn read(text: &'a str, mode: Mode) -> Result<Self, Refusal> {
        reader::read(text, mode == Mode::Lenient)
    }

    pub(super) const fn empty(text: &'a str) -> Self {
        Self {
            text,
            lead: 0,
            end: 0,
            unit: Unit::Bytes,
            scheme: Scheme::Emv,
            service: None,
            spans: [Span { start: 0, end: 0 }; SLOTS],
            whole: None,
            bank: None,
            warnings: Vec::new(),
            alarm: None,
            crc_fault: None,
        }
    }

    pub(super) fn span(&self, slot: Slot) -> Option<Span> {
        Some(self.spans[slot as usize]).filter(|span| span.start != 0)
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&'a str> {
        let span = self.span(slot)?;
        self.text.get(usize::from(span.start)..usize::from(span.end))
    }

    /// Whose code it is.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The parts that say who is paid, in the words of the scheme.
    #[must_use]
    pub fn payee(&self) -> Payee<'a> {
        Payee::of(self)
    }

    /// Static or dynamic, by tag 01; without it (EMV allows that) by the presence of an amount.
    #[must_use]
    pub fn initiation(&self) -> Initiation {
        match self.get(Slot::Initiation) {
            Some("12") => Initiation::Dynamic,
            None if self.span(Slot::Amount).is_some() => Initiation::Dynamic,
            _ => Initiation::Static,
        }
    }

    /// The acquirer's BIN of a VietQR template (38.01.00).
    #[must_use]
    pub fn bin(&self) -> Option<&'a str> {
        self.get(Slot::Bin)
    }

    /// The bank of that BIN.
    #[must_use]
    pub const fn bank(&self) -> Option<&'static Bank> {
        self.bank
    }

    /// The account, card, merchant or machine of a VietQR template (38.01.01).
    #[must_use]
    pub fn account(&self) -> Option<&'a str> {
        self.get(Slot::Account)
    }

    /// What that number is (38.02); `None` when the code does not say.
    #[must_use]
    pub const fn service(&self) -> Option<Service> {
        self.service
    }

    /// Tag 54.
    #[must_use]
    pub fn amount(&self) -> Option<Amount<'a>> {
        self.whole.map(|whole| Amount::new(whole, self.get(Slot::Decimals).unwrap_or("")))
    }

    /// Tag 53, digits of ISO 4217.
    #[must_use]
    pub fn currency(&self) -> Option<&'a str> {
        self.get(Slot::Currency)
    }

    /// Tag 58.
    #[must_use]
    pub fn country(&self) -> Option<&'a str> {
        self.get(Slot::Country)
    }

    /// Tag 52, ISO 18245.
    #[must_use]
    pub fn mcc(&self) -> Option<&'a str> {
        self.get(Slot::Mcc)
    }

    /// Tag 59.
    #[must_use]
    pub fn merchant_name(&self) -> Option<&'a str> {
        self.get(Slot::Name)
    }

    /// Tag 60.
    #[must_use]
    pub fn merchant_city(&self) -> Option<&'a str> {
        self.get(Slot::City)
    }

    /// Tag 61.
    #[must_use]
    pub fn postal_code(&self) -> Option<&'a str> {
        self.get(Slot::Postal)
    }

    /// Tag 55, with 56 or 57.
    #[must_use]
    pub fn tip(&self) -> Option<Tip<'a>> {
        Some(match (self.get(Slot::Tip)?, self.get(Slot::FeeFixed), self.get(Slot::FeePercent)) {
            ("01", ..) => Tip::AskPayer,
            (_, Some(fee), _) => Tip::Fixed(fee),
            (_, _, Some(percent)) => Tip::Percent(percent),
            (other, None, None) => Tip::Unknown(other),
        })
    }

    /// A part of tag 62 by its tag, 1 to 9: bill, mobile number, store, loyalty, reference, customer, terminal, purpose,
    /// what the app must ask the payer for.
    #[must_use]
    pub fn additional(&self, tag: u8) -> Option<&'a str> {
        const PARTS: [Slot; 9] = [
            Slot::Bill,
            Slot::Mobile,
            Slot::Store,
            Slot::Loyalty,
            Slot::Reference,
            Slot::Customer,
            Slot::Terminal,
            Slot::Purpose,
            Slot::DataRequest,
        ];
        self.get(*PARTS.get(usize::from(tag.checked_sub(1)?))?)
    }

    /// 62.08.
    #[must_use]
    pub fn purpose(&self) -> Option<&'a str> {
        self.get(Slot::Purpose)
    }

    /// 62.05.
    #[must_use]
    pub fn reference(&self) -> Option<&'a str> {
        self.get(Slot::Reference)
    }

    /// Tag 64: language, name and city with their own marks.
    #[must_use]
    pub fn other_language(&self) -> Option<(&'a str, Option<&'a str>, Option<&'a str>)> {
        Some((self.get(Slot::OtherLanguage)?, self.get(Slot::OtherName), self.get(Slot::OtherCity)))
    }

    /// Tag 63, as written.
    #[must_use]
    pub fn crc(&self) -> Option<&'a str> {
        self.get(Slot::Crc)
    }

    /// The text it was read from.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Every object, without loss.
    #[must_use]
    pub fn tree(&self) -> Tree<'a> {
        Tree::between(self.text, usize::from(self.lead), usize::from(self.end), self.unit)
    }

    /// Root objects in order.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields::between(self.text, usize::from(self.lead), usize::from(self.end), self.unit)
    }

    /// What a lenient reader put up with, and what is odd though allowed.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether the code is a plain transfer to an account or card, which can be written again from its parts.
    #[must_use]
    pub fn is_transfer(&self) -> bool {
        self.scheme == Scheme::VietQr && matches!(self.service, None | Some(Service::Account | Service::Card))
    }

    /// The BIN as a number of its own type; `None` when there is none or it is malformed.
    #[must_use]
    pub fn acquirer(&self) -> Option<Bin> {
        self.bin()?.parse().ok()
    }
}

/// Tags 55 to 57: what comes on top of the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tip<'a> {
    /// 01: the app asks the payer.
    AskPayer,
    /// 02 and 56, in the currency of the code.
    Fixed(&'a str),
    /// 03 and 57, percent.
    Percent(&'a str),
    /// Anything else, seen in real codes.
    Unknown(&'a str),
}
