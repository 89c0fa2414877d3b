//! What a sheet will look like before it is printed: the first sticker, the first sheet, the page that shows by how much a
//! printer is off, and a small picture of each design. No serial is given out for any of them.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{
    codes::{FONTS, language, split},
    error::AppError,
    markets::id_of,
    print_form::PrintForm,
    routes::{self, Route},
    session::SignedIn,
    sheets::{OnPaper, print_problem, sticker},
    state::AppState,
    words::{Lang, Words},
};
use crate::{
    app::{
        UseError,
        print_stickers::{self, PrintOrder, Wanted},
        reveal,
    },
    domain::scope::Act,
    print::{self, Design, Language, Paper, Plan, SecondAccount, SheetOptions, Sticker, stock::Grid},
    store::{markets::MarketScope, print_picks},
};

/// A page of labels is shown as far as this; stock with more is no sticker of ours.
const MOST_SHOWN: usize = 100;
/// What is shown is a payload: kept by the person's own browser, for as long as somebody chooses.
const SHORTLY: &str = "private, max-age=300";

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/markets/{market_id}/print/first.svg", first),
        routes::get("/markets/{market_id}/print/sheet.svg", sheet),
        routes::get("/markets/{market_id}/print/calibration.pdf", calibration),
        routes::get("/designs/{file}", design),
    ]
}

/// An order laid out on its paper.
pub(super) struct Laid {
    pub(super) design: Arc<Design>,
    pub(super) paper: Paper,
    pub(super) options: SheetOptions,
    pub(super) plan: Plan,
    records: usize,
}

impl Laid {
    /// Lays out what is wanted; there must be something.
    pub(super) fn of(
        state: &AppState,
        order: &PrintOrder,
        on_paper: &OnPaper,
        wanted: &Wanted,
        language: Language,
    ) -> Result<Self, AppError> {
        let design = Arc::clone(state.designs.find(&order.design).map_err(AppError::internal)?);
        let paper: Paper = order.paper.parse().map_err(AppError::internal)?;
        let options = SheetOptions {
            start_at: usize::try_from(order.start_at).unwrap_or(1),
            copies: usize::try_from(order.copies).unwrap_or(1),
            crop_marks: true,
            language,
            ..on_paper.options(&paper)?
        };
        let records = wanted.codes.len() / if order.is_for_two { 2 } else { 1 };
        let plan = print::sheet::plan(&design, &paper, &options, records).map_err(print_problem)?;
        Ok(Self { design, paper, options, plan, records })
    }
}

/// The first sheet as a map: what is used up, and which stall's sticker comes where.
pub(super) fn map(laid: &Laid, wanted: &Wanted, t: &'static Words) -> Result<String, AppError> {
    let Laid { design, paper, options, plan, .. } = laid;
    let (width, height) = design.size();
    let grid = Grid::of(design, paper).map_err(print_problem)?;
    let (page, positions) = grid.map_or(((width + 12.0, height + 12.0), 1), |grid| (grid.page, grid.columns * grid.rows));
    let place = |position| grid.map_or((6.0, 6.0), |grid| grid.place(position));
    let each = if design.is_for_two_accounts() { 2 } else { 1 };
    let shown: std::collections::BTreeMap<usize, usize> = plan.page(0).collect();
    let used = options.start_at.max(1) - 1;
    let label = t.print.map(used, shown.len());
    let mut svg = format!(
        "<svg class=\"sheet\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{label}\"><title>{label}</title>\
         <rect class=\"pg\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
        page.0,
        page.1,
        page.0 - 1.0,
        page.1 - 1.0
    );
    for position in 0..positions.min(MOST_SHOWN) {
        let (x, y) = place(position);
        let record = shown.get(&position);
        let class = if position < used {
            "used"
        } else if record.is_some() {
            "on"
        } else {
            "off"
        };
        let text = match record.and_then(|record| wanted.codes.get(record * each)) {
            Some(code) => code.stall_code.as_str(),
            None if position < used => t.print.used,
            None => "",
        };
        let letters = f64::from(u32::try_from(text.chars().count().max(4)).unwrap_or(4));
        let size = (width / letters * 1.3).min(height / 3.0).min(page.0 / 16.0);
        let _infallible = write!(
            svg,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height}\" rx=\"2\"/>\
             <text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size:.1}\">{}</text>",
            x + width / 2.0,
            y + height / 2.0 + size * 0.35,
            escape(text)
        );
    }
    svg.push_str("</svg>");
    Ok(svg)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The stickers of some codes as they will be printed, with what stands in for serial and check link.
