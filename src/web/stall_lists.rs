//! A market board's list: sent, previewed row by row, put right, written, taken back.

use std::{borrow::Cow, fmt::Write as _};

use axum::{
    Form,
    extract::{Multipart, Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    chrome::{Chrome, Room},
    error::{AppError, words_of},
    list_words::{self, Told},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::{SignedIn, encode_next},
    state::AppState,
    uploads::Upload,
};
use crate::{
    app::{
        UseError,
        stall_lists::{self, Outcome, Preview, UNDO_LASTS_MS},
    },
    domain::{
        ids::{MarketId, StallListId},
        scope::Act,
    },
    stall_list::{Column, Correction, Finding, sheet::letters_of},
    store::{
        markets,
        stall_lists::{Kept, ListState},
    },
};

/// Rows on a page.
const PAGE: usize = 100;
/// What a person may put right in a row.
const FIELDS: [Column; 9] = [
    Column::Zone,
    Column::Row,
    Column::Stall,
    Column::Name,
    Column::Phone,
    Column::Bank,
    Column::Account,
    Column::Owner,
    Column::Goods,
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/markets/{market_id}/lists", form),
        routes::post("/markets/{market_id}/lists", send),
        routes::get("/markets/{market_id}/lists/{list_id}", show),
        routes::get("/markets/{market_id}/lists/{list_id}/review.csv", review_csv),
        routes::post("/markets/{market_id}/lists/{list_id}/columns", choose_columns),
        routes::get("/markets/{market_id}/lists/{list_id}/rows/{row}", row_form),
        routes::post("/markets/{market_id}/lists/{list_id}/rows/{row}", correct),
        routes::post("/markets/{market_id}/lists/{list_id}/write", write),
        routes::post("/markets/{market_id}/lists/{list_id}/undo", undo),
        routes::post("/markets/{market_id}/lists/{list_id}/throw-away", throw_away),
    ]
}

/// A list in the history.
struct Before {
    href: String,
    file_name: String,
    at: String,
    state: &'static str,
    rows: usize,
}

#[derive(askama::Template)]
#[template(path = "stall_lists/new.html")]
struct FormPage {
    chrome: Chrome,
    market_id: MarketId,
    name: String,
    before: Vec<Before>,
    problem: &'static str,
}

async fn form_page(state: &AppState, who: &SignedIn, market_id: MarketId, problem: &'static str) -> Result<FormPage, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let t = who.lang.words();
    let before = stall_lists::history(&state.app, &who.viewer, market_id).await?;
    let before = before
        .iter()
        .map(|kept| {
            Ok(Before {
                href: format!("/markets/{market_id}/lists/{}", kept.list_id),
                file_name: kept.file_name.clone(),
                at: kept.made_at_ms.to_people(),
                state: match kept.state()? {
                    ListState::Draft => t.list.state_draft,
                    ListState::Written => t.list.state_written,
                    ListState::Undone => t.list.state_undone,
                },
                rows: counts(kept).to_write(),
            })
        })
        .collect::<Result<_, AppError>>()?;
    let chrome = Chrome::of(state, who, t.list.title, Room::Markets).await?.at(format!("/markets/{market_id}/lists"));
    Ok(FormPage { chrome, market_id, name: scope.market().name.clone(), before, problem })
}

fn counts(kept: &Kept) -> crate::app::stall_lists::Counts {
    serde_json::from_str(&kept.counts).unwrap_or_default()
}

