/**
 * Asks who this is, and for the list, while the app's own script is still on its way: over one bar of signal two round trips are
 * most of a second. On a first load only, since later the phone has both. It imports next to nothing, so that it is one small answer itself.
 */
import { offset } from "./clock";
import type { Me } from "./model";

/** What came of a call, with the phone's clock before and after. `null`: nothing, the app asks itself. */
export type Early = { askedAt: number; heardAt: number; status: number; text: string } | null;

const GIVE_UP_MS = 15_000;
const calls = new Map<string, Promise<Early>>();

async function ask(path: string): Promise<Early> {
  const askedAt = Date.now();
  try {
    const response = await fetch(path, {
      headers: { accept: "application/json" }, credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    const text = await response.text();
    return { askedAt, heardAt: Date.now(), status: response.status, text };
  } catch {
    return null;
  }
}

async function askWho(): Promise<Early> {
  const early = await ask("/dd/api/me");
  if (early?.status !== 200) return early;
  try {
    const { device, markets } = JSON.parse(early.text) as Me;
    const path = `/dd/api/markets/${markets[0]?.market_id}/pack`;
    // Before the phone is bound its list would be marked with another key; among several markets a person chooses.
    if (device !== null && markets.length === 1) calls.set(path, ask(path));
  } catch {
    // A login page of somebody's Wi-Fi: the app finds out by itself.
  }
  return early;
}

// This phone and the server have not met: it has no list. A worker would be no sign of it, for over plain http there is none.
if (offset() === null && !("earlyCalls" in globalThis)) {
  calls.set("/dd/api/me", askWho());
  Object.assign(globalThis, { earlyCalls: calls });
  const icons = document.getElementById("app")?.dataset["icons"];
  if (icons) void fetch(icons).catch(() => {});
}
