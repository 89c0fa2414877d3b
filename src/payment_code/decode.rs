//! Reading a payment code: objects first, then meaning. [`Mode::Strict`] refuses with a reason and a place,
//! [`Mode::Lenient`] keeps what it can and lists warnings.

use super::{Refusal, Service, Warning, bank, crc16, rules, tlv, tlv::Field, vietqr::AID};

/// How a code is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Refuse whatever breaks a rule.
    Strict,
    /// Keep what can be kept, and say what was wrong.
    Lenient,
}

/// Whose code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// NAPAS `VietQR`: tag 38 with `A000000727`.
    VietQr,
    /// VNPAY-QR: tag 26 with `A000000775` or `908405`.
    VnPay,
    /// `MoMo`, behind a `VietQR` frame.
    Momo,
    /// `ZaloPay`, behind a `VietQR` frame or its own template.
    ZaloPay,
    /// `ShopeePay`, formerly `AirPay`.
    ShopeePay,
    /// Brazil.
    Pix,
    /// Thailand.
    PromptPay,
    /// Cambodia.
    Khqr,
    /// Indonesia.
    Qris,
    /// Malaysia.
    DuitNow,
    /// Singapore.
    SgQr,
    /// Philippines.
    QrPh,
    /// Laos.
    LaoQr,
    /// Hong Kong.
    Fps,
    /// Japan.
    JpQr,
    /// `UnionPay`.
    UnionPay,
    /// Anything else that is well-formed.
    Emv,
}

impl Scheme {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VietQr => "vietqr",
            Self::VnPay => "vnpay",
            Self::Momo => "momo",
            Self::ZaloPay => "zalopay",
            Self::ShopeePay => "shopeepay",
            Self::Pix => "pix",
            Self::PromptPay => "promptpay",
            Self::Khqr => "khqr",
            Self::Qris => "qris",
            Self::DuitNow => "duitnow",
            Self::SgQr => "sgqr",
            Self::QrPh => "qrph",
            Self::LaoQr => "laoqr",
            Self::Fps => "fps",
            Self::JpQr => "jpqr",
            Self::UnionPay => "unionpay",
            Self::Emv => "emv",
        }
    }
}

/// A root object, owned.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct OwnedField {
    /// Two digits.
    pub tag: String,
    /// The value.
    pub value: String,
}

/// A payment code that was read; serialises to the object that `choqr qr decode` prints.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct Decoded {
    ok: bool,
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
    /// Tag 38.02; `null` when it is absent.
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
    /// Tag 63.
    pub crc: Option<String>,
    /// Every root object in order.
    pub fields: Vec<OwnedField>,
    /// What a lenient reader put up with.
    pub warnings: Vec<Warning>,
}

/// A payload holds an account: a log shows only whose code it is.
impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoded({})", self.scheme.as_str())
    }
}

impl Decoded {
    /// What makes two codes pay into the same account, whatever their layout: scheme, BIN, account, service (an absent
    /// service counts as a transfer to an account). A code without an account is only the same as itself.
    #[must_use]
    pub fn identity(&self, payload: &str) -> String {
        match (&self.bin, &self.account) {
            (Some(bin), Some(account)) => {
                let service = self.service.unwrap_or(Service::Account);
                format!("{}|{bin}|{}|{}", self.scheme.as_str(), account.to_ascii_uppercase(), service.as_str())
            }
            _ => format!("{}|{payload}", self.scheme.as_str()),
        }
    }

    /// Whether the code is a plain transfer to an account or card, which can be written again from its parts.
    #[must_use]
    pub fn is_transfer(&self) -> bool {
        self.scheme == Scheme::VietQr && matches!(self.service, None | Some(Service::Account | Service::Card))
    }
}

/// Collects warnings in lenient mode, stops at the first in strict mode.
pub(super) struct Judge {
    mode: Mode,
    warnings: Vec<Warning>,
}

impl Judge {
    /// Something is against the rules.
    pub(super) fn fault(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        match self.mode {
            Mode::Strict => Err(refusal),
            Mode::Lenient => {
                self.warnings.push(refusal.into_warning());
                Ok(())
            }
        }
    }

