//! One description, three outputs: PDF, SVG and PNG show the same.

use choqr::print::{Colour, Designs, Language, card, picture, pixels};

use crate::support::{by_zbar, by_zxing, fonts, keep, run, sticker, texts};

/// The piece alone, in light values: the page's margin of bleed and marks is cut off.
fn piece_of_pdf(design: &choqr::print::Design, dpi: u32) -> image::GrayImage {
    let mut bytes = Vec::new();
    card::write(&mut bytes, design, &sticker(), &fonts(), Language::Vietnamese, Colour::Rgb).unwrap();
    let drawn = keep(&bytes);
    let stem = drawn.dir.path().join("cut");
    run("pdftoppm", &["-cropbox", "-r", &dpi.to_string(), "-png", drawn.path(), stem.to_str().unwrap()], &[0]);
    let whole = image::open(&drawn.pages(dpi)[0]).unwrap().to_luma8();
    let (width, height) = design.size();
    let info = run("pdfinfo", &["-box", drawn.path()], &[0]);
    let trim = info.lines().find(|line| line.starts_with("TrimBox")).unwrap();
    let left: f64 = trim.split_whitespace().nth(1).unwrap().parse().unwrap();
    let dots = |mm: f64| (mm / 25.4 * f64::from(dpi)).round() as u32;
    let margin = (left / 72.0 * f64::from(dpi)).round() as u32;
    image::imageops::crop_imm(&whole, margin, margin, dots(width), dots(height)).to_image()
}

/// The mean difference of two pictures after both are made coarse, so that the edges' half pixels do not count.
fn difference(a: &image::GrayImage, b: &image::GrayImage) -> (f64, u8) {
    let small = |image: &image::GrayImage| {
        // Poppler shows ink that is key alone as a very dark grey (35), as ink is; the others have none.
        let mut image = image.clone();
        image.pixels_mut().for_each(|light| light.0[0] = light.0[0].max(36));
        image::imageops::resize(&image, 120, 160, image::imageops::FilterType::Triangle)
    };
    let (a, b) = (small(a), small(b));
    let each: Vec<u8> = a.pixels().zip(b.pixels()).map(|(a, b)| a.0[0].abs_diff(b.0[0])).collect();
    (each.iter().map(|d| f64::from(*d)).sum::<f64>() / each.len() as f64, each.into_iter().max().unwrap())
}

#[test]
fn pdf_png_and_svg_show_the_same() {
    for design in Designs::shipped().iter() {
        let png = pixels::png(design, &sticker(), &fonts(), Language::Vietnamese, 300).unwrap();
        let png = image::load_from_memory(&png).unwrap().to_luma8();
        let svg = picture::svg(design, &sticker(), &fonts(), Language::Vietnamese).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.svg"), dir.path().join("a.png"));
        std::fs::write(&from, svg).unwrap();
        run("rsvg-convert", &["-d", "300", "-p", "300", "-b", "white", "-o", to.to_str().unwrap(), from.to_str().unwrap()], &[0]);
        let svg = image::open(&to).unwrap();
        let svg = image::DynamicImage::ImageLuma8(svg.to_luma8()).to_luma8();
        let pdf = piece_of_pdf(design, 300);

        for (name, other) in [("PNG", &png), ("SVG", &svg)] {
            let (mean, most) = difference(&pdf, other);
            assert!(
                mean < 3.0 && most < 90,
                "{}: {name} differs from PDF by {mean:.2} in the mean, {most} at most",
                design.name()
            );
        }
    }
}

#[test]
fn a_png_is_read_says_its_resolution_and_is_grey_where_that_serves() {
    let mut grey = 0;
    for design in Designs::shipped().iter() {
        let bytes = pixels::png(design, &sticker(), &fonts(), Language::Vietnamese, 300).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let info = reader.info();

        assert_eq!(info.pixel_dims.unwrap().xppu, 11_811, "300 dots an inch");
        let (width, height) = design.size();
        assert_eq!(info.width, (width / 25.4 * 300.0).round() as u32);
        assert_eq!(info.height, (height / 25.4 * 300.0).round() as u32);
        grey += usize::from(info.color_type == png::ColorType::Grayscale);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, &bytes).unwrap();
        let images = [path];
        let expected = texts(design, &sticker());
        assert_eq!([by_zbar(&images), by_zxing(&images)], [expected.clone(), expected], "{}", design.name());
    }
    assert!(grey > 0, "what is black alone is not stored in three colours");
}
