//! The rules of EMV MPM v1.1 and NAPAS `VietQR` v1.0, each with a stable word.

use super::{
    Refusal, Service, bank,
    decode::{Judge, expected_crc, guid},
    tlv::{self, Field},
    vietqr::{AID, TRANSFER_LIMIT},
};

/// What tag 38 says, when it is NAPAS's.
#[derive(Default)]
pub(super) struct Transfer {
    pub(super) bin: Option<String>,
    pub(super) account: Option<String>,
    pub(super) service: Option<Service>,
}

/// The frame: payload format first, checksum last and right, no tag twice.
pub(super) fn frame(text: &str, root: &[Field<'_>], judge: &mut Judge) -> Result<(), Refusal> {
    let first = root[0];
    if first.tag != "00" {
        judge.fault(Refusal::new("format_not_first", 0, "tag 00 comes first: a payment code begins with 000201"))?;
    } else if first.value == "00" {
        // Seen in real codes of a public library; every app reads them.
        judge.warn("format_zero", 4, "the payload format should be 01");
    } else if first.value != "01" {
        judge.fault(Refusal::new("format_unknown", 4, "the payload format is 01"))?;
    }
    for (i, field) in root.iter().enumerate() {
        if root[..i].iter().any(|other| other.tag == field.tag) {
            judge.fault(Refusal::new("tag_repeated", field.offset, format!("tag {} stands twice", field.tag)))?;
        }
    }
    let Some(crc) = root.iter().find(|field| field.tag == "63") else {
        return judge.fault(Refusal::new("crc_missing", text.chars().count(), "the code ends with 6304 and its checksum"));
    };
    if root.last().is_some_and(|last| last.tag != "63") {
        let after = root.last().map_or(0, |last| last.offset);
        return judge.fault(Refusal::new("crc_not_last", after, "nothing may follow the checksum"));
    }
    if crc.value.len() != 4 || !crc.value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return judge.fault(Refusal::new("crc_malformed", crc.value_offset(), "a checksum has four hexadecimal digits"));
    }
    if !crc.value.eq_ignore_ascii_case(&expected_crc(text, crc.byte + 4)) {
        return judge.fault(Refusal::new(
            "crc_wrong",
            crc.value_offset(),
            "the checksum does not fit: a character was misread or changed",
        ));
    }
    if crc.value.bytes().any(|b| b.is_ascii_lowercase()) {
        judge.warn("crc_lower_case", crc.value_offset(), "the checksum is in lower case");
    }
    Ok(())
}

