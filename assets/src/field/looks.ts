/** How a stall looks: glyph and word, never colour alone; the same as on the server's pages (web/looks.rs). */
import { dayOf, now } from "./clock";
import type { Stall } from "./model";
import { t, word } from "./words";

export interface Look { glyph: string; label: string }

const PROGRESS: Record<Stall["progress"], string> = {
  not_reached: "chua", postponed: "hen", awaiting_account: "hen", needs_fix: "hen", declined: "tuchoi", stopped: "tuchoi", in_review: "duyet",
  code_issued: "ma", posted: "dan", in_use: "dung",
};

/** Danger first, then an empty place, then progress. */
export function lookOf(stall: Stall): Look {
  if (stall.safety === "mismatch") return { glyph: "lech", label: word("safety", "mismatch") };
  if (stall.frozen) return { glyph: "lech", label: word("safety", "frozen") };
  if (stall.occupancy !== "trading") return { glyph: "trong", label: t(`occupancy_${stall.occupancy}`) };
  return { glyph: PROGRESS[stall.progress], label: word("progress", stall.progress) };
}

/** `Hẹn lại, hôm nay`. */
export function statusOf(stall: Stall): string {
  const { label } = lookOf(stall);
  if (stall.progress !== "postponed" || stall.come_back_on === null || stall.safety === "mismatch") return label;
  const today = dayOf(now());
  return `${label}, ${stall.come_back_on === today ? t("today_word") : stall.come_back_on < today ? t("since_day", { day: shortDay(stall.come_back_on) }) : shortDay(stall.come_back_on)}`;
}

/** `23/11` of `2026-11-23`. */
export const shortDay = (day: string): string => `${day.slice(8, 10)}/${day.slice(5, 7)}`;

/** `16/11 · 10:05` in Vietnam. */
export function moment(at: number): string {
  const local = new Date(at + 7 * 3_600_000).toISOString();
  return `${shortDay(local)} · ${local.slice(11, 16)}`;
}

export const timeOf = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(11, 16);

/** `Cô Hà Thị Thu Hương`; without a known form of address, the name alone. */
export function called(stall: Stall): string {
  if (stall.vendor === null) return t("nobody");
  return stall.address === "unknown" ? stall.vendor : `${word("address", stall.address)} ${stall.vendor}`;
}

/** How the vendor is spoken to in a sentence: `cô`, or `chủ sạp`. */
export const you = (address: string): string => word("address", address === "" ? "unknown" : address).toLowerCase();

/** `Cô Hương`: the form of address and the given name. */
export function calledShort(name: string, address: string): string {
  const given = name.trim().split(/\s+/u).at(-1) ?? name;
  return address === "unknown" || address === "" ? name : `${word("address", address)} ${given}`;
}

/** `cô Hương` in the middle of a sentence; a name alone keeps its capital. */
export const inSentence = (text: string, address: string): string => (address === "unknown" ? text : text.charAt(0).toLowerCase() + text.slice(1));
