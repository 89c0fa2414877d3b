//! The public page behind a sticker's small code: what anybody may know of a sticker, enough to compare it with what hangs there
//! and too little to gather a list; and the form with which anybody says that something looks wrong.
//!
//! Whatever is no sticker's token gets one answer, whether it looks like a token or not, to look at or to report.

use std::net::IpAddr;

use axum::{
    Form,
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::Chrome,
    error::{AppError, words_of},
    page::Page,
    peer,
    routes::{self, Route},
    stall_page,
    state::AppState,
    words::{Lang, Words},
};
use crate::{
    app::report_sticker,
    domain::{
        payment_code::CodeStatus,
        stall::CodeSafety,
        sticker::StickerStatus,
        sticker_report::{LONGEST_NOTE, Note, ReportReason},
    },
    payment_code::{bank, fold},
    store::{
        check_links::{self, PublicSticker},
        seal::token_hash,
    },
};

/// A report's form is short: 300 characters take at most 3,600 bytes.
const FORM_LIMIT: usize = 8 << 10;

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/s/{token}", show), routes::post("/s/{token}/report", report), routes::get("/s/{token}/reported", reported)]
}

/// A token as it stands in the address, or what cannot even be one.
type Token = Result<Path<String>, PathRejection>;

/// The sticker behind a link. Every miss costs the same: one query by a hash.
async fn open(state: &AppState, from: Option<IpAddr>, token: Token) -> Result<(String, PublicSticker), AppError> {
    let now = state.app.clock.now();
    state.limits.misses.look(from, now)?;
    state.limits.checks.take(from, now)?;
    let token = token.map(|Path(token)| token).unwrap_or_default();
    match check_links::find(&state.app.db, &token_hash(&token)).await? {
        Some(sticker) => Ok((token, sticker)),
        None => {
            state.limits.misses.take(from, now)?;
            Err(AppError::NotFound)
        }
    }
}

/// What a payer is to make of a sticker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// In force, and seen at the stall.
    InUse,
    /// In force, and nobody has seen it at the stall yet.
    Printed,
    /// The latest check at the stall found somebody else's code.
    Mismatch,
    /// Somebody said that the code is not theirs.
    Frozen,
    /// Replaced, or out of force.
    Retired,
}

impl Verdict {
    /// The worst of what is known.
    fn of(sticker: &PublicSticker) -> Self {
        if sticker.status == StickerStatus::Retired || sticker.code_status != CodeStatus::Active {
            Self::Retired
        } else if sticker.is_frozen {
            Self::Frozen
        } else if sticker.safety == CodeSafety::Mismatch {
            Self::Mismatch
        } else if sticker.status == StickerStatus::Posted {
            Self::InUse
        } else {
            Self::Printed
        }
    }

    /// Class, glyph, the verdict and what follows from it.
    const fn look(self, t: &'static Words) -> (&'static str, &'static str, &'static str, &'static str) {
        let t = &t.check_link;
        match self {
            Self::InUse => ("good", "dung", t.in_use, t.in_use_say),
            Self::Printed => ("wait", "hen", t.printed, t.printed_say),
            Self::Mismatch => ("bad", "lech", t.mismatch, t.mismatch_say),
            Self::Frozen => ("bad", "lech", t.frozen, t.frozen_say),
            Self::Retired => ("bad", "tuchoi", t.retired, t.retired_say),
        }
    }
}

/// A report as it was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    reason: String,
    note: String,
    /// The field that is wrong, and how.
    problem: Option<(&'static str, &'static str)>,
}

#[derive(askama::Template)]
#[template(path = "stickers/check.html")]
struct CheckPage {
    chrome: Chrome,
    token: String,
    look: (&'static str, &'static str, &'static str, &'static str),
    serial: String,
    stall: String,
    market: String,
    holder: String,
    bank: String,
    masked: String,
    state: &'static str,
    posted: String,
    checked: String,
    /// Whether the latest check found another code, and the verdict speaks of something else.
    mismatch: bool,
    reasons: Vec<(&'static str, &'static str)>,
    longest_note: usize,
    typed: Typed,
}

