//! Whose code it is: the word, and the identifiers by which a template is known.

/// Whose code it is.
///
/// ```
/// assert_eq!(choqr::payment_code::Scheme::VietQr.as_str(), "vietqr");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// NAPAS `VietQR`: tag 38 with `A000000727`.
    VietQr,
    /// VNPAY-QR: `A000000775`, the gateway's `908405`, or the `00` of EVN's electricity bills.
    VnPay,
    /// `MoMo`, behind a `VietQR` frame.
    Momo,
    /// `ZaloPay`, behind a `VietQR` frame or its own template.
    ZaloPay,
    /// Viettel Money, BIN 971005.
    ViettelMoney,
    /// VNPT Money, BIN 971011.
    VnptMoney,
    /// `ShopeePay`, formerly `AirPay`.
    ShopeePay,
    /// Brazil.
    Pix,
    /// Thailand.
    PromptPay,
    /// Cambodia.
    Khqr,
    /// Indonesia.
    Qris,
    /// Malaysia.
    DuitNow,
    /// Singapore.
    SgQr,
    /// Philippines.
    QrPh,
    /// Laos.
    LaoQr,
    /// Hong Kong.
    Fps,
    /// Japan.
    JpQr,
    /// `UnionPay`: tag 15 or 16 and no other scheme.
    UnionPay,
    /// Anything else that is well-formed.
    Emv,
}

impl Scheme {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VietQr => "vietqr",
            Self::VnPay => "vnpay",
            Self::Momo => "momo",
            Self::ZaloPay => "zalopay",
            Self::ViettelMoney => "viettelmoney",
            Self::VnptMoney => "vnptmoney",
            Self::ShopeePay => "shopeepay",
            Self::Pix => "pix",
            Self::PromptPay => "promptpay",
            Self::Khqr => "khqr",
            Self::Qris => "qris",
            Self::DuitNow => "duitnow",
            Self::SgQr => "sgqr",
            Self::QrPh => "qrph",
            Self::LaoQr => "laoqr",
            Self::Fps => "fps",
            Self::JpQr => "jpqr",
            Self::UnionPay => "unionpay",
            Self::Emv => "emv",
        }
    }

    /// Whether its account stands in a `VietQR` template.
    #[must_use]
    pub const fn is_vietqr_frame(self) -> bool {
        matches!(self, Self::VietQr | Self::Momo | Self::ZaloPay | Self::ViettelMoney | Self::VnptMoney)
    }

    /// The scheme whose account a BIN and a number are. `MoMo` and `ZaloPay` keep accounts at banks: BVBank, and MSB for an
    /// old form of `MoMo`'s.
    #[inline]
    pub(super) fn of_account(bin: u32, account: &[u8], reference: &[u8]) -> Self {
        // The letters of an account in either case: `99mm…` would be indexed as the same account as `99MM…`.
        let begins = |own: &[u8]| account.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own));
        let is_momo = |own: &[u8]| begins(own) || reference.starts_with(b"MOMO");
        match bin {
            971_025 => Self::Momo,
            971_005 => Self::ViettelMoney,
            971_011 => Self::VnptMoney,
            970_454 if begins(b"99ZP") => Self::ZaloPay,
            970_454 if is_momo(b"99MM") => Self::Momo,
            970_426 if is_momo(b"MOMO") => Self::Momo,
            _ => Self::VietQr,
        }
    }

    /// The scheme of an account template other than VietQR's, by its tag and its identifier.
    pub(super) fn of_template(tag: u8, guid: &str) -> Option<Self> {
        let mut lower = [0_u8; 32];
        let lower = lower.get_mut(..guid.len())?;
        lower.copy_from_slice(guid.as_bytes());
        lower.make_ascii_lowercase();
        let has = |part: &str| lower.windows(part.len()).any(|window| window == part.as_bytes());
        let begins = |part: &str| lower.starts_with(part.as_bytes());
        Some(match () {
            () if begins("a000000775") || &*lower == b"908405" => Self::VnPay,
            () if tag == 26 && &*lower == b"00" => Self::VnPay,
            () if has("zalopay") => Self::ZaloPay,
            () if has("airpay") || has("shopeepay") => Self::ShopeePay,
            () if has("br.gov.bcb.") => Self::Pix,
            () if begins("a00000067701011") => Self::PromptPay,
            () if has("co.id.") || has("id.co.") => Self::Qris,
            () if begins("a0000006150001") => Self::DuitNow,
            () if begins("sg.") => Self::SgQr,
            () if begins("ph.ppmi") || begins("com.p2pqrpay") => Self::QrPh,
            () if begins("a005266284662577") => Self::LaoQr,
            () if has("hk.com.hkicl") => Self::Fps,
            () if begins("jp.") => Self::JpQr,
            () if has("bakong") || has("khqr") => Self::Khqr,
            () if begins("a000000333") => Self::UnionPay,
            () => return None,
        })
    }
}
