//! `choqr qr read`: every code in photos and PDFs, one JSON object a line.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde_json::{Value, json};

use super::refused::Refused;
use crate::app::see::{self, LARGEST_FILE};

/// Reads the files in order; `decoded` says what a payload means, as `qr decode` prints it.
pub(super) fn run(files: &[PathBuf], out: &mut impl Write, decoded: impl Fn(&str) -> Value) -> anyhow::Result<()> {
    let mut missed = 0;
    for path in files {
        let file = path.display().to_string();
        match see::read_codes(&bytes_of(path).with_context(|| file.clone())?) {
            Ok(codes) => {
                for code in codes {
                    let mut line = json!({ "file": file, "payload": code.payload, "corners": code.corners });
                    if let Some(page) = code.page {
                        line["page"] = json!(page);
                    }
                    if let (Value::Object(line), Value::Object(more)) = (&mut line, decoded(&code.payload)) {
                        line.extend(more);
                    }
                    writeln!(out, "{line}")?;
                }
            }
            Err(error) => {
                missed += 1;
                writeln!(out, "{}", json!({ "file": file, "ok": false, "code": error.code(), "message": error.to_string() }))?;
            }
        }
    }
    if missed > 0 {
        return Err(Refused(format!("{missed} of {} files gave no code", files.len())).into());
    }
    Ok(())
}

/// A file's bytes, one more than are read at most, so that a larger file is told from one that fits.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
