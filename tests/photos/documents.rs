//! Codes in PDFs: what we draw ourselves, and pictures as banks embed them.

use std::io::Write as _;

use choqr::print::{Ec, Symbol, png};

use super::{lines, qr_read};

const PAYLOAD: &str = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F";

/// A document of objects, numbered from 1; the first is the catalog.
pub(super) fn document(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        out.extend(format!("{} 0 obj\n", at + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    out.extend(b"trailer\n<</Root 1 0 R>>\n%%EOF\n");
    out
}

/// A stream with the entries given besides its length.
pub(super) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<<{entries}/Length {}>>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

pub(super) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(data).unwrap();
    out.finish().unwrap()
}

/// One page that paints the picture of object 5.
fn with_picture(picture: Vec<u8>) -> Vec<u8> {
    document(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</Im 5 0 R>>>>>>".to_vec(),
        stream("", b"q 150 0 0 150 200 500 cm /Im Do Q"),
        picture,
    ])
}

/// One row after another, dark modules and a margin of four, each module so many samples wide.
fn symbol(wide: usize) -> (usize, Vec<bool>) {
    let symbol = Symbol::encode(PAYLOAD, Ec::M).unwrap();
    let side = (symbol.size() + 8) * wide;
    let dark = |at: usize| {
        let (x, y) = (at % side / wide, at / side / wide);
        x >= 4 && y >= 4 && symbol.is_dark(x - 4, y - 4)
    };
    (side, (0..side * side).map(dark).collect())
}

fn read(bytes: &[u8]) -> Vec<serde_json::Value> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("code.pdf");
    std::fs::write(&path, bytes).unwrap();
    lines(&qr_read(&[path]))
}

fn assert_read(kind: &str, bytes: &[u8]) {
    let told = read(bytes);

    assert_eq!(told.len(), 1, "{kind}: {told:?}");
    assert_eq!(told[0]["payload"], PAYLOAD, "{kind}");
    assert_eq!(told[0]["page"], 1, "{kind}");
    // The code lies 200 points from the left and 192 from the top, its margin in it.
    let corner = told[0]["corners"][0].as_array().unwrap();
    let at = |index: usize| corner[index].as_i64().unwrap();
    assert!((205..=225).contains(&at(0)) && (197..=217).contains(&at(1)), "{kind}: {corner:?}");
}

#[test]
fn a_picture_is_read_whatever_its_coding() {
    let (side, dark) = symbol(3);
    let entries = |rest: &str| format!("/Type/XObject/Subtype/Image/Width {side}/Height {side}{rest}");
    let grey: Vec<u8> = dark.iter().map(|&dark| if dark { 0 } else { 255 }).collect();
    let rgb: Vec<u8> = grey.iter().flat_map(|&value| [value / 2, value, value]).collect();
    let packed = |one: bool| -> Vec<u8> {
        dark.chunks(side)
            .flat_map(|row| {
                row.chunks(8).map(move |bits| {
                    bits.iter().enumerate().fold(0, |byte, (at, &dark)| byte | u8::from(dark == one) << (7 - at))
                })
            })
            .collect()
    };
    // PNG's filter 2 says how each sample differs from the one above.
    let above: Vec<u8> = (0..side)
        .flat_map(|y| {
            let grey = &grey;
            std::iter::once(2).chain((0..side).map(move |x| {
                let above = if y == 0 { 0 } else { grey[(y - 1) * side + x] };
                grey[y * side + x].wrapping_sub(above)
            }))
        })
        .collect();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 50)
        .encode(&grey, side as u32, side as u32, image::ExtendedColorType::L8)
        .unwrap();
    let hex: Vec<u8> = packed(false).iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).chain(*b">").collect();

    for (kind, entries, data) in [
        ("grey", entries("/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"), deflated(&grey)),
        ("colour", entries("/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"), deflated(&rgb)),
        ("one bit", entries("/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode"), deflated(&packed(false))),
        ("stencil", entries("/ImageMask true/Filter/FlateDecode"), deflated(&packed(false))),
        ("stencil turned round", entries("/ImageMask true/Decode[1 0]/Filter/FlateDecode"), deflated(&packed(true))),
        (
            "palette",
            entries("/ColorSpace[/Indexed/DeviceRGB 1<ffffff102060>]/BitsPerComponent 1/Filter/FlateDecode"),
            deflated(&packed(true)),
        ),
        (
            "predicted",
            entries(&format!(
                "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter[/FlateDecode]/DecodeParms[<</Predictor 15/Columns {side}>>]"
            )),
            deflated(&above),
        ),
        ("hexadecimal", entries("/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/ASCIIHexDecode"), hex),
        ("jpeg", entries("/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"), jpeg.into_inner()),
    ] {
        assert_read(kind, &with_picture(stream(&entries, &data)));
    }
}

