//! Each design, alone on its page.

use choqr::print::{Colour, Design, Designs, Language, PrintError, Sticker, card, picture};

use crate::support::{Drawn, assert_sound, design, fonts, keep, run, sticker, texts};

fn card(name: &str, sticker: &Sticker) -> Drawn {
    piece(&design(name), sticker)
}

fn piece(design: &Design, sticker: &Sticker) -> Drawn {
    let mut bytes = Vec::new();
    card::write(&mut bytes, design, sticker, &fonts(), Language::Vietnamese, Colour::Cmyk).unwrap();
    keep(&bytes)
}

#[test]
fn every_design_scans_with_both_readers_and_says_what_was_put_in() {
    for design in Designs::shipped().iter() {
        let sticker = sticker();

        let drawn = piece(design, &sticker);

        let expected = texts(design, &sticker);
        for dpi in [150, 300] {
            assert_eq!(drawn.decoded(dpi), [expected.clone(), expected.clone()], "{} at {dpi} dpi", design.name());
        }
    }
}

#[test]
fn every_design_is_a_sound_pdf_with_subset_fonts_and_boxes_for_a_press() {
    for design in Designs::shipped().iter() {
        let drawn = piece(design, &sticker());

        assert_sound(&drawn.pdf);
        let fonts = run("pdffonts", &[drawn.path()], &[0]);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty());
        for row in rows {
            assert!(row.contains("+BeVietnamPro-"), "a subset carries a tag: {row}");
            assert!(row.contains("yes yes yes"), "embedded, subset, with characters: {row}");
        }
        let info = run("pdfinfo", &["-box", drawn.path()], &[0]);
        let corners = |name: &str| -> Vec<f64> {
            let line = info.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect()
        };
        let (trim, bleed, media) = (corners("TrimBox"), corners("BleedBox"), corners("MediaBox"));
        // What fills its page has no bleed.
        let is_bled = bleed[2] > trim[2];
        let three_mm = if is_bled { 3.0 * 72.0 / 25.4 } else { 0.0 };
        for (side, sign) in [(0, -1.0), (1, -1.0), (2, 1.0), (3, 1.0)] {
            assert!((trim[side] + sign * three_mm - bleed[side]).abs() < 0.02, "{}: {info}", design.name());
        }
        assert!(media[0] <= bleed[0] && media[3] >= bleed[3], "{}: {info}", design.name());
        let kind = if design.is_owners_card() { "Thẻ chủ sạp" } else { "Mã chuyển tiền" };
        assert!(info.contains(&format!("{kind} · Sạp A1-04 · Chợ Bắc Kạn")), "{info}");
    }
}

#[test]
fn the_boxes_of_a_card_are_those_of_a6() {
    let info = run("pdfinfo", &["-box", card("card_a6", &sticker()).path()], &[0]);

    let trim = info.lines().find(|line| line.starts_with("TrimBox")).unwrap();
    let numbers: Vec<f64> = trim.split_whitespace().skip(1).map(|n| n.parse().unwrap()).collect();
    let (width, height) = ((numbers[2] - numbers[0]) * 25.4 / 72.0, (numbers[3] - numbers[1]) * 25.4 / 72.0);
    assert!((width - 105.0).abs() < 0.02 && (height - 148.0).abs() < 0.02, "{width} × {height}");
}

#[test]
fn text_can_be_copied_out_with_its_marks() {
    let text = card("card_a6", &sticker()).text();

    for expected in ["Sạp A1-04", "Chợ Bắc Kạn · Rau củ", "Hà Thị Thu Hương", "HA THI THU HUONG", "VH-0123-7 · 11/2026"]
    {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    assert!(!text.contains("KIỂM TRA"), "the microtext stays out of what is copied: {text}");
    assert!(text.contains("Vietcombank · tài khoản …3456"), "{text}");
    assert!(text.contains("Kiểm tra TÊN trước khi chuyển"), "{text}");
}

#[test]
fn a_name_typed_in_pieces_prints_as_the_composed_one_does() {
    let composed = card("label_99x68", &sticker());
    let mut pieces = sticker();
    pieces.vendor_name = "Ha\u{300} Thi\u{323} Thu Hu\u{31b}o\u{31b}ng".into();

    let drawn = card("label_99x68", &pieces);

    assert_eq!(std::fs::read(&drawn.pdf).unwrap(), std::fs::read(&composed.pdf).unwrap());
}

#[test]
fn the_same_sticker_gives_the_same_bytes_and_another_gives_another_identifier() {
    let (first, again) = (card("card_a6", &sticker()), card("card_a6", &sticker()));
    let mut other = sticker();
    other.trade = "Thịt".into();
    let other = card("card_a6", &other);
    let id = |drawn: &Drawn| {
        let bytes = std::fs::read(&drawn.pdf).unwrap();
        let at = bytes.windows(4).rposition(|window| window == b"/ID[").unwrap();
        bytes[at..at + 37].to_vec()
    };

    assert_eq!(std::fs::read(&first.pdf).unwrap(), std::fs::read(&again.pdf).unwrap());
    assert_ne!(id(&first), id(&other));
}

#[test]
fn a_card_without_serial_and_check_link_carries_one_code() {
    let mut plain = sticker();
    plain.serial = None;
    plain.check_url = None;

    let drawn = card("card_a6", &plain);

    assert_eq!(drawn.decoded(300), [vec![plain.payload.clone()], vec![plain.payload.clone()]]);
    assert!(drawn.text().contains("Phát hành 11/2026"));
    assert!(!drawn.text().contains("VH-"));
}

#[test]
fn a_payee_who_is_not_the_vendor_is_the_name_to_check() {
    let mut relative = sticker();
    relative.payee_name = "TRAN VAN BINH".into();

    let text = card("card_a6", &relative).text();

    assert!(text.contains("TRAN VAN BINH"));
    assert!(text.contains("chủ sạp Hà Thị Thu Hương"));
}

#[test]
fn an_account_number_never_reaches_the_page_or_an_error() {
    let mut careless = sticker();
    careless.last_digits = "9990000123456".into();

    let text = card("card_a6", &careless).text();

    assert!(text.contains("…3456") && !text.contains("99900"), "{text}");
}

#[test]
fn a_check_link_too_long_for_its_square_is_refused() {
    let mut long = sticker();
    long.check_url = Some(format!("https://choqr.example/s/{}", "x".repeat(200)));

    let drawn = card::write(&mut Vec::new(), &design("card_a6"), &long, &fonts(), Language::Vietnamese, Colour::Rgb);

    assert!(matches!(drawn, Err(PrintError::CodeTooFine { .. })), "{drawn:?}");
}

#[test]
fn a_full_disk_is_an_error_and_not_a_short_file() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    for room in [10, 5_000, 30_000] {
        let drawn = card::write(&mut Full(room), &design("card_a6"), &sticker(), &fonts(), Language::Vietnamese, Colour::Rgb);

        assert!(matches!(drawn, Err(PrintError::Io(_))), "room for {room} bytes");
    }
}

