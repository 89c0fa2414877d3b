//! `choqr qr read`: every code in photos and PDFs, one JSON object a line.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::refused::Refused;
use crate::app::see::{self, LARGEST_FILE};

/// What is told of a code before what it means.
#[derive(Serialize)]
struct Found<'a> {
    file: &'a str,
    payload: &'a str,
    corners: &'a [(i32, i32); 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
}

/// What is told of a file that gave none.
#[derive(Serialize)]
struct Missed<'a> {
    file: &'a str,
    ok: bool,
    code: &'a str,
    message: String,
}

/// Reads the files in order; one that cannot be read stops none after it. `decoded` appends what a payload means, as
/// `qr decode` prints it.
pub(super) fn run(files: &[PathBuf], out: &mut impl Write, decoded: impl Fn(&str, &mut Vec<u8>)) -> anyhow::Result<()> {
    let mut missed = 0;
    for path in files {
        let file = path.display().to_string();
        let seen = match bytes_of(path) {
            Ok(bytes) => see::read_codes(&bytes).map_err(|error| (error.code(), error.to_string())),
            Err(error) => Err(("file_unreadable", error.to_string())),
        };
        match seen {
            Ok(codes) => {
                for code in codes {
                    let found = Found { file: &file, payload: &code.payload, corners: &code.corners, page: code.page };
                    let mut line = serde_json::to_vec(&found)?;
                    // Two objects become one: the end of the first and the beginning of the second give way to a comma.
                    let end = line.len() - 1;
                    decoded(&code.payload, &mut line);
                    line[end] = b',';
                    line.remove(end + 1);
                    line.push(b'\n');
                    out.write_all(&line)?;
                }
            }
            Err((code, message)) => {
                missed += 1;
                writeln!(out, "{}", serde_json::to_string(&Missed { file: &file, ok: false, code, message })?)?;
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
