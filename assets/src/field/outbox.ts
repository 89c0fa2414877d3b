/**
 * The queue of records: sealed and frozen when saved, sent until the server says in so many words that it has them.
 * Whatever changes a record reads and writes it in one transaction, so that two tabs never lose a change.
 */
import { now as trueNow, offset } from "./clock";
import { accountMark, phoneMark } from "./marks";
import type { Market } from "./market";
import type { Kind, Me, OutboxRecord, Plain, Sealed, SendAnswer, SendItem, SendResult, Stall } from "./model";
import { boundTo, seal, sealKey, type SealKey } from "./seal";
import { CallError, call, type Trouble } from "./server";
import { all, asked, get, write } from "./store";
import { uuid7 } from "./uuid7";

const SCHEMA = 1;
/** One call carries at most this many records, and about this many letters. */
const MOST_ITEMS = 50;
const MOST_LETTERS = 256 * 1_024;
/** What the server has is kept sealed for two weeks, what it has not for ever. */
const KEPT_MS = 14 * 86_400_000;
const EVERY_MS = 60_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

/** A photo on the phone, sealed too, sent when its record is on the server. */
interface Photo { id: string; record_id: string; market_id: string; stall_id: string; taken_at: number; sealed: Sealed }

export interface OutboxState { unsent: number; sending: boolean; lastTrouble: Trouble | null; nextTryAt: number }

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("choqr-outbox") : null;
const listeners = new Set<(state: OutboxState) => void>();
const state: OutboxState = { unsent: 0, sending: false, lastTrouble: null, nextTryAt: 0 };
let waits = 0;

/** Told of every change, in this tab or another. */
export function onOutbox(listener: (state: OutboxState) => void): () => void {
  listeners.add(listener);
  listener(state);
  return () => listeners.delete(listener);
}

async function tell(others = true): Promise<void> {
  state.unsent = (await unsent()).length;
  for (const listener of listeners) listener({ ...state });
  if (others) channel?.postMessage("changed");
}

const byTime = (one: OutboxRecord, other: OutboxRecord): number => (one.id < other.id ? 1 : -1);

/** All of them, latest first. */
export async function records(): Promise<OutboxRecord[]> {
  return (await all<OutboxRecord>("records")).sort(byTime);
}

/** Those that are on this phone alone, oldest first. */
export async function unsent(): Promise<OutboxRecord[]> {
  return (await records()).filter((record) => record.state === "saved").reverse();
}

/** Whether a record is on this phone and nowhere else: not sent, or not even kept by the server. */
export const isHereOnly = (record: OutboxRecord): boolean => record.state === "saved" || (record.state === "refused" && record.received_at === null);

/** Whether something would be lost with this phone: a record, or a photo that has not followed its record yet. */
export async function holdsSomething(): Promise<boolean> {
  return (await records()).some(isHereOnly) || (await all<Photo>("photos")).length > 0;
}

/** The stalls at which a record waits on this phone. */
export async function pendingStalls(): Promise<Set<string>> {
  return new Set((await unsent()).map((record) => record.stall_id));
}

export interface NewRecord {
  kind: Kind;
  market: Market;
  stall: Stall;
  body: Record<string, unknown>;
  photo?: Blob | null;
  identities?: string[];
  phone?: string | null;
  revises?: { id: string; rev: number } | null;
}

let ready: Promise<SealKey> | null = null;

/** The server's key, imported before it is needed. */
export function prepare(me: Me): void {
  ready = sealKey(me.field_key);
}

/** Saves a record: when this resolves, it is on the phone's disk, and no longer readable on the phone. */
export async function queue(wish: NewRecord): Promise<OutboxRecord> {
  const me = await get<Me>("keys", "me");
  if (!ready && me) prepare(me);
  if (!ready) throw new CallError("signed_out");
  const key = await ready;
  const at = Date.now();
  const id = uuid7(trueNow());
  const { market_id } = wish.market.rules;
  const { stall_id } = wish.stall;
  const rev = (wish.revises?.rev ?? 0) + 1;
  const device = me?.device?.device_id;
  const body = wish.kind === "enrolment" ? { ...wish.body, rev, ...(device ? { device_id: device } : {}) } : wish.body;
  const plain: Plain = { schema: SCHEMA, id, body, clock: { at, offset: offset() } };
  const encoded = new TextEncoder().encode(JSON.stringify(plain));
  const packKey = wish.market.packKey;
  const photoId = wish.photo ? uuid7(trueNow()) : "";
  const [sealed, account_marks, phone_mark, photo] = await Promise.all([
    seal(key, boundTo(id, wish.kind, market_id, stall_id), encoded),
    Promise.all((wish.identities ?? []).map((identity) => accountMark(packKey, identity))),
    wish.phone ? phoneMark(packKey, wish.phone) : null,
    wish.photo ? sealedPhoto(key, photoId, id, wish, wish.photo) : null,
  ]);
  const record: OutboxRecord = {
    id, kind: wish.kind, market_id, stall_id, stall_code: wish.stall.code, vendor: wish.stall.vendor ?? "", rev, revises: wish.revises?.id ?? null,
    sealed, saved_at: trueNow(), state: "saved", tries: 0, next_try_at: 0, receipt: null, result: null, payment_code_id: null, problem: null,
    received_at: null, account_marks, phone_mark, has_photo: photo !== null,
  };
  if (wish.kind === "enrolment" && typeof wish.body["vendor"] === "object" && wish.body["vendor"] !== null) {
    record.vendor = String((wish.body["vendor"] as { full_name?: unknown }).full_name ?? record.vendor);
  }
  await write(["records", "photos"], async ({ records: store, photos }) => {
    if (record.revises !== null) await giveWay(store!, record.revises);
    store!.add(record);
    if (photo) photos!.add(photo);
  });
  waits = 0;
  state.nextTryAt = 0;
  void tell();
  void flush();
  return record;
}

