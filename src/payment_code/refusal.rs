//! Why a code was refused, where, and what would be right.

use std::borrow::Cow;

use super::charset;

/// A refused code. `offset` counts characters from the start of the text, 0 for the first.
///
/// ```
/// use choqr::payment_code::{Mode, decode};
///
/// let refusal = decode("00020101021238", Mode::Strict).unwrap_err();
/// assert_eq!((refusal.code, refusal.offset), ("object_header", 12));
/// assert_eq!(refusal.to_string(), "an object begins with two digits of tag and two digits of length (character 12)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{message} (character {offset})")]
pub struct Refusal {
    /// Stable word, one of [`Refusal::codes`].
    pub code: &'static str,
    /// The character at which it goes wrong.
    pub offset: usize,
    /// One sentence that says what would be right; it never repeats the account.
    pub message: Cow<'static, str>,
}

impl Refusal {
    /// Every word a code may be refused with, or a warning may carry, beside the sentence that explains it.
    ///
    /// ```
    /// use choqr::payment_code::Refusal;
    /// assert!(Refusal::codes().any(|(code, _)| code == "crc_wrong"));
    /// ```
    pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
        Reason::ALL.iter().map(|reason| (reason.code(), reason.sentence()))
    }

    /// The refusal of bytes that are no UTF-8 text; `offset` is the first bad one.
    #[must_use]
    pub const fn not_text(offset: usize) -> Self {
        Self { code: Reason::NotText.code(), offset, message: Cow::Borrowed(Reason::NotText.sentence()) }
    }
}

/// Something a lenient reader put up with, or that is odd though both readers accept it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Warning {
    /// Stable word, one of [`Refusal::codes`].
    pub code: &'static str,
    /// The character it is about.
    pub offset: usize,
    /// One sentence.
    pub message: Cow<'static, str>,
}

/// The tags that lead to an object, from the root: 38, 01, 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place([u8; 3]);

impl Place {
    const NONE: u8 = 100;
    /// No object at all.
    pub(super) const NOWHERE: Self = Self([Self::NONE; 3]);

    pub(super) const fn root(tag: u8) -> Self {
        Self([tag, Self::NONE, Self::NONE])
    }

    /// One level deeper.
    pub(super) const fn sub(self, tag: u8) -> Self {
        let [root, middle, _] = self.0;
        if middle == Self::NONE { Self([root, tag, Self::NONE]) } else { Self([root, middle, tag]) }
    }

