//! Lays the document out: lines of words at their places, page by page. Everything in millimetres.

use super::{Align, Appendix, Block, Column, Cut, OfficialDocument, Table};
use crate::print::fonts::{Fonts, Weight};

/// A4, and the margins of Annex I: top and bottom 20–25, left 30–35, right 15–20.
pub(super) const PAGE: (f64, f64) = (210.0, 297.0);
const TOP: f64 = 20.0;
const BOTTOM: f64 = 277.0;
const LEFT: f64 = 30.0;
const RIGHT: f64 = 192.0;
/// A point in millimetres.
const PT: f64 = 25.4 / 72.0;
/// Body text.
const BODY: f64 = 13.5 * PT;
/// Line spacing of the body, 1 to 1.5 lines.
const LEADING: f64 = 1.3;
/// The first line's indent.
const INDENT: f64 = 12.7;
/// At least 6 points between paragraphs.
const GAP: f64 = 6.0 * PT;
/// Text in tables.
const CELL: f64 = 11.5 * PT;
const CELL_PAD: f64 = 1.1;

/// Who gets it.
const SMALL: f64 = 11.0 * PT;
/// Who signs.
const SIGNS: f64 = 13.5 * PT;

/// How much room the block of receivers and signature takes.
fn signature_height(document: &OfficialDocument) -> f64 {
    let list = document.receivers.len() as f64 * SMALL * 1.2 + 8.0;
    let signs = document.signs.len() as f64 * SIGNS * 1.2 + 32.0;
    list.max(signs) + 8.0
}

/// What stands on a page.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// A run of letters on its base line.
    Run { x: f64, y: f64, size: f64, cut: Cut, letters: String, width: f64 },
    /// A straight line of half a point.
    Rule { x1: f64, y1: f64, x2: f64, y2: f64 },
}

/// The cut of the font files that draws a cut of the text; a bold slope is drawn sheared.
pub(super) const fn weight(cut: Cut) -> Weight {
    match cut {
        Cut::Plain => Weight::Regular,
        Cut::Italic => Weight::SemiBold,
        Cut::Bold | Cut::BoldItalic => Weight::Bold,
    }
}

/// The pages of a document.
pub(super) fn lay(document: &OfficialDocument, fonts: &Fonts) -> Vec<Vec<Piece>> {
    let mut flow = Flow { fonts, pages: vec![Vec::new()], y: TOP, number: 1 };
    flow.head(document);
    flow.title(document);
    let (last, blocks) = document.blocks.split_last().map_or((None, &[][..]), |(last, blocks)| (Some(last), blocks));
    for block in blocks {
        flow.block(block);
    }
    if let Some(last) = last {
        flow.keep_with_signature(last, document);
        flow.block(last);
    }
    flow.signature(document);
    for appendix in &document.appendices {
        flow.appendix(appendix);
    }
    flow.pages
}

struct Flow<'f> {
    fonts: &'f Fonts,
    pages: Vec<Vec<Piece>>,
    /// Where the next thing begins.
    y: f64,
    /// The number of this page; an appendix counts anew.
    number: usize,
}

