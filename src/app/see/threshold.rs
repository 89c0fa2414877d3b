//! Grey to black and white: dark is what is darker than its surroundings.

use image::GrayImage;
use rxing::common::BitMatrix;

/// Judges each pixel by itself.
pub(super) fn middle(grey: &GrayImage) -> Option<BitMatrix> {
    let mut bits = BitMatrix::new(grey.width(), grey.height()).ok()?;
    for (x, y, _) in grey.enumerate_pixels().filter(|(.., pixel)| pixel.0[0] < 128) {
        bits.set(x, y);
    }
    Some(bits)
}

/// Judges each pixel by the mean of the square of `2 radius + 1` pixels around it, in one pass whatever the radius.
///
/// `bias` is how many percent darker than the mean a pixel must be: a little keeps the noise of plain surfaces light.
///
/// Where the surroundings are plain, nothing is dark: `plain` is the standard deviation below which they are.
pub(super) fn local_mean(grey: &GrayImage, radius: usize, bias: u64, plain: u64) -> Option<BitMatrix> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut bits = BitMatrix::new(grey.width(), grey.height()).ok()?;
    // Sums of each column over the rows of the window, kept as the window moves down.
    let mut columns = vec![(0_u32, 0_u32); width];
    let raw = grey.as_raw();
    let row = |y: usize| &raw[y * width..(y + 1) * width];
    for y in 0..radius.min(height) {
        add(&mut columns, row(y));
    }
    for y in 0..height {
        if y + radius < height {
            add(&mut columns, row(y + radius));
        }
        if y > radius {
            columns.iter_mut().zip(row(y - radius - 1)).for_each(|((sum, squares), &value)| {
                *sum -= u32::from(value);
                *squares -= u32::from(value).pow(2);
            });
        }
        let rows = (y + radius + 1).min(height) - y.saturating_sub(radius);
        let (mut sum, mut squares) = columns[..radius.min(width)]
            .iter()
            .fold((0, 0), |(sum, squares), column| (sum + u64::from(column.0), squares + u64::from(column.1)));
        for (x, &value) in row(y).iter().enumerate() {
            if x + radius < width {
                sum += u64::from(columns[x + radius].0);
                squares += u64::from(columns[x + radius].1);
            }
            if x > radius {
                sum -= u64::from(columns[x - radius - 1].0);
                squares -= u64::from(columns[x - radius - 1].1);
            }
            let count = (rows * ((x + radius + 1).min(width) - x.saturating_sub(radius))) as u64;
            let busy = squares * count > sum * sum + plain * plain * count * count;
            if busy && u64::from(value) * count * 100 < sum * (100 - bias) {
                bits.set(x as u32, y as u32);
            }
        }
    }
    Some(bits)
}

fn add(columns: &mut [(u32, u32)], row: &[u8]) {
    columns.iter_mut().zip(row).for_each(|((sum, squares), &value)| {
        *sum += u32::from(value);
        *squares += u32::from(value).pow(2);
    });
}

/// Takes blur back: each pixel moves away from the mean of the square around it by as much as it differs from that.
pub(super) fn sharpened(grey: &GrayImage, radius: usize) -> GrayImage {
    let mean = box_mean(&box_mean(grey, radius), radius.div_ceil(2));
    let mut out = grey.clone();
    out.iter_mut().zip(mean.iter()).for_each(|(value, &mean)| {
        *value = (2 * i16::from(*value) - i16::from(mean)).clamp(0, 255) as u8;
    });
    out
}

fn box_mean(grey: &GrayImage, radius: usize) -> GrayImage {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut out = grey.clone();
    let raw = grey.as_raw();
    let mut columns = vec![0_u32; width];
    for y in 0..radius.min(height) {
        columns.iter_mut().zip(&raw[y * width..]).for_each(|(sum, &value)| *sum += u32::from(value));
    }
    for (y, line) in out.as_flat_samples_mut().samples.chunks_exact_mut(width).enumerate() {
        if y + radius < height {
            columns.iter_mut().zip(&raw[(y + radius) * width..]).for_each(|(sum, &value)| *sum += u32::from(value));
        }
        if y > radius {
            columns.iter_mut().zip(&raw[(y - radius - 1) * width..]).for_each(|(sum, &value)| *sum -= u32::from(value));
        }
        let rows = ((y + radius + 1).min(height) - y.saturating_sub(radius)) as u32;
        let mut sum: u32 = columns[..radius.min(width)].iter().sum();
        for (x, value) in line.iter_mut().enumerate() {
            sum += columns.get(x + radius).copied().unwrap_or(0);
            if x > radius {
                sum -= columns[x - radius - 1];
            }
            let count = rows * ((x + radius + 1).min(width) - x.saturating_sub(radius)) as u32;
            *value = (sum / count) as u8;
        }
    }
    out
}
