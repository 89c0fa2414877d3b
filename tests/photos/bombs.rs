//! Files made to cost much: each is refused or read within the memory and the processor time of an ordinary photo.
//!
//! The limits are the operating system's: the program is started with at most 100 MiB of memory of its own (`ulimit -d`)
//! and some seconds of processor time (`ulimit -t`), and is ended by a signal when it wants more.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;

use super::documents::{deflated, document, stream};

/// Whole seconds are what the system counts in; a debug build is some ten times slower.
const SECONDS: u32 = if cfg!(debug_assertions) { 15 } else { 1 };
const KIBIBYTES: u32 = 100 * 1_024;

fn assert_cheap(kind: &str, bytes: &[u8]) -> serde_json::Value {
    assert!(bytes.len() <= choqr::app::see::LARGEST_FILE, "{kind}: refused for its size alone, which shows nothing");
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join("bomb");
    std::fs::write(&path, bytes).unwrap();

    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -c 0 && ulimit -d {KIBIBYTES} && ulimit -t {SECONDS} && exec \"$0\" qr read \"$1\"")])
        .arg(env!("CARGO_BIN_EXE_choqr"))
        .arg(&path)
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.signal().is_none(), "{kind}: {:?} {said}", output.status);
    assert!(matches!(output.status.code(), Some(0 | 2)), "{kind}: {:?} {said}", output.status);
    serde_json::from_slice(output.stdout.split(|byte| *byte == b'\n').next().unwrap()).unwrap()
}

/// A PNG of one colour, written a row at a time.
fn png(width: u32, height: u32, colour: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().unwrap();
    let row = vec![0x55; colour.samples() * width as usize * (depth as usize) / 8];
    let mut lines = writer.stream_writer().unwrap();
    (0..height).for_each(|_| lines.write_all(&row).unwrap());
    lines.finish().unwrap();
    drop(writer);
    out
}

#[test]
fn a_png_that_is_far_larger_than_its_file_is_refused() {
    let bomb = png(20_000, 20_000, png::ColorType::Grayscale, png::BitDepth::Eight);

    let told = assert_cheap("20,000 x 20,000", &bomb);

    assert_eq!(told["code"], "image_too_large");
}

#[test]
fn the_largest_png_that_is_read_is_cheap_too() {
    let told = assert_cheap("24 million of 8 bytes", &png(6_000, 4_000, png::ColorType::Rgba, png::BitDepth::Sixteen));

    assert_eq!(told["code"], "no_code_found");
}

#[test]
fn a_jpeg_that_says_it_is_giant_is_refused() {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode(&[128; 64 * 64], 64, 64, image::ExtendedColorType::L8).unwrap();
    let mut jpeg = jpeg.into_inner();
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);

    assert_eq!(assert_cheap("65,535 x 65,535", &jpeg)["code"], "image_too_large");

    // The most that is read; its data ends at once.
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x0F, 0xA0, 0x17, 0x70]);
    assert_cheap("4,000 x 6,000 without its data", &jpeg);
    jpeg[frame + 1] = 0xC2;
    assert_eq!(assert_cheap("progressive, 4,000 x 6,000", &jpeg)["code"], "image_too_large");
}

#[test]
fn a_webp_that_says_it_is_giant_is_refused() {
    // A lossless picture's head (RFC 9649): a signature, then 14 bits each for width and height less one.
    let size = 16_383_u32 | 16_383 << 14;
    let mut webp = b"RIFF\x1E\0\0\0WEBPVP8L\x12\0\0\0\x2F".to_vec();
    webp.extend(size.to_le_bytes());
    webp.extend([0; 13]);

    let told = assert_cheap("16,384 x 16,384", &webp);

    assert!(told["code"] == "image_too_large" || told["code"] == "not_an_image", "{told}");
}

