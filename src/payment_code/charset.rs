//! Which characters may stand where, and how characters are counted.

/// Whether every byte is printable ASCII, the common character set of EMV Book 4 (`ans`).
#[inline]
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    // One branch at the end instead of one a byte, so that the compiler can take many at once.
    bytes.iter().fold(0_u8, |bad, byte| bad | u8::from(byte.wrapping_sub(b' ') > b'~' - b' ')) == 0
}

/// Whether every byte is a digit, and there is one.
#[inline]
pub(super) fn is_digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

/// Which bytes are ASCII letters and digits.
const ALPHANUMERIC: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

/// Whether every byte is an ASCII letter or digit. Accounts are short: a table beats comparisons.
#[inline]
pub(super) fn is_alphanumeric(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| ALPHANUMERIC[usize::from(*byte)])
}

/// What a scanner or an editor puts around a code: white space and byte order marks.
pub(super) fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// Characters that nobody can see and that turn the text around: zero-width characters, direction marks, tags, the byte
/// order mark, and the mark that stands for bytes that were no text.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first control or invisible character, as a byte of the text.
pub(super) fn first_invisible(text: &str) -> Option<usize> {
    text.char_indices().find(|(_, c)| c.is_control() || is_invisible(*c)).map(|(byte, _)| byte)
}

/// The character that begins at a byte, counted from the start of the text.
pub(super) fn offset(text: &str, byte: usize) -> usize {
    if text.is_ascii() {
        return byte;
    }
    text.char_indices().take_while(|(at, _)| *at < byte).count()
}
