//! Pure library: EMV merchant-presented codes, `VietQR`, bank directory, Vietnamese folding.
pub mod fold;
