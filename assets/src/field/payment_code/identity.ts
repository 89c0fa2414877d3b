/** What makes two codes pay the same payee, whatever their layout: the text that the server's `identity()` gives. */
import type { Reader } from "./reader";
import { valueOf } from "./rules";
import { isVietQrFrame, schemeOfTemplate, type Scheme } from "./scheme";
import { trim } from "./text";
import { children, parts, type Part } from "./tlv";

export function identity(r: Reader): string {
  const hasAccount = r.slots.account !== undefined && isVietQrFrame(r.scheme);
  let out: string = r.scheme;
  if (hasAccount && r.slots.bin) out += `|${valueOf(r, r.slots.bin)}|${upper(valueOf(r, r.slots.account!))}|${r.service ?? "QRIBFTTA"}`;
  const others = rest(r, hasAccount);
  if (others !== "" || !hasAccount) out += `|${others}`;
  return r.alarm ? `${out}|!${r.alarm.reason}` : out;
}

const upper = (text: string): string => text.replace(/[a-z]+/gu, (letters) => letters.toUpperCase());
const lower = (text: string): string => text.replace(/[A-Z]+/gu, (letters) => letters.toLowerCase());

/** Parts that say nothing about who is paid: descriptions, orders, until when. */
function isPassing(scheme: Scheme | null, root: number, tag: number): boolean {
  switch (scheme) {
    case "pix": return tag === 2;
    case "promptpay": return root === 30 && tag === 3;
    case "zalopay": return tag === 3;
    case "sgqr": return tag === 3 || tag === 4;
    case "fps": return tag === 5 || tag === 6;
    default: return false;
  }
}

function rest(r: Reader, hasAccount: boolean): string {
  const byTag = (a: Part, b: Part): number => a.tag - b.tag;
  const fields = parts(r.text, r.lead, r.end, r.text.isPlain ? "bytes" : r.unit);
  let out = "";
  const add = (tag: string, value: string): void => {
    out += `${tag}:${new TextEncoder().encode(value).length}:${value};`;
  };
  const two = (tag: number): string => String(tag).padStart(2, "0");
  for (const field of fields.filter(({ tag }) => tag >= 2 && tag <= 51).sort(byTag)) {
    const isFrame = field.tag === 38 && hasAccount;
    const inner = field.tag >= 26 ? children(r.text, field) : null;
    if (inner === null) {
      if (!isFrame) add(String(field.tag), valueOf(r, field));
      continue;
    }
    inner.sort(byTag);
    const scheme = schemeOfTemplate(field.tag, inner[0] ? valueOf(r, inner[0]) : "");
    for (const part of inner) {
      if (isFrame && part.tag <= 2) continue;
      if (part.tag === 0) add(`${field.tag}.00`, lower(valueOf(r, part)));
      else if (!isPassing(scheme, field.tag, part.tag)) add(`${field.tag}.${two(part.tag)}`, valueOf(r, part));
    }
  }
  const more = r.scheme === "momo" ? ([[5, "reference"]] as const) : r.scheme === "vnpay" ? ([[3, "store"], [6, "customer"], [7, "terminal"]] as const) : [];
  for (const [tag, name] of more) {
    const part = r.slots[name];
    if (part) add(`62.${two(tag)}`, valueOf(r, part));
  }
  if (r.scheme === "pix") standingOrders(r, fields, add);
  return out === "" && !hasAccount ? trim(r.payload) : out;
}

/** Every standing order: an app may follow any of them. */
function standingOrders(r: Reader, fields: Part[], add: (tag: string, value: string) => void): void {
  for (const field of fields.filter(({ tag }) => tag >= 80)) {
    const inner = children(r.text, field) ?? [];
    const isPix = inner[0] !== undefined && lower(valueOf(r, inner[0])).startsWith("br.gov.bcb");
    for (const part of inner) if (isPix && part.tag === 25) add("80.25", valueOf(r, part));
  }
}
