/** CRC-16/IBM-3740, over the UTF-8 bytes up to and including `6304` (NAPAS VietQR v1.0 §5). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

export const crcHex = (crc: number): string => crc.toString(16).toUpperCase().padStart(4, "0");

/** The number that four hexadecimal digits of either case say. */
export const parseCrc = (digits: string): number | null => (/^[0-9A-Fa-f]{4}$/u.test(digits) ? parseInt(digits, 16) : null);
