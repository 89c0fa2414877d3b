/** The one pass over the root of a code. Strict stops at the first broken rule; lenient notes it and goes on. */
import { crc16, parseCrc } from "./crc";
import { frame, object } from "./rules";
import type { Scheme } from "./scheme";
import { characters, firstInvisible, isDigit, isPrintable, slice, textOf, trim, trimStart, type Text } from "./text";
import { rootUnit, step, unitOf, walk, type Cursor, type Part, type Step, type Unit } from "./tlv";

/** Where a fault is: the tags from the root on; empty for the code as a whole. */
export type Place = readonly number[];
export interface Fault { reason: string; at: number; place: Place }

/** A broken rule that ends a strict reading. */
export class Refusal {
  constructor(readonly fault: Fault) {}
}

export type Slot =
  | "initiation" | "mcc" | "currency" | "amount" | "decimals" | "tip" | "feeFixed" | "feePercent" | "country" | "name" | "city" | "crc"
  | "store" | "reference" | "customer" | "terminal" | "purpose" | "bin" | "account";

export interface Reader {
  payload: string;
  text: Text;
  isLenient: boolean;
  lead: number;
  end: number;
  unit: Unit;
  scheme: Scheme;
  service: string | null;
  slots: Partial<Record<Slot, Part>>;
  whole: number | null;
  warnings: string[];
  /** What was noted that changes who is paid, first of all. */
  alarm: Fault | null;
  seen: Set<number>;
  additional: Part | null;
  transfer: Part | null;
  bin: string;
  isPastChecksum: boolean;
}

/** EMVCo codes are at most 512 characters. */
const LONGEST = 512;

export function read(payload: string, isLenient: boolean): Reader {
  const text = textOf(payload);
  const r: Reader = {
    payload, text, isLenient, lead: 0, end: 0, unit: "bytes", scheme: "emv", service: null, slots: {}, whole: null, warnings: [],
    alarm: null, seen: new Set(), additional: null, transfer: null, bin: "", isPastChecksum: false,
  };
  bounds(r);
  const isFitting = fits(r);
  if (!isFitting && !isLenient) throw new Refusal(diagnose(r));
  if (!slice(text, r.lead, r.lead + 2).startsWith("00")) fault(r, "format_not_first", r.lead, [0]);
  root(r, { at: r.lead, end: r.end });
  frame(r);
  return r;
}

export function fault(r: Reader, reason: string, at: number, place: Place): void {
  const found = { reason, at, place };
  if (!r.isLenient) throw new Refusal(found);
  if (matters(found)) r.alarm ??= found;
  r.warnings.push(reason);
}

export function rule(r: Reader, holds: boolean, reason: string, at: number, place: Place): void {
  if (!holds) fault(r, reason, at, place);
}

const UNIMPORTANT = new Set(["crc_wrong", "crc_missing", "crc_malformed", "length_in_bytes", "format_zero", "crc_lower_case"]);
const STRUCTURAL = new Set([
  "object_header", "object_too_short", "trailing_characters", "leading_characters", "tag_repeated", "crc_not_last", "format_not_first",
  "format_unknown", "length_ambiguous", "account_template_missing",
]);

/** Whether a fault may change who is paid. */
function matters({ reason, place }: Fault): boolean {
  const first = place[0];
  if (UNIMPORTANT.has(reason)) return false;
  if (reason === "object_header" && first !== undefined && first >= 52) return false;
  if (STRUCTURAL.has(reason)) return first === undefined || !isCosmetic(place);
  if (reason === "bin_unknown" || reason === "extra_not_template") return false;
  return first !== undefined && first >= 2 && first <= 51;
}

/** Store, reference, customer and terminal say whose till it is with MoMo and VNPAY. */
function isCosmetic(place: Place): boolean {
  const [first, second] = place;
  if (first === undefined || first < 52 || second === undefined) return false;
  return !(first === 62 && place.length === 2 && [3, 5, 6, 7].includes(second));
}

