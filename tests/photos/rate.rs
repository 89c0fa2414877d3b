//! The same photos for us and for zxing-cpp.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use super::{folder, lines, qr_read, root, scene};

/// A few in a debug build, where making one takes two seconds; `make photos` makes all three hundred.
fn wanted() -> u64 {
    std::env::var("PHOTOS").ok().and_then(|count| count.parse().ok()).unwrap_or(12)
}

/// What a reader found in each file.
type Read = BTreeMap<String, Vec<String>>;

#[test]
fn codes_in_photos_are_found_as_often_as_zxing_cpp_finds_them() {
    let mut truth = Read::new();
    let mut files = Vec::new();
    for number in 0..wanted() {
        let photo = scene::photo(20_261_120, number);
        let path = folder().join(format!("{number:03}.jpg"));
        std::fs::write(&path, &photo.jpeg).unwrap();
        truth.insert(path.display().to_string(), photo.payloads);
        files.push(path);
    }

    let ours = ours(&files);
    let peer = zxing(&files);

    let (found, wrong) = score(&truth, &ours);
    let (peer_found, _) = score(&truth, &peer);
    let codes: usize = truth.values().map(Vec::len).sum();
    println!("photos {}, codes {codes}: choqr found {found}, zxing-cpp {peer_found}; choqr read {wrong} wrong", files.len());
    assert_eq!(wrong, 0, "a code was read that is in no photo");
    assert!((found as f64) >= peer_found as f64 - codes as f64 / 100.0, "{found} of {codes}, zxing-cpp {peer_found}");
    assert!(found * 10 >= codes * 8, "{found} of {codes}: the photos or the reader are broken");
}

#[test]
fn two_different_codes_in_a_frame_are_both_told() {
    let photo = scene::pair(20_261_121);
    let path = folder().join("pair.jpg");
    std::fs::write(&path, &photo.jpeg).unwrap();

    let output = qr_read(&[path]);

    let mut told: Vec<String> = lines(&output).iter().map(|line| line["payload"].as_str().unwrap().to_owned()).collect();
    let mut payloads = photo.payloads;
    told.sort();
    payloads.sort();
    assert_eq!(told, payloads);
}

fn ours(files: &[PathBuf]) -> Read {
    let mut read = Read::new();
    for line in lines(&qr_read(files)) {
        let found = read.entry(line["file"].as_str().unwrap().to_owned()).or_default();
        found.extend(line["payload"].as_str().map(str::to_owned));
    }
    read
}

fn zxing(files: &[PathBuf]) -> Read {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: run `make tools`", python.display());
    let output = Command::new(python).arg(root().join("tests/photos/read_photos.py")).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut read = Read::new();
    for line in lines(&output) {
        let payloads = line["payloads"].as_array().unwrap().iter().map(|payload| payload.as_str().unwrap().to_owned());
        read.insert(line["file"].as_str().unwrap().to_owned(), payloads.collect());
    }
    read
}

/// Codes that were found, and codes that were read where there are none.
fn score(truth: &Read, read: &Read) -> (usize, usize) {
    let none = Vec::new();
    truth.iter().fold((0, 0), |(found, wrong), (file, payloads)| {
        let read = read.get(file).unwrap_or(&none);
        let hits = payloads.iter().filter(|payload| read.contains(payload)).count();
        (found + hits, wrong + read.iter().filter(|payload| !payloads.contains(payload)).count())
    })
}
