//! Codes in a PDF: each page is drawn as far as dark and light go, and searched like a photo.
//!
//! A reader of our own, because none of the libraries bounds what a stream may grow to before it has grown, nor how long a
//! page may take: see `docs/image-reading.md`.

mod budget;
mod colour;
mod file;
mod filters;
mod image;
mod lexer;
mod page;
mod raster;

use super::find::{self, Effort, Found};
use super::{FoundCode, PhotoError, whole};
use budget::Budget;
use file::File;

/// Reads every code of a document's pages.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<FoundCode>, PhotoError> {
    let mut budget = Budget::new();
    let file = File::open(bytes, &mut budget);
    if file.encrypted {
        return Err(PhotoError::Locked);
    }
    let mut effort = Effort::new();
    let mut found: Vec<FoundCode> = Vec::new();
    for (at, page) in file.pages().iter().enumerate() {
        if !budget.is_left() {
            break;
        }
        let Some(drawn) = page::draw(&file, page, &mut budget) else { break };
        let mut codes: Vec<Found> = Vec::new();
        // A blank page costs a look at its pixels and no more.
        if drawn.page.iter().any(|&value| value != 255) {
            // What was drawn is sharp: if one look finds nothing, the page is perhaps a scan.
            codes.extend(find::drawn(&drawn.page, &mut effort));
            if codes.is_empty() && drawn.finer.is_empty() {
                codes.extend(super::search(&drawn.page, &mut effort));
            }
        }
        for (picture, matrix) in &drawn.finer {
            let (width, height) = (picture.width() as f32, picture.height() as f32);
            let place = |(x, y): (f32, f32)| {
                let (x, y) = matrix.map(f64::from(x / width), f64::from(1.0 - y / height));
                (x as f32, y as f32)
            };
            for code in super::search(picture, &mut effort) {
                let code = Found { corners: code.corners.map(place), ..code };
                if !codes.iter().any(|known| known.is(&code)) {
                    codes.push(code);
                }
            }
        }
        let points = (1.0 / drawn.scale) as f32;
        found.extend(codes.into_iter().map(|code| FoundCode {
            payload: code.payload,
            corners: whole(code.corners.map(|(x, y)| (x * points, y * points))),
            page: Some(at as u32 + 1),
        }));
    }
    Ok(found)
}