async fn form(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, AppError> {
    Ok(Page(form_page(&state, &who, id_of(&id)?, "").await?).into_response())
}

async fn send(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    multipart: Multipart,
) -> Result<Response, AppError> {
    let market_id = id_of(&id)?;
    markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let upload = Upload::read(multipart).await?;
    let Some(bytes) = upload.file("file") else {
        let page = form_page(&state, &who, market_id, who.lang.words().list.file_none).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    let name = upload.file_name("file").to_owned();
    match stall_lists::keep(&state.app, &who.viewer, market_id, &name, bytes.to_vec()).await {
        Ok(list) => Ok(Redirect::to(&format!("/markets/{market_id}/lists/{list}")).into_response()),
        Err(UseError::Invalid(problems)) => {
            let code = problems.first().map_or("bad_request", |problem| problem.code);
            let page = form_page(&state, &who, market_id, words_of(who.lang, code)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A filter by outcome, with its count.
struct Chip {
    href: String,
    label: &'static str,
    count: usize,
    current: bool,
}

/// A row of the preview.
struct Line {
    row: u32,
    outcome: &'static str,
    class: &'static str,
    told: Told,
    may_fix: bool,
}

/// A column with the guess.
struct ColumnLine {
    at: usize,
    label: String,
    heading: String,
    chosen: &'static str,
}

#[derive(askama::Template)]
#[template(path = "stall_lists/show.html")]
struct ShowPage {
    chrome: Chrome,
    market_id: MarketId,
    market: String,
    list_id: StallListId,
    file_name: String,
    rows: usize,
    chips: Vec<Chip>,
    only_mended: bool,
    mended_href: String,
    lines: Vec<Line>,
    columns: Vec<ColumnLine>,
    kinds: Vec<(&'static str, &'static str)>,
    sheets: Vec<(String, String)>,
    sheet: String,
    /// Other sheets that hold lists; empty when there are none.
    more_lists: String,
    is_unknown: bool,
    to_write: usize,
    to_review: usize,
    digest: String,
    pages: String,
    prev: String,
    next: String,
    problem: &'static str,
}

#[derive(askama::Template)]
#[template(path = "stall_lists/done.html")]
struct DonePage {
    chrome: Chrome,
    market_id: MarketId,
    market: String,
    list_id: StallListId,
    file_name: String,
    said: String,
    review: String,
    undo_until: String,
    problem: &'static str,
}

#[derive(Default, Deserialize)]
struct ShowQuery {
    outcome: Option<String>,
    mended: Option<String>,
    page: Option<usize>,
    back: Option<usize>,
    stayed: Option<usize>,
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list)): Path<(String, String)>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, AppError> {
    page_of(&state, &who, (id_of(&market)?, id_of(&list)?), query, "").await
}

/// The page of a list, whatever it has come to.
async fn page_of(
    state: &AppState,
    who: &SignedIn,
    (market_id, list_id): (MarketId, StallListId),
    query: ShowQuery,
    problem: &'static str,
) -> Result<Response, AppError> {
    let scope = markets::enter(&state.app.db, &who.viewer, Act::EditStalls, market_id).await?;
    let kept = crate::store::stall_lists::find(&state.app.db, &scope, list_id).await?.ok_or(AppError::NotFound)?;
    let t = who.lang.words();
    let chrome = Chrome::of(state, who, t.list.title, Room::Markets).await?.at(format!("/markets/{market_id}/lists/{list_id}"));
    let market = scope.market().name.clone();
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    if kept.state()? != ListState::Draft {
        let page = done_page(state, who, chrome, (market_id, market), &kept, &query, problem)?;
        return Ok((status, Page(page)).into_response());
    }
    let preview = stall_lists::preview(&state.app, &who.viewer, market_id, list_id).await?;
    Ok((status, Page(show_page(who, chrome, (market_id, market), &preview, &query, problem))).into_response())
}

fn done_page(
    state: &AppState,
    who: &SignedIn,
    chrome: Chrome,
    (market_id, market): (MarketId, String),
    kept: &Kept,
    query: &ShowQuery,
    problem: &'static str,
) -> Result<DonePage, AppError> {
    let t = who.lang.words();
    let counts = counts(kept);
    let now = state.app.clock.now();
    let undo_until = kept.written_at_ms.map(|at| at.plus(UNDO_LASTS_MS)).filter(|until| now <= *until);
    let is_written = kept.state()? == ListState::Written;
    let said = match (is_written, query.back, query.stayed) {
        (true, ..) => t.list.written(counts.changed, counts.new, counts.same),
        (false, Some(back), Some(stayed)) => t.list.undone(back, stayed),
        (false, ..) => t.list.undone_short.to_owned(),
    };
    Ok(DonePage {
        chrome,
        market_id,
        market,
        list_id: kept.list_id,
        file_name: kept.file_name.clone(),
        said,
        review: if is_written && counts.review > 0 { t.list.written_review(counts.review) } else { String::new() },
        undo_until: undo_until.filter(|_| is_written).map_or(String::new(), |until| t.list.undo_until(until.to_people())),
        problem,
    })
}

fn show_page(
    who: &SignedIn,
    chrome: Chrome,
    (market_id, market): (MarketId, String),
    preview: &Preview,
    query: &ShowQuery,
    problem: &'static str,
) -> ShowPage {
    let t = who.lang.words();
    let list_id = preview.kept.list_id;
    let (list, plan) = (&preview.list, &preview.plan);
    let outcome = query.outcome.as_deref().and_then(|word| word.parse::<Outcome>().ok());
    let only_mended = query.mended.is_some();
    let is_meant = |at: usize, found: Outcome| {
        outcome.map_or(found != Outcome::Skipped, |wanted| found == wanted)
            && (!only_mended || list.entries[at].findings.iter().any(|finding| finding.is_mending()))
    };
    let meant: Vec<_> = plan.rows.iter().filter(|row| is_meant(row.at, row.outcome)).collect();
    let page = query.page.unwrap_or(1).clamp(1, meant.len().div_ceil(PAGE).max(1));
    let from = (page - 1) * PAGE;
    // Whoever sent the file has it; to anybody else numbers are shown by their last digits.
    let sees_all = preview.kept.made_by == who.viewer.actor();
    let lines = meant
        .iter()
        .skip(from)
        .take(PAGE)
        .map(|row| {
            let entry = &list.entries[row.at];
            Line {
                row: entry.row,
                outcome: t.list_outcome.find(row.outcome.as_str()).unwrap_or(""),
                class: class_of(row.outcome),
                told: list_words::told(t, &preview.list, row, sees_all),
                may_fix: !entry.is_layout() && row.outcome != Outcome::Duplicate,
            }
        })
        .collect::<Vec<_>>();
    let address = |outcome: Option<Outcome>, mended: bool, page: usize| {
        let mut query = String::from("?");
        if let Some(outcome) = outcome {
            let _written = write!(query, "outcome={outcome}&");
        }
        if mended {
            query.push_str("mended=1&");
        }
        if page > 1 {
            let _written = write!(query, "page={page}&");
        }
        query.trim_end_matches(['&', '?']).to_owned()
    };
    let here = format!("/markets/{market_id}/lists/{list_id}");
    let chip = |wanted: Option<Outcome>, label: &'static str, count: usize| Chip {
        href: format!("{here}{}", address(wanted, false, 1)),
        label,
        count,
        current: outcome == wanted,
    };
    let shown = plan.rows.len() - plan.counts.skipped;
    let mut chips = vec![chip(None, t.list.all, shown)];
    chips.extend(
        Outcome::ALL
            .iter()
            .filter(|outcome| plan.counts.of(**outcome) > 0)
            .map(|outcome| chip(Some(*outcome), t.list_outcome.find(outcome.as_str()).unwrap_or(""), plan.counts.of(*outcome))),
    );
    let columns = list
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| ColumnLine {
            at,
            label: t.list.column_of(letters_of(at)),
            heading: list.headings.get(at).cloned().unwrap_or_default(),
            chosen: column.map_or("", Column::as_str),
        })
        .collect();
    let mut sheets: Vec<(String, String)> = Vec::new();
    if !list.others.is_empty() {
        sheets.push((list.sheet.clone(), list.sheet.clone()));
        sheets.extend(
            list.others
                .iter()
                .map(|(name, is_shown)| (name.clone(), if *is_shown { name.clone() } else { t.list.sheet_hidden(name) })),
        );
    }
    ShowPage {
        market_id,
        market,
        list_id,
        file_name: preview.kept.file_name.clone(),
        rows: plan.rows.len(),
        chips,
        only_mended,
        mended_href: format!("{here}{}", address(outcome, !only_mended, 1)),
        pages: if meant.len() > PAGE {
            t.list.page(meant.len(), from + 1, (from + PAGE).min(meant.len()))
        } else {
            String::new()
        },
        prev: if page > 1 { format!("{here}{}", address(outcome, only_mended, page - 1)) } else { String::new() },
        next: if from + PAGE < meant.len() {
            format!("{here}{}", address(outcome, only_mended, page + 1))
        } else {
            String::new()
        },
        lines,
        columns,
        kinds: Column::ALL.iter().map(|column| (column.as_str(), t.list_column.find(column.as_str()).unwrap_or(""))).collect(),
        sheets,
        sheet: list.sheet.clone(),
        more_lists: if list.more_lists.is_empty() { String::new() } else { t.list.more_lists(list.more_lists.join(", ")) },
        is_unknown: list.entries.is_empty(),
        to_write: plan.counts.to_write(),
        to_review: plan.counts.review,
        digest: plan.digest.clone(),
        problem,
        chrome,
    }
}

const fn class_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Changed => "chg",
        Outcome::Same | Outcome::Duplicate => "dup",
        Outcome::Review => "rev",
        Outcome::Skipped => "skip",
    }
}

/// The rows that a person has to look at, for whoever knows the people behind them.
async fn review_csv(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let preview = stall_lists::preview(&state.app, &who.viewer, id_of(&market)?, id_of(&list)?).await?;
    let sees_all = preview.kept.made_by == who.viewer.actor();
    let rows: Vec<_> = preview.plan.rows.iter().filter(|row| row.outcome == Outcome::Review).cloned().collect();
    let text = list_words::report(who.lang.words(), &preview.list, &rows, sees_all);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"dong-can-xem.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    // Excel takes a CSV for UTF-8 only behind this mark.
    Ok((headers, format!("\u{feff}{text}")).into_response())
}

async fn choose_columns(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list)): Path<(String, String)>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let (market_id, list_id): (MarketId, StallListId) = (id_of(&market)?, id_of(&list)?);
    let preview = stall_lists::preview(&state.app, &who.viewer, market_id, list_id).await?;
    let sheet = form.iter().find(|(name, _)| name == "sheet").map(|(_, sheet)| sheet.clone());
    let is_other = sheet.as_ref().is_some_and(|sheet| *sheet != preview.list.sheet);
    let mut columns: Vec<Option<Column>> = vec![None; preview.list.columns.len()];
    for (name, word) in &form {
        let at = name.strip_prefix('c').and_then(|at| at.parse::<usize>().ok());
        if let Some(column) = at.and_then(|at| columns.get_mut(at)) {
            *column = word.parse().ok();
        }
    }
    // Another sheet is guessed anew.
    let columns = Some(columns)
        .filter(|columns| !is_other && *columns != preview.list.columns)
        .or(preview.wishes.columns.filter(|_| !is_other));
    stall_lists::choose_columns(&state.app, &who.viewer, (market_id, list_id), sheet.filter(|_| is_other), columns).await?;
    Ok(Redirect::to(&format!("/markets/{market_id}/lists/{list_id}")).into_response())
}

