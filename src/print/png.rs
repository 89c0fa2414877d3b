//! A code as a PNG of one bit a pixel, with its resolution in the file.

use super::{QUIET_ZONE, Symbol};

/// Dots an inch written into the file, so that an image program places a code at a sensible size.
const DPI: u32 = 300;

/// Draws a code with its quiet zone, every module the same whole number of pixels, at least this many in all.
#[must_use]
pub fn code(symbol: &Symbol, pixels_at_least: u32) -> Vec<u8> {
    let modules = symbol.modules_with_quiet_zone();
    // Sixty pixels a module is a poster; more would only let a request ask for memory.
    let scale = pixels_at_least.div_ceil(modules).clamp(1, 60);
    drawn(encode(symbol, modules, scale))
}

fn drawn(file: Result<Vec<u8>, png::EncodingError>) -> Vec<u8> {
    file.expect("a Vec takes all that is written to it and the sizes agree")
}

fn encode(symbol: &Symbol, modules: u32, scale: u32) -> Result<Vec<u8>, png::EncodingError> {
    let side = modules * scale;
    let bytes_a_row = side.div_ceil(8) as usize;
    let mut out = Vec::with_capacity(4 * 1024);
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_compression(png::Compression::Balanced);
    let dots_a_metre = (f64::from(DPI) / 0.0254).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "300 dpi are 11,811 dots a metre")]
    let dots_a_metre = dots_a_metre as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: dots_a_metre, yppu: dots_a_metre, unit: png::Unit::Meter }));
    let mut pixels = Vec::with_capacity(bytes_a_row * side as usize);
    let mut row = vec![0_u8; bytes_a_row];
    for y in 0..modules as usize {
        row.fill(0xFF);
        for x in 0..modules as usize {
            if symbol.is_dark(x.wrapping_sub(QUIET_ZONE), y.wrapping_sub(QUIET_ZONE)) {
                for pixel in x * scale as usize..(x + 1) * scale as usize {
                    row[pixel / 8] &= !(0x80 >> (pixel % 8));
                }
            }
        }
        for _ in 0..scale {
            pixels.extend_from_slice(&row);
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::Ec;

    #[test]
    fn it_is_at_least_as_large_as_asked_and_says_its_resolution() {
        let symbol = Symbol::encode("A", Ec::M).unwrap();

        let file = code(&symbol, 600);
        let reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let info = reader.info();

        assert_eq!((info.width, info.height), (609, 609), "29 modules of 21 pixels");
        assert_eq!(info.bit_depth, png::BitDepth::One);
        assert_eq!(info.pixel_dims.unwrap().xppu, 11_811);
    }
}