    /// The root tag.
    pub(super) const fn first(self) -> u8 {
        self.0[0]
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (level, tag) in self.0.iter().take_while(|tag| **tag != Self::NONE).enumerate() {
            write!(f, "{}{tag:02}", if level == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// A broken rule, before its words are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    /// A byte of the text.
    pub(super) at: usize,
    pub(super) place: Place,
}

impl Fault {
    fn message(self) -> Cow<'static, str> {
        let sentence = self.reason.sentence();
        if sentence.contains("{}") {
            Cow::Owned(sentence.replace("{}", &self.place.to_string()))
        } else {
            Cow::Borrowed(sentence)
        }
    }

    #[cold]
    pub(super) fn refusal(self, text: &str) -> Refusal {
        Refusal { code: self.reason.code(), offset: charset::offset(text, self.at), message: self.message() }
    }

    pub(super) fn warning(self, text: &str) -> Warning {
        Warning { code: self.reason.code(), offset: charset::offset(text, self.at), message: self.message() }
    }

    /// Whether it may change who is paid, or is nothing that belongs into a payment code; a long name is neither.
    pub(super) const fn matters(self) -> bool {
        use Reason as R;
        match self.reason {
            R::CrcWrong | R::CrcMissing | R::CrcMalformed | R::LengthInBytes | R::FormatZero | R::CrcLowerCase => false,
            // A purpose or a name that is no list of objects pays nobody.
            R::ObjectHeader if self.place.first() >= 52 && self.place.first() <= 99 => false,
            R::ObjectHeader
            | R::ObjectShort
            | R::TrailingCharacters
            | R::LeadingCharacters
            | R::TagRepeated
            | R::CrcNotLast
            | R::FormatNotFirst
            | R::FormatUnknown
            | R::LengthAmbiguous
            | R::AccountTemplateMissing => self.place.first() == Place::NONE || !is_cosmetic(self.place),
            // A bank may be younger than our directory: that it is unknown says nothing about a change.
            R::BinUnknown | R::ExtraNotTemplate => false,
            _ => self.place.first() >= 2 && self.place.first() <= 51,
        }
    }
}

/// A part inside a template that pays nobody, such as 62.08 or 64.01.
const fn is_cosmetic(place: Place) -> bool {
    // Store, reference, customer and terminal say whose till it is with MoMo and VNPAY.
    place.first() >= 52 && place.0[1] != Place::NONE && !matches!(place.0, [62, 3 | 5 | 6 | 7, Place::NONE])
}

macro_rules! reasons {
    ($($name:ident $code:literal $sentence:literal;)*) => {
        /// Every rule that can be broken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Reason { $($name),* }

        impl Reason {
            const ALL: &'static [Self] = &[$(Self::$name),*];

            pub(super) const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

// `{}` stands for the tags, as 38.01. Codes are frozen: a new rule gets a new one.
reasons! {
    Empty "empty" "there is no text; a payment code begins with 000201";
    TooLong "too_long" "a payment code has at most 512 characters";
    NotText "not_utf8" "the text is not UTF-8; a payment code is";
    NotEmv "not_emv" "a payment code begins with 000201";
    LeadingCharacters "leading_characters" "nothing may stand before 000201, no white space and no byte order mark either";
    TrailingCharacters "trailing_characters" "nothing may follow the checksum, no white space either";
    ObjectHeader "object_header" "an object begins with two digits of tag and two digits of length";
    ObjectEmpty "object_empty" "{} has length 00; leave it out instead";
    ObjectShort "object_too_short" "{} says more characters than follow";
    LengthAmbiguous "length_ambiguous" "the lengths fit both ways, counted in characters and in another unit, and say two things; write what is inside without marks";
    LengthInBytes "length_in_bytes" "lengths count bytes; they should count characters";
    FormatNotFirst "format_not_first" "tag 00 comes first: a payment code begins with 000201";
    FormatUnknown "format_unknown" "tag 00, the payload format, says 01";
    FormatZero "format_zero" "tag 00, the payload format, should say 01";
    TagRepeated "tag_repeated" "{} stands twice; once would be right";
    CharacterInvisible "character_invisible" "{} holds a control or invisible character; printable ones would be right";
    CrcMissing "crc_missing" "the code ends with 6304 and its checksum";
    CrcNotLast "crc_not_last" "nothing may follow the checksum, tag 63";
    CrcMalformed "crc_malformed" "a checksum has four hexadecimal digits";
    CrcWrong "crc_wrong" "the checksum does not fit: a character was misread or changed";
    CrcLowerCase "crc_lower_case" "the checksum should be in capitals";
    InitiationUnknown "initiation_unknown" "tag 01 says 11 (static) or 12 (dynamic)";
    InitiationMissing "initiation_missing" "a VietQR code says 11 or 12 in tag 01";
    StaticWithAmount "static_with_amount" "a code with an amount should say 12 in tag 01";
    AccountTemplateMissing "account_template_missing" "one of the tags 02 to 51 says who is paid";
    GuidMissing "guid_missing" "{} begins with 00, the identifier of its scheme";
    GuidTooLong "guid_too_long" "{}, the identifier of a scheme, has at most 32 characters";
    AidMissing "aid_missing" "38.00 is there and says A000000727";
    AidLowerCase "aid_lower_case" "38.00 says A000000727 in capitals";
    AidUnknown "aid_unknown" "38.00 says A000000727, the identifier of VietQR";
    AidMisplaced "aid_misplaced" "the template of VietQR, A000000727, stands in tag 38 and only once";
    BeneficiaryMissing "beneficiary_missing" "38.01 gives bank and account";
    BeneficiaryLong "beneficiary_too_long" "38.01 holds 00 and 01 only: its length swallows what follows";
    BinMalformed "bin_malformed" "38.01.00 is an acquirer BIN of six digits";
    BinUnknown "bin_unknown" "38.01.00 is the BIN of a bank of the directory";
    AccountMissing "account_missing" "38.01.01 gives the account";
    AccountLong "account_too_long" "38.01.01, the account, has at most 19 characters";
    AccountMalformed "account_malformed" "38.01.01, the account, has letters and digits without marks";
    AccountLength "account_length" "38.01.01 says another length than 38.01 leaves room for; the whole rest was taken";
    CardMalformed "card_malformed" "a card number has 16 or 19 digits and begins with the BIN of its bank";
    ServiceUnknown "service_unknown" "38.02 says QRIBFTTA, QRIBFTTC, QRPUSH or QRCASH";
    MccMissing "mcc_missing" "a payment to a merchant (QRPUSH) gives the category in tag 52";
    NameMissing "name_missing" "a payment to a merchant (QRPUSH) gives the name in tag 59";
    CityMissing "city_missing" "a payment to a merchant (QRPUSH) gives the city in tag 60";
    CashNotDynamic "cash_not_dynamic" "cash from a machine (QRCASH) is dynamic: tag 01 says 12";
    ReferenceMissing "reference_missing" "cash from a machine (QRCASH) gives a reference in 62.05";
    TerminalMissing "terminal_missing" "cash from a machine (QRCASH) gives the machine in 62.07";
    MerchantMissing "merchant_missing" "{} gives the merchant";
    MccMalformed "mcc_malformed" "tag 52, the merchant category, has four digits";
    CurrencyMissing "currency_missing" "tag 53 gives the currency, 704 for dong";
    CurrencyMalformed "currency_malformed" "tag 53, the currency, has three digits, 704 for dong";
    CurrencyNotDong "currency_not_dong" "a VietQR code is in dong: tag 53 says 704";
    AmountMalformed "amount_malformed" "an amount has at most 13 digits and one point; no spaces, commas or signs";
    AmountZero "amount_zero" "an amount is more than 0; leave tag 54 out when the payer decides";
    AmountDecimals "amount_with_decimals" "dong have no decimals: no digit follows the point";
    AmountOverLimit "amount_over_limit" "a transfer by code stays below 500,000,000 dong";
    TipUnknown "tip_unknown" "tag 55 says 01, 02 or 03";
    TipUndefined "tip_undefined" "tag 55 says 04, which no document explains; 01, 02 or 03 would be right";
    TipInconsistent "tip_inconsistent" "55 says 01, or 02 with 56, or 03 with 57";
    TipFixedForPercent "tip_fixed_for_percent" "55 says 03, a percentage, so 57 should stand where 56 does";
    FeeMalformed "fee_malformed" "{}: a fee is digits with at most one point, more than 0, without a percent sign";
    PercentMalformed "percent_malformed" "57 is a percentage from 00.01 to 99.99, without a percent sign";
    CountryMissing "country_missing" "tag 58 gives the country, VN";
    CountryMalformed "country_malformed" "tag 58, the country, has two capital letters, VN";
    CountryNotVn "country_not_vn" "a VietQR code is of country VN";
    NameLong "name_too_long" "tag 59, the merchant's name, has at most 25 characters";
    NameNotAscii "name_not_ascii" "tag 59, the merchant's name, is written without marks; tag 64 carries marks";
    CityLong "city_too_long" "tag 60, the city, has at most 15 characters";
    CityNotAscii "city_not_ascii" "tag 60, the city, is written without marks; tag 64 carries marks";
    PostalMalformed "postal_code_malformed" "tag 61, the postal code, has at most 10 characters without marks";
    AdditionalLong "additional_too_long" "{} has too many characters: at most 25 each in tag 62, and 99 together";
    AdditionalNotAscii "additional_not_ascii" "{} is written without marks";
    PurposeLong "purpose_too_long" "62.08, the purpose, has at most 25 characters";
    DataRequestMalformed "data_request_malformed" "62.09 has each of A, M and E at most once";
    LanguageMissing "language_missing" "64.00 gives the language of the other name, as vi";
    LanguageMalformed "language_malformed" "64.00, a language, has two letters, as vi";
    LanguageNameMissing "language_name_missing" "64.01 gives the merchant's name in the other language";
    LanguageNameLong "language_name_too_long" "64.01, the merchant's name, has at most 25 characters";
    LanguageCityLong "language_city_too_long" "64.02, the city, has at most 15 characters";
    ExtraNotTemplate "extra_not_template" "{} should begin with 00, the identifier of its owner";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_word_of_its_own() {
        let mut codes: Vec<&str> = Refusal::codes().map(|(code, _)| code).collect();
        assert!(codes.iter().all(|code| code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_' | b'8'))));
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
