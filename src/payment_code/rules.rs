//! The rules of EMV MPM v1.1 and NAPAS `VietQR` v1.0 for each object, and for objects that need each other.

use super::{
    Service,
    amount::Vnd,
    charset,
    code::Slot,
    reader::{Reader, Ruled},
    refusal::{Place, Reason},
    scheme::Scheme,
    tags::Tags,
    tlv::{self, Object, Step},
};

impl Reader<'_> {
    /// One root object by itself.
    #[inline]
    pub(super) fn object(&mut self, object: Object) -> Ruled {
        let value = self.value(object);
        let place = Place::root(object.tag);
        let at = object.start;
        match object.tag {
            0 => self.format(object),
            1 => {
                self.rule(matches!(value, b"11" | b"12"), Reason::InitiationUnknown, at, place)?;
                self.set(Slot::Initiation, object);
                Ok(())
            }
            2..=25 => Ok(()),
            26..=51 => self.template(object),
            52 => {
                self.set(Slot::Mcc, object);
                self.rule(value.len() == 4 && charset::is_digits(value), Reason::MccMalformed, at, place)
            }
            53 => {
                self.set(Slot::Currency, object);
                self.rule(value.len() == 3 && charset::is_digits(value), Reason::CurrencyMalformed, at, place)
            }
            54 => self.amount(object),
            55 => {
                self.set(Slot::Tip, object);
                self.tip_indicator(object)
            }
            56 => {
                self.set(Slot::FeeFixed, object);
                self.rule(is_money(value), Reason::FeeMalformed, at, place)
            }
            57 => {
                self.set(Slot::FeePercent, object);
                self.rule(is_percentage(value), Reason::PercentMalformed, at, place)
            }
            58 => {
                self.set(Slot::Country, object);
                let is_code = value.len() == 2 && value.iter().all(u8::is_ascii_uppercase);
                self.rule(is_code, Reason::CountryMalformed, at, place)
            }
            59 => {
                self.set(Slot::Name, object);
                self.rule(self.characters(object) <= 25, Reason::NameLong, at, place)?;
                self.rule(self.is_printable(object), Reason::NameNotAscii, at, place)
            }
            60 => {
                self.set(Slot::City, object);
                self.rule(self.characters(object) <= 15, Reason::CityLong, at, place)?;
                self.rule(self.is_printable(object), Reason::CityNotAscii, at, place)
            }
            61 => {
                self.set(Slot::Postal, object);
                let is_code = self.characters(object) <= 10 && self.is_printable(object);
                self.rule(is_code, Reason::PostalMalformed, at, place)
            }
            62 => self.additional(object),
            63 => self.checksum(object),
            64 => self.language(object),
            65..=79 => Ok(()),
            _ => self.extra(object),
        }
    }

    #[inline]
    fn format(&mut self, object: Object) -> Ruled {
        match self.value(object) {
            b"01" => Ok(()),
            b"00" => {
                // Seen in real codes of a public library; every app reads them.
                self.warn(Reason::FormatZero, object.start, Place::root(0));
                Ok(())
            }
            _ => self.fault(Reason::FormatUnknown, object.start, Place::root(0)),
        }
    }

    /// Tag 54: digits with at most one point, not zero (NAPAS v1.0 §5.2.6). Whether dong have decimals is judged when the
    /// currency is known.
    #[inline]
    pub(super) fn amount(&mut self, object: Object) -> Ruled {
        let (value, place) = (self.value(object), Place::root(54));
        let Some((whole, point)) = money(value) else {
            return self.fault(Reason::AmountMalformed, object.start, place);
        };
        let start = object.start + point + 1;
        if start < object.end {
            self.set(Slot::Decimals, Object { start, ..object });
        }
        self.set(Slot::Amount, object);
        if whole == 0 && value.iter().all(|b| matches!(b, b'0' | b'.')) {
            return self.fault(Reason::AmountZero, object.start, place);
        }
        self.code.whole.get_or_insert(whole);
        Ok(())
    }

    fn tip_indicator(&mut self, object: Object) -> Ruled {
        match self.value(object) {
            b"01" | b"02" | b"03" => Ok(()),
            b"04" => {
                self.warn(Reason::TipUndefined, object.start, Place::root(55));
                Ok(())
            }
            _ => self.fault(Reason::TipUnknown, object.start, Place::root(55)),
        }
    }

    /// Tag 62: each of 01 to 49 at most 25 characters without marks; 50 to 99 belong to payment systems.
    #[inline]
    pub(super) fn additional(&mut self, object: Object) -> Ruled {
        let place = Place::root(62);
        self.additional = Some(object);
        self.each(object, place, |this, part| {
            let place = place.sub(part.tag);
            let slot = match part.tag {
                1 => Slot::Bill,
                2 => Slot::Mobile,
                3 => Slot::Store,
                4 => Slot::Loyalty,
                5 => Slot::Reference,
                6 => Slot::Customer,
                7 => Slot::Terminal,
                8 => Slot::Purpose,
                9 => Slot::DataRequest,
                10..=49 => return this.rule(this.characters(part) <= 25, Reason::AdditionalLong, part.start, place),
                _ => return Ok(()),
            };
            this.set(slot, part);
            let too_long = if part.tag == 8 { Reason::PurposeLong } else { Reason::AdditionalLong };
            if part.tag == 9 {
                return this.rule(is_data_request(this.value(part)), Reason::DataRequestMalformed, part.start, place);
            }
            this.rule(this.characters(part) <= 25, too_long, part.start, place)?;
            this.rule(this.is_printable(part), Reason::AdditionalNotAscii, part.start, place)
        })?;
        Ok(())
    }

    /// Tag 64: 00 language, 01 name, 02 city.
    fn language(&mut self, object: Object) -> Ruled {
        let place = Place::root(64);
        let mut seen = Tags::default();
        self.each(object, place, |this, part| {
            seen.add(part.tag);
            let place = place.sub(part.tag);
            match part.tag {
                0 => {
                    this.set(Slot::OtherLanguage, part);
                    let value = this.value(part);
                    let is_code = value.len() == 2 && value.iter().all(u8::is_ascii_alphabetic);
                    this.rule(is_code, Reason::LanguageMalformed, part.start, place)
                }
                1 => {
                    this.set(Slot::OtherName, part);
                    this.rule(this.characters(part) <= 25, Reason::LanguageNameLong, part.start, place)
                }
                2 => {
                    this.set(Slot::OtherCity, part);
                    this.rule(this.characters(part) <= 15, Reason::LanguageCityLong, part.start, place)
                }
                _ => Ok(()),
            }
        })?;
        self.rule(seen.has(0), Reason::LanguageMissing, object.start, place)?;
        self.rule(seen.has(1), Reason::LanguageNameMissing, object.start, place)
    }

    /// Tags 80 to 99 should hold an identifier and data. MoMo's 80 is three bare digits, so that anything passes; what does
    /// look like a template must be a sound one.
    fn extra(&mut self, object: Object) -> Ruled {
        let place = Place::root(object.tag);
        let is_template =
            self.value(object).starts_with(b"00") && tlv::unit_of(self.code.text, object.start, object.end).is_some();
        if is_template {
            return self.each(object, place, |_, _| Ok(())).map(|_| ());
        }
        self.warn(Reason::ExtraNotTemplate, object.start, place);
        Ok(())
    }

    /// What must be there, and objects that need each other.
    #[inline]
    pub(super) fn frame(&mut self, end: usize) -> Ruled {
        let end = self.code.span(Slot::Crc).map_or(end, |crc| usize::from(crc.start) - 4);
        let nowhere = Place::NOWHERE;
        self.rule(self.seen.has_any(2, 51), Reason::AccountTemplateMissing, end, nowhere)?;
        self.rule(self.seen.has(53), Reason::CurrencyMissing, end, Place::root(53))?;
        self.rule(self.seen.has(58), Reason::CountryMissing, end, Place::root(58))?;
        self.rule(self.seen.has(63), Reason::CrcMissing, end, nowhere)?;
        if self.seen.has_any(55, 57) {
            self.tip()?;
        }
        if let Some(decimals) = self.code.span(Slot::Decimals)
            && self.slot(Slot::Currency) == b"704"
        {
            // 50.000 may be fifty dong or fifty thousand: an amount that has to be guessed is none.
            self.code.whole = None;
            self.fault(Reason::AmountDecimals, usize::from(decimals.start), Place::root(54))?;
        }
        match self.transfer {
            Some(template) => self.vietqr(template)?,
            None => self.foreign_scheme(),
        }
        if let Some(amount) = self.code.span(Slot::Amount)
            && self.slot(Slot::Initiation) == b"11"
        {
            self.warn(Reason::StaticWithAmount, usize::from(amount.start) - 4, Place::root(54));
        }
        Ok(())
    }

    /// The bytes of a part, none when it is absent.
    #[inline]
    fn slot(&self, slot: Slot) -> &[u8] {
        let span = self.code.spans[slot as usize];
        self.bytes.get(usize::from(span.start)..usize::from(span.end)).unwrap_or(&[])
    }

    /// Tags 55 to 57 together.
    #[cold]
    fn tip(&mut self) -> Ruled {
        let at = |slot| self.code.span(slot).map(|span| usize::from(span.start) - 4);
        let (fixed, percent) = (at(Slot::FeeFixed), at(Slot::FeePercent));
        let place = at(Slot::Tip).or(fixed).or(percent).unwrap_or(0);
        let is_sound = match (self.code.get(Slot::Tip), fixed.is_some(), percent.is_some()) {
            (Some("02"), true, false) | (Some("03"), false, true) => true,
            (Some("03"), true, false) => {
                // A sample of NAPAS's merchant codes says 03 and gives 56.
                self.warn(Reason::TipFixedForPercent, place, Place::root(55));
                true
            }
            (Some("02" | "03"), ..) => false,
            (_, fixed, percent) => !fixed && !percent,
        };
        self.rule(is_sound, Reason::TipInconsistent, place, Place::root(55))
    }

    /// What only VietQR asks for, once every object is known.
    #[inline]
    fn vietqr(&mut self, template: Object) -> Ruled {
        let service = self.code.service;
        let start = template.at();
        // A wallet's own template beside the frame says whose it is.
        if self.code.scheme != Scheme::ZaloPay {
            let (account, reference) = (self.slot(Slot::Account), self.slot(Slot::Reference));
            self.code.scheme = Scheme::of_account(self.bin, account, reference);
        }
        let has_initiation = self.seen.has(1) || service == Some(Service::Cash);
        self.rule(has_initiation, Reason::InitiationMissing, start, Place::root(1))?;
        if let Some(country) = self.code.span(Slot::Country)
            && self.slot(Slot::Country) != b"VN"
        {
            self.fault(Reason::CountryNotVn, usize::from(country.start), Place::root(58))?;
        }
        if let Some(currency) = self.code.span(Slot::Currency)
            && self.slot(Slot::Currency) != b"704"
        {
            // Seen in real codes; the paying app ignores it, since a transfer is always in dong.
            self.warn(Reason::CurrencyNotDong, usize::from(currency.start), Place::root(53));
        }
        let is_bounded = matches!(service, Some(Service::Account | Service::Card));
        if self.code.whole.is_some_and(|whole| whole >= Vnd::LIMIT) && is_bounded {
            let at = self.code.span(Slot::Amount).map_or(start, |span| usize::from(span.start));
            self.fault(Reason::AmountOverLimit, at, Place::root(54))?;
        }
        match service {
            Some(Service::Push) => self.push(start),
            Some(Service::Cash) => self.cash(start),
            _ => Ok(()),
        }
    }

    /// QRPUSH, a payment to a merchant (QR Switching Part IV).
    fn push(&mut self, at: usize) -> Ruled {
        for (tag, reason) in [(52, Reason::MccMissing), (59, Reason::NameMissing), (60, Reason::CityMissing)] {
            self.rule(self.seen.has(tag), reason, at, Place::root(tag))?;
        }
        Ok(())
    }

    /// QRCASH, cash from a machine (QR Switching Part IV).
    fn cash(&mut self, at: usize) -> Ruled {
        self.rule(self.code.get(Slot::Initiation) != Some("11"), Reason::CashNotDynamic, at, Place::root(1))?;
        self.rule(self.code.reference().is_some(), Reason::ReferenceMissing, at, Place::root(62).sub(5))?;
        self.rule(self.code.additional(7).is_some(), Reason::TerminalMissing, at, Place::root(62).sub(7))
    }

    /// Codes without a VietQR template, when no template said whose they are.
    fn foreign_scheme(&mut self) {
        if self.code.scheme != Scheme::Emv {
            return;
        }
        if self.seen.has_any(29, 30) && self.code.country() == Some("KH") {
            self.code.scheme = Scheme::Khqr;
        } else if self.seen.has_any(15, 16) {
            self.code.scheme = Scheme::UnionPay;
        }
    }
}

