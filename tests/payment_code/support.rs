//! Codes put together by hand.

use choqr::payment_code::crc16;

/// An object, its length in characters.
pub(crate) fn object(tag: &str, value: &str) -> String {
    format!("{tag}{:02}{value}", value.chars().count())
}

/// A text with the checksum it should have.
pub(crate) fn sealed(body: &str) -> String {
    let body = format!("{body}6304");
    format!("{body}{:04X}", crc16(body.as_bytes()))
}

/// The parts of a transfer, to be changed one at a time.
pub(crate) struct Parts {
    pub(crate) format: &'static str,
    pub(crate) initiation: &'static str,
    pub(crate) aid: String,
    pub(crate) bin: String,
    pub(crate) account: String,
    pub(crate) service: String,
    pub(crate) middle: String,
    pub(crate) country: String,
    pub(crate) end: String,
}

/// A static code of a fictional account.
pub(crate) fn parts() -> Parts {
    Parts {
        format: "000201",
        initiation: "010211",
        aid: object("00", "A000000727"),
        bin: object("00", "970436"),
        account: object("01", "9990000123456"),
        service: object("02", "QRIBFTTA"),
        middle: "5303704".to_owned(),
        country: "5802VN".to_owned(),
        end: String::new(),
    }
}

impl Parts {
    pub(crate) fn template(&self) -> String {
        object("38", &format!("{}{}{}", self.aid, object("01", &format!("{}{}", self.bin, self.account)), self.service))
    }

    pub(crate) fn body(&self) -> String {
        format!("{}{}{}{}{}{}", self.format, self.initiation, self.template(), self.middle, self.country, self.end)
    }

    pub(crate) fn text(&self) -> String {
        sealed(&self.body())
    }
}

/// A transfer with something after tag 58.
pub(crate) fn with_end(end: &str) -> String {
    Parts { end: end.to_owned(), ..parts() }.text()
}

/// A transfer with an amount.
pub(crate) fn with_amount(amount: &str) -> String {
    Parts { initiation: "010212", middle: format!("5303704{}", object("54", amount)), ..parts() }.text()
}

/// A transfer with another beneficiary in 38.01.
pub(crate) fn with_beneficiary(inside: &str, service: &str) -> String {
    let template = object("38", &format!("{}{}{}", object("00", "A000000727"), object("01", inside), service));
    sealed(&format!("000201010211{template}53037045802VN"))
}
