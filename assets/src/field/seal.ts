/** Seals a record to the server: ECDH on P-256 with a fresh key, HKDF-SHA-256, AES-256-GCM. From then on only the server reads it. */
import { fromText, toText } from "./bytes";
import type { Me, Sealed } from "./model";

const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** The server's key, ready for use: imported once, since saving must not wait for it. */
export interface SealKey { keyId: string; raw: Uint8Array<ArrayBuffer>; key: CryptoKey }

export async function sealKey(field: Me["field_key"]): Promise<SealKey> {
  const raw = fromText(field.public_key);
  return { keyId: field.key_id, raw, key: await crypto.subtle.importKey("raw", raw, CURVE, false, []) };
}

/** What is bound to the box: a record cannot be moved to another stall, or be taken for something else. */
export const boundTo = (id: string, kind: string, market: string, stall: string): string => `choqr-field-1|${id}|${kind}|${market}|${stall}`;

export async function seal(to: SealKey, bound: string, plain: Uint8Array<ArrayBuffer>): Promise<Sealed> {
  const ours = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const [shared, epkBuffer] = await Promise.all([
    crypto.subtle.deriveBits({ name: "ECDH", public: to.key }, ours.privateKey, 256),
    crypto.subtle.exportKey("raw", ours.publicKey),
  ]);
  const epk = new Uint8Array(epkBuffer);
  const salt = new Uint8Array(epk.length + to.raw.length);
  salt.set(epk);
  salt.set(to.raw, epk.length);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("choqr field 1");
  const key = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt, info }, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(bound) }, key, plain);
  return { key_id: to.keyId, epk: toText(epk), iv: toText(iv), box: toText(new Uint8Array(box)) };
}
