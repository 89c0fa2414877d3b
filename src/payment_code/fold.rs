//! temp
use unicode_normalization::UnicodeNormalization;
/// t
#[must_use]
pub fn nfc_clean(t: &str) -> String {
    t.nfc()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
/// t
#[must_use]
pub fn fold_ascii(t: &str) -> String {
    t.nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .map(|c| match c {
            'đ' => 'd',
            'Đ' => 'D',
            c => c,
        })
        .collect()
}
/// t
#[must_use]
pub fn name_fold(t: &str) -> String {
    fold_ascii(&nfc_clean(t)).to_lowercase()
}
/// t
#[must_use]
pub fn name_sort(t: &str) -> String {
    name_fold(t)
}
