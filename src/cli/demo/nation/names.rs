//! Fictional names of people and markets, read once: a million vendors share seven thousand names, as people do.

use std::sync::LazyLock;

use super::dice::Dice;
use crate::domain::text::Name;

const FAMILY: &str = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý";
const MIDDLE: &str = "Thị Văn Hữu Đức Ngọc Minh Thanh Kim Thu Xuân Quang Đình Mỹ Bích";
const GIVEN: &str = "Hoà Hoa Hương Lan Hằng Tuấn Dũng Đạt Nga Phượng Thảo Trang Yến Sơn Hùng Liên Mai Đào Tâm Thuỷ Loan Cúc Hạnh Bình Long Ánh Vân";
/// What a ward's second, third … market is called after the ward's own name.
const SUFFIXES: [&str; 12] =
    ["", " Mới", " Trung Tâm", " Đầu Mối", " Chiều", " Bến Xe", " Phiên", " Cũ", " Ga", " Đông", " Tây", " Cầu"];

static PEOPLE: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let mut names = Vec::new();
    for family in FAMILY.split(' ') {
        for middle in MIDDLE.split(' ') {
            let given = GIVEN.split(' ').filter_map(|given| format!("{family} {middle} {given}").parse().ok());
            names.extend(given);
        }
    }
    names
});

/// Somebody's name.
pub(super) fn person(dice: &mut Dice) -> &'static Name {
    dice.one_of(&PEOPLE)
}

/// The name of a ward's market, by its number inside the ward.
pub(super) fn market(ward: &str, number: usize) -> String {
    match SUFFIXES.get(number) {
        Some(suffix) => format!("Chợ {ward}{suffix}"),
        None => format!("Chợ {ward} {}", number + 1),
    }
}
