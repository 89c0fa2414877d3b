//! A counter card of 105 × 148 mm: the code as large as the hand that holds it, the payee's name under it.

use super::parts::{Align, Panel, Span, awning, block_up, check_code, line};
use super::{BLEED, Tools, bled};
use crate::print::PrintError;
use crate::print::canvas::{Canvas, Path, ink};
use crate::print::fonts::Weight::{Bold, Regular, SemiBold};
use crate::print::sticker::{Placed, Ready, joined};
use crate::print::text::{Limits, fit, fit_preferring_one_line};

pub(super) const SIZE: (f64, f64) = (105.0, 148.0);

const LEFT: f64 = 12.1;
const RIGHT: f64 = 92.9;
const MIDDLE: f64 = 52.5;
const FOOT: f64 = 130.4;
const PANEL: Panel = Panel { x: LEFT, y: 24.2, side: 80.8, radius: 3.0, square: 72.0, microtext: 1.05 };
/// The square of the small code, its quiet zone included.
const CHECK: f64 = 14.2;

pub(super) fn draw(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> Result<(), PrintError> {
    canvas.reuse("card_a6", bled(SIZE), &draw_ground);
    let words = tools.words;
    draw_head(canvas, tools, ready);
    PANEL.draw_code(canvas, &Placed::payment(ready.payload, PANEL.square)?);
    draw_payee(canvas, tools, ready);
    draw_foot(canvas, tools, ready)?;
    let stall = ready.named_stall(words);
    let advice = format!("{} {} {}", words.check, words.name, words.before_paying);
    let microtext = joined(&[&advice, ready.serial.as_deref().unwrap_or(&ready.bank), &stall]);
    PANEL.draw_microtext(canvas, tools.fonts, &microtext);
    Ok(())
}

fn draw_ground(canvas: &mut dyn Canvas) {
    let (width, height) = SIZE;
    canvas.fill(&Path::rect(-BLEED, -BLEED, width + 2.0 * BLEED, height + 2.0 * BLEED), ink::PAPER);
    awning(canvas, -BLEED, -BLEED, width + 2.0 * BLEED, 13, 7.6, 3.2);
    canvas.fill(&Path::rect(-BLEED, FOOT, width + 2.0 * BLEED, height + BLEED - FOOT), ink::LEAF);
    PANEL.draw_ground(canvas);
}

fn draw_head(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) {
    const BASE: f64 = 19.9;
    let label = if ready.stall.is_empty() { String::new() } else { format!("{} ", tools.words.stall) };
    let gap = line(canvas, tools.fonts, &[Span(&label, Regular, ink::TEXT_2)], (LEFT, BASE), Align::Left, (4.2, 4.2, 20.0));
    let limits = Limits { weight: Bold, largest: 7.4, floor: 3.0, width: 42.0, height: 7.4, spacing: 0.0 };
    let stall = fit(tools.fonts, &ready.stall, limits);
    block_up(canvas, tools.fonts, &stall, (LEFT + gap, BASE), Align::Left, (Bold, 0.0, ink::TEXT));
    let widest = stall.lines.iter().map(|text| tools.fonts.width(text, Bold, stall.size, 0.0)).fold(0.0, f64::max);
    let width = RIGHT - LEFT - gap - widest - 4.0;
    let limits = Limits { weight: Regular, largest: 4.2, floor: 2.2, width, height: 6.6, spacing: 0.0 };
    let place = fit(tools.fonts, &ready.place(), limits);
    block_up(canvas, tools.fonts, &place, (RIGHT, BASE), Align::Right, (Regular, 0.0, ink::TEXT_2));
}

fn draw_payee(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) {
    let fonts = tools.fonts;
    let owner = ready.owner.as_ref().map(|owner| format!("{} {owner}", tools.words.stall_owner));
    let below = joined(&[ready.bare_name.as_deref().unwrap_or(""), owner.as_deref().unwrap_or("")]);
    let limits = Limits { weight: SemiBold, largest: 3.4, floor: 1.8, width: 93.0, height: 3.9, spacing: 0.085 };
    let below = fit_preferring_one_line(fonts, &below, limits, 2.0);
    let limits = Limits { weight: Bold, largest: 8.4, floor: 3.8, width: 93.0, height: 9.4, spacing: 0.0 };
    let name = fit(fonts, &ready.large_name, limits);
    block_up(canvas, fonts, &name, (MIDDLE, 115.0), Align::Middle, (Bold, 0.0, ink::TEXT));
    block_up(canvas, fonts, &below, (MIDDLE, 120.6), Align::Middle, (SemiBold, 0.085, ink::TEXT_2));
    let dot = if ready.bank.is_empty() { "" } else { " · " };
    let account = format!("{dot}{} …", tools.words.account);
    let digits = [Span(&account, Regular, ink::TEXT_2), Span(&ready.last_digits, SemiBold, ink::TEXT)];
    let bank = Span(&ready.bank, SemiBold, ink::TEXT);
    let spans = if ready.last_digits.is_empty() { vec![bank] } else { std::iter::once(bank).chain(digits).collect() };
    line(canvas, fonts, &spans, (MIDDLE, 126.8), Align::Middle, (4.6, 2.0, 93.0));
}

fn draw_foot(canvas: &mut dyn Canvas, tools: &Tools<'_>, ready: &Ready<'_>) -> Result<(), PrintError> {
    let (fonts, words) = (tools.fonts, tools.words);
    let mut width = RIGHT - LEFT;
    if let Some(url) = ready.check_url {
        let placed = Placed::link(url, CHECK)?;
        check_code(canvas, &placed, RIGHT - CHECK, 132.0);
        width -= CHECK + 2.0;
    }
    let (before, after) = (format!("{} ", words.check), format!(" {}", words.before_paying));
    let advice = [Span(&before, Regular, ink::PAPER), Span(&words.name, Bold, ink::PAPER), Span(&after, Regular, ink::PAPER)];
    line(canvas, fonts, &advice, (LEFT, 138.4), Align::Left, (4.5, 3.0, width));
    let issued = if ready.serial.is_some() || ready.issued.is_empty() {
        ready.issued.clone()
    } else {
        format!("{} {}", words.issued, ready.issued)
    };
    let note = if ready.check_url.is_some() { words.small_code.as_str() } else { "" };
    let last = joined(&[ready.serial.as_deref().unwrap_or(""), &issued, note]);
    line(canvas, fonts, &[Span(&last, Regular, ink::ON_LEAF_2)], (LEFT, 143.1), Align::Left, (2.7, 1.8, width));
    Ok(())
}