async fn draft(state: &AppState, scope: &MarketScope, base: &str, codes: &[print_picks::Printable]) -> Result<Sticker, AppError> {
    let mut found = Vec::with_capacity(2);
    for code in codes {
        found.push(print_picks::preview(&state.app.db, scope, code.code).await?.ok_or(AppError::Conflict("code_not_in_force"))?);
    }
    let mut found = found.into_iter();
    let one = found.next().ok_or(AppError::Conflict("nothing_to_print"))?;
    Ok(sticker(one, found.next(), &scope.market().name, base))
}

/// An order, and what it picks; something, or it is refused.
async fn ordered(
    state: &AppState,
    who: &SignedIn,
    id: &str,
    form: &PrintForm,
) -> Result<(MarketScope, PrintOrder, Wanted), AppError> {
    let (scope, own) = print_stickers::enter(&state.app, &who.viewer, id_of(id)?).await?;
    let order = form.order(&state.designs)?;
    let wanted = print_stickers::wanted(&state.app, &scope, own.as_deref(), (&order.pick, order.is_for_two)).await?;
    if wanted.codes.is_empty() {
        return Err(AppError::Conflict(if wanted.left_out > 0 { "no_stall_has_two" } else { "nothing_to_print" }));
    }
    Ok((scope, order, wanted))
}

/// The first sticker with the vendor's own data. It shows a payload, so it is a reveal.
async fn first(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(form): Query<PrintForm>,
) -> Result<Response, AppError> {
    let (scope, order, wanted) = ordered(&state, &who, &id, &form.or_fresh()).await?;
    let design = state.designs.find(&order.design).map_err(AppError::internal)?;
    let codes = &wanted.codes[..if order.is_for_two { 2 } else { 1 }];
    let draft = draft(&state, &scope, &state.config.base_url(&headers), codes).await?;
    let drawn = print::picture::svg(design, &draft, &FONTS, language(who.lang)).map_err(print_problem)?;
    for code in codes {
        reveal::note_preview(&state.app, &scope, code.code, code.stall).await?;
    }
    Ok(svg(drawn, SHORTLY))
}

/// The first sheet as it will come out of the printer. Each code on it is one that was shown.
async fn sheet(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(form): Query<PrintForm>,
) -> Result<Response, AppError> {
    let form = form.or_fresh();
    let (scope, order, wanted) = ordered(&state, &who, &id, &form).await?;
    let mut laid = Laid::of(&state, &order, &form.on_paper(), &wanted, language(who.lang))?;
    laid.options.market.clone_from(&scope.market().name);
    laid.options.printed_on = state.app.clock.now().day().to_people();
    let (each, base) = (if order.is_for_two { 2 } else { 1 }, state.config.base_url(&headers));
    let mut drafts = std::collections::BTreeMap::new();
    for (_, record) in laid.plan.page(0).take(MOST_SHOWN) {
        if let std::collections::btree_map::Entry::Vacant(free) = drafts.entry(record) {
            free.insert(draft(&state, &scope, &base, &wanted.codes[record * each..(record + 1) * each]).await?);
        }
    }
    let count = drafts.len();
    let drawn = tokio::task::spawn_blocking(move || {
        let on = (&*laid.design, &laid.paper);
        print::sheet::first_sheet_svg(on, &laid.options, &FONTS, laid.records, |record| drafts.get(&record).cloned())
    });
    let drawn = drawn.await.map_err(AppError::internal)?.map_err(print_problem)?;
    reveal::note_sheet_preview(&state.app, &scope, count).await?;
    Ok(svg(drawn, SHORTLY))
}