/// A cell of a row that can be put right.
struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    was: String,
    problem: &'static str,
    mode: &'static str,
}

#[derive(askama::Template)]
#[template(path = "stall_lists/row.html")]
struct RowPage {
    chrome: Chrome,
    market_id: MarketId,
    list_id: StallListId,
    row: u32,
    fields: Vec<Field>,
    problems: Vec<String>,
    keeper: String,
    is_corrected: bool,
    confirmed: bool,
}

async fn row_form(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list, row)): Path<(String, String, u32)>,
) -> Result<Response, AppError> {
    let (market_id, list_id): (MarketId, StallListId) = (id_of(&market)?, id_of(&list)?);
    let preview = stall_lists::preview(&state.app, &who.viewer, market_id, list_id).await?;
    let t = who.lang.words();
    let planned =
        preview.plan.rows.iter().find(|planned| preview.list.entries[planned.at].row == row).ok_or(AppError::NotFound)?;
    let entry = &preview.list.entries[planned.at];
    let sees_all = preview.kept.made_by == who.viewer.actor();
    let correction = preview.wishes.corrections.get(&row).cloned().unwrap_or_default();
    let findings: Vec<Finding> = entry.findings.iter().chain(&planned.findings).copied().collect();
    let fields = FIELDS
        .iter()
        .map(|column| {
            let was = preview.list.raw(entry, *column).map_or(String::new(), Cow::into_owned);
            let is_secret = matches!(column, Column::Account | Column::Phone) && !sees_all;
            let was = if is_secret { list_words::masked(&was) } else { was };
            Field {
                name: column.as_str(),
                label: t.list_column.find(column.as_str()).unwrap_or(""),
                value: if is_secret {
                    String::new()
                } else {
                    correction.cells.get(column).cloned().unwrap_or_else(|| was.clone())
                },
                was,
                problem: findings
                    .iter()
                    .find(|finding| finding.needs_review() && finding.column() == Some(*column))
                    .and_then(|finding| t.list_finding.find(finding.as_str()))
                    .unwrap_or(""),
                mode: if matches!(column, Column::Phone) { "tel" } else { "" },
            }
        })
        .collect();
    let back = format!("/markets/{market_id}/lists/{list_id}");
    let page = RowPage {
        chrome: Chrome::of(&state, &who, t.list.fix_title(row), Room::Markets).await?.at(format!("{back}/rows/{row}")),
        market_id,
        list_id,
        row,
        fields,
        problems: list_words::told(t, &preview.list, planned, sees_all).seen.into_iter().map(|(text, _)| text).collect(),
        keeper: planned.keeper.as_ref().map_or(String::new(), |name| t.list.keeper_in_book(name)),
        is_corrected: preview.wishes.corrections.contains_key(&row),
        confirmed: correction.confirmed,
    };
    Ok(Page(page).into_response())
}