/// The whole part and where the point stands, for at most 13 digits with at most one point.
#[inline]
fn money(value: &[u8]) -> Option<(u64, usize)> {
    if value.len() > 13 {
        return None;
    }
    let mut whole = 0_u64;
    let mut point = value.len();
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' if at > 0 => {
                point = at;
                break;
            }
            _ => return None,
        }
    }
    let decimals = value.get(point + 1..).unwrap_or(&[]);
    (!value.is_empty() && decimals.iter().all(u8::is_ascii_digit)).then_some((whole, point))
}

/// Tag 56: as an amount, and not zero.
fn is_money(value: &[u8]) -> bool {
    money(value).is_some() && value.iter().any(|b| matches!(b, b'1'..=b'9'))
}

/// Tag 57: 00.01 to 99.99.
fn is_percentage(value: &[u8]) -> bool {
    let has_room = value.len() <= 5 && value.iter().position(|b| *b == b'.').unwrap_or(value.len()) <= 2;
    let decimals = value.iter().position(|b| *b == b'.').map_or(0, |point| value.len() - point - 1);
    has_room && decimals <= 2 && is_money(value)
}

/// 62.09: each of A, M, E at most once.
fn is_data_request(value: &[u8]) -> bool {
    value.iter().enumerate().all(|(at, letter)| b"AME".contains(letter) && !value[..at].contains(letter))
}

/// Whether 38.01 begins with a BIN, as only VietQR's does.
pub(super) fn begins_with_bin(bytes: &[u8], beneficiary: Object) -> bool {
    let mut cursor = tlv::Cursor { at: beneficiary.start, end: beneficiary.end };
    match cursor.step_bytes(bytes) {
        Step::Object(object) => {
            object.tag == 0 && object.len() == 6 && bytes.get(object.start..object.end).is_some_and(charset::is_digits)
        }
        _ => false,
    }
}