function bounds(r: Reader): void {
  const { text, payload } = r;
  const bytes = text.bytes;
  const length = characters(text, 0, bytes.length);
  if (length > LONGEST || bytes.length > 4 * LONGEST) {
    let at = 0;
    for (let left = LONGEST; left > 0 && at < bytes.length; left -= 1) {
      at += 1;
      while (at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at += 1;
    }
    throw new Refusal({ reason: "too_long", at: length > LONGEST ? at : 0, place: [] });
  }
  const digits = isHeader(bytes, 0);
  if (digits && (text.isPlain || !r.isLenient)) {
    r.end = bytes.length;
    if (!text.isPlain && !text.isAscii) {
      r.unit = "characters";
      countsCharacters(r);
    }
    if (bytes[bytes.length - 1] === 0x20) trailing(r);
    return;
  }
  const inner = trim(payload);
  if (inner === "") throw new Refusal({ reason: "empty", at: 0, place: [] });
  const size = (part: string): number => new TextEncoder().encode(part).length;
  const lead = bytes.length - size(trimStart(payload));
  const end = lead + size(inner);
  if (!isHeader(bytes.subarray(lead, end), 0)) throw new Refusal({ reason: "not_emv", at: lead, place: [] });
  if (lead > 0) fault(r, "leading_characters", 0, []);
  if (end < bytes.length) fault(r, "trailing_characters", end, []);
  [r.lead, r.end] = [lead, end];
  r.unit = rootUnit(text, lead, end);
  if (bytes.subarray(lead, end).every((byte) => byte < 0x80)) return;
  if (r.unit === "bytes") fault(r, "length_in_bytes", lead, []);
  oneReading(r, lead, end);
}

function isHeader(bytes: Uint8Array, at: number): boolean {
  return [0, 1, 2, 3].every((i) => isDigit(bytes[at + i]));
}

function trailing(r: Reader): void {
  let end = r.end;
  while (r.text.bytes[end - 1] === 0x20) end -= 1;
  if (r.isLenient) r.end = end;
  fault(r, "trailing_characters", end, []);
}

function countsCharacters(r: Reader): void {
  const found = walk(r.text, 0, r.end, "characters");
  if (found.last.kind !== "end" && walk(r.text, 0, r.end, "bytes").last.kind === "end") {
    throw new Refusal({ reason: "length_in_bytes", at: found.at, place: [] });
  }
  oneReading(r, 0, r.end);
}

/** A code whose lengths fit in two units must say one thing. */
function oneReading(r: Reader, at: number, end: number): void {
  const ours = payees(r.text, at, end, "characters");
  if (ours === null) return;
  const inBytes = payees(r.text, at, end, "bytes") ?? [];
  const hides = [...inBytes, ...payeesInUtf16(slice(r.text, at, end))].some((payee) => !ours.includes(payee));
  if (hides) fault(r, "length_ambiguous", at, []);
}

function payees(text: Text, at: number, end: number, unit: Unit): string[] | null {
  const cursor = { at, end };
  const found: string[] = [];
  let last = 0;
  for (;;) {
    const next = step(text, cursor, unit);
    if (next.kind === "end" && last === 63) return found;
    if (next.kind !== "object") return null;
    last = next.part.tag;
    if (last >= 26 && last <= 51) found.push(slice(text, next.part.start, next.part.end));
  }
}

/** As a reader that counts UTF-16 would see it; nothing when that is the same as characters. */
function payeesInUtf16(text: string): string[] {
  if (!/[\ud800-\udfff]/u.test(text) && text.length === [...text].length) return [];
  const found: string[] = [];
  let [at, last] = [0, 0];
  while (at + 4 <= text.length) {
    const header = text.slice(at, at + 4);
    if (!/^\d{4}$/u.test(header)) return [];
    last = Number(header.slice(0, 2));
    const end = at + 4 + Number(header.slice(2));
    if (end > text.length) return [];
    if (last >= 26 && last <= 51) found.push(text.slice(at + 4, end));
    at = end;
  }
  return at === text.length && last === 63 ? found : [];
}

function fits(r: Reader): boolean {
  const at = r.end - 4;
  if (at < 4 || slice(r.text, at - 4, at) !== "6304") return false;
  const said = parseCrc(slice(r.text, at, r.end));
  return said !== null && said === crc16(r.text.bytes.subarray(r.lead, at));
}

function root(r: Reader, cursor: Cursor): void {
  for (;;) {
    const next = step(r.text, cursor, r.text.isPlain ? "bytes" : r.unit);
    if (next.kind === "end") return;
    if (next.kind !== "object") {
      if (r.isPastChecksum) return;
      const found = broken(r, next, cursor.at, r.additional, []);
      fault(r, found.reason, found.at, found.place);
      return;
    }
    const part = next.part;
    if (r.seen.has(part.tag)) {
      fault(r, "tag_repeated", part.start - 4, [part.tag]);
      continue;
    }
    r.seen.add(part.tag);
    if (part.start === part.end) {
      fault(r, part.tag === 63 ? "crc_malformed" : "object_empty", part.start - 4, [part.tag]);
      continue;
    }
    if (!r.text.isPlain) visible(r, part);
    object(r, part);
  }
}

function visible(r: Reader, part: Part): void {
  if (isPrintable(r.text.bytes.subarray(part.start, part.end))) return;
  const at = firstInvisible(slice(r.text, part.start, part.end));
  if (at >= 0) fault(r, "character_invisible", part.start + at, [part.tag]);
}

/** The checksum in its place. */
export function checksum(r: Reader, part: Part): void {
  r.slots.crc = part;
  if (part.end !== r.end) {
    r.isPastChecksum = true;
    const next = step(r.text, { at: part.end, end: r.end }, r.unit);
    fault(r, next.kind === "object" ? "crc_not_last" : "trailing_characters", part.end, []);
  }
  const value = slice(r.text, part.start, part.end);
  const said = parseCrc(value);
  rule(r, said !== null, "crc_malformed", part.start, []);
  const isRight = !r.isLenient || said === null || said === crc16(r.text.bytes.subarray(r.lead, part.start));
  rule(r, isRight, "crc_wrong", part.start, []);
  if (/[a-z]/u.test(value)) r.warnings.push("crc_lower_case");
}

/** Hands each part of a value on; gives where it stopped. */
export function each(r: Reader, parent: Part, place: Place, take: (part: Part) => void): number {
  const unit = r.text.isPlain ? "bytes" : innerUnit(r, parent, place);
  const cursor = { at: parent.start, end: parent.end };
  const seen = new Set<number>();
  for (;;) {
    const next = step(r.text, cursor, unit);
    if (next.kind === "end") return parent.end;
    if (next.kind !== "object") {
      let found = broken(r, next, cursor.at, null, place);
      if (place.length === 1 && place[0] === 62 && characters(r.text, parent.start, parent.end) === 99) {
        found = { reason: "additional_too_long", at: parent.start, place };
      }
      fault(r, found.reason, found.at, found.place);
      if (next.kind === "short" && !seen.has(next.part.tag)) take(next.part);
      return cursor.at;
    }
    const part = next.part;
    if (seen.has(part.tag)) {
      fault(r, "tag_repeated", part.start - 4, [...place, part.tag]);
      continue;
    }
    seen.add(part.tag);
    if (part.start === part.end) {
      fault(r, "object_empty", part.start - 4, [...place, part.tag]);
      continue;
    }
    take(part);
  }
}

function innerUnit(r: Reader, parent: Part, place: Place): Unit {
  if (r.text.bytes.subarray(parent.start, parent.end).every((byte) => byte < 0x80)) return "bytes";
  if (unitOf(r.text, parent.start, parent.end) !== "bytes") return "characters";
  if (r.unit === "characters") fault(r, "length_in_bytes", parent.start, place);
  return "bytes";
}

/** Why a strict code whose checksum does not fit is wrong: its structure, before its sum. */
function diagnose(r: Reader): Fault {
  const cursor = { at: r.lead, end: r.end };
  let before: Part | null = null;
  for (;;) {
    const next = step(r.text, cursor, r.unit);
    if (next.kind === "end") break;
    const isBehind: boolean = before?.tag === 63;
    if (next.kind === "object") {
      if (isBehind) return { reason: "crc_not_last", at: next.part.start - 4, place: [] };
      before = next.part;
    } else if (isBehind) {
      return { reason: "trailing_characters", at: cursor.at, place: [] };
    } else {
      return broken(r, next, cursor.at, before?.tag === 62 ? before : null, []);
    }
  }
  if (before?.tag !== 63) return { reason: "crc_missing", at: r.end, place: [] };
  const isWellFormed = parseCrc(slice(r.text, before.start, before.end)) !== null;
  return { reason: isWellFormed ? "crc_wrong" : "crc_malformed", at: before.start, place: [] };
}

function broken(r: Reader, stop: Step, at: number, additional: Part | null, place: Place): Fault {
  if (stop.kind === "short") return { reason: "object_too_short", at, place: [...place, stop.part.tag] };
  const isFull = place.length === 0 && additional?.end === at && additional.end - additional.start >= 99;
  if (isFull && unitOf(r.text, additional.start, additional.end) === null) {
    return { reason: "additional_too_long", at: additional.start, place: [62] };
  }
  return { reason: "object_header", at, place };
}
