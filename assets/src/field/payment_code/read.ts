/** Reading a payment code on the phone, by the same rules as the server (tests/field/payment_code.test.mjs holds both together). */
import { identity } from "./identity";
import { read, Refusal, type Reader, type Slot } from "./reader";
import { valueOf } from "./rules";
import type { Scheme } from "./scheme";
import { characters, textOf } from "./text";

export interface Code {
  ok: true;
  scheme: Scheme;
  initiation: "static" | "dynamic";
  bin: string | null;
  account: string | null;
  service: string | null;
  amount: number | null;
  currency: string | null;
  purpose: string | null;
  merchant_name: string | null;
  merchant_city: string | null;
  identity: string;
  /** A plain transfer to an account or card, which can be written again from its parts. */
  is_transfer: boolean;
  warnings: string[];
}

export interface Refused { ok: false; code: string; offset: number }

export function decode(payload: string, mode: "strict" | "lenient"): Code | Refused {
  try {
    return codeOf(read(payload, mode === "lenient"));
  } catch (stop) {
    if (!(stop instanceof Refusal)) throw stop;
    return { ok: false, code: stop.fault.reason, offset: characters(textOf(payload), 0, stop.fault.at) };
  }
}

function codeOf(r: Reader): Code {
  const get = (name: Slot): string | null => {
    const part = r.slots[name];
    return part ? valueOf(r, part) : null;
  };
  const initiation = get("initiation");
  return {
    ok: true,
    scheme: r.scheme,
    initiation: initiation === "12" || (initiation === null && r.slots.amount) ? "dynamic" : "static",
    bin: get("bin"),
    account: get("account"),
    service: r.service,
    amount: r.whole,
    currency: get("currency"),
    purpose: get("purpose"),
    merchant_name: get("name"),
    merchant_city: get("city"),
    identity: identity(r),
    is_transfer: r.scheme === "vietqr" && (r.service === null || r.service === "QRIBFTTA" || r.service === "QRIBFTTC"),
    warnings: r.warnings,
  };
}

/** What makes two scanned codes the same account; `null` for no payment code, or one whose checksum no app accepts. */
export function identityOf(payload: string): string | null {
  const code = decode(payload.trim(), "lenient");
  if (!code.ok || code.warnings.some((word) => word === "crc_wrong" || word === "crc_missing" || word === "crc_malformed")) return null;
  return code.identity;
}
