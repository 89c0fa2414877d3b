//! Pictures of a document: its samples, whatever their coding and colours, as grey.

use ::image::GrayImage;

use super::super::picture;
use super::budget::Budget;
use super::colour::Space;
use super::file::File;
use super::filters::{self, Coding};
use super::lexer::{Dict, Object};
use super::raster::Picture;

/// Pictures are read up to this size.
const MOST_PIXELS: i64 = 9_000_000;

/// Reads a picture; `fill` is the grey that a stencil is painted with.
pub(super) fn read(file: &File<'_>, resources: &Dict, dict: &Dict, raw: &[u8], fill: u8, budget: &mut Budget) -> Option<Picture> {
    let (grey, cover) = if is_stencil(file, dict) {
        // Where a sample is 0 the colour is painted, unless Decode turns it round.
        let shape = samples(file, resources, dict, raw, Some(Space::Grey), budget)?;
        let cover = GrayImage::from_fn(shape.width(), shape.height(), |x, y| ::image::Luma([255 - shape.get_pixel(x, y).0[0]]));
        (GrayImage::from_pixel(shape.width(), shape.height(), ::image::Luma([fill])), Some(cover))
    } else {
        let grey = samples(file, resources, dict, raw, None, budget)?;
        let cover = mask(file, resources, dict, &grey, budget);
        (grey, cover)
    };
    Some(Picture { grey, cover })
}

fn is_stencil(file: &File<'_>, dict: &Dict) -> bool {
    matches!(file.get(dict, b"ImageMask").or_else(|| file.get(dict, b"IM")), Some(Object::Bool(true)))
}

/// What a soft or a hard mask covers, at the picture's size.
fn mask(file: &File<'_>, resources: &Dict, dict: &Dict, grey: &GrayImage, budget: &mut Budget) -> Option<GrayImage> {
    let soft = dict.contains_key(b"SMask".as_slice());
    let Some(Object::Reference(number)) = dict.get(b"SMask".as_slice()).or_else(|| dict.get(b"Mask".as_slice())) else {
        return None;
    };
    let (mask, raw) = file.stream(*number)?;
    let shape = samples(file, resources, &mask, &raw, Some(Space::Grey), budget)?;
    let scaled = |at: u32, most: u32, of: u32| (u64::from(at) * u64::from(of) / u64::from(most)) as u32;
    Some(GrayImage::from_fn(grey.width(), grey.height(), |x, y| {
        let value = shape.get_pixel(scaled(x, grey.width(), shape.width()), scaled(y, grey.height(), shape.height())).0[0];
        ::image::Luma([if soft { value } else { 255 - value }])
    }))
}

fn samples(
    file: &File<'_>,
    resources: &Dict,
    dict: &Dict,
    raw: &[u8],
    space: Option<Space>,
    budget: &mut Budget,
) -> Option<GrayImage> {
    let get = |key: &[u8], short: &[u8]| file.get(dict, key).or_else(|| file.get(dict, short));
    let int = |key: &[u8], short: &[u8]| get(key, short).and_then(|value| value.number()).map(|value| value as i64);
    let (width, height) = (int(b"Width", b"W")?, int(b"Height", b"H")?);
    if width < 1 || height < 1 || width.checked_mul(height)? > MOST_PIXELS {
        return None;
    }
    budget.pixels((width * height) as u64)?;
    let (width, height) = (width as u32, height as u32);
    let decode: Option<Vec<f64>> = get(b"Decode", b"D").and_then(|decode| decode.array()?.iter().map(Object::number).collect());
    let turned = decode.as_ref().is_some_and(|decode| decode.len() >= 2 && decode[0] > decode[1]);
    let (bytes, coding) = filters::decode(file, dict, raw, budget)?;
    match coding {
        Coding::Jpeg => {
            let mut grey = picture::jpeg(&bytes).ok()?;
            if turned {
                ::image::imageops::invert(&mut grey);
            }
            Some(grey)
        }
        Coding::Fax(parameters) => {
            let mut grey = fax(file, &parameters, &bytes, width, height)?;
            if turned {
                ::image::imageops::invert(&mut grey);
            }
            Some(grey)
        }
        Coding::Raw => {
            let bits = if is_stencil(file, dict) { 1 } else { int(b"BitsPerComponent", b"BPC").unwrap_or(8) };
            let space = space
                .unwrap_or_else(|| get(b"ColorSpace", b"CS").map_or(Space::Grey, |space| Space::of(file, resources, &space, 0)));
            unpack(&bytes, width as usize, height as usize, bits, &space, turned)
        }
    }
}

fn unpack(bytes: &[u8], width: usize, height: usize, bits: i64, space: &Space, turned: bool) -> Option<GrayImage> {
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return None;
    }
    let bits = bits as usize;
    let parts = space.parts();
    let row = (width * parts * bits).div_ceil(8);
    let most = (1_u32 << bits.min(8)) - 1;
    // One part a pixel, at most 256 values: each is worked out once.
    let grey_of = |value: u32| {
        let value = if turned { most - value } else { value };
        match space {
            Space::Indexed(_) => space.grey(&[f64::from(value)]),
            _ => space.grey(&[f64::from(value) / f64::from(most)]),
        }
    };
    let table: Vec<u8> = (0..=most).map(grey_of).collect();
    let mut grey = Vec::with_capacity(width * height);
    for y in 0..height {
        // What a short stream does not say is white.
        let line = bytes.get(y * row..).unwrap_or(&[]);
        let part = |at: usize| -> Option<u8> {
            Some(match bits {
                8 => *line.get(at)?,
                16 => *line.get(at * 2)?,
                _ => line.get(at * bits / 8)? >> (8 - bits - at * bits % 8) & most as u8,
            })
        };
        for x in 0..width {
            let value = if parts == 1 {
                part(x).map(|value| table[usize::from(value)])
            } else {
                let mut colour = [0.0; 4];
                (0..parts)
                    .try_for_each(|at| {
                        let value = f64::from(part(x * parts + at)?) / f64::from(most);
                        colour[at] = if turned { 1.0 - value } else { value };
                        Some(())
                    })
                    .map(|()| space.grey(&colour[..parts]))
            };
            grey.push(value.unwrap_or(255));
        }
    }
    GrayImage::from_raw(width as u32, height as u32, grey)
}

/// Group 4 and one-dimensional group 3 lines.
fn fax(file: &File<'_>, parameters: &Dict, bytes: &[u8], width: u32, height: u32) -> Option<GrayImage> {
    let columns = u32::try_from(file.int(parameters, b"Columns").unwrap_or(1728)).ok().filter(|columns| *columns < 1 << 16)?;
    let black_is_one = matches!(file.get(parameters, b"BlackIs1"), Some(Object::Bool(true)));
    let (ink, paper) = if black_is_one { (255, 0) } else { (0, 255) };
    let mut grey = GrayImage::from_pixel(width, height, ::image::Luma([paper]));
    let mut y = 0;
    let mut line = |transitions: &[u32]| {
        if y < height {
            for (x, colour) in fax::decoder::pels(transitions, columns).enumerate().take(width as usize) {
                if colour == fax::Color::Black {
                    grey.put_pixel(x as u32, y, ::image::Luma([ink]));
                }
            }
        }
        y += 1;
    };
    match file.int(parameters, b"K").unwrap_or(0) {
        ..0 => fax::decoder::decode_g4(bytes.iter().copied(), columns, Some(height), &mut line),
        0 => fax::decoder::decode_g3(bytes.iter().copied(), &mut line),
        _ => return None,
    };
    Some(grey)
}
