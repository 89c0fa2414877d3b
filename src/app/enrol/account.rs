//! Reads one account of an enrolment: from the vendor's own code, or typed.

use std::borrow::Cow;

use crate::{
    app::FieldProblem,
    domain::payment_account::Provenance,
    payment_code::{self, AccountNumber, Mode, Service, TransferCode, bank, fold},
};

/// An account as it was sent.
#[derive(Clone, Copy)]
pub struct AccountInput<'a> {
    /// The acquirer's BIN.
    pub bin: Option<&'a str>,
    /// The account number.
    pub account_number: Option<&'a str>,
    /// The holder's name as declared.
    pub holder_name: Option<&'a str>,
    /// The vendor's own code.
    pub scanned_payload: Option<&'a str>,
    /// How it reached the phone.
    pub how: Option<Provenance>,
    /// Whether payers should use this one.
    pub is_primary: bool,
}

/// An account that makes sense by itself.
#[derive(Clone)]
pub struct ReadAccount {
    /// `vietqr`, or a wallet's scheme.
    pub scheme: String,
    /// The acquirer's BIN.
    pub bin: Option<String>,
    /// `QRIBFTTA`, `QRIBFTTC`…
    pub service: Option<String>,
    /// The account or card number.
    pub number: Option<String>,
    /// The last digits.
    pub last4: String,
    /// What makes it the same account whatever the layout.
    pub identity: String,
    /// The payload of the code to be issued: ours for a transfer, the owner's own to the letter for anything else.
    pub payload: String,
    /// The holder's name as declared.
    pub holder_name: Option<String>,
    /// The name inside the vendor's own code (EMVCo tag 59), when it carries one.
    pub code_name: Option<String>,
    /// The vendor's own code.
    pub scanned_payload: Option<String>,
    /// How it reached us.
    pub how: Provenance,
    /// Whether payers should use this one.
    pub is_primary: bool,
}

/// EMVCo MPM v1.1 gives the merchant name (tag 59) at most 25 characters: a longer name is cut there.
const LONGEST_CODE_NAME: usize = 25;

impl ReadAccount {
    /// The payload of the code to be issued in a market whose transfers say something. What is kept to the letter stays so.
    pub(super) fn payload_saying<'a>(&'a self, purpose: Option<&str>) -> Cow<'a, str> {
        let said = purpose.and_then(|purpose| {
            let code = payment_code::decode(&self.payload, Mode::Strict).ok().filter(payment_code::Decoded::is_transfer)?;
            transfer(&code)?.with_purpose(purpose.parse::<payment_code::Purpose>().ok()?).encode().ok()
        });
        said.map_or(Cow::Borrowed(self.payload.as_str()), Cow::Owned)
    }

    /// Whether the name inside the code, if there is one, is one of these (folded) names, or what fits of it into a code.
    pub(super) fn agrees_with(&self, names: &[String]) -> bool {
        let Some(said) = self.code_name.as_deref() else { return true };
        let folded = fold::name_fold(said);
        let is_cut = said.chars().count() >= LONGEST_CODE_NAME;
        names.iter().any(|name| *name == folded || (is_cut && name.starts_with(&folded)))
    }
}

impl std::fmt::Debug for ReadAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadAccount({}, …{})", self.scheme, self.last4)
    }
}

/// What makes two scanned codes the same account; `None` when the text is not a payment code, or one whose checksum no app
/// accepts.
#[must_use]
pub fn identity_of(payload: &str) -> Option<String> {
    let code = payment_code::decode(payload.trim(), Mode::Lenient).ok()?;
    let is_damaged = code.warnings.iter().any(|warning| matches!(warning.code, "crc_wrong" | "crc_missing" | "crc_malformed"));
    (!is_damaged).then(|| code.identity().to_owned())
}

/// Reads an account. The pointers of its problems begin at the account.
pub fn read_account(input: &AccountInput<'_>) -> Result<ReadAccount, Vec<FieldProblem>> {
    let holder_name = input.holder_name.map(fold::nfc_clean).filter(|name| !name.is_empty());
    if holder_name.as_ref().is_some_and(|name| name.chars().count() > 100) {
        return Err(vec![FieldProblem::new("/holder_name", "name_too_long", "a name has at most 100 characters")]);
    }
    let mut account = match input.scanned_payload.map(str::trim).filter(|payload| !payload.is_empty()) {
        Some(payload) => from_code(payload, input)?,
        None => typed(input)?,
    };
    account.holder_name = holder_name.or(account.holder_name);
    Ok(account)
}

