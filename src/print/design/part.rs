//! The parts of a design, read from their tables.

use super::error::DesignError;
use super::ink::Inks;
use super::lay::{Place, Rect, Style, TextBox};
use super::template::{Field, Template};
use super::tree::{Keys, Node};
use crate::print::canvas::Ink;
use crate::print::fonts::Weight;
use crate::print::symbol::Ec;

/// What lies under everything and is the same on every sticker.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Area { area: Rect, radius: f64, ink: Ink },
    Line { from: [f64; 2], to: [f64; 2], ink: Ink, width: f64 },
    Awning { area: Rect, stripes: u32, inks: [Ink; 2], depth: f64 },
    Mark { area: Rect },
    Frame(CodePart),
}

/// Whose text a code holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeOf {
    /// The first account.
    Payment,
    /// The second account.
    Second,
    /// The page on which anyone checks this sticker.
    Check,
    /// The vendor's own page.
    Link,
}

impl CodeOf {
    pub(super) fn is_payment(self) -> bool {
        matches!(self, Self::Payment | Self::Second)
    }
}

/// A code with its frame.
#[derive(Debug, Clone)]
pub(super) struct CodePart {
    pub(super) of: CodeOf,
    pub(super) area: Rect,
    /// From the frame to the square that the code and its quiet zone fill.
    pub(super) margin: f64,
    pub(super) radius: f64,
    pub(super) frame: Option<Ink>,
    pub(super) ground: Option<Ink>,
    /// The fine pattern's inks: around the square, and inside it.
    pub(super) pattern: Option<[Ink; 2]>,
    pub(super) microtext: Option<Microtext>,
    /// The level, where the design chose one.
    pub(super) level: Option<Ec>,
    pub(super) line: (String, usize),
}

/// The line of small letters around a code's square.
#[derive(Debug, Clone)]
pub(super) struct Microtext {
    pub(super) text: Template,
    pub(super) size: f64,
    pub(super) ink: Ink,
}

impl CodePart {
    /// What the code and its quiet zone fill.
    pub(super) fn square(&self) -> Rect {
        self.area.inset(self.margin)
    }

    /// Whether its ground is the same on every sticker.
    pub(super) fn has_fixed_ground(&self) -> bool {
        self.of != CodeOf::Check
    }
}

/// A text part.
#[derive(Debug, Clone)]
pub(super) struct TextPart {
    pub(super) name: String,
    pub(super) text: Template,
    pub(super) place: TextBox,
    pub(super) when: Option<Field>,
    pub(super) unless: Option<Field>,
    pub(super) line: (String, usize),
}

/// What differs from sticker to sticker.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Code(CodePart),
    Text(Box<TextPart>),
}

/// What a table turned out to be.
pub(super) enum Read {
    Ground(Shape),
    Part(Part),
}

/// Reads one `[[part]]`.
pub(super) fn read(node: &Node, inks: &Inks) -> Result<Read, DesignError> {
    let keys = node.keys("a part")?;
    let kind = keys.need("kind")?;
    // The name is for files that build on this one.
    let name = keys.get("name").map(Node::text).transpose()?.unwrap_or("").to_owned();
    let read = match kind.text()? {
        "area" => Read::Ground(Shape::Area { area: area(&keys)?, radius: keys.number("radius", 0.0)?, ink: ink(&keys, inks)? }),
        "line" => Read::Ground(Shape::Line {
            from: keys.need("from")?.numbers("from = [x, y]")?,
            to: keys.need("to")?.numbers("to = [x, y]")?,
            ink: ink(&keys, inks)?,
            width: keys.number("width", 0.25)?,
        }),
        "awning" => Read::Ground(awning(&keys, inks)?),
        "mark" => Read::Ground(Shape::Mark { area: area(&keys)? }),
        "code" => Read::Part(Part::Code(code(node, &keys, inks)?)),
        "text" => Read::Part(Part::Text(Box::new(text(node, name, &keys, inks)?))),
        _ => return Err(kind.wrong("kind is one of area, line, awning, mark, code, text")),
    };
    keys.done()?;
    Ok(read)
}