const isUntried = (record: OutboxRecord | undefined): boolean => record?.state === "saved" && record.tries === 0;

/** What was never on its way can be done anew; what may have arrived is changed on the server, as anything else there. */
export const canRedo = (record: OutboxRecord): boolean => record.kind === "enrolment" && isUntried(record);

/** Lets a record give way to its revision, with what was said of its test transfer. What was sent meanwhile stays, and counts first. */
async function giveWay(store: IDBObjectStore, id: string): Promise<void> {
  const before = (await asked(store.get(id))) as OutboxRecord | undefined;
  if (!before || !isUntried(before)) return;
  const others = (await asked(store.getAll())) as OutboxRecord[];
  for (const other of others) if (other.kind === "test_transfer" && other.stall_id === before.stall_id && isUntried(other)) store.delete(other.id);
  store.delete(id);
}

async function sealedPhoto(key: SealKey, id: string, record_id: string, wish: NewRecord, photo: Blob): Promise<Photo> {
  const bytes = new Uint8Array(await photo.arrayBuffer());
  const { market_id } = wish.market.rules;
  const { stall_id } = wish.stall;
  const sealed = await seal(key, boundTo(id, "photo", market_id, stall_id), bytes);
  return { id, record_id, market_id, stall_id, taken_at: Date.now(), sealed };
}

/** How long to wait after so many failures: 5 s, 10 s … 5 min, and a phone's own share of it, so that a market does not call at once. */
export const waitAfter = (failures: number, share: number): number =>
  Math.round(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1)) * (0.75 + share / 2));

/** Sends what is due, one tab at a time; `byHand` does not wait for its turn. */
export async function flush(byHand = false): Promise<void> {
  if (!byHand && Date.now() < state.nextTryAt && state.nextTryAt - Date.now() <= LONGEST_WAIT_MS * 1.25) return;
  const work = async (lock: Lock | null): Promise<void> => {
    if (lock === null) return;
    state.sending = true;
    await tell(false);
    try {
      await sendAll();
      [state.lastTrouble, waits, state.nextTryAt] = [null, 0, 0];
    } catch (error) {
      state.lastTrouble = error instanceof CallError ? error.trouble : "server";
      waits += 1;
      state.nextTryAt = Date.now() + waitAfter(waits, Math.random());
      if (!(error instanceof CallError)) throw error;
    } finally {
      state.sending = false;
      await tell();
    }
  };
  // Without locks (an old browser) the server's idempotency still keeps every record single.
  if (!("locks" in navigator)) return work({} as Lock);
  await navigator.locks.request("choqr-flush", { ifAvailable: true }, work);
}

async function sendAll(): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    const waiting = await unsent();
    const watch = isFirst ? await watched() : [];
    if (waiting.length === 0 && watch.length === 0) break;
    const part = await onTheirWay(slice(waiting));
    const answer = await call<SendAnswer>("POST", "/dd/api/send", {
      schema: SCHEMA, sent_at: Date.now(), unsent: waiting.length, oldest_unsent: waiting[0]?.saved_at ?? null, items: part.map(itemOf), watch,
    });
    if (!Array.isArray(answer?.results) || !Array.isArray(answer.watched)) throw new CallError("server");
    const moved = await hear(answer, new Set(part.map(({ id }) => id)));
    await tell();
    // Nothing moved: the server is too busy for what is left. Later.
    if (part.length > 0 && moved === 0) throw new CallError("server");
    if (part.length === 0) break;
  }
  await sendPhotos();
  await tidy();
}

/**
 * Notes a try at each, and gives those that are still there: one may have given way to its revision meanwhile. Where the browser
 * knows of no network it is tried all the same, for it may be wrong, but nothing counts as on its way.
 */
async function onTheirWay(part: OutboxRecord[]): Promise<OutboxRecord[]> {
  const more = navigator.onLine === false ? 0 : 1;
  return write(["records"], async ({ records: store }) => {
    const there: OutboxRecord[] = [];
    for (const { id } of part) await change(store!, id, (record) => {
      there.push(record);
      return { ...record, tries: record.tries + more };
    });
    return there;
  });
}

