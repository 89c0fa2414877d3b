//! The enrolment page: stall, vendor, the vendor's own bank code (pasted, photographed or typed twice), consent.

use axum::{
    extract::{Multipart, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    chrome::{Chrome, Room},
    codes,
    error::{AppError, words_of},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    stall_page,
    state::AppState,
    uploads::{Shown, Upload},
    words::Words,
};
use crate::{
    app::{
        FieldProblem, UseError,
        enrol::{self, Answer},
        vendor_link,
    },
    clock::random,
    domain::{
        consent,
        ids::{EnrolmentId, StallId},
        scope::Act,
        stall::Progress,
        vendor::FormOfAddress,
    },
    payment_code::{self, Mode, bank},
    store::{
        enrolments,
        markets::{self, MarketScope},
        stalls::{self, Stall},
        vendors,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/stalls/{stall_id}/enrol", form), routes::post("/stalls/{stall_id}/enrol", create)]
}

/// One account as it is typed.
#[derive(Default)]
struct AccountForm {
    payload: String,
    /// What a photo said, one payload a line; while the payload is one of them, the account came from a photo.
    read: String,
    /// The codes of a photo that shows several, for the person to choose from.
    choices: Vec<Choice>,
    bin: String,
    number: String,
    again: String,
    holder: String,
}

/// One of several codes in a photo: what tells it from the others, without the whole account.
struct Choice {
    payload: String,
    label: String,
}

impl Choice {
    fn of(payload: String, unknown: &str) -> Self {
        let code = payment_code::decode(payload.trim(), Mode::Lenient).ok();
        let bank = code.as_ref().and_then(|code| code.bank.clone().or_else(|| code.bin.clone()));
        let account = code.as_ref().and_then(|code| code.account.as_deref());
        // The last four characters, whatever they are: an account may be an alias with letters.
        let last: Option<String> = account.map(|account| {
            let skipped = account.chars().count().saturating_sub(4);
            account.chars().skip(skipped).collect()
        });
        let name = code.as_ref().and_then(|code| code.merchant_name.clone());
        let parts = [bank, last.map(|last| format!("…{last}")), name];
        let label = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        Self { payload, label: if label.is_empty() { unknown.to_owned() } else { label } }
    }
}

/// An enrolment as it is typed.
#[derive(Default)]
struct EnrolForm {
    uuid: String,
    /// The keeper whom the form showed instead of asking for a name.
    keeper: String,
    full_name: String,
    phone: String,
    form_of_address: String,
    business_name: String,
    accounts: Vec<AccountForm>,
    follow_up: bool,
    statistics: bool,
    issue_code: bool,
    account_holder: bool,
    test_transfer: bool,
    keep_current: bool,
}

#[derive(askama::Template)]
#[template(path = "stalls/enrol.html")]
struct EnrolPage {
    chrome: Chrome,
    stall_id: StallId,
    code: String,
    market: String,
    /// The keeper the stall list knows; then the name is not asked.
    keeper: String,
    form: EnrolForm,
    addresses: Vec<(&'static str, &'static str)>,
    banks: &'static [bank::Bank],
    consent: &'static str,
    /// Why an enrolment of this stall was given back.
    returned: &'static str,
    /// A code is in force: another account is a change, beside it or in its place.
    is_change: bool,
    problems: Vec<(String, &'static str)>,
    conflict: &'static str,
}

impl EnrolPage {
    fn problem(&self, field: &str) -> &'static str {
        self.problems.iter().find(|(name, _)| name == field).map_or("", |(_, words)| words)
    }

    fn account_problem(&self, at: &usize, field: &str) -> &'static str {
        self.problem(&format!("{field}{at}"))
    }

    /// Whether something is wrong in one of these fields of an account: what holds it is open then.
    fn is_wrong(&self, at: &usize, fields: &[&str]) -> bool {
        fields.iter().any(|field| !self.account_problem(at, field).is_empty())
    }
}

async fn enter(state: &AppState, who: &SignedIn, id: &str) -> Result<(MarketScope, Stall), AppError> {
    let stall_id: StallId = id_of(id)?;
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, Act::Enrol, stall_id).await?;
    let stall = stalls::find(&state.app.db, &scope, stall_id).await?.ok_or(AppError::NotFound)?;
    Ok((scope, stall))
}

