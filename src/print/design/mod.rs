//! Designs as data: a file says what a sticker looks like, in millimetres from its trimmed top left corner.
//!
//! `docs/designs.md` is the language's description for those who write one. A file that is not right is refused with its
//! line and reason; one that nobody has seen scan ([`proof`]) cannot be selected.

mod draw;
mod error;
mod ink;
mod lay;
mod lines;
mod part;
pub mod proof;
mod rosette;
mod rules;
mod template;
mod tree;

use std::sync::{Arc, LazyLock};

use sha2::{Digest as _, Sha256};

use super::PrintError;
use super::fonts::Fonts;
use super::words::{Language, Words};
pub use error::DesignError;
use ink::Inks;
use lay::Rect;
use part::{CodeOf, Part, Read, Shape};
use proof::Proofs;
use tree::{Node, Value};

include!(concat!(env!("OUT_DIR"), "/designs.rs"));

/// What a design draws with.
pub(crate) struct Tools<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) words: &'a Words,
    pub(crate) language: Language,
}

/// A design, read and found in order.
#[derive(Debug, Clone)]
pub struct Design {
    name: String,
    label: [String; 2],
    hint: [String; 2],
    size: (f64, f64),
    bleed: f64,
    stock: Option<String>,
    ruler_at: Option<[f64; 2]>,
    face: (f64, f64),
    faces: Vec<([f64; 2], u16)>,
    ground: Vec<Shape>,
    parts: Vec<Part>,
    digest: String,
}

