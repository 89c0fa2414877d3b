//! Where lines break: words measured once, and the breaks that make the widest line narrow and all lines even.

/// The first words decide where a line breaks; beyond so many, lines are filled in order.
const BALANCED_WORDS: usize = 24;

/// A word, with the styles of its pieces, and its width at size one.
pub(super) struct Word<'a> {
    pub(super) pieces: Vec<(bool, &'a str)>,
    pub(super) width: f64,
}

impl Word<'_> {
    fn begins_strong(&self) -> bool {
        self.pieces.first().is_some_and(|(strong, _)| *strong)
    }

    fn ends_strong(&self) -> bool {
        self.pieces.last().is_some_and(|(strong, _)| *strong)
    }
}

pub(super) fn append(line: &mut Vec<(bool, String)>, strong: bool, text: &str) {
    match line.last_mut() {
        Some((last, run)) if *last == strong => run.push_str(text),
        _ => line.push((strong, text.to_owned())),
    }
}

pub(super) fn line(words: &[Word<'_>]) -> Vec<(bool, String)> {
    let mut out = Vec::with_capacity(2);
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            append(&mut out, words[index - 1].ends_strong() && word.begins_strong(), " ");
        }
        word.pieces.iter().for_each(|(strong, text)| append(&mut out, *strong, text));
    }
    out
}

pub(super) fn whole(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

pub(super) fn width_of(words: &[Word<'_>], space: f64) -> f64 {
    words.iter().map(|word| word.width).sum::<f64>() + space * whole(words.len().saturating_sub(1))
}

/// The width of the widest line when the words are broken into so many lines as evenly as can be.
pub(super) fn narrowest(words: &[Word<'_>], space: f64, lines: usize) -> f64 {
    if lines <= 1 || words.len() <= 1 {
        return width_of(words, space);
    }
    // The answer is the width of some run of words; each is tried as a limit by filling lines greedily.
    let longest = words.iter().map(|word| word.width).fold(0.0, f64::max);
    let (mut low, mut high) = (longest, width_of(words, space));
    if filled(words, space, low) <= lines {
        return low;
    }
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        if filled(words, space, middle) <= lines { high = middle } else { low = middle }
    }
    high
}

/// How many lines of this width the words fill.
fn filled(words: &[Word<'_>], space: f64, width: f64) -> usize {
    let (mut lines, mut used) = (1, 0.0);
    for word in words {
        let with = if used > 0.0 { used + space + word.width } else { word.width };
        if with > width + 1e-9 && used > 0.0 {
            lines += 1;
            used = word.width;
        } else {
            used = with;
        }
    }
    lines
}

/// Breaks words into so many lines of at most this width, as even as possible, the shorter line above: a Vietnamese name
/// keeps its middle and given names together that way.
pub(super) fn balanced(words: &[Word<'_>], space: f64, lines: usize, width: f64) -> Vec<(usize, usize)> {
    let count = words.len();
    if lines <= 1 {
        return vec![(0, count)];
    }
    if count > BALANCED_WORDS {
        return in_order(words, space, width);
    }
    // cost[n][i]: the best way to set the first i words on n lines, and the start of its last line.
    let mut cost = vec![vec![(f64::INFINITY, 0); count + 1]; lines + 1];
    cost[0][0] = (0.0, 0);
    for n in 1..=lines {
        for end in n..=count {
            for start in (n - 1..end).rev() {
                let wide = width_of(&words[start..end], space);
                if wide > width + 1e-9 {
                    break;
                }
                let (before, above) = cost[n - 1][start];
                let is_top_heavy = n > 1 && width_of(&words[above..start], space) > wide;
                let total = before + (width - wide).powi(2) + if is_top_heavy { 0.08 * width * width } else { 0.0 };
                if total < cost[n][end].0 {
                    cost[n][end] = (total, start);
                }
            }
        }
    }
    if cost[lines][count].0.is_infinite() {
        return in_order(words, space, width);
    }
    let mut breaks = Vec::with_capacity(lines);
    let mut end = count;
    for n in (1..=lines).rev() {
        let start = cost[n][end].1;
        breaks.push((start, end));
        end = start;
    }
    breaks.reverse();
    breaks
}

fn in_order(words: &[Word<'_>], space: f64, width: f64) -> Vec<(usize, usize)> {
    let (mut breaks, mut start, mut used) = (Vec::new(), 0, 0.0);
    for (index, word) in words.iter().enumerate() {
        let with = if index > start { used + space + word.width } else { word.width };
        if with > width + 1e-6 && index > start {
            breaks.push((start, index));
            start = index;
            used = word.width;
        } else {
            used = with;
        }
    }
    breaks.push((start, words.len()));
    breaks
}
