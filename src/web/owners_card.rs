//! The owner's card: printed at the stall, kept at home; and the page that its recovery code opens.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::Chrome,
    codes::{FONTS, language},
    error::AppError,
    page::Page,
    peer,
    routes::{self, Route},
    session::SignedIn,
    sheets::print_problem,
    state::AppState,
    words::Lang,
};
use crate::{
    app::{UseError, vendor_link},
    domain::{ids::StallId, scope::Act},
    print::{self, Paper, SheetOptions, Sticker},
    store::{markets, stalls},
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::post("/stalls/{stall_id}/owners-card", card), routes::get("/c", form), routes::post("/c", recover)]
}

#[derive(Debug, Default, Deserialize)]
struct CardForm {
    #[serde(default)]
    design: String,
}

/// Makes a new link and recovery code and draws the card on A4; both are nowhere else but on it.
async fn card(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<CardForm>,
) -> Result<Response, AppError> {
    let stall_id: StallId = id.parse().map_err(|_| AppError::NotFound)?;
    let scope = markets::enter_by_stall(&state.app.db, &who.viewer, Act::Enrol, stall_id).await?;
    let stall = stalls::find(&state.app.db, &scope, stall_id).await?.ok_or(AppError::NotFound)?;
    let name = if form.design.is_empty() { "owner_card" } else { &form.design };
    let design = state.designs.find(name).ok().filter(|design| design.is_owners_card());
    let design = design.ok_or_else(|| UseError::invalid("/design", "design_unknown", "an owner's card"))?;
    let (market, base) = (scope.market().name.clone(), state.config.base_url(&headers));
    let options = SheetOptions {
        market: market.clone(),
        printed_on: state.app.clock.now().day().to_people(),
        language: language(who.lang),
        ..SheetOptions::default()
    };
    let draw = |token: &str, recovery: &str| {
        let sticker = Sticker {
            stall: stall.code.clone(),
            market: market.clone(),
            vendor_name: stall.vendor_name.clone().unwrap_or_default(),
            link: Some(format!("{base}/c/{token}")),
            recovery: recovery.to_owned(),
            ..Sticker::default()
        };
        let mut out = Vec::new();
        let get = |_| Ok::<_, std::convert::Infallible>(Some(sticker.clone()));
        print::sheet::write(&mut out, (design, &Paper::default()), &options, &FONTS, 1, get).map_err(print_problem)?;
        Ok::<_, AppError>(out)
    };
    // Once for trial: what cannot be drawn must not have retired the card that the vendor holds.
    draw(&"0".repeat(26), "0000 0000")?;
    let made = vendor_link::owners_card(&state.app, &who.viewer, stall_id).await?;
    let out = draw(&made.token, &made.recovery)?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"choqr-owner.pdf\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, out).into_response())
}

#[derive(askama::Template)]
#[template(path = "vendors/recover.html")]
struct RecoverPage {
    chrome: Chrome,
    stall: String,
    is_wrong: bool,
}

impl RecoverPage {
    fn new(lang: Lang, stall: String, is_wrong: bool) -> Page<Self> {
        Page(Self { chrome: Chrome::bare(lang, lang.words().recover.title).at("/c".to_owned()), stall, is_wrong })
    }
}

async fn form(lang: Lang) -> Response {
    RecoverPage::new(lang, String::new(), false).into_response()
}

#[derive(Debug, Default, Deserialize)]
struct RecoverForm {
    #[serde(default)]
    stall: String,
    #[serde(default)]
    recovery: String,
}

/// Opens the vendor's page for an hour. A wrong stall, wrong digits and a card that no longer works are answered alike.
async fn recover(
    State(state): State<AppState>,
    lang: Lang,
    peer::From(from): peer::From,
    Form(form): Form<RecoverForm>,
) -> Result<Response, AppError> {
    let now = state.app.clock.now();
    let stall: String = form.stall.trim().chars().take(32).collect::<String>().to_uppercase();
    state.limits.recoveries.take(from, now)?;
    state.limits.recoveries_of_stall.take_of(stall.clone(), now)?;
    match vendor_link::recover(&state.app, &stall, &form.recovery).await {
        Ok(token) => Ok(Redirect::to(&format!("/c/{token}")).into_response()),
        Err(UseError::NotFound) => Ok((StatusCode::UNPROCESSABLE_ENTITY, RecoverPage::new(lang, stall, true)).into_response()),
        Err(other) => Err(other.into()),
    }
}