async fn correct(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list, row)): Path<(String, String, u32)>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let (market_id, list_id): (MarketId, StallListId) = (id_of(&market)?, id_of(&list)?);
    let preview = stall_lists::preview(&state.app, &who.viewer, market_id, list_id).await?;
    let entry = preview.list.entries.iter().find(|entry| entry.row == row).ok_or(AppError::NotFound)?;
    let value = |name: &str| form.iter().find(|(field, _)| field == name).map(|(_, text)| text.trim().to_owned());
    let correction = match value("do").as_deref() {
        Some("back") => None,
        Some("skip") => Some(Correction { skip: true, ..Correction::default() }),
        _ => {
            let sees_all = preview.kept.made_by == who.viewer.actor();
            let mut correction = Correction { confirmed: value("confirmed").is_some(), ..Correction::default() };
            for column in FIELDS {
                let Some(text) = value(column.as_str()).map(|text| text.chars().take(200).collect::<String>()) else { continue };
                let was = preview.list.raw(entry, column).map_or(String::new(), |text| text.trim().to_owned());
                // What was not shown and not typed again stays as the file has it.
                let is_hidden = matches!(column, Column::Account | Column::Phone) && !sees_all && text.is_empty();
                if is_hidden {
                    // Nor is what somebody else typed there thrown away.
                    let typed = preview.wishes.corrections.get(&row).and_then(|before| before.cells.get(&column));
                    correction.cells.extend(typed.map(|typed| (column, typed.clone())));
                } else if text != was {
                    correction.cells.insert(column, text);
                }
            }
            Some(correction).filter(|correction| *correction != Correction::default())
        }
    };
    stall_lists::correct(&state.app, &who.viewer, (market_id, list_id), row, correction).await?;
    Ok(Redirect::to(&format!("/markets/{market_id}/lists/{list_id}?outcome=review")).into_response())
}

