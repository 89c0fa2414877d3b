//! The sheets of a print batch, drawn while they are sent: ten thousand stickers need no more memory than ten.

use std::{
    io::{self, Write},
    sync::Arc,
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::{
    codes::{FONTS, language, split},
    error::AppError,
    session::SignedIn,
    state::AppState,
    words::Lang,
};
use crate::{
    app::{UseError, reveal},
    domain::{ids::PrintBatchId, scope::Act},
    payment_code::{bank, fold},
    print::{self, Colour, CutOrder, Design, Paper, Plan, PrintError, SecondAccount, SheetOptions, Sticker},
    store::{
        StoreError,
        markets::{self, MarketScope},
        stickers::{self, PrintBatch, Printed},
    },
};

/// How a batch is put on paper this time: nothing of it changes the batch.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OnPaper {
    /// By how many millimetres the printer is off to the right.
    #[serde(default)]
    pub(super) x: String,
    /// And down.
    #[serde(default)]
    pub(super) y: String,
    /// `rows` or `stacks`.
    #[serde(default)]
    pub(super) order: String,
    /// `rgb` or `cmyk`.
    #[serde(default)]
    pub(super) colour: String,
    /// Said of a file that is to be saved rather than shown.
    pub(super) save: Option<String>,
}

impl OnPaper {
    /// What is asked for, beside what the batch says itself.
    pub(super) fn options(&self, paper: &Paper) -> Result<SheetOptions, UseError> {
        let number = |pointer: &str, text: &str| match text.trim().replace(',', ".") {
            text if text.is_empty() => Ok(0.0),
            text => text
                .parse()
                .ok()
                .filter(|by: &f64| by.abs() <= print::sheet::MOST_NUDGE)
                .ok_or_else(|| UseError::invalid(pointer, "nudge_out_of_range", "millimetres from -10 to 10")),
        };
        let order = match self.order.as_str() {
            "" | "rows" => CutOrder::Rows,
            "stacks" => CutOrder::Stacks,
            _ => return Err(UseError::invalid("/order", "cut_order_unknown", "rows or stacks")),
        };
        let colour = match self.colour.as_str() {
            "" if *paper == Paper::Piece => Colour::Cmyk,
            "" | "rgb" => Colour::Rgb,
            "cmyk" => Colour::Cmyk,
            _ => return Err(UseError::invalid("/colour", "colour_unknown", "rgb or cmyk")),
        };
        let nudge = (number("/x", &self.x)?, number("/y", &self.y)?);
        Ok(SheetOptions { order, nudge, colour, ..SheetOptions::default() })
    }
}

/// A sticker as it is drawn; a second print of the same stall becomes the second account of a card for two.
pub(super) fn sticker(printed: Printed, second: Option<Printed>, market: &str, base: &str) -> Sticker {
    let payee = |printed: &Printed| fold::fold_ascii(printed.holder_name.as_ref().unwrap_or(&printed.vendor_name)).to_uppercase();
    let bank = |printed: &Printed| printed.bin.as_deref().map(|bin| bank::name_of(bin).to_owned()).unwrap_or_default();
    Sticker {
        payee_name: payee(&printed),
        bank: bank(&printed),
        second: second.map(|second| SecondAccount {
            payee_name: payee(&second),
            bank: bank(&second),
            serial: Some(second.serial),
            last_digits: second.account_last4,
            payload: second.payload,
        }),
        serial: Some(printed.serial),
        stall: printed.stall_code,
        market: market.to_owned(),
        vendor_name: printed.vendor_name,
        trade: printed.goods.unwrap_or_default(),
        last_digits: printed.account_last4,
        payload: printed.payload,
        issued: printed.issued_at.map(|at| at.day().month_to_people()).unwrap_or_default(),
        check_url: Some(format!("{base}/s/{}", printed.check_token)),
        link: None,
        recovery: String::new(),
    }
}

/// A batch that may be seen, with all that its sheets are drawn from.
pub(super) struct Batch {
    pub(super) scope: MarketScope,
    pub(super) stored: PrintBatch,
    pub(super) design: Arc<Design>,
    pub(super) paper: Paper,
    /// Pieces: half as many as stickers on cards for two.
    pub(super) records: usize,
}

impl Batch {
    /// Lets somebody at a batch of their market; a volunteer at what they printed themselves.
    pub(super) async fn open(state: &AppState, who: &SignedIn, id: PrintBatchId) -> Result<Self, AppError> {
        let act = if who.viewer.may(Act::Print) { Act::Print } else { Act::PrintOwn };
        let scope = markets::enter_by_batch(&state.app.db, &who.viewer, act, id).await?;
        let batch = stickers::find_batch(&state.app.db, &scope, id).await?.ok_or(AppError::NotFound)?;
        if act == Act::PrintOwn && batch.printed_by != who.viewer.actor() {
            return Err(AppError::NotFound);
        }
        let design = Arc::clone(state.designs.find(&batch.design).map_err(|_| AppError::Conflict("design_unknown"))?);
        let paper: Paper = batch.paper.parse().map_err(|_| AppError::Conflict("paper_unknown"))?;
        let stickers = usize::try_from(batch.stickers).unwrap_or(0);
        let records = if design.is_for_two_accounts() { stickers / 2 } else { stickers };
        Ok(Self { scope, stored: batch, design, paper, records })
    }

