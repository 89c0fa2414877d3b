//! Finds QR codes in a photo. Size and pixels are bounded before anything is decoded.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType};

/// A photo is at most this large.
pub const LARGEST_FILE: usize = 8 << 20;
/// And has at most this many pixels.
const MOST_PIXELS: u64 = 24_000_000;
/// Reading works on at most this many pixels a side: a bank app's code is never finer, and time stays bounded.
const WORKING_SIDE: u32 = 1_600;

/// Why nothing was read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum PhotoError {
    /// Not a PNG, JPEG or WebP picture.
    #[error("not a PNG, JPEG or WebP picture")]
    NotAnImage,
    /// More than 8 MB or 24 million pixels.
    #[error("the picture has more than 8 MB or 24 million pixels")]
    TooLarge,
    /// No code was found.
    #[error("no QR code was found in the picture")]
    NoCode,
}

impl PhotoError {
    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnImage => "not_an_image",
            Self::TooLarge => "image_too_large",
            Self::NoCode => "no_code_found",
        }
    }
}

/// A code that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundCode {
    /// What it says.
    pub payload: String,
    /// Its corners in the picture's pixels, clockwise from the top left.
    pub corners: [(i32, i32); 4],
}

/// A payload holds an account: a log shows only where it was.
impl std::fmt::Debug for FoundCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FoundCode({:?})", self.corners)
    }
}

/// Reads every code in a picture. It takes time: call it on a thread that may block.
pub fn read_codes(bytes: &[u8]) -> Result<Vec<FoundCode>, PhotoError> {
    let image = decode(bytes)?;
    let scale = (f64::from(image.width().max(image.height())) / f64::from(WORKING_SIDE)).max(1.0);
    let side = |n: u32| ((f64::from(n) / scale).round().max(1.0)) as u32;
    let grey = image.to_luma8();
    let working = if scale > 1.0 { resize(&grey, side(grey.width()), side(grey.height())) } else { grey };

    // Half size helps where a photo is noisy, double size where a code is small; a blur joins modules that a print left apart.
    let mut found = scan(&working, 1.0);
    for factor in [0.5, 2.0] {
        if found.is_empty() && (factor < 1.0 || working.width().max(working.height()) <= 900) {
            let size = |n: u32| ((f64::from(n) * factor).round().max(1.0)) as u32;
            found = scan(&resize(&working, size(working.width()), size(working.height())), factor);
        }
    }
    if found.is_empty() {
        found = scan(&image::imageops::blur(&working, 1.0), 1.0);
    }
    if found.is_empty() {
        return Err(PhotoError::NoCode);
    }
    for code in &mut found {
        code.corners = code.corners.map(|(x, y)| ((f64::from(x) * scale) as i32, (f64::from(y) * scale) as i32));
    }
    Ok(found)
}

fn resize(grey: &GrayImage, width: u32, height: u32) -> GrayImage {
    image::imageops::resize(grey, width, height, FilterType::Triangle)
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PhotoError> {
    if bytes.len() > LARGEST_FILE {
        return Err(PhotoError::TooLarge);
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PhotoError::NotAnImage)?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err(PhotoError::NotAnImage);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(128 << 20);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PhotoError::NotAnImage)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PhotoError::TooLarge);
    }
    // A phone stores a portrait photo lying on its side and says so in its EXIF.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| PhotoError::NotAnImage)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn scan(grey: &GrayImage, factor: f64) -> Vec<FoundCode> {
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(grey.width() as usize, grey.height() as usize, |x, y| {
        grey.get_pixel(x as u32, y as u32).0[0]
    });
    let mut found: Vec<FoundCode> = Vec::new();
    for grid in prepared.detect_grids() {
        let Ok((_, payload)) = grid.decode() else { continue };
        if !found.iter().any(|code| code.payload == payload) {
            let corners = grid.bounds.map(|point| ((f64::from(point.x) / factor) as i32, (f64::from(point.y) / factor) as i32));
            found.push(FoundCode { payload, corners });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::{Ec, Symbol, png};

    #[test]
    fn our_own_picture_is_read_back() {
        let payload = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";
        let picture = png::code(&Symbol::encode(payload, Ec::M).unwrap(), 600);

        let found = read_codes(&picture).unwrap();

        assert_eq!(found.len(), 1);
        assert_eq!(found[0].payload, payload);
    }

    #[test]
    fn what_is_no_picture_is_told_so() {
        assert_eq!(read_codes(b"%PDF-1.7"), Err(PhotoError::NotAnImage));
        assert_eq!(read_codes(&vec![0; LARGEST_FILE + 1]), Err(PhotoError::TooLarge));
        let blank = {
            let mut out = Cursor::new(Vec::new());
            GrayImage::from_pixel(64, 64, image::Luma([255])).write_to(&mut out, ImageFormat::Png).unwrap();
            out.into_inner()
        };
        assert_eq!(read_codes(&blank), Err(PhotoError::NoCode));
    }
}