#[derive(Deserialize)]
struct WriteForm {
    seen: String,
}

async fn write(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list)): Path<(String, String)>,
    Form(form): Form<WriteForm>,
) -> Result<Response, AppError> {
    let (market_id, list_id): (MarketId, StallListId) = (id_of(&market)?, id_of(&list)?);
    match stall_lists::write(&state.app, &who.viewer, market_id, list_id, &form.seen).await {
        Ok(_) => Ok(Redirect::to(&format!("/markets/{market_id}/lists/{list_id}")).into_response()),
        Err(UseError::Conflict(code)) => {
            page_of(&state, &who, (market_id, list_id), ShowQuery::default(), words_of(who.lang, code)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn undo(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let (market_id, list_id): (MarketId, StallListId) = (id_of(&market)?, id_of(&list)?);
    match stall_lists::undo(&state.app, &who.viewer, market_id, list_id).await {
        Ok(undone) => {
            let query = format!("?back={}&stayed={}", undone.back, undone.kept);
            Ok(Redirect::to(&format!("/markets/{market_id}/lists/{list_id}{query}")).into_response())
        }
        Err(UseError::Conflict(code)) => {
            page_of(&state, &who, (market_id, list_id), ShowQuery::default(), words_of(who.lang, code)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn throw_away(
    State(state): State<AppState>,
    who: SignedIn,
    Path((market, list)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let market_id = id_of(&market)?;
    stall_lists::throw_away(&state.app, &who.viewer, market_id, id_of(&list)?).await?;
    Ok(Redirect::to(&format!("/markets/{}/lists", encode_next(&market_id.to_string()))).into_response())
}
