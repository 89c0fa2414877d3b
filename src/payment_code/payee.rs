//! Who is paid, in the words of each scheme.

use super::{
    Code, Scheme, Service,
    code::Slot,
    tlv::{Field, Fields},
};

/// Who is paid. Every text is as the code says it; nothing is looked up.
///
/// ```
/// use choqr::payment_code::{Code, Mode, Payee, VnPayForm};
///
/// let text = "00020101021126280010A0000007750110010531314453037045408210900005802VN5910CELLPHONES\
///             62600312CPSHN ONLINE0517021908061613127850705ONLHN0810CellphoneS63047685";
/// let code = Code::read(text, Mode::Strict)?;
/// let Payee::VnPay { merchant, terminal, store, form, .. } = code.payee() else { panic!() };
/// assert_eq!((merchant, terminal, store), (Some("0105313144"), Some("ONLHN"), Some("CPSHN ONLINE")));
/// assert_eq!(form, VnPayForm::Merchant);
/// # Ok::<(), choqr::payment_code::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payee<'a> {
    /// A bank account, card, merchant or machine of NAPAS.
    VietQr {
        /// 38.01.00.
        bin: Option<&'a str>,
        /// 38.01.01.
        account: Option<&'a str>,
        /// 38.02.
        service: Option<Service>,
        /// Who runs the account, when it is a virtual one.
        provider: Option<Provider>,
    },
    /// `MoMo`. The number in the reference is internal and cannot be derived from the account: without it a bank's app
    /// cannot check the payee.
    Momo {
        /// 971025, or the bank that keeps the account.
        bin: Option<&'a str>,
        /// 38.01.01.
        account: Option<&'a str>,
        /// 62.05, `MOMOW2W` and eight digits.
        reference: Option<&'a str>,
        /// Tag 80, the last three digits of the phone.
        phone_end: Option<&'a str>,
    },
    /// `ZaloPay`.
    ZaloPay {
        /// The bank that keeps the account.
        bin: Option<&'a str>,
        /// 38.01.01.
        account: Option<&'a str>,
        /// 26.01.
        token: Option<&'a str>,
        /// 26.03.
        order: Option<&'a str>,
    },
    /// Viettel Money or VNPT Money, by [`Code::scheme`].
    Wallet {
        /// 971005 or 971011.
        bin: Option<&'a str>,
        /// 38.01.01.
        account: Option<&'a str>,
    },
    /// VNPAY-QR.
    VnPay {
        /// Sub-tag 01: a tax code of ten characters, or a form like `01A8018790`.
        merchant: Option<&'a str>,
        /// 62.07.
        terminal: Option<&'a str>,
        /// 62.03.
        store: Option<&'a str>,
        /// 62.06, whose electricity bill it is.
        customer: Option<&'a str>,
        /// Which of its forms.
        form: VnPayForm,
    },
    /// `ShopeePay`.
    ShopeePay {
        /// Sub-tag 01.
        merchant: Option<&'a str>,
    },
    /// PIX (Brazil).
    Pix {
        /// Sub-tag 01: an e-mail, phone, CPF, CNPJ or random key.
        key: Option<&'a str>,
        /// Sub-tag 25: where the app fetches the charge.
        url: Option<&'a str>,
        /// 80.25: where the app fetches a standing order.
        recurrence: Option<&'a str>,
    },
    /// `PromptPay` (Thailand), a transfer.
    PromptPay {
        /// Sub-tag 01: `0066` and the number.
        mobile: Option<&'a str>,
        /// Sub-tag 02: national or tax number.
        citizen: Option<&'a str>,
        /// Sub-tag 03.
        wallet: Option<&'a str>,
        /// Sub-tag 04.
        account: Option<&'a str>,
    },
    /// `PromptPay` (Thailand), a bill.
    PromptPayBill {
        /// Sub-tag 01.
        biller: Option<&'a str>,
        /// Sub-tag 02.
        reference1: Option<&'a str>,
        /// Sub-tag 03.
        reference2: Option<&'a str>,
    },
    /// KHQR (Cambodia).
    Khqr {
        /// Sub-tag 00, the Bakong account.
        account: Option<&'a str>,
        /// 30.01.
        merchant: Option<&'a str>,
        /// Sub-tag 02, the bank.
        bank: Option<&'a str>,
    },
    /// QRIS (Indonesia).
    Qris {
        /// 51.02, the national merchant number.
        national: Option<&'a str>,
        /// Sub-tag 01 of the acquirer's template.
        account: Option<&'a str>,
    },
    /// The others that have one identifier, one account and perhaps a bank: DuitNow, SGQR, QR Ph, LaoQR, FPS, JPQR.
    Other {
        /// The part that names the bank or the kind of proxy.
        bank: Option<&'a str>,
        /// The part that names the payee.
        account: Option<&'a str>,
    },
    /// `UnionPay` and other cards: the first of the tags 02 to 25.
    Card {
        /// Its value.
        number: Option<&'a str>,
    },
    /// Nothing we know: see the objects.
    Unknown,
}