impl Design {
    /// Its name, as in `card_a6`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        &self.label[usize::from(language == Language::English)]
    }

    /// What it is good for.
    #[must_use]
    pub fn hint(&self, language: Language) -> &str {
        &self.hint[usize::from(language == Language::English)]
    }

    /// Width and height when cut, in millimetres.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        self.size
    }

    /// What is printed beyond the cut, so that a knife a little off leaves no white edge.
    pub(crate) fn bleed(&self) -> f64 {
        self.bleed
    }

    /// The label stock it was made for.
    pub(crate) fn stock(&self) -> Option<&str> {
        self.stock.as_deref()
    }

    /// Where the ruler stands when the piece fills its page.
    pub(crate) fn ruler_at(&self) -> Option<[f64; 2]> {
        self.ruler_at
    }

    /// SHA-256 of the file and of those it builds on, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    fn has_code(&self, of: CodeOf) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Code(code) if code.of == of))
    }

    /// Whether it shows two accounts.
    #[must_use]
    pub fn is_for_two_accounts(&self) -> bool {
        self.has_code(CodeOf::Second)
    }

    /// Whether it is a card for the vendor's own drawer, without a payment code.
    #[must_use]
    pub fn is_owners_card(&self) -> bool {
        self.has_code(CodeOf::Link)
    }

    /// Whether it carries the small code with which anyone checks the sticker.
    #[must_use]
    pub fn has_check_code(&self) -> bool {
        self.has_code(CodeOf::Check)
    }

    /// How many codes are on a piece that has all it may have.
    #[must_use]
    pub fn codes(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Code(_))).count() * self.faces.len()
    }

    /// The area that the ground covers: the cut and the bleed.
    pub(crate) fn bled(&self) -> [f64; 4] {
        let (width, height) = self.size;
        [-self.bleed, -self.bleed, width + self.bleed, height + self.bleed]
    }

    /// Reads a design. `find` gives the text of the design that this one builds on.
    pub fn read<'t>(name: &str, text: &'t str, find: &dyn Fn(&str) -> Option<&'t str>) -> Result<Self, DesignError> {
        let file = format!("{name}.toml");
        let whole = |line, reason: String| DesignError { file: file.clone(), line, reason };
        let is_name = (1..=40).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name {
            return Err(whole(1, "a design's file name is 1 to 40 small letters, digits and _".to_owned()));
        }
        if text.len() > 64 * 1024 {
            return Err(whole(1, "a design is at most 64 KiB of text".to_owned()));
        }
        let mut digest = Sha256::new();
        let mut layers = vec![(name.to_owned(), Node::parse(&file, text)?)];
        digest.update(text);
        while let Some(base) = layers.last().and_then(|(_, node)| entry(node, "extends")) {
            let parent = base.text()?.to_owned();
            let Some(found) = find(&parent).filter(|_| layers.iter().all(|(known, _)| *known != parent)) else {
                return Err(base.wrong(format!("there is no design {parent} to build on")));
            };
            digest.update([0]);
            digest.update(found);
            layers.push((parent.clone(), Node::parse(&format!("{parent}.toml"), found)?));
        }
        layers.reverse();
        let nodes: Vec<&Node> = layers.iter().map(|(_, node)| node).collect();
        let digest = data_encoding::HEXLOWER.encode(&digest.finalize());
        let design = Self::from_layers(name, &nodes, digest)?;
        rules::judge(&design, nodes[nodes.len() - 1])?;
        Ok(design)
    }

    fn from_layers(name: &str, layers: &[&Node], digest: String) -> Result<Self, DesignError> {
        let top = merged(layers)?;
        let keys = top.keys("a design")?;
        for key in ["extends", "remove", "inks", "part"] {
            keys.get(key);
        }
        let tables: Vec<&Node> = layers.iter().filter_map(|layer| entry(layer, "inks")).collect();
        let inks = Inks::read(&tables)?;
        let both = |key| -> Result<[String; 2], DesignError> {
            let table = keys.need(key)?.keys(key)?;
            let words = [table.need("vi")?.text()?.to_owned(), table.need("en")?.text()?.to_owned()];
            table.done()?;
            Ok(words)
        };
        let size_at = keys.need("size")?;
        let [width, height] = size_at.numbers("size = [width, height] in millimetres")?;
        if ![width, height].iter().all(|side| (30.0..=1_000.0).contains(side)) {
            return Err(size_at.wrong("a piece is 30 to 1,000 mm wide and high"));
        }
        let bleed = keys.number("bleed", 3.0)?;
        if !(0.0..=10.0).contains(&bleed) {
            return Err(keys.need("bleed")?.wrong("bleed is 0 to 10 mm"));
        }
        let face = keys.get("face").map_or(Ok([width, height]), |node| node.numbers("face = [width, height]"))?;
        let faces = match keys.get("faces") {
            None => vec![([0.0, 0.0], 0)],
            Some(node) => node.list()?.iter().map(read_face).collect::<Result<_, _>>()?,
        };
        let (mut ground, mut parts) = (Vec::new(), Vec::new());
        for node in parts_of(layers)? {
            match part::read(&node, &inks)? {
                Read::Ground(shape) => ground.push(shape),
                Read::Part(part) => {
                    if let Part::Code(code) = &part
                        && code.has_fixed_ground()
                    {
                        ground.push(Shape::Frame(code.clone()));
                    }
                    parts.push(part);
                }
            }
        }
        let design = Self {
            name: name.to_owned(),
            label: both("label")?,
            hint: both("hint")?,
            size: (width, height),
            bleed,
            stock: keys.get("stock").map(Node::text).transpose()?.map(str::to_owned),
            ruler_at: keys.get("ruler_at").map(|node| node.numbers("ruler_at = [x, y]")).transpose()?,
            face: (face[0], face[1]),
            faces,
            ground,
            parts,
            digest,
        };
        keys.done()?;
        Ok(design)
    }

    /// The parts' boxes, for the rules and for tests.
    fn face_area(&self) -> Rect {
        Rect { x: 0.0, y: 0.0, width: self.face.0, height: self.face.1 }
    }
}

fn read_face(node: &Node) -> Result<([f64; 2], u16), DesignError> {
    let keys = node.keys("a face")?;
    let at = keys.need("at")?.numbers("at = [x, y], where the face's top left corner comes to lie")?;
    let turn = part::turn(&keys)?;
    keys.done()?;
    Ok((at, turn))
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Table(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
        _ => None,
    }
}

/// The later layer's entries over those of the earlier.
fn merged(layers: &[&Node]) -> Result<Node, DesignError> {
    let mut all: Vec<(String, Node)> = Vec::new();
    for layer in layers {
        let Value::Table(entries) = &layer.value else { return Err(layer.wrong("a design is a table")) };
        for (key, node) in entries {
            match all.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => *known = node.clone(),
                None => all.push((key.clone(), node.clone())),
            }
        }
    }
    let last = layers.last().expect("a design has its own file");
    Ok(Node { file: Arc::clone(&last.file), line: 1, value: Value::Table(all) })
}

