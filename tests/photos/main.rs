//! Reading codes from photos and documents: as well as zxing-cpp, never wrongly, and at a bounded cost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]
#![expect(clippy::print_stdout, reason = "how many photos were read is shown with --nocapture")]
#![expect(clippy::format_collect, clippy::format_push_string, reason = "a small document is put together once")]
#![expect(clippy::many_single_char_names, reason = "points, sizes and matrices have the letters of their formulas")]

mod bombs;
mod canvas;
mod documents;
mod plane;
mod random;
mod rate;
mod scene;

use std::path::PathBuf;
use std::process::{Command, Output};

/// A root that works from any directory the tests are started in.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `choqr qr read` on files.
fn qr_read(files: &[PathBuf]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_choqr")).args(["qr", "read"]).args(files).output().unwrap()
}

/// The lines that were printed, as JSON.
fn lines(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder under the build's own, where the photos of the last run can be looked at.
fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("photos");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
