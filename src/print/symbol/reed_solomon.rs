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

fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 { 0 } else { EXP[usize::from(LOG[usize::from(a)]) + usize::from(LOG[usize::from(b)])] }
}

/// Thirty-two codewords, the first in the highest byte of the first word.
type Codewords = [u64; 4];

/// For every value of a codeword, what it adds to the remainder of the division by the generator of this degree.
fn remainders(degree: usize) -> &'static [Codewords; 256] {
    static KNOWN: [OnceLock<Box<[Codewords; 256]>>; LONGEST + 1] = [const { OnceLock::new() }; LONGEST + 1];
    KNOWN[degree].get_or_init(|| {
        // (x - a⁰)(x - a¹)…, highest power first, without the leading one.
        let mut product = vec![0_u8; degree];
        product[degree - 1] = 1;
        for &root in &EXP[..degree] {
            for index in 0..degree {
                product[index] = multiply(product[index], root) ^ product.get(index + 1).copied().unwrap_or(0);
            }
        }
        let mut table = Box::new([[0; 4]; 256]);
        for (factor, codewords) in (0..=u8::MAX).zip(table.iter_mut()) {
            for (index, &coefficient) in product.iter().enumerate() {
                codewords[index / 8] |= u64::from(multiply(coefficient, factor)) << (56 - index % 8 * 8);
            }
        }
        table
    })
}

/// Appends to `out` the error correction codewords of a block. All codewords of the remainder move and are added to at
/// once, eight in a word; codeword by codeword it took six times as long.
pub(super) fn append(out: &mut Vec<u8>, data: &[u8], degree: usize) {
    let remainders = remainders(degree);
    let mut rest: Codewords = [0; 4];
    for &byte in data {
        let add = &remainders[usize::from(byte ^ rest[0].to_be_bytes()[0])];
        rest = [
            (rest[0] << 8 | rest[1] >> 56) ^ add[0],
            (rest[1] << 8 | rest[2] >> 56) ^ add[1],
            (rest[2] << 8 | rest[3] >> 56) ^ add[2],
            (rest[3] << 8) ^ add[3],
        ];
    }
    out.extend(rest.into_iter().flat_map(u64::to_be_bytes).take(degree));
}

/// Products of every element with each of the powers that are the generator's roots.
static TIMES: [[u8; 256]; LONGEST] = {
    let mut table = [[0; 256]; LONGEST];
    let mut root = 0;
    while root < LONGEST {
        let mut value = 1;
        while value < 256 {
            table[root][value] = EXP[LOG[value] as usize + root];
            value += 1;
        }
        root += 1;
    }
    table
};

/// Whether a block, data and error correction together, has no error: every syndrome is zero. The syndromes go forward
/// side by side, because each alone waits for its last product at every step.
pub(super) fn is_sound(block: &[u8], degree: usize) -> bool {
    let mut syndromes = [0_u8; LONGEST];
    for &byte in block {
        for (syndrome, times) in syndromes[..degree].iter_mut().zip(&TIMES) {
            *syndrome = times[usize::from(*syndrome)] ^ byte;
        }
    }
    syndromes[..degree].iter().all(|syndrome| *syndrome == 0)
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
