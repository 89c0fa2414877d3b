//! Payment codes as drawings, pictures and cards.

use std::sync::LazyLock;

use axum::{
    extract::{Path, State},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};

use super::{
    assets::fonts,
    error::AppError,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
    words::Lang,
};
use crate::{
    app::reveal::{self, OpenCode},
    payment_code::{bank, fold},
    print::{self, Colour, Ec, Fonts, Sticker, Symbol},
    store::{accounts, stalls, vendors},
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/api/v1/payment-codes/{file}", code), routes::get("/api/v1/print-batches/{file}", super::sheets::sheet)]
}

/// The fonts that stickers are set in.
pub(super) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    Fonts::new(fonts::REGULAR, fonts::SEMIBOLD, fonts::BOLD).expect("the embedded fonts are read by every print test")
});

/// A code as an SVG to be set into a page.
pub(super) fn svg_inline(text: &str) -> Result<String, AppError> {
    let symbol = Symbol::encode(text, Ec::M).map_err(AppError::internal)?;
    Ok(print::svg::code(&symbol, "QR"))
}

/// How a file name ends, and what stands before it.
pub(super) fn split(file: &str) -> (&str, &str) {
    file.rsplit_once('.').unwrap_or((file, ""))
}

async fn code(State(state): State<AppState>, who: SignedIn, Path(file): Path<String>) -> Result<Response, AppError> {
    let (id, kind) = split(&file);
    let open = reveal::open_code(&state.app, &who.viewer, id.parse().map_err(|_| AppError::NotFound)?).await?;
    draw(&state, &open, kind, who.lang).await
}

/// A code in one of its forms; without an ending, as JSON.
pub(super) async fn draw(state: &AppState, open: &OpenCode, kind: &str, lang: Lang) -> Result<Response, AppError> {
    let name = format!("choqr-{}", open.code.account_last4);
    match kind {
        "svg" => {
            let symbol = Symbol::encode(&open.payload, Ec::M).map_err(AppError::internal)?;
            Ok(file_response("image/svg+xml", &format!("{name}.svg"), print::svg::code(&symbol, "VietQR").into_bytes()))
        }
        "png" => {
            let symbol = Symbol::encode(&open.payload, Ec::M).map_err(AppError::internal)?;
            Ok(file_response("image/png", &format!("{name}.png"), print::png::code(&symbol, 1_200)))
        }
        "pdf" => {
            let sticker = card(state, open).await?;
            let mut out = Vec::new();
            let design = state.designs.find("card_a6").map_err(AppError::internal)?;
            print::card::write(&mut out, design, &sticker, &FONTS, language(lang), Colour::Cmyk).map_err(AppError::internal)?;
            Ok(file_response("application/pdf", &format!("{name}.pdf"), out))
        }
        "" => Ok(axum::Json(serde_json::json!({
            "payment_code_id": open.code.payment_code_id,
            "stall_id": open.code.stall_id,
            "vendor_id": open.code.vendor_id,
            "payload": open.payload,
            "bin": open.code.bin,
            "account_masked": format!("…{}", open.code.account_last4),
            "status": open.code.status,
            "confirmed": open.code.confirmed_at_ms.is_some(),
        }))
        .into_response()),
        _ => Err(AppError::NotFound),
    }
}

pub(super) const fn language(lang: Lang) -> print::Language {
    match lang {
        Lang::Vi => print::Language::Vietnamese,
        Lang::En => print::Language::English,
    }
}

fn file_response(media: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\""))];
    (headers, bytes).into_response()
}

/// What a card without a serial shows.
async fn card(state: &AppState, open: &OpenCode) -> Result<Sticker, AppError> {
    let db = &state.app.db;
    let stall = stalls::find(db, &open.scope, open.code.stall_id).await?.ok_or(AppError::NotFound)?;
    let vendor = vendors::find(db, &open.scope, open.code.vendor_id).await?.ok_or(AppError::NotFound)?;
    let account = accounts::list(db, &open.scope, open.code.vendor_id)
        .await?
        .into_iter()
        .find(|account| account.payment_account_id == open.code.payment_account_id);
    let holder = account.and_then(|account| account.holder_name).unwrap_or_else(|| vendor.full_name.clone());
    Ok(Sticker {
        serial: None,
        stall: stall.code,
        market: open.scope.market().name.clone(),
        payee_name: fold::fold_ascii(&holder).to_uppercase(),
        vendor_name: vendor.full_name,
        trade: stall.goods.unwrap_or_default(),
        bank: open.code.bin.as_deref().map(|bin| bank::name_of(bin).to_owned()).unwrap_or_default(),
        last_digits: open.code.account_last4.clone(),
        payload: open.payload.clone(),
        issued: open.code.issued_at_ms.map(|at| at.day().month_to_people()).unwrap_or_default(),
        ..Sticker::default()
    })
}
