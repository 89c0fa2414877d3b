//! What has been seen to scan: a list of designs by the digest of their text.
//!
//! A line is `design,digest,stickers,photographs,zbar,zxing`: how many stickers were rasterised at 300 dpi and how many
//! photographs were made of them, and how many of all pictures each reader read. A design counts as proven when both
//! readers read every one, in the very form that it has now.

use super::Design;

/// The heading of the list.
pub const HEADING: &str = "design,digest,stickers,photographs,zbar,zxing";

/// What was seen of one design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The design's name.
    pub design: String,
    /// [`Design::digest`] of what was seen.
    pub digest: String,
    /// Stickers rasterised at 300 dpi.
    pub stickers: usize,
    /// Photographs made of them.
    pub photographs: usize,
    /// Pictures that zbar read.
    pub zbar: usize,
    /// Pictures that zxing-cpp read.
    pub zxing: usize,
}

impl Proof {
    /// Whether both readers read all there was.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let all = self.stickers + self.photographs;
        self.stickers > 0 && self.photographs > 0 && self.zbar == all && self.zxing == all
    }

    /// The line of the list.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{},{},{},{},{},{}", self.design, self.digest, self.stickers, self.photographs, self.zbar, self.zxing)
    }
}

/// A list of proofs.
#[derive(Debug, Clone, Default)]
pub struct Proofs(Vec<Proof>);

impl Proofs {
    /// Reads a list; a line that is not one proves nothing.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(text.lines().filter_map(read_line).collect())
    }

    /// Whether a design was seen to scan as it is now.
    #[must_use]
    pub fn hold_for(&self, design: &Design) -> bool {
        self.0.iter().any(|proof| proof.design == design.name() && proof.digest == design.digest() && proof.is_whole())
    }

    /// Puts a proof in the place of the one before it.
    pub fn put(&mut self, proof: Proof) {
        self.0.retain(|known| known.design != proof.design);
        self.0.push(proof);
        self.0.sort_by(|a, b| a.design.cmp(&b.design));
    }

    /// The list as text.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.0.iter().map(|proof| proof.line() + "\n");
        std::iter::once(format!("{HEADING}\n")).chain(lines).collect()
    }
}

fn read_line(line: &str) -> Option<Proof> {
    let cells: Vec<&str> = line.trim().split(',').collect();
    let [design, digest, numbers @ ..] = cells.as_slice() else { return None };
    let numbers: Vec<usize> = numbers.iter().map(|cell| cell.parse().ok()).collect::<Option<_>>()?;
    let [stickers, photographs, zbar, zxing] = numbers.try_into().ok()?;
    Some(Proof { design: (*design).to_owned(), digest: (*digest).to_owned(), stickers, photographs, zbar, zxing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_survives_the_way_there_and_back() {
        let text = format!("{HEADING}\ncard_a6,ab,12,36,48,48\n");

        let mut proofs = Proofs::read(&text);

        assert_eq!(proofs.text(), text);
        proofs.put(Proof { zbar: 47, ..proofs.0[0].clone() });
        assert!(!proofs.0[0].is_whole(), "one picture unread is one too many");
    }
}