    /// How its sheets are printed this time.
    pub(super) fn options(&self, on_paper: &OnPaper, lang: Lang) -> Result<SheetOptions, UseError> {
        Ok(SheetOptions {
            start_at: usize::try_from(self.stored.start_at).unwrap_or(1),
            copies: usize::try_from(self.stored.copies).unwrap_or(1),
            crop_marks: true,
            market: self.scope.market().name.clone(),
            printed_on: self.stored.created_at_ms.day().to_people(),
            language: language(lang),
            ..on_paper.options(&self.paper)?
        })
    }

    /// Which sticker lies where.
    pub(super) fn plan(&self, options: &SheetOptions) -> Result<Plan, AppError> {
        print::sheet::plan(&self.design, &self.paper, options, self.records).map_err(print_problem)
    }
}

/// `GET /api/v1/print-batches/{id}` says what was printed and how far its drawing is; `….pdf` is the sheets, from the first
/// to the last, as often as anybody likes.
pub(super) async fn sheet(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(file): Path<String>,
    Query(on_paper): Query<OnPaper>,
) -> Result<Response, AppError> {
    let (id, kind) = split(&file);
    let id: PrintBatchId = id.parse().map_err(|_| AppError::NotFound)?;
    match kind {
        "" => super::print_batch::json(&state, &who, id).await,
        "pdf" => stream(state, who, headers, id, on_paper).await,
        _ => Err(AppError::NotFound),
    }
}

async fn stream(
    state: AppState,
    who: SignedIn,
    headers: HeaderMap,
    id: PrintBatchId,
    on_paper: OnPaper,
) -> Result<Response, AppError> {
    let job = Batch::open(&state, &who, id).await?;
    let options = job.options(&on_paper, who.lang)?;
    let plan = job.plan(&options)?;
    reveal::note_sheet(&state.app, &job.scope, id).await?;

    let Batch { scope, stored: batch, design, paper, records } = job;
    let (send, mut records_of) = mpsc::channel(64);
    let source =
        Source { state: state.clone(), scope, id, market: options.market.clone(), base: state.config.base_url(&headers) };
    tokio::spawn(source.run(Arc::clone(&design), plan, options.order, send));
    let drawing = state.drawings.begin(id);
    let (chunks, body) = mpsc::channel(8);
    tokio::task::spawn_blocking(move || {
        let steps = i64::try_from(plan.sequence().count()).unwrap_or(i64::MAX).max(1);
        let mut step = 0;
        let mut out = io::BufWriter::with_capacity(32 << 10, ChannelWriter { chunks: chunks.clone() });
        let written = print::sheet::write(&mut out, (&design, &paper), &options, &FONTS, records, |_| {
            // Whoever asks for the next one has put the one before on paper.
            drawing.reach(batch.stickers * step / steps);
            step += 1;
            records_of.blocking_recv().unwrap_or(Ok(None))
        });
        match written.map_err(io::Error::other).and_then(|_| out.flush()) {
            Ok(()) => drawing.reach(batch.stickers),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a sheet was not finished");
                // An error in the body breaks the transfer, so that half a sheet is never taken for a whole one.
                let _reader_gone = chunks.blocking_send(Err(error));
            }
        }
    });
    // The compressing layer asks once more after the end.
    let stream =
        futures_util::stream::unfold(body, |mut body| async move { body.recv().await.map(|chunk| (chunk, body)) }).fuse();
    let shown = if on_paper.save.is_some() { "attachment" } else { "inline" };
    let disposition = format!("{shown}; filename=\"choqr-{id}.pdf\"");
    Ok((
        [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        Body::from_stream(stream),
    )
        .into_response())
}

/// What is wrong with an order, in the words of the API.
pub(super) fn print_problem(problem: PrintError) -> AppError {
    match problem {
        PrintError::StartAt { positions, .. } => {
            UseError::invalid("/start_at", "start_at_out_of_range", format!("a sheet has positions 1 to {positions}")).into()
        }
        PrintError::DoesNotFit { .. } => UseError::invalid("/paper", "design_too_large", problem.to_string()).into(),
        PrintError::CodeTooFine { .. } => UseError::invalid("/design", "code_too_fine", problem.to_string()).into(),
        PrintError::NothingToPrint => AppError::Conflict("nothing_to_print"),
        other => AppError::internal(other),
    }
}

/// Where a batch's stickers come from, in the order in which they are drawn.
struct Source {
    state: AppState,
    scope: MarketScope,
    id: PrintBatchId,
    market: String,
    base: String,
}

type Drawn = Result<Option<Sticker>, StoreError>;

impl Source {
    async fn run(self, design: Arc<Design>, plan: Plan, order: CutOrder, send: mpsc::Sender<Drawn>) {
        let each = if design.is_for_two_accounts() { 2 } else { 1 };
        // Down through the stack, neighbours on a sheet are far apart in the batch.
        let at_once = if order == CutOrder::Stacks { each } else { 100 * each };
        let mut page: Vec<Printed> = Vec::new();
        let mut held = 0..0;
        for record in plan.sequence() {
            let first = i64::try_from(record).unwrap_or(i64::MAX) * each;
            if !held.contains(&first) {
                match stickers::printed_page(&self.state.app.db, &self.scope, self.id, first, at_once).await {
                    Ok(found) => page = found,
                    Err(error) => {
                        let _reader_gone = send.send(Err(error)).await;
                        return;
                    }
                }
                held = first..first + at_once;
            }
            let find = |position: i64| page.iter().find(|printed| printed.position == position).cloned();
            let one = find(first);
            let drawn = if each == 1 {
                one.map(|one| sticker(one, None, &self.market, &self.base))
            } else {
                one.zip(find(first + 1)).map(|(one, other)| sticker(one, Some(other), &self.market, &self.base))
            };
            if send.send(Ok(drawn)).await.is_err() {
                return;
            }
        }
    }
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
