//! A label of 99.1 × 67.7 mm, eight on an A4 sheet: the code on the left, what people read on the right.

use super::parts::{Align, Panel, Span, awning, block_up, check_code, line};
use super::{BLEED, Tools, bled};
use crate::print::PrintError;
use crate::print::canvas::{Canvas, Path, ink};
use crate::print::fonts::Weight::{Bold, Regular, SemiBold};
use crate::print::sticker::{Placed, Ready, joined};
use crate::print::text::{ASCENT, DESCENT, LEADING, Limits, fit, fit_preferring_one_line};

pub(super) const SIZE: (f64, f64) = (99.1, 67.7);

const LEFT: f64 = 64.4;
const RIGHT: f64 = 95.1;
const WIDTH: f64 = RIGHT - LEFT;
/// The line between the payee and the advice.
const RULE: f64 = 43.4;
const PANEL: Panel = Panel { x: 4.25, y: 8.65, side: 55.9, radius: 2.4, square: 51.3, microtext: 0.85 };
/// The square of the small code, its quiet zone included.
const CHECK: f64 = 14.0;

pub(super) fn draw(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> Result<(), PrintError> {
    canvas.reuse("label_99x68", bled(SIZE), &draw_ground);
    let words = tools.words;
    let top = draw_head(canvas, tools, ready);
    PANEL.draw_code(canvas, &Placed::payment(ready.payload, PANEL.square)?);
    draw_payee(canvas, tools, ready, top);
    draw_foot(canvas, tools, ready)?;
    let stall = ready.named_stall(words);
    let advice = format!("{} {} {}", words.check, words.name, words.before_paying);
    let account = format!("{} {}", ready.bank, ready.last_digits);
    let serial = ready.serial.as_deref().unwrap_or("");
    PANEL.draw_microtext(canvas, tools.fonts, &joined(&[&advice, serial, &stall, account.trim(), &ready.market]));
    Ok(())
}

fn draw_ground(canvas: &mut dyn Canvas) {
    let (width, height) = SIZE;
    canvas.fill(&Path::rect(-BLEED, -BLEED, width + 2.0 * BLEED, height + 2.0 * BLEED), ink::PAPER);
    awning(canvas, -BLEED, -BLEED, width + 2.0 * BLEED, 17, 2.4, 2.0);
    PANEL.draw_ground(canvas);
    canvas.stroke(&Path::line(LEFT, RULE, RIGHT, RULE), ink::HAIRLINE, 0.25);
}

/// Draws stall, market and trade, and returns where the payee may begin.
fn draw_head(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> f64 {
    const BASE: f64 = 13.4;
    let fonts = tools.fonts;
    let label = if ready.stall.is_empty() { String::new() } else { format!("{} ", tools.words.stall) };
    let gap = line(canvas, fonts, &[Span(&label, Regular, ink::TEXT_2)], (LEFT, BASE), Align::Left, (3.0, 3.0, 20.0));
    let limits = Limits { weight: Bold, largest: 5.2, floor: 2.2, width: WIDTH - gap, height: 5.2, spacing: 0.0 };
    let stall = fit(fonts, &ready.stall, limits);
    block_up(canvas, fonts, &stall, (LEFT + gap, BASE), Align::Left, (Bold, 0.0, ink::TEXT));
    let limits = Limits { weight: Regular, largest: 2.7, floor: 2.0, width: WIDTH, height: 5.6, spacing: 0.0 };
    let place = fit(fonts, &ready.place(), limits);
    let mut base = BASE + 0.6;
    for text in &place.lines {
        base += place.size * LEADING + 0.3;
        let span = [Span(text, Regular, ink::TEXT_2)];
        line(canvas, fonts, &span, (LEFT, base), Align::Left, (place.size, place.size, WIDTH));
    }
    base + place.size * DESCENT
}

/// Places bank, bare name and large name upwards from the rule, so that the three stay together; they are drawn in the
/// order in which they are read.
fn draw_payee(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>, top: f64) {
    const BANK: f64 = RULE - 2.5;
    const BELOW: f64 = BANK - 4.4;
    let fonts = tools.fonts;
    let owner = ready.owner.as_ref().map(|owner| format!("{} {owner}", tools.words.stall_owner));
    let below = joined(&[ready.bare_name.as_deref().unwrap_or(""), owner.as_deref().unwrap_or("")]);
    let limits = Limits { weight: SemiBold, largest: 2.4, floor: 1.5, width: WIDTH, height: 5.2, spacing: 0.06 };
    let below = fit_preferring_one_line(fonts, &below, limits, 1.9);
    let further = u32::try_from(below.lines.len()).map_or(0.0, f64::from) - 1.0;
    let base = BELOW - below.size * (ASCENT + LEADING * further) - 1.7;

    let limits = Limits { weight: Bold, largest: 5.5, floor: 2.0, width: WIDTH, height: base - top - 0.8, spacing: 0.0 };
    let name = fit(fonts, &ready.large_name, limits);
    block_up(canvas, fonts, &name, (LEFT, base), Align::Left, (Bold, 0.0, ink::TEXT));
    block_up(canvas, fonts, &below, (LEFT, BELOW), Align::Left, (SemiBold, 0.06, ink::TEXT_2));
    let digits = if ready.last_digits.is_empty() { String::new() } else { format!(" …{}", ready.last_digits) };
    let bank = [Span(&ready.bank, SemiBold, ink::TEXT), Span(&digits, SemiBold, ink::TEXT)];
    line(canvas, fonts, &bank, (LEFT, BANK), Align::Left, (2.9, 1.7, WIDTH));
}

fn draw_foot(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> Result<(), PrintError> {
    let (fonts, words) = (tools.fonts, tools.words);
    let check = format!("{} ", words.check);
    let first = [Span(&check, SemiBold, ink::LEAF), Span(&words.name, Bold, ink::LEAF)];
    line(canvas, fonts, &first, (LEFT, 47.7), Align::Left, (3.0, 2.0, WIDTH));
    let second = [Span(&words.before_paying, SemiBold, ink::LEAF)];
    line(canvas, fonts, &second, (LEFT, 51.3), Align::Left, (3.0, 2.0, WIDTH));

    let mut width = WIDTH;
    if let Some(url) = ready.check_url {
        let placed = Placed::link(url, CHECK)?;
        // The label is white around it, so the dark square lines up with the column and the quiet zone stands out.
        check_code(canvas, &placed, RIGHT - CHECK + placed.quiet(), 64.5 - CHECK + placed.quiet());
        width -= CHECK - placed.quiet() + 0.3;
    }
    let mut base = 64.3;
    let note_base = base;
    if ready.check_url.is_some() {
        base -= 3.0;
    }
    let issued_base = base;
    if !ready.issued.is_empty() {
        base -= 3.0;
    }
    let serial = ready.serial.as_deref().unwrap_or("");
    line(canvas, fonts, &[Span(serial, SemiBold, ink::TEXT)], (LEFT, base - 0.3), Align::Left, (2.6, 1.8, width));
    let mut small = |text: &str, base: f64| {
        line(canvas, fonts, &[Span(text, Regular, ink::TEXT_2)], (LEFT, base), Align::Left, (2.0, 1.5, width));
    };
    if !ready.issued.is_empty() {
        small(&format!("{} {}", words.issued, ready.issued), issued_base);
    }
    if ready.check_url.is_some() {
        small(&words.small_code_short, note_base);
    }
    Ok(())
}
