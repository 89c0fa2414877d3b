//! The checksum of every EMV code: CRC-16/IBM-3740 (also called CCITT-FALSE): polynomial 1021, init FFFF, no
//! reflection, no final xor (NAPAS `VietQR` v1.0 §5, ISO/IEC 13239).

const CRC: crc::Crc<u16, crc::Table<16>> = crc::Crc::<u16, crc::Table<16>>::new(&crc::CRC_16_IBM_3740);

/// The checksum over bytes; a code's runs over the UTF-8 bytes up to and including `6304`.
///
/// ```
/// assert_eq!(choqr::payment_code::crc16(b"123456789"), 0x29B1);
/// ```
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    CRC.checksum(bytes)
}
