//! Charts as SVG text: they print, they are read aloud, they weigh nothing. Looks come from classes; every chart has a title, a
//! description and the same figures in a table below it.

use std::fmt::Write as _;

use crate::domain::kpi::Trend;

/// Text as it may stand in SVG.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One bar: its label, its value, and what stands behind the value; a value that is kept back is drawn without length.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) n: i64,
    pub(super) shown: String,
    pub(super) behind: String,
}

/// Horizontal bars, each with its label on the left and its value at its end.
pub(super) fn bars(id: &str, title: &str, bars: &[Bar], most: i64, has_ground: bool) -> String {
    let height = bars.len() * 34 + 6;
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.shown)).collect();
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 560 {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        escape(title),
        escape(&told.join("; ")),
    );
    for (row, bar) in bars.iter().enumerate() {
        let top = row * 34 + 6;
        let width = if most > 0 { bar.n.max(0) as f64 * 240.0 / most as f64 } else { 0.0 };
        let _infallible = write!(svg, "<text class=\"w\" x=\"0\" y=\"{}\">{}</text>", top + 16, escape(&short(&bar.label)));
        if has_ground {
            let _infallible = write!(svg, "<rect class=\"bg\" x=\"220\" y=\"{top}\" width=\"240\" height=\"22\" rx=\"3\"/>");
        }
        let (class, at) = if has_ground { ("fg", 472.0) } else { ("fg2", 230.0 + width) };
        let _infallible = write!(
            svg,
            "<rect class=\"{class}\" x=\"220\" y=\"{top}\" width=\"{width:.1}\" height=\"22\" rx=\"3\"/><text class=\"v\" x=\"{at:.1}\" y=\"{}\">{}</text>",
            top + 16,
            escape(&bar.shown),
        );
        if !bar.behind.is_empty() {
            let _infallible =
                write!(svg, "<text x=\"556\" y=\"{}\" text-anchor=\"end\">{}</text>", top + 16, escape(&bar.behind));
        }
    }
    svg + "</svg>"
}

/// A label that fits beside its bar.
fn short(label: &str) -> String {
    if label.chars().count() <= 30 { label.to_owned() } else { label.chars().take(29).chain(['…']).collect() }
}

/// Three lines over twelve weeks with their names and last values at their ends, under the line of all trading stalls.
pub(super) fn line(title: &str, about: &str, points: &[Trend], names: [&str; 3], all: &str) -> String {
    let Some(last) = points.last() else { return String::new() };
    let top = points.iter().map(|point| point.trading.max(point.issued)).max().unwrap_or(0).max(1);
    let y = |n: i64| 230.0 - n as f64 * 206.0 / top as f64;
    let x = |week: usize| 34.0 + week as f64 * 276.0 / (points.len().max(2) - 1) as f64;
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 500 264\" role=\"img\" aria-labelledby=\"line-t line-d\"><title id=\"line-t\">{}</title><desc id=\"line-d\">{}</desc><path class=\"axis\" d=\"M34 230H310\"/>",
        escape(title),
        escape(about),
    );
    for step in grid(top) {
        let _infallible = write!(
            svg,
            "<path class=\"grid\" d=\"M34 {0:.1}H310\"/><text x=\"26\" y=\"{1:.1}\" text-anchor=\"end\">{step}</text>",
            y(step),
            y(step) + 5.0
        );
    }
    for (week, anchor) in [(0, "start"), (points.len() / 2, "middle"), (points.len() - 1, "end")] {
        let (_, month, day) = points[week].day.parts();
        let _infallible = write!(svg, "<text x=\"{:.1}\" y=\"254\" text-anchor=\"{anchor}\">{day}/{month}</text>", x(week));
    }
    let picks: [(&str, fn(&Trend) -> i64); 3] = [("a", |p| p.issued), ("b", |p| p.verified), ("c", |p| p.used)];
    let _infallible = write!(svg, "<path class=\"axis\" d=\"M34 {0:.1}H310\" stroke-dasharray=\"2 4\"/>", y(last.trading));
    let mut labels = vec![(y(last.trading), String::new(), all.to_owned())];
    for ((class, pick), name) in picks.into_iter().zip(names) {
        let path = path(points.iter().enumerate().map(|(week, point)| (x(week), y(pick(point)))));
        let _infallible = write!(
            svg,
            "<path class=\"ln {class}\" d=\"{path}\"/><circle class=\"d{class}\" cx=\"310\" cy=\"{:.1}\" r=\"4.5\"/>",
            y(pick(last))
        );
        labels.push((y(pick(last)), format!(" class=\"l{class}\""), format!("{name} {}", pick(last))));
    }
    for (at, class, text) in spread(labels) {
        let _infallible = write!(svg, "<text{class} x=\"320\" y=\"{:.1}\">{}</text>", at + 5.0, escape(&text));
    }
    svg + "</svg>"
}

/// A line through places.
fn path(places: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (at, (x, y)) in places.enumerate() {
        let _infallible = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    path
}

/// Labels moved apart until none lies on another, from the lowest up.
fn spread(mut labels: Vec<(f64, String, String)>) -> Vec<(f64, String, String)> {
    labels.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut free = 240.0;
    for label in &mut labels {
        label.0 = label.0.min(free - 18.0);
        free = label.0;
    }
    labels
}

/// Up to four round values under the top.
fn grid(top: i64) -> Vec<i64> {
    let mut step = 1;
    for next in [2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000] {
        if top / step > 4 {
            step = next;
        }
    }
    (0..=top / step).map(|n| n * step).collect()
}

/// A small line in a table: verified stalls over the weeks.
pub(super) fn spark(label: &str, values: &[i64]) -> String {
    let top = values.iter().copied().max().unwrap_or(0).max(1);
    let y = |n: i64| 26.0 - n as f64 * 23.0 / top as f64;
    let x = |week: usize| 2.0 + week as f64 * 88.0 / (values.len().max(2) - 1) as f64;
    let path = path(values.iter().enumerate().map(|(week, n)| (x(week), y(*n))));
    let last = values.last().copied().unwrap_or(0);
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 96 28\" role=\"img\" aria-label=\"{}\"><path class=\"base\" d=\"M2 26H90\"/><path d=\"{path}\"/><circle cx=\"90\" cy=\"{:.1}\" r=\"2.5\"/></svg>",
        escape(label),
        y(last),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_at_one_height_are_moved_apart() {
        let labels = spread(vec![
            (100.0, String::new(), "a".into()),
            (100.0, String::new(), "b".into()),
            (99.0, String::new(), "c".into()),
        ]);
        assert!(labels.windows(2).all(|pair| pair[0].0 - pair[1].0 >= 18.0), "{labels:?}");
    }

    #[test]
    fn what_a_person_typed_is_no_markup() {
        let bar = Bar { label: "<script>\"".into(), n: 1, shown: "1".into(), behind: String::new() };
        let svg = bars("x", "t", &[bar], 1, false);
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_grid_is_round_and_short() {
        assert_eq!(grid(412), [0, 100, 200, 300, 400]);
        assert_eq!(grid(3), [0, 1, 2, 3]);
        assert!(grid(4_000_000).len() <= 9);
    }
}
