//! Reading, writing and comparing with whatever bytes a fuzzer finds. Each input must not panic, must be written back as it
//! was read, must take less than 10 ms of this thread's CPU time, and must never hold more than 64 KiB of memory.
//! The first byte says what is done with the rest: `r` read, `m` mend the checksum and read, `c` compare, `w` write.

#![no_main]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fmt::Write,
};

use libfuzzer_sys::fuzz_target;

#[path = "../../src/payment_code/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the fuzzer asks for a part of the library")]
#[expect(clippy::wrong_self_convention, reason = "its names are frozen, which clippy sees in the library alone")]
mod payment_code;

use payment_code::{
    Code, Label, LabelKind, LocalName, Mode, Purpose, Service, TransferCode, Tree, Verdict, Vnd, compare, decode,
};

/// CPU time of one input.
const MOST_NANOSECONDS: i128 = 10_000_000;
/// Memory one input may hold at once.
const MOST_BYTES: usize = 64 * 1024;

/// Counts what this thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn note(change: isize) {
    // A thread that is going away has no counter any more.
    let _gone = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _gone = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as isize);
        note(-(layout.size() as isize));
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn thread_nanoseconds() -> i128 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// A sink that keeps nothing, so that only the library's own memory is counted.
struct Same<'a>(&'a str);

impl Write for Same<'_> {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(std::fmt::Error)?;
        Ok(())
    }
}

fn written_back(tree: Tree<'_>, text: &str) {
    let mut same = Same(text);
    write!(same, "{tree}").expect("what was read is written back");
    assert!(same.0.is_empty(), "and nothing is missing");
}

fn read(text: &str) {
    written_back(Tree::read(text), text);
    for mode in [Mode::Strict, Mode::Lenient] {
        let mut out = Vec::new();
        match Code::read(text, mode) {
            Ok(code) => {
                written_back(code.tree(), text);
                code.write_json(&mut out);
                for field in code.fields() {
                    for part in field.children().into_iter().flatten() {
                        let _parts = part.children().map(Iterator::count);
                    }
                }
                if mode == Mode::Strict {
                    accepted(&code, text);
                }
            }
            Err(refusal) => {
                assert!(refusal.offset <= text.chars().count());
                refusal.write_json(&mut out);
            }
        }
    }
}

/// What a strict reader accepts, a lenient one reads alike, and it is the same as itself.
fn accepted(code: &Code<'_>, text: &str) {
    let lenient = Code::read(text, Mode::Lenient).expect("a lenient reader takes more");
    assert_eq!((lenient.scheme(), lenient.bin(), lenient.account()), (code.scheme(), code.bin(), code.account()));
    assert_eq!(compare(text, text).verdict, Verdict::Match);
    assert_eq!(compare(text, &format!("{text}0")).verdict, Verdict::Different);
    rewritten(code);
}

/// A plain transfer can be made again from its parts, and is the same account.
fn rewritten(code: &Code<'_>) {
    if !code.is_transfer() {
        return;
    }
    let (Some(bin), Some(account)) = (code.acquirer(), code.account().and_then(|account| account.parse().ok())) else { return };
    let made = match code.service() {
        Some(Service::Card) => TransferCode::to_card(bin, account),
        _ => TransferCode::new(bin, account),
    };
    let made = made.expect("an accepted transfer can be written").encode().expect("it has no additional data");
    assert_eq!(compare(&made, code.text()).verdict == Verdict::Match, compare(code.text(), &made).verdict == Verdict::Match);
    assert_eq!(decode(&made, Mode::Strict).expect("what was written is read").account.as_deref(), code.account());
}

/// Writes a code from parts that the input gives, and reads it again.
fn write(parts: &[&str]) {
    let [bin, account, amount, purpose, label, name, ..] = parts else { return };
    let (Ok(bin), Ok(account)) = (bin.parse(), account.parse()) else { return };
    let Ok(mut code) = TransferCode::new(bin, account) else { return };
    code = code.with_amount(amount.parse::<u64>().ok().and_then(|dong| Vnd::new(dong).ok()));
    code = code.with_purpose(purpose.parse::<Purpose>().ok());
    if let Ok(label) = label.parse::<Label>() {
        code = code.with_label(LabelKind::Reference, label);
    }
    if let Ok(name) = LocalName::new("vi", name, None) {
        code = code.with_local_name(name);
    }
    if let Ok(text) = code.encode() {
        let read = Code::read(&text, Mode::Strict).expect("what was written is read");
        assert!(read.warnings().is_empty());
        assert_eq!(read.account(), Some(code.account().as_str()));
        written_back(read.tree(), &text);
    }
}

/// Hardly any input has a right checksum by chance: the rest of the rules is reached by mending it.
fn mended(text: &str) -> Option<String> {
    let body = format!("{}6304", text.get(..text.len().checked_sub(8)?)?);
    Some(format!("{body}{:04X}", payment_code::crc16(body.as_bytes())))
}

/// Does what the first byte says with the rest; gives the CPU time it took.
fn done(action: u8, data: &[u8]) -> i128 {
    let text = String::from_utf8_lossy(data);
    let start = thread_nanoseconds();
    match action {
        b'r' => read(&text),
        // Two payloads with a tab between them.
        b'c' => {
            if let Some((registered, scanned)) = text.split_once('\t') {
                let _verdict = compare(registered, scanned);
            }
        }
        // Parts with tabs between them.
        b'w' => write(&text.splitn(8, '\t').collect::<Vec<_>>()),
        _ => {
            if let Some(text) = mended(&text) {
                read(&text);
            }
        }
    }
    thread_nanoseconds() - start
}

fuzz_target!(init: {
    // The directory is built on the first look-up and belongs to no input.
    let _directory = payment_code::bank::all().len();
}, |data: &[u8]| {
    let Some((action, data)) = data.split_first() else { return };
    let held = HELD.get();
    PEAK.set(held);
    let mut used = done(*action, data);
    let peak = PEAK.get() - held;
    // On a virtual machine this clock also counts what the host takes away: an input is slow that is slow every time.
    for _ in 0..2 {
        if used >= MOST_NANOSECONDS {
            used = used.min(done(*action, data));
        }
    }
    assert!(used < MOST_NANOSECONDS, "{used} ns of CPU time for {} bytes", data.len());
    assert!(peak < MOST_BYTES as isize, "{peak} bytes held for {} bytes", data.len());
});
