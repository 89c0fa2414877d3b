/** Hashes and marks of a pack, as the server makes them (app/market_pack.rs): what a scan is compared by. */
import { fromText, toHex, toText } from "./bytes";

const imported = new Map<string, Promise<CryptoKey>>();

async function mac(packKey: string, text: string): Promise<Uint8Array> {
  let key = imported.get(packKey);
  if (!key) {
    key = crypto.subtle.importKey("raw", fromText(packKey), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    imported.set(packKey, key);
  }
  return new Uint8Array(await crypto.subtle.sign("HMAC", await key, new TextEncoder().encode(text)));
}

/** Bound to the stall: `p` for a payload to the letter, `i` for the account behind it. */
export const stallHash = async (packKey: string, stallId: string, kind: "p" | "i", value: string): Promise<string> =>
  toText((await mac(packKey, `${stallId}|${kind}|${value}`)).subarray(0, 12));

/** Too short to be turned back into a number: says "maybe twice". */
export const accountMark = async (packKey: string, identity: string): Promise<string> => toHex((await mac(packKey, `a|${identity}`)).subarray(0, 4));
export const phoneMark = async (packKey: string, phone: string): Promise<string> => toHex((await mac(packKey, `t|${phone}`)).subarray(0, 3));
