//! Members of staff, volunteers included: roles, user names, passwords.

crate::word_enum!(
    /// What a member of staff may do, by DESIGN's table "Who may do what".
    Role {
        /// Tình nguyện viên.
        Volunteer = "volunteer",
        /// Tổ trưởng.
        Lead = "lead",
        /// Ban quản lý chợ.
        MarketBoard = "market_board",
        /// Cán bộ phường.
        WardOfficial = "ward_official",
        /// Cấp tỉnh.
        Province = "province",
        /// Người vận hành.
        Operator = "operator",
    }
);

/// Why a user name was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
#[error("a user name has 3 to 40 of the letters a-z, digits, dot, dash and underscore, and begins with a letter or digit")]
pub struct UsernameError;

/// A user name: lower case, 3 to 40 of `a-z 0-9 . _ -`. A phone number is one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Username(String);

impl Username {
    /// The user name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Username {
    type Err = UsernameError;
    fn from_str(text: &str) -> Result<Self, UsernameError> {
        let name = text.trim().to_lowercase();
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'));
        let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if (3..=40).contains(&name.len()) && plain && begins { Ok(Self(name)) } else { Err(UsernameError) }
    }
}

/// Why a password was refused. No rule about its composition (NIST 800-63B-4).
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum PasswordError {
    /// Fewer than 10 characters.
    #[error("a password has at least 10 characters")]
    TooShort,
    /// More than 128 bytes.
    #[error("a password has at most 128 bytes")]
    TooLong,
    /// One of the words everybody tries, or built on the user name.
    #[error("this password is too easy to guess")]
    Common,
}

impl PasswordError {
    /// The stable word of the problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Common => "password_common",
        }
    }
}

/// A password on its way to be hashed. It is never shown, logged or stored.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes a new password if it is long enough and not one that everybody tries.
    pub fn new(text: &str, username: &Username) -> Result<Self, PasswordError> {
        let lower = text.to_lowercase();
        let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
        let common = ["password", "matkhau", "12345678", "qwerty", "iloveyou", "chocong", "choqr", "anhyeuem", "abc123"];
        if text.chars().count() < 10 {
            Err(PasswordError::TooShort)
        } else if text.len() > 128 {
            Err(PasswordError::TooLong)
        } else if distinct < 5 || lower.contains(username.as_str()) || common.iter().any(|word| lower.contains(word)) {
            Err(PasswordError::Common)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// Takes what was typed at sign-in, whatever it is.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(text.chars().take(128).collect())
    }

    /// The bytes to hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}
