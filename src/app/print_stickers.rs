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
        payment_codes::{self, PaymentCode},
        print_picks::{self, Printable, Selection},
        stalls,
        stickers::{self, NewSticker, PrintBatch},
    },
};

/// What is to be printed.
#[derive(Debug, Clone)]
pub struct PrintOrder {
    /// The client's name for the batch: the same name again prints nothing again.
    pub id: Option<PrintBatchId>,
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
    /// Codes in force, narrowed.
    Filter(Selection),
    /// One code again: the sticker before is retired.
    Code(PaymentCodeId),
}

impl Pick {
    /// The same as one line of JSON, as a batch keeps it.
    #[must_use]
    pub fn as_json(&self) -> String {
        match self {
            Self::Filter(Selection { which, row, progress }) => {
                serde_json::json!({ "which": which, "row": row, "progress": progress }).to_string()
            }
            Self::Code(code) => serde_json::json!({ "code": code }).to_string(),
        }
    }
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
    /// Whether this call recorded it, or an earlier one under the same identifier did.
    #[serde(skip)]
    pub is_new: bool,
}

/// What an order picks as things stand.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The codes, in walking order; for two accounts the first and the second of a stall follow each other.
    pub codes: Vec<Printable>,
    /// Stalls left out because they have one code where two are needed.
    pub left_out: usize,
}

impl Wanted {
    fn of(codes: Vec<Printable>, is_for_two: bool) -> Self {
        if !is_for_two {
            return Self { codes, left_out: 0 };
        }
        let (pairs, alone): (Vec<_>, Vec<_>) = codes.chunk_by(|a, b| a.stall == b.stall).partition(|stall| stall.len() > 1);
        Self { codes: pairs.into_iter().flat_map(|stall| stall[..2].to_vec()).collect(), left_out: alone.len() }
    }

