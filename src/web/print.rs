//! The print page of a market: which codes, on which design, on which sheet, with the first sticker as it will be; and the
//! batches printed before. Everything that is chosen sits in the address, so that it works without a script.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    chrome::{Chrome, Room},
    codes::language,
    enrol::first_words,
    error::{AppError, words_of},
    markets::id_of,
    page::Page,
    print_form::{PaperChoice, PrintForm},
    print_preview,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::{
        UseError,
        print_stickers::{self, Pick, PrintOrder, Printed, Wanted},
    },
    clock::random,
    domain::ids::{MarketId, PrintBatchId},
    print::{Design, Language, Paper},
    store::{
        markets::MarketScope,
        print_picks::{self, PrintFilter, Printable, Selection},
        stickers,
    },
};

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/markets/{market_id}/print", form), routes::post("/markets/{market_id}/print", create)]
}

/// A design that can be chosen.
struct Card {
    name: String,
    label: String,
    hint: String,
    src: String,
    checked: bool,
}

/// A choice with how many codes it holds.
struct Choice {
    value: &'static str,
    label: String,
    checked: bool,
}

/// What will come out of the printer, as far as nothing stands in its way.
#[derive(Default)]
struct Sheet {
    /// Stickers of their own serial.
    stickers: usize,
    /// Pieces of paper to be cut or peeled, copies included.
    pieces: usize,
    pages: usize,
    /// Stalls left out because they have one code where the design shows two.
    left_out: usize,
    /// The first sheet, drawn; empty when there is nothing to print.
    map: String,
    /// The first sticker's picture and what it shows.
    first: String,
    first_stall: String,
    /// Where the first sheet is, as it will be printed.
    whole: String,
    calibration: String,
}

#[derive(askama::Template)]
#[template(path = "markets/print.html")]
struct PrintPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    filters: Vec<Choice>,
    steps: Vec<Choice>,
    /// How many codes a reprint would take down.
    reprint: usize,
    /// One code is printed: its stall, and whether a sticker of it counts already.
    one: Option<(String, bool)>,
    designs: Vec<Card>,
    variants: Vec<Card>,
    papers: Vec<PaperChoice>,
    batches: Vec<(PrintBatchId, String, String, i64)>,
    sheet: Sheet,
    /// The name under which this page prints once, however often it is sent.
    batch_id: PrintBatchId,
    form: PrintForm,
    /// What is wrong, and in which field; an empty field is the whole.
    problem: (String, &'static str),
    /// Nobody has said under which address stickers will be checked.
    no_address: bool,
}

impl PrintPage {
    fn problem(&self, field: &str) -> &'static str {
        if self.problem.0 == field { self.problem.1 } else { "" }
    }

    fn has_variant(&self) -> bool {
        self.variants.iter().any(|card| card.checked)
    }

    fn has_details(&self) -> bool {
        ["order", "x", "y"].contains(&self.problem.0.as_str()) || self.form.is_adjusted()
    }
}

/// What is counted and listed for the choice of codes.
struct Codes {
    filters: Vec<Choice>,
    steps: Vec<Choice>,
    reprint: usize,
}

/// How many codes each choice holds; what is offered first has something to print, if anything has.
async fn codes(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    own: Option<&str>,
    form: &mut PrintForm,
) -> Result<Codes, AppError> {
    let (db, t) = (&state.app.db, who.lang.words());
    let mut counts = [0; PrintFilter::ALL.len()];
    for (count, which) in counts.iter_mut().zip(PrintFilter::ALL) {
        let selection = Selection { row: form.row(), ..Selection::from(*which) };
        *count = print_picks::count_printable(db, scope, &selection, own).await?;
    }
    let of = |filter| PrintFilter::ALL.iter().position(|which| *which == filter).map_or(0, |at| counts[at]);
    let reprint = of(PrintFilter::Reprint);
    if form.filter.is_empty() {
        let first = match (of(PrintFilter::NotYetPrinted), of(PrintFilter::All), reprint) {
            (0, 0, 1..) => PrintFilter::Reprint,
            (0, 1.., _) => PrintFilter::All,
            _ => PrintFilter::NotYetPrinted,
        };
        first.as_str().clone_into(&mut form.filter);
    }
    let filters = PrintFilter::ALL.iter().zip(counts).map(|(which, count)| Choice {
        value: which.as_str(),
        label: match which {
            PrintFilter::NotYetPrinted => t.print.unprinted(count),
            PrintFilter::All => t.print.all(count),
            PrintFilter::AccountChanged => t.print.changed(count),
            PrintFilter::Reprint => t.print.reprint(count),
        },
        checked: form.filter == which.as_str(),
    });
    let filters = filters.collect();
    let which = form.filter.parse().unwrap_or(PrintFilter::NotYetPrinted);
    let selection = Selection { row: form.row(), ..Selection::from(which) };
    let mut steps = print_picks::count_by_progress(db, scope, &selection, own).await?;
    steps.sort();
    if let Ok(chosen) = form.progress.parse()
        && !steps.iter().any(|(step, _)| *step == chosen)
    {
        steps.push((chosen, 0));
    }
    let steps = steps.into_iter().map(|(step, count)| Choice {
        value: step.as_str(),
        label: format!("{} ({count})", t.progress.find(step.as_str()).unwrap_or("")),
        checked: form.progress == step.as_str(),
    });
    Ok(Codes { filters, steps: steps.collect(), reprint })
}

