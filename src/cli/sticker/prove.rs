//! `choqr sticker prove`: nobody selects a design that two readers which are not ours have not read.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::camera::{self, Picture, SHOTS};
use super::{ProveArgs, library};
use crate::cli::refused::Refused;
use crate::payment_code::bank::Bin;
use crate::payment_code::{Purpose, TransferCode, Vnd};
use crate::print::design::proof::{Proof, Proofs};
use crate::print::{Design, Fonts, SecondAccount, Sticker, pixels};

/// Dots an inch at which a sticker is rasterised.
const DPI: u32 = 300;
/// How many different stickers are tried: short and long names, short and long payloads.
const STICKERS: usize = 6;

const NEEDED: &str = "reading needs zbar and zxing-cpp: apt-get install zbar-tools python3-zxing-cpp python3-pil";

pub(super) fn run(args: &ProveArgs, fonts: &Fonts, out: &mut impl Write) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for path in &args.files {
        let folder = library::folder_of(path);
        let name = library::name_of(path)?;
        let design = library::with_folder(folder)?.read(&name).map_err(|problem| Refused(problem.to_string()))?;
        let temporary = std::env::temp_dir().join(format!("choqr-prove-{}", std::process::id()));
        let pictures = args.pictures.clone().unwrap_or_else(|| temporary.clone());
        let proof = prove(&design, fonts, &pictures, &args.python);
        let _ = fs::remove_dir_all(&temporary);
        let proof = proof?;
        let list = folder.join(library::PROOFS);
        let mut proofs = Proofs::read(&fs::read_to_string(&list).unwrap_or_default());
        proofs.put(proof.clone());
        fs::write(&list, proofs.text()).with_context(|| format!("{} cannot be written", list.display()))?;
        let all = proof.stickers + proof.photographs;
        writeln!(out, "{name}: {all} pictures, zbar read {}, zxing-cpp read {}", proof.zbar, proof.zxing)?;
        if !proof.is_whole() {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Refused(format!("not every picture was read, so these cannot be selected: {}", failed.join(", "))).into())
}

/// A picture and the texts of which one (a photograph) or all (a sticker) must be read in it.
struct Shown {
    path: PathBuf,
    texts: Vec<String>,
    alone: Option<Vec<String>>,
}