/// Which of VNPAY's forms a template has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VnPayForm {
    /// `A000000775`.
    Merchant,
    /// `908405`, older.
    Gateway,
    /// `00`, EVN's electricity bills.
    Bill,
}

/// Who runs a virtual account, by the form of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// payOS and Casso: `V3CAS…` or `CAS…`.
    Casso,
    /// vietqr.vn: `VQR…`.
    VietQrVn,
}

impl Provider {
    fn of(account: &str) -> Option<Self> {
        match account {
            _ if account.starts_with("V3CAS") || account.starts_with("CAS") => Some(Self::Casso),
            _ if account.starts_with("VQR") => Some(Self::VietQrVn),
            _ => None,
        }
    }

    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Casso => "casso",
            Self::VietQrVn => "vietqr_vn",
        }
    }
}

/// The template whose identifier a scheme is known by, and its parts.
struct Template<'a> {
    tag: u8,
    parts: Fields<'a>,
}

impl<'a> Template<'a> {
    fn of(code: &Code<'a>) -> Option<Self> {
        code.fields().filter(|field| (26..=51).contains(&field.tag())).find_map(|field| {
            let parts = field.children()?;
            let guid = parts.clone().find(|part| part.tag() == 0)?.value();
            let is_ours = Scheme::of_template(field.tag(), guid) == Some(code.scheme)
                || (code.scheme == Scheme::Khqr && matches!(field.tag(), 29 | 30));
            is_ours.then_some(Self { tag: field.tag(), parts })
        })
    }

    fn get(&self, tag: u8) -> Option<&'a str> {
        self.parts.clone().find(|part| part.tag() == tag).map(|part| part.value())
    }
}

impl<'a> Payee<'a> {
    pub(super) fn of(code: &Code<'a>) -> Self {
        let (bin, account) = (code.bin(), code.account());
        let template = || Template::of(code);
        let part = |tag| template().and_then(|template| template.get(tag));
        match code.scheme {
            Scheme::VietQr => Self::VietQr { bin, account, service: code.service, provider: account.and_then(Provider::of) },
            Scheme::Momo => Self::Momo {
                bin,
                account,
                reference: code.reference(),
                phone_end: code.fields().find(|field| field.tag() == 80).map(|field| field.value()),
            },
            Scheme::ZaloPay => Self::ZaloPay { bin, account, token: part(1), order: part(3) },
            Scheme::ViettelMoney | Scheme::VnptMoney => Self::Wallet { bin, account },
            Scheme::VnPay => Self::VnPay {
                merchant: part(1),
                terminal: code.get(Slot::Terminal),
                store: code.get(Slot::Store),
                customer: code.get(Slot::Customer),
                form: match part(0) {
                    Some("00") => VnPayForm::Bill,
                    Some("908405") => VnPayForm::Gateway,
                    _ => VnPayForm::Merchant,
                },
            },
            Scheme::ShopeePay => Self::ShopeePay { merchant: part(1) },
            Scheme::Pix => Self::Pix { key: part(1), url: part(25), recurrence: recurrence(code) },
            Scheme::PromptPay => match template() {
                Some(bill) if bill.tag == 30 => {
                    Self::PromptPayBill { biller: bill.get(1), reference1: bill.get(2), reference2: bill.get(3) }
                }
                _ => Self::PromptPay { mobile: part(1), citizen: part(2), wallet: part(3), account: part(4) },
            },
            Scheme::Khqr => Self::Khqr { account: part(0), merchant: part(1), bank: part(2) },
            Scheme::Qris => {
                let acquirer = code.fields().find(|field| (26..=45).contains(&field.tag())).and_then(|field| field.children());
                Self::Qris {
                    national: part(2),
                    account: acquirer.and_then(|mut parts| parts.find(|part| part.tag() == 1)).map(|part| part.value()),
                }
            }
            Scheme::SgQr | Scheme::DuitNow | Scheme::LaoQr | Scheme::JpQr => Self::Other { bank: part(1), account: part(2) },
            Scheme::QrPh => Self::Other { bank: part(1), account: part(4).or_else(|| part(3)) },
            Scheme::Fps => Self::Other { bank: part(1), account: part(2).or_else(|| part(3)).or_else(|| part(4)) },
            Scheme::UnionPay => Self::card(code),
            Scheme::Emv => match Self::card(code) {
                Self::Card { number: None } => Self::Unknown,
                card => card,
            },
        }
    }

