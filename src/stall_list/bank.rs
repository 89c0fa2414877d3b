//! A bank as lists name it: an alias, a branch, a slip of the pen.

use std::collections::HashMap;

use super::finding::Finding;
use crate::payment_code::{
    bank::Bank,
    bank_search::{self, Meaning, Why},
    fold,
};

/// The bank that is meant, and what was noticed.
pub(super) type Read = (Option<&'static Bank>, Option<Finding>);

/// What the banks' names of one list were found to mean: a list has ten of them in thousands of rows.
#[derive(Debug, Default)]
pub(super) struct Banks(HashMap<String, Read>);

impl Banks {
    pub(super) fn read(&mut self, clean: &str) -> Read {
        if let Some(known) = self.0.get(clean) {
            return *known;
        }
        let found = read(clean);
        self.0.insert(clean.to_owned(), found);
        found
    }
}

/// A slip of one letter is taken when it can be one bank only; it is shown.
pub(super) fn read(text: &str) -> Read {
    let text = fold::nfc_clean(text);
    if text.is_empty() || text == "-" {
        return (None, None);
    }
    let bank = match bank_search::look_up(&text) {
        Meaning::One(found) => Some(found.bank),
        Meaning::Several(found) => match found.as_slice() {
            // A beginning counts from four letters on: `Tech`, never `xã`.
            [only] if only.why == Why::Similar || fold::name_fold(&text).chars().count() >= 4 => Some(only.bank),
            _ => None,
        },
        Meaning::Nothing => None,
    };
    match bank {
        None => (None, Some(Finding::BankUnknown)),
        Some(bank) if [&bank.short_name, &bank.bin].into_iter().any(|name| *name == text) => (Some(bank), None),
        Some(bank) => (Some(bank), Some(Finding::BankAlias)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_are_known_as_market_boards_write_them() {
        for (bin, names) in [
            (
                "970405",
                vec![
                    "Agribank",
                    "NH Nông nghiệp",
                    "NN&PTNT",
                    "Agri bank",
                    "AGRIBANK CN Bắc Kạn",
                    "Ngân hàng Nông nghiệp và PTNT",
                    "argibank",
                    "Nông ngiệp",
                ],
            ),
            ("970418", vec!["BIDV", "Đầu tư", "NH ĐT&PT", "BIVD"]),
            ("970415", vec!["VietinBank", "Vietin", "Công thương", "vietinbak", "CTG", "Viettinbank"]),
            ("970436", vec!["Vietcombank", "VCB", "Vietcom bank", "Ngoại thương", "VIETCOMBANK ", "vcb"]),
            ("970422", vec!["MB", "MBBank", "Quân đội", "MB bank", "NH Quân Đội", "M.B"]),
            ("970407", vec!["Techcombank", "TCB", "Tech", "Techcom bank", "Kỹ thương"]),
            ("970449", vec!["LPBank", "Bưu điện Liên Việt", "Lienvietpostbank", "LPB"]),
            ("970432", vec!["VPBank", "VP bank", "Việt Nam Thịnh Vượng"]),
            ("970416", vec!["ACB", "Á Châu"]),
            ("970403", vec!["Sacombank", "STB", "Sài Gòn Thương Tín"]),
            ("970423", vec!["TPBank", "Tiên Phong"]),
            ("970443", vec!["SHB"]),
            ("970441", vec!["VIB", "Quốc tế"]),
            ("970437", vec!["HDBank", "HD Bank"]),
            ("970426", vec!["MSB", "Maritime Bank"]),
            ("970448", vec!["OCB", "Phương Đông"]),
        ] {
            for name in names {
                assert_eq!(read(name).0.map(|bank| bank.bin.as_str()), Some(bin), "{name}");
            }
        }
        for name in ["NH xã", "ngân hàng gần chợ", "quỹ tín dụng", "BVB", "tiền mặt"] {
            assert!(read(name).0.is_none(), "{name}");
        }
    }
}
