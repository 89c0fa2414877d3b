//! Writing `VietQR` codes (NAPAS `VietQR` v1.0 §6, QR Switching Part IV): what would be refused on reading cannot be
//! written, because every part is checked when it is made.

use super::{
    AccountNumber, City, Code, Label, LocalName, Mcc, MerchantName, Mode, Purpose, Service, Vnd,
    bank::{self, Bin},
    crc,
    pen::Pen,
    scheme::Scheme,
};

/// The application identifier of NAPAS in tag 38.
pub(super) const AID: &str = "A000000727";

/// The longest text without the rarer parts has 194 bytes.
const SHORT: usize = 208;
/// The longest text of all has 450 bytes, 160 of them in the 40 characters of tag 64.
const LONG: usize = 464;

/// Why a code could not be written.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum WriteError {
    /// Zero or beyond the limit.
    #[error("an amount is between 1 and 499,999,999 dong")]
    Amount,
    /// More than 25 characters after folding, or characters a code cannot hold.
    #[error("a purpose has 1 to 25 letters, digits and signs")]
    Purpose,
    /// More than 25 characters after folding, or characters a code cannot hold.
    #[error("a name has 1 to 25 letters")]
    Name,
    /// More than 15 characters after folding, or characters a code cannot hold.
    #[error("a city has 1 to 15 letters")]
    City,
    /// More than 25 characters after folding, or characters a code cannot hold.
    #[error("a part of the additional data has 1 to 25 letters, digits and signs")]
    Label,
    /// Tag 62 as a whole.
    #[error("purpose, bill, store, reference, customer and terminal together have at most 99 characters with their headers")]
    Additional,
    /// Not four digits.
    #[error("a merchant category has four digits")]
    Mcc,
    /// Not two letters.
    #[error("a language has two letters, as vi")]
    Language,
    /// Not a card of that bank.
    #[error("a card number has 16 or 19 digits and begins with the bank's BIN")]
    Card,
    /// Not in the directory.
    #[error("no bank of the directory has this BIN")]
    Bin,
    /// `MoMo`'s number is internal and cannot be derived from the account.
    #[error("a MoMo code cannot be made from an account: import the owner's own code")]
    Momo,
}

impl WriteError {
    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Amount => "amount_out_of_range",
            Self::Purpose => "purpose_too_long",
            Self::Name => "name_too_long",
            Self::City => "city_too_long",
            Self::Label => "label_too_long",
            Self::Additional => "additional_too_long",
            Self::Mcc => "mcc_malformed",
            Self::Language => "language_malformed",
            Self::Card => "card_malformed",
            Self::Bin => "bin_unknown",
            Self::Momo => "momo_import_only",
        }
    }
}

/// A code of NAPAS to be written: a transfer to an account or a card, a payment to a merchant, cash from a machine.
///
/// ```
/// use choqr::payment_code::{Purpose, TransferCode, Vnd};
///
/// // The static sample of NAPAS VietQR v1.0 §6.1.1, with its inner length put right.
/// let code = TransferCode::new("970403".parse()?, "0011012345678".parse()?)?;
/// assert!(code.encode()?.ends_with("63049E6F"));
/// // An amount makes it dynamic.
/// let code = code.with_amount(Vnd::new(45_000)?).with_purpose("Tiền rau".parse::<Purpose>()?);
/// assert!(code.encode()?.starts_with("000201010212"));
/// // MoMo keeps a number in its code that nobody can derive: the owner's own code is imported instead.
/// assert!(TransferCode::new("971025".parse()?, "PSP123456789000000".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferCode {
    bin: Bin,
    account: AccountNumber,
    service: Service,
    amount: Option<Vnd>,
    purpose: Option<Purpose>,
    name: Option<MerchantName>,
    city: Option<City>,
    /// What few codes have, kept apart so that the others stay small.
    more: Option<Box<More>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct More {
    mcc: Option<Mcc>,
    bill: Option<Label>,
    store: Option<Label>,
    reference: Option<Label>,
    customer: Option<Label>,
    terminal: Option<Label>,
    local: Option<LocalName>,
}

/// A part of tag 62 that may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelKind {
    /// 62.01.
    Bill,
    /// 62.03.
    Store,
    /// 62.05.
    Reference,
    /// 62.06.
    Customer,
    /// 62.07.
    Terminal,
}

impl TransferCode {
    /// A static code to an account.
    #[inline]
    pub fn new(bin: Bin, account: AccountNumber) -> Result<Self, WriteError> {
        Self::of(bin, account, Service::Account)
    }

