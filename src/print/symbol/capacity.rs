//! How much a symbol holds: the tables of ISO/IEC 18004:2015 (tables 1 and 9), from which the rest is computed.

use super::Ec;

/// Error correction codewords of each block, by level and version.
const EC_PER_BLOCK: [[u8; 40]; 4] = [
    [
        7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
    [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    ],
    [
        13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
    [
        17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
];

/// Blocks, by level and version.
const BLOCKS: [[u8; 40]; 4] = [
    [
        1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20,
        21, 22, 24, 25,
    ],
    [
        1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37,
        38, 40, 43, 45, 47, 49,
    ],
    [
        1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48,
        51, 53, 56, 59, 62, 65, 68,
    ],
    [
        1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57,
        60, 63, 66, 70, 74, 77, 81,
    ],
];

/// How the codewords of a symbol are divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    /// Blocks in all.
    pub(super) blocks: usize,
    /// Error correction codewords of each block.
    pub(super) ec: usize,
    /// Codewords in all, error correction included.
    pub(super) codewords: usize,
}

impl Division {
    pub(super) fn of(version: u8, ec: Ec) -> Self {
        let (level, index) = (ec as usize, usize::from(version) - 1);
        Self {
            blocks: usize::from(BLOCKS[level][index]),
            ec: usize::from(EC_PER_BLOCK[level][index]),
            codewords: data_modules(version) / 8,
        }
    }

    /// Codewords that carry data.
    pub(super) fn data(self) -> usize {
        self.codewords - self.blocks * self.ec
    }

    /// Data codewords of a short block, and how many blocks are short: the first ones, where the data does not divide
    /// evenly; the others hold one more.
    pub(super) fn short(self) -> (usize, usize) {
        (self.data() / self.blocks, self.blocks - self.data() % self.blocks)
    }
}

/// Modules on a side.
pub(super) fn size(version: u8) -> usize {
    17 + 4 * usize::from(version)
}

/// Modules that are left for codewords when all patterns stand.
fn data_modules(version: u8) -> usize {
    let v = usize::from(version);
    let mut modules = (16 * v + 128) * v + 64;
    if v >= 2 {
        let align = v / 7 + 2;
        modules -= (25 * align - 10) * align - 55;
        if v >= 7 {
            modules -= 36;
        }
    }
    modules
}

/// Centres of the alignment patterns along one side (annex E); those in the finder patterns' corners do not exist.
pub(super) fn alignment_centres(version: u8) -> Vec<usize> {
    if version == 1 {
        return Vec::new();
    }
    let v = usize::from(version);
    let count = v / 7 + 2;
    let step = if v == 32 { 26 } else { (v * 8 + count * 3 + 5) / (count * 4 - 4) * 2 };
    let mut centres: Vec<usize> = (0..count - 1).map(|index| size(version) - 7 - index * step).collect();
    centres.push(6);
    centres.reverse();
    centres
}