/// The parts of all layers: one with the name of an earlier one changes it key by key, `remove` takes some out.
fn parts_of(layers: &[&Node]) -> Result<Vec<Node>, DesignError> {
    let name_of = |node: &Node| entry(node, "name").and_then(|name| name.text().ok().map(str::to_owned));
    let mut parts: Vec<Node> = Vec::new();
    for layer in layers {
        for gone in entry(layer, "remove").map_or(Ok(&[][..]), Node::list)? {
            let name = gone.text()?;
            let before = parts.len();
            parts.retain(|part| name_of(part).as_deref() != Some(name));
            if parts.len() == before {
                return Err(gone.wrong(format!("there is no part called {name}")));
            }
        }
        for node in entry(layer, "part").map_or(Ok(&[][..]), Node::list)? {
            let name = name_of(node);
            let known = parts.iter_mut().find(|part| name.is_some() && name_of(part) == name);
            match known {
                Some(known) => *known = merged(&[known, node]).map(|joined| Node { line: node.line, ..joined })?,
                None => parts.push(node.clone()),
            }
        }
    }
    Ok(parts)
}

/// The designs that can be selected, and what stood in the others' way.
#[derive(Debug, Clone, Default)]
pub struct Designs {
    all: Vec<Arc<Design>>,
    refused: Vec<String>,
    texts: Vec<(String, String)>,
}

static SHIPPED: LazyLock<Designs> = LazyLock::new(|| {
    let mut designs = Designs::default();
    let files: Vec<(String, String)> = FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    designs.add(files, PROOFS);
    designs
});

/// There is no design of this name that may be selected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnknownDesign {
    /// No file has this name.
    #[error("there is no such design; there are {0}")]
    Name(String),
    /// The file is there, but is not right or not proven.
    #[error("{0}")]
    Refused(String),
}

impl Designs {
    /// The designs that come with the program.
    #[must_use]
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Adds files, each as its name and text, with what has been proven of them. A file may build on one that is there
    /// already or comes along; one of a name that is taken takes its place.
    pub fn add(&mut self, files: Vec<(String, String)>, proofs: &str) {
        let proofs = Proofs::read(proofs);
        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        self.texts.retain(|(name, _)| !names.contains(name));
        self.texts.extend(files);
        for name in names {
            self.all.retain(|design| design.name != name);
            match self.read(&name) {
                Ok(design) if proofs.hold_for(&design) => self.all.push(Arc::new(design)),
                Ok(_) => self.refused.push(format!(
                    "{name}.toml has not been seen to scan in its present form: run `choqr sticker prove {name}.toml`"
                )),
                Err(problem) => self.refused.push(problem.to_string()),
            }
        }
        self.all.sort_by_key(|design| order(&design.name));
    }

    /// Reads one of the files, proven or not.
    pub fn read(&self, name: &str) -> Result<Design, DesignError> {
        let find = |wanted: &str| self.texts.iter().find(|(known, _)| known == wanted).map(|(_, text)| text.as_str());
        let text = find(name).ok_or_else(|| DesignError {
            file: format!("{name}.toml"),
            line: 1,
            reason: "there is no such file".to_owned(),
        })?;
        Design::read(name, text, &find)
    }

    /// All names of files, proven or not.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(name, _)| name.as_str())
    }

    /// What may be selected, in the order in which it is offered.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Design>> {
        self.all.iter()
    }

    /// Why the others may not, for people.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// A design by its name.
    pub fn find(&self, name: &str) -> Result<&Arc<Design>, UnknownDesign> {
        let name = name.replace('-', "_");
        self.all.iter().find(|design| design.name == name).ok_or_else(|| {
            let file = format!("{name}.toml");
            if let Some(reason) = self.refused.iter().find(|reason| reason.starts_with(&file)) {
                return UnknownDesign::Refused(reason.clone());
            }
            let names: Vec<&str> = self.all.iter().map(|design| design.name.as_str()).collect();
            UnknownDesign::Name(names.join(", "))
        })
    }
}

/// The usual label first, then by name, each before its variants.
fn order(name: &str) -> (bool, String) {
    (!name.starts_with("label_99x68"), name.to_owned())
}

/// What a design needs that a sticker does not have.
pub(crate) fn lacking(what: &'static str) -> PrintError {
    PrintError::Lacking(what)
}
