/** Objects of an EMV code: two digits of tag, two digits of length, a value (EMV MPM v1.1 §3.2, NAPAS v1.0 §5.1). */
import { isBoundary, isDigit, type Text } from "./text";

export type Unit = "characters" | "bytes";
/** A value between two bytes. */
export interface Part { tag: number; start: number; end: number }
export type Step = { kind: "object" | "short"; part: Part } | { kind: "end" | "header" };
export interface Cursor { at: number; end: number }

const number = (text: Text, at: number): number => (text.bytes[at]! - 0x30) * 10 + text.bytes[at + 1]! - 0x30;

export function step(text: Text, cursor: Cursor, unit: Unit): Step {
  const { at, end } = cursor;
  if (at >= end) return { kind: "end" };
  for (let i = 0; i < 4; i += 1) if (!isDigit(text.bytes[at + i])) return { kind: "header" };
  const start = at + 4;
  if (start > end) return { kind: "header" };
  const tag = number(text, at);
  const stop = stopOf(text, start, end, number(text, at + 2), unit);
  if (stop === null) return { kind: "short", part: { tag, start, end } };
  cursor.at = stop;
  return { kind: "object", part: { tag, start, end: stop } };
}

/** Where a value of that length ends; `null` when there is no such place. */
function stopOf(text: Text, start: number, end: number, length: number, unit: Unit): number | null {
  if (start + length > end) return null;
  if (unit === "bytes") return isBoundary(text, start + length) ? start + length : null;
  let at = start;
  for (let left = length; left > 0; left -= 1) {
    if (at >= end) return null;
    at += 1;
    while (at < end && !isBoundary(text, at)) at += 1;
  }
  return at;
}

export interface Walk { at: number; last: Step; lastTag: number | null }

export function walk(text: Text, at: number, end: number, unit: Unit): Walk {
  const cursor = { at, end };
  let lastTag: number | null = null;
  for (;;) {
    const last = step(text, cursor, unit);
    if (last.kind !== "object") return { at: cursor.at, last, lastTag };
    lastTag = last.part.tag;
  }
}

/** The unit in which a stretch is a list of objects; `null` for neither. */
export function unitOf(text: Text, at: number, end: number): Unit | null {
  return (["characters", "bytes"] as const).find((unit) => walk(text, at, end, unit).last.kind === "end") ?? null;
}

/** Characters, unless only bytes make a whole code. */
export function rootUnit(text: Text, at: number, end: number): Unit {
  if (text.isAscii) return "bytes";
  const rank = (unit: Unit): number => {
    const { last, lastTag } = walk(text, at, end, unit);
    const [isWhole, isLast] = [last.kind === "end", lastTag === 63];
    return (isWhole && isLast ? 4 : 0) + (isLast ? 2 : 0) + (isWhole ? 1 : 0);
  };
  return rank("bytes") > rank("characters") ? "bytes" : "characters";
}

/** The objects of a stretch, as far as there are any. */
export function parts(text: Text, at: number, end: number, unit: Unit): Part[] {
  const cursor = { at, end };
  const found: Part[] = [];
  for (;;) {
    const next = step(text, cursor, unit);
    if (next.kind !== "object") return found;
    found.push(next.part);
  }
}

/** The parts of a value that is a list of objects; `null` for any other. */
export function children(text: Text, part: Part): Part[] | null {
  const unit = part.end > part.start ? unitOf(text, part.start, part.end) : null;
  return unit === null ? null : parts(text, part.start, part.end, unit);
}
