//! What every design must keep, whoever wrote it: room around a code, room between codes, and the words that protect.

use super::Design;
use super::error::DesignError;
use super::lay::Rect;
use super::part::{CodePart, Part, TextPart};
use super::template::Field;
use super::tree::Node;

/// How far text and codes stay from the cut.
const SAFE: f64 = 2.5;
/// How far a small code stays from a payment code, so that a phone takes the one it is aimed at.
const SMALL_CODE_GAP: f64 = 5.0;
/// What a payment sticker must show (`docs/designs.md`, "What must be on it").
const MUST_SHOW: [(Field, &str); 7] = [
    (Field::Name, "name"),
    (Field::BareName, "bare_name"),
    (Field::Bank, "bank"),
    (Field::Digits, "digits"),
    (Field::Stall, "stall"),
    (Field::Serial, "serial"),
    (Field::Issued, "issued"),
];

/// Judges a design as a whole.
pub(super) fn judge(design: &Design, file: &Node) -> Result<(), DesignError> {
    let codes: Vec<&CodePart> =
        design.parts.iter().filter_map(|part| if let Part::Code(code) = part { Some(code) } else { None }).collect();
    let texts: Vec<&TextPart> =
        design.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(&**text) } else { None }).collect();
    let at = |(name, line): &(String, usize), reason: String| DesignError { file: name.clone(), line: *line, reason };

    let faces = design.faces.iter().map(|([x, y], turn)| {
        let (width, height) = if turn.is_multiple_of(180) { design.face } else { (design.face.1, design.face.0) };
        Rect { x: *x, y: *y, width, height }
    });
    let piece = Rect { x: 0.0, y: 0.0, width: design.size.0, height: design.size.1 };
    if faces.clone().any(|face| !piece.contains(face)) {
        return Err(file.wrong("a face lies beyond the piece"));
    }
    let safe = design.face_area().inset(SAFE);
    for code in &codes {
        if !safe.contains(code.area) {
            return Err(at(&code.line, format!("a code stays {SAFE} mm inside the cut")));
        }
    }
    for text in &texts {
        if !safe.contains(text.place.area) {
            return Err(at(&text.line, format!("text stays {SAFE} mm inside the cut")));
        }
        if codes.iter().any(|code| code.square().meets(text.place.area)) {
            return Err(at(&text.line, "this text lies in a code or its quiet zone".to_owned()));
        }
    }
    for (index, text) in texts.iter().enumerate() {
        let is_always = |text: &TextPart| text.when.is_none() && text.unless.is_none();
        let hit = texts[..index].iter().find(|other| is_always(other) && other.place.area.meets(text.place.area));
        if let Some(other) = hit.filter(|_| is_always(text)) {
            return Err(at(&text.line, format!("this box lies over that of line {}", other.line.1)));
        }
    }
    judge_codes(&codes, file, at)?;
    if codes.iter().any(|code| code.of.is_payment()) {
        for (field, name) in MUST_SHOW {
            if !texts.iter().any(|text| text.text.mentions(field)) {
                return Err(file.wrong(format!("a sticker shows {{{name}}}, and this one does not")));
            }
        }
    }
    Ok(())
}

fn judge_codes(
    codes: &[&CodePart],
    file: &Node,
    at: impl Fn(&(String, usize), String) -> DesignError,
) -> Result<(), DesignError> {
    use super::part::CodeOf::{Check, Link, Payment, Second};
    let has = |of| codes.iter().any(|code| code.of == of);
    if !has(Payment) && !has(Link) {
        return Err(
            file.wrong("a design has a code: one of kind = \"code\" with of = \"payment\", or of = \"link\" on an owner's card")
        );
    }
    if has(Link) && (has(Payment) || has(Second) || has(Check)) {
        return Err(file.wrong("an owner's card is kept at home and carries no payment code"));
    }
    for (index, code) in codes.iter().enumerate() {
        for other in &codes[..index] {
            if code.of == other.of {
                return Err(at(&code.line, "a second code of the same kind".to_owned()));
            }
            let (gap, least) = if code.of.is_payment() && other.of.is_payment() {
                (code.square().gap(other.square()), code.square().width.max(other.square().width) / 2.0)
            } else {
                (code.area.gap(other.area), SMALL_CODE_GAP)
            };
            if gap < least - 1e-6 {
                return Err(at(
                    &code.line,
                    format!(
                        "this code is {gap:.1} mm from another; {least:.1} mm is the least, so that a phone takes the one it is aimed at"
                    ),
                ));
            }
        }
    }
    Ok(())
}
