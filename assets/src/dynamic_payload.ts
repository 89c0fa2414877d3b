/** Puts an amount into a VietQR transfer code: tag 01 says 12, tag 54 stands behind 53, the checksum is made anew. */

/** Transfers by code stay below this many dong (NAPAS VietQR v1.0). */
const LIMIT = 500_000_000;

/** An amount as people type it, `45.000`, `45k`; `null` when it is none, or out of range. */
export function readAmount(text: string): number | null {
  const match = /^([\d.,\s\u00a0]+?)\s*(k?)\s*(?:vnd|đồng|đ|d)?$/u.exec(text.trim().toLowerCase());
  if (!match) return null;
  const digits = (match[1] ?? "").replace(/[.,\s\u00a0]/gu, "");
  if (digits === "" || digits.length > 12) return null;
  const amount = Number(digits) * (match[2] === "k" ? 1_000 : 1);
  return amount > 0 && amount < LIMIT ? amount : null;
}

/** `45.000 đ`, as Vietnamese write it. */
export function sayAmount(amount: number): string {
  return `${String(amount).replace(/\B(?=(\d{3})+$)/gu, ".")} đ`;
}

/** The code with an amount. The server checked that the code is ASCII and whole before it sent it. */
export function dynamicPayload(payload: string, amount: number): string {
  let out = "";
  for (let at = 0; at < payload.length; ) {
    const tag = payload.slice(at, at + 2);
    const length = Number(payload.slice(at + 2, at + 4));
    const value = payload.slice(at + 4, at + 4 + length);
    at += 4 + length;
    if (tag === "54" || tag === "63") continue;
    out += field(tag, tag === "01" ? "12" : value);
    if (tag === "53") out += field("54", String(amount));
  }
  out += "6304";
  return out + crc16(out).toString(16).toUpperCase().padStart(4, "0");
}

function field(tag: string, value: string): string {
  return tag + String(value.length).padStart(2, "0") + value;
}

/** CRC-16/IBM-3740 over ASCII. */
function crc16(text: string): number {
  let crc = 0xffff;
  for (let i = 0; i < text.length; i += 1) {
    crc ^= text.charCodeAt(i) << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}
