//! Members of staff, volunteers included: roles and their bounds, user names, passwords.

use super::scope::Scope;

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

impl Role {
    /// Whether somebody in this role can have these bounds.
    #[must_use]
    pub const fn takes(self, scope: &Scope) -> bool {
        match self {
            Self::Volunteer | Self::Lead => matches!(scope, Scope::Ward(_) | Scope::Market(_)),
            Self::MarketBoard => matches!(scope, Scope::Market(_)),
            Self::WardOfficial => matches!(scope, Scope::Ward(_)),
            // The same role over the whole nation compares provinces.
            Self::Province => matches!(scope, Scope::Province(_) | Scope::Nation),
            Self::Operator => matches!(scope, Scope::Nation),
        }
    }

    /// Which bounds [`Role::takes`], for whoever asked for others.
    #[must_use]
    pub const fn takes_words(self) -> &'static str {
        match self {
            Self::Volunteer => "a volunteer takes ward:CODE or market:ID",
            Self::Lead => "a lead takes ward:CODE or market:ID",
            Self::MarketBoard => "a market_board takes market:ID",
            Self::WardOfficial => "a ward_official takes ward:CODE",
            Self::Province => "a province takes province:CODE or nation",
            Self::Operator => "an operator takes nation",
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_takes_the_scopes_it_names_and_no_other() {
        let market = crate::domain::ids::MarketId::from_uuid(uuid::Uuid::nil());
        let scopes = [Scope::Nation, Scope::Province("19".to_owned()), Scope::Ward("01843".to_owned()), Scope::Market(market)];
        for (role, taken) in [
            (Role::Volunteer, [false, false, true, true]),
            (Role::Lead, [false, false, true, true]),
            (Role::MarketBoard, [false, false, false, true]),
            (Role::WardOfficial, [false, false, true, false]),
            (Role::Province, [true, true, false, false]),
            (Role::Operator, [true, false, false, false]),
        ] {
            for (scope, taken) in scopes.iter().zip(taken) {
                assert_eq!(role.takes(scope), taken, "{role} {scope:?}");
                let said = role.takes_words().split_once(" takes ").map_or("", |(_, said)| said);
                assert_eq!(said.contains(scope.kind()), taken, "{role} {scope:?}: what is said is what is taken");
            }
        }
    }
}
