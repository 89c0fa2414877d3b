//! The JSON object of a code or a refusal, written by hand into a buffer that is used again and again.

use super::{
    Code, Refusal, Warning,
    code::Slot,
    crc,
    tlv::{Cursor, Step},
};

/// Appends a text with its quotes. Control characters, quotes and backslashes are escaped, everything else stands as it is.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| *b < b' ' || matches!(b, b'"' | b'\\' | 0x7F)) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => {
                let hex = |digit: u8| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// Whether no byte needs an escape.
fn is_bare(text: &[u8]) -> bool {
    // One branch at the end instead of one a byte, so that the compiler can take many at once.
    let is_special = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte == 0x7F);
    text.iter().fold(0, |special, byte| special | is_special(*byte)) == 0
}

/// `"key":` and a text or `null`. The key comes with everything around it, comma and quotes included.
#[inline]
fn entry(out: &mut Vec<u8>, key: &str, value: Option<&str>) {
    out.extend_from_slice(key.as_bytes());
    match value {
        Some(value) => text(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

/// Writes the parts of one code. Hardly any text needs an escape: that is found out once for all of its parts.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    is_bare: bool,
}

impl Writer<'_> {
    #[inline]
    fn put(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    /// Words of a known length are copied without a call.
    #[inline]
    fn words<const N: usize>(&mut self, words: &[u8; N]) {
        self.out.extend_from_slice(words);
    }

    #[inline]
    fn value(&mut self, value: &str) {
        if self.is_bare {
            self.out.push(b'"');
            self.out.extend_from_slice(value.as_bytes());
            self.out.push(b'"');
        } else {
            text(self.out, value);
        }
    }

    /// A key with everything around it, and a part of the code's text or `null`.
    #[inline]
    fn entry<const N: usize>(&mut self, key: &[u8; N], value: Option<&str>) {
        self.words(key);
        match value {
            Some(value) => self.value(value),
            None => self.words(b"null"),
        }
    }
}

fn warnings(out: &mut Vec<u8>, list: &[Warning]) {
    for (at, warning) in list.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"code\":" } else { b",{\"code\":" });
        text(out, warning.code);
        out.extend_from_slice(b",\"offset\":");
        number(out, warning.offset as u64);
        entry(out, ",\"message\":", Some(&warning.message));
        out.push(b'}');
    }
}

