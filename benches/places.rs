//! `make bench`: a place by typed text, at most a millisecond each: a thousand sampled communes typed without marks with their province,
//! and a thousand of before July 2025 with their district.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::time::{Duration, Instant};

use choqr::{domain::place, payment_code::fold::name_fold};

const SAMPLE: usize = 1_000;

fn main() {
    let wards: Vec<_> = place::provinces().iter().flat_map(|province| place::wards_of(&province.code)).collect();
    let step = wards.len() / SAMPLE;
    let texts: Vec<(String, &str)> =
        wards.iter().step_by(step).take(SAMPLE).map(|ward| (name_fold(&ward.with_province()), ward.code.as_str())).collect();
    // The index is made at the first look-up.
    let started = Instant::now();
    let _found = place::find("bac kan");
    println!("place  the index is made once, in {:.0?}", started.elapsed());
    let mut times: Vec<Duration> = Vec::with_capacity(texts.len());
    let mut right = 0;
    for (text, code) in &texts {
        let started = Instant::now();
        let hits = place::find(text);
        times.push(started.elapsed());
        right += usize::from(hits.first().is_some_and(|hit| hit.ward.code == *code));
    }
    times.sort();
    let (median, p99, slowest) = (times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]);
    println!(
        "place  {} names without marks, with their province: median {median:.0?}, p99 {p99:.0?}, slowest {slowest:.0?} (target at most 1 ms)",
        texts.len()
    );
    println!("place  first hit right: {right} of {}; the others differ from a neighbour in marks only", texts.len());
    if p99 > Duration::from_millis(1) {
        println!("place  MISSED");
        std::process::exit(1);
    }
}
