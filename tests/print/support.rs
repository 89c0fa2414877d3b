//! Fonts, sample stickers, and the outside programs that judge what we draw.
//!
//! A missing program fails the test with the command that installs it; nothing is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use std::sync::Arc;

use choqr::print::{Design, Designs, Fonts, SecondAccount, Sticker};

/// A root that works from any directory the tests are started in.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The three cuts that the program embeds.
pub(crate) fn fonts() -> Fonts {
    let read = |name: &str| {
        let path = root().join("assets/dist/fonts").join(format!("{name}.ttf"));
        std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: run `make assets`", path.display()))
    };
    Fonts::new(read("regular"), read("semibold"), read("bold")).expect("the fonts are TrueType")
}

/// A static code of a fictional account.
pub(crate) fn payload(account: &str) -> String {
    use choqr::payment_code::{TransferCode, bank::Bin};
    let bin: Bin = "970436".parse().unwrap();
    TransferCode::new(bin, account.parse().unwrap()).unwrap().encode().unwrap()
}

/// A sticker of a fictional vendor.
pub(crate) fn sticker() -> Sticker {
    Sticker {
        serial: Some("VH-0123-7".into()),
        stall: "A1-04".into(),
        market: "Chợ Bắc Kạn".into(),
        vendor_name: "Hà Thị Thu Hương".into(),
        payee_name: "HA THI THU HUONG".into(),
        trade: "Rau củ".into(),
        bank: "Vietcombank".into(),
        last_digits: "3456".into(),
        payload: payload("9990000123456"),
        issued: "11/2026".into(),
        check_url: Some("https://choqr.example/s/7K2M9QXD4HTPW3VN".into()),
        second: Some(SecondAccount {
            serial: Some("VH-0124-8".into()),
            payee_name: "HA THI THU HUONG".into(),
            bank: "MB Bank".into(),
            last_digits: "7788".into(),
            payload: payload("9990000007788"),
        }),
        link: Some("https://choqr.example/c/7K2M9QXD4HTPW3VNB5C8AZ2E1T".into()),
        recovery: "4821 7730".into(),
    }
}

/// A shipped design.
pub(crate) fn design(name: &str) -> Arc<Design> {
    Arc::clone(Designs::shipped().find(name).unwrap())
}

/// The texts of all codes on a sticker, sorted.
pub(crate) fn texts(design: &Design, sticker: &Sticker) -> Vec<String> {
    let mut texts: Vec<String> = design.codes_on(sticker).into_iter().map(|(text, _)| text).collect();
    texts.sort();
    texts
}

/// Runs an outside program and returns what it says; `good` are the exit codes that mean success.
pub(crate) fn run(program: &str, arguments: &[&str], good: &[i32]) -> String {
    let output =
        Command::new(program).args(arguments).output().unwrap_or_else(|_| panic!("{program} is missing: run `make tools`"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = output.status.code().unwrap_or(-1);
    assert!(good.contains(&code), "{program} {arguments:?}: {code}\n{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// A directory that goes away with the test, and the document in it.
pub(crate) struct Drawn {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) pdf: PathBuf,
}

/// Keeps a document in a file.
pub(crate) fn keep(bytes: &[u8]) -> Drawn {
    let dir = tempfile::tempdir().unwrap();
    let pdf = dir.path().join("drawn.pdf");
    std::fs::write(&pdf, bytes).unwrap();
    Drawn { dir, pdf }
}

impl Drawn {
    pub(crate) fn path(&self) -> &str {
        self.pdf.to_str().unwrap()
    }

    /// The text that can be copied out, in reading order.
    pub(crate) fn text(&self) -> String {
        run("pdftotext", &["-raw", self.path(), "-"], &[0])
    }

    /// One PNG a page, in order.
    pub(crate) fn pages(&self, dpi: u32) -> Vec<PathBuf> {
        let stem = self.dir.path().join(format!("page{dpi}"));
        run("pdftoppm", &["-r", &dpi.to_string(), "-png", self.path(), stem.to_str().unwrap()], &[0]);
        let mut pages: Vec<PathBuf> = std::fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().starts_with(stem.to_str().unwrap()))
            .collect();
        pages.sort();
        pages
    }

    /// One picture of light values a page, in order.
    pub(crate) fn grey_pages(&self, dpi: u32) -> Vec<PathBuf> {
        let stem = self.dir.path().join("grey");
        run("pdftoppm", &["-r", &dpi.to_string(), "-gray", self.path(), stem.to_str().unwrap()], &[0]);
        let entries = std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut pages: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "pgm")).collect();
        pages.sort();
        pages
    }

    /// What both readers find on all pages at this resolution, each sorted.
    pub(crate) fn decoded(&self, dpi: u32) -> [Vec<String>; 2] {
        let pages = self.pages(dpi);
        [by_zbar(&pages), by_zxing(&pages)]
    }
}

/// What zbar finds.
pub(crate) fn by_zbar(images: &[PathBuf]) -> Vec<String> {
    let mut arguments = vec!["--raw", "--quiet", "-Sdisable", "-Sqrcode.enable"];
    arguments.extend(images.iter().map(|path| path.to_str().unwrap()));
    sorted(&run("zbarimg", &arguments, &[0, 4]))
}

/// What zxing-cpp finds.
pub(crate) fn by_zxing(images: &[PathBuf]) -> Vec<String> {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: run `make tools`", python.display());
    let script = root().join("tests/print/read_codes.py");
    let mut arguments = vec![script.to_str().unwrap()];
    arguments.extend(images.iter().map(|path| path.to_str().unwrap()));
    sorted(&run(python.to_str().unwrap(), &arguments, &[0]))
}

fn sorted(lines: &str) -> Vec<String> {
    let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Complains unless qpdf finds the document sound.
pub(crate) fn assert_sound(path: &Path) {
    let said = run("qpdf", &["--check", path.to_str().unwrap()], &[0]);
    assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
}