    fn card(code: &Code<'a>) -> Self {
        Self::Card { number: code.fields().find(|field| (2..=25).contains(&field.tag())).map(|field: Field<'a>| field.value()) }
    }

    /// Names and values of the parts that are there, beside those that every code has.
    ///
    /// ```
    /// use choqr::payment_code::{Code, Mode};
    ///
    /// let text = "00020101021229370016A000000677010111011300660000000005802TH530376454044.226304E469";
    /// let code = Code::read(text, Mode::Strict)?;
    /// assert_eq!(code.payee().parts().collect::<Vec<_>>(), [("mobile", "0066000000000")]);
    /// # Ok::<(), choqr::payment_code::Refusal>(())
    /// ```
    pub fn parts(self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let parts: [(&'static str, Option<&'a str>); 4] = match self {
            Self::VietQr { provider, .. } => [("provider", provider.map(Provider::as_str)), ("", None), ("", None), ("", None)],
            Self::Momo { phone_end, .. } => [("phone_end", phone_end), ("", None), ("", None), ("", None)],
            Self::ZaloPay { token, order, .. } => [("token", token), ("order", order), ("", None), ("", None)],
            // Terminal, store and customer of VNPAY stand in tag 62.
            Self::VnPay { merchant, .. } | Self::ShopeePay { merchant } => {
                [("merchant_id", merchant), ("", None), ("", None), ("", None)]
            }
            Self::Pix { key, url, recurrence } => [("key", key), ("url", url), ("recurrence", recurrence), ("", None)],
            Self::PromptPay { mobile, citizen, wallet, account } => {
                [("mobile", mobile), ("citizen", citizen), ("wallet", wallet), ("payee_account", account)]
            }
            Self::PromptPayBill { biller, reference1, reference2 } => {
                [("biller", biller), ("reference1", reference1), ("reference2", reference2), ("", None)]
            }
            Self::Khqr { account, merchant, bank } => {
                [("payee_account", account), ("merchant_id", merchant), ("payee_bank", bank), ("", None)]
            }
            Self::Qris { national, account } => [("merchant_id", national), ("payee_account", account), ("", None), ("", None)],
            Self::Other { bank, account } => [("payee_bank", bank), ("payee_account", account), ("", None), ("", None)],
            Self::Card { number } => [("card_scheme_account", number), ("", None), ("", None), ("", None)],
            Self::Wallet { .. } | Self::Unknown => [("", None); 4],
        };
        parts.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// PIX puts a standing order beside the payment: 80 to 99 with the same identifier and an address in 25.
fn recurrence<'a>(code: &Code<'a>) -> Option<&'a str> {
    code.fields().filter(|field| field.tag() >= 80).find_map(|field| {
        let mut parts = field.children()?;
        let is_pix = parts.clone().any(|part| part.tag() == 0 && part.value().to_ascii_lowercase().starts_with("br.gov.bcb."));
        is_pix.then(|| parts.find(|part| part.tag() == 25)).flatten().map(|part| part.value())
    })
}