/// A picture full of what looks like finder patterns.
#[test]
fn a_picture_full_of_finder_patterns_is_cheap() {
    let dark = |at: u32, pitch: u32| matches!(at % pitch, 0..=6);
    // Of two pixels a module nothing is lost to blur, and every pattern counts.
    for (pitch, module, side) in [(8, 1, 1_600), (9, 1, 1_600), (12, 1, 1_600), (30, 1, 1_600), (8, 2, 2_400), (8, 3, 3_600)] {
        let image = image::GrayImage::from_fn(side, side, |x, y| {
            let (x, y) = (x / module, y / module);
            let ring = (x % pitch).abs_diff(3).max((y % pitch).abs_diff(3));
            let is_dark = dark(x, pitch) && dark(y, pitch) && ring != 2;
            image::Luma([if is_dark { 20 } else { 230 }])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();

        assert_cheap(&format!("finder patterns every {pitch} modules of {module} pixels"), &bytes.into_inner());
    }
}

/// A document with these objects after its catalog, its one page and the page's content.
fn page(resources: &str, content: &[u8], objects: &[Vec<u8>]) -> Vec<u8> {
    let mut all = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<{resources}>>>>").into_bytes(),
        stream("/Filter/FlateDecode", &deflated(content)),
    ];
    all.extend_from_slice(objects);
    document(&all)
}

#[test]
fn streams_that_grow_without_end_are_cheap() {
    let zeros = vec![0; 400 << 20];
    let once = deflated(&zeros);
    drop(zeros);

    let entries = "/Type/XObject/Subtype/Image/Width 3000/Height 3000/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode";
    assert_cheap("a picture of 400 MiB", &page("/XObject<</A 5 0 R>>", b"500 0 0 500 0 0 cm /A Do", &[stream(entries, &once)]));
    let mut content = page("", b"", &[]);
    content = {
        let objects = [
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            b"<</Type/Page/Contents 4 0 R>>".to_vec(),
            stream("/Filter/FlateDecode", &once),
        ];
        drop(content);
        document(&objects)
    };
    assert_cheap("content of 400 MiB", &content);
    let twice = deflated(&once);
    let nested = stream("/Type/XObject/Subtype/Form/Filter[/FlateDecode/FlateDecode]", &twice);
    assert_cheap("compressed twice", &page("/XObject<</A 5 0 R>>", b"/A Do", &[nested]));
    let packed = stream("/Type/ObjStm/N 100000/First 10/Filter/FlateDecode", &once);
    let many: Vec<Vec<u8>> = (0..18).map(|_| packed.clone()).collect();
    assert_cheap("object streams", &page("", b"", &many));
}

#[test]
fn documents_that_repeat_without_end_are_cheap() {
    // Each form shows the next ten times.
    let forms: Vec<Vec<u8>> = (0..12)
        .map(|at| {
            let next = format!("/Type/XObject/Subtype/Form/Resources<</XObject<</A {} 0 R>>>>", at + 6);
            stream(&next, b"/A Do /A Do /A Do /A Do /A Do /A Do /A Do /A Do /A Do /A Do 0 0 500 500 re f")
        })
        .collect();
    assert_cheap("ten to the twelfth", &page("/XObject<</A 5 0 R>>", b"/A Do", &forms));
    let itself = stream("/Type/XObject/Subtype/Form/Resources<</XObject<</A 5 0 R>>>>", b"/A Do /A Do");
    assert_cheap("a form in itself", &page("/XObject<</A 5 0 R>>", b"/A Do", &[itself]));

    let areas = "0 0 595 842 re f ".repeat(300_000);
    assert_cheap("300,000 areas of a page's size", &page("", areas.as_bytes(), &[]));
    let states = "q 1 0 0 1 0 0 cm ".repeat(1_000_000);
    assert_cheap("a million states", &page("", states.as_bytes(), &[]));
    let numbers = "[0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0".repeat(500_000);
    assert_cheap("arrays in arrays", &page("", numbers.as_bytes(), &[]));
    let lines = format!("0 0 m {} f", "300 842 l 0 0 l ".repeat(300_000));
    assert_cheap("an outline of 600,000 edges", &page("", lines.as_bytes(), &[]));
}

#[test]
fn documents_of_many_parts_are_cheap() {
    let grey: Vec<u8> = (0..1_000 * 1_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let entries =
        "/Type/XObject/Subtype/Image/Width 1000/Height 1000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode";
    let noise = stream(entries, &deflated(&grey));
    let names: String = (0..5).map(|at| format!("/A{at} {} 0 R", at + 5)).collect();
    let shown: String = (0..3_000).map(|at| format!("q 400 0 0 400 0 0 cm /A{} Do Q ", at % 5)).collect();
    let pictures: Vec<Vec<u8>> = (0..5).map(|_| noise.clone()).collect();
    assert_cheap("3,000 pictures of noise", &page(&format!("/XObject<<{names}>>"), shown.as_bytes(), &pictures));

    let mut pages = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        format!("<</Type/Pages/Kids[{}]>>", (4..20_004).map(|at| format!("{at} 0 R ")).collect::<String>()).into_bytes(),
        stream("", b"0 0 300 300 re f 0 0 20 20 re f"),
    ];
    pages.extend((0..20_000).map(|_| b"<</Type/Page/MediaBox[0 0 595 842]/Contents 3 0 R>>".to_vec()));
    assert_cheap("20,000 pages", &document(&pages));

    let deep = format!("<</Type/Catalog/Pages {}", "<</Kids[".repeat(800_000));
    assert_cheap("a tree 800,000 deep", &document(&[deep.into_bytes()]));
    let chain: Vec<Vec<u8>> = (0..100_000).map(|at| format!("<</Kids[{} 0 R]/Pages 1 0 R>>", at + 2).into_bytes()).collect();
    assert_cheap("a chain of 100,000", &document(&chain));
    let words = "1 0 obj<</Length 9/Type/ObjStm/N 9/First 9>>stream\n".repeat(100_000);
    assert_cheap("streams without an end", format!("%PDF-1.7\n{words}").as_bytes());
}
