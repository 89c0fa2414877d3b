//! A code as a small SVG that stands alone.

use std::fmt::Write as _;

use super::{QUIET_ZONE, Symbol};

/// Draws a code with its quiet zone, one unit a module; `title` is what a screen reader says.
///
/// The drawing carries no style attribute and no script, so that it may be placed into a page under a strict policy.
#[must_use]
pub fn code(symbol: &Symbol, title: &str) -> String {
    let side = symbol.size() + 2 * QUIET_ZONE;
    let mut out = String::with_capacity(6 * 1024);
    out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
    push(&mut out, format_args!("{side} {side}\" role=\"img\" shape-rendering=\"crispEdges\">"));
    push(&mut out, format_args!("<title>{}</title>", escape(title)));
    push(&mut out, format_args!("<path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""));
    for y in 0..symbol.size() {
        for (x, length) in symbol.runs(y) {
            push(&mut out, format_args!("M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE));
        }
    }
    out.push_str("\"/></svg>");
    out
}

/// Appends to a string, which cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes all that is written to it");
}

/// Replaces what XML would read as markup and leaves out the control characters it forbids.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::Ec;

    #[test]
    fn a_title_cannot_break_out_of_the_drawing() {
        let symbol = Symbol::encode("A", Ec::M).unwrap();

        let drawing = code(&symbol, "a<script>&\"\u{0}b");

        assert!(drawing.contains("<title>a&lt;script&gt;&amp;&quot;b</title>"), "{drawing}");
    }

    #[test]
    fn the_drawing_has_four_light_modules_on_every_side() {
        let symbol = Symbol::encode("A", Ec::M).unwrap();

        let drawing = code(&symbol, "t");

        assert!(drawing.contains("viewBox=\"0 0 29 29\""));
        assert!(drawing.contains("M4 4h7v1h-7z"), "the finder pattern begins at (4, 4)");
    }
}
