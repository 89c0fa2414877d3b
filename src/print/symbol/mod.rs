//! A QR code symbol: text in, a square of dark and light modules out.
//!
//! A symbol that exists is right: it can only be made by [`Symbol::encode`].

/// How much damage a symbol survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ec {
    /// About 7 % of the codewords can be restored.
    L,
    /// About 15 %: the level for codes below 50 mm, because its modules are the widest that still bear some dirt.
    M,
    /// About 25 %: the level from 60 mm up.
    Q,
    /// About 30 %.
    H,
}

/// Why a text cannot become a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// There is nothing to encode.
    #[error("a code cannot be empty")]
    Empty,
    /// The text does not fit into the largest version.
    #[error("the text is too long for a QR code at this level")]
    TooLong,
}

/// A finished QR code symbol, without its quiet zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Symbol {
    version: u8,
    ec: Ec,
    size: usize,
    /// One row is three words of 64 modules, the leftmost module in the lowest bit of the first.
    rows: Vec<[u64; 3]>,
}

impl Symbol {
    /// Encodes a text into the smallest symbol that holds it at this level.
    ///
    /// ```
    /// use choqr::print::{Ec, Symbol};
    ///
    /// let symbol = Symbol::encode("000201", Ec::M)?;
    /// assert_eq!((symbol.version(), symbol.size()), (1, 21));
    /// assert!(symbol.is_dark(0, 0), "a finder pattern begins in the corner");
    /// # Ok::<(), choqr::print::SymbolError>(())
    /// ```
    pub fn encode(payload: &str, ec: Ec) -> Result<Self, SymbolError> {
        if payload.is_empty() {
            return Err(SymbolError::Empty);
        }
        let level = match ec {
            Ec::L => qrcode::EcLevel::L,
            Ec::M => qrcode::EcLevel::M,
            Ec::Q => qrcode::EcLevel::Q,
            Ec::H => qrcode::EcLevel::H,
        };
        let code = qrcode::QrCode::with_error_correction_level(payload, level).map_err(|_| SymbolError::TooLong)?;
        let size = code.width();
        let mut rows = vec![[0_u64; 3]; size];
        for (i, color) in code.to_colors().into_iter().enumerate() {
            let x = i % size;
            rows[i / size][x / 64] |= u64::from(color == qrcode::Color::Dark) << (x % 64);
        }
        let version = u8::try_from((size - 17) / 4).expect("a version is at most 40");
        Ok(Self { version, ec, size, rows })
    }

    /// Modules on a side, quiet zone not counted.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The version, 1 to 40.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The error correction level it was made with.
    #[must_use]
    pub fn ec(&self) -> Ec {
        self.ec
    }

    /// Whether a module is dark; everything outside the symbol is light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.rows[y][x / 64] >> (x % 64) & 1 == 1
    }

    /// The dark runs of a row as (first module, length), left to right.
    pub fn runs(&self, y: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut x = 0;
        std::iter::from_fn(move || {
            while x < self.size && !self.is_dark(x, y) {
                x += 1;
            }
            let start = x;
            while self.is_dark(x, y) {
                x += 1;
            }
            (x > start).then_some((start, x - start))
        })
    }
}

impl std::fmt::Debug for Symbol {
    /// Says what kind of symbol it is, never what it holds: that would be an account number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Symbol(version {}, {:?})", self.version, self.ec)
    }
}
