//! The walls of the house: which words do not belong in which folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{fs, path::Path};

/// Folder, what stands there that should not, and why.
const WALLS: &[(&str, &[&str])] = &[
    (
        "src/domain",
        &["sqlx", "axum", "askama", "tokio", "crate::store", "crate::app", "crate::web", "crate::clock", "SystemTime"],
    ),
    ("src/payment_code", &["crate::", "sqlx", "axum", "tokio", "std::fs", "std::net"]),
    (
        "src/print",
        &[
            "crate::domain",
            "crate::store",
            "crate::app",
            "crate::web",
            "crate::payment_code::{",
            "sqlx",
            "axum",
            "tokio",
            "std::fs",
            "std::net",
        ],
    ),
    ("src/store", &["axum", "askama", "crate::app", "crate::web", "crate::cli"]),
    ("src/app", &["axum", "sqlx", "askama", "crate::web", "crate::cli", "SELECT ", "INSERT INTO"]),
    ("src/web", &["sqlx::", "crate::cli", "SELECT ", "INSERT INTO"]),
    ("src/jobs", &["axum", "sqlx", "crate::web", "crate::cli"]),
];

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn imports_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, words) in WALLS {
        let mut files = Vec::new();
        sources(&root.join(folder), &mut files);
        assert!(!files.is_empty(), "{folder}");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (at, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                for word in *words {
                    assert!(!line.contains(word), "{}:{}: `{word}` does not belong in {folder}", file.display(), at + 1);
                }
            }
        }
    }
}

/// The first path segment of everything a line brings in or names with a path.
fn roots(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    // What follows `::` is a name; `<` there only gives types to a call.
    for (at, _) in line.match_indices("::").filter(|(at, _)| !line[at + 2..].starts_with('<')) {
        let before = &line[..at];
        let word = &before[before.rfind(|c| !is_word(c)).map_or(0, |i| i + 1)..];
        let is_first = !before[..before.len() - word.len()].ends_with("::");
        if is_first && word.chars().next().is_some_and(|c| c.is_ascii_lowercase()) {
            found.push(word);
        }
    }
    found
}

#[test]
fn the_payment_code_library_stands_alone() {
    // The standard library, modules of its own, and five small crates: nothing of ours, no runtime, no server, no database.
    const ALLOWED: [&str; 8] = ["std", "self", "super", "crc", "csv", "serde", "thiserror", "unicode_normalization"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/payment_code");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let own: Vec<String> = files.iter().map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        // Examples in comments use the library from outside; tests may look at their neighbours.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (at, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in roots(line) {
                let is_known = ALLOWED.contains(&word) || own.iter().any(|module| module == word) || is_primitive(word);
                assert!(is_known, "{}:{}: `{word}::` does not belong in payment_code", file.display(), at + 1);
            }
            for word in
                ["extern crate", "include!", "std::fs", "std::net", "std::env", "std::process", "std::time", "std::thread"]
            {
                assert!(!line.contains(word), "{}:{}: {word}", file.display(), at + 1);
            }
            let import = line.trim_start().strip_prefix("use ").or_else(|| line.trim_start().strip_prefix("pub use "));
            if let Some(path) = import {
                let first = path.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap();
                let is_local = path.starts_with("Reason as R") || first.chars().next().is_some_and(char::is_uppercase);
                assert!(
                    is_local || ALLOWED.contains(&first) || own.iter().any(|module| module == first),
                    "{}: use {path}",
                    file.display()
                );
            }
        }
    }
}

fn is_primitive(word: &str) -> bool {
    matches!(word, "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "char" | "str")
}

#[test]
fn templates_hold_nothing_inline() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for word in ["<script>", "style=\"", "onclick=", "javascript:"] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}
