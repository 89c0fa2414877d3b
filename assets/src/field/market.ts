/** The market in the pocket: loaded from the phone, refreshed by what changed. */
import { dayOf } from "./clock";
import type { Bank, MarketRules, Pack, Stall } from "./model";
import { nameFold } from "./payment_code/fold";
import { call } from "./server";
import { all, beside, get, put, write } from "./store";

/** A market's own facts, kept apart from its stalls. */
interface Head { rules: MarketRules; banks: Bank[]; consent: Pack["consent"]; pack_key: string; cursor: number; loaded_at: number }
/** A stall as it lies on the phone: with the text it is searched by. */
interface Kept extends Stall { market_id: string; at: number; key: string; find: string; digits: string }

/** A sticker that was not looked at for this long is due. */
const CHECK_AFTER_MS = 30 * 86_400_000;

export class Market {
  readonly stalls: readonly Stall[];
  private readonly byId: Map<string, Kept>;
  /** What was asked last, and which stalls its words fit. */
  private last: { asked: string; byWords: Kept[] } | null = null;

  constructor(private readonly head: Head, private readonly kept: Kept[]) {
    kept.sort((a, b) => a.at - b.at);
    // Kept by an app from before the key was.
    for (const stall of kept) stall.key ??= codeKey(stall.code);
    this.stalls = kept;
    this.byId = new Map(kept.map((stall) => [stall.stall_id, stall]));
  }

  get rules(): MarketRules { return this.head.rules; }
  get banks(): Bank[] { return this.head.banks; }
  get consent(): Pack["consent"] { return this.head.consent; }
  get packKey(): string { return this.head.pack_key; }
  get loadedAt(): number { return this.head.loaded_at; }

  get(stallId: string): Stall | undefined {
    return this.byId.get(stallId);
  }

  bankName(bin: string | null): string {
    return this.banks.find((bank) => bank.bin === bin)?.name ?? bin ?? "";
  }

  /** By code however it is typed (`A1-03`, `a1 3`, `a103`), by words of the name in any order without marks, by last digits. */
  search(text: string): Stall[] {
    const asked = nameFold(text);
    if (asked === "") return [];
    const code = codeKey(text);
    // Made once, not once a stall: that alone had been half of the time of a search.
    const [first, ...others] = asked.split(" ").map((word) => ` ${word}`);
    const digits = `${asked} `;
    const isDigits = /^\d{2,4}$/u.test(asked);
    // Another letter leaves fewer that fit by their words: only those are looked at again.
    const among = this.last && asked.startsWith(this.last.asked) ? this.last.byWords : this.kept;
    const byWords = among.filter(({ find }) => find.includes(first!) && (others.length === 0 || others.every((word) => find.includes(word))));
    this.last = { asked, byWords };
    // What fits best stands first, each kind in walking order, and each stall once.
    const byCode = code === "" ? [] : this.kept.filter(({ key }) => key === code);
    const byBegin = code.length > 1 ? this.kept.filter(({ key }) => key.startsWith(code) && key !== code) : [];
    const before = new Set([...byCode, ...byBegin]);
    const byName = before.size === 0 ? byWords : byWords.filter((stall) => !before.has(stall));
    if (!isDigits) return [...byCode, ...byBegin, ...byName];
    for (const stall of byWords) before.add(stall);
    return [...byCode, ...byBegin, ...byName, ...this.kept.filter((stall) => stall.digits.includes(digits) && !before.has(stall))];
  }
}

/** A stall's code without what people leave out: signs, capitals, leading zeros of its number. */
function codeKey(text: string): string {
  const plain = nameFold(text).replace(/[^a-z0-9]+/gu, "-");
  const split = /^([a-z]+\d*?)-?0*(\d+[a-z]?)$/u.exec(plain) ?? [];
  // `a103` is row A1, stall 03: rows are one letter and one digit far more often than stalls have three.
  const bare = /^([a-z]\d)0*(\d{1,2}[a-z]?)$/u.exec(plain);
  const parts = /^([a-z0-9]+)-0*(\d+[a-z]?)$/u.exec(plain) ?? bare ?? split;
  return parts[1] === undefined ? plain : `${parts[1]}-${parts[2]}`;
}

export async function loadMarket(id: string): Promise<Market | null> {
  const [head, kept] = await Promise.all([get<Head>("keys", `market:${id}`), all<Kept>("stalls", IDBKeyRange.bound([id], [id, []]))]);
  return head ? new Market(head, kept) : null;
}

