//! The words around a design: titles, and what stands in a sheet's margins. A design brings its own words.

use serde::Deserialize;

/// The language a sticker speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Tiếng Việt.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The tag that a document is marked with.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }
}

/// Every word that is printed beside a design.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) stall: String,
    pub(crate) code_title: String,
    pub(crate) owner_title: String,
    pub(crate) sheet_title: String,
    pub(crate) sheet: String,
    pub(crate) printed_on: String,
    pub(crate) full_size: String,
    pub(crate) ruler: String,
    pub(crate) calibration_title: String,
    pub(crate) calibration_how: String,
    pub(crate) calibration_nudge: String,
    pub(crate) calibration_now: String,
}

impl Words {
    /// The words of a language.
    pub(crate) fn of(language: Language) -> Self {
        let text = match language {
            Language::Vietnamese => include_str!("../../assets/locales/vi/on_paper.json"),
            Language::English => include_str!("../../assets/locales/en/on_paper.json"),
        };
        serde_json::from_str(text).expect("the file is compiled in, and a test reads it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_every_word() {
        assert_eq!(Words::of(Language::Vietnamese).stall, "Sạp");
        assert_eq!(Words::of(Language::English).stall, "Stall");
    }
}