#[test]
fn a_code_of_rectangles_is_read() {
    let (side, dark) = symbol(1);
    let module = 150.0 / side as f64;
    let mut content = String::from("0.1 0.1 0.3 rg\n");
    for (at, _) in dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let (x, y) = ((at % side) as f64 * module + 200.0, 650.0 - (at / side + 1) as f64 * module);
        content += &format!("{x:.3} {y:.3} {module:.3} {module:.3} re f\n");
    }

    let bytes = document(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>".to_vec(),
        stream("/Filter/FlateDecode", &deflated(content.as_bytes())),
    ]);

    assert_read("rectangles", &bytes);
}

#[test]
fn every_sticker_of_our_own_sheet_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (csv, pdf) = (dir.path().join("stickers.csv"), dir.path().join("sheet.pdf"));
    let payload = |at: usize| {
        use choqr::payment_code::{TransferCode, bank::Bin};
        let bin: Bin = "970436".parse().unwrap();
        TransferCode::new(bin, format!("99900001234{at:02}").parse().unwrap()).unwrap().encode().unwrap()
    };
    let mut payloads: Vec<String> = (0..10).map(payload).collect();
    let rows: String = payloads
        .iter()
        .enumerate()
        .map(|(at, payload)| format!("VH-{at},A1-{at},Hoa,rau,Vietcombank,99900001234{at:02},{payload}\n"))
        .collect();
    std::fs::write(&csv, format!("serial,stall,vendor_name,trade,bank,account_number,payload\n{rows}")).unwrap();
    let sheet = std::process::Command::new(env!("CARGO_BIN_EXE_choqr"))
        .args(["sticker", "sheet", "--design", "label_99x68", "--input"])
        .arg(&csv)
        .arg("--out")
        .arg(&pdf)
        .output()
        .unwrap();
    assert!(sheet.status.success(), "{}", String::from_utf8_lossy(&sheet.stderr));

    let told = lines(&qr_read(&[pdf]));

    let mut read: Vec<String> =
        told.iter().filter(|line| line["scheme"] == "vietqr").map(|line| line["payload"].as_str().unwrap().to_owned()).collect();
    read.sort();
    payloads.sort();
    assert_eq!(read, payloads);
}

#[test]
fn a_file_without_a_code_says_so_and_the_others_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let (blank, good, locked) = (dir.path().join("blank.pdf"), dir.path().join("good.png"), dir.path().join("locked.pdf"));
    let pages = |more: &str| {
        let mut bytes = document(&[
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]>>".to_vec(),
            b"<</Type/Page>>".to_vec(),
        ]);
        bytes.extend(more.bytes());
        bytes
    };
    std::fs::write(&blank, pages("")).unwrap();
    std::fs::write(&locked, pages("trailer<</Encrypt 9 0 R/Root 1 0 R>>")).unwrap();
    std::fs::write(&good, png::code(&Symbol::encode(PAYLOAD, Ec::M).unwrap(), 600)).unwrap();

    let output = qr_read(&[blank, locked, good]);

    let told = lines(&output);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((&told[0]["ok"], &told[0]["code"]), (&false.into(), &"no_code_found".into()));
    assert_eq!(told[1]["code"], "pdf_locked");
    assert_eq!((&told[2]["ok"], &told[2]["payload"]), (&true.into(), &PAYLOAD.into()));
    assert_eq!(output.status.code(), Some(2));
}
