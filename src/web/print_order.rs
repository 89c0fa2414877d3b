//! What is to be printed, read from JSON or from a form: `POST /api/v1/markets/{id}/print-batches`.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    error::AppError,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::{
        FieldProblem, UseError,
        print_stickers::{self, Pick, PrintOrder},
    },
    domain::ids::{MarketId, PrintBatchId},
    print::{Designs, Paper, PaperError},
    store::print_picks::{PrintFilter, Selection},
};

/// The design of whoever names none.
pub(super) const USUAL_DESIGN: &str = "label_99x68";

pub(super) fn routes() -> Vec<Route> {
    vec![routes::post("/api/v1/markets/{market_id}/print-batches", print)]
}

async fn print(
    State(state): State<AppState>,
    who: SignedIn,
    Path(market_id): Path<String>,
    body: Bytes,
) -> Result<Response, AppError> {
    let market_id: MarketId = market_id.parse().map_err(|_| AppError::NotFound)?;
    let order = from_json(&state.designs, &super::api::read(&body)?)?;
    let printed = print_stickers::print(&state.app, &who.viewer, market_id, order).await?;
    let status = if printed.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!(printed))).into_response())
}

/// An order whose parts are of the right kind; whether design and paper exist is judged by [`order`].
pub(super) struct Wish<'a> {
    pub(super) id: Option<PrintBatchId>,
    pub(super) design: Option<&'a str>,
    pub(super) paper: Option<&'a str>,
    pub(super) start_at: i64,
    pub(super) copies: i64,
    pub(super) pick: Pick,
}

impl Wish<'_> {
    /// A code, or some, in the usual way.
    pub(super) fn of(pick: Pick) -> Self {
        Self { id: None, design: None, paper: None, start_at: 1, copies: 1, pick }
    }
}

/// Reads `{print_batch_id?, design?, paper?, start_at?, copies?, filter?}`; what is there but of another kind is refused,
/// never guessed.
fn from_json(designs: &Designs, body: &Value) -> Result<PrintOrder, AppError> {
    let mut problems = Vec::new();
    let mut refuse = |pointer: &str, code, message: &str| problems.push(FieldProblem::new(pointer, code, message));
    let given = |key: &str| body.get(key).filter(|value| !value.is_null());
    let (design, paper) = (given("design").map(Value::as_str), given("paper").map(Value::as_str));
    let (start_at, copies) = (given("start_at").map(Value::as_i64), given("copies").map(Value::as_i64));
    let id: Option<Option<PrintBatchId>> = given("print_batch_id").map(|id| id.as_str().and_then(|id| id.parse().ok()));
    for (pointer, wrong) in [("/design", design == Some(None)), ("/paper", paper == Some(None))] {
        if wrong {
            refuse(pointer, "not_text", "expected text in quotes");
        }
    }
    for (pointer, wrong) in [("/start_at", start_at == Some(None)), ("/copies", copies == Some(None))] {
        if wrong {
            refuse(pointer, "number_malformed", "expected a whole number");
        }
    }
    if id == Some(None) {
        refuse("/print_batch_id", "id_malformed", "expected prb_ and the 32 digits of a UUIDv7 that the client made");
    }
    match selection(given("filter"), &mut refuse) {
        Some(selection) if problems.is_empty() => order(
            designs,
            Wish {
                id: id.flatten(),
                design: design.flatten(),
                paper: paper.flatten(),
                start_at: start_at.flatten().unwrap_or(1),
                copies: copies.flatten().unwrap_or(1),
                pick: Pick::Filter(selection),
            },
        ),
        _ => Err(AppError::Invalid(problems)),
    }
}

/// Reads which stickers are wanted: a word, or `{which?, row?, progress?}`.
fn selection(given: Option<&Value>, refuse: &mut impl FnMut(&str, &'static str, &str)) -> Option<Selection> {
    const WORDS: &str = "not_yet_printed, all, account_changed or reprint, or an object with `which`, `row` and `progress`";
    let mut which = |pointer: &str, word: Option<&Value>| match word {
        None | Some(Value::Null) => Some(PrintFilter::All),
        Some(word) => {
            let filter = word.as_str().and_then(|word| word.parse().ok());
            if filter.is_none() {
                refuse(pointer, "filter_unknown", WORDS);
            }
            filter
        }
    };
    let Some(Value::Object(filter)) = given else { return which("/filter", given).map(Selection::from) };
    let which = which("/filter/which", filter.get("which"));
    let row = match filter.get("row") {
        None | Some(Value::Null) => None,
        Some(Value::String(row)) => Some(row.clone()),
        Some(_) => {
            refuse("/filter/row", "not_text", "expected text in quotes");
            return None;
        }
    };
    let progress = match filter.get("progress") {
        None | Some(Value::Null) => None,
        Some(word) => match word.as_str().and_then(|word| word.parse().ok()) {
            Some(progress) => Some(progress),
            None => {
                refuse("/filter/progress", "progress_unknown", "a step of a stall, as in code_issued");
                return None;
            }
        },
    };
    which.map(|which| Selection { which, row, progress })
}

/// A print order whose design and paper exist and go together.
pub(super) fn order(designs: &Designs, wish: Wish<'_>) -> Result<PrintOrder, AppError> {
    let Wish { id, design, paper, start_at, copies, pick } = wish;
    let design = designs
        .find(design.unwrap_or(USUAL_DESIGN))
        .map_err(|problem| UseError::invalid("/design", "design_unknown", problem.to_string()))?;
    if design.is_owners_card() {
        return Err(UseError::invalid("/design", "design_for_owner", "an owner's card is printed at its stall").into());
    }
    let paper: Paper = paper
        .unwrap_or("a4")
        .parse()
        .map_err(|problem: PaperError| UseError::invalid("/paper", "paper_unknown", problem.to_string()))?;
    let (columns, rows) = crate::print::stock::grid(design, &paper).map_err(super::sheets::print_problem)?;
    let positions = i64::try_from(columns * rows).unwrap_or(1);
    if !(1..=positions).contains(&start_at) {
        let problem = FieldProblem::new("/start_at", "start_at_out_of_range", format!("a sheet has positions 1 to {positions}"));
        return Err(AppError::Invalid(vec![problem]));
    }
    Ok(PrintOrder {
        id,
        design: design.name().to_owned(),
        is_for_two: design.is_for_two_accounts(),
        paper: paper.to_string(),
        start_at,
        copies,
        pick,
    })
}
