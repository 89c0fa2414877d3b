//! Symbols, judged by other people's readers and another encoder.

use choqr::print::{Ec, Symbol, png, svg, terminal};
use proptest::prelude::*;

use crate::support::{by_zbar, by_zxing, payload, root};

const LEVELS: [Ec; 4] = [Ec::L, Ec::M, Ec::Q, Ec::H];

/// A text of lower-case letters that just fits a version.
fn filling(version: u8, ec: Ec) -> (String, Symbol) {
    let text = |length: usize| -> String { ('a'..='z').cycle().take(length).collect() };
    let at = |length: usize| Symbol::encode(&text(length), ec).map_or(u8::MAX, |symbol| symbol.version());
    let (mut fits, mut too_long) = (1, 4_000);
    while too_long - fits > 1 {
        let middle = usize::midpoint(fits, too_long);
        if at(middle) <= version { fits = middle } else { too_long = middle }
    }
    (text(fits), Symbol::encode(&text(fits), ec).unwrap())
}

#[test]
fn every_version_at_every_level_is_read_by_both_readers() {
    let dir = tempfile::tempdir().unwrap();
    let (mut expected, mut images) = (Vec::new(), Vec::new());
    for version in 1..=40 {
        for ec in LEVELS {
            let (text, symbol) = filling(version, ec);
            assert_eq!(symbol.version(), version, "{ec:?}");
            let path = dir.path().join(format!("{version}-{ec:?}.png"));
            std::fs::write(&path, png::code(&symbol, 4 * u32::from(version) * 4 + 100)).unwrap();
            images.push(path);
            expected.push(text);
        }
    }
    expected.sort();

    assert_eq!(by_zxing(&images), expected);
    assert_eq!(by_zbar(&images), expected);
}

#[test]
fn the_capacities_are_those_of_the_standard() {
    // ISO/IEC 18004:2015, table 7: characters in byte mode.
    for (version, ec, characters) in [
        (1, Ec::L, 17),
        (5, Ec::M, 84),
        (6, Ec::M, 106),
        (8, Ec::Q, 108),
        (10, Ec::H, 119),
        (27, Ec::L, 1_465),
        (40, Ec::L, 2_953),
        (40, Ec::H, 1_273),
    ] {
        assert_eq!(filling(version, ec).0.len(), characters, "{version} {ec:?}");
    }
    assert!(Symbol::encode(&"a".repeat(2_954), Ec::L).is_err());
    assert!(Symbol::encode("", Ec::L).is_err());
}

const THEIR_LEVELS: [qrcode::EcLevel; 4] = [qrcode::EcLevel::L, qrcode::EcLevel::M, qrcode::EcLevel::Q, qrcode::EcLevel::H];

/// Modules on a side by our encoder and by the other.
fn sizes(text: &str, level: usize) -> (usize, usize) {
    let theirs = qrcode::QrCode::with_error_correction_level(text, THEIR_LEVELS[level]).unwrap();
    (Symbol::encode(text, LEVELS[level]).unwrap().size(), theirs.width())
}

#[test]
fn no_known_payload_is_larger_than_another_encoders() {
    let vectors = std::fs::read_to_string(root().join("tests/data/vectors_good.jsonl")).unwrap();
    for line in vectors.lines() {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        for (level, ec) in LEVELS.iter().enumerate() {
            let (ours, theirs) = sizes(vector["payload"].as_str().unwrap(), level);
            assert!(ours <= theirs, "{} at {ec:?}: {ours} above {theirs}", vector["id"]);
        }
    }
}

proptest! {
    #[test]
    fn no_payment_code_is_larger_than_another_encoders(
        account in "999[0-9]{3,16}",
        purpose in prop_oneof!["[A-Z0-9 ]{1,25}", "[A-Z]{2,8} [a-z]{1,9} [A-K]-[0-9]{3}", "[A-Za-z0-9 -]{1,40}"],
        level in 0_usize..4,
    ) {
        let code = payload(&account);
        let without_checksum = &code[..code.len() - 8];
        let text = format!("{without_checksum}62{:02}08{:02}{purpose}6304A1B2", purpose.len() + 4, purpose.len());

        let (ours, theirs) = sizes(&text, level);

        prop_assert!(ours <= theirs, "{ours} above {theirs}");
    }

    #[test]
    fn no_symbol_is_larger_than_another_encoders(
        text in prop_oneof!["[ -~]{1,300}", "[0-9A-Z $%*+./:-]{1,300}", "([0-9]{1,20}[a-zA-Z ]{0,9}){1,12}", "\\PC{1,80}"],
        level in 0_usize..4,
    ) {
        let (ours, theirs) = sizes(&text, level);

        prop_assert!(ours <= theirs, "{ours} above {theirs}");
    }
}

#[test]
fn a_payment_code_with_an_account_of_thirteen_digits_needs_version_four() {
    let symbol = Symbol::encode(&payload("9990000123456"), Ec::M).unwrap();

    assert_eq!(symbol.version(), 4);
    assert_eq!(Symbol::encode(&payload("9990000123456"), Ec::M).unwrap(), symbol, "the same text, the same symbol");
}

#[test]
fn the_svg_has_exactly_the_dark_modules() {
    let symbol = Symbol::encode(&payload("9990000123456"), Ec::M).unwrap();

    let drawing = svg::code(&symbol, "Mã của sạp A1-04");

    let path = drawing.split("d=\"").nth(2).unwrap().split('"').next().unwrap();
    let mut dark = std::collections::BTreeSet::new();
    for run in path.split('M').skip(1) {
        let (start, rest) = run.split_once('h').unwrap();
        let (x, y) = start.split_once(' ').unwrap();
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        let x: usize = x.parse().unwrap();
        dark.extend((x..x + length).map(|x| (x - 4, y.parse::<usize>().unwrap() - 4)));
    }
    let expected = (0..symbol.size()).flat_map(|y| (0..symbol.size()).map(move |x| (x, y)));
    assert_eq!(dark, expected.filter(|&(x, y)| symbol.is_dark(x, y)).collect());
}

#[test]
fn the_terminal_drawing_is_read_when_its_blocks_are_pixels() {
    let text = payload("9990000123456");
    let drawing = terminal::code(&Symbol::encode(&text, Ec::M).unwrap());
    let lines: Vec<Vec<char>> = drawing.lines().map(|line| line.chars().collect()).collect();
    let side = |modules: usize| u32::try_from(modules).unwrap() * 6;
    let image = image::GrayImage::from_fn(side(lines[0].len()), side(lines.len() * 2), |x, y| {
        let (x, y) = (x as usize / 6, y as usize / 6);
        let light = matches!((lines[y / 2][x], y % 2), ('█', _) | ('▀', 0) | ('▄', 1));
        image::Luma([if light { 255 } else { 0 }])
    });
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("terminal.png");
    image.save(&path).unwrap();

    let images = [path];
    for read in [by_zxing, by_zbar] {
        assert_eq!(read(&images), std::slice::from_ref(&text));
    }
}
