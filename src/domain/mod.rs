//! The nouns of the field and their rules. No I/O, no clock, no SQL.

pub mod adoption;
pub mod audit;
pub mod campaign;
pub mod consent;
pub mod device;
pub mod disclosure;
pub mod field_record;
pub mod ids;
pub mod kpi;
pub mod market;
pub mod payment_account;
pub mod payment_code;
pub mod period;
pub mod place;
pub mod reveal;
pub mod scope;
pub mod staff;
pub mod stall;
pub mod sticker;
pub mod sticker_check;
pub mod sticker_report;
pub mod text;
pub mod time;
pub mod vendor;
pub mod visit;

/// Declares an enum whose values have one stable word each, used in the database, in JSON and in the address bar.
///
/// `Self::ALL` lists every value, `as_str` gives the word, `FromStr` reads it.
#[macro_export]
macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::text::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::domain::text::UnknownWord { expected: concat!($($word, " "),+) }),
                }
            }
        }
    };
}
