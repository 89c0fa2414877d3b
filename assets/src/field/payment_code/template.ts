/** Tags 26 to 51: who is paid. The template of VietQR is taken apart here, since its parts decide everything else. */
import { isKnownBin } from "./bins";
import { each, fault, rule, type Place, type Reader } from "./reader";
import { valueOf } from "./rules";
import { schemeOfTemplate } from "./scheme";
import { characters } from "./text";
import { step, walk, type Part } from "./tlv";

const AID = "A000000727";
const SERVICES = ["QRIBFTTA", "QRIBFTTC", "QRPUSH", "QRCASH"];

interface Parts { guid?: Part; first?: Part; second?: Part }

export function template(r: Reader, whole: Part): void {
  const place = [whole.tag];
  const parts: Parts = {};
  each(r, whole, place, (part) => {
    if (part.tag === 0) parts.guid ??= part;
    if (part.tag === 1) parts.first ??= part;
    if (part.tag === 2) parts.second ??= part;
  });
  if (!parts.guid) {
    fault(r, whole.tag === 38 ? "aid_missing" : "guid_missing", whole.start, [...place, 0]);
    if (whole.tag === 38) transfer(r, whole, parts);
    return;
  }
  const guid = valueOf(r, parts.guid);
  if (guid === AID) transfer(r, whole, parts);
  else foreign(r, whole, parts.guid, guid, parts);
}

function foreign(r: Reader, whole: Part, guid: Part, text: string, parts: Parts): void {
  const place = [whole.tag];
  if (text.length === AID.length && text.toUpperCase() === AID) {
    fault(r, "aid_lower_case", guid.start, [...place, 0]);
    transfer(r, whole, parts);
    return;
  }
  rule(r, characters(r.text, guid.start, guid.end) <= 32, "guid_too_long", guid.start, [...place, 0]);
  const scheme = schemeOfTemplate(whole.tag, text);
  if (whole.tag === 38 && scheme !== "vnpay") {
    const isService = parts.second !== undefined && /^QR/iu.test(valueOf(r, parts.second));
    const isVietQr = isService || (parts.first !== undefined && beginsWithBin(r, parts.first));
    rule(r, !isVietQr, "aid_unknown", guid.start, [...place, 0]);
  }
  if (scheme === "vnpay") rule(r, parts.first !== undefined, "merchant_missing", whole.start, [...place, 1]);
  if (scheme !== null && r.scheme === "emv") r.scheme = scheme;
}

function beginsWithBin(r: Reader, beneficiary: Part): boolean {
  const first = step(r.text, { at: beneficiary.start, end: beneficiary.end }, "bytes");
  return first.kind === "object" && first.part.tag === 0 && /^\d{6}$/u.test(valueOf(r, first.part));
}

function transfer(r: Reader, whole: Part, parts: Parts): void {
  const place = [whole.tag];
  if (r.transfer || whole.tag !== 38) fault(r, "aid_misplaced", whole.start - 4, place);
  if (r.transfer) return;
  r.transfer = whole;
  if (parts.second) {
    const service = valueOf(r, parts.second);
    r.service = SERVICES.includes(service) ? service : null;
    rule(r, r.service !== null, "service_unknown", parts.second.start, [...place, 2]);
  }
  if (parts.first) beneficiary(r, parts.first, whole, [...place, 1]);
  else fault(r, "beneficiary_missing", whole.start, [...place, 1]);
}

function beneficiary(r: Reader, inner: Part, whole: Part, place: Place): void {
  const parts: { bin?: Part; account?: Part } = {};
  const stopped = each(r, inner, place, (part) => {
    if (part.tag === 0) parts.bin ??= part;
    else if (part.tag === 1) parts.account ??= part;
    else fault(r, "beneficiary_too_long", part.start - 4, [...place, part.tag]);
  });
  let account: Part | undefined = parts.account;
  if (stopped < inner.end) account = restOfAccount(r, account, inner, whole, stopped, place);
  bin(r, parts.bin, inner, place);
  number(r, account, inner, [...place, 1]);
}

/** An account whose own length is wrong, while the template's around it fits: the whole rest is the account. */
function restOfAccount(r: Reader, account: Part | undefined, inner: Part, whole: Part, stopped: number, place: Place): Part | undefined {
  if (!account) return undefined;
  const rest = { ...account, end: inner.end };
  const isNext = account.end === stopped || account.end === inner.end;
  const isStray = inner.end - stopped < 4 || account.end === inner.end;
  if (walk(r.text, inner.end, whole.end, r.text.isPlain ? "bytes" : r.unit).last.kind !== "end") return undefined;
  if (!isNext || !isStray || rest.end - rest.start > 19 || !/^[A-Za-z0-9]*$/u.test(valueOf(r, rest))) return undefined;
  fault(r, "account_length", account.start, [...place, 1]);
  return rest;
}

function bin(r: Reader, part: Part | undefined, inner: Part, place: Place): void {
  const at = (part ?? inner).start;
  const value = part ? valueOf(r, part) : "";
  if (!part || !/^\d{6}$/u.test(value)) {
    fault(r, "bin_malformed", at, [...place, 0]);
    return;
  }
  r.slots.bin = part;
  r.bin = value;
  rule(r, isKnownBin(value), "bin_unknown", at, [...place, 0]);
}

function number(r: Reader, part: Part | undefined, inner: Part, place: Place): void {
  if (!part) {
    fault(r, "account_missing", inner.start, place);
    return;
  }
  r.slots.account = part;
  const value = valueOf(r, part);
  rule(r, characters(r.text, part.start, part.end) <= 19, "account_too_long", part.start, place);
  rule(r, /^[A-Za-z0-9]*$/u.test(value), "account_malformed", part.start, place);
  if (r.service === "QRIBFTTC") rule(r, isCard(r.bin, value), "card_malformed", part.start, place);
}

/** A card has 16 or 19 digits and begins with the BIN of its bank. */
export const isCard = (bin: string, value: string): boolean => /^(\d{16}|\d{19})$/u.test(value) && value.startsWith(bin === "" ? "?" : bin);
