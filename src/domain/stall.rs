//! A stall: a place in a market, with its three fields that are never merged: occupancy, progress, code safety.

crate::word_enum!(
    /// Who keeps the place.
    Occupancy {
        /// Nobody: sạp trống.
        Vacant = "vacant",
        /// Somebody trades there: đang kinh doanh.
        Trading = "trading",
        /// Tạm nghỉ.
        Paused = "paused",
        /// Đã trả sạp.
        Left = "left",
    }
);

crate::word_enum!(
    /// How far the stall is on its way to taking payments by code. Computed by `adoption::state`, never typed.
    Progress {
        /// Chưa tiếp cận.
        NotReached = "not_reached",
        /// Hẹn lại.
        Postponed = "postponed",
        /// Chờ mở tài khoản.
        AwaitingAccount = "awaiting_account",
        /// Từ chối.
        Declined = "declined",
        /// Chờ duyệt.
        InReview = "in_review",
        /// Cần sửa.
        NeedsFix = "needs_fix",
        /// Đã cấp mã.
        CodeIssued = "code_issued",
        /// Đã dán mã, đã quét kiểm tra.
        Posted = "posted",
        /// Đang sử dụng.
        InUse = "in_use",
        /// Ngừng dùng.
        Stopped = "stopped",
    }
);

crate::word_enum!(
    /// What needs doing at a stall, beside the step at which it stands.
    Need {
        /// A foreign code hangs there, or the vendor said that it is not theirs.
        Unsafe = "unsafe",
        /// The day to come back is here or past.
        Due = "due",
        /// It has a code that does not hang yet.
        Unposted = "unposted",
        /// It has a code that nobody but the enroller has seen.
        Unconfirmed = "unconfirmed",
        /// Somebody reported its sticker, and nobody has looked yet.
        Reported = "reported",
        /// Nobody trades there.
        Resting = "resting",
    }
);

impl Progress {
    /// Whether the next thing to do at the stall is to enrol it.
    #[must_use]
    pub const fn waits_for_enrolment(self) -> bool {
        matches!(self, Self::NotReached | Self::Postponed | Self::AwaitingAccount | Self::NeedsFix)
    }
}

crate::word_enum!(
    /// Whether the code that hangs at the stall is the registered one.
    CodeSafety {
        /// Nothing to compare yet.
        None = "none",
        /// Khớp.
        Match = "match",
        /// Mã riêng của chủ sạp: same account, other layout.
        OwnCode = "own_code",
        /// LỆCH MÃ: perhaps pasted over.
        Mismatch = "mismatch",
        /// Mã mờ, hỏng.
        Damaged = "damaged",
        /// Đang đổi tài khoản.
        Changing = "changing",
        /// Đã thu hồi.
        Revoked = "revoked",
    }
);

/// Why a stall code was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("a stall code has 1 to 20 letters, digits, `-`, `/` or `.`, as in A1-03")]
pub struct StallCodeError;

/// A stall's code inside its market, upper case: `A1-03` is row `A1`, number `03`.
///
/// ```
/// use choqr::domain::stall::StallCode;
///
/// let code: StallCode = " a1-03 ".parse()?;
/// assert_eq!(code.as_str(), "A1-03");
/// assert_eq!((code.row(), code.number()), ("A1", "03"));
/// assert!(code.sort_key() < "A1-10".parse::<StallCode>()?.sort_key());
/// # Ok::<(), choqr::domain::stall::StallCodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StallCode(String);

impl StallCode {
    /// The code as printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the last `-`; empty when there is none.
    #[must_use]
    pub fn row(&self) -> &str {
        self.0.rsplit_once('-').map_or("", |(row, _)| row)
    }

    /// What stands after the last `-`; the whole code when there is none.
    #[must_use]
    pub fn number(&self) -> &str {
        self.0.rsplit_once('-').map_or(self.0.as_str(), |(_, number)| number)
    }

    /// The letters the row begins with: the zone, when nobody named one.
    #[must_use]
    pub fn zone(&self) -> &str {
        let end = self.0.find(|c: char| !c.is_alphabetic()).unwrap_or(self.0.len());
        &self.0[..end]
    }

    /// Walking order: every run of digits is padded to six, so that `A2-9` comes before `A10-1`.
    #[must_use]
    pub fn sort_key(&self) -> String {
        let mut key = String::with_capacity(self.0.len() + 12);
        let mut digits = String::new();
        for c in self.0.chars().chain(['\0']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            if !digits.is_empty() {
                key.extend(std::iter::repeat_n('0', 6_usize.saturating_sub(digits.len())));
                key.push_str(&digits);
                digits.clear();
            }
            if c != '\0' {
                key.push(c);
            }
        }
        key
    }
}

impl std::str::FromStr for StallCode {
    type Err = StallCodeError;
    fn from_str(text: &str) -> Result<Self, StallCodeError> {
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'/' | b'.');
        if (1..=20).contains(&text.len()) && text.bytes().all(is_plain) {
            return Ok(Self(text.to_owned()));
        }
        let code = crate::payment_code::fold::nfc_clean(text).to_uppercase();
        let length = code.chars().count();
        let plain = code.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '/' | '.'));
        if (1..=20).contains(&length) && plain { Ok(Self(code)) } else { Err(StallCodeError) }
    }
}

impl std::fmt::Display for StallCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a row of stalls could not be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum RowError {
    /// The prefix does not make a stall code.
    #[error(transparent)]
    Prefix(#[from] StallCodeError),
    /// `to` is before `from`.
    #[error("the last number comes before the first")]
    Backwards,
    /// More than 500 in one row.
    #[error("a row has at most 500 stalls")]
    TooLong,
}

/// The codes of a row: `row("A1", 1, 24)` gives `A1-01` … `A1-24`.
pub fn row(prefix: &str, from: u16, to: u16) -> Result<Vec<StallCode>, RowError> {
    match to.checked_sub(from) {
        None => Err(RowError::Backwards),
        Some(500..) => Err(RowError::TooLong),
        Some(_) => {
            let prefix = prefix.trim().trim_end_matches('-');
            (from..=to).map(|n| format!("{prefix}-{n:02}").parse().map_err(RowError::Prefix)).collect()
        }
    }
}
