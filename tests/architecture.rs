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
