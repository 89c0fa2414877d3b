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
    },
    store::{
        markets, payment_codes,
        stickers::{self, NewSticker, PrintBatch, PrintFilter},
    },
};

/// What is to be printed.
#[derive(Debug, Clone)]
pub struct PrintOrder {
    /// A design's name, one of `print::designs()`.
    pub design: String,
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
    /// How many stickers.
    pub stickers: usize,
    /// Where its sheet is.
    pub pdf_url: String,
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
    let picked = pick(app, &scope, &order, own.clone()).await?;
    if picked.is_empty() {
        return Err(UseError::Conflict("nothing_to_print"));
    }
    let serials = app.serials.take(&app.db, picked.len()).await?;
    let count = picked.len();
    let work = std::sync::Arc::new((scope, order, picked, serials, viewer.actor()));
    app.db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&work);
            Box::pin(async move {
                let (scope, order, picked, serials, actor) = &*work;
                let batch = PrintBatch {
                    print_batch_id: id,
                    design: order.design.clone(),
                    paper: order.paper.clone(),
                    start_at: order.start_at,
                    copies: order.copies,
                    stickers: i64::try_from(picked.len()).unwrap_or(i64::MAX),
                    printed_by: actor.clone(),
                    created_at_ms: now,
                };
                stickers::insert_batch(tx, scope, &batch).await?;
                for (position, ((code, stall), number)) in (0..).zip(picked.iter().zip(serials)) {
                    // A new print of a code retires the one before: one code, one sticker that counts.
                    stickers::retire_of_code(tx, scope, *code, "reprinted", now).await?;
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
                    tx.ledger().event(
                        scope.market_id(),
                        Event {
                            at: now,
                            actor: actor.clone(),
                            action: "sticker.printed",
                            subject: new.id.to_string(),
                            stall: Some(*stall),
                            detail: serde_json::json!({ "serial": new.serial, "payment_code_id": code, "print_batch_id": id }),
                        },
                    );
                }
                Ok::<_, UseError>(())
            })
        })
        .await?;
    Ok(Printed { print_batch_id: id, stickers: count, pdf_url: format!("/api/v1/print-batches/{id}.pdf") })
}

async fn pick(
    app: &App,
    scope: &markets::MarketScope,
    order: &PrintOrder,
    own: Option<String>,
) -> Result<Vec<(PaymentCodeId, StallId)>, UseError> {
    match &order.pick {
        Pick::Filter(filter, row) => Ok(stickers::printable(&app.db, scope, *filter, row.as_deref(), own.as_deref()).await?),
        Pick::Code(id) => {
            let code = payment_codes::find(&app.db, scope, *id).await?.ok_or(UseError::NotFound)?;
            if own.is_some_and(|own| own != code.enrolled_by) {
                return Err(UseError::NotFound);
            }
            if code.status != CodeStatus::Active || code.is_frozen {
                return Err(UseError::Conflict("code_not_in_force"));
            }
            Ok(vec![(code.payment_code_id, code.stall_id)])
        }
    }
}
