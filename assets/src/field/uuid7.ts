/** A record's identifier: a UUIDv7 (RFC 9562 §5.7), which is the server's idempotency key. */
import { toHex } from "./bytes";

let last = 0;

/** Later ones sort behind earlier ones, though the phone's clock be turned back while the app is open. */
export function uuid7(now: number): string {
  last = Math.max(last + 1, Math.max(0, Math.trunc(now)));
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(last / 2 ** (8 * (5 - at))) % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = toHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