    fn or_nothing(self) -> Result<Self, UseError> {
        match self {
            Self { codes, left_out: 1.. } if codes.is_empty() => Err(UseError::Conflict("no_stall_has_two")),
            Self { codes, .. } if codes.is_empty() => Err(UseError::Conflict("nothing_to_print")),
            wanted => Ok(wanted),
        }
    }
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

/// Whose codes a viewer prints: a volunteer only what they enrolled themselves.
pub async fn enter(app: &App, viewer: &Viewer, market_id: MarketId) -> Result<(MarketScope, Option<String>), UseError> {
    let prints_all = viewer.may(Act::Print);
    let scope = markets::enter(&app.db, viewer, if prints_all { Act::Print } else { Act::PrintOwn }, market_id).await?;
    Ok((scope, (!prints_all).then(|| viewer.actor())))
}

/// What an order would print now.
pub async fn wanted(
    app: &App,
    scope: &MarketScope,
    own: Option<&str>,
    (pick, is_for_two): (&Pick, bool),
) -> Result<Wanted, UseError> {
    let codes = match pick {
        Pick::Filter(selection) => print_picks::printable(&app.db, scope, selection, own).await?,
        Pick::Code(id) => {
            let code = payment_codes::find(&app.db, scope, *id).await?.ok_or(UseError::NotFound)?;
            let stall = stalls::find(&app.db, scope, code.stall_id).await?.ok_or(UseError::NotFound)?;
            let all = payment_codes::list_of_stall(&app.db, scope, code.stall_id).await?;
            around(&code, all, &stall.code, own, is_for_two)?
        }
    };
    Ok(Wanted::of(codes, is_for_two))
}

async fn wanted_in(tx: &mut Tx<'_>, scope: &MarketScope, own: Option<&str>, order: &PrintOrder) -> Result<Wanted, UseError> {
    let codes = match &order.pick {
        Pick::Filter(selection) => print_picks::printable_in(tx, scope, selection, own).await?,
        Pick::Code(id) => {
            let code = payment_codes::find_in(tx, scope, *id).await?.ok_or(UseError::NotFound)?;
            let stall = stalls::find_in(tx, scope, code.stall_id).await?.ok_or(UseError::NotFound)?;
            let all = payment_codes::list_of_stall_in(tx, scope, code.stall_id).await?;
            around(&code, all, &stall.code, own, order.is_for_two)?
        }
    };
    Ok(Wanted::of(codes, order.is_for_two))
}

/// One code; on a card for two with the stall's primary code, or with the next when it is that itself.
fn around(
    code: &PaymentCode,
    mut all: Vec<PaymentCode>,
    stall_code: &str,
    own: Option<&str>,
    is_for_two: bool,
) -> Result<Vec<Printable>, UseError> {
    if own.is_some_and(|own| own != code.enrolled_by) {
        return Err(UseError::NotFound);
    }
    if code.status != CodeStatus::Active || code.is_frozen {
        return Err(UseError::Conflict("code_not_in_force"));
    }
    all.retain(|other| {
        let is_mine = own.is_none_or(|own| own == other.enrolled_by);
        other.payment_code_id != code.payment_code_id && is_mine && other.status == CodeStatus::Active && !other.is_frozen
    });
    all.sort_by_key(|other| (!other.is_primary, other.payment_code_id));
    let mut codes = vec![code.clone()];
    if is_for_two {
        codes.extend(all.into_iter().next());
        codes.sort_by_key(|one| (!one.is_primary, one.payment_code_id));
    }
    let printable =
        |one: PaymentCode| Printable { code: one.payment_code_id, stall: one.stall_id, stall_code: stall_code.to_owned() };
    Ok(codes.into_iter().map(printable).collect())
}

/// Records a batch. A volunteer prints only what they enrolled themselves.
pub async fn print(app: &App, viewer: &Viewer, market_id: MarketId, order: PrintOrder) -> Result<Printed, UseError> {
    if !(1..=20).contains(&order.copies) {
        return Err(UseError::invalid("/copies", "copies_out_of_range", "1 to 20 copies"));
    }
    if !(1..=100).contains(&order.start_at) {
        return Err(UseError::invalid("/start_at", "start_at_out_of_range", "the first free position, from 1"));
    }
    let (scope, own) = enter(app, viewer, market_id).await?;
    let now = app.clock.now();
    if let Some(id) = order.id
        && let Some(taken) = stickers::find_taken(&app.db, id).await?
    {
        return repeated(app, &scope, &order, taken).await;
    }
    let id = order.id.unwrap_or_else(|| PrintBatchId::generate(now, random()));
    // Counted first, since serials are taken before the write; picked again inside it, since a code may go out of force.
    let expected = wanted(app, &scope, own.as_deref(), (&order.pick, order.is_for_two)).await?.or_nothing()?.codes.len();
    let serials = app.serials.take(&app.db, expected).await?;
    let work = std::sync::Arc::new((scope, order, serials, own));
    let inner = std::sync::Arc::clone(&work);
    let stickers = app
        .db
        .write(move |tx| {
            let work = std::sync::Arc::clone(&inner);
            Box::pin(async move {
                let (scope, order, serials, own) = &*work;
                tx.lock_market(scope.market_id()).await?;
                if stickers::find_taken_in(tx, id).await?.is_some() {
                    // Two calls under one name at once: the other one prints, this one answers what it printed.
                    return Ok(None);
                }
                let mut picked = wanted_in(tx, scope, own.as_deref(), order).await?.or_nothing()?.codes;
                // What was issued since the count waits for the next sheet.
                picked.truncate(serials.len());
                record(tx, scope, (id, order), &picked, serials, now).await.map(Some)
            })
        })
        .await?;
    let (scope, order, ..) = &*work;
    match stickers {
        Some(stickers) => Ok(Printed { print_batch_id: id, stickers, pdf_url: pdf_url(id), is_new: true }),
        None => {
            let taken = stickers::find_taken(&app.db, id).await?.ok_or(UseError::NotFound)?;
            repeated(app, scope, order, taken).await
        }
    }
}

fn pdf_url(id: PrintBatchId) -> String {
    format!("/api/v1/print-batches/{id}.pdf")
}

/// The answer to the same order once more; another order under the same name is refused.
async fn repeated(
    app: &App,
    scope: &MarketScope,
    order: &PrintOrder,
    (market, batch): (MarketId, PrintBatch),
) -> Result<Printed, UseError> {
    let is_same = market == scope.market_id()
        && batch.printed_by == scope.actor()
        && (&batch.design, &batch.paper) == (&order.design, &order.paper)
        && (batch.start_at, batch.copies) == (order.start_at, order.copies)
        && batch.picked.as_deref() == Some(&order.pick.as_json());
    if !is_same {
        return Err(UseError::Conflict("print_batch_differs"));
    }
    let id = batch.print_batch_id;
    let stickers = stickers::of_batch(&app.db, scope, id, 0, i64::MAX).await?;
    let stickers = stickers.into_iter().map(|sticker| PrintedSticker {
        sticker_id: sticker.sticker_id,
        serial: sticker.serial,
        payment_code_id: sticker.payment_code_id,
        stall_id: sticker.stall_id,
        stall_code: sticker.stall_code,
    });
    Ok(Printed { print_batch_id: id, stickers: stickers.collect(), pdf_url: pdf_url(id), is_new: false })
}

/// Stores a batch and its stickers; each retires the one before it of the same code: one code, one sticker that counts.
async fn record(
    tx: &mut Tx<'_>,
    scope: &MarketScope,
    (id, order): (PrintBatchId, &PrintOrder),
    picked: &[Printable],
    serials: &[i64],
    now: UnixMillis,
) -> Result<Vec<PrintedSticker>, UseError> {
    let batch = PrintBatch {
        print_batch_id: id,
        design: order.design.clone(),
        paper: order.paper.clone(),
        start_at: order.start_at,
        copies: order.copies,
        stickers: i64::try_from(picked.len()).unwrap_or(i64::MAX),
        picked: Some(order.pick.as_json()),
        printed_by: scope.actor().to_owned(),
        created_at_ms: now,
    };
    stickers::insert_batch(tx, scope, &batch).await?;
    let mut printed = Vec::with_capacity(picked.len());
    for (position, (Printable { code, stall, stall_code }, number)) in (0..).zip(picked.iter().zip(serials)) {
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
