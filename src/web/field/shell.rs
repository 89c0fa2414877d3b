//! What a phone keeps: one page without anything personal, the script behind it, and the worker that answers offline.

use std::sync::LazyLock;

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};
use sha2::{Digest, Sha256};

use crate::web::{
    assets,
    routes::{self, Route},
    words::{Lang, Words},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        routes::get("/dd", to_app),
        routes::get("/dd/", shell),
        routes::get("/dd/sw.js", worker),
        routes::get("/dd/manifest.webmanifest", manifest),
    ]
}

#[derive(askama::Template)]
#[template(path = "field/shell.html")]
struct Shell {
    lang: Lang,
    t: &'static Words,
    early: &'static str,
    script: &'static str,
    style: &'static str,
    mark: &'static str,
    icons: &'static str,
    parts: Vec<&'static str>,
}

fn draw(lang: Lang) -> String {
    let (script, style) = assets::field_entry();
    let page = Shell {
        lang,
        t: lang.words(),
        early: assets::field_early(),
        script,
        style,
        mark: assets::url("mark.svg"),
        icons: assets::icons(),
        parts: assets::field_parts(lang.as_str()).collect(),
    };
    askama::Template::render(&page).unwrap_or_default()
}

/// The version of what a phone keeps: it changes with any of its files.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new_with_prefix(draw(Lang::Vi));
    hash.update(assets::field_worker());
    assets::field_shell().for_each(|url| hash.update(url));
    data_encoding::HEXLOWER.encode(&hash.finalize()[..6])
});

async fn to_app() -> Redirect {
    Redirect::permanent("/dd/")
}

/// The same page for everybody, so that a phone may keep it: who is who, the script asks.
async fn shell(lang: Lang) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")], draw(lang)).into_response()
}

/// The worker with the list of files of this version; a phone's browser compares it byte by byte to find a new one.
async fn worker() -> Response {
    let files: Vec<&str> = assets::field_shell().chain(["/dd/", "/dd/manifest.webmanifest"]).collect();
    let list = serde_json::json!({ "version": *VERSION, "files": files });
    let script = format!("self.SHELL={list};\n{}", assets::field_worker());
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], script).into_response()
}

async fn manifest() -> Response {
    let mark = serde_json::json!({ "src": assets::url("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" });
    let manifest = serde_json::json!({
        "id": "/dd/", "start_url": "/dd/", "scope": "/dd/", "name": "choqr · đi dán", "short_name": "choqr", "lang": "vi",
        "display": "standalone", "orientation": "portrait", "background_color": "#FFFFFF", "theme_color": "#0B6B4F", "icons": [mark],
    });
    ([(CONTENT_TYPE, "application/manifest+json"), (CACHE_CONTROL, "no-cache")], manifest.to_string()).into_response()
}
