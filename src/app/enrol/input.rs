//! Reads the body of an enrolment: every wrong place is named, none stops at the first.

use serde_json::Value;

use super::account::{self, AccountInput, ReadAccount};
use crate::{
    app::{FieldProblem, UseError},
    domain::{
        consent::{self, Purpose},
        ids::{MarketId, VendorId},
        payment_account::Provenance,
        stall::StallCode,
        text::Name,
        time::UnixMillis,
        vendor::{FormOfAddress, Phone},
    },
    payment_code::fold,
    store::vendors::VendorRecord,
};

/// The longest name of a kind of goods or of a phone, in characters.
const LONGEST_WORDS: usize = 60;
/// At most this many accounts in one enrolment.
const MOST_ACCOUNTS: usize = 8;

/// Whom an enrolment is about.
#[derive(Debug, Clone)]
pub enum VendorInput {
    /// A vendor of this market.
    Known(VendorId),
    /// A vendor described by name and phone.
    Described(VendorRecord),
}

/// An enrolment that makes sense by itself; what the store knows is looked at later.
#[derive(Clone)]
pub struct Enrolment {
    /// In which market.
    pub market_id: MarketId,
    /// At which stall.
    pub stall_code: StallCode,
    /// Whom.
    pub vendor: VendorInput,
    /// At least one, exactly one of them primary.
    pub accounts: Vec<ReadAccount>,
    /// Agreed to, each by a box of its own.
    pub purposes: Vec<Purpose>,
    /// Whether the holder of somebody else's account agreed too.
    pub holder_consent: bool,
    /// The version of the words that were heard.
    pub text_version: String,
    /// When consent was given.
    pub consent_given_at: UnixMillis,
    /// When the phone recorded it.
    pub captured_at: UnixMillis,
    /// Whether a test transfer was seen to arrive.
    pub test_transfer_seen: Option<bool>,
    /// Whether what is in force at the stall stays beside the accounts given here; otherwise they are the whole set.
    pub keeps_current: bool,
    /// What the vendor sells, when it was said.
    pub goods: Option<String>,
    /// What the phone says of the record: its revision there, from 1; the version of the stall it had seen; which phone.
    pub origin: Origin,
    /// SHA-256 over the canonical body (RFC 8785).
    pub body_hash: Vec<u8>,
    /// The canonical body.
    pub body: String,
}

/// What a phone says of a record it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The record's revision on the phone, from 1.
    pub rev: i64,
    /// The version of the stall the phone had seen.
    pub base_version: Option<i64>,
    /// Which phone.
    pub device_id: Option<String>,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({} {}, {} accounts)", self.market_id, self.stall_code, self.accounts.len())
    }
}

/// Collects the problems of a body while its parts are read.
struct Reader<'a> {
    body: &'a Value,
    problems: Vec<FieldProblem>,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.problems.push(FieldProblem::new(pointer, code, message));
    }

    /// Text at a place; `null` and absence are the same.
    fn text(&mut self, pointer: &str) -> Option<&'a str> {
        match self.body.pointer(pointer) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.problem(pointer, "not_text", "expected text in quotes");
                None
            }
        }
    }

    fn flag(&mut self, pointer: &str) -> Option<bool> {
        match self.body.pointer(pointer) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => {
                self.problem(pointer, "not_boolean", "expected true or false");
                None
            }
        }
    }

    /// A whole number from 1 on.
    fn number(&mut self, pointer: &str) -> Option<i64> {
        match self.body.pointer(pointer) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let number = value.as_i64().filter(|number| *number >= 1);
                if number.is_none() {
                    self.problem(pointer, "number_malformed", "expected a whole number from 1 on");
                }
                number
            }
        }
    }

    /// Text that must be there and must parse.
    fn required<T, E: std::fmt::Display>(
        &mut self,
        pointer: &str,
        code: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let before = self.problems.len();
        match self.text(pointer).map(parse) {
            Some(Ok(value)) => Some(value),
            Some(Err(error)) => {
                self.problem(pointer, code, error.to_string());
                None
            }
            None => {
                if self.problems.len() == before {
                    self.problem(pointer, "missing", "this is needed");
                }
                None
            }
        }
    }

    /// Text that may be absent or empty, but must parse when it is there.
    fn optional<T, E: std::fmt::Display>(
        &mut self,
        pointer: &str,
        code: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.text(pointer).filter(|text| !text.trim().is_empty()).map(parse)? {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(pointer, code, error.to_string());
                None
            }
        }
    }
}

/// Reads the JSON body of `PUT /api/v1/enrolments/{uuid}`. Fields it does not know are ignored: a phone may be newer.
pub fn from_json(body: &Value, now: UnixMillis) -> Result<Enrolment, UseError> {
    let canonical = serde_json_canonicalizer::to_string(body)
        .map_err(|_| UseError::invalid("", "not_json", "the body is not a JSON object"))?;
    let mut reader = Reader { body, problems: Vec::new() };
    let read = read(&mut reader, now, &canonical);
    super::or_problems(read, reader.problems)
}