fn from_code(payload: &str, input: &AccountInput<'_>) -> Result<ReadAccount, Vec<FieldProblem>> {
    let code = payment_code::decode(payload, Mode::Strict)
        .map_err(|refusal| vec![FieldProblem::new("/scanned_payload", refusal.code, refusal.to_string())])?;
    let mut problems = Vec::new();
    if let (Some(said), Some(scanned)) = (input.bin.filter(|bin| !bin.is_empty()), &code.bin)
        && said.trim() != scanned
    {
        problems.push(FieldProblem::new("/bin", "bin_differs_from_code", "the scanned code is of another bank"));
    }
    if let (Some(said), Some(scanned)) = (input.account_number.filter(|number| !number.is_empty()), &code.account) {
        let same = said.parse::<AccountNumber>().is_ok_and(|number| number.as_str().eq_ignore_ascii_case(scanned));
        if !same {
            problems.push(FieldProblem::new(
                "/account_number",
                "account_differs_from_code",
                "the scanned code is of another account",
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let issued = if code.is_transfer() { rewrite(&code) } else { None };
    let number = code.account.clone();
    Ok(ReadAccount {
        scheme: code.scheme.as_str().to_owned(),
        last4: number.as_deref().map(last4).unwrap_or_default(),
        identity: code.identity().to_owned(),
        payload: issued.unwrap_or_else(|| payload.to_owned()),
        holder_name: code.merchant_name.clone(),
        code_name: code.merchant_name.clone().filter(|name| !name.trim().is_empty()),
        scanned_payload: Some(payload.to_owned()),
        // Whoever says that it was typed is believed: a second person looks at it then.
        how: input.how.unwrap_or(Provenance::Paste),
        is_primary: input.is_primary,
        bin: code.bin,
        service: code.service.map(|service| service.as_str().to_owned()),
        number,
    })
}

/// The static code of a scanned transfer, without its amount and purpose.
fn rewrite(code: &payment_code::Decoded) -> Option<String> {
    transfer(code)?.encode().ok()
}

fn transfer(code: &payment_code::Decoded) -> Option<TransferCode> {
    let (bin, account) = (code.bin.as_deref()?.parse().ok()?, code.account.as_deref()?.parse().ok()?);
    let transfer =
        if code.service == Some(Service::Card) { TransferCode::to_card(bin, account) } else { TransferCode::new(bin, account) };
    transfer.ok()
}

fn typed(input: &AccountInput<'_>) -> Result<ReadAccount, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let bin = input.bin.map(str::trim).unwrap_or("");
    let parsed_bin = match bin.parse::<bank::Bin>() {
        Ok(parsed) if bank::by_bin(bin).is_some() => Some(parsed),
        Ok(_) => {
            problems.push(FieldProblem::new("/bin", "bin_unknown", "no bank of the directory has this BIN"));
            None
        }
        Err(error) => {
            problems.push(FieldProblem::new("/bin", "bin_malformed", error.to_string()));
            None
        }
    };
    let number = match input.account_number.unwrap_or("").parse::<AccountNumber>() {
        Ok(number) => Some(number),
        Err(error) => {
            problems.push(FieldProblem::new("/account_number", "account_malformed", error.to_string()));
            None
        }
    };
    let (Some(bin), Some(number)) = (parsed_bin, number) else { return Err(problems) };
    let payload = TransferCode::new(bin, number)
        .and_then(|code| code.encode())
        .map_err(|error| vec![FieldProblem::new("/bin", error.code(), error.to_string())])?;
    let identity = identity_of(&payload).unwrap_or_default();
    Ok(ReadAccount {
        scheme: "vietqr".to_owned(),
        bin: Some(bin.as_str().to_owned()),
        service: Some(Service::Account.as_str().to_owned()),
        last4: last4(number.as_str()),
        number: Some(number.as_str().to_owned()),
        identity,
        payload,
        holder_name: None,
        code_name: None,
        scanned_payload: None,
        // Without the vendor's own code there is nothing that was read: the number was typed.
        how: Provenance::Typed,
        is_primary: input.is_primary,
    })
}

/// The last four characters; accounts are ASCII, but a wallet's text need not be.
fn last4(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(4);
    number.chars().skip(skip).collect()
}
