//! The words of both languages, made from `assets/locales` by `build.rs`.

use axum::{extract::FromRequestParts, http::request::Parts};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Tiếng Việt.
    #[default]
    Vi,
    /// English.
    En,
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));

impl Lang {
    /// `vi` or `en`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The other language, which the switch offers.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Vi => Self::En,
            Self::En => Self::Vi,
        }
    }

    /// The words of this language.
    #[must_use]
    pub const fn words(self) -> &'static Words {
        match self {
            Self::Vi => &VI,
            Self::En => &EN,
        }
    }

    /// The language a request asks for: its cookie, then what the browser prefers, then Vietnamese.
    #[must_use]
    pub fn of(headers: &axum::http::HeaderMap) -> Self {
        match super::session::cookie(headers, "lang") {
            Some("en") => Self::En,
            Some(_) => Self::Vi,
            None => {
                let accepts =
                    headers.get(axum::http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
                if accepts.trim_start().starts_with("en") { Self::En } else { Self::Vi }
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}
