//! Short texts that a code can carry, checked once: a value of one of these types needs no second look on writing.

use super::{WriteError, charset, fold};

/// Printable ASCII of at most `N` bytes, held in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ascii<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Ascii<N> {
    /// Takes text that is printable ASCII and neither empty nor too long.
    #[inline]
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        if charset::is_printable(text) { Self::trusted(text) } else { None }
    }

    /// Takes text that the caller has found to be printable ASCII, when it is neither empty nor too long.
    #[inline]
    pub(super) fn trusted(text: &[u8]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let mut bytes = [0; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, len: text.len() as u8 })
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("only printable ASCII was taken")
    }

    fn make_ascii_uppercase(&mut self) {
        self.bytes.make_ascii_uppercase();
    }

    /// Text as people write it: spaces collapsed, marks dropped, đ and Đ folded.
    fn folded(text: &str) -> Option<Self> {
        if is_clean(text.as_bytes()) {
            return Self::trusted(text.as_bytes());
        }
        Self::new(fold::fold_ascii(&fold::nfc_clean(text)).as_bytes())
    }
}

/// Printable ASCII without a space at either end and without two in a row: nothing is left to fold.
#[inline]
fn is_clean(text: &[u8]) -> bool {
    let mut before = b' ';
    for byte in text {
        if !(b' '..=b'~').contains(byte) || (*byte == b' ' && before == b' ') {
            return false;
        }
        before = *byte;
    }
    before != b' '
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident($limit:literal), $error:ident, $capitals:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name(Ascii<$limit>);

        impl $name {
            /// The most characters it has.
            pub const LIMIT: usize = $limit;

            /// The text as it stands in a code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            pub(super) fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// `None` for a text of nothing but spaces.
            pub fn optional(text: &str) -> Result<Option<Self>, WriteError> {
                if text.trim().is_empty() { Ok(None) } else { text.parse().map(Some) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = WriteError;
            fn from_str(text: &str) -> Result<Self, WriteError> {
                let mut folded = Ascii::folded(text).ok_or(WriteError::$error)?;
                if $capitals {
                    folded.make_ascii_uppercase();
                }
                Ok(Self(folded))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.as_str())
            }
        }
    };
}

text! {
    /// What a transfer is for (62.08): at most 25 characters; marks are dropped, since tag 62 is ASCII.
    ///
    /// ```
    /// use choqr::payment_code::Purpose;
    ///
    /// assert_eq!("Tiền  rau Đà Lạt".parse::<Purpose>()?.as_str(), "Tien rau Da Lat");
    /// assert!("a purpose of more than twenty-five characters".parse::<Purpose>().is_err());
    /// # Ok::<(), choqr::payment_code::WriteError>(())
    /// ```
    Purpose(25), Purpose, false
}
text! {
    /// A merchant's name (59): at most 25 characters in capitals without marks; [`LocalName`] carries the marks.
    ///
    /// ```
    /// assert_eq!("Nguyễn Thị Đào".parse::<choqr::payment_code::MerchantName>()?.as_str(), "NGUYEN THI DAO");
    /// # Ok::<(), choqr::payment_code::WriteError>(())
    /// ```
    MerchantName(25), Name, true
}
text! {
    /// A merchant's city (60): at most 15 characters in capitals without marks.
    ///
    /// ```
    /// assert_eq!("Bắc Kạn".parse::<choqr::payment_code::City>()?.as_str(), "BAC KAN");
    /// # Ok::<(), choqr::payment_code::WriteError>(())
    /// ```
    City(15), City, true
}
text! {
    /// A part of tag 62 other than the purpose: bill, store, reference, customer, terminal; at most 25 characters.
    ///
    /// ```
    /// assert_eq!("SẠP A1-03".parse::<choqr::payment_code::Label>()?.as_str(), "SAP A1-03");
    /// # Ok::<(), choqr::payment_code::WriteError>(())
    /// ```
    Label(25), Label, false
}

/// A merchant category of ISO 18245: four digits.
///
/// ```
/// use choqr::payment_code::Mcc;
/// assert_eq!("5411".parse::<Mcc>()?.as_str(), "5411");
/// assert!("541".parse::<Mcc>().is_err());
/// # Ok::<(), choqr::payment_code::WriteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mcc([u8; 4]);

impl Mcc {
    /// Four digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only digits were taken")
    }

    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::str::FromStr for Mcc {
    type Err = WriteError;
    fn from_str(text: &str) -> Result<Self, WriteError> {
        match text.as_bytes().try_into() {
            Ok(digits) if charset::is_digits(text.as_bytes()) => Ok(Self(digits)),
            _ => Err(WriteError::Mcc),
        }
    }
}

/// The merchant's name with its marks (64): language, name of at most 25 characters, city of at most 15.
///
/// ```
/// use choqr::payment_code::LocalName;
///
/// let name = LocalName::new("vi", "Cô Ba bán rau", Some("Đông Anh"))?;
/// assert_eq!(name.name(), "Cô Ba bán rau");
/// assert!(LocalName::new("vie", "Cô Ba", None).is_err());
/// # Ok::<(), choqr::payment_code::WriteError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalName {
    language: [u8; 2],
    name: String,
    city: Option<String>,
}

impl LocalName {
    /// Cleans both texts and checks them.
    pub fn new(language: &str, name: &str, city: Option<&str>) -> Result<Self, WriteError> {
        let language = match language.as_bytes() {
            &[first, second] if language.bytes().all(|b| b.is_ascii_alphabetic()) => [first, second],
            _ => return Err(WriteError::Language),
        };
        let clean = |text: &str, limit: usize, error: WriteError| {
            let text = fold::nfc_clean(text);
            let is_sound = (1..=limit).contains(&text.chars().count()) && charset::first_invisible(&text).is_none();
            if is_sound { Ok(text) } else { Err(error) }
        };
        let city = city.map(|city| clean(city, 15, WriteError::City)).transpose()?;
        Ok(Self { language, name: clean(name, 25, WriteError::Name)?, city })
    }

    /// Two letters of ISO 639.
    #[must_use]
    pub fn language(&self) -> &str {
        std::str::from_utf8(&self.language).expect("only letters were taken")
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The city.
    #[must_use]
    pub fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }
}
