/** A scan at a stall, judged without the network and without an account list; the server judges again when it hears of it. */
import type { Market } from "./market";
import { accountMark, phoneMark, stallHash } from "./marks";
import type { OfflineVerdict, OutboxRecord, Stall } from "./model";
import { identityOf } from "./payment_code/read";

/** `queued` are this phone's own records: an account that it has just enrolled here is no stranger's. */
export async function verify(market: Market, stall: Stall, payload: string, queued: OutboxRecord[] = []): Promise<OfflineVerdict> {
  const text = payload.trim();
  const identity = identityOf(text);
  if (identity === null) return "unreadable";
  const [whole, account] = await Promise.all([
    stallHash(market.packKey, stall.stall_id, "p", text),
    stallHash(market.packKey, stall.stall_id, "i", identity),
  ]);
  const active = stall.codes.filter((code) => code.status === "active");
  if (active.some((code) => code.payload_hash === whole)) return "match";
  if (active.some((code) => code.identity_hash === account)) return "own_code";
  if (stall.codes.some((code) => code.identity_hash === account)) return "superseded";
  const mark = await accountMark(market.packKey, identity);
  const isOwn = queued.some((record) => record.kind === "enrolment" && record.stall_id === stall.stall_id && record.state !== "dropped" && record.account_marks.includes(mark));
  return isOwn ? "own_code" : "foreign";
}

/** The stalls whose accounts may be this one, surest first: for a scan that begins without a stall. */
export async function stallsOf(market: Market, payload: string): Promise<Stall[]> {
  const identity = identityOf(payload.trim());
  if (identity === null) return [];
  const mark = await accountMark(market.packKey, identity);
  return market.stalls.filter((stall) => stall.account_marks.includes(mark));
}

export interface Twice { what: "stall" | "account" | "phone"; stall_code: string }

/** What this phone knows to be there already, on its list or in its queue. */
export async function twice(
  market: Market,
  records: OutboxRecord[],
  asked: { stall: Stall; identity?: string | null; phone?: string | null },
): Promise<Twice[]> {
  const found: Twice[] = [];
  const waiting = records.filter((record) => record.kind === "enrolment" && record.state === "saved");
  if (waiting.some((record) => record.stall_id === asked.stall.stall_id)) found.push({ what: "stall", stall_code: asked.stall.code });
  const others = market.stalls.filter((stall) => stall.stall_id !== asked.stall.stall_id);
  const isSameKeeper = (stall: Stall): boolean => stall.vendor_id !== null && stall.vendor_id === asked.stall.vendor_id;
  if (asked.identity) {
    const mark = await accountMark(market.packKey, asked.identity);
    const there = others.find((stall) => stall.account_marks.includes(mark) && !isSameKeeper(stall))?.code
      ?? waiting.find((record) => record.stall_id !== asked.stall.stall_id && record.account_marks.includes(mark))?.stall_code;
    if (there !== undefined) found.push({ what: "account", stall_code: there });
  }
  if (asked.phone) {
    const mark = await phoneMark(market.packKey, asked.phone);
    const there = others.find((stall) => stall.phone_mark === mark && !isSameKeeper(stall))?.code
      ?? waiting.find((record) => record.stall_id !== asked.stall.stall_id && record.phone_mark === mark)?.stall_code;
    if (there !== undefined) found.push({ what: "phone", stall_code: there });
  }
  return found;
}

/** A mobile number in national form, as the server reads it; `null` for none. */
export function readPhone(text: string): string | null {
  const said = text.trim();
  if (!/^[ .\-()\u00a0+]*[\d .\-()\u00a0]*$/u.test(said)) return null;
  const digits = said.replace(/\D/gu, "").replace(/^84(?=\d{9}$)/u, "0");
  return /^0[35789]\d{8}$/u.test(digits) ? digits : null;
}
