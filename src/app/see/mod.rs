//! Finds QR codes in a photo or a PDF. What a file will cost is bounded before anything is decoded.
//!
//! Limits are counts of bytes, pixels, operators and look-alikes, never a clock: the same file gives the same answer on every
//! machine. `docs/image-reading.md` has the measurements behind the choice of reader.

mod find;
mod pdf;
mod picture;
mod threshold;

use image::GrayImage;

use find::{Effort, Found};

/// A file is at most this large.
pub const LARGEST_FILE: usize = 8 << 20;
/// Searching works on at most this many pixels a side, in every way it knows.
const WORKING_SIDE: u32 = 1_600;
/// A picture larger than that is also searched once at up to this size, for a small code in a large photo.
const FINE_SIDE: u32 = 4_000;

/// Why nothing was read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum PhotoError {
    /// Not a PNG, JPEG or WebP picture, nor a PDF.
    #[error("not a PNG, JPEG or WebP picture, nor a PDF")]
    NotAnImage,
    /// More bytes or pixels than are read.
    #[error("the file has more than 8 MB or 24 million pixels (8 million for WebP and progressive JPEG)")]
    TooLarge,
    /// A PDF whose content is encrypted.
    #[error("the PDF is locked with a password; save a copy without one, or take a picture of the code")]
    Locked,
    /// No code was found.
    #[error("no QR code was found in the file")]
    NoCode,
}

impl PhotoError {
    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnImage => "not_an_image",
            Self::TooLarge => "image_too_large",
            Self::Locked => "pdf_locked",
            Self::NoCode => "no_code_found",
        }
    }
}

/// A code that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundCode {
    /// What it says.
    pub payload: String,
    /// Its corners, clockwise from the one that its upper left finder is in; in the picture's pixels, or on a PDF's page in
    /// points from its upper left corner.
    pub corners: [(i32, i32); 4],
    /// The page of a PDF, from 1.
    pub page: Option<u32>,
}

/// A payload holds an account: a log shows only where it was.
impl std::fmt::Debug for FoundCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FoundCode({:?}, page {:?})", self.corners, self.page)
    }
}

/// Reads every code in a photo (PNG, JPEG, WebP) or a PDF. It takes time: call it on a thread that may block.
pub fn read_codes(bytes: &[u8]) -> Result<Vec<FoundCode>, PhotoError> {
    if bytes.len() > LARGEST_FILE {
        return Err(PhotoError::TooLarge);
    }
    // Some programs write a line before the head of a PDF; readers look for it in the first kilobyte.
    let is_pdf = bytes[..bytes.len().min(1_024)].windows(5).any(|window| window == b"%PDF-");
    let found = if is_pdf {
        pdf::read(bytes)?
    } else {
        let grey = picture::read(bytes)?;
        let found = search(&grey, &mut Effort::new());
        found.into_iter().map(|code| FoundCode { payload: code.payload, corners: whole(code.corners), page: None }).collect()
    };
    if found.is_empty() { Err(PhotoError::NoCode) } else { Ok(found) }
}

fn whole(corners: [(f32, f32); 4]) -> [(i32, i32); 4] {
    corners.map(|(x, y)| (x.round() as i32, y.round() as i32))
}

/// Searches a picture of any size; corners are in its own pixels.
fn search(grey: &GrayImage, effort: &mut Effort) -> Vec<Found> {
    let longer = grey.width().max(grey.height());
    if longer <= WORKING_SIDE {
        return find::codes(grey, effort);
    }
    let scaled = |found: Vec<Found>, side: u32| {
        let scale = longer as f32 / side.min(longer) as f32;
        found.into_iter().map(move |code| Found { corners: code.corners.map(|(x, y)| (x * scale, y * scale)), ..code })
    };
    let mut found: Vec<Found> = Vec::new();
    if longer > WORKING_SIDE * 5 / 4 {
        let fine = picture::shrink_to(grey, FINE_SIDE);
        found.extend(scaled(find::glance(&fine, effort), FINE_SIDE));
    }
    let working = picture::shrink_to(grey, WORKING_SIDE);
    for code in scaled(find::codes(&working, effort), WORKING_SIDE) {
        if !found.iter().any(|known| known.is(&code)) {
            found.push(code);
        }
    }
    found
}
