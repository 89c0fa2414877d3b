//! The checksum of every EMV code: CRC-16/IBM-3740 (also called CCITT-FALSE): polynomial 1021, init FFFF, no
//! reflection, no final xor (NAPAS `VietQR` v1.0 §5, ISO/IEC 13239).

// A static and not a constant: the table of 8 KiB exists once.
static CRC: crc::Crc<u16, crc::Table<16>> = crc::Crc::<u16, crc::Table<16>>::new(&crc::CRC_16_IBM_3740);

/// The checksum over bytes; a code's runs over the UTF-8 bytes up to and including `6304`.
///
/// ```
/// assert_eq!(choqr::payment_code::crc16(b"123456789"), 0x29B1);
/// ```
#[must_use]
#[inline]
pub fn crc16(bytes: &[u8]) -> u16 {
    CRC.checksum(bytes)
}

/// Four upper-case hexadecimal digits, with leading zeros.
#[inline]
pub(super) const fn hex(crc: u16) -> [u8; 4] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [
        DIGITS[(crc >> 12) as usize],
        DIGITS[(crc >> 8 & 15) as usize],
        DIGITS[(crc >> 4 & 15) as usize],
        DIGITS[(crc & 15) as usize],
    ]
}

/// The number four hexadecimal digits of either case say.
#[inline]
pub(super) fn parse(digits: &[u8]) -> Option<u16> {
    let digits: [u8; 4] = digits.try_into().ok()?;
    let mut crc = 0;
    for digit in digits {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'F' => digit - b'A' + 10,
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        crc = crc << 4 | u16::from(value);
    }
    Some(crc)
}
