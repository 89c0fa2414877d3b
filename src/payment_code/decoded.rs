//! A payment code that was read, owned: for those who keep it longer than the text.

use super::{Code, Mode, Refusal, Scheme, Service, Warning, compare::Identity};

/// A root object, owned.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedField {
    /// Two digits.
    pub tag: String,
    /// The value.
    pub value: String,
}

/// A payment code that was read; [`Code`] is the same without a copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Whose code it is.
    pub scheme: Scheme,
    /// `static` or `dynamic`, by tag 01.
    pub initiation: &'static str,
    /// The acquirer's BIN, for a `VietQR` code.
    pub bin: Option<String>,
    /// The name the directory gives it.
    pub bank: Option<String>,
    /// The account or card number, for a `VietQR` code.
    pub account: Option<String>,
    /// Tag 38.02; `None` when it is absent.
    pub service: Option<Service>,
    /// Whole units of the currency.
    pub amount: Option<u64>,
    /// Tag 53.
    pub currency: Option<String>,
    /// Tag 62.08.
    pub purpose: Option<String>,
    /// Tag 59.
    pub merchant_name: Option<String>,
    /// Tag 60.
    pub merchant_city: Option<String>,
    /// Tag 62.05.
    pub reference: Option<String>,
    /// Tag 63 in capitals.
    pub crc: Option<String>,
    /// Every root object in order.
    pub fields: Vec<OwnedField>,
    /// What a lenient reader put up with.
    pub warnings: Vec<Warning>,
    identity: String,
}

/// A payload holds an account: a log shows only whose code it is.
impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoded({})", self.scheme.as_str())
    }
}

impl Decoded {
    /// What makes two codes pay the same payee, whatever their layout: scheme, BIN, account, service (an absent service
    /// counts as a transfer to an account); for other schemes their account templates.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Whether the code is a plain transfer to an account or card, which can be written again from its parts.
    #[must_use]
    pub fn is_transfer(&self) -> bool {
        self.scheme == Scheme::VietQr && matches!(self.service, None | Some(Service::Account | Service::Card))
    }
}

impl From<Code<'_>> for Decoded {
    fn from(code: Code<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            identity: Identity::of(&code).to_string(),
            scheme: code.scheme(),
            initiation: code.initiation().as_str(),
            bin: owned(code.bin()),
            bank: code.bank().map(|bank| bank.short_name.clone()),
            account: owned(code.account()),
            service: code.service(),
            amount: code.amount().map(|amount| amount.whole()),
            currency: owned(code.currency()),
            purpose: owned(code.purpose()),
            merchant_name: owned(code.merchant_name()),
            merchant_city: owned(code.merchant_city()),
            reference: owned(code.reference()),
            crc: code.crc().map(str::to_ascii_uppercase),
            fields: code
                .fields()
                .map(|field| OwnedField { tag: format!("{:02}", field.tag()), value: field.value().to_owned() })
                .collect(),
            warnings: code.warnings,
        }
    }
}

/// Reads a payment code and keeps it.
///
/// ```
/// use choqr::payment_code::{Mode, decode};
///
/// let code = decode("00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F", Mode::Strict)?;
/// assert_eq!(code.bank.as_deref(), Some("Sacombank"));
/// assert_eq!(code.identity(), "vietqr|970403|0011012345678|QRIBFTTA");
/// # Ok::<(), choqr::payment_code::Refusal>(())
/// ```
pub fn decode(payload: &str, mode: Mode) -> Result<Decoded, Refusal> {
    Code::read(payload, mode).map(Decoded::from)
}
