/** The rules of EMV MPM v1.1 and NAPAS VietQR v1.0 for each object, and for objects that need each other. */
import { checksum, each, fault, rule, type Reader, type Slot } from "./reader";
import { schemeOfAccount } from "./scheme";
import { template } from "./template";
import { characters, isPrintable, slice } from "./text";
import { unitOf, type Part } from "./tlv";

/** Transfers by code stay below this many dong. */
const LIMIT = 500_000_000;

export const valueOf = (r: Reader, part: Part): string => slice(r.text, part.start, part.end);
const slot = (r: Reader, name: Slot): string => {
  const part = r.slots[name];
  return part ? valueOf(r, part) : "";
};
const count = (r: Reader, part: Part): number => characters(r.text, part.start, part.end);
const isAscii = (r: Reader, part: Part): boolean => isPrintable(r.text.bytes.subarray(part.start, part.end));

/** What a root object has to look like, by its tag: where it is kept, and the rules with their words. */
const SIMPLE: Record<number, [Slot | null, [(value: string, length: number) => boolean, string][]]> = {
  52: ["mcc", [[(value) => /^\d{4}$/u.test(value), "mcc_malformed"]]],
  53: ["currency", [[(value) => /^\d{3}$/u.test(value), "currency_malformed"]]],
  56: ["feeFixed", [[isMoney, "fee_malformed"]]],
  57: ["feePercent", [[(value) => value.length <= 5 && /^\d{1,2}(\.\d{0,2})?$/u.test(value) && isMoney(value), "percent_malformed"]]],
  58: ["country", [[(value) => /^[A-Z]{2}$/u.test(value), "country_malformed"]]],
  59: ["name", [[(_, length) => length <= 25, "name_too_long"], [isPlain, "name_not_ascii"]]],
  60: ["city", [[(_, length) => length <= 15, "city_too_long"], [isPlain, "city_not_ascii"]]],
  61: [null, [[(value, length) => length <= 10 && isPlain(value), "postal_code_malformed"]]],
};

function isPlain(value: string): boolean {
  return /^[ -~]*$/u.test(value);
}

/** An amount's whole part and where its point is; `null` for none: at most 13 digits and one point, not the first. */
function money(value: string): [number, number] | null {
  const found = /^(\d+)(?:\.(\d*))?$/u.exec(value);
  return found && value.length <= 13 ? [Number(found[1]), found[1]!.length] : null;
}

function isMoney(value: string): boolean {
  return money(value) !== null && /[1-9]/u.test(value);
}

export function object(r: Reader, part: Part): void {
  const { tag, start } = part;
  const value = valueOf(r, part);
  const simple = SIMPLE[tag];
  if (simple) {
    if (simple[0]) r.slots[simple[0]] = part;
    for (const [holds, reason] of simple[1]) rule(r, holds(value, count(r, part)), reason, start, [tag]);
  } else if (tag === 0) {
    if (value === "00") r.warnings.push("format_zero");
    else rule(r, value === "01", "format_unknown", start, [0]);
  } else if (tag === 1) {
    rule(r, value === "11" || value === "12", "initiation_unknown", start, [1]);
    r.slots.initiation = part;
  } else if (tag >= 26 && tag <= 51) {
    template(r, part);
  } else if (tag === 54) {
    amount(r, part);
  } else if (tag === 55) {
    r.slots.tip = part;
    if (value === "04") r.warnings.push("tip_undefined");
    else rule(r, ["01", "02", "03"].includes(value), "tip_unknown", start, [55]);
  } else if (tag === 62) {
    additional(r, part);
  } else if (tag === 63) {
    checksum(r, part);
  } else if (tag === 64) {
    language(r, part);
  } else if (tag >= 80) {
    if (value.startsWith("00") && unitOf(r.text, part.start, part.end) !== null) each(r, part, [tag], () => {});
    else r.warnings.push("extra_not_template");
  }
}

function amount(r: Reader, part: Part): void {
  const value = valueOf(r, part);
  const found = money(value);
  if (found === null) {
    fault(r, "amount_malformed", part.start, [54]);
    return;
  }
  const [whole, point] = found;
  const start = part.start + point + 1;
  if (start < part.end) r.slots.decimals = { ...part, start };
  r.slots.amount = part;
  if (whole === 0 && /^[0.]*$/u.test(value)) fault(r, "amount_zero", part.start, [54]);
  else r.whole ??= whole;
}

const ADDITIONAL: Record<number, Slot | null> = { 1: null, 2: null, 3: "store", 4: null, 5: "reference", 6: "customer", 7: "terminal", 8: "purpose" };