/// The designs that may be in a batch: the plain ones, and their variants for bad light and bad eyes.
fn designs(state: &AppState, language: Language, chosen: &str) -> (Vec<Card>, Vec<Card>) {
    let base = |name: &str| {
        let base = ["_contrast", "_large"].iter().find_map(|ending| name.strip_suffix(ending))?;
        state.designs.find(base).ok().map(|_| ())
    };
    let all = state.designs.iter().filter(|design| !design.is_owners_card());
    let (variants, plain): (Vec<_>, Vec<_>) = all.partition(|design| base(design.name()).is_some());
    let card = |design: &std::sync::Arc<Design>| Card {
        name: design.name().to_owned(),
        label: design.label(language).to_owned(),
        hint: design.hint(language).to_owned(),
        src: print_preview::thumbnail(design, language),
        checked: design.name() == chosen,
    };
    (plain.into_iter().map(card).collect(), variants.into_iter().map(card).collect())
}

/// What an order would put on paper.
async fn sheet(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    own: Option<&str>,
    (form, order): (&PrintForm, &PrintOrder),
) -> Result<(Sheet, Wanted), AppError> {
    let wanted = print_stickers::wanted(&state.app, scope, own, (&order.pick, order.is_for_two)).await?;
    let mut sheet = Sheet { stickers: wanted.codes.len(), left_out: wanted.left_out, ..Sheet::default() };
    let Some(first) = wanted.codes.first() else { return Ok((sheet, wanted)) };
    let laid = print_preview::Laid::of(state, order, &form.on_paper(), &wanted, language(who.lang))?;
    let (folder, query) = (format!("/markets/{}/print", scope.market_id()), form.query());
    sheet.pieces = laid.plan.stickers();
    sheet.pages = laid.plan.pages();
    sheet.map = print_preview::map(&laid, &wanted, who.lang.words())?;
    sheet.first = first_src(scope, order, first);
    sheet.first_stall.clone_from(&first.stall_code);
    sheet.whole = format!("{folder}/sheet.svg?{query}");
    if laid.paper != Paper::Piece {
        sheet.calibration = format!("{folder}/calibration.pdf?{query}");
    }
    Ok((sheet, wanted))
}

/// The first sticker's picture where the sheet cannot be laid out: a wrong number is no reason to see nothing.
async fn first_alone(
    state: &AppState,
    scope: &MarketScope,
    own: Option<&str>,
    form: &PrintForm,
) -> Result<Option<String>, AppError> {
    let Ok(order) = form.on_a_piece().order(&state.designs) else { return Ok(None) };
    let wanted = print_stickers::wanted(&state.app, scope, own, (&order.pick, order.is_for_two)).await?;
    Ok(wanted.codes.first().map(|first| first_src(scope, &order, first)))
}

fn first_src(scope: &MarketScope, order: &PrintOrder, first: &Printable) -> String {
    format!("/markets/{}/print/first.svg?design={}&code={}", scope.market_id(), order.design, first.code)
}

/// What stands in an order's way, for its field, in the reader's words.
fn told(who: &SignedIn, problem: AppError) -> Result<(String, &'static str), AppError> {
    match problem {
        AppError::Invalid(problems) => {
            let field = problems.first().map_or("", |problem| problem.pointer.trim_start_matches('/')).to_owned();
            Ok((field, first_words(who.lang, &problems)))
        }
        AppError::Conflict(code) => Ok(("filter".to_owned(), words_of(who.lang, code))),
        other => Err(other),
    }
}

