//! Which column holds what: guessed from the words of the header, which a person may correct.

use super::{
    letters,
    sheet::{Cell, Row, Sheet},
};
use crate::payment_code::fold;

crate::word_enum!(
    /// What a column of a stall list holds.
    Column {
        /// The running number: STT.
        Order = "order",
        /// Who keeps the stall.
        Name = "name",
        /// The part of the market: khu.
        Zone = "zone",
        /// The row: dãy.
        Row = "row",
        /// The stall's number in its row, or its whole code.
        Stall = "stall",
        /// What is sold.
        Goods = "goods",
        /// The keeper's phone.
        Phone = "phone",
        /// The account that money comes in on.
        Account = "account",
        /// Its bank.
        Bank = "bank",
        /// In whose name it is.
        Owner = "owner",
        /// Whatever else was noted.
        Note = "note",
    }
);

/// What heads a column, folded; of the phrases found in a heading the longest decides.
const HEADINGS: &[(Column, &[&str])] = &[
    (Column::Order, &["stt", "tt", "so tt", "so thu tu", "no", "ma so tt"]),
    (
        Column::Name,
        &[
            "ho va ten",
            "ho ten",
            "ten",
            "ten ho",
            "ho kinh doanh",
            "ten ho kinh doanh",
            "chu ho",
            "ten chu ho",
            "ho ten chu ho",
            "ho kd",
            "nguoi dai dien",
            "tieu thuong",
            "ten tieu thuong",
            "chu sap",
            "ten chu sap",
            "ho ten chu sap",
            "ho va ten chu sap",
            "nguoi kinh doanh",
            "chu kinh doanh",
            "chu quay",
            "nguoi thue",
            "nguoi su dung",
            "ho va ten tieu thuong",
            "ho ten tieu thuong",
            "full name",
            "vendor",
            "vendor name",
            "name",
            "ten nguoi kinh doanh",
            "ho va ten chu ho",
            "ho va ten ho kinh doanh",
        ],
    ),
    (Column::Zone, &["khu", "khu vuc", "zone", "nha long", "nha", "tang", "phan khu", "khu cho", "khu kinh doanh"]),
    (Column::Row, &["day", "row", "day hang", "ten day", "lo", "day so", "so day"]),
    (
        Column::Stall,
        &[
            "so o",
            "o",
            "o so",
            "so sap",
            "sap",
            "sap so",
            "ma sap",
            "so quay",
            "quay",
            "quay so",
            "kiot",
            "ki ot",
            "kiosk",
            "so kiot",
            "so ki ot",
            "ma o",
            "so lo",
            "lo so",
            "lo sap",
            "so hieu",
            "so hieu sap",
            "so",
            "kios",
            "so kios",
            "gian hang",
            "so gian hang",
            "diem kinh doanh",
            "so diem kinh doanh",
            "vi tri",
            "vi tri kinh doanh",
            "vi tri sap",
            "stall",
            "stall code",
            "stall no",
            "dia diem",
            "o quay",
            "so cho",
        ],
    ),
    (
        Column::Goods,
        &[
            "nganh hang",
            "mat hang",
            "mat hang kinh doanh",
            "loai hang",
            "nganh nghe",
            "nganh hang kinh doanh",
            "hang hoa",
            "nganh nghe kinh doanh",
            "kinh doanh",
            "goods",
            "trade",
            "mat hang ban",
            "san pham",
            "loai hinh kinh doanh",
        ],
    ),
    (
        Column::Phone,
        &[
            "dien thoai",
            "so dien thoai",
            "sdt",
            "so dt",
            "dt",
            "di dong",
            "dien thoai lien he",
            "lien he",
            "so lien he",
            "phone",
            "mobile",
            "zalo",
            "so zalo",
            "dt lien he",
            "so dien thoai lien he",
            "dien thoai di dong",
        ],
    ),
    (
        Column::Account,
        &[
            "so tai khoan",
            "so tk",
            "stk",
            "tai khoan",
            "tk",
            "tai khoan ngan hang",
            "so tai khoan ngan hang",
            "so tk ngan hang",
            "tk ngan hang",
            "tai khoan nhan tien",
            "account",
            "account number",
            "so tknh",
            "tknh",
            "stk ngan hang",
            "so hieu tai khoan",
            "so hieu tk",
        ],
    ),
    (
        Column::Bank,
        &[
            "ngan hang",
            "nh",
            "bank",
            "ten ngan hang",
            "ngan hang mo tai khoan",
            "mo tai ngan hang",
            "tai ngan hang",
            "ten nh",
            "nh thu huong",
            "ngan hang thu huong",
            "tai nh",
            "ngan hang mo tk",
        ],
    ),
    (
        Column::Owner,
        &[
            "chu tai khoan",
            "chu tk",
            "ten chu tk",
            "ten chu tai khoan",
            "ten tai khoan",
            "ten tk",
            "ho ten chu tk",
            "nguoi thu huong",
            "ho ten chu tai khoan",
            "ho va ten chu tai khoan",
            "ho va ten chu tk",
            "account name",
            "nguoi dung ten tk",
            "ten nguoi nhan",
            "nguoi dung ten tai khoan",
            "account holder",
            "chu stk",
        ],
    ),
    (Column::Note, &["ghi chu", "note", "notes", "luu y", "dien giai", "remark", "tinh trang", "hien trang", "trang thai"]),
];

