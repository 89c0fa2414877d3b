/** A code's text as UTF-8 bytes: lengths may count either, the checksum always runs over bytes. */

export interface Text { bytes: Uint8Array; isAscii: boolean; isPlain: boolean }

// A byte order mark is a character like any other: it must not vanish from a value.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function textOf(payload: string): Text {
  const bytes = new TextEncoder().encode(payload);
  return { bytes, isAscii: bytes.every((byte) => byte < 0x80), isPlain: isPrintable(bytes) };
}

export const slice = (text: Text, start: number, end: number): string => decoder.decode(text.bytes.subarray(start, end));

export const isPrintable = (bytes: Uint8Array): boolean => bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Whether a character begins at a byte. */
export const isBoundary = (text: Text, at: number): boolean => at >= text.bytes.length || (text.bytes[at]! & 0xc0) !== 0x80;

/** How many characters lie between two bytes. */
export function characters(text: Text, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if ((text.bytes[at]! & 0xc0) !== 0x80) count += 1;
  return count;
}

/** Characters that nobody sees, as Unicode's Default_Ignorable and its neighbours. */
const INVISIBLE = "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffd\\u{e0000}-\\u{e0fff}";
const FIRST_INVISIBLE = new RegExp(`[\\p{Cc}${INVISIBLE}]`, "u");
const LEADING = new RegExp(`^[\\p{Cc}\\p{White_Space}${INVISIBLE}]+`, "u");
const TRAILING = new RegExp(`[\\p{Cc}\\p{White_Space}${INVISIBLE}]+$`, "u");

/** Where the first control or invisible character stands, in bytes; `-1` for nowhere. */
export function firstInvisible(value: string): number {
  const found = FIRST_INVISIBLE.exec(value);
  return found ? new TextEncoder().encode(value.slice(0, found.index)).length : -1;
}

export const trimStart = (value: string): string => value.replace(LEADING, "");
export const trim = (value: string): string => trimStart(value).replace(TRAILING, "");
