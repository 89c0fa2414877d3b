//! A scan at the stall: what hangs there against what is registered, answered over the whole screen.

use axum::{
    extract::{Multipart, Path, State},
    response::{IntoResponse, Response},
};

use super::{
    chrome::{Chrome, Room},
    error::AppError,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    stall_page::{self, Typed},
    stalls::enter,
    state::AppState,
    uploads::Upload,
    words::Words,
};
use crate::{
    app::{
        UseError,
        check_sticker::{self, Scan},
    },
    clock::random,
    domain::{
        ids::{CheckId, StallId},
        scope::Act,
        sticker_check::Verdict,
    },
    payment_code::{Mode, bank, decode},
    store::markets,
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::post("/stalls/{stall_id}/check", check)]
}

/// A code in three lines: whose it is said to be, by which bank, the end of its account.
struct Side {
    title: &'static str,
    name: String,
    account: String,
}

#[derive(askama::Template)]
#[template(path = "stalls/checked.html")]
struct CheckedPage {
    chrome: Chrome,
    stall_id: StallId,
    code: String,
    name: String,
    is_good: bool,
    verdict: &'static str,
    say: &'static str,
    sides: Vec<Side>,
    /// Whom to call when the code is somebody else's.
    contact: (String, String),
    next: Option<(StallId, String)>,
}

/// A sticker is posted, or checked later, by scanning what hangs at the stall: a photo of it, or its text.
async fn check(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    multipart: Multipart,
) -> Result<Response, AppError> {
    let (scope, stall) = enter(&state, &who, Act::Enrol, &id).await?;
    let mut upload = Upload::read(multipart).await?;
    let typed = Typed { act: "check", payload: upload.text("payload").to_owned(), ..Typed::default() };
    let payload = match upload.code("photo").await {
        Some(Ok(payload)) => payload,
        Some(Err(code)) => {
            let error = UseError::invalid("/photo", code, "the photo was not read");
            return stall_page::redraw(&state, &who, &scope, stall, error, typed).await;
        }
        None if typed.payload.is_empty() => {
            let error = UseError::invalid("/payload", "payload_missing", "nothing to check");
            return stall_page::redraw(&state, &who, &scope, stall, error, typed).await;
        }
        None => typed.payload,
    };
    let now = state.app.clock.now();
    let t = who.lang.words();
    let scanned = scanned_side(t, &payload);
    let scan = Scan { id: CheckId::generate(now, random()), stall_id: stall.stall_id, payload, checked_at: now, body_hash: None };
    let verdict = check_sticker::check(&state.app, &who.viewer, scan).await?.verdict;
    let registered = stall_page::code_lines(&state, &scope, &stall, t).await?.into_iter().find(|code| code.in_force);
    let registered = registered.map(|code| Side {
        title: t.stall.side_registered,
        name: code.holder,
        account: format!("{} {}", code.bank, code.masked),
    });
    let phone = markets::contact_phone(&state.app.db, &scope).await?.unwrap_or_default();
    let page = CheckedPage {
        chrome: Chrome::of(&state, &who, t.stall.check, Room::Markets).await?,
        stall_id: stall.stall_id,
        is_good: verdict.is_good(),
        verdict: t.verdict.find(verdict.as_str()).unwrap_or(""),
        say: t.stall.find(&format!("say_{verdict}")).unwrap_or(""),
        sides: registered.into_iter().chain(scanned.filter(|_| verdict != Verdict::Match)).collect(),
        contact: (scope.market().contact_name.clone().unwrap_or_default(), phone),
        next: stall_page::next_stall(&state, &scope, stall.stall_id, |stall| stall.with_code && !stall.verified).await?,
        code: stall.code,
        name: stall.vendor_name.unwrap_or_default(),
    };
    Ok(Page(page).into_response())
}

/// What a scanned text says of itself; a transfer code carries no name.
fn scanned_side(t: &'static Words, payload: &str) -> Option<Side> {
    let read = decode(payload, Mode::Lenient).ok()?;
    let account = read.account.as_deref().unwrap_or("");
    let tail: String = account.chars().skip(account.chars().count().saturating_sub(4)).collect();
    let issuer = read.bin.as_deref().map(bank::name_of).unwrap_or(t.stall.wallet);
    Some(Side {
        title: t.stall.side_scanned,
        name: read.merchant_name.clone().unwrap_or_else(|| t.stall.side_nameless.to_owned()),
        account: if tail.is_empty() { issuer.to_owned() } else { format!("{issuer} …{tail}") },
    })
}