/// Each root object by itself.
pub(super) fn objects(root: &[Field<'_>], judge: &mut Judge) -> Result<(), Refusal> {
    let find = |tag: &str| root.iter().find(|field| field.tag == tag);
    let end = root.last().map_or(0, |last| last.offset);
    for field in root {
        check_object(field, judge)?;
    }
    if !root.iter().any(|field| ("02".."52").contains(&field.tag)) {
        judge.fault(Refusal::new("account_template_missing", end, "one of the tags 02 to 51 says who is paid"))?;
    }
    for (tag, code, what) in
        [("53", "currency_missing", "tag 53 gives the currency"), ("58", "country_missing", "tag 58 gives the country")]
    {
        if find(tag).is_none() {
            judge.fault(Refusal::new(code, end, what))?;
        }
    }
    if let Some(amount) = find("54") {
        amount_rule(amount, find("53").map(|currency| currency.value), judge)?;
    }
    tip(find("55"), find("56"), find("57"), judge)?;
    if let Some(additional) = find("62") {
        additional_data(additional, judge)?;
    }
    if let Some(vnpay) = find("26").filter(|field| guid(field) == Some("A000000775"))
        && !tlv::split(vnpay.value, 0).is_ok_and(|subs| subs.iter().any(|sub| sub.tag == "01"))
    {
        judge.fault(Refusal::new("merchant_missing", vnpay.value_offset(), "26.01 gives VNPAY's merchant"))?;
    }
    Ok(())
}

fn check_object(field: &Field<'_>, judge: &mut Judge) -> Result<(), Refusal> {
    let value = field.value;
    let length = value.chars().count();
    let is_digits = value.bytes().all(|b| b.is_ascii_digit());
    let mut rule = |holds: bool, code, message: &str| {
        if holds { Ok(()) } else { judge.fault(Refusal::new(code, field.value_offset(), message)) }
    };
    rule(
        !value.chars().any(|c| c.is_control() || super::fold::is_invisible(c)),
        "character_invisible",
        "no control characters, no direction marks",
    )?;
    match field.tag {
        "01" => rule(matches!(value, "11" | "12"), "initiation_unknown", "tag 01 says 11 (static) or 12 (dynamic)"),
        "52" => rule(length == 4 && is_digits, "mcc_malformed", "a merchant category has four digits"),
        "53" => rule(length == 3 && is_digits, "currency_malformed", "a currency has three digits, 704 for dong"),
        "58" => rule(
            length == 2 && value.bytes().all(|b| b.is_ascii_uppercase()),
            "country_malformed",
            "a country has two capital letters, VN",
        ),
        "59" => {
            rule(length <= 25, "name_too_long", "a merchant's name has at most 25 characters")?;
            rule(is_printable(value), "name_not_ascii", "a merchant's name is written without marks; tag 64 carries marks")
        }
        "60" => {
            rule(length <= 15, "city_too_long", "a city has at most 15 characters")?;
            rule(is_printable(value), "city_not_ascii", "a city is written without marks; tag 64 carries marks")
        }
        "61" => rule(length <= 10 && is_printable(value), "postal_code_malformed", "a postal code has at most 10 characters"),
        _ => Ok(()),
    }
}

fn is_printable(value: &str) -> bool {
    value.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn amount_rule(amount: &Field<'_>, currency: Option<&str>, judge: &mut Judge) -> Result<(), Refusal> {
    let value = amount.value;
    let (whole, cents) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_plain = value.len() <= 13 && !whole.is_empty() && digits(whole) && digits(cents);
    let is_zero = value.bytes().all(|b| matches!(b, b'0' | b'.'));
    let has_cents = currency == Some("704") && cents.bytes().any(|b| b != b'0');
    if !is_plain {
        judge.fault(Refusal::new(
            "amount_malformed",
            amount.value_offset(),
            "an amount has at most 13 digits, no spaces, commas or signs",
        ))
    } else if is_zero {
        judge.fault(Refusal::new(
            "amount_zero",
            amount.value_offset(),
            "an amount is more than 0; leave tag 54 out when the payer decides",
        ))
    } else if has_cents {
        judge.fault(Refusal::new("amount_with_decimals", amount.value_offset(), "dong have no decimals"))
    } else {
        Ok(())
    }
}

fn tip(
    indicator: Option<&Field<'_>>,
    fixed: Option<&Field<'_>>,
    percent: Option<&Field<'_>>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let kind = indicator.map(|field| field.value);
    let at = indicator.or(fixed).or(percent).map_or(0, |field| field.offset);
    let wrong = match kind {
        Some("02") => fixed.is_none() || percent.is_some(),
        // NAPAS's own merchant sample says 03 and gives 56, so either fee will do.
        Some("03") => percent.is_none() && fixed.is_none(),
        // 01 and nothing take no fee; real codes carry 04, which nobody has defined and which harms nothing without one.
        _ => fixed.is_some() || percent.is_some(),
    };
    if wrong {
        judge.fault(Refusal::new("tip_inconsistent", at, "55 says 01, or 02 with 56, or 03 with 57"))?;
    }
    for field in [fixed, percent].into_iter().flatten() {
        let most = if field.tag == "57" { 5 } else { 13 };
        let plain = field.value.len() <= most && field.value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !plain || field.value.matches('.').count() > 1 {
            judge.fault(Refusal::new(
                "fee_malformed",
                field.value_offset(),
                "a fee is digits with at most one point, without a percent sign",
            ))?;
        }
    }
    Ok(())
}

fn additional_data(field: &Field<'_>, judge: &mut Judge) -> Result<(), Refusal> {
    let subs = match tlv::split(field.value, field.value_offset()) {
        Ok(subs) => subs,
        Err(refusal) => return judge.fault(refusal),
    };
    for (i, sub) in subs.iter().enumerate() {
        if subs[..i].iter().any(|other| other.tag == sub.tag) {
            judge.fault(Refusal::new("tag_repeated", sub.offset, format!("tag 62.{} stands twice", sub.tag)))?;
        }
        if ("01".."10").contains(&sub.tag) && sub.value.chars().count() > 25 {
            judge.fault(Refusal::new(
                "additional_too_long",
                sub.value_offset(),
                format!("62.{} has at most 25 characters", sub.tag),
            ))?;
        }
        if sub.tag == "09" {
            let letters: std::collections::BTreeSet<char> = sub.value.chars().collect();
            let known = letters.iter().all(|c| matches!(c, 'A' | 'M' | 'E'));
            if !known || letters.len() != sub.value.chars().count() {
                judge.fault(Refusal::new(
                    "data_request_malformed",
                    sub.value_offset(),
                    "62.09 has each of A, M, E at most once",
                ))?;
            }
        }
    }
    Ok(())
}

/// Takes NAPAS's template apart.
pub(super) fn transfer(root: &[Field<'_>], judge: &mut Judge) -> Result<Transfer, Refusal> {
    let Some(template) = root.iter().find(|field| field.tag == "38") else { return Ok(Transfer::default()) };
    let at = template.value_offset();
    let subs = match tlv::split(template.value, at) {
        Ok(subs) => subs,
        Err(refusal) => {
            judge.fault(refusal)?;
            return Ok(loose_transfer(template.value));
        }
    };
    let find = |tag: &str| subs.iter().find(|sub| sub.tag == tag);
    match find("00").map(|sub| sub.value) {
        Some(AID) => {}
        Some(other) if other.eq_ignore_ascii_case(AID) => {
            judge.fault(Refusal::new("aid_lower_case", at, "38.00 is A000000727 in capitals"))?;
        }
        Some(_) => return Ok(Transfer::default()),
        None => {
            judge.fault(Refusal::new("aid_missing", at, "38.00 is A000000727"))?;
        }
    }
    for (i, sub) in subs.iter().enumerate() {
        if subs[..i].iter().any(|other| other.tag == sub.tag) {
            judge.fault(Refusal::new("tag_repeated", sub.offset, format!("tag 38.{} stands twice", sub.tag)))?;
        }
    }
    let Some(beneficiary) = find("01") else {
        judge.fault(Refusal::new("beneficiary_missing", at, "38.01 gives bank and account"))?;
        return Ok(Transfer::default());
    };
    let inner = match tlv::split(beneficiary.value, beneficiary.value_offset()) {
        Ok(inner) => inner,
        Err(refusal) => {
            judge.fault(refusal)?;
            return Ok(loose_transfer(template.value));
        }
    };
    let part = |tag: &str| inner.iter().find(|sub| sub.tag == tag);
    let service = find("02").map(|sub| sub.value);
    vietqr_rules(root, part("00"), part("01"), (service, beneficiary.value_offset()), judge)?;
    if let Some(stray) = inner.iter().find(|sub| !matches!(sub.tag, "00" | "01")) {
        judge.fault(Refusal::new(
            "beneficiary_too_long",
            stray.offset,
            "38.01 holds 00 and 01 only: its length swallows what follows",
        ))?;
    }
    for (i, sub) in inner.iter().enumerate() {
        if inner[..i].iter().any(|other| other.tag == sub.tag) {
            judge.fault(Refusal::new("tag_repeated", sub.offset, format!("tag 38.01.{} stands twice", sub.tag)))?;
        }
    }
    Ok(Transfer {
        bin: part("00").map(|sub| sub.value.to_owned()),
        account: part("01").map(|sub| sub.value.to_owned()),
        service: service.and_then(Service::from_code),
    })
}

fn vietqr_rules(
    root: &[Field<'_>],
    bin: Option<&Field<'_>>,
    account: Option<&Field<'_>>,
    (service, at): (Option<&str>, usize),
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let value = |tag: &str| root.iter().find(|field| field.tag == tag).map(|field| field.value);
    let mut rule =
        |holds: bool, code, at, message: &str| if holds { Ok(()) } else { judge.fault(Refusal::new(code, at, message)) };
    rule(value("01").is_some() || service == Some("QRCASH"), "initiation_missing", 0, "a VietQR code says 11 or 12 in tag 01")?;
    let bin_at = bin.map_or(at, Field::value_offset);
    let bin = bin.map_or("", |field| field.value);
    rule(
        bin.len() == 6 && bin.bytes().all(|b| b.is_ascii_digit()),
        "bin_malformed",
        bin_at,
        "38.01.00 is an acquirer BIN of six digits",
    )?;
    rule(bank::by_bin(bin).is_some(), "bin_unknown", bin_at, "no bank of the directory has this BIN")?;
    let account_at = account.map_or(at, Field::value_offset);
    rule(account.is_some(), "account_missing", account_at, "38.01.01 gives the account")?;
    let account = account.map_or("", |field| field.value);
    rule(account.chars().count() <= 19, "account_too_long", account_at, "an account has at most 19 characters")?;
    rule(
        account.bytes().all(|b| b.is_ascii_alphanumeric()),
        "account_malformed",
        account_at,
        "an account has letters and digits without marks",
    )?;
    let known = service.is_none_or(|code| Service::from_code(code).is_some());
    rule(known, "service_unknown", at, "38.02 is QRIBFTTA, QRIBFTTC, QRPUSH or QRCASH")?;
    let is_card = matches!(account.len(), 16 | 19) && account.bytes().all(|b| b.is_ascii_digit());
    rule(service != Some("QRIBFTTC") || is_card, "card_malformed", account_at, "a card number has 16 or 19 digits")?;
    rule(value("58").is_none_or(|country| country == "VN"), "country_not_vn", 0, "a VietQR code is of country VN")?;
    if value("53").is_some_and(|currency| currency != "704") {
        // Seen in real codes; the paying app ignores it, since a transfer is always in dong.
        judge.warn("currency_not_dong", 0, "a VietQR code is in dong, 704");
    }
    let amount = value("54").and_then(|amount| amount.split('.').next()).and_then(|amount| amount.parse::<u64>().ok());
    let mut rule =
        |holds: bool, code, at, message: &str| if holds { Ok(()) } else { judge.fault(Refusal::new(code, at, message)) };
    rule(
        amount.is_none_or(|amount| amount < TRANSFER_LIMIT || service == Some("QRPUSH") || service.is_none()),
        "amount_over_limit",
        0,
        "a transfer by code stays below 500,000,000 dong",
    )
}

/// What a broken template still tells: the six digits of the BIN, and nothing that would have to be guessed.
fn loose_transfer(template: &str) -> Transfer {
    let bin =
        template.find("0006").and_then(|i| template.get(i + 4..i + 10)).filter(|bin| bin.bytes().all(|b| b.is_ascii_digit()));
    Transfer { bin: bin.map(str::to_owned), account: None, service: None }
}