fn area(keys: &Keys<'_>) -> Result<Rect, DesignError> {
    let node = keys.need("box")?;
    let [x, y, width, height] = node.numbers("box = [x, y, width, height] in millimetres from the cut's top left corner")?;
    if width <= 0.0 || height <= 0.0 {
        return Err(node.wrong("a box is wider and higher than nothing"));
    }
    Ok(Rect { x, y, width, height })
}

fn ink(keys: &Keys<'_>, inks: &Inks) -> Result<Ink, DesignError> {
    inks.find(keys.need("ink")?)
}

fn optional_ink(keys: &Keys<'_>, key: &'static str, inks: &Inks) -> Result<Option<Ink>, DesignError> {
    keys.get(key).filter(|node| node.text() != Ok("none")).map(|node| inks.find(node)).transpose()
}

fn awning(keys: &Keys<'_>, inks: &Inks) -> Result<Shape, DesignError> {
    let node = keys.need("stripes")?;
    let stripes = node.number()?;
    if !(1.0..=99.0).contains(&stripes) || stripes.fract() != 0.0 {
        return Err(node.wrong("stripes is a whole number from 1 to 99"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just judged")]
    let stripes = stripes as u32;
    let inks = match keys.get("inks") {
        None => [inks.own("leaf"), inks.own("leaf_tint")],
        Some(node) => match node.list()? {
            [first, second] => [inks.find(first)?, inks.find(second)?],
            _ => return Err(node.wrong("inks = [\"one\", \"other\"]")),
        },
    };
    Ok(Shape::Awning { area: area(keys)?, stripes, inks, depth: keys.number("depth", 3.0)? })
}

fn code(node: &Node, keys: &Keys<'_>, inks: &Inks) -> Result<CodePart, DesignError> {
    keys.need("of")?;
    let of = keys.word(
        "of",
        &[("payment", CodeOf::Payment), ("second", CodeOf::Second), ("check", CodeOf::Check), ("link", CodeOf::Link)],
        CodeOf::Payment,
    )?;
    let area = area(keys)?;
    let margin = keys.number("margin", 0.0)?;
    let part = CodePart {
        of,
        area,
        margin,
        radius: keys.number("radius", 0.0)?,
        frame: optional_ink(keys, "frame", inks)?,
        ground: optional_ink(keys, "ground", inks)?,
        pattern: keys.bool("pattern", false)?.then(|| [inks.own("leaf_fine"), inks.own("leaf_faint")]),
        microtext: match keys.get("microtext") {
            Some(text) if text.text() != Ok("") => {
                Some(Microtext { text: Template::read(text)?, size: keys.number("microtext_size", 1.0)?, ink: inks.own("leaf") })
            }
            _ => {
                keys.number("microtext_size", 1.0)?;
                None
            }
        },
        level: keys.word(
            "level",
            &[("auto", None), ("L", Some(Ec::L)), ("M", Some(Ec::M)), ("Q", Some(Ec::Q)), ("H", Some(Ec::H))],
            None,
        )?,
        line: (node.file.to_string(), node.line),
    };
    let box_at = keys.need("box")?;
    if (area.width - area.height).abs() > 1e-6 {
        return Err(box_at.wrong("a code's box is square"));
    }
    let (least, what) = if of.is_payment() { (30.0, "a payment code") } else { (12.0, "a small code") };
    if part.square().width < least {
        return Err(box_at.wrong(format!(
            "{what} and its quiet zone need a square of {least} mm; the box less twice the margin is {:.1} mm",
            part.square().width
        )));
    }
    // The frame's line is half a millimetre wide, and a rounded corner cuts the square's corner first.
    let least = (part.radius * (std::f64::consts::SQRT_2 - 1.0) + 0.25) / std::f64::consts::SQRT_2;
    if part.frame.is_some() && margin < least.max(0.3) - 1e-9 {
        let least = least.max(0.3);
        return Err(
            box_at.wrong(format!("this frame needs a margin of {least:.2} mm at least, or its line lies in the quiet zone"))
        );
    }
    if part.microtext.is_some() && margin < 1.5 {
        return Err(box_at.wrong("microtext needs a margin of 1.5 mm at least"));
    }
    Ok(part)
}

fn style(keys: &Keys<'_>, inks: &Inks, otherwise: Style) -> Result<Style, DesignError> {
    let weights = [("regular", Weight::Regular), ("semibold", Weight::SemiBold), ("bold", Weight::Bold)];
    let style = Style {
        weight: keys.word("weight", &weights, otherwise.weight)?,
        ink: keys.get("ink").map_or(Ok(otherwise.ink), |node| inks.find(node))?,
        scale: keys.number("scale", otherwise.scale)?,
        spacing: keys.number("spacing", otherwise.spacing)?,
    };
    match keys.get("spacing") {
        Some(node) if !(0.0..=0.09).contains(&style.spacing) => {
            Err(node.wrong("spacing is 0 to 0.09 of the size; beyond that a reader takes letters for words"))
        }
        _ => Ok(style),
    }
}

fn text(node: &Node, name: String, keys: &Keys<'_>, inks: &Inks) -> Result<TextPart, DesignError> {
    let otherwise = Style { weight: Weight::Regular, ink: inks.own("text"), scale: 1.0, spacing: 0.0 };
    let plain = style(keys, inks, otherwise)?;
    let strong = match keys.get("strong") {
        None => Style { weight: Weight::Bold, ..plain },
        Some(table) => {
            let keys = table.keys("strong")?;
            let strong = style(&keys, inks, Style { weight: Weight::Bold, ..plain })?;
            keys.done()?;
            strong
        }
    };
    let size_at = keys.need("size")?;
    let largest = size_at.number()?;
    let floor = keys.number("floor", largest * 0.6)?;
    if !(1.3..=largest).contains(&floor) {
        let at = keys.get("floor").unwrap_or(size_at);
        return Err(at.wrong("floor lies between 1.3 mm, which is read with young eyes only, and size"));
    }
    let lines = keys.number("lines", 1.0)?;
    if !(1.0..=9.0).contains(&lines) || lines.fract() != 0.0 {
        return Err(keys.need("lines")?.wrong("lines is a whole number from 1 to 9"));
    }
    let (left, middle, right) = (Place::Start, Place::Middle, Place::End);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just judged")]
    let place = TextBox {
        area: area(keys)?,
        turn: turn(keys)?,
        across: keys.word("align", &[("left", left), ("middle", middle), ("right", right)], left)?,
        down: keys.word("stand", &[("top", left), ("middle", middle), ("bottom", right)], right)?,
        largest,
        floor,
        lines: lines as usize,
        plain,
        strong,
    };
    let field = |key| keys.get(key).map(|node| Field::find(node, node.text()?)).transpose();
    Ok(TextPart {
        name,
        text: Template::read(keys.need("text")?)?,
        place,
        when: field("when")?,
        unless: field("unless")?,
        line: (node.file.to_string(), node.line),
    })
}

/// `turn = 0`, 90, 180 or 270 degrees clockwise.
pub(super) fn turn(keys: &Keys<'_>) -> Result<u16, DesignError> {
    let Some(node) = keys.get("turn") else { return Ok(0) };
    let degrees = node.number()?;
    [0_u16, 90, 180, 270]
        .into_iter()
        .find(|turn| (f64::from(*turn) - degrees).abs() < 1e-9)
        .ok_or_else(|| node.wrong("turn is 0, 90, 180 or 270 degrees clockwise"))
}