#[test]
fn the_other_language_has_its_own_words() {
    let mut bytes = Vec::new();
    card::write(&mut bytes, &design("label_99x68"), &sticker(), &fonts(), Language::English, Colour::Rgb).unwrap();

    let text = keep(&bytes).text();

    assert!(text.contains("Check the NAME") && text.contains("before you pay"), "{text}");
}

#[test]
fn a_picture_of_a_design_stands_alone_under_a_strict_policy() {
    let mut sticker = sticker();
    sticker.market = "Chợ <Bắc> & \"Kạn\"".into();
    for design in Designs::shipped().iter() {
        let drawing = picture::svg(design, &sticker, &fonts(), Language::Vietnamese).unwrap();

        assert!(!drawing.contains("style") && !drawing.contains("<script") && !drawing.contains("<text"), "{}", design.name());
        assert!(drawing.contains(" · Sạp A1-04 · Chợ &lt;Bắc&gt; &amp; &quot;Kạn&quot; · Hà Thị Thu Hương</title>"));
        let opened = drawing.matches("<g ").count();
        assert_eq!(opened, drawing.matches("</g>").count(), "{}: every group is closed", design.name());
        for id in drawing.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(drawing.contains(&format!("id=\"{id}\"")), "{}: {id} is not defined", design.name());
        }
    }
}

#[test]
fn four_modules_around_the_code_stay_lighter_than_seventy_percent() {
    for design in Designs::shipped().iter() {
        let (width, height) = design.size();
        let dpi = if width * height > 16_000.0 { 300 } else { 600 };
        let drawn = piece(design, &sticker());
        let info = run("pdfinfo", &["-box", drawn.path()], &[0]);
        let trim = info.lines().find(|line| line.starts_with("TrimBox")).unwrap();
        let margin = trim.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 25.4 / 72.0;
        let (_, [x, y, side]) = design.codes_on(&sticker()).swap_remove(0);
        let (design, left, top) = (design.name(), margin + x, margin + y);
        let image = image::open(&drawn.pages(dpi)[0]).unwrap().to_luma8();
        let dots = |mm: f64| mm * f64::from(dpi) / 25.4;
        let pixels: Vec<(f64, f64, u8)> = image
            .enumerate_pixels()
            .map(|(x, y, light)| (f64::from(x) + 0.5 - dots(left), f64::from(y) + 0.5 - dots(top), light.0[0]))
            .filter(|(x, y, _)| (1.0..dots(side) - 1.0).contains(x) && (1.0..dots(side) - 1.0).contains(y))
            .collect();
        // Half way between ink (35) and paper, which is where an edge truly lies.
        let dark = pixels.iter().filter(|pixel| pixel.2 < 142);
        let (first, last) = dark.fold((f64::MAX, 0.0_f64), |(first, last), pixel| (first.min(pixel.0), last.max(pixel.0)));

        // Pixels are known by their centres, so a dark edge lies half a pixel further out; both quiet zones together, because
        // a page's corner falls between two pixels.
        let module = (dots(side) - (last - first + 1.0)) / 8.0;
        let modules = (last - first + 1.0) / module;
        assert!((last + first - dots(side)).abs() < 3.0, "{design}: as wide on the right as on the left");
        assert!(((modules - 17.0) / 4.0 - ((modules - 17.0) / 4.0).round()).abs() < 0.1, "{design}: {modules} modules");
        assert!(module / dots(1.0) >= 0.33, "{design}: a module is {} mm", module / dots(1.0));
        let ring = pixels.iter().filter(|(x, y, _)| {
            let inside = (first - 1.5)..(last + 1.5);
            !(inside.contains(x) && inside.contains(y))
        });
        let darkest = ring.map(|pixel| pixel.2).min().unwrap();
        assert!(f64::from(darkest) > 0.7 * 255.0, "{design}: {darkest} in the quiet zone");
    }
}
