//! A picture file as grey pixels. What it will cost is read from its head before anything is decoded.
//!
//! Colour is never kept: a row is turned to grey as it comes (PNG), or only the lightness is decoded at all (JPEG).

use std::io::Cursor;

use image::{GrayImage, metadata::Orientation};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{colorspace::ColorSpace, options::DecoderOptions},
};

use super::PhotoError;

/// A photo has at most this many pixels: what phones of today take.
const MOST_PIXELS: u64 = 24_000_000;
/// Where a decoder keeps several bytes a pixel until its end, fewer pixels keep it below the same memory.
const MOST_PIXELS_HELD: u64 = 8_000_000;
/// Pixels times scans of a progressive JPEG: each scan goes over the whole picture again.
const MOST_SCANNED: u64 = 100_000_000;

/// Decodes a PNG, JPEG or WebP file, turned as its EXIF says.
pub(super) fn read(bytes: &[u8]) -> Result<GrayImage, PhotoError> {
    if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        png(bytes)
    } else if bytes.starts_with(b"\xFF\xD8\xFF") {
        let head = JpegHead::of(bytes).ok_or(PhotoError::NotAnImage)?;
        let grey = jpeg(bytes)?;
        Ok(match head.orientation {
            Orientation::NoTransforms => grey,
            turn => {
                let mut image = image::DynamicImage::ImageLuma8(grey);
                image.apply_orientation(turn);
                image.into_luma8()
            }
        })
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        webp(bytes)
    } else {
        Err(PhotoError::NotAnImage)
    }
}

/// Makes a picture at most that large on its longer side; each pixel is the mean of those it stands for.
pub(super) fn shrink_to(grey: &GrayImage, side: u32) -> GrayImage {
    let longer = grey.width().max(grey.height());
    if longer <= side {
        return grey.clone();
    }
    let size = |n: u32| (u64::from(n) * u64::from(side) / u64::from(longer)).max(1) as u32;
    image::imageops::thumbnail(grey, size(grey.width()), size(grey.height()))
}

fn png(bytes: &[u8]) -> Result<GrayImage, PhotoError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 32 << 20 });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|_| PhotoError::NotAnImage)?;
    let (width, height) = (reader.info().width, reader.info().height);
    let pixels = u64::from(width) * u64::from(height);
    let interlaced = reader.info().interlaced;
    if pixels > if interlaced { MOST_PIXELS_HELD } else { MOST_PIXELS } {
        return Err(PhotoError::TooLarge);
    }
    let channels = reader.output_color_type().0.samples();
    let mut grey = GrayImage::from_pixel(width, height, image::Luma([255]));
    if interlaced {
        let size = reader.output_buffer_size().ok_or(PhotoError::TooLarge)?;
        let mut buffer = vec![0; size];
        // A file cut short still shows its upper part.
        let _cut = reader.next_frame(&mut buffer);
        grey.iter_mut().zip(buffer.chunks_exact(channels)).for_each(|(grey, pixel)| *grey = lightness(pixel));
        return Ok(grey);
    }
    for line in grey.as_flat_samples_mut().samples.chunks_exact_mut(width as usize) {
        let Ok(Some(row)) = reader.next_row() else { break };
        line.iter_mut().zip(row.data().chunks_exact(channels)).for_each(|(grey, pixel)| *grey = lightness(pixel));
    }
    Ok(grey)
}

/// Grey, grey and alpha, colour, colour and alpha; what is transparent lies on white paper.
fn lightness(pixel: &[u8]) -> u8 {
    let (colour, alpha) = match pixel.len() {
        2 | 4 => (&pixel[..pixel.len() - 1], u32::from(pixel[pixel.len() - 1])),
        _ => (pixel, 255),
    };
    let light = match colour {
        [r, g, b] => (u32::from(*r) * 77 + u32::from(*g) * 150 + u32::from(*b) * 29) >> 8,
        _ => u32::from(colour[0]),
    };
    ((light * alpha + 255 * (255 - alpha)) / 255) as u8
}