async fn form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    let (scope, stall) = enter(&state, &who, &id).await?;
    let mut form = EnrolForm {
        uuid: EnrolmentId::generate(state.app.clock.now(), random()).uuid().to_string(),
        accounts: vec![AccountForm::default(), AccountForm::default()],
        ..EnrolForm::default()
    };
    if let Some(vendor) = stall.vendor_id
        && let Some(vendor) = vendors::find(&state.app.db, &scope, vendor).await?
    {
        form.keeper = vendor.vendor_id.to_string();
        vendor.form_of_address.as_str().clone_into(&mut form.form_of_address);
        form.business_name = vendor.business_name.unwrap_or_default();
    }
    Ok(Page(page(&state, &who, &scope, &stall, form, Vec::new(), "").await?).into_response())
}

async fn page(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    stall: &Stall,
    form: EnrolForm,
    problems: Vec<(String, &'static str)>,
    conflict: &'static str,
) -> Result<EnrolPage, AppError> {
    let t = who.lang.words();
    let returned = if stall.progress == Progress::NeedsFix {
        let last = enrolments::list_of_stall(&state.app.db, scope, stall.stall_id).await?;
        let reason = last.first().and_then(|enrolment| enrolment.return_reason.as_deref());
        reason.and_then(|reason| t.return_reason.find(reason)).unwrap_or("")
    } else {
        ""
    };
    Ok(EnrolPage {
        chrome: Chrome::of(state, who, t.enrol.title(&stall.code), Room::Markets)
            .await?
            .at(format!("/stalls/{}/enrol", stall.stall_id)),
        stall_id: stall.stall_id,
        code: stall.code.clone(),
        market: scope.market().name.clone(),
        keeper: shown_keeper(&form, stall).unwrap_or_default().to_owned(),
        addresses: FormOfAddress::ALL.iter().map(|word| (word.as_str(), t.address.find(word.as_str()).unwrap_or(""))).collect(),
        banks: bank::all(),
        consent: consent::current_words(),
        returned,
        is_change: stall.with_code,
        form,
        problems,
        conflict,
    })
}

async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
    multipart: Multipart,
) -> Result<Response, AppError> {
    let (scope, stall) = enter(&state, &who, &id).await?;
    let mut upload = Upload::read(multipart).await?;
    let (mut form, mut problems) = read(&mut upload, who.lang.words()).await;
    let uuid = uuid::Uuid::try_parse(&form.uuid).map_err(|_| AppError::BadRequest("id_malformed"))?;
    if !form.keeper.is_empty() && shown_keeper(&form, &stall).is_none() {
        // Somebody else keeps the stall by now, or nobody: the name that the form showed is asked for instead.
        if let Ok(keeper) = form.keeper.parse() {
            let known = vendors::find(&state.app.db, &scope, keeper).await?;
            form.full_name = known.map(|vendor| vendor.full_name).unwrap_or_default();
        }
        form.keeper = String::new();
        let page = page(&state, &who, &scope, &stall, form, Vec::new(), words_of(who.lang, "keeper_changed")).await?;
        return Ok((StatusCode::CONFLICT, Page(page)).into_response());
    }
    let body = to_json(&form, &scope, &stall, upload.text("opened_at"));
    let now = state.app.clock.now();
    let result = match enrol::from_json(&body, now) {
        Ok(input) if problems.is_empty() => enrol::enrol(&state.app, &who.viewer, EnrolmentId::from_uuid(uuid), input).await,
        Ok(_) => Err(UseError::Invalid(Vec::new())),
        Err(error) => Err(error),
    };
    match result {
        Ok(enrolled) => {
            let link =
                if enrolled.is_new { vendor_link::issue_first(&state.app, &who.viewer, stall.stall_id).await? } else { None };
            let link = link.map(|token| format!("{}/c/{token}", state.config.base_url(&headers))).unwrap_or_default();
            done(&state, &who, &stall, enrolled.answer, link).await
        }
        Err(UseError::Invalid(found)) => {
            // An account whose photo has to be sorted out first is not also told that its number is missing.
            let unread: Vec<String> = problems
                .iter()
                .filter_map(|(field, _)| Some(field.strip_prefix("photo").or_else(|| field.strip_prefix("payload"))?.to_owned()))
                .collect();
            let more = found.iter().map(|problem| (field_of(&problem.pointer), problem.code));
            problems.extend(more.filter(|(field, _)| !unread.iter().any(|at| field.ends_with(at.as_str()))));
            say_what_is_missing(&form, &mut problems);
            let said = problems.into_iter().map(|(field, code)| (field, words_of(who.lang, code))).collect();
            let page = page(&state, &who, &scope, &stall, form, said, "").await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(UseError::Conflict(code)) => {
            let page = page(&state, &who, &scope, &stall, form, Vec::new(), words_of(who.lang, code)).await?;
            Ok((StatusCode::CONFLICT, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// An account of which nothing was given is asked for once, and a bank that was not chosen is no wrong BIN.
fn say_what_is_missing(form: &EnrolForm, problems: &mut Vec<(String, &'static str)>) {
    for (at, account) in form.accounts.iter().enumerate() {
        let (bin, number) = (format!("bin{at}"), format!("number{at}"));
        let is_asked = |(field, _): &(String, &str)| *field == bin || *field == number;
        if !account.bin.is_empty() || !problems.iter().any(is_asked) {
            continue;
        }
        if account.number.is_empty() && account.again.is_empty() {
            problems.retain(|problem| !is_asked(problem));
            problems.push((format!("payload{at}"), "account_needed"));
        } else {
            problems.iter_mut().filter(|(field, _)| *field == bin).for_each(|(_, code)| *code = "bank_missing");
        }
    }
}

/// Reads the form, the photos with it; a code in a photo stands for a pasted one.
async fn read(upload: &mut Upload, t: &Words) -> (EnrolForm, Vec<(String, &'static str)>) {
    let mut problems = Vec::new();
    let mut accounts = Vec::new();
    for at in 0..2 {
        let name = |field: &str| format!("{field}{at}");
        let mut account = AccountForm {
            payload: upload.text(&name("payload")).to_owned(),
            read: upload.text(&name("read")).to_owned(),
            choices: Vec::new(),
            bin: upload.text(&name("bin")).to_owned(),
            number: upload.text(&name("number")).to_owned(),
            again: upload.text(&name("again")).to_owned(),
            holder: upload.text(&name("holder")).to_owned(),
        };
        match upload.code(&name("photo")).await {
            Some(Shown::One(payload)) => {
                account.read.clone_from(&payload);
                account.payload = payload;
            }
            Some(Shown::Several(payloads)) => {
                account.read = payloads.join("\n");
                account.payload = String::new();
                account.choices = payloads.into_iter().map(|payload| Choice::of(payload, t.enrol.choice_unknown)).collect();
                problems.push((name("payload"), "several_codes_found"));
            }
            Some(Shown::Nothing(code)) => problems.push((name("photo"), code)),
            None => {}
        }
        if account.payload.is_empty() && account.number != account.again {
            problems.push((name("again"), "account_numbers_differ"));
        }
        accounts.push(account);
    }
    let form = EnrolForm {
        uuid: upload.text("uuid").to_owned(),
        keeper: upload.text("keeper").to_owned(),
        full_name: upload.text("full_name").to_owned(),
        phone: upload.text("phone").to_owned(),
        form_of_address: upload.text("form_of_address").to_owned(),
        business_name: upload.text("business_name").to_owned(),
        accounts,
        follow_up: upload.ticked("follow_up"),
        statistics: upload.ticked("statistics"),
        issue_code: upload.ticked("issue_code"),
        account_holder: upload.ticked("account_holder"),
        test_transfer: upload.ticked("test_transfer"),
        keep_current: upload.ticked("keep_current"),
    };
    (form, problems)
}

/// The name of the keeper whom the form showed, while it is they who keep the stall.
fn shown_keeper<'s>(form: &EnrolForm, stall: &'s Stall) -> Option<&'s str> {
    stall.vendor_id.filter(|id| id.to_string() == form.keeper).and(stall.vendor_name.as_deref())
}

/// The body the API would have received: one way in for both. A name that was typed is sent as it is, so that a stall
/// which somebody else took meanwhile is refused rather than given another's account.
fn to_json(form: &EnrolForm, scope: &MarketScope, stall: &Stall, opened_at: &str) -> Value {
    let name = shown_keeper(form, stall).unwrap_or(&form.full_name);
    let accounts: Vec<Value> = form
        .accounts
        .iter()
        .enumerate()
        .filter(|(at, account)| *at == 0 || !account.payload.is_empty() || !account.number.is_empty())
        .map(|(at, account)| {
            // Left empty, the account is declared to be the vendor's own.
            let holder = if account.holder.is_empty() { name } else { &account.holder };
            if account.payload.is_empty() {
                json!({ "bin": account.bin, "account_number": account.number, "holder_name": holder, "how": "typed", "primary": at == 0 })
            } else {
                let how = if account.read.lines().any(|read| read == account.payload) { "photo" } else { "paste" };
                json!({ "scanned_payload": account.payload, "holder_name": holder, "how": how, "primary": at == 0 })
            }
        })
        .collect();
    let purposes: Vec<&str> = [(form.issue_code, "issue_code"), (form.follow_up, "follow_up"), (form.statistics, "statistics")]
        .into_iter()
        .filter_map(|(ticked, purpose)| ticked.then_some(purpose))
        .collect();
    let mut body = json!({
        "market_id": scope.market_id(),
        "stall_code": stall.code,
        "vendor": { "full_name": name, "phone": form.phone, "business_name": form.business_name, "form_of_address": form.form_of_address },
        "accounts": accounts,
        "consent": { "text_version": consent::CURRENT, "purposes": purposes, "account_holder": form.account_holder },
        "test_transfer_seen": form.test_transfer,
        "keep_current": form.keep_current,
    });
    if crate::domain::time::UnixMillis::parse(opened_at).is_ok() {
        body["captured_at"] = json!(opened_at);
    }
    body
}

/// The form's field behind a pointer into the body.
fn field_of(pointer: &str) -> String {
    match pointer {
        "/vendor/full_name" => "full_name".to_owned(),
        "/vendor/phone" => "phone".to_owned(),
        "/vendor/business_name" => "business_name".to_owned(),
        "/consent/purposes" => "issue_code".to_owned(),
        other => {
            let mut parts = other.trim_start_matches("/accounts/").splitn(2, '/');
            let at = parts.next().unwrap_or("0");
            let field = match parts.next() {
                Some("scanned_payload") => "payload",
                Some("account_number") => "number",
                Some("holder_name") => "holder",
                Some("bin") => "bin",
                _ => "payload",
            };
            format!("{field}{at}")
        }
    }
}

#[derive(askama::Template)]
#[template(path = "stalls/enrolled.html")]
struct DonePage {
    chrome: Chrome,
    stall_id: StallId,
    code: String,
    name: String,
    receipt: String,
    reasons: Vec<&'static str>,
    codes: Vec<DoneCode>,
    /// Empty when the page is loaded again: the link was shown once.
    link: String,
    link_svg: String,
    next: Option<(StallId, String)>,
}

struct DoneCode {
    svg: String,
    bank: String,
    masked: String,
    png_url: String,
    pdf_url: String,
}

async fn done(state: &AppState, who: &SignedIn, stall: &Stall, answer: Answer, link: String) -> Result<Response, AppError> {
    let t = who.lang.words();
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, Act::Enrol, stall.stall_id).await?;
    let vendor = vendors::find(&state.app.db, &scope, answer.vendor_id).await?.ok_or(AppError::NotFound)?;
    let codes = answer
        .payment_codes
        .into_iter()
        .filter_map(|code| {
            let payload = code.payload?;
            Some(DoneCode {
                svg: codes::svg_inline(&payload).unwrap_or_default(),
                bank: code.bin.as_deref().map(bank::name_of).unwrap_or("").to_owned(),
                masked: code.account_masked,
                png_url: code.png_url,
                pdf_url: code.pdf_url,
            })
        })
        .collect();
    let page = DonePage {
        chrome: Chrome::of(state, who, t.enrol.done_title, Room::Markets).await?,
        stall_id: stall.stall_id,
        code: stall.code.clone(),
        name: vendor.full_name,
        receipt: answer.receipt,
        reasons: answer.review_reasons.iter().filter_map(|reason| t.review_reason.find(reason.as_str())).collect(),
        codes,
        link_svg: if link.is_empty() { String::new() } else { codes::svg_inline(&link)? },
        next: stall_page::next_stall(state, &scope, stall.stall_id, |stall| stall.progress.waits_for_enrolment()).await?,
        link,
    };
    Ok(Page(page).into_response())
}

/// A problem in the words of a page, for forms beside this one.
#[must_use]
pub(super) fn first_words(lang: super::words::Lang, problems: &[FieldProblem]) -> &'static str {
    problems.first().map_or("", |problem| words_of(lang, problem.code))
}
