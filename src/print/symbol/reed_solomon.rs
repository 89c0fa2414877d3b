//! Error correction codewords over GF(256) with the polynomial x⁸ + x⁴ + x³ + x² + 1.

use std::sync::OnceLock;

/// The longest error correction of a block.
const LONGEST: usize = 30;

/// Powers of the generating element, twice, so that a sum of logarithms needs no remainder.
const EXP: [u8; 512] = {
    let mut table = [0; 512];
    let mut value: u16 = 1;
    let mut index = 0;
    while index < 510 {
        #[expect(clippy::cast_possible_truncation, reason = "reduced below 256")]
        let element = value as u8;
        table[index] = element;
        value <<= 1;
        if value & 0x100 != 0 {
            value ^= 0x11D;
        }
        index += 1;
    }
    table
};

/// Logarithms; zero has none.
const LOG: [u8; 256] = {
    let mut table = [0; 256];
    let mut index: u8 = 0;
    while index < 255 {
        table[EXP[index as usize] as usize] = index;
        index += 1;
    }
    table
};

pub(super) fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 { 0 } else { EXP[usize::from(LOG[usize::from(a)]) + usize::from(LOG[usize::from(b)])] }
}

/// Logarithms of the generator's coefficients, without the leading one.
fn generator(degree: usize) -> &'static [u8] {
    static KNOWN: [OnceLock<Vec<u8>>; LONGEST + 1] = [const { OnceLock::new() }; LONGEST + 1];
    KNOWN[degree].get_or_init(|| {
        // (x - a⁰)(x - a¹)…, highest power first.
        let mut product = vec![0_u8; degree];
        product[degree - 1] = 1;
        for &root in &EXP[..degree] {
            for index in 0..degree {
                product[index] = multiply(product[index], root) ^ product.get(index + 1).copied().unwrap_or(0);
            }
        }
        product.iter().map(|coefficient| LOG[usize::from(*coefficient)]).collect()
    })
}

/// Appends to `out` the error correction codewords of a block.
pub(super) fn append(out: &mut Vec<u8>, data: &[u8], degree: usize) {
    let generator = generator(degree);
    let mut rest = [0_u8; LONGEST + 1];
    for &byte in data {
        let factor = byte ^ rest[0];
        rest.copy_within(1.., 0);
        if factor != 0 {
            let log = usize::from(LOG[usize::from(factor)]);
            for (place, &coefficient) in rest.iter_mut().zip(generator) {
                *place ^= EXP[log + usize::from(coefficient)];
            }
        }
    }
    out.extend_from_slice(&rest[..degree]);
}

/// Whether a block, data and error correction together, has no error: every syndrome is zero.
pub(super) fn is_sound(block: &[u8], degree: usize) -> bool {
    (0..degree).all(|root| {
        block.iter().fold(0, |sum, &byte| (if sum == 0 { 0 } else { EXP[usize::from(LOG[usize::from(sum)]) + root] }) ^ byte) == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_example_is_reproduced() {
        // ISO/IEC 18004, annex I: "01234567" in version 1-M.
        let data = [0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11];
        let mut block = data.to_vec();

        append(&mut block, &data, 10);

        assert_eq!(block[16..], [0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55]);
        assert!(is_sound(&block, 10));
        block[3] ^= 1;
        assert!(!is_sound(&block, 10));
    }
}
