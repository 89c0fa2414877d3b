/** What an account of a draft says: read from the vendor's own code, or typed. */
import { bankCapitals } from "./payment_code/fold";
import { decode } from "./payment_code/read";
import { staticTransfer } from "./payment_code/write";
import type { Draft, DraftAccount, Stall } from "./model";
import { agrees, reviewReasons } from "./issue_rule";
import { nameFold } from "./payment_code/fold";
import type { Market } from "./market";

export interface ReadAccount {
  bin: string | null;
  number: string | null;
  last4: string;
  identity: string | null;
  /** What the server would issue. */
  issued: string | null;
  codeName: string | null;
  isTransfer: boolean;
}

export function readAccount(account: DraftAccount, market: Market): ReadAccount | null {
  const purpose = market.rules.transfer_purpose;
  if (account.scanned_payload === null) {
    const issued = account.bin && account.account_number ? staticTransfer(account.bin, account.account_number, "QRIBFTTA", purpose) : null;
    const code = issued === null ? null : decode(issued, "strict");
    if (issued === null || !code?.ok) return null;
    return { bin: account.bin, number: account.account_number, last4: (account.account_number ?? "").slice(-4), identity: code.identity, issued, codeName: null, isTransfer: true };
  }
  const code = decode(account.scanned_payload.trim(), "strict");
  if (!code.ok) return null;
  const service = code.service === "QRIBFTTC" ? "QRIBFTTC" : "QRIBFTTA";
  const issued = code.is_transfer && code.bin !== null && code.account !== null ? staticTransfer(code.bin, code.account, service, purpose) : null;
  return {
    bin: code.bin, number: code.account, last4: (code.account ?? "").slice(-4), identity: code.identity, issued: issued ?? account.scanned_payload.trim(),
    codeName: code.merchant_name, isTransfer: code.is_transfer,
  };
}

/** The holder's name as it is declared: the vendor's own when nobody said otherwise. */
export const holderOf = (account: DraftAccount, draft: Draft): string => account.holder_name ?? draft.full_name;

/** Why a second person would have to decide about a draft; empty when its codes are issued at once. */
export function reasonsOf(draft: Draft, stall: Stall, market: Market, usedByOther: boolean): string[] {
  const names = [draft.full_name];
  const isChange = stall.codes.length > 0;
  const found = draft.accounts.flatMap((account) => {
    const read = readAccount(account, market);
    const matches = nameFold(holderOf(account, draft)) === nameFold(draft.full_name) && agrees(read?.codeName ?? null, names);
    return reviewReasons({ how: account.how, nameMatches: matches, usedByOther, isChange, reviewFirst: market.rules.review_first });
  });
  return [...new Set(found)];
}

/** The body of an enrolment as the API takes it. */
export function enrolmentBody(draft: Draft, stall: Stall, market: Market, at: string): Record<string, unknown> {
  return {
    market_id: draft.market_id,
    stall_code: stall.code,
    vendor: { full_name: draft.full_name, phone: draft.phone === "" ? null : draft.phone, goods: draft.goods, form_of_address: draft.address },
    accounts: draft.accounts.map((account) => ({
      ...(account.scanned_payload === null ? { bin: account.bin, account_number: account.account_number } : { scanned_payload: account.scanned_payload }),
      holder_name: account.holder_name ?? bankCapitals(draft.full_name), how: account.how, primary: account.primary,
    })),
    consent: { text_version: market.consent.text_version, purposes: draft.purposes, account_holder: draft.account_holder, given_at: at },
    captured_at: at,
    base_version: draft.base_version,
    keep_current: draft.keep_current,
  };
}
