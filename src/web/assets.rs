//! Embedded files, served under names that carry a hash of their content.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{
        HeaderMap,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    },
    response::{IntoResponse, Response},
};

use super::{
    error::AppError,
    routes::{self, Route},
};

struct File {
    name: &'static str,
    url: &'static str,
    media: &'static str,
    bytes: &'static [u8],
    /// The same, compressed when the assets were built.
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub(super) fn routes() -> Vec<Route> {
    vec![routes::get("/assets/{file}", serve), routes::get("/favicon.ico", favicon)]
}

/// The address of an embedded file, for templates.
///
/// # Panics
/// When no such file is embedded; every page is drawn by a test.
#[must_use]
pub(super) fn url(name: &str) -> &'static str {
    FILES.iter().find(|file| file.name == name).map(|file| file.url).expect("templates name files that are embedded")
}

/// The drawings that pages point at, to stand in a page itself.
pub(super) fn icons() -> &'static str {
    FILES.iter().find(|file| file.name == "icons.svg").and_then(|file| std::str::from_utf8(file.bytes).ok()).unwrap_or("")
}

/// The addresses of what the field app keeps on a phone: its script with every part of it, its stylesheet, its mark.
pub(super) fn field_shell() -> impl Iterator<Item = &'static str> {
    // The words of another language come, and stay, when somebody reads it: the worker keeps them then.
    let is_later = |name: &str| name.starts_with("part-words_") && !name.starts_with("part-words_vi");
    let is_ours = |name: &str| ["field-", "part-", "early-"].iter().any(|start| name.starts_with(start));
    // The glyphs stand in the app's page.
    let belongs = move |file: &&File| (is_ours(file.name) && !is_later(file.name)) || file.name == "mark.svg";
    FILES.iter().filter(belongs).map(|file| file.url)
}

/// The parts that the app's script needs at once in a language: named in its page, so that they come together with it
/// instead of one round trip later. What it fetches when it is used, as the scanner, is not among them.
pub(super) fn field_parts(lang: &str) -> impl Iterator<Item = &'static str> {
    static CHUNKS: LazyLock<Vec<&File>> = LazyLock::new(chunks);
    let words = format!("part-words_{lang}");
    let language = FILES.iter().filter(move |file| file.name.starts_with(&words));
    CHUNKS.iter().copied().chain(language).map(|file| file.url)
}

/// The chunks that a script cannot begin without, and theirs: `from"./part-…"`, where `import("./part-…")` is for later.
fn chunks() -> Vec<&'static File> {
    let mut needed: Vec<&File> = FILES.iter().filter(|file| file.url == field_entry().0).collect();
    let mut at = 0;
    while let Some(file) = needed.get(at) {
        let text = std::str::from_utf8(file.bytes).unwrap_or("");
        let named = ["from\"./", "import\"./"]
            .iter()
            .flat_map(|before| text.split(before).skip(1))
            .filter_map(|rest| rest.split('"').next());
        let found: Vec<&File> = named.filter_map(|name| FILES.iter().find(|file| file.name == name)).collect();
        for file in found {
            if !needed.iter().any(|known| known.name == file.name) {
                needed.push(file);
            }
        }
        at += 1;
    }
    needed.split_off(1.min(needed.len()))
}

/// The address of the small script that asks while the field app's own one is on its way.
pub(super) fn field_early() -> &'static str {
    FILES.iter().find(|file| file.name.starts_with("early-")).map_or("", |file| file.url)
}

/// The addresses of the field app's script and stylesheet.
pub(super) fn field_entry() -> (&'static str, &'static str) {
    let find = |media: &str| {
        let is_entry = |file: &&File| file.name.starts_with("field-") && file.media.starts_with(media);
        FILES.iter().find(is_entry).map_or("", |file| file.url)
    };
    (find("text/javascript"), find("text/css"))
}

/// The field app's service worker, without the list of files that it keeps.
pub(super) const fn field_worker() -> &'static str {
    WORKER
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, AppError> {
    let wanted = format!("/assets/{file}");
    let found = FILES.iter().find(|file| file.url == wanted).ok_or(AppError::NotFound)?;
    let kept = [(CONTENT_TYPE, found.media), (CACHE_CONTROL, "public, max-age=31536000, immutable"), (VARY, "accept-encoding")];
    Ok(match found.brotli.filter(|_| takes_brotli(&headers)) {
        Some(small) => (kept, [(CONTENT_ENCODING, "br")], small).into_response(),
        None => (kept, found.bytes).into_response(),
    })
}

/// Browsers offer it over HTTPS and on this very machine.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("br") && parts.all(|weight| !matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// Browsers ask for this by themselves when they show a picture or a PDF.
async fn favicon() -> Result<Response, AppError> {
    let mark = FILES.iter().find(|file| file.name == "mark.svg").ok_or(AppError::NotFound)?;
    Ok(([(CONTENT_TYPE, mark.media), (CACHE_CONTROL, "public, max-age=86400")], mark.bytes).into_response())
}
