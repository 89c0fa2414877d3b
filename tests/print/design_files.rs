//! Design files: one that is right works without Rust, one that is not is refused with its line and reason.

use choqr::print::design::proof::{Proof, Proofs};
use choqr::print::{Design, Designs};

use crate::support::root;

/// The smallest sticker that keeps all rules.
const SMALL: &str = r#"label = { vi = "Thử", en = "Trial" }
hint = { vi = "để thử", en = "for trial" }
size = [90, 60]

[[part]]
name = "code"
kind = "code"
of = "payment"
box = [4, 4, 50, 50]

[[part]]
name = "words"
kind = "text"
box = [56, 4, 30, 50]
text = "{name} · {bare_name} · {bank} · {digits} · {stall} · {serial} · {issued}"
size = 3
lines = 9
"#;

fn read(text: &str) -> Result<Design, String> {
    let shipped = std::fs::read_to_string(root().join("assets/designs/label_99x68.toml")).unwrap();
    let find = |name: &str| match name {
        "small" => Some(SMALL),
        "label_99x68" => Some(&*Box::leak(shipped.clone().into_boxed_str())),
        _ => None,
    };
    Design::read("trial", text, &find).map_err(|problem| problem.to_string())
}

#[test]
fn a_new_design_needs_no_rust() {
    let design = read(SMALL).unwrap();

    assert_eq!((design.name(), design.size()), ("trial", (90.0, 60.0)));
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_what_would_be_right() {
    let cases: [(&str, &str, &str); 17] = [
        ("size = [90, 60]", "size = [90]", "trial.toml, line 3: expected size = [width, height] in millimetres"),
        ("size = [90, 60]", "size = [9, 60]", "trial.toml, line 3: a piece is 30 to 1,000 mm wide and high"),
        ("of = \"payment\"", "of = \"paymnt\"", "trial.toml, line 8: of is one of payment, second, check, link"),
        ("kind = \"code\"", "kind = \"cod\"", "trial.toml, line 7: kind is one of area, line, awning, mark, code, text"),
        ("box = [4, 4, 50, 50]", "box = [4, 4, 50, 49]", "trial.toml, line 9: a code's box is square"),
        (
            "box = [4, 4, 50, 50]",
            "box = [4, 4, 20, 20]",
            "trial.toml, line 9: a payment code and its quiet zone need a square of 30 mm",
        ),
        (
            "box = [4, 4, 50, 50]",
            "box = [4, 4, 50, 50]\nframe = \"leaf\"",
            "trial.toml, line 9: this frame needs a margin of 0.30 mm at least",
        ),
        ("box = [4, 4, 50, 50]", "box = [1, 4, 50, 50]", "trial.toml, line 5: a code stays 2.5 mm inside the cut"),
        ("box = [56, 4, 30, 50]", "box = [50, 4, 30, 50]", "trial.toml, line 11: this text lies in a code or its quiet zone"),
        ("box = [56, 4, 30, 50]", "box = [56, 4, 33, 50]", "trial.toml, line 11: text stays 2.5 mm inside the cut"),
        ("{serial} · ", "", "trial.toml, line 1: a sticker shows {serial}, and this one does not"),
        ("{serial}", "{serail}", "trial.toml, line 15: there is nothing called serail on a sticker; there are stall, market"),
        ("{serial}", "{serial", "trial.toml, line 15: a place is written {name}, with both braces"),
        ("{serial}", "*{serial}", "trial.toml, line 15: a * opens what no second * closes"),
        ("size = 3", "size = 3\nsise = 2", "trial.toml, line 17: a part has no sise; it may have"),
        ("size = 3", "size = 3\nink = \"lef\"", "trial.toml, line 17: there is no ink lef; there are code, black"),
        ("size = 3", "size = \"3\"", "trial.toml, line 16: expected a number"),
    ];
    for (right, wrong, message) in cases {
        let said = read(&SMALL.replacen(right, wrong, 1)).unwrap_err();

        assert!(said.starts_with(message), "{wrong}: {said}");
    }
    let broken = read("label = {").unwrap_err();
    assert!(broken.starts_with("trial.toml, line 1: "), "{broken}");
}

#[test]
fn two_codes_too_near_are_refused() {
    let near = format!("{SMALL}\n[[part]]\nkind = \"code\"\nof = \"check\"\nbox = [56, 44, 13, 13]\n");

    let said = read(&near.replace("box = [56, 4, 30, 50]", "box = [56, 4, 30, 38]")).unwrap_err();

    assert!(said.contains("this code is 2.0 mm from another; 5.0 mm is the least"), "{said}");
}

#[test]
fn a_design_builds_on_another_and_changes_parts_by_name() {
    let child = "extends = \"small\"\n[inks]\ntext = { key = 100 }\n[[part]]\nname = \"words\"\nsize = 2.5\n";

    let design = read(child).unwrap();

    assert_eq!(design.size(), (90.0, 60.0));
    assert_ne!(design.digest(), read(SMALL).unwrap().digest());
    let said = read("extends = \"small\"\nremove = [\"wods\"]\n").unwrap_err();
    assert!(said.contains("line 2: there is no part called wods"), "{said}");
    let said = read("extends = \"nothing\"\n").unwrap_err();
    assert!(said.contains("line 1: there is no design nothing to build on"), "{said}");
}

#[test]
fn what_nobody_has_seen_scan_cannot_be_selected() {
    let design = read(SMALL).unwrap();
    let whole =
        Proof { design: "trial".into(), digest: design.digest().into(), stickers: 6, photographs: 36, zbar: 42, zxing: 42 };
    let with = |proof: Option<Proof>| {
        let mut proofs = Proofs::default();
        if let Some(proof) = proof {
            proofs.put(proof);
        }
        let mut designs = Designs::shipped().clone();
        designs.add(vec![("trial".to_owned(), SMALL.to_owned())], &proofs.text());
        (designs.find("trial").is_ok(), designs.refused().join("\n"))
    };

    assert!(with(Some(whole.clone())).0);
    for proof in [None, Some(Proof { zbar: 41, ..whole.clone() }), Some(Proof { digest: "0".into(), ..whole })] {
        let (is_there, why) = with(proof);

        assert!(!is_there && why.contains("choqr sticker prove trial.toml"), "{why}");
    }
}

#[test]
fn every_shipped_design_is_in_the_book_with_its_picture() {
    let book = std::fs::read_to_string(root().join("docs/designs.md")).unwrap();
    for design in Designs::shipped().iter() {
        assert!(book.contains(&format!("| `{}` |", design.name())), "{}: run `make pictures`", design.name());
        assert!(root().join(format!("docs/designs/{}.png", design.name())).exists(), "{}: run `make pictures`", design.name());
    }
}