/** Fetches a market that is not on the phone yet: usable at once, and on its way to disk. */
export async function fetchMarket(id: string): Promise<Market> {
  const { market, kept } = await fetchWhole(id);
  beside(kept);
  return market;
}

/** The whole market, and when it is on disk. */
async function fetchWhole(id: string): Promise<{ market: Market; kept: Promise<void> }> {
  const pack = await call<Pack>("GET", `/dd/api/markets/${id}/pack`);
  const head = headOf(pack);
  const stalls = pack.stalls.map((stall, at) => keptOf(id, stall, at));
  return { market: new Market(head, stalls), kept: keep(id, head, stalls, true) };
}

async function fetchAnew(id: string): Promise<Market> {
  const { market, kept } = await fetchWhole(id);
  await kept;
  return market;
}

/** Fetches what changed; it is kept before it is used, and nothing comes of it when the market is not on the phone. */
export async function refreshMarket(id: string): Promise<Market | null> {
  const known = await get<Head>("keys", `market:${id}`);
  if (!known) return null;
  const pack = await call<Pack>("GET", `/dd/api/markets/${id}/pack?since=${known.cursor}`);
  // The phone was bound anew: its marks have another key, and all of them are needed again.
  if (known.pack_key !== pack.pack_key) return fetchAnew(id);
  const before = pack.full ? [] : await all<Kept>("stalls", IDBKeyRange.bound([id], [id, []]));
  const kept = new Map(before.map((stall) => [stall.stall_id, stall]));
  // A new stall of a delta stands behind the others until the next whole pack.
  const changed = pack.stalls.map((stall, at) => keptOf(id, stall, pack.full ? at : kept.get(stall.stall_id)?.at ?? before.length + at));
  for (const stall of changed) kept.set(stall.stall_id, stall);
  const head = headOf(pack, known);
  await keep(id, head, changed, pack.full);
  const market = new Market(head, [...kept.values()]);
  // A stall was taken out of the book, which no change tells.
  return !pack.full && pack.total !== undefined && market.stalls.length !== pack.total ? fetchAnew(id) : market;
}

const headOf = (pack: Pack, before?: Head): Head => ({
  rules: pack.market, banks: pack.banks ?? before?.banks ?? [], consent: pack.consent, pack_key: pack.pack_key, cursor: pack.cursor,
  loaded_at: pack.now,
});

const keep = (id: string, head: Head, changed: Kept[], isWhole: boolean): Promise<void> =>
  write(["keys", "stalls"], ({ keys: small, stalls }) => {
    if (isWhole) stalls!.delete(IDBKeyRange.bound([id], [id, []]));
    for (const stall of changed) stalls!.put(stall);
    small!.put(head, `market:${id}`);
  });

function keptOf(market_id: string, stall: Stall, at: number): Kept {
  const digits = [...stall.codes.map((code) => code.last4), stall.phone_last4 ?? ""].filter((text) => text !== "");
  return { ...stall, market_id, at, key: codeKey(stall.code), find: ` ${nameFold(`${stall.vendor ?? ""} ${stall.goods ?? ""}`)}`, digits: digits.map((text) => `${text} `).join("") };
}

export const chosenMarket = async (): Promise<string | null> => (await get<string>("keys", "market")) ?? null;
export const chooseMarket = (id: string): void => beside(put("keys", id, "market"));

/** The rows that a volunteer chose to walk, before those that the lead gave them; empty for all. */
export const chosenRows = async (marketId: string): Promise<string[] | null> => (await get<string[]>("keys", `rows:${marketId}`)) ?? null;
export const chooseRows = (marketId: string, rows: string[]): Promise<void> => put("keys", rows, `rows:${marketId}`);

export interface Today { unsafe: Stall[]; due: Stall[]; unposted: Stall[]; to_check: Stall[]; to_visit: Stall[] }

/** What there is to do, in walking order. */
export function today(stalls: readonly Stall[], now: number): Today {
  const day = dayOf(now);
  const trading = stalls.filter((stall) => stall.occupancy === "trading");
  return {
    unsafe: trading.filter((stall) => stall.safety === "mismatch" || stall.frozen),
    due: trading.filter((stall) => ["postponed", "awaiting_account"].includes(stall.progress) && (stall.come_back_on === null || stall.come_back_on <= day)),
    unposted: trading.filter((stall) => stall.progress === "code_issued"),
    to_check: trading.filter((stall) => ["posted", "in_use"].includes(stall.progress) && (stall.checked_at ?? 0) < now - CHECK_AFTER_MS),
    to_visit: trading.filter((stall) => stall.progress === "not_reached" || stall.progress === "needs_fix"),
  };
}
