//! Records that wait for a person: the list, one record with what is wrong, and putting it right.

use axum::{
    Form,
    extract::{Multipart, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::Value;

use super::{
    fielder::Fielder,
    send::{say, told},
};
use crate::{
    app::field::{
        Item, Sender,
        receive::{self, Problem},
        records::{self, DROP_REASONS, Opened, Outcome, has_form},
    },
    domain::{
        field_record::{RecordKind, RecordState},
        ids::{MarketId, RecordId},
        scope::Act,
        visit::{Reason, VisitOutcome},
    },
    payment_code::{self, Mode, bank},
    store::{field_records::Record, markets},
    web::{
        chrome::Chrome,
        error::{AppError, words_of},
        page::Page,
        routes::{self, Route},
        stall_page::words,
        state::AppState,
        uploads::Upload,
        words::{Lang, Words},
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/dd/records", list),
        routes::post("/dd/records/import", import),
        routes::get("/dd/records/{market_id}/{record_id}", show),
        routes::post("/dd/records/{market_id}/{record_id}/correct", correct),
        routes::post("/dd/records/{market_id}/{record_id}/accept", accept),
        routes::post("/dd/records/{market_id}/{record_id}/drop", discard),
    ]
}

/// One line of the list.
struct Line {
    href: String,
    title: String,
    kind: &'static str,
    state: &'static str,
    glyph: &'static str,
    problem: String,
    who: String,
    when: String,
}

impl Line {
    fn of(lang: Lang, record: &Record, market: &str) -> Self {
        let t = lang.words();
        Self {
            href: format!("/dd/records/{}/{}", record.market_id, record.record_id),
            title: format!("{} · {market}", record.stall_code.as_deref().unwrap_or("?")),
            kind: t.record.find(&format!("kind_{}", record.kind)).unwrap_or(""),
            state: t.record.find(&format!("state_{}", record.state)).unwrap_or(""),
            glyph: if record.state == RecordState::Quarantined { "tuchoi" } else { "hen" },
            problem: say(lang, &Problem::read(&record.problems)),
            who: record.recorder.clone().unwrap_or_default(),
            when: record.captured_at_ms.to_people(),
        }
    }
}

#[derive(askama::Template)]
#[template(path = "field/records.html")]
struct ListPage {
    chrome: Chrome,
    lines: Vec<Line>,
    may_import: bool,
    problem: &'static str,
    /// What an imported file came to: a state in words and how many.
    imported: Vec<(&'static str, usize)>,
}

async fn list(State(state): State<AppState>, who: Fielder) -> Result<Response, AppError> {
    let who = who.trusted()?;
    Ok(Page(list_page(&state, &who, "", Vec::new()).await?).into_response())
}

async fn list_page(
    state: &AppState,
    who: &Fielder,
    problem: &'static str,
    imported: Vec<(&'static str, usize)>,
) -> Result<ListPage, AppError> {
    let mut lines = Vec::new();
    for market in markets::list(&state.app.db, &who.viewer).await? {
        let (scope, records) = records::open(&state.app, &who.viewer, market.market_id).await?;
        lines.extend(records.iter().map(|record| Line::of(who.lang, record, &scope.market().name)));
    }
    let chrome = Chrome::bare(who.lang, who.lang.words().record.title).at("/dd/records");
    Ok(ListPage { chrome, lines, may_import: who.viewer.may(Act::Review), problem, imported })
}

/// What one account of an enrolment says, masked.
struct AccountLine {
    at: usize,
    bank: String,
    masked: String,
    holder: String,
    /// Typed by hand: its number can be typed again.
    is_typed: bool,
}

#[derive(askama::Template)]
#[template(path = "field/record.html")]
struct ShowPage {
    chrome: Chrome,
    base: String,
    title: String,
    kind: &'static str,
    state: &'static str,
    record: Record,
    problems: Vec<String>,
    captured: String,
    received: String,
    outcome: String,
    /// What was said: label and value.
    said: Vec<(&'static str, String)>,
    accounts: Vec<AccountLine>,
    form: Correction,
    has_form: bool,
    is_visit: bool,
    is_open: bool,
    may_correct: bool,
    may_accept: bool,
    outcomes: Vec<(&'static str, &'static str)>,
    reasons: Vec<(&'static str, &'static str)>,
    drops: Vec<(&'static str, &'static str)>,
    /// The record says nothing we could read.
    is_shut: bool,
}

/// What can be put right in a record; empty leaves it as it was.
#[derive(Debug, Default, Clone, serde::Deserialize)]
#[serde(default)]
struct Correction {
    stall_code: String,
    full_name: String,
    phone: String,
    business_name: String,
    holder0: String,
    holder1: String,
    holder2: String,
    number0: String,
    number1: String,
    number2: String,
    outcome: String,
    reason: String,
    come_back_on: String,
}

impl Correction {
    fn of(body: &Value) -> Self {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
        Self {
            stall_code: text("/stall_code"),
            full_name: text("/vendor/full_name"),
            phone: text("/vendor/phone"),
            business_name: text("/vendor/business_name"),
            holder0: text("/accounts/0/holder_name"),
            holder1: text("/accounts/1/holder_name"),
            holder2: text("/accounts/2/holder_name"),
            outcome: text("/outcome"),
            reason: text("/reason"),
            come_back_on: text("/come_back_on"),
            ..Self::default()
        }
    }

    fn holder(&self, at: &usize) -> &str {
        [&self.holder0, &self.holder1, &self.holder2].get(*at).map_or("", |text| text.as_str())
    }

    fn number(&self, at: usize) -> &str {
        [&self.number0, &self.number1, &self.number2].get(at).map_or("", |text| text.as_str())
    }

    /// The body with what was put right.
    fn patch(&self, mut body: Value) -> Value {
        let mut put = |pointer: &str, text: &str| {
            if let Some(place) = body.pointer_mut(pointer) {
                *place = if text.trim().is_empty() { Value::Null } else { Value::from(text.trim()) };
            } else if let Some((parent, key)) = pointer.rsplit_once('/')
                && !text.trim().is_empty()
                && let Some(Value::Object(map)) = body.pointer_mut(parent)
            {
                map.insert(key.to_owned(), Value::from(text.trim()));
            }
        };
        if self.outcome.is_empty() {
            put("/stall_code", &self.stall_code);
            put("/vendor/full_name", &self.full_name);
            put("/vendor/phone", &self.phone);
            put("/vendor/business_name", &self.business_name);
            for at in 0..3 {
                put(&format!("/accounts/{at}/holder_name"), self.holder(&at));
                if !self.number(at).trim().is_empty() {
                    put(&format!("/accounts/{at}/account_number"), self.number(at));
                }
            }
        } else {
            put("/outcome", &self.outcome);
            put("/reason", &self.reason);
            put("/come_back_on", &self.come_back_on);
        }
        body
    }
}

fn ids(market: &str, record: &str) -> Result<(MarketId, RecordId), AppError> {
    Ok((market.parse().map_err(|_| AppError::NotFound)?, record.parse().map_err(|_| AppError::NotFound)?))
}

async fn show(
    State(state): State<AppState>,
    who: Fielder,
    Path((market, record)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let who = who.trusted()?;
    let (market, id) = ids(&market, &record)?;
    let opened = records::find(&state.app, &who.viewer, market, id).await?;
    let form = Correction::of(&opened.body);
    Ok(Page(show_page(&who, opened, form, None)).into_response())
}

fn show_page(who: &Fielder, opened: Opened, form: Correction, wrong: Option<&[Problem]>) -> ShowPage {
    let t = who.lang.words();
    let problems = wrong.unwrap_or(&opened.problems);
    let mut said: Vec<String> = Vec::new();
    for problem in problems {
        let line = words_of(who.lang, &problem.code).to_owned();
        if !said.contains(&line) {
            said.push(line);
        }
    }
    let record = opened.record;
    let base = format!("/dd/records/{}/{}", record.market_id, record.record_id);
    let title = format!("{} · {}", record.stall_code.as_deref().unwrap_or("?"), opened.scope.market().name);
    let is_open = record.state.is_open();
    let outcome = match (record.state, record.outcome.as_deref()) {
        (RecordState::Dropped, Some(reason)) => t.record.find(&format!("drop_{reason}")).unwrap_or("").to_owned(),
        (_, outcome) => outcome.unwrap_or("").to_owned(),
    };
    ShowPage {
        chrome: Chrome::bare(who.lang, &title).at(&base),
        base,
        kind: t.record.find(&format!("kind_{}", record.kind)).unwrap_or(""),
        state: t.record.find(&format!("state_{}", record.state)).unwrap_or(""),
        problems: said,
        captured: record.captured_at_ms.to_people(),
        received: record.received_at_ms.to_people(),
        outcome,
        said: said_lines(t, record.kind, &opened.body),
        accounts: account_lines(t, &opened.body),
        is_shut: opened.body.is_null(),
        form,
        has_form: has_form(record.kind) && !opened.body.is_null(),
        is_visit: record.kind == RecordKind::Visit,
        is_open,
        may_correct: opened.may_correct,
        may_accept: is_open && opened.may_decide && !opened.body.is_null(),
        outcomes: words(VisitOutcome::ALL, VisitOutcome::as_str, |word| t.outcome.find(word)),
        reasons: words(Reason::ALL, Reason::as_str, |word| t.reason.find(word)),
        drops: DROP_REASONS.iter().map(|word| (*word, t.record.find(&format!("drop_{word}")).unwrap_or(""))).collect(),
        record,
        title,
    }
}

/// What the record says, apart from its accounts.
fn said_lines(t: &'static Words, kind: RecordKind, body: &Value) -> Vec<(&'static str, String)> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let lines: Vec<(&'static str, String)> = match kind {
        RecordKind::Enrolment => vec![
            (t.enrol.vendor, text("/vendor/full_name").to_owned()),
            (t.enrol.phone, masked(text("/vendor/phone"))),
            (t.enrol.business_name, text("/vendor/business_name").to_owned()),
        ],
        RecordKind::Visit => vec![
            (t.stall.visit, t.outcome.find(text("/outcome")).unwrap_or(text("/outcome")).to_owned()),
            (t.stall.reason, t.reason.find(text("/reason")).unwrap_or("").to_owned()),
            (t.stall.come_back_on, text("/come_back_on").to_owned()),
        ],
        RecordKind::StickerCheck => {
            let read = payment_code::decode(text("/scanned_payload"), Mode::Lenient).ok();
            let bank = read.as_ref().and_then(|code| code.bin.as_deref()).map(bank::name_of).unwrap_or("");
            let tail = read.as_ref().and_then(|code| code.account.as_deref()).map(masked).unwrap_or_default();
            vec![(t.stall.side_scanned, format!("{bank} {tail}"))]
        }
        RecordKind::TestTransfer => vec![(t.enrol.test_transfer, String::new())],
    };
    lines.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect()
}

/// The end of a number; in lists and on this page nobody needs more.
fn masked(number: &str) -> String {
    let letters: Vec<char> = number.chars().filter(|c| !c.is_whitespace()).collect();
    if letters.is_empty() {
        String::new()
    } else {
        format!("…{}", letters[letters.len().saturating_sub(4)..].iter().collect::<String>())
    }
}

fn account_lines(t: &'static Words, body: &Value) -> Vec<AccountLine> {
    let list = body.pointer("/accounts").and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
    let text = |account: &Value, key: &str| account.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    list.iter()
        .take(3)
        .enumerate()
        .map(|(at, account)| {
            let code = payment_code::decode(text(account, "scanned_payload").trim(), Mode::Lenient).ok();
            let bin = code.as_ref().and_then(|code| code.bin.clone()).unwrap_or_else(|| text(account, "bin"));
            let number = code.as_ref().and_then(|code| code.account.clone()).unwrap_or_else(|| text(account, "account_number"));
            AccountLine {
                at,
                bank: if bin.is_empty() { t.stall.wallet.to_owned() } else { bank::name_of(&bin).to_owned() },
                masked: masked(&number),
                holder: text(account, "holder_name"),
                is_typed: text(account, "scanned_payload").is_empty(),
            }
        })
        .collect()
}

async fn correct(
    State(state): State<AppState>,
    who: Fielder,
    Path((market, record)): Path<(String, String)>,
    Form(form): Form<Correction>,
) -> Result<Response, AppError> {
    let who = who.trusted()?;
    let (market, id) = ids(&market, &record)?;
    let opened = records::find(&state.app, &who.viewer, market, id).await?;
    let changed = form.patch(opened.body.clone());
    settled(&state, &who, (market, id), Some(changed), form).await
}

async fn accept(
    State(state): State<AppState>,
    who: Fielder,
    Path((market, record)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let who = who.trusted()?;
    let (market, id) = ids(&market, &record)?;
    let opened = records::find(&state.app, &who.viewer, market, id).await?;
    settled(&state, &who, (market, id), None, Correction::of(&opened.body)).await
}

async fn settled(
    state: &AppState,
    who: &Fielder,
    (market, id): (MarketId, RecordId),
    changed: Option<Value>,
    form: Correction,
) -> Result<Response, AppError> {
    match records::settle(&state.app, &who.viewer, (market, id), changed).await? {
        Outcome::Done(_) => Ok(Redirect::to(&format!("/dd/records/{market}/{id}")).into_response()),
        Outcome::Wrong(problems) => {
            let opened = records::find(&state.app, &who.viewer, market, id).await?;
            let page = show_page(who, opened, form, Some(&problems));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

#[derive(Debug, serde::Deserialize)]
struct DropForm {
    #[serde(default)]
    reason: String,
}

async fn discard(
    State(state): State<AppState>,
    who: Fielder,
    Path((market, record)): Path<(String, String)>,
    Form(form): Form<DropForm>,
) -> Result<Redirect, AppError> {
    let who = who.trusted()?;
    let (market, id) = ids(&market, &record)?;
    records::discard(&state.app, &who.viewer, market, id, &form.reason).await?;
    Ok(Redirect::to("/dd/records"))
}

/// What a phone writes when the network never comes back.
#[derive(Debug, serde::Deserialize)]
struct Export {
    #[serde(rename = "choqr_export")]
    form: u32,
    #[serde(default)]
    device_id: String,
    made_at: i64,
    items: Vec<Value>,
}

/// Takes a phone's file, in the name of whoever brings it: a file proves nothing about who made it.
async fn import(State(state): State<AppState>, who: Fielder, multipart: Multipart) -> Result<Response, AppError> {
    let who = who.trusted()?;
    if !who.viewer.may(Act::Review) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    let upload = Upload::read(multipart).await?;
    let export = upload.file("file").and_then(|bytes| serde_json::from_slice::<Export>(bytes).ok());
    let Some(export) = export.filter(|export| export.form == 1) else {
        let page = list_page(&state, &who, words_of(who.lang, "export_malformed"), Vec::new()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    let device = match export.device_id.parse() {
        Ok(id) => crate::store::devices::find(&state.app.db, id).await?,
        Err(_) => None,
    };
    let sender = Sender {
        viewer: who.viewer.clone(),
        device: device.map(|device| (device.device_id, device.created_at_ms)),
        is_revoked: false,
        sent_at: export.made_at,
    };
    let t = who.lang.words();
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    let mut count = |state: &str| {
        let words = t.record.find(&format!("state_{state}")).unwrap_or("");
        match counts.iter_mut().find(|(known, _)| *known == words) {
            Some((_, n)) => *n += 1,
            None => counts.push((words, 1)),
        }
    };
    for raw in export.items {
        match serde_json::from_value::<Item>(raw) {
            Ok(item) => {
                let answer = receive::receive(&state.app, &sender, &item).await;
                count(told(who.lang, &answer)["state"].as_str().unwrap_or(""));
            }
            Err(_) => count("malformed"),
        }
    }
    Ok(Page(list_page(&state, &who, "", counts).await?).into_response())
}