async fn page(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    mut form: PrintForm,
    mut problem: (String, &'static str),
) -> Result<PrintPage, AppError> {
    let (scope, own) = print_stickers::enter(&state.app, &who.viewer, id_of(id)?).await?;
    let (own, t, db) = (own.as_deref(), who.lang.words(), &state.app.db);
    let language = language(who.lang);
    let Codes { filters, steps, reprint } = codes(state, who, &scope, own, &mut form).await?;
    let mut one = None;
    let mut drawn = Sheet::default();
    let order = form.order(&state.designs);
    let tried = match &order {
        Ok(order) => sheet(state, who, &scope, own, (&form, order)).await,
        Err(_) => Err(AppError::NotFound),
    };
    match (order, tried) {
        (Ok(order), Ok((sheet, wanted))) => {
            if let (Pick::Code(code), Some(first)) = (&order.pick, wanted.codes.first()) {
                one = Some((first.stall_code.clone(), stickers::is_shown(db, &scope, *code).await?));
            }
            drawn = sheet;
        }
        (Err(problem_of), _) | (Ok(_), Err(problem_of)) => {
            let told = told(who, problem_of)?;
            if problem.1.is_empty() {
                problem = told;
            }
            drawn.first = first_alone(state, &scope, own, &form).await?.unwrap_or_default();
        }
    }
    let (designs, variants) = designs(state, language, &form.design);
    let papers = form.papers(&state.designs, t);
    let label =
        |name: &str| state.designs.find(name).map_or_else(|_| name.to_owned(), |design| design.label(language).to_owned());
    let batches = stickers::list_batches(db, &scope, 20).await?;
    let batches = batches.into_iter().filter(|batch| own.is_none_or(|own| batch.printed_by == own));
    Ok(PrintPage {
        chrome: Chrome::of(state, who, t.print.title, Room::Markets).await?.at(form.address(scope.market_id())),
        market_id: scope.market_id(),
        name: scope.market().name.clone(),
        filters,
        steps,
        reprint,
        one,
        designs,
        variants,
        papers,
        batches: batches
            .map(|batch| (batch.print_batch_id, batch.created_at_ms.to_people(), label(&batch.design), batch.stickers))
            .collect(),
        sheet: drawn,
        batch_id: PrintBatchId::generate(state.app.clock.now(), random()),
        form,
        problem,
        no_address: state.config.public_url.is_none() && !state.config.demo,
    })
}

async fn form(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(form): Query<PrintForm>,
) -> Result<Response, AppError> {
    // Whether a reprint is sure is said once, to the button that prints.
    let form = PrintForm { sure: None, ..form.or_fresh() };
    Ok(Page(page(&state, &who, &id, form, (String::new(), "")).await?).into_response())
}

/// Records the batch and leads to its page; sent twice, it prints once.
async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<PrintForm>,
) -> Result<Response, AppError> {
    let market_id: MarketId = id_of(&id)?;
    let (scope, _) = print_stickers::enter(&state.app, &who.viewer, market_id).await?;
    let form = form.or_fresh();
    let printed = match form.order(&state.designs) {
        Ok(order) => commit(&state, &who, &scope, (&form, order)).await,
        Err(problem) => Err(problem),
    };
    let (status, problem) = match printed {
        Ok(printed) => {
            let address = format!("/print-batches/{}{}", printed.print_batch_id, form.on_paper_query());
            return Ok(Redirect::to(&address).into_response());
        }
        Err(problem) => {
            let is_conflict = matches!(problem, AppError::Conflict(_));
            let status = if is_conflict { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
            (status, told(&who, problem)?)
        }
    };
    Ok((status, Page(page(&state, &who, &id, form, problem).await?)).into_response())
}

async fn commit(
    state: &AppState,
    who: &SignedIn,
    scope: &MarketScope,
    (form, order): (&PrintForm, PrintOrder),
) -> Result<Printed, AppError> {
    form.on_paper().options(&Paper::default())?;
    if is_unsure(state, scope, form, &order).await? {
        return Err(UseError::invalid("/sure", "reprint_unsure", "what hangs at the stalls becomes invalid").into());
    }
    Ok(print_stickers::print(&state.app, &who.viewer, scope.market_id(), order).await?)
}

/// Whether an order takes down what hangs at stalls, and nobody has said yet that this is meant.
async fn is_unsure(state: &AppState, scope: &MarketScope, form: &PrintForm, order: &PrintOrder) -> Result<bool, AppError> {
    if form.sure.is_some() {
        return Ok(false);
    }
    if let Some(id) = order.id
        && stickers::find_taken(&state.app.db, id).await?.is_some()
    {
        // Sent twice: what it would take down is what it printed itself.
        return Ok(false);
    }
    Ok(match &order.pick {
        Pick::Filter(selection) => selection.which == PrintFilter::Reprint,
        Pick::Code(code) => stickers::is_shown(&state.app.db, scope, *code).await?,
    })
}
