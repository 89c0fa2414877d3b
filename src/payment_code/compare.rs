//! Does the code that hangs there pay into the registered account? Only who is paid counts, never the looks.

use std::fmt::Write;

use super::{
    Code, Mode, Scheme, Service, charset,
    refusal::{Fault, Reason},
};

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// The same payee.
    Match,
    /// Another payee, or something that does not belong into a payment code.
    Different,
    /// One of the two is no payment code that can be read, or its checksum does not fit.
    Unreadable,
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// What it says.
    pub verdict: Verdict,
    /// A stable word: `same_payload`, `same_account`, `other_scheme`, `other_bank`, `other_account`, `other_service`,
    /// `other_template`, `registered_unreadable`, or the word with which a strict reader refuses the scanned text.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

fn answer(verdict: Verdict, reason: &'static str, message: impl Into<String>) -> Comparison {
    Comparison { verdict, reason, message: message.into() }
}

/// What makes two codes pay the same payee, whatever their layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    scheme: Scheme,
    bin: Option<&'a str>,
    account: Option<&'a str>,
    /// An absent service is a transfer to an account.
    service: Option<Service>,
    /// Every other account template, in the order of the tags, and what else a scheme pays by.
    rest: String,
    /// The word of what does not belong into a payment code.
    stranger: Option<&'static str>,
}

impl<'a> Identity<'a> {
    pub(super) fn of(code: &Code<'a>) -> Self {
        let account = code.account().filter(|_| code.scheme.is_vietqr_frame());
        let bin = code.bin().filter(|_| account.is_some());
        Self {
            scheme: code.scheme,
            bin,
            account,
            service: account.map(|_| code.service.unwrap_or(Service::Account)),
            rest: rest(code, account.is_some()),
            stranger: code.alarm.map(|alarm| alarm.reason.code()),
        }
    }
}

/// The words of an index: letters of an account in capitals, so that nobody registers the same account twice by writing it
/// otherwise. A comparison looks at the letters themselves.
impl std::fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.scheme.as_str())?;
        if let (Some(bin), Some(account), Some(service)) = (self.bin, self.account, self.service) {
            write!(f, "|{bin}|{}|{}", account.to_ascii_uppercase(), service.as_str())?;
        }
        if !self.rest.is_empty() || self.account.is_none() {
            write!(f, "|{}", self.rest)?;
        }
        // Nothing that alarms is ever found under the account it pretends to be.
        if let Some(stranger) = self.stranger {
            write!(f, "|!{stranger}")?;
        }
        Ok(())
    }
}

/// Sub-tags of an account template that change from payment to payment and pay nobody.
const fn is_passing(scheme: Scheme, root: u8, tag: u8) -> bool {
    match (scheme, root) {
        // The description.
        (Scheme::Pix, _) => tag == 2,
        // The second reference of a bill (in tag 29 it would be a wallet); the order.
        (Scheme::PromptPay, 30) | (Scheme::ZaloPay, _) => tag == 3,
        // Whether the amount may be changed, and until when.
        (Scheme::SgQr, _) => matches!(tag, 3 | 4),
        // Until when, and whether the amount may be changed.
        (Scheme::Fps, _) => matches!(tag, 5 | 6),
        _ => false,
    }
}

/// Who is paid beside the account of a VietQR frame, or instead of it.
fn rest(code: &Code<'_>, has_account: bool) -> String {
    let mut fields: Vec<_> = code.fields().filter(|field| (2..=51).contains(&field.tag())).collect();
    fields.sort_by_key(super::tlv::Field::tag);
    let mut rest = String::new();
    let mut add = |tag: &dyn std::fmt::Display, value: &str| {
        // Lengths keep two different lists of values from looking alike.
        let _infallible = write!(rest, "{tag}:{}:{value};", value.len());
    };
    for field in &fields {
        // Tag 38 was taken apart, but for parts that no document knows; a second one alarms by itself.
        let is_frame = field.tag() == 38 && has_account;
        let Some(parts) = field.children().filter(|_| field.tag() >= 26) else {
            if !is_frame {
                add(&field.tag(), field.value());
            }
            continue;
        };
        let mut parts: Vec<_> = parts.collect();
        parts.sort_by_key(super::tlv::Field::tag);
        for part in parts.iter().filter(|part| !is_frame || part.tag() > 2) {
            let scheme = Scheme::of_template(field.tag(), parts.first().map_or("", super::tlv::Field::value));
            if part.tag() == 0 {
                add(&format_args!("{}.00", field.tag()), &part.value().to_ascii_lowercase());
            } else if !scheme.is_some_and(|scheme| is_passing(scheme, field.tag(), part.tag())) {
                add(&format_args!("{}.{:02}", field.tag(), part.tag()), part.value());
            }
        }
    }
    let additional: &[u8] = match code.scheme {
        // The internal number by which MoMo finds the payee.
        Scheme::Momo => &[5],
        // Store and terminal, and whose electricity bill it is.
        Scheme::VnPay => &[3, 6, 7],
        _ => &[],
    };
    for tag in additional {
        if let Some(value) = code.additional(*tag) {
            add(&format_args!("62.{tag:02}"), value);
        }
    }
    if code.scheme == Scheme::Pix {
        // Every standing order: an app may follow any of them.
        for template in code.fields().filter(|field| field.tag() >= 80).filter_map(|field| field.children()) {
            let parts: Vec<_> = template.collect();
            let is_pix = parts.first().is_some_and(|guid| guid.value().to_ascii_lowercase().starts_with("br.gov.bcb"));
            for address in parts.iter().filter(|part| is_pix && part.tag() == 25) {
                add(&"80.25", address.value());
            }
        }
    }
    if rest.is_empty() && !has_account {
        code.text().trim_matches(charset::is_wrapping).clone_into(&mut rest);
    }
    rest
}

