//! Tags 26 to 51: who is paid. The template of `VietQR` is taken apart here, since its parts decide everything else.

use super::{
    Service, bank,
    bin::number_of,
    charset,
    code::Slot,
    reader::{Reader, Ruled},
    refusal::{Place, Reason},
    rules::begins_with_bin,
    scheme::Scheme,
    tlv::{self, Object, Step},
    vietqr::AID,
};

/// The three parts every scheme of Vietnam uses.
#[derive(Clone, Copy, Default)]
struct Parts {
    guid: Option<Object>,
    first: Option<Object>,
    second: Option<Object>,
}

impl Reader<'_> {
    #[inline]
    pub(super) fn template(&mut self, object: Object) -> Ruled {
        if self.is_usual(object) {
            return self.usual(object);
        }
        let place = Place::root(object.tag);
        let mut parts = Parts::default();
        self.each(object, place, |_, part| {
            let slot = match part.tag {
                0 => &mut parts.guid,
                1 => &mut parts.first,
                2 => &mut parts.second,
                _ => return Ok(()),
            };
            slot.get_or_insert(part);
            Ok(())
        })?;
        let Some(guid) = parts.guid else {
            let reason = if object.tag == 38 { Reason::AidMissing } else { Reason::GuidMissing };
            self.fault(reason, object.start, place.sub(0))?;
            return if object.tag == 38 { self.transfer(object, parts) } else { Ok(()) };
        };
        if self.value(guid) == AID.as_bytes() {
            return self.transfer(object, parts);
        }
        self.foreign(object, guid, parts)
    }

    /// Whether a template is laid out as nearly every `VietQR` code is: 00, 01 { 00, 01 }, 02, and nothing else. What is said
    /// in it is judged as always; only the search for the parts is saved.
    #[inline]
    pub(super) fn is_usual(&self, object: Object) -> bool {
        let Some((head, rest)) = self.value(object).split_first_chunk::<16>() else { return false };
        let Some((length, rest)) = rest.split_first_chunk::<2>() else { return false };
        let Some((bin, rest)) = rest.split_first_chunk::<12>() else { return false };
        let Some((account, rest)) = rest.split_first_chunk::<2>() else { return false };
        let (Some(length), Some(account)) = (two_digits(*length), two_digits(*account)) else { return false };
        let Some((header, service)) = rest.get(account..).and_then(|rest| rest.split_first_chunk::<4>()) else { return false };
        let [b'0', b'2', service_length @ ..] = header else { return false };
        self.is_plain
            && object.tag == 38
            && self.transfer.is_none()
            && head == b"0010A00000072701"
            && bin.starts_with(b"0006")
            && bin.ends_with(b"01")
            && account > 0
            && length == account + 14
            && !service.is_empty()
            && two_digits(*service_length) == Some(service.len())
    }

    #[inline]
    pub(super) fn usual(&mut self, object: Object) -> Ruled {
        let part = |tag, start, end| Object { tag, start, end };
        let bytes = self.value(object);
        let length = bytes.get(30..32).and_then(|digits| two_digits([digits[0], digits[1]])).unwrap_or(0);
        let bin = part(0, object.start + 22, object.start + 28);
        let account = part(1, bin.end + 4, bin.end + 4 + length);
        self.transfer = Some(object);
        self.service(part(2, account.end + 4, object.end), Place::root(38))?;
        let beneficiary = part(1, object.start + 18, account.end);
        let place = Place::root(38).sub(1);
        self.bin(Some(bin), beneficiary, place)?;
        self.account(Some(account), beneficiary, place)
    }

    #[inline]
    fn service(&mut self, service: Object, place: Place) -> Ruled {
        self.code.service = Service::from_bytes(self.value(service));
        self.rule(self.code.service.is_some(), Reason::ServiceUnknown, service.start, place.sub(2))
    }

    /// A template that does not say `A000000727`.
    #[cold]
    fn foreign(&mut self, object: Object, guid: Object, parts: Parts) -> Ruled {
        let place = Place::root(object.tag);
        let text = self.text_of(guid);
        if text.eq_ignore_ascii_case(AID) {
            self.fault(Reason::AidLowerCase, guid.start, place.sub(0))?;
            return self.transfer(object, parts);
        }
        self.rule(self.characters(guid) <= 32, Reason::GuidTooLong, guid.start, place.sub(0))?;
        let scheme = Scheme::of_template(object.tag, text);
        // VNPAY has been seen in tag 38, with a service of VietQR: its own identifier excuses it.
        if object.tag == 38 && scheme != Some(Scheme::VnPay) {
            let is_service = parts.second.is_some_and(|service| self.value(service).to_ascii_uppercase().starts_with(b"QR"));
            let is_vietqr = is_service || parts.first.is_some_and(|first| begins_with_bin(self.bytes, first));
            self.rule(!is_vietqr, Reason::AidUnknown, guid.start, place.sub(0))?;
        }
        if scheme == Some(Scheme::VnPay) {
            self.rule(parts.first.is_some(), Reason::MerchantMissing, object.start, place.sub(1))?;
        }
        if let Some(scheme) = scheme
            && self.code.scheme == Scheme::Emv
        {
            self.code.scheme = scheme;
        }
        Ok(())
    }

    /// The template of `VietQR`: 00 identifier, 01 { 00 BIN, 01 account }, 02 service.
    #[inline]
    fn transfer(&mut self, template: Object, parts: Parts) -> Ruled {
        let place = Place::root(template.tag);
        if self.transfer.is_some() || template.tag != 38 {
            self.fault(Reason::AidMisplaced, template.at(), place)?;
        }
        if self.transfer.is_some() {
            return Ok(());
        }
        self.transfer = Some(template);
        if let Some(service) = parts.second {
            self.service(service, place)?;
        }
        match parts.first {
            Some(beneficiary) => self.beneficiary(beneficiary, template, place.sub(1)),
            None => self.fault(Reason::BeneficiaryMissing, template.start, place.sub(1)),
        }
    }

    #[inline]
    fn beneficiary(&mut self, beneficiary: Object, template: Object, place: Place) -> Ruled {
        let (mut bin, mut account) = (None, None);
        let stopped = self.each(beneficiary, place, |this, part| {
            match part.tag {
                0 => bin = bin.or(Some(part)),
                1 => account = account.or(Some(part)),
                _ => this.fault(Reason::BeneficiaryLong, part.at(), place.sub(part.tag))?,
            }
            Ok(())
        })?;
        if stopped < beneficiary.end {
            account = self.rest_of_account(account, (beneficiary, template), stopped, place)?;
        }
        self.bin(bin, beneficiary, place)?;
        self.account(account, beneficiary, place)
    }

    /// The account of a broken 38.01 (lenient only). NAPAS's own sample says 12 for 13 characters: what stands between the
    /// account's header and the end of 38.01 is the account, if it can be one at all, and if what follows in the template shows
    /// that 38.01 ends there: where its own length is wrong too, nothing is known and nothing is invented.
    #[cold]
    fn rest_of_account(
        &mut self,
        account: Option<Object>,
        (beneficiary, template): (Object, Object),
        stopped: usize,
        place: Place,
    ) -> Result<Option<Object>, super::refusal::Fault> {
        let Some(account) = account else { return Ok(None) };
        let whole = Object { end: beneficiary.end, ..account };
        let is_next = account.end == stopped || account.end == beneficiary.end;
        let is_stray = beneficiary.end - stopped < 4 || account.end == beneficiary.end;
        if tlv::walk(self.code.text, beneficiary.end, template.end, self.code.unit).last != Step::End {
            return Ok(None);
        }
        if is_next && is_stray && whole.len() <= 19 && charset::is_alphanumeric(self.value(whole)) {
            self.fault(Reason::AccountLength, account.start, place.sub(1))?;
            return Ok(Some(whole));
        }
        Ok(None)
    }

    #[inline]
    fn bin(&mut self, bin: Option<Object>, beneficiary: Object, place: Place) -> Ruled {
        let number = bin.and_then(|bin| number_of(self.value(bin)));
        let at = bin.unwrap_or(beneficiary).start;
        let (Some(bin), Some(number)) = (bin, number) else {
            return self.fault(Reason::BinMalformed, at, place.sub(0));
        };
        self.set(Slot::Bin, bin);
        self.bin = number;
        self.code.bank = bank::by_number(number);
        self.rule(self.code.bank.is_some(), Reason::BinUnknown, at, place.sub(0))
    }

    #[inline]
    fn account(&mut self, account: Option<Object>, beneficiary: Object, place: Place) -> Ruled {
        let place = place.sub(1);
        let Some(account) = account else {
            return self.fault(Reason::AccountMissing, beneficiary.start, place);
        };
        self.set(Slot::Account, account);
        let value = self.value(account);
        self.rule(self.characters(account) <= 19, Reason::AccountLong, account.start, place)?;
        self.rule(charset::is_alphanumeric(value), Reason::AccountMalformed, account.start, place)?;
        if self.code.service == Some(Service::Card) {
            let is_card = Service::is_card(self.code.bin().unwrap_or("?"), value);
            self.rule(is_card, Reason::CardMalformed, account.start, place)?;
        }
        Ok(())
    }
}

/// The number that two digits say.
#[inline]
fn two_digits(digits: [u8; 2]) -> Option<usize> {
    let [tens, ones] = digits.map(|digit| digit.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| usize::from(tens) * 10 + usize::from(ones))
}