function additional(r: Reader, whole: Part): void {
  r.additional = whole;
  each(r, whole, [62], (part) => {
    const place = [62, part.tag];
    if (part.tag === 9) {
      const letters = valueOf(r, part);
      const isRequest = /^[AME]*$/u.test(letters) && new Set(letters).size === letters.length;
      rule(r, isRequest, "data_request_malformed", part.start, place);
    } else if (part.tag >= 10 && part.tag <= 49) {
      rule(r, count(r, part) <= 25, "additional_too_long", part.start, place);
    } else if (part.tag in ADDITIONAL) {
      const kept = ADDITIONAL[part.tag];
      if (kept) r.slots[kept] = part;
      rule(r, count(r, part) <= 25, part.tag === 8 ? "purpose_too_long" : "additional_too_long", part.start, place);
      rule(r, isAscii(r, part), "additional_not_ascii", part.start, place);
    }
  });
}

function language(r: Reader, whole: Part): void {
  const seen = new Set<number>();
  each(r, whole, [64], (part) => {
    seen.add(part.tag);
    const place = [64, part.tag];
    if (part.tag === 0) rule(r, /^[A-Za-z]{2}$/u.test(valueOf(r, part)), "language_malformed", part.start, place);
    if (part.tag === 1) rule(r, count(r, part) <= 25, "language_name_too_long", part.start, place);
    if (part.tag === 2) rule(r, count(r, part) <= 15, "language_city_too_long", part.start, place);
  });
  rule(r, seen.has(0), "language_missing", whole.start, [64]);
  rule(r, seen.has(1), "language_name_missing", whole.start, [64]);
}

const hasAny = (r: Reader, from: number, to: number): boolean => [...r.seen].some((tag) => tag >= from && tag <= to);

/** What objects need of each other, once all were seen. */
export function frame(r: Reader): void {
  const end = r.slots.crc ? r.slots.crc.start - 4 : r.end;
  rule(r, hasAny(r, 2, 51), "account_template_missing", end, []);
  rule(r, r.seen.has(53), "currency_missing", end, [53]);
  rule(r, r.seen.has(58), "country_missing", end, [58]);
  rule(r, r.seen.has(63), "crc_missing", end, []);
  if (hasAny(r, 55, 57)) tip(r);
  if (r.slots.decimals && slot(r, "currency") === "704") {
    r.whole = null;
    fault(r, "amount_with_decimals", r.slots.decimals.start, [54]);
  }
  if (r.transfer) vietqr(r, r.transfer);
  else if (r.scheme === "emv" && hasAny(r, 29, 30) && slot(r, "country") === "KH") r.scheme = "khqr";
  else if (r.scheme === "emv" && hasAny(r, 15, 16)) r.scheme = "unionpay";
  if (r.slots.amount && slot(r, "initiation") === "11") r.warnings.push("static_with_amount");
}

function tip(r: Reader): void {
  const [fixed, percent] = [r.slots.feeFixed, r.slots.feePercent];
  const at = (r.slots.tip ?? fixed ?? percent)?.start ?? 4;
  const said = slot(r, "tip");
  let isSound = !fixed && !percent;
  if (said === "02") isSound = Boolean(fixed) && !percent;
  if (said === "03") isSound = Boolean(fixed) !== Boolean(percent);
  if (said === "03" && fixed && !percent) r.warnings.push("tip_fixed_for_percent");
  rule(r, isSound, "tip_inconsistent", at - 4, [55]);
}

function vietqr(r: Reader, transfer: Part): void {
  const start = transfer.start - 4;
  if (r.scheme !== "zalopay") r.scheme = schemeOfAccount(r.bin, slot(r, "account"), slot(r, "reference"));
  rule(r, r.seen.has(1) || r.service === "QRCASH", "initiation_missing", start, [1]);
  if (r.slots.country && slot(r, "country") !== "VN") fault(r, "country_not_vn", r.slots.country.start, [58]);
  if (r.slots.currency && slot(r, "currency") !== "704") r.warnings.push("currency_not_dong");
  const isTransfer = r.service === "QRIBFTTA" || r.service === "QRIBFTTC";
  if (r.whole !== null && r.whole >= LIMIT && isTransfer) fault(r, "amount_over_limit", r.slots.amount?.start ?? start, [54]);
  if (r.service === "QRPUSH") {
    for (const [tag, reason] of [[52, "mcc_missing"], [59, "name_missing"], [60, "city_missing"]] as const) {
      rule(r, r.seen.has(tag), reason, start, [tag]);
    }
  }
  if (r.service === "QRCASH") {
    rule(r, slot(r, "initiation") !== "11", "cash_not_dynamic", start, [1]);
    rule(r, r.slots.reference !== undefined, "reference_missing", start, [62, 5]);
    rule(r, r.slots.terminal !== undefined, "terminal_missing", start, [62, 7]);
  }
}