impl CheckPage {
    fn of(lang: Lang, token: String, sticker: PublicSticker, typed: Typed) -> Self {
        let t = lang.words();
        let verdict = Verdict::of(&sticker);
        let day = |at: Option<crate::domain::time::UnixMillis>| at.map(|at| at.day().to_people()).unwrap_or_default();
        Self {
            chrome: Chrome::bare(lang, t.check_link.title).at(format!("/s/{token}")),
            token,
            look: verdict.look(t),
            holder: masked_name(&sticker.holder_name),
            bank: sticker.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet).to_owned(),
            masked: format!("…{}", sticker.account_last4),
            state: match sticker.status {
                StickerStatus::Printed => t.stall.sticker_printed,
                StickerStatus::Posted => t.stall.sticker_posted,
                StickerStatus::Retired => t.stall.sticker_retired,
            },
            posted: day(sticker.posted_at_ms),
            // A phone's clock may be behind: what posted the sticker was a check.
            checked: day(sticker.checked_at_ms.max(sticker.posted_at_ms)),
            mismatch: sticker.safety == CodeSafety::Mismatch && verdict != Verdict::Mismatch,
            serial: sticker.serial,
            stall: sticker.stall_code,
            market: sticker.market_name,
            reasons: stall_page::words(ReportReason::ALL, ReportReason::as_str, |word| t.report_reason.find(word)),
            longest_note: LONGEST_NOTE,
            typed,
        }
    }

    fn problem(&self, field: &str) -> &'static str {
        self.typed.problem.filter(|(name, _)| *name == field).map_or("", |(_, words)| words)
    }
}

async fn show(
    State(state): State<AppState>,
    lang: Lang,
    peer::From(from): peer::From,
    token: Token,
) -> Result<Response, AppError> {
    let (token, sticker) = open(&state, from, token).await?;
    Ok(Page(CheckPage::of(lang, token, sticker, Typed::default())).into_response())
}

#[derive(Deserialize)]
struct ReportForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
}

/// "Báo nghi ngờ": the link is judged before anything of the form is read.
async fn report(
    State(state): State<AppState>,
    lang: Lang,
    peer::From(from): peer::From,
    token: Token,
    mut request: Request,
) -> Result<Response, AppError> {
    let (token, sticker) = open(&state, from, token).await?;
    DefaultBodyLimit::max(FORM_LIMIT).apply(&mut request);
    let Form(form) = Form::<ReportForm>::from_request(request, &state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        _ => AppError::BadRequest("bad_request"),
    })?;
    let parsed = match (form.reason.parse::<ReportReason>(), form.note.parse::<Note>()) {
        (Ok(reason), Ok(note)) => Ok((reason, note)),
        (Err(_), _) => Err(("reason", if form.reason.is_empty() { "reason_missing" } else { "reason_unknown" })),
        (_, Err(_)) => Err(("note", "note_too_long")),
    };
    let (reason, note) = match parsed {
        Ok(parsed) => parsed,
        Err((field, code)) => {
            let typed = Typed { reason: form.reason, note: form.note, problem: Some((field, words_of(lang, code))) };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(CheckPage::of(lang, token, sticker, typed))).into_response());
        }
    };
    state.limits.reports.take(from, state.app.clock.now())?;
    report_sticker::report(&state.app, &sticker, reason, note).await?;
    Ok(Redirect::to(&format!("/s/{token}/reported")).into_response())
}

#[derive(askama::Template)]
#[template(path = "stickers/reported.html")]
struct ReportedPage {
    chrome: Chrome,
    token: String,
    stall: String,
    market: String,
}

/// Thanks, what happens next, and what to do meanwhile.
async fn reported(
    State(state): State<AppState>,
    lang: Lang,
    peer::From(from): peer::From,
    token: Token,
) -> Result<Response, AppError> {
    let (token, sticker) = open(&state, from, token).await?;
    let chrome = Chrome::bare(lang, lang.words().check_link.reported_title).at(format!("/s/{token}/reported"));
    Ok(Page(ReportedPage { chrome, token, stall: sticker.stall_code, market: sticker.market_name }).into_response())
}

/// `NGUYEN THI HOA` becomes `N••••• T•• HOA`: the given name, which payers know, stays readable.
fn masked_name(name: &str) -> String {
    let upper = fold::fold_ascii(&fold::nfc_clean(name)).to_uppercase();
    let words: Vec<&str> = upper.split(' ').collect();
    let last = words.len().saturating_sub(1);
    let mask = |(at, word): (usize, &&str)| {
        if at == last {
            (*word).to_owned()
        } else {
            word.chars().enumerate().map(|(i, c)| if i == 0 { c } else { '•' }).collect()
        }
    };
    words.iter().enumerate().map(mask).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::masked_name;

    #[test]
    fn a_name_keeps_its_initials_and_its_given_name() {
        assert_eq!(masked_name("Nguyễn Thị Hoà"), "N••••• T•• HOA");
        assert_eq!(masked_name("Đỗ  An"), "D• AN");
        assert_eq!(masked_name("Y"), "Y");
        assert_eq!(masked_name(""), "");
    }
}