/** The oldest ones that fit into one call. */
function slice(waiting: OutboxRecord[]): OutboxRecord[] {
  let letters = 0;
  return waiting.slice(0, MOST_ITEMS).filter((record, at) => {
    letters += record.sealed.box.length + 600;
    return at === 0 || letters <= MOST_LETTERS;
  });
}

const itemOf = ({ id, kind, market_id, stall_id, rev, revises, sealed }: OutboxRecord): SendItem => ({ id, kind, market_id, stall_id, rev, revises, sealed });

const WAITS_FOR_A_PERSON = ["refused", "conflict", "quarantined"];

async function watched(): Promise<{ id: string; market_id: string }[]> {
  const waiting = (await records()).filter((record) => WAITS_FOR_A_PERSON.includes(record.state));
  return waiting.slice(0, 500).map(({ id, market_id }) => ({ id, market_id }));
}

/** Takes an answer down; only a result that names the record and says so makes it received. Gives how many moved on. */
async function hear(answer: SendAnswer, sent: Set<string>): Promise<number> {
  const at = trueNow();
  return write(["records"], async ({ records: store }) => {
    let moved = 0;
    for (const result of [...answer.results.filter(({ id }) => sent.has(id)), ...answer.watched]) {
      if (result.state === "retry" || !STATES.includes(result.state)) continue;
      // The server does not know the market, or could not read the envelope: it has not kept it, so the phone does.
      const isKept = result.status < 400;
      await change(store!, result.id, (record) => heard(record, result, isKept, at));
      moved += 1;
    }
    return moved;
  });
}

const STATES = ["received", "refused", "conflict", "quarantined", "corrected", "dropped"];

function heard(record: OutboxRecord, result: SendResult, isKept: boolean, at: number): OutboxRecord {
  const counts = result.state === "received" || result.state === "corrected";
  return {
    ...record,
    state: result.state as OutboxRecord["state"],
    receipt: result.receipt ?? record.receipt,
    result: result.result ?? record.result,
    payment_code_id: result.payment_code_id ?? record.payment_code_id,
    problem: counts ? null : result.problem,
    received_at: isKept ? (record.received_at ?? at) : null,
  };
}

async function change(store: IDBObjectStore, id: string, how: (record: OutboxRecord) => OutboxRecord): Promise<void> {
  const record = (await asked(store.get(id))) as OutboxRecord | undefined;
  if (record) store.put(how(record));
}

/** Photos go one by one, each when its record is on the server. */
async function sendPhotos(): Promise<void> {
  const known = new Map((await records()).map((record) => [record.id, record]));
  for (const photo of await all<Photo>("photos")) {
    const record = known.get(photo.record_id);
    if (!record || record.state === "saved") continue;
    const { id, record_id, market_id, stall_id, taken_at, sealed } = photo;
    try {
      await call("PUT", `/dd/api/photos/${id}`, { record_id, market_id, stall_id, taken_at, sent_at: Date.now(), sealed });
    } catch (error) {
      // A photo that is refused for good must not stand before the others for ever.
      if (!(error instanceof CallError && error.status >= 400 && error.status < 500 && error.status !== 401 && error.status !== 429)) throw error;
    }
    await write(["records", "photos"], async ({ records: store, photos }) => {
      photos!.delete(id);
      await change(store!, record_id, (record) => ({ ...record, has_photo: false }));
    });
  }
}

/** Lets go of what the server has had for two weeks. */
async function tidy(): Promise<void> {
  const old = (await records()).filter((record) => {
    const isOver = record.state === "received" || record.state === "corrected" || record.state === "dropped";
    return isOver && record.received_at !== null && trueNow() - record.received_at > KEPT_MS;
  });
  if (old.length === 0) return;
  await write(["records"], ({ records: store }) => {
    for (const { id } of old) store!.delete(id);
  });
}

/** Sends on opening, when the network or the person comes back, and every minute. */
export function startFlushing(): void {
  const go = (): void => void flush();
  addEventListener("online", () => void flush(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && go());
  setInterval(go, EVERY_MS);
  channel?.addEventListener("message", () => void tell(false));
  void tell(false);
  go();
}

/** What is on this phone alone, sealed as it is, for a lead to import. */
export async function exportUnsent(): Promise<Blob> {
  const me = await get<Me>("keys", "me");
  const items = (await records()).filter(isHereOnly);
  const file = { choqr_export: 1, device_id: me?.device?.device_id ?? "", made_at: Date.now(), items: items.reverse().map(itemOf), photos: await all<Photo>("photos") };
  return new Blob([JSON.stringify(file)], { type: "application/json" });
}

/** The code of one's own enrolment, asked for again: the phone cannot open what it sealed. */
export const fetchCode = (id: string): Promise<{ payload: string; payee: string; bank: string | null; masked: string }> => call("GET", `/dd/api/codes/${id}`);