impl Code<'_> {
    /// Appends the object that `choqr qr decode` prints; the buffer need not be empty.
    ///
    /// ```
    /// use choqr::payment_code::{Code, Mode};
    ///
    /// let mut out = Vec::new();
    /// Code::read("00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F", Mode::Strict)?
    ///     .write_json(&mut out);
    /// assert!(out.starts_with(br#"{"ok":true,"scheme":"vietqr","initiation":"static","bin":"970403","bank":"Sacombank","#));
    /// # Ok::<(), choqr::payment_code::Refusal>(())
    /// ```
    pub fn write_json(&self, out: &mut Vec<u8>) {
        // Keys, and every value twice: as itself and among the fields.
        out.reserve(1_024 + 2 * self.text.len());
        let mut to = Writer { is_bare: is_bare(self.text.as_bytes()), out };
        to.words(b"{\"ok\":true,\"scheme\":\"");
        to.put(self.scheme.as_str().as_bytes());
        to.words(b"\",\"initiation\":\"");
        to.put(self.initiation().as_str().as_bytes());
        to.entry(b"\",\"bin\":", self.bin());
        entry(to.out, ",\"bank\":", self.bank.map(|bank| bank.short_name.as_str()));
        to.entry(b",\"account\":", self.account());
        match self.service {
            Some(service) => {
                to.words(b",\"service\":\"");
                to.put(service.as_str().as_bytes());
                to.words(b"\",\"amount\":");
            }
            None => to.words(b",\"service\":null,\"amount\":"),
        }
        match self.amount() {
            None => to.words(b"null"),
            Some(amount) => {
                number(to.out, amount.whole());
                if !amount.decimals().is_empty() {
                    to.words(b".");
                    to.put(amount.decimals().as_bytes());
                }
            }
        }
        to.entry(b",\"currency\":", self.currency());
        to.entry(b",\"purpose\":", self.purpose());
        to.entry(b",\"merchant_name\":", self.merchant_name());
        to.entry(b",\"merchant_city\":", self.merchant_city());
        to.entry(b",\"reference\":", self.reference());
        let crc_at = to.out.len() + b",\"crc\":".len();
        to.entry(b",\"crc\":", self.crc());
        if self.crc().is_some_and(|crc| crc::parse(crc.as_bytes()).is_some()) {
            // The checksum is a number: it is said in capitals, whatever the code says; the letters stand in `fields`.
            to.out[crc_at..].make_ascii_uppercase();
        }
        to.words(b",\"fields\":[");
        self.write_fields(&mut to);
        to.words(b"],\"warnings\":[");
        warnings(to.out, &self.warnings);
        to.words(b"],\"details\":{");
        self.details(&mut to);
        to.words(b"}}");
    }

    fn write_fields(&self, to: &mut Writer<'_>) {
        let in_bytes = self.text.is_ascii();
        let mut cursor = Cursor { at: usize::from(self.lead), end: usize::from(self.end) };
        let mut is_first = true;
        loop {
            let step = if in_bytes { cursor.step_bytes(self.text.as_bytes()) } else { cursor.step(self.text, self.unit) };
            let Step::Object(field) = step else { return };
            if !is_first {
                to.words(b",");
            }
            is_first = false;
            let mut key = *b"{\"tag\":\"00\",\"value\":";
            key[8] += field.tag / 10;
            key[9] += field.tag % 10;
            to.entry(&key, self.text.get(field.start..field.end));
            to.words(b"}");
        }
    }

    /// What the frozen keys have no place for, when it is there.
    fn details(&self, to: &mut Writer<'_>) {
        const DETAILS: [(&[u8], Slot); 16] = [
            (b"country\":", Slot::Country),
            (b"mcc\":", Slot::Mcc),
            (b"tip_indicator\":", Slot::Tip),
            (b"fee_fixed\":", Slot::FeeFixed),
            (b"fee_percent\":", Slot::FeePercent),
            (b"postal_code\":", Slot::Postal),
            (b"bill_number\":", Slot::Bill),
            (b"mobile_number\":", Slot::Mobile),
            (b"store_label\":", Slot::Store),
            (b"loyalty_number\":", Slot::Loyalty),
            (b"customer_label\":", Slot::Customer),
            (b"terminal_label\":", Slot::Terminal),
            (b"consumer_data_request\":", Slot::DataRequest),
            (b"alt_language\":", Slot::OtherLanguage),
            (b"alt_name\":", Slot::OtherName),
            (b"alt_city\":", Slot::OtherCity),
        ];
        let mut before: &[u8] = b"\"";
        for (key, slot) in DETAILS {
            if let Some(value) = self.get(slot) {
                to.put(before);
                to.put(key);
                to.value(value);
                before = b",\"";
            }
        }
        for (name, value) in self.payee().parts() {
            to.put(before);
            to.put(name.as_bytes());
            to.entry(b"\":", Some(value));
            before = b",\"";
        }
    }
}

impl Refusal {
    /// Appends the object that `choqr qr decode` prints for a code it refuses.
    ///
    /// ```
    /// use choqr::payment_code::{Code, Mode};
    ///
    /// let mut out = Vec::new();
    /// Code::read("0002", Mode::Strict).unwrap_err().write_json(&mut out);
    /// let text = String::from_utf8(out)?;
    /// assert_eq!(text, r#"{"ok":false,"code":"object_too_short","offset":0,"message":"00 says more characters than follow"}"#);
    /// # Ok::<(), std::string::FromUtf8Error>(())
    /// ```
    pub fn write_json(&self, out: &mut Vec<u8>) {
        entry(out, "{\"ok\":false,\"code\":", Some(self.code));
        out.extend_from_slice(b",\"offset\":");
        number(out, self.offset as u64);
        entry(out, ",\"message\":", Some(&self.message));
        out.push(b'}');
    }
}