/// A header: which rows it takes, by their place in the sheet, and what each column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Place of its first row in [`Sheet::rows`].
    pub first: usize,
    /// Place of its last row.
    pub last: usize,
    /// What each column holds, from column A on.
    pub columns: Vec<Option<Column>>,
}

impl Header {
    /// The column that holds something.
    #[must_use]
    pub fn at(&self, wanted: Column) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(wanted))
    }
}

/// A heading's words, folded, without what stands in brackets.
fn words(text: &str) -> Vec<String> {
    let text = letters::read(text).0;
    let bare = text.split(['(', '[']).next().unwrap_or("");
    fold::name_fold(bare).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What a heading names, and how surely: words of the phrase against words around it.
fn meaning(text: &str) -> Option<(Column, i32)> {
    let words = words(text);
    if words.is_empty() || words.len() > 9 {
        return None;
    }
    let mut best: Option<(Column, i32)> = None;
    for (column, phrases) in HEADINGS {
        for phrase in *phrases {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            let found = words.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(a, b)| a == b));
            // One short word among others says little: `o` in `ô tô`, `no` in `no.`.
            let is_whole = phrase.len() == words.len();
            let says_little = phrase.len() == 1 && !is_whole && (phrase[0].len() < 3 || words.len() > 4);
            if found && !says_little {
                let score = 10 * phrase.len() as i32 - (words.len() - phrase.len()) as i32;
                if best.is_none_or(|(_, most)| score > most) {
                    best = Some((*column, score));
                }
            }
        }
    }
    best
}

fn text_of(cell: Option<&Cell>) -> &str {
    match cell {
        Some(Cell::Text(text)) => text,
        _ => "",
    }
}

/// What a row's cells head, when it can be a row of a header: words only, at least `least` of them known.
fn headings(row: &Row, least: usize) -> Option<Vec<Option<(Column, i32)>>> {
    let has_figures = row.cells.iter().any(|cell| match cell {
        Cell::Number(_) | Cell::Date(..) => true,
        Cell::Text(text) => text.chars().filter(char::is_ascii_digit).count() > 3,
        Cell::Empty => false,
    });
    if has_figures {
        return None;
    }
    let found: Vec<_> = row.cells.iter().map(|cell| meaning(text_of(Some(cell)))).collect();
    let mut columns: Vec<Column> = found.iter().flatten().map(|(column, _)| *column).collect();
    columns.sort_unstable_by_key(|column| column.as_str());
    columns.dedup();
    (columns.len() >= least).then_some(found)
}

/// Whether a row is a header, or one more time the header, as at the top of each printed page.
pub(super) fn header_at(sheet: &Sheet, at: usize) -> Option<Header> {
    let upper = headings(sheet.rows.get(at)?, 2)?;
    let lower = sheet.rows.get(at + 1).and_then(|row| headings(row, 2));
    let width = upper.len().max(lower.as_ref().map_or(0, Vec::len));
    let mut columns: Vec<Option<(Column, i32)>> = vec![None; width];
    for (place, column) in columns.iter_mut().enumerate() {
        let above = upper.get(place).copied().flatten();
        let below = lower.as_ref().and_then(|lower| lower.get(place).copied().flatten());
        *column = below.or(above);
    }
    // Of two columns that seem to hold the same, the surer one does; the first, when both are as sure.
    let sure = columns.clone();
    for (place, column) in columns.iter_mut().enumerate() {
        let Some((kind, score)) = *column else { continue };
        let is_beaten = sure
            .iter()
            .enumerate()
            .any(|(other, found)| found.is_some_and(|(k, s)| k == kind && (s > score || (s == score && other < place))));
        if is_beaten {
            *column = None;
        }
    }
    // `Khu | Dãy | Lô`: two rows and no number are a row and its numbers.
    let has = |kind: Column, columns: &[Option<(Column, i32)>]| columns.iter().flatten().any(|(found, _)| *found == kind);
    if !has(Column::Stall, &columns)
        && let Some(at) =
            (0..sure.len()).find(|at| columns[*at].is_none() && sure[*at].is_some_and(|(kind, _)| kind == Column::Row))
    {
        columns[at] = sure[at].map(|(_, score)| (Column::Stall, score));
    }
    let header = Header {
        first: at,
        last: at + usize::from(lower.is_some()),
        columns: columns.into_iter().map(|c| c.map(|(k, _)| k)).collect(),
    };
    let (has_name, has_stall) = (header.at(Column::Name).is_some(), header.at(Column::Stall).is_some());
    let known = header.columns.iter().flatten().count();
    // Two columns are a list only when they say who and where.
    ((has_name && has_stall) || (known > 2 && (has_name || has_stall))).then_some(header)
}

