//! Streams as they were before they were compressed (ISO 32000-1, 7.4), within a budget of bytes.

use std::borrow::Cow;
use std::io::Read;

use super::budget::Budget;
use super::file::File;
use super::lexer::{Dict, Object};

/// What is left when only a picture's own coding remains.
pub(super) enum Coding {
    Raw,
    Jpeg,
    /// The parameters of a fax line coding.
    Fax(Dict),
}

/// Undoes a stream's filters; `None` for one that is damaged, unknown, or larger than the budget has left.
pub(super) fn decode(file: &File<'_>, dict: &Dict, raw: &[u8], budget: &mut Budget) -> Option<(Vec<u8>, Coding)> {
    let list = |key: &[u8], short: &[u8]| match file.get(dict, key).or_else(|| file.get(dict, short)) {
        Some(Object::Array(items)) => items.iter().map(|item| file.resolve(item)).collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let filters = list(b"Filter", b"F");
    let parameters = list(b"DecodeParms", b"DP");
    if filters.len() > 4 {
        return None;
    }
    let mut bytes = Cow::Borrowed(raw);
    budget.bytes(raw.len())?;
    for (at, filter) in filters.iter().enumerate() {
        let parameters = parameters.get(at).and_then(Object::dict).cloned().unwrap_or_default();
        bytes = Cow::Owned(match filter.name()? {
            b"FlateDecode" | b"Fl" => predicted(file, inflate(&bytes, budget)?, &parameters)?,
            b"LZWDecode" | b"LZW" => {
                predicted(file, unlzw(&bytes, file.int(&parameters, b"EarlyChange").unwrap_or(1), budget)?, &parameters)?
            }
            b"ASCIIHexDecode" | b"AHx" => hex(&bytes),
            b"ASCII85Decode" | b"A85" => ascii85(&bytes),
            b"RunLengthDecode" | b"RL" => run_lengths(&bytes, budget)?,
            b"DCTDecode" | b"DCT" => return Some((bytes.into_owned(), Coding::Jpeg)),
            b"CCITTFaxDecode" | b"CCF" => return Some((bytes.into_owned(), Coding::Fax(parameters))),
            _ => return None,
        });
    }
    Some((bytes.into_owned(), Coding::Raw))
}

fn inflate(bytes: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    let most = budget.largest_stream();
    let mut out = Vec::new();
    // A stream cut short still gives what came before the cut.
    let _cut = flate2::read::ZlibDecoder::new(bytes).take(most as u64 + 1).read_to_end(&mut out);
    budget.bytes(out.len())?;
    (out.len() <= most).then_some(out)
}

/// LZW as in TIFF: codes of 9 to 12 bits, the highest bit first.
fn unlzw(bytes: &[u8], early: i64, budget: &mut Budget) -> Option<Vec<u8>> {
    let most = budget.largest_stream();
    let mut out: Vec<u8> = Vec::new();
    // Each entry is a stretch of what was already written.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut bits, mut held, mut width) = (0_u32, 0_u32, 9_u32);
    let mut last: Option<(usize, usize)> = None;
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held & ((1 << width) - 1)) as usize;
        bits &= (1 << held) - 1;
        match code {
            256 => {
                table.clear();
                width = 9;
                last = None;
                continue;
            }
            257 => break,
            _ => {}
        }
        let start = out.len();
        if code < 256 {
            out.push(code as u8);
        } else if let Some(&(from, length)) = table.get(code - 258) {
            out.extend_from_within(from..from + length);
        } else {
            let (from, length) = last?;
            out.extend_from_within(from..from + length);
            out.push(out[from]);
        }
        if let Some((from, length)) = last
            && table.len() < 4096 - 258
        {
            // The entry is the last stretch and the first byte of this one, which follows it in what was written.
            table.push((from, length + 1));
        }
        last = Some((start, out.len() - start));
        let next = table.len() as i64 + 258 + early + i64::from(last.is_some());
        width = match next {
            ..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        if out.len() > most {
            return None;
        }
    }
    budget.bytes(out.len())?;
    Some(out)
}

fn predicted(file: &File<'_>, mut bytes: Vec<u8>, parameters: &Dict) -> Option<Vec<u8>> {
    let int = |key: &[u8], default| file.int(parameters, key).unwrap_or(default);
    let predictor = int(b"Predictor", 1);
    if predictor <= 1 {
        return Some(bytes);
    }
    let (colours, bits, columns) = (int(b"Colors", 1), int(b"BitsPerComponent", 8), int(b"Columns", 1));
    if !(1..=8).contains(&colours) || !matches!(bits, 1 | 2 | 4 | 8 | 16) || !(1..=1 << 20).contains(&columns) {
        return None;
    }
    let row = ((colours * bits * columns + 7) / 8) as usize;
    let pixel = ((colours * bits + 7) / 8) as usize;
    if predictor == 2 {
        // TIFF: the difference to the pixel on the left; only whole bytes are ever written so.
        if bits == 8 {
            for row in bytes.chunks_mut(row) {
                for at in pixel..row.len() {
                    row[at] = row[at].wrapping_add(row[at - pixel]);
                }
            }
        }
        return Some(bytes);
    }
    // PNG: each row begins with the filter it was written with. Rows move up over those bytes where they stand, so that a
    // large picture is held once.
    let rows = bytes.len() / (row + 1);
    for y in 0..rows {
        let kind = bytes[y * (row + 1)];
        bytes.copy_within(y * (row + 1) + 1..(y + 1) * (row + 1), y * row);
        let (before, current) = bytes.split_at_mut(y * row);
        let above = &before[before.len().saturating_sub(row)..];
        let up = |at: usize| above.get(at).copied().unwrap_or(0);
        for at in 0..row {
            let (left, corner) = if at >= pixel { (current[at - pixel], up(at - pixel)) } else { (0, 0) };
            let guess = match kind {
                1 => left,
                2 => up(at),
                3 => u16::midpoint(u16::from(left), u16::from(up(at))) as u8,
                4 => paeth(left, up(at), corner),
                _ => 0,
            };
            current[at] = current[at].wrapping_add(guess);
        }
    }
    bytes.truncate(rows * row);
    Some(bytes)
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(above) - i16::from(corner);
    let off = |value: u8| (guess - i16::from(value)).abs();
    if off(left) <= off(above) && off(left) <= off(corner) {
        left
    } else if off(above) <= off(corner) {
        above
    } else {
        corner
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| char::from(byte).to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn ascii85(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 4 / 5);
    let mut group = Vec::with_capacity(5);
    for &byte in bytes {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    out.extend(word(&group).to_be_bytes());
                    group.clear();
                }
            }
            _ => {}
        }
    }
    if group.len() > 1 {
        let count = group.len() - 1;
        group.resize(5, 84);
        out.extend(&word(&group).to_be_bytes()[..count]);
    }
    out
}

fn word(group: &[u8]) -> u32 {
    group.iter().fold(0_u32, |word, &digit| word.wrapping_mul(85).wrapping_add(u32::from(digit)))
}

fn run_lengths(bytes: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&length) = bytes.get(at) {
        match length {
            128 => break,
            0..=127 => {
                let end = (at + 2 + usize::from(length)).min(bytes.len());
                out.extend_from_slice(&bytes[at + 1..end]);
                at = end;
            }
            _ => {
                out.extend(std::iter::repeat_n(*bytes.get(at + 1)?, 257 - usize::from(length)));
                at += 2;
            }
        }
        if out.len() > budget.largest_stream() {
            return None;
        }
    }
    budget.bytes(out.len())?;
    Some(out)
}