/// A page that shows by how much a printer is off; nobody's data is on it.
async fn calibration(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(form): Query<PrintForm>,
) -> Result<Response, AppError> {
    print_stickers::enter(&state.app, &who.viewer, id_of(&id)?).await?;
    let form = PrintForm { start_at: "1".to_owned(), copies: "1".to_owned(), code: String::new(), ..form.or_fresh() };
    let order = form.order(&state.designs)?;
    let design = state.designs.find(&order.design).map_err(AppError::internal)?;
    let paper: Paper = order.paper.parse().map_err(AppError::internal)?;
    let options = SheetOptions { language: language(who.lang), ..form.on_paper().options(&paper)? };
    let mut page = Vec::new();
    print::sheet::calibration(&mut page, (design, &paper), &options, &FONTS).map_err(|problem| match problem {
        print::PrintError::NothingToCalibrate => UseError::invalid("/paper", "nothing_to_calibrate", problem.to_string()).into(),
        other => print_problem(other),
    })?;
    let name = "inline; filename=\"choqr-calibration.pdf\"".to_owned();
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], page).into_response())
}

/// The address of a design's small picture: the file's digest is in it, so that a changed design is drawn anew.
pub(super) fn thumbnail(design: &Design, language: Language) -> String {
    let lang = if language == Language::English { "en" } else { "vi" };
    format!("/designs/{}.svg?lang={lang}&of={}", design.name(), &design.digest()[..8])
}

/// A design with a fictional vendor.
async fn design(State(state): State<AppState>, who: SignedIn, Path(file): Path<String>) -> Result<Response, AppError> {
    let (name, "svg") = split(&file) else { return Err(AppError::NotFound) };
    if !(who.viewer.may(Act::Print) || who.viewer.may(Act::PrintOwn)) {
        return Err(AppError::Forbidden("role_may_not"));
    }
    let design = Arc::clone(state.designs.find(name).map_err(|_| AppError::NotFound)?);
    let lang = who.lang;
    let drawn = tokio::task::spawn_blocking(move || print::picture::svg(&design, &sample(lang), &FONTS, language(lang)));
    Ok(svg(drawn.await.map_err(AppError::internal)?.map_err(print_problem)?, "private, max-age=86400"))
}

fn svg(drawn: String, cached: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, cached)], drawn).into_response()
}

/// A vendor who does not exist, with an account that cannot be.
fn sample(lang: Lang) -> Sticker {
    const PAYLOAD: &str = "00020101021138570010A00000072701270006970436011399900001234560208QRIBFTTA53037045802VN6304C1BA";
    let (market, trade) = match lang {
        Lang::Vi => ("Chợ Bắc Kạn", "Rau củ"),
        Lang::En => ("Bắc Kạn market", "Vegetables"),
    };
    Sticker {
        serial: Some("VH-0123-7".to_owned()),
        stall: "A1-04".to_owned(),
        market: market.to_owned(),
        vendor_name: "Hà Thị Thu Hương".to_owned(),
        payee_name: "HA THI THU HUONG".to_owned(),
        trade: trade.to_owned(),
        bank: "Vietcombank".to_owned(),
        last_digits: "3456".to_owned(),
        payload: PAYLOAD.to_owned(),
        issued: "11/2026".to_owned(),
        check_url: Some("https://cho.example/s/0000000000000000".to_owned()),
        second: Some(SecondAccount {
            serial: Some("VH-0124-5".to_owned()),
            payee_name: "HA THI THU HUONG".to_owned(),
            bank: "MoMo".to_owned(),
            last_digits: "3456".to_owned(),
            payload: PAYLOAD.to_owned(),
        }),
        link: Some("https://cho.example/c/00000000000000000000000000".to_owned()),
        recovery: "0000 0000".to_owned(),
    }
}
