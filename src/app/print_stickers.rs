//! A print batch: serials are given out and recorded first, the sheet is drawn from the record, as often as anybody likes.

use crate::{
    app::{App, UseError},
    clock::{crockford, random},
    domain::{
        audit::Event,
        ids::{MarketId, PaymentCodeId, PrintBatchId, StallId, StickerId},
        payment_code::CodeStatus,
        scope::{Act, Viewer},
        sticker,
        time::UnixMillis,
    },
    store::{
        Tx,
        markets::{self, MarketScope},
        payment_codes, stalls,
        stickers::{self, NewSticker, PrintBatch, PrintFilter},
    },
};

/// What is to be printed.
#[derive(Debug, Clone)]
pub struct PrintOrder {
    /// The name of a design that may be selected.
    pub design: String,
    /// Whether the design shows two accounts of one stall.
    pub is_for_two: bool,
    /// A paper's name.
    pub paper: String,
    /// The first free position of a part-used sheet, from 1.
    pub start_at: i64,
    /// Copies of each, 1 to 20.
    pub copies: i64,
    /// Which codes.
    pub pick: Pick,
}

/// Which codes are printed.
#[derive(Debug, Clone)]
pub enum Pick {
    /// Codes in force by a filter, in one row or all.
    Filter(PrintFilter, Option<String>),
    /// One code again: the sticker before is retired.
    Code(PaymentCodeId),
}

/// A batch that was recorded.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Printed {
    /// Its identifier.
    pub print_batch_id: PrintBatchId,
    /// The stickers, in the order of the sheet.
    pub stickers: Vec<PrintedSticker>,
    /// Where its sheet is.
    pub pdf_url: String,
}

/// A sticker that was given its serial.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PrintedSticker {
    /// Its identifier.
    pub sticker_id: StickerId,
    /// `VH-0123-7`.
    pub serial: String,
    /// Which code it shows.
    pub payment_code_id: PaymentCodeId,
    /// At which stall it will hang.
    pub stall_id: StallId,
    /// The stall's code.
    pub stall_code: String,
}

/// Records a batch. A volunteer prints only what they enrolled themselves.
pub async fn print(app: &App, viewer: &Viewer, market_id: MarketId, order: PrintOrder) -> Result<Printed, UseError> {
    if !(1..=20).contains(&order.copies) {
        return Err(UseError::invalid("/copies", "copies_out_of_range", "1 to 20 copies"));
    }
    if !(1..=100).contains(&order.start_at) {
        return Err(UseError::invalid("/start_at", "start_at_out_of_range", "the first free position, from 1"));
    }
    let prints_all = viewer.may(Act::Print);
    let scope = markets::enter(&app.db, viewer, if prints_all { Act::Print } else { Act::PrintOwn }, market_id).await?;
    let now = app.clock.now();
    let id = PrintBatchId::generate(now, random());
    let own = (!prints_all).then(|| viewer.actor());
    // Counted first, since serials are taken before the write; picked again inside it, since a code may go out of force.
    let expected = count(app, &scope, &order, own.as_deref()).await?;
    if expected == 0 {
        return Err(UseError::Conflict("nothing_to_print"));
    }
    let serials = app.serials.take(&app.db, expected).await?;
    let work = std::sync::Arc::new((scope, order, serials, own));
    let stickers = app
        .db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&work);
            Box::pin(async move {
                let (scope, order, serials, own) = &*work;
                tx.lock_market(scope.market_id()).await?;
                let mut picked = pick(tx, scope, order, own.as_deref()).await?;
                // What was issued since the count waits for the next sheet.
                picked.truncate(serials.len());
                record(tx, scope, (id, order), &picked, serials, now).await
            })
        })
        .await?;
    Ok(Printed { print_batch_id: id, stickers, pdf_url: format!("/api/v1/print-batches/{id}.pdf") })
}

/// Stores a batch and its stickers; each retires the one before it of the same code: one code, one sticker that counts.
async fn record(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (id, order): (PrintBatchId, &PrintOrder),
    picked: &[(PaymentCodeId, StallId, String)],
    serials: &[i64],
    now: UnixMillis,
) -> Result<Vec<PrintedSticker>, UseError> {
    if picked.is_empty() {
        return Err(UseError::Conflict("nothing_to_print"));
    }
    let batch = PrintBatch {
        print_batch_id: id,
        design: order.design.clone(),
        paper: order.paper.clone(),
        start_at: order.start_at,
        copies: order.copies,
        stickers: i64::try_from(picked.len()).unwrap_or(i64::MAX),
        printed_by: scope.actor().to_owned(),
        created_at_ms: now,
    };
    stickers::insert_batch(tx, scope, &batch).await?;
    let mut printed = Vec::with_capacity(picked.len());
    for (position, ((code, stall, stall_code), number)) in (0..).zip(picked.iter().zip(serials)) {
        let retired = stickers::retire_of_code(tx, scope, *code, "reprinted", now).await?;
        let new = NewSticker {
            id: StickerId::generate(now, random()),
            serial: sticker::numbered("VH", *number),
            payment_code_id: *code,
            stall_id: *stall,
            print_batch_id: id,
            position,
            check_token: crockford(&random::<10>()),
        };
        stickers::insert(tx, scope, &new, now).await?;
        let detail =
            serde_json::json!({ "serial": new.serial, "payment_code_id": code, "print_batch_id": id, "retired": retired });
        tx.ledger().event(
            scope.market_id(),
            Event {
                at: now,
                actor: scope.actor().to_owned(),
                action: "sticker.printed",
                subject: new.id.to_string(),
                stall: Some(*stall),
                detail,
            },
        );
        printed.push(PrintedSticker {
            sticker_id: new.id,
            serial: new.serial,
            payment_code_id: *code,
            stall_id: *stall,
            stall_code: stall_code.clone(),
        });
    }
    Ok(printed)
}

async fn count(app: &App, scope: &MarketScope, order: &PrintOrder, own: Option<&str>) -> Result<usize, UseError> {
    match &order.pick {
        Pick::Filter(filter, row) => Ok(stickers::count_printable(&app.db, scope, *filter, row.as_deref(), own).await?),
        Pick::Code(_) => Ok(1),
    }
}

async fn pick(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    order: &PrintOrder,
    own: Option<&str>,
) -> Result<Vec<(PaymentCodeId, StallId, String)>, UseError> {
    match &order.pick {
        Pick::Filter(filter, row) => Ok(stickers::printable(tx, scope, *filter, row.as_deref(), own).await?),
        Pick::Code(id) => {
            let code = payment_codes::find_in(tx, scope, *id).await?.ok_or(UseError::NotFound)?;
            if own.is_some_and(|own| own != code.enrolled_by) {
                return Err(UseError::NotFound);
            }
            if code.status != CodeStatus::Active || code.is_frozen {
                return Err(UseError::Conflict("code_not_in_force"));
            }
            let stall = stalls::find_in(tx, scope, code.stall_id).await?.ok_or(UseError::NotFound)?;
            Ok(vec![(code.payment_code_id, code.stall_id, stall.code)])
        }
    }
}