    /// Something is odd, but both modes accept it.
    pub(super) fn warn(&mut self, code: &'static str, offset: usize, message: &str) {
        self.warnings.push(Warning { code, offset, message: message.to_owned() });
    }
}

/// Reads a payment code.
///
/// ```
/// use choqr::payment_code::{Mode, decode};
///
/// // NAPAS's own static sample says 0112 for an account of 13 characters: strict refuses it, lenient carries it.
/// let sample = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5";
/// assert!(decode(sample, Mode::Strict).is_err());
/// assert!(!decode(sample, Mode::Lenient)?.warnings.is_empty());
/// # Ok::<(), choqr::payment_code::Refusal>(())
/// ```
pub fn decode(payload: &str, mode: Mode) -> Result<Decoded, Refusal> {
    let mut judge = Judge { mode, warnings: Vec::new() };
    let text = match mode {
        Mode::Strict => payload,
        Mode::Lenient => payload.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'),
    };
    if text.is_empty() {
        return Err(Refusal::new("empty", 0, "there is no text"));
    }
    // 512 is the bound of EMV MPM v1.1 §3; beyond it nothing can be a payment code.
    if text.len() > 2_048 || text.chars().count() > 512 {
        return Err(Refusal::new("too_long", 512, "a payment code has at most 512 characters"));
    }
    if !text.get(..4).is_some_and(|header| header.bytes().all(|b| b.is_ascii_digit())) {
        return Err(Refusal::new("not_emv", 0, "a payment code begins with 000201"));
    }
    let root = split_root(text, &mut judge)?;
    rules::frame(text, &root, &mut judge)?;
    rules::objects(&root, &mut judge)?;
    read(&root, judge)
}

/// The root objects. When lengths count bytes instead of characters, a lenient reader reads them so.
fn split_root<'a>(text: &'a str, judge: &mut Judge) -> Result<Vec<Field<'a>>, Refusal> {
    let broken = match tlv::split(text, 0) {
        Ok(fields) => return Ok(fields),
        Err(refusal) => refusal,
    };
    if judge.mode == Mode::Strict {
        return Err(broken);
    }
    if !text.is_ascii()
        && let Some(fields) = split_bytes(text)
    {
        judge.warn("length_in_bytes", broken.offset, "lengths count bytes; they should count characters");
        return Ok(fields);
    }
    let fields = split_loosely(text);
    if fields.is_empty() {
        return Err(broken);
    }
    judge.warnings.push(broken.into_warning());
    Ok(fields)
}

fn split_bytes(text: &str) -> Option<Vec<Field<'_>>> {
    let (mut fields, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let header = text.get(at..at + 4)?;
        let length: usize = header.get(2..)?.parse().ok()?;
        let value = text.get(at + 4..at + 4 + length)?;
        fields.push(Field { tag: header.get(..2)?, value, offset: at, byte: at });
        at += 4 + length;
    }
    Some(fields)
}

/// Reads objects as long as they can be read, empty ones included.
fn split_loosely(text: &str) -> Vec<Field<'_>> {
    let (mut fields, mut rest, mut offset) = (Vec::new(), text, 0);
    while let Some(header) = rest.get(..4).filter(|header| header.bytes().all(|b| b.is_ascii_digit())) {
        let length: usize = header[2..].parse().unwrap_or(0);
        let body = &rest[4..];
        let Some(end) = body.char_indices().map(|(i, _)| i).chain([body.len()]).nth(length) else { break };
        fields.push(Field { tag: &header[..2], value: &body[..end], offset, byte: text.len() - rest.len() });
        rest = &body[end..];
        offset += 4 + length;
    }
    fields
}

