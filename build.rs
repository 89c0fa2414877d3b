//! Embeds what `make assets` built, and turns the words of both languages into one type, so that a missing word is a
//! compile error in Rust and in every template.

#![expect(
    clippy::unnecessary_debug_formatting,
    clippy::format_collect,
    clippy::many_single_char_names,
    reason = "paths become string literals of generated code; a build script is small"
)]

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    env,
    fmt::Write as _,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

type Words = BTreeMap<String, BTreeMap<String, String>>;

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    for path in ["assets/designs", "assets/dist", "assets/locales", "migrations", "templates"] {
        println!("cargo::rerun-if-changed={path}");
    }
    fs::write(out.join("assets.rs"), assets(&root.join("assets/dist"))).expect("OUT_DIR can be written");
    fs::write(out.join("designs.rs"), designs(&root.join("assets/designs"))).expect("OUT_DIR can be written");
    fs::write(out.join("words.rs"), words(&root.join("assets/locales"))).expect("OUT_DIR can be written");
}

/// A table of `(name, url, media type, bytes)`; the URL carries a hash of the content, so it can be cached for ever.
fn assets(dist: &Path) -> String {
    let mut table = String::from("static FILES: &[File] = &[\n");
    let mut fonts = String::new();
    for (name, media) in [
        ("page.css", "text/css; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("mark.svg", "image/svg+xml"),
        ("icons.svg", "image/svg+xml"),
    ] {
        let path = dist.join(name);
        let Ok(bytes) = fs::read(&path) else {
            panic!("{} is missing: run `make assets` first", path.display());
        };
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let (stem, ending) = name.split_once('.').expect("every asset has an ending");
        let url = format!("/assets/{stem}.{:016x}.{ending}", hasher.finish());
        let brotli = brotli(dist, name);
        let _infallible = writeln!(
            table,
            "File {{ name: {name:?}, url: {url:?}, media: {media:?}, bytes: include_bytes!({path:?}), brotli: {brotli} }},"
        );
    }
    for path in field(&dist.join("field")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("built names are ASCII");
        let media = if path.extension().is_some_and(|ending| ending == "css") {
            "text/css; charset=utf-8"
        } else {
            "text/javascript; charset=utf-8"
        };
        let url = format!("/assets/{name}");
        let brotli = brotli(dist, name);
        let _infallible = writeln!(
            table,
            "File {{ name: {name:?}, url: {url:?}, media: {media:?}, bytes: include_bytes!({path:?}), brotli: {brotli} }},"
        );
    }
    let worker = dist.join("field_worker.js");
    assert!(worker.exists(), "{} is missing: run `make assets` first", worker.display());
    let worker = format!(
        "/// The field app's service worker, without the list of files that it keeps.\nstatic WORKER: &str = include_str!({worker:?});\n"
    );
    for name in ["regular", "semibold", "bold", "serif", "serif_italic", "serif_bold"] {
        let path = dist.join(format!("fonts/{name}.ttf"));
        assert!(path.exists(), "{} is missing: run `make assets` first", path.display());
        let _infallible = writeln!(
            fonts,
            "/// Be Vietnam Pro, or Tinos for the serif: {name}.\npub static {}: &[u8] = include_bytes!({path:?});",
            name.to_uppercase()
        );
    }
    let licence = dist.join("fonts/LICENSE.txt");
    let _infallible = writeln!(
        fonts,
        "/// The licence of the fonts, which travels with them.\npub static LICENCE: &str = include_str!({licence:?});"
    );
    let licence = dist.join("fonts/LICENSE_SERIF.txt");
    let _infallible = writeln!(
        fonts,
        "/// The licence of the serif fonts, which travels with them.\npub static LICENCE_SERIF: &str = include_str!({licence:?});"
    );
    table.push_str("];\n");
    format!("{table}{worker}\n/// The print fonts.\npub mod fonts {{\n{fonts}}}\n")
}

/// The same file, compressed once when the assets were built, where it was.
fn brotli(dist: &Path, name: &str) -> String {
    let path = dist.join(format!("br/{name}.br"));
    if path.exists() { format!("Some(include_bytes!({path:?}))") } else { "None".to_owned() }
}

/// The field app's files, which carry a hash of their content in their names already.
fn field(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|_| panic!("{} is missing: run `make assets` first", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be read").path()).collect();
    paths.sort();
    paths
}

/// The designs' files by name, and the list of what has been proven of them.
fn designs(folder: &Path) -> String {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the designs are part of the sources")
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let mut code = String::from("static FILES: &[(&str, &str)] = &[\n");
    for path in paths {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a design's name is ASCII");
        let _infallible = writeln!(code, "({name:?}, include_str!({path:?})),");
    }
    let proofs = folder.join("proofs.csv");
    let _infallible = writeln!(code, "];\nstatic PROOFS: &str = include_str!({proofs:?});");
    code
}

fn words(locales: &Path) -> String {
    let (vi, en) = (read(&locales.join("vi")), read(&locales.join("en")));
    compare(&vi, &en);
    let mut code = String::from("/// Every word of one language, by noun.\n#[derive(Debug)]\npub struct Words {\n");
    for noun in vi.keys() {
        let _infallible = writeln!(code, "    /// Words of `{noun}`.\n    pub {noun}: {},", type_name(noun));
    }
    code.push_str("}\n");
    for (noun, texts) in &vi {
        let ty = type_name(noun);
        let _infallible = writeln!(code, "/// Words of `{noun}`.\n#[derive(Debug)]\npub struct {ty} {{\n    lang: Lang,");
        for (key, text) in texts.iter().filter(|(_, text)| places(text).is_empty()) {
            let _infallible = writeln!(code, "    /// {text:?}\n    pub {}: &'static str,", identifier(key));
        }
        code.push_str("}\n");
        let _infallible = writeln!(code, "impl {ty} {{");
        code.push_str("    /// The word under a key that is only known when the program runs, as an error's code.\n");
        code.push_str(
            "    #[must_use]\n    pub fn find(&self, key: &str) -> Option<&'static str> {\n        match (self.lang, key) {\n",
        );
        for (lang, texts) in [("Vi", texts), ("En", &en[noun])] {
            for (key, text) in texts.iter().filter(|(_, text)| places(text).is_empty()) {
                let _infallible = writeln!(code, "            (Lang::{lang}, {key:?}) => Some({text:?}),");
            }
        }
        code.push_str("            _ => None,\n        }\n    }\n");
        for (key, text) in texts.iter().filter(|(_, text)| !places(text).is_empty()) {
            let names = places(text);
            let arguments: String = names.iter().map(|name| format!(", {name}: impl std::fmt::Display")).collect();
            let _infallible = writeln!(
                code,
                "    /// {text:?}\n    #[must_use]\n    pub fn {key}(&self{arguments}) -> String {{\n        match self.lang {{\n            Lang::Vi => format!({text:?}),\n            Lang::En => format!({:?}),\n        }}\n    }}",
                en[noun][key]
            );
        }
        code.push_str("}\n");
    }
    for (lang, all) in [("Vi", &vi), ("En", &en)] {
        let _infallible = writeln!(code, "static {}: Words = Words {{", lang.to_uppercase());
        for (noun, texts) in all {
            let _infallible = write!(code, "    {noun}: {} {{ lang: Lang::{lang}, ", type_name(noun));
            for (key, text) in texts.iter().filter(|(_, text)| places(text).is_empty()) {
                let _infallible = write!(code, "{}: {text:?}, ", identifier(key));
            }
            code.push_str("},\n");
        }
        code.push_str("};\n");
    }
    code
}

fn read(folder: &Path) -> Words {
    let mut words = Words::new();
    for entry in fs::read_dir(folder).expect("the locales are part of the sources") {
        let path = entry.expect("a folder can be read").path();
        let noun = path.file_stem().and_then(|stem| stem.to_str()).expect("nouns are ASCII").to_owned();
        let text = fs::read_to_string(&path).expect("a locale is UTF-8");
        let texts = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        words.insert(noun, texts);
    }
    words
}

fn compare(vi: &Words, en: &Words) {
    for noun in vi.keys().chain(en.keys()) {
        let (Some(a), Some(b)) = (vi.get(noun), en.get(noun)) else {
            panic!("assets/locales: {noun}.json is missing in one language")
        };
        for key in a.keys().chain(b.keys()) {
            let (Some(x), Some(y)) = (a.get(key), b.get(key)) else {
                panic!("assets/locales: {noun}.{key} is missing in one language")
            };
            let (mut p, mut q) = (places(x), places(y));
            p.sort_unstable();
            q.sort_unstable();
            assert!(p == q, "assets/locales: {noun}.{key} has other placeholders in the other language");
        }
    }
}

/// The names between braces, each once, in the order in which they stand.
fn places(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in text.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or("");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A key as a field's name; `match` is a verdict of ours and a keyword of Rust's.
fn identifier(key: &str) -> String {
    if key == "match" { format!("r#{key}") } else { key.to_owned() }
}

fn type_name(noun: &str) -> String {
    let camel: String = noun.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    format!("{camel}Words")
}