/// The first header of a sheet.
pub(super) fn find(sheet: &Sheet) -> Option<Header> {
    (0..sheet.rows.len().min(200)).find_map(|at| header_at(sheet, at))
}

/// What the columns of a sheet without a header seem to hold, judged by what stands in them.
pub(super) fn by_content(sheet: &Sheet) -> Option<Header> {
    let rows: Vec<&Row> =
        sheet.rows.iter().filter(|row| row.cells.iter().filter(|cell| !cell.is_empty()).count() >= 2).take(300).collect();
    let width = rows.iter().map(|row| row.cells.len()).max()?;
    let share = |column: usize, is: fn(&str) -> bool| {
        let texts: Vec<String> = rows
            .iter()
            .filter_map(|row| row.cells.get(column))
            .filter(|cell| !cell.is_empty())
            .map(|cell| cell.shown().into_owned())
            .collect();
        if texts.is_empty() {
            0.0
        } else {
            texts.iter().filter(|text| is(text)).count() as f64 / texts.len().max(rows.len() / 3) as f64
        }
    };
    let is_name = |text: &str| {
        let text = letters::read(text).0;
        (2..=6).contains(&text.split_whitespace().count()) && text.split_whitespace().all(super::syllable::is_syllable)
    };
    let is_phone = |text: &str| super::phone::read(text).number.is_some();
    let is_code = |text: &str| {
        let text = text.trim();
        text.len() <= 10
            && text.chars().next().is_some_and(char::is_alphabetic)
            && text.chars().any(|c| c.is_ascii_digit())
            && !text.contains(' ')
    };
    let is_bank = |text: &str| super::bank::read(text).0.is_some();
    let is_account = |text: &str| text.len() >= 8 && text.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let kinds: [(Column, fn(&str) -> bool); 5] = [
        (Column::Name, is_name),
        (Column::Phone, is_phone),
        (Column::Stall, is_code),
        (Column::Bank, is_bank),
        (Column::Account, is_account),
    ];
    let mut columns = vec![None; width];
    for (kind, is) in kinds {
        let best = (0..width).filter(|column| columns[*column].is_none()).map(|column| (column, share(column, is)));
        if let Some((column, _)) = best.filter(|(_, share)| *share > 0.5).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) {
            columns[column] = Some(kind);
        }
    }
    let header = Header { first: 0, last: 0, columns };
    (header.at(Column::Name).is_some() && header.at(Column::Stall).is_some()).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_known_by_its_longest_phrase() {
        for (text, column) in [
            ("STT", Column::Order),
            ("Họ và tên", Column::Name),
            ("Tên hộ kinh doanh", Column::Name),
            ("Họ tên chủ sạp", Column::Name),
            ("Tên chủ TK", Column::Owner),
            ("Chủ tài khoản", Column::Owner),
            ("Số TK", Column::Account),
            ("Số tài khoản ngân hàng", Column::Account),
            ("Ngân hàng", Column::Bank),
            ("Tên ngân hàng", Column::Bank),
            ("Điện thoại", Column::Phone),
            ("SĐT (Zalo)", Column::Phone),
            ("Số ô", Column::Stall),
            ("Vị trí kinh doanh", Column::Stall),
            ("Khu vực", Column::Zone),
            ("Ngành hàng", Column::Goods),
            ("Hä vµ tªn", Column::Name),
            ("Sè tµi kho¶n", Column::Account),
            ("Ghi chú", Column::Note),
        ] {
            assert_eq!(meaning(text).map(|(column, _)| column), Some(column), "{text}");
        }
        assert_eq!(meaning("DANH SÁCH HỘ KINH DOANH CỐ ĐỊNH TẠI CHỢ BẮC KẠN"), None);
    }
}