fn prove(design: &Design, fonts: &Fonts, folder: &Path, python: &Path) -> anyhow::Result<Proof> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let (mut shown, mut photographs) = (Vec::new(), 0);
    let mut seed = 1_u64;
    for number in 0..STICKERS {
        let sticker = sample(number);
        let (width, height, light) =
            pixels::grey(design, &sticker, fonts, DPI).map_err(|problem| Refused(format!("{}: {problem}", design.name())))?;
        let picture = Picture { width: width as usize, height: height as usize, light };
        let codes = design.codes_on(&sticker);
        let mut texts: Vec<String> = codes.iter().map(|(text, _)| text.clone()).collect();
        texts.sort();
        texts.dedup();
        let path = folder.join(format!("{}-{number}.png", design.name()));
        save(&path, &picture)?;
        shown.push(Shown { path, texts: texts.clone(), alone: None });
        for (index, (text, [x, y, side])) in codes.iter().enumerate() {
            let dots = f64::from(DPI) / 25.4;
            let centre = ((x + side / 2.0) * dots, (y + side / 2.0) * dots);
            for (at, shot) in SHOTS.iter().enumerate() {
                seed += 1;
                // A phone is held so that the code fills two thirds of the frame.
                let photograph = camera::photograph(&picture, centre, side * 1.5 * dots, shot, seed);
                let path = folder.join(format!("{}-{number}-{index}-{at}.png", design.name()));
                save(&path, &photograph)?;
                shown.push(Shown { path, texts: vec![text.clone()], alone: Some(texts.clone()) });
                photographs += 1;
            }
        }
    }
    let by_zbar = read(&shown, |path| {
        let output = Command::new("zbarimg").args(["-q", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(path).output();
        Ok(String::from_utf8_lossy(&output.map_err(|_| Refused(NEEDED.to_owned()))?.stdout).lines().map(str::to_owned).collect())
    })?;
    let lines = zxing(python, &shown)?;
    let mut lines = lines.iter();
    let by_zxing =
        read(&shown, |_| Ok(lines.next().map(|line| line.split('\t').map(str::to_owned).collect()).unwrap_or_default()))?;
    Ok(Proof {
        design: design.name().to_owned(),
        digest: design.digest().to_owned(),
        stickers: STICKERS,
        photographs,
        zbar: by_zbar,
        zxing: by_zxing,
    })
}

/// How many pictures were read as they must be.
fn read(shown: &[Shown], mut reader: impl FnMut(&Path) -> anyhow::Result<Vec<String>>) -> anyhow::Result<usize> {
    let mut count = 0;
    for picture in shown {
        let found = reader(&picture.path)?;
        let has_all = picture.texts.iter().all(|text| found.contains(text));
        // Nothing that is not on the sticker may be seen either.
        let known = picture.alone.as_ref().unwrap_or(&picture.texts);
        let is_right = has_all && found.iter().filter(|text| !text.is_empty()).all(|text| known.contains(text));
        count += usize::from(is_right);
    }
    Ok(count)
}

fn zxing(python: &Path, shown: &[Shown]) -> anyhow::Result<Vec<String>> {
    let mut child = Command::new(python)
        .args(["-c", include_str!("read_codes.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|_| Refused(NEEDED.to_owned()))?;
    let mut names = child.stdin.take().context("standard input was asked for")?;
    let paths: Vec<String> = shown.iter().map(|picture| picture.path.display().to_string()).collect();
    let paths = paths.join("\n") + "\n";
    // The reader answers while it is still being asked, so both go on at once.
    let asking = std::thread::spawn(move || names.write_all(paths.as_bytes()));
    let output = child.wait_with_output()?;
    let asked = asking.join();
    if !output.status.success() || !matches!(asked, Ok(Ok(()))) {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("ModuleNotFoundError") {
            bail!(Refused(NEEDED.to_owned()));
        }
        bail!("zxing-cpp failed: {}", said.lines().last().unwrap_or(""));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn save(path: &Path, picture: &Picture) -> anyhow::Result<()> {
    let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    #[expect(clippy::cast_possible_truncation, reason = "a picture is some thousands of pixels wide")]
    let mut encoder = png::Encoder::new(BufWriter::new(file), picture.width as u32, picture.height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.light)?;
    writer.finish()?;
    Ok(())
}

/// A fictional vendor's sticker; the later ones have long names and long payloads.
pub(super) fn sample(number: usize) -> Sticker {
    const NAMES: [&str; 6] = [
        "Hà Thị Thu Hương",
        "Nguyễn Thị Phượng Quỳnh Hoàng Bảo Ngọc Tường Vi Ẩn Ỷ Thuỳ Trâm",
        "Lê An",
        "Đặng Vũ Hữu Nghĩa",
        "Trương Thị Phương Thuỳ Dương Cẩm Tú",
        "H'Hen Niê",
    ];
    const TRADES: [&str; 6] =
        ["Rau củ", "Hàng khô, mắm muối, gia vị, đồ thờ cúng", "Cá", "Vải, quần áo may sẵn", "Bánh đa, bún", "Cà phê"];
    let name = NAMES[number % 6];
    let is_long = number % 2 == 1;
    let payload = |bin: &str, account: &str| code(bin, account, is_long).expect("a test draws every sample");
    Sticker {
        serial: Some("VH-0123-7".to_owned()),
        stall: ["A1-04", "Nhà lồng B-Ki-ốt 117", "C2", "A12-03", "D1-09", "B2-02"][number % 6].to_owned(),
        market: if is_long { "Chợ đầu mối nông sản thực phẩm Thủ Đức" } else { "Chợ Bắc Kạn" }.to_owned(),
        vendor_name: name.to_owned(),
        payee_name: name.to_owned(),
        trade: TRADES[number % 6].to_owned(),
        bank: if is_long { "Agribank" } else { "Vietcombank" }.to_owned(),
        last_digits: "3456".to_owned(),
        payload: payload(
            if is_long { "970405" } else { "970436" },
            if is_long { "9990000000000123456" } else { "9990000123456" },
        ),
        issued: "11/2026".to_owned(),
        check_url: Some(format!("https://choqr.example/s/7K2M9QXD4HTPW3V{number}")),
        second: Some(SecondAccount {
            serial: Some("VH-0124-8".to_owned()),
            payee_name: name.to_owned(),
            bank: "MB Bank".to_owned(),
            last_digits: "7788".to_owned(),
            payload: payload("970422", "9990000007788"),
        }),
        link: Some(format!("https://choqr.example/c/7K2M9QXD4HTPW3VNB5C8AZ2E{number}T")),
        recovery: "4821 7730".to_owned(),
    }
}

fn code(bin: &str, account: &str, is_long: bool) -> Option<String> {
    let bin: Bin = bin.parse().ok()?;
    let mut code = TransferCode::new(bin, account.parse().ok()?).ok()?;
    if is_long {
        let purpose: Purpose = "Thanh toan tien hang cho".parse().ok()?;
        code = code.with_amount(Vnd::new(1_250_000).ok()?).with_purpose(purpose);
    }
    code.encode().ok()
}