/// Decodes a JPEG's lightness, as the file has it, without turning it.
pub(super) fn jpeg(bytes: &[u8]) -> Result<GrayImage, PhotoError> {
    let head = JpegHead::of(bytes).ok_or(PhotoError::NotAnImage)?;
    let pixels = u64::from(head.width) * u64::from(head.height);
    let most = if head.progressive { MOST_PIXELS_HELD } else { MOST_PIXELS };
    if pixels > most || pixels * u64::from(head.scans) > MOST_SCANNED.max(MOST_PIXELS * 3) {
        return Err(PhotoError::TooLarge);
    }
    // Four inks cannot be asked for as grey; of such the colours are decoded, and fewer pixels allowed.
    let inks = head.components == 4;
    if inks && pixels > MOST_PIXELS_HELD {
        return Err(PhotoError::TooLarge);
    }
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(if inks { ColorSpace::RGB } else { ColorSpace::Luma });
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let raw = decoder.decode().map_err(|_| PhotoError::NotAnImage)?;
    let raw = if inks { raw.chunks_exact(3).map(lightness).collect() } else { raw };
    GrayImage::from_raw(u32::from(head.width), u32::from(head.height), raw).ok_or(PhotoError::NotAnImage)
}

fn webp(bytes: &[u8]) -> Result<GrayImage, PhotoError> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|_| PhotoError::NotAnImage)?;
    decoder.set_memory_limit(64 << 20);
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS_HELD {
        return Err(PhotoError::TooLarge);
    }
    let size = decoder.output_buffer_size().ok_or(PhotoError::TooLarge)?;
    let mut buffer = vec![0; size];
    decoder.read_image(&mut buffer).map_err(|_| PhotoError::NotAnImage)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    GrayImage::from_raw(width, height, buffer.chunks_exact(channels).map(lightness).collect()).ok_or(PhotoError::NotAnImage)
}

/// What the markers of a JPEG tell (ITU-T T.81, annex B).
struct JpegHead {
    width: u16,
    height: u16,
    components: u8,
    progressive: bool,
    scans: u32,
    orientation: Orientation,
}

impl JpegHead {
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut head =
            Self { width: 0, height: 0, components: 0, progressive: false, scans: 0, orientation: Orientation::NoTransforms };
        let mut at = 2;
        loop {
            // A marker is a byte that is not 0 after one or more FF; in the data of a scan FF is followed by 0 or a restart.
            at += bytes.get(at..)?.iter().position(|&byte| byte == 0xFF).unwrap_or(bytes.len());
            let Some(&marker) = bytes.get(at + 1) else { break };
            match marker {
                0xFF => {
                    at += 1;
                    continue;
                }
                0x00 | 0x01 | 0xD0..=0xD8 => {
                    at += 2;
                    continue;
                }
                0xD9 => break,
                _ => {}
            }
            let Some(length) = bytes.get(at + 2..at + 4) else { break };
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let body = bytes.get(at + 4..at + 2 + length.max(2)).unwrap_or(&[]);
            match marker {
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF if body.len() >= 6 => {
                    // A second frame could be larger than the one that was judged.
                    if head.width != 0 {
                        return None;
                    }
                    head.height = u16::from_be_bytes([body[1], body[2]]);
                    head.width = u16::from_be_bytes([body[3], body[4]]);
                    head.components = body[5];
                    head.progressive = marker != 0xC0 && marker != 0xC1;
                }
                0xDA => head.scans += 1,
                0xE1 if body.starts_with(b"Exif\0\0") => {
                    head.orientation = Orientation::from_exif_chunk(&body[6..]).unwrap_or(Orientation::NoTransforms);
                }
                _ => {}
            }
            at += 2 + length.max(2);
        }
        (head.width > 0 && head.height > 0).then_some(head)
    }
}
