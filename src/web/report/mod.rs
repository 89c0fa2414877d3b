//! Reports: choose a period, see the pages as they will print, take them out as PDF, XLSX or CSV.

pub mod book;
pub mod document;

use std::sync::LazyLock;

use axum::{
    extract::{Path, Query, State},
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{
    assets::fonts,
    chrome::{Chrome, Room},
    error::AppError,
    figures::period::{self, Choice, PeriodQuery},
    markets::id_of,
    page::Page,
    routes::{self, Route},
    session::SignedIn,
    state::AppState,
};
use crate::{
    app::report::{self, Report},
    domain::{ids::MarketId, period::Period, scope::Act},
    print::{
        Fonts,
        book::{to_csv, to_xlsx},
        document::{Page as Paper, pages_as_svg, write_pdf},
    },
    store::markets,
};

/// How many pages are shown before they are printed.
const SHOWN: usize = 3;

/// The serif of official documents.
pub static SERIF: LazyLock<Fonts> = LazyLock::new(|| {
    Fonts::new(fonts::SERIF, fonts::SERIF_ITALIC, fonts::SERIF_BOLD).expect("the embedded fonts are read by every report test")
});

crate::word_enum!(
    /// What a report comes as.
    Format {
        /// An official document.
        Pdf = "pdf",
        /// A workbook.
        Xlsx = "xlsx",
        /// The same tables as text.
        Csv = "csv",
    }
);

impl Format {
    const fn media(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/wards/{ward_code}/report", ward),
        routes::get("/wards/{ward_code}/report/{format}", ward_file),
        routes::get("/markets/{market_id}/report", market),
        routes::get("/markets/{market_id}/report/{format}", market_file),
    ]
}

/// A report's bytes in a format.
pub fn write(report: &Report, format: Format) -> anyhow::Result<Vec<u8>> {
    let document = document::document(report);
    Ok(match format {
        Format::Pdf => {
            let mut bytes = Vec::new();
            write_pdf(&mut bytes, &document, &SERIF)?;
            bytes
        }
        Format::Xlsx => {
            let (year, month, day) = report.now.day().parts();
            to_xlsx(&book::sheets(report), &document.file_title, (u16::try_from(year)?, month, day))?
        }
        Format::Csv => to_csv(&book::sheets(report)),
    })
}

#[derive(askama::Template)]
#[template(path = "figures/report.html")]
struct ReportPage {
    chrome: Chrome,
    action: String,
    place: String,
    back: String,
    period: String,
    from_to: String,
    choices: Vec<Choice>,
    /// The address of each download, with its period.
    downloads: [(&'static str, String); 3],
    pages: Vec<Paper>,
    count: usize,
}

async fn ward(
    State(state): State<AppState>,
    who: SignedIn,
    Path(code): Path<String>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let period = query.period(state.app.clock.now().day());
    let report = report::of_ward(&state.app, &who.viewer, &code, period).await?;
    page(&state, &who, report, (format!("/wards/{code}/report"), format!("/wards/{code}"))).await
}

async fn market(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let period = query.period(state.app.clock.now().day());
    let report = report::of_market(&state.app, &who.viewer, id_of(&id)?, period).await?;
    page(&state, &who, report, (format!("/markets/{id}/report"), format!("/markets/{id}/figures"))).await
}

async fn page(state: &AppState, who: &SignedIn, report: Report, (action, back): (String, String)) -> Result<Response, AppError> {
    let t = who.lang.words();
    let (pages, count) = pages_as_svg(&document::document(&report), &SERIF, SHOWN);
    let to = |format: Format| format!("{action}/{format}?period={}", report.period);
    let page = ReportPage {
        chrome: Chrome::of(state, who, t.figures.report_title, Room::Report).await?,
        place: report.market.clone().unwrap_or_else(|| report.ward.clone()),
        back,
        period: report.period.to_string(),
        from_to: t.figures.from_to(report.period.from.to_people(), report.period.to.to_people()),
        choices: period::choices(t, &report.period, state.app.clock.now().day()),
        downloads: [
            (t.figures.download_pdf, to(Format::Pdf)),
            (t.figures.download_xlsx, to(Format::Xlsx)),
            (t.figures.download_csv, to(Format::Csv)),
        ],
        action,
        pages,
        count,
    };
    Ok(Page(page).into_response())
}

async fn ward_file(
    State(state): State<AppState>,
    who: SignedIn,
    Path((code, format)): Path<(String, String)>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let period = query.period(state.app.clock.now().day());
    let report = report::of_ward(&state.app, &who.viewer, &code, period).await?;
    let markets = markets::list_in_place(&state.app.db, &who.viewer, &who.viewer.scope).await?;
    let ids = markets.iter().map(|market| market.market_id).collect();
    file(&state, &who, report, ids, (&code, &format)).await
}

async fn market_file(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, format)): Path<(String, String)>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response, AppError> {
    let market: MarketId = id_of(&id)?;
    let period = query.period(state.app.clock.now().day());
    let report = report::of_market(&state.app, &who.viewer, market, period).await?;
    file(&state, &who, report, vec![market], (&id, &format)).await
}

/// A report as a file. Lists with names leave the house: each time is noted in the markets' chains.
async fn file(
    state: &AppState,
    who: &SignedIn,
    report: Report,
    ids: Vec<MarketId>,
    (place, format): (&str, &str),
) -> Result<Response, AppError> {
    let format: Format = format.parse().map_err(|_| AppError::NotFound)?;
    debug_assert!(who.viewer.may(Act::Report), "the report was made for them");
    let period: Period = report.period;
    report::note_export(&state.app, &who.viewer, ids, (period, format.as_str())).await?;
    let bytes = tokio::task::spawn_blocking(move || write(&report, format)).await.map_err(AppError::internal)?;
    let bytes = bytes.map_err(|error| AppError::internal(std::io::Error::other(error.to_string())))?;
    let name = format!("bao-cao-{place}-{}.{format}", period.to_string().replace(':', "-"));
    let headers = [
        (CONTENT_TYPE, format.media().to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