impl Flow<'_> {
    fn width(&self, text: &str, cut: Cut, size: f64) -> f64 {
        self.fonts.width(text, weight(cut), size, 0.0)
    }

    fn put(&mut self, piece: Piece) {
        if let Some(page) = self.pages.last_mut() {
            page.push(piece);
        }
    }

    fn run(&mut self, letters: &str, (x, y): (f64, f64), cut: Cut, size: f64) {
        let width = self.width(letters, cut, size);
        self.put(Piece::Run { x, y, size, cut, letters: letters.to_owned(), width });
    }

    fn rule(&mut self, x1: f64, y1: f64, x2: f64, y2: f64) {
        self.put(Piece::Rule { x1, y1, x2, y2 });
    }

    fn centred(&mut self, letters: &str, (left, right): (f64, f64), y: f64, cut: Cut, size: f64) -> f64 {
        let width = self.width(letters, cut, size);
        self.run(letters, ((left + right - width) / 2.0, y), cut, size);
        width
    }

    /// A new page; its number is centred in the top margin, but not on the first.
    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
        self.number += 1;
        let number = self.number.to_string();
        self.centred(&number, (LEFT, RIGHT), 14.0, Cut::Plain, 13.0 * PT);
    }

    fn need(&mut self, height: f64) {
        if self.y + height > BOTTOM {
            self.turn();
        }
    }

    /// Words in lines of a width; the first line may be shorter.
    fn wrap(&self, text: &str, cut: Cut, size: f64, (first, width): (f64, f64)) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let room = if lines.is_empty() { first } else { width };
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if line.is_empty() || self.width(&longer, cut, size) <= room {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Two columns: who issues and the number on the left; the state, its motto, place and date on the right.
    fn head(&mut self, document: &OfficialDocument) {
        let (left, right) = ((LEFT - 4.0, 96.0), (94.0, RIGHT + 2.0));
        let (small, motto) = (12.0 * PT, 13.0 * PT);
        let mut y = TOP + 4.0;
        if !document.superior.is_empty() {
            for line in self.wrap(&document.superior.to_uppercase(), Cut::Plain, small, (66.0, 66.0)) {
                self.centred(&line, left, y, Cut::Plain, small);
                y += small * 1.25;
            }
        }
        let mut width = 0.0;
        for line in &document.issuer {
            for line in self.wrap(&line.to_uppercase(), Cut::Bold, small, (66.0, 66.0)) {
                width = self.centred(&line, left, y, Cut::Bold, small);
                y += small * 1.25;
            }
        }
        let middle = f64::midpoint(left.0, left.1);
        self.rule(middle - width / 5.0, y - 3.2, middle + width / 5.0, y - 3.2);
        self.centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", right, TOP + 4.0, Cut::Bold, small);
        let width = self.centred("Độc lập - Tự do - Hạnh phúc", right, TOP + 9.4, Cut::Bold, motto);
        let middle = f64::midpoint(right.0, right.1);
        self.rule(middle - width / 2.0, TOP + 11.0, middle + width / 2.0, TOP + 11.0);
        let below = y.max(TOP + 15.0) + 2.6;
        self.centred(&document.number, left, below, Cut::Plain, motto);
        self.centred(&document.place_and_date, right, below, Cut::Italic, motto);
        self.y = below + 9.0;
    }

    fn title(&mut self, document: &OfficialDocument) {
        let size = 14.0 * PT;
        let width = 140.0;
        self.centred(&document.kind.to_uppercase(), (LEFT, RIGHT), self.y, Cut::Bold, size);
        self.y += size * LEADING;
        for line in &document.subject {
            for line in self.wrap(line, Cut::Bold, size, (width, width)) {
                self.centred(&line, (LEFT, RIGHT), self.y, Cut::Bold, size);
                self.y += size * LEADING;
            }
        }
        let middle = f64::midpoint(LEFT, RIGHT);
        self.rule(middle - 18.0, self.y - 4.4, middle + 18.0, self.y - 4.4);
        self.y += 4.0;
        self.centred(&document.addressee, (LEFT, RIGHT), self.y, Cut::Plain, BODY);
        self.y += GAP;
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Section(text) => {
                // A section's head is not left alone at a page's end.
                self.need(BODY * LEADING * 4.0);
                self.y += GAP + BODY * LEADING;
                self.run(&text.to_uppercase(), (LEFT + INDENT, self.y), Cut::Bold, BODY);
                self.y += GAP / 2.0;
            }
            Block::Paragraph(text) => self.paragraph(text),
            Block::Table(table) => {
                self.y += GAP;
                self.table(table);
            }
            Block::Dots => {
                self.need(BODY * LEADING + GAP);
                self.y += GAP + BODY * LEADING;
                let dots = ".".repeat(((RIGHT - LEFT) / self.width(".", Cut::Plain, BODY)) as usize);
                self.run(&dots, (LEFT, self.y), Cut::Plain, BODY);
            }
        }
    }

    fn paragraph(&mut self, text: &str) {
        let width = RIGHT - LEFT;
        let lines = self.wrap(text, Cut::Plain, BODY, (width - INDENT, width));
        self.y += GAP;
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.iter().enumerate() {
            // Neither the first line alone at a page's end nor the last alone at a page's head.
            let together = if at == 0 || at + 1 == last { 2.0 } else { 1.0 };
            self.need(BODY * LEADING * together);
            self.y += BODY * LEADING;
            let x = if at == 0 { LEFT + INDENT } else { LEFT };
            if at == last { self.run(line, (x, self.y), Cut::Plain, BODY) } else { self.justified(line, x) }
        }
    }

    /// A line whose words reach both edges.
    fn justified(&mut self, line: &str, x: f64) {
        let words: Vec<&str> = line.split(' ').collect();
        let natural = self.width(line, Cut::Plain, BODY);
        let extra = (RIGHT - x - natural) / words.len().saturating_sub(1).max(1) as f64;
        let space = self.width(" ", Cut::Plain, BODY) + extra;
        let (mut at, y) = (x, self.y);
        for (n, word) in words.iter().enumerate() {
            // The space is part of the run, so that what is copied out has its words apart.
            let letters = if n + 1 < words.len() { format!("{word} ") } else { (*word).to_owned() };
            self.run(&letters, (at, y), Cut::Plain, BODY);
            at += self.width(word, Cut::Plain, BODY) + space;
        }
    }

    fn table(&mut self, table: &Table) {
        let whole: f64 = table.columns.iter().map(|column| column.share).sum();
        let mut edges = vec![LEFT];
        for column in &table.columns {
            edges.push(edges.last().copied().unwrap_or(LEFT) + (RIGHT - LEFT) * column.share / whole);
        }
        let head: Vec<String> = table.columns.iter().map(|column| column.head.clone()).collect();
        let (head_height, head_lines) = self.row_lines(&head, &edges, Cut::Bold);
        let first = table.rows.first().map_or(0.0, |row| self.row_lines(row, &edges, Cut::Plain).0);
        self.need(head_height + first);
        self.row(&head_lines, head_height, &edges, &table.columns, Cut::Bold, true);
        let foot = table.foot.iter().map(|row| (row, Cut::Bold));
        for (row, cut) in table.rows.iter().map(|row| (row, Cut::Plain)).chain(foot) {
            let (height, lines) = self.row_lines(row, &edges, cut);
            if self.y + height > BOTTOM {
                self.turn();
                self.row(&head_lines, head_height, &edges, &table.columns, Cut::Bold, true);
            }
            self.row(&lines, height, &edges, &table.columns, cut, false);
        }
    }

    /// How high a row is, and its cells in lines.
    fn row_lines(&self, cells: &[String], edges: &[f64], cut: Cut) -> (f64, Vec<Vec<String>>) {
        let lines: Vec<Vec<String>> = cells
            .iter()
            .zip(edges.windows(2))
            .map(|(cell, edge)| {
                let room = edge[1] - edge[0] - 2.0 * CELL_PAD;
                self.wrap(cell, cut, CELL, (room, room)).into_iter().flat_map(|line| self.broken(line, cut, room)).collect()
            })
            .collect();
        let most = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
        (most as f64 * CELL * 1.2 + 2.0 * CELL_PAD, lines)
    }

    /// A word that is wider than its cell, in pieces.
    fn broken(&self, line: String, cut: Cut, room: f64) -> Vec<String> {
        if self.width(&line, cut, CELL) <= room {
            return vec![line];
        }
        let mut pieces = vec![String::new()];
        for letter in line.chars() {
            let last = pieces.last().map(String::as_str).unwrap_or("");
            if !last.is_empty() && self.width(&format!("{last}{letter}"), cut, CELL) > room {
                pieces.push(String::new());
            }
            if let Some(last) = pieces.last_mut() {
                last.push(letter);
            }
        }
        pieces
    }

    fn row(&mut self, cells: &[Vec<String>], height: f64, edges: &[f64], columns: &[Column], cut: Cut, is_head: bool) {
        let (top, bottom) = (self.y, self.y + height);
        for ((lines, edge), column) in cells.iter().zip(edges.windows(2)).zip(columns) {
            let inside = (edge[0] + CELL_PAD, edge[1] - CELL_PAD);
            let used = lines.len() as f64 * CELL * 1.2;
            let mut y = top + (height - used) / 2.0 + CELL * 0.95;
            for line in lines {
                let width = self.width(line, cut, CELL);
                let x = match if is_head { Align::Centre } else { column.align } {
                    Align::Left => inside.0,
                    Align::Centre => (inside.0 + inside.1 - width) / 2.0,
                    Align::Right => inside.1 - width,
                };
                self.run(line, (x, y), cut, CELL);
                y += CELL * 1.2;
            }
        }
        let (left, right) = (edges.first().copied().unwrap_or(LEFT), edges.last().copied().unwrap_or(RIGHT));
        self.rule(left, top, right, top);
        self.rule(left, bottom, right, bottom);
        for edge in edges {
            self.rule(*edge, top, *edge, bottom);
        }
        self.y = bottom;
    }

    /// A signature does not stand on a page by itself, where it could be put under another text: the last words go with it.
    fn keep_with_signature(&mut self, last: &Block, document: &OfficialDocument) {
        let Block::Paragraph(text) = last else { return };
        let width = RIGHT - LEFT;
        let lines = self.wrap(text, Cut::Plain, BODY, (width - INDENT, width)).len();
        // Of a long paragraph its last lines do: two of them stay together anyway.
        if lines <= 4 {
            self.need(GAP + lines as f64 * BODY * LEADING + signature_height(document));
        }
    }

    /// Who gets it on the left, who signs on the right, with room for the signature and the seal; kept on one page.
    fn signature(&mut self, document: &OfficialDocument) {
        let (small, size) = (SMALL, SIGNS);
        self.need(signature_height(document));
        let top = self.y + 10.0;
        let mut y = top;
        self.run("Nơi nhận:", (LEFT, y), Cut::BoldItalic, 12.0 * PT);
        for line in &document.receivers {
            y += small * 1.2;
            self.run(line, (LEFT, y), Cut::Plain, small);
        }
        let mut right = top;
        for line in &document.signs {
            self.centred(&line.to_uppercase(), (108.0, RIGHT), right, Cut::Bold, size);
            right += size * 1.2;
        }
        self.y = y.max(right + 30.0);
    }

    fn appendix(&mut self, appendix: &Appendix) {
        self.pages.push(Vec::new());
        (self.y, self.number) = (TOP + 4.0, 1);
        let size = 14.0 * PT;
        self.centred(&appendix.name, (LEFT, RIGHT), self.y, Cut::Bold, size);
        self.y += size * LEADING;
        for line in self.wrap(&appendix.title.to_uppercase(), Cut::Bold, size, (150.0, 150.0)) {
            self.centred(&line, (LEFT, RIGHT), self.y, Cut::Bold, size);
            self.y += size * LEADING;
        }
        self.centred(&appendix.reference, (LEFT, RIGHT), self.y, Cut::Italic, 13.0 * PT);
        self.y += 13.0 * PT * LEADING;
        self.table(&appendix.table);
    }
}