fn read(reader: &mut Reader<'_>, now: UnixMillis, canonical: &str) -> Option<Enrolment> {
    use sha2::Digest;
    let market_id = reader.required("/market_id", "market_id_malformed", str::parse::<MarketId>);
    let stall_code = reader.required("/stall_code", "stall_code_malformed", str::parse::<StallCode>);
    let vendor = vendor(reader);
    let accounts = accounts(reader);
    let consent = consent(reader, now);
    let captured_at = reader.optional("/captured_at", "moment_malformed", UnixMillis::parse).unwrap_or(now);
    let test_transfer_seen = reader.flag("/test_transfer_seen");
    let keeps_current = reader.flag("/keep_current").unwrap_or(false);
    let short = |text: &str| {
        let text = fold::nfc_clean(text);
        if text.chars().count() <= LONGEST_WORDS { Ok(text) } else { Err("at most 60 characters") }
    };
    let goods = reader.optional("/vendor/goods", "text_too_long", short);
    let origin = Origin {
        rev: reader.number("/rev").unwrap_or(1),
        base_version: reader.number("/base_version"),
        device_id: reader.optional("/device_id", "text_too_long", short),
    };
    let (purposes, holder_consent, text_version, consent_given_at) = consent?;
    Some(Enrolment {
        market_id: market_id?,
        stall_code: stall_code?,
        vendor: vendor?,
        accounts: accounts?,
        purposes,
        holder_consent,
        text_version,
        consent_given_at,
        captured_at,
        test_transfer_seen,
        keeps_current,
        goods,
        origin,
        body_hash: sha2::Sha256::digest(canonical.as_bytes()).to_vec(),
        body: canonical.to_owned(),
    })
}

fn vendor(reader: &mut Reader<'_>) -> Option<VendorInput> {
    if let Some(id) = reader.optional("/vendor_id", "vendor_id_malformed", str::parse::<VendorId>) {
        return Some(VendorInput::Known(id));
    }
    let name = match reader.text("/vendor/full_name").unwrap_or("").parse::<Name>() {
        Ok(name) => Some(name),
        Err(error) => {
            reader.problem("/vendor/full_name", error.code(), error.to_string());
            None
        }
    };
    let phone = reader.optional("/vendor/phone", "phone_malformed", str::parse::<Phone>);
    let business_name = reader.optional("/vendor/business_name", "business_name_malformed", str::parse::<Name>);
    let form_of_address = reader
        .optional("/vendor/form_of_address", "form_of_address_unknown", str::parse::<FormOfAddress>)
        .unwrap_or(FormOfAddress::Unknown);
    Some(VendorInput::Described(VendorRecord { full_name: name?, form_of_address, business_name, phone }))
}

fn accounts(reader: &mut Reader<'_>) -> Option<Vec<ReadAccount>> {
    let list = match reader.body.pointer("/accounts") {
        Some(Value::Array(list)) if !list.is_empty() => list,
        _ => {
            reader.problem("/accounts", "accounts_missing", "at least one account is needed");
            return None;
        }
    };
    if list.len() > MOST_ACCOUNTS {
        reader.problem("/accounts", "accounts_too_many", format!("at most {MOST_ACCOUNTS} accounts in one enrolment"));
        return None;
    }
    let mut accounts: Vec<ReadAccount> = Vec::with_capacity(list.len());
    for i in 0..list.len() {
        let at = |field: &str| format!("/accounts/{i}/{field}");
        let how = reader.optional(&at("how"), "how_unknown", str::parse::<Provenance>);
        let input = AccountInput {
            bin: reader.text(&at("bin")),
            account_number: reader.text(&at("account_number")),
            holder_name: reader.text(&at("holder_name")),
            scanned_payload: reader.text(&at("scanned_payload")),
            how,
            is_primary: reader.flag(&at("primary")).unwrap_or(false),
        };
        match account::read_account(&input) {
            Ok(account) if accounts.iter().any(|other| other.identity == account.identity) => {
                reader.problem(format!("/accounts/{i}"), "account_repeated", "this account stands twice");
            }
            Ok(account) => accounts.push(account),
            Err(problems) => reader.problems.extend(
                problems
                    .into_iter()
                    .map(|problem| FieldProblem { pointer: format!("/accounts/{i}{}", problem.pointer), ..problem }),
            ),
        }
    }
    match accounts.iter().filter(|account| account.is_primary).count() {
        // Nobody said which: the first one given.
        0 => accounts.first_mut()?.is_primary = true,
        1 => {}
        _ => reader.problem("/accounts", "primary_twice", "only one account can be the primary one"),
    }
    Some(accounts)
}

type Consent = (Vec<Purpose>, bool, String, UnixMillis);

fn consent(reader: &mut Reader<'_>, now: UnixMillis) -> Option<Consent> {
    let text_version = reader.required("/consent/text_version", "consent_text_unknown", |version| {
        consent::text_hash(version).map(|_| version.to_owned()).ok_or("no consent text of that version was ever shown")
    });
    let given_at = reader.optional("/consent/given_at", "moment_malformed", UnixMillis::parse).unwrap_or(now);
    let holder = reader.flag("/consent/account_holder").unwrap_or(false);
    let mut purposes = Vec::new();
    if let Some(Value::Array(list)) = reader.body.pointer("/consent/purposes") {
        for (i, item) in list.iter().enumerate() {
            match item.as_str().map(str::parse::<Purpose>) {
                Some(Ok(purpose)) => purposes.push(purpose),
                _ => reader.problem(format!("/consent/purposes/{i}"), "purpose_unknown", "not a purpose anybody can agree to"),
            }
        }
    }
    purposes.sort_unstable();
    purposes.dedup();
    if !purposes.contains(&Purpose::IssueCode) {
        reader.problem("/consent/purposes", "consent_missing", "without consent to `issue_code` no code can be made");
    }
    Some((purposes, holder, text_version?, given_at))
}
