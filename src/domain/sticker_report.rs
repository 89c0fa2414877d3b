//! What somebody who stands before a stall says of its sticker: a suspicion, from nobody in particular. It proves nothing, so it
//! changes nothing but what people are sent to look at.

use crate::payment_code::fold;

/// The most characters of a note.
pub const LONGEST_NOTE: usize = 300;
/// Reports of one sticker that may wait at once; whatever comes beyond is only counted, so that a crowd or a script does not
/// fill the disk.
pub const OPEN_AT_MOST: usize = 20;

crate::word_enum!(
    /// What is suspicious.
    ReportReason {
        /// The bank's app shows another name.
        NameDiffers = "name_differs",
        /// Another code is pasted over the sticker.
        PastedOver = "pasted_over",
        /// The sticker is torn, or hangs at another place.
        TornOrMoved = "torn_or_moved",
        /// Something else.
        Other = "other",
    }
);

/// A note with more than [`LONGEST_NOTE`] characters.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("a note has at most {LONGEST_NOTE} characters")]
pub struct NoteTooLong;

/// What a stranger wrote: NFC, one line, without control or invisible characters, at most [`LONGEST_NOTE`] characters; may be empty.
///
/// ```
/// use choqr::domain::sticker_report::Note;
///
/// let note: Note = " Mã dán đè\u{7}\n lên mã cũ\u{202e} ".parse()?;
/// assert_eq!(note.as_str(), "Mã dán đè lên mã cũ");
/// assert!("x".repeat(301).parse::<Note>().is_err());
/// # Ok::<(), choqr::domain::sticker_report::NoteTooLong>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Note(String);

impl Note {
    /// The note, cleaned.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Note {
    type Err = NoteTooLong;
    fn from_str(text: &str) -> Result<Self, NoteTooLong> {
        let clean = fold::nfc_clean(text);
        if clean.chars().count() > LONGEST_NOTE { Err(NoteTooLong) } else { Ok(Self(clean)) }
    }
}

/// A stranger may write anything, somebody's number too: a log shows only that there was one.
impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Note(…)")
    }
}