fn read(root: &[Field<'_>], mut judge: Judge) -> Result<Decoded, Refusal> {
    let value = |tag: &str| root.iter().find(|field| field.tag == tag).map(|field| field.value);
    let transfer = rules::transfer(root, &mut judge)?;
    let additional = value("62").map(split_loosely).unwrap_or_default();
    let sub = |tag: &str| additional.iter().find(|field| field.tag == tag).map(|field| field.value.to_owned());
    let is_static = value("01") == Some("11");
    if is_static && let Some(amount) = root.iter().find(|field| field.tag == "54") {
        judge.warn("static_with_amount", amount.offset, "a code with an amount should say 12 in tag 01");
    }
    let initiation =
        if value("01") == Some("12") || (value("01").is_none() && value("54").is_some()) { "dynamic" } else { "static" };
    let scheme = scheme(root, &transfer, sub("05").as_deref());
    Ok(Decoded {
        ok: true,
        scheme,
        initiation,
        bank: transfer.bin.as_deref().and_then(bank::by_bin).map(|bank| bank.short_name.clone()),
        bin: transfer.bin,
        account: transfer.account,
        service: transfer.service,
        amount: value("54").and_then(|amount| amount.split('.').next()).and_then(|amount| amount.parse().ok()),
        currency: value("53").map(str::to_owned),
        purpose: sub("08"),
        merchant_name: value("59").map(str::to_owned),
        merchant_city: value("60").map(str::to_owned),
        reference: sub("05"),
        crc: value("63").map(str::to_owned),
        fields: root.iter().map(|field| OwnedField { tag: field.tag.to_owned(), value: field.value.to_owned() }).collect(),
        warnings: judge.warnings,
    })
}

/// The unique identifier (sub-tag 00) of an account template.
pub(super) fn guid<'a>(template: &Field<'a>) -> Option<&'a str> {
    tlv::split(template.value, 0)
        .ok()
        .as_deref()
        .unwrap_or(&split_loosely(template.value))
        .iter()
        .find(|sub| sub.tag == "00")
        .map(|sub| sub.value)
}

fn scheme(root: &[Field<'_>], transfer: &rules::Transfer, reference: Option<&str>) -> Scheme {
    let templates = root.iter().filter(|field| ("26".."52").contains(&field.tag));
    let guids: Vec<String> = templates.filter_map(guid).map(str::to_ascii_lowercase).collect();
    let has = |part: &str| guids.iter().any(|guid| guid.contains(part));
    let account = transfer.account.as_deref().unwrap_or("");
    if has("vn.zalopay") || account.starts_with("99ZP") {
        Scheme::ZaloPay
    } else if transfer.bin.as_deref() == Some("971025")
        || account.starts_with("99MM")
        || reference.is_some_and(|text| text.starts_with("MOMO"))
    {
        Scheme::Momo
    } else if guids.iter().any(|guid| *guid == AID.to_ascii_lowercase()) {
        Scheme::VietQr
    } else if has("a000000775") || guids.iter().any(|guid| guid == "908405") {
        Scheme::VnPay
    } else {
        foreign(root, &guids)
    }
}

/// The neighbours whose visitors pay, by the identifier of their template.
fn foreign(root: &[Field<'_>], guids: &[String]) -> Scheme {
    const KNOWN: [(&str, Scheme); 12] = [
        ("vn.airpay", Scheme::ShopeePay),
        ("br.gov.bcb.pix", Scheme::Pix),
        ("a000000677010111", Scheme::PromptPay),
        ("a000000677010112", Scheme::PromptPay),
        ("co.id.", Scheme::Qris),
        ("id.co.", Scheme::Qris),
        ("a0000006150001", Scheme::DuitNow),
        ("sg.", Scheme::SgQr),
        ("ph.ppmi", Scheme::QrPh),
        ("a005266284662577", Scheme::LaoQr),
        ("hk.com.hkicl", Scheme::Fps),
        ("jp.", Scheme::JpQr),
    ];
    let known = KNOWN.iter().find(|(part, _)| guids.iter().any(|guid| guid.contains(part))).map(|(_, scheme)| *scheme);
    let is_khqr = root.iter().any(|field| matches!(field.tag, "29" | "30"))
        && root.iter().any(|field| field.tag == "58" && field.value == "KH");
    match known {
        Some(scheme) => scheme,
        None if is_khqr => Scheme::Khqr,
        None if root.iter().any(|field| matches!(field.tag, "15" | "16")) => Scheme::UnionPay,
        None => Scheme::Emv,
    }
}

/// The checksum a text should end with.
pub(super) fn expected_crc(text: &str, crc_value_at: usize) -> String {
    format!("{:04X}", crc16(&text.as_bytes()[..crc_value_at]))
}