/// Compares two payloads. Amount, purpose, name, city, static or dynamic, the order of tags, tag 64, unknown extras and the
/// case of the checksum are cosmetic; a changed digit, bank or service, another account template, a second tag 38, and
/// trailing characters are not.
///
/// ```
/// use choqr::payment_code::{TransferCode, Verdict, Vnd, compare};
///
/// let code = TransferCode::new("970436".parse()?, "9990000123456".parse()?)?;
/// let registered = code.encode()?;
/// let scanned = code.with_amount(Vnd::new(45_000)?).encode()?;
/// assert_eq!(compare(&registered, &scanned).verdict, Verdict::Match);
/// assert_eq!(compare(&registered, &format!("{scanned}0")).reason, "trailing_characters");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn compare(registered: &str, scanned: &str) -> Comparison {
    let theirs = match Code::read(scanned, Mode::Lenient) {
        Ok(code) => code,
        Err(refusal) => return answer(Verdict::Unreadable, refusal.code, refusal.to_string()),
    };
    let unreadable = theirs.crc_fault.map(|fault| {
        let refusal = fault.refusal(scanned);
        answer(Verdict::Unreadable, refusal.code, refusal.to_string())
    });
    if registered == scanned {
        return unreadable.unwrap_or_else(|| answer(Verdict::Match, "same_payload", "the registered payload to the letter"));
    }
    let ours = Code::read(registered, Mode::Lenient).ok();
    let known = ours.as_ref().and_then(|ours| ours.alarm).map(|alarm| (alarm.reason, alarm.place));
    // What is odd about the registered code itself says nothing about a change.
    if let Some(alarm) = theirs.alarm.filter(|alarm| known != Some((alarm.reason, alarm.place))) {
        let refusal = alarm.refusal(scanned);
        let stranger = answer(Verdict::Different, refusal.code, refusal.to_string());
        // Another template beside the registered one alarms though the checksum is wrong as well.
        return if is_second_payee(alarm) { stranger } else { unreadable.unwrap_or(stranger) };
    }
    let is_plain = |ours: &Code<'_>| theirs.alarm.is_some() || !ours.alarm.is_some_and(is_second_payee);
    let Some(ours) = ours.filter(is_plain) else {
        return answer(
            Verdict::Unreadable,
            "registered_unreadable",
            "the registered payload is no payment code that names one payee",
        );
    };
    let (mine, other) = (Identity::of(&ours), Identity::of(&theirs));
    match difference(&mine, &other) {
        Some((reason, message)) => answer(Verdict::Different, reason, message),
        // The same payee, but a checksum no app accepts.
        None => unreadable.unwrap_or_else(|| answer(Verdict::Match, "same_account", "another layout of the same account")),
    }
}

/// Whether a code names two payees.
fn is_second_payee(alarm: Fault) -> bool {
    alarm.reason == Reason::TagRepeated && (2..=51).contains(&alarm.place.first())
}

fn difference(ours: &Identity<'_>, theirs: &Identity<'_>) -> Option<(&'static str, &'static str)> {
    if ours.scheme != theirs.scheme {
        Some(("other_scheme", "a code of another scheme"))
    } else if ours.bin != theirs.bin {
        Some(("other_bank", "a code of another bank"))
    } else if ours.account != theirs.account {
        Some(("other_account", "a code of another account"))
    } else if ours.service != theirs.service {
        Some(("other_service", "the same number, but another service"))
    } else if ours.rest != theirs.rest {
        Some(if ours.account.is_some() {
            ("other_template", "the same account, but another account template or reference beside it")
        } else {
            ("other_account", "a code of another payee")
        })
    } else {
        None
    }
}