    /// A static code to a card: 16 or 19 digits that begin with the BIN.
    ///
    /// ```
    /// use choqr::payment_code::TransferCode;
    ///
    /// let code = TransferCode::to_card("970403".parse()?, "9704031101234567".parse()?)?;
    /// assert!(code.encode()?.ends_with("63044F52"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_card(bin: Bin, card: AccountNumber) -> Result<Self, WriteError> {
        if Service::is_card(bin.as_str(), card.as_bytes()) { Self::of(bin, card, Service::Card) } else { Err(WriteError::Card) }
    }

    /// A payment to a merchant (QRPUSH), which needs a category, a name and a city.
    ///
    /// ```
    /// use choqr::payment_code::{Code, Mode, Service, TransferCode};
    ///
    /// let code = TransferCode::to_merchant(
    ///     "970403".parse()?, "2112995044604025".parse()?, "5812".parse()?, "Phương Các".parse()?, "Hà Nội".parse()?)?;
    /// assert_eq!(Code::read(&code.encode()?, Mode::Strict)?.service(), Some(Service::Push));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_merchant(bin: Bin, id: AccountNumber, mcc: Mcc, name: MerchantName, city: City) -> Result<Self, WriteError> {
        Ok(Self::of(bin, id, Service::Push)?.with_mcc(mcc).with_name(name).with_city(city))
    }

    /// Cash from a machine (QRCASH): dynamic, with a reference and the machine's number.
    ///
    /// ```
    /// use choqr::payment_code::{Code, Mode, Service, TransferCode};
    ///
    /// let code = TransferCode::cash("970403".parse()?, "12345678".parse()?, "2019010915571422".parse()?, "00001111".parse()?)?;
    /// let text = code.encode()?;
    /// assert!(text.starts_with("000201010212"));
    /// assert_eq!(Code::read(&text, Mode::Strict)?.service(), Some(Service::Cash));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cash(bin: Bin, machine: AccountNumber, reference: Label, terminal: Label) -> Result<Self, WriteError> {
        let code = Self::of(bin, machine, Service::Cash)?;
        Ok(code.with_label(LabelKind::Reference, reference).with_label(LabelKind::Terminal, terminal))
    }

    #[inline]
    fn of(bin: Bin, account: AccountNumber, service: Service) -> Result<Self, WriteError> {
        if bank::by_number(bin.number()).is_none() {
            return Err(WriteError::Bin);
        }
        if Scheme::of_account(bin.number(), account.as_bytes(), b"") == Scheme::Momo {
            return Err(WriteError::Momo);
        }
        Ok(Self { bin, account, service, amount: None, purpose: None, name: None, city: None, more: None })
    }

    /// The acquirer.
    #[must_use]
    pub const fn bin(&self) -> Bin {
        self.bin
    }

    /// The account or card.
    #[must_use]
    pub const fn account(&self) -> &AccountNumber {
        &self.account
    }

    /// What the number is.
    #[must_use]
    pub const fn service(&self) -> Service {
        self.service
    }

    /// The merchant's name.
    #[must_use]
    pub const fn name(&self) -> Option<&MerchantName> {
        self.name.as_ref()
    }

    /// Asks for an amount, which makes the code dynamic.
    #[must_use]
    #[inline]
    pub fn with_amount(mut self, amount: impl Into<Option<Vnd>>) -> Self {
        self.amount = amount.into();
        self
    }

    /// Says what the payment is for (62.08).
    #[must_use]
    #[inline]
    pub fn with_purpose(mut self, purpose: impl Into<Option<Purpose>>) -> Self {
        self.purpose = purpose.into();
        self
    }

    /// Names the payee (59); a transfer does not need it. A merchant's name is replaced, never taken away.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Option<MerchantName>>) -> Self {
        self.name = name.into().or(self.name.filter(|_| self.service == Service::Push));
        self
    }

    /// Names the city (60); a transfer does not need it. A merchant's city is replaced, never taken away.
    #[must_use]
    pub fn with_city(mut self, city: impl Into<Option<City>>) -> Self {
        self.city = city.into().or(self.city.filter(|_| self.service == Service::Push));
        self
    }

    /// Gives the merchant's category (52).
    #[must_use]
    pub fn with_mcc(mut self, mcc: Mcc) -> Self {
        self.more.get_or_insert_default().mcc = Some(mcc);
        self
    }

    /// Gives a part of tag 62.
    #[must_use]
    pub fn with_label(mut self, kind: LabelKind, label: Label) -> Self {
        let more = self.more.get_or_insert_default();
        let place = match kind {
            LabelKind::Bill => &mut more.bill,
            LabelKind::Store => &mut more.store,
            LabelKind::Reference => &mut more.reference,
            LabelKind::Customer => &mut more.customer,
            LabelKind::Terminal => &mut more.terminal,
        };
        *place = Some(label);
        self
    }

    /// Adds the name with its marks (64).
    #[must_use]
    pub fn with_local_name(mut self, name: LocalName) -> Self {
        self.more.get_or_insert_default().local = Some(name);
        self
    }

    /// The payload, with its checksum.
    pub fn encode(&self) -> Result<String, WriteError> {
        let mut out = String::new();
        self.encode_into(&mut out)?;
        Ok(out)
    }

    /// Appends the payload to a text, which need not be empty: many codes can share one buffer.
    ///
    /// ```
    /// use choqr::payment_code::TransferCode;
    ///
    /// let mut text = String::from("code: ");
    /// TransferCode::new("970403".parse()?, "0011012345678".parse()?)?.encode_into(&mut text)?;
    /// assert!(text.starts_with("code: 000201"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encode_into(&self, out: &mut String) -> Result<(), WriteError> {
        if self.more.is_none() { self.append::<SHORT>(out) } else { self.append::<LONG>(out) }
    }

    #[inline]
    fn append<const N: usize>(&self, out: &mut String) -> Result<(), WriteError> {
        let mut pen = Pen::<N>::new();
        self.write(&mut pen)?;
        let text = std::str::from_utf8(pen.written()).expect("every part is text");
        let has_marks = self.more.as_ref().is_some_and(|more| more.local.is_some());
        if has_marks && Code::read(text, Mode::Strict).is_err() {
            // A name put together so that its bytes look like another payee.
            return Err(WriteError::Name);
        }
        out.push_str(text);
        Ok(())
    }

    /// Tags in the usual order: 00 01 38 52 53 54 58 59 60 62 64 63.
    #[inline]
    fn write<const N: usize>(&self, pen: &mut Pen<N>) -> Result<(), WriteError> {
        let more = self.more.as_deref();
        let is_dynamic = self.amount.is_some() || self.service == Service::Cash;
        pen.put(if is_dynamic { b"00020101021238" } else { b"00020101021138" });
        let (account, service) = (self.account.as_bytes(), self.service.as_str().as_bytes());
        // Headers of 38.00, 38.01, 38.02, 38.01.00 and 38.01.01, the AID and the BIN.
        pen.number((4 + 10) + 4 + (4 + 6) + (4 + account.len()) + (4 + service.len()));
        pen.put(b"0010A00000072701");
        pen.number((4 + 6) + (4 + account.len()));
        pen.put(b"0006");
        pen.put(self.bin.as_bytes());
        pen.object(b"01", account);
        pen.object(b"02", service);
        if let Some(mcc) = more.and_then(|more| more.mcc) {
            pen.object(b"52", mcc.as_bytes());
        }
        pen.put(b"5303704");
        if let Some(amount) = self.amount {
            pen.put(b"54");
            pen.amount(amount.get() as u32);
        }
        pen.put(b"5802VN");
        if let Some(name) = &self.name {
            pen.object(b"59", name.as_bytes());
        }
        if let Some(city) = &self.city {
            pen.object(b"60", city.as_bytes());
        }
        match more {
            None => self.purpose_alone(pen),
            Some(more) => self.additional(more, pen)?,
        }
        pen.put(b"6304");
        let crc = crc::crc16(pen.written());
        pen.put(&crc::hex(crc));
        Ok(())
    }

    #[inline]
    fn purpose_alone<const N: usize>(&self, pen: &mut Pen<N>) {
        if let Some(purpose) = &self.purpose {
            pen.put(b"62");
            pen.number(4 + purpose.as_bytes().len());
            pen.object(b"08", purpose.as_bytes());
        }
    }

    #[cold]
    fn additional<const N: usize>(&self, more: &More, pen: &mut Pen<N>) -> Result<(), WriteError> {
        if let Some(reference) = &more.reference
            && Scheme::of_account(self.bin.number(), self.account.as_bytes(), reference.as_bytes()) == Scheme::Momo
        {
            return Err(WriteError::Momo);
        }
        let labels = [(b"01", &more.bill), (b"03", &more.store), (b"05", &more.reference), (b"06", &more.customer)];
        let labels = labels.into_iter().chain([(b"07", &more.terminal)]);
        let parts = labels.filter_map(|(tag, label)| Some((tag, label.as_ref()?.as_bytes())));
        let parts: Vec<(&[u8; 2], &[u8])> = parts.chain(self.purpose.as_ref().map(|text| (b"08", text.as_bytes()))).collect();
        match parts.iter().map(|(_, text)| 4 + text.len()).sum::<usize>() {
            0 => {}
            length @ 1..=99 => {
                pen.put(b"62");
                pen.number(length);
                for (tag, text) in parts {
                    pen.object(tag, text);
                }
            }
            _ => return Err(WriteError::Additional),
        }
        if let Some(local) = &more.local {
            pen.local(local);
        }
        Ok(())
    }
}
