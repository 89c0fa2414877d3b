//! Payment codes as drawings, pictures and cards; print batches as sheets, streamed.

use std::{
    io::{self, Write},
    sync::LazyLock,
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use tokio::sync::mpsc;

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
    domain::{ids::PrintBatchId, scope::Act},
    payment_code::{bank, fold},
    print::{self, DesignName, Ec, Fonts, Paper, SheetOptions, Sticker, Symbol},
    store::{
        accounts, markets, stalls,
        stickers::{self, Printed},
        vendors,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/api/v1/payment-codes/{file}", code), routes::get("/api/v1/print-batches/{file}", sheet)]
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    Fonts::new(fonts::REGULAR, fonts::SEMIBOLD, fonts::BOLD).expect("the embedded fonts are read by every print test")
});

/// A code as an SVG to be set into a page.
pub(super) fn svg_inline(text: &str) -> Result<String, AppError> {
    let symbol = Symbol::encode(text, Ec::M).map_err(AppError::internal)?;
    Ok(print::svg::code(&symbol, "QR"))
}

/// How a file name ends, and what stands before it.
fn split(file: &str) -> (&str, &str) {
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
            print::card::write(&mut out, DesignName::CardA6, &sticker, &FONTS, language(lang)).map_err(AppError::internal)?;
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

const fn language(lang: Lang) -> print::Language {
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
        check_url: None,
    })
}

fn sticker(printed: Printed, market: &str, base: &str) -> Sticker {
    let holder = printed.holder_name.unwrap_or_else(|| printed.vendor_name.clone());
    Sticker {
        serial: Some(printed.serial),
        stall: printed.stall_code,
        market: market.to_owned(),
        payee_name: fold::fold_ascii(&holder).to_uppercase(),
        vendor_name: printed.vendor_name,
        trade: printed.goods.unwrap_or_default(),
        bank: printed.bin.as_deref().map(|bin| bank::name_of(bin).to_owned()).unwrap_or_default(),
        last_digits: printed.account_last4,
        payload: printed.payload,
        issued: printed.issued_at.map(|at| at.day().month_to_people()).unwrap_or_default(),
        check_url: Some(format!("{base}/v/{}", printed.check_token)),
    }
}

/// A sheet is drawn page by page while it is sent: ten thousand stickers need no more memory than ten.
async fn sheet(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(file): Path<String>,
) -> Result<Response, AppError> {
    let (id, "pdf") = split(&file) else { return Err(AppError::NotFound) };
    let id: PrintBatchId = id.parse().map_err(|_| AppError::NotFound)?;
    let act = if who.viewer.may(Act::Print) { Act::Print } else { Act::PrintOwn };
    let scope = markets::enter_by_batch(&state.app.db, &who.viewer, act, id).await?;
    let batch = stickers::find_batch(&state.app.db, &scope, id).await?.ok_or(AppError::NotFound)?;
    if act == Act::PrintOwn && batch.printed_by != who.viewer.actor() {
        return Err(AppError::NotFound);
    }
    reveal::note_sheet(&state.app, &scope, id).await?;
    let design: DesignName = batch.design.parse().map_err(|_| AppError::Conflict("design_unknown"))?;
    let paper: Paper = batch.paper.parse().map_err(|_| AppError::Conflict("paper_unknown"))?;
    let market = scope.market().name.clone();
    let options = SheetOptions {
        start_at: usize::try_from(batch.start_at).unwrap_or(1),
        copies: usize::try_from(batch.copies).unwrap_or(1),
        crop_marks: true,
        title: String::new(),
        market: market.clone(),
        printed_on: batch.created_at_ms.day().to_people(),
        language: language(who.lang),
    };
    let base = state.config.base_url(&headers);

    let (records, drawn) = mpsc::channel(64);
    let (chunks, body) = mpsc::channel(8);
    tokio::spawn(async move {
        let mut from = 0;
        loop {
            match stickers::printed_page(&state.app.db, &scope, id, from, 100).await {
                Ok(page) if page.is_empty() => return,
                Ok(page) => {
                    from = page.last().map_or(from, |last| last.position + 1);
                    for printed in page {
                        if records.send(Ok(sticker(printed, &market, &base))).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    let _reader_gone = records.send(Err(error)).await;
                    return;
                }
            }
        }
    });
    tokio::task::spawn_blocking(move || {
        let mut out = io::BufWriter::with_capacity(32 << 10, ChannelWriter { chunks: chunks.clone() });
        let mut drawn = drawn;
        let stickers = std::iter::from_fn(move || drawn.blocking_recv());
        let written = print::sheet::write(&mut out, design, paper, &options, &FONTS, stickers).map_err(io::Error::other);
        if let Err(error) = written.and_then(|_| out.flush()) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a sheet was not finished");
            // An error in the body breaks the transfer, so that half a sheet is never taken for a whole one.
            let _reader_gone = chunks.blocking_send(Err(error));
        }
    });
    // The compressing layer asks once more after the end.
    let stream =
        futures_util::stream::unfold(body, |mut body| async move { body.recv().await.map(|chunk| (chunk, body)) }).fuse();
    let disposition = format!("inline; filename=\"choqr-{id}.pdf\"");
    Ok((
        [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        Body::from_stream(stream),
    )
        .into_response())
}

/// Hands what is written over to the response, and waits when the reader is slow.
struct ChannelWriter {
    chunks: mpsc::Sender<Result<Bytes, io::Error>>,
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunks.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
