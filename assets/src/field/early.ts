/**
 * Asks who this is, and for the list, while the app's own script is still on its way: over one bar of signal each round trip is
 * half a second. On a first load only, since later the phone has both. It imports next to nothing, so that it is one small answer itself.
 */
import { offset } from "./clock";
import type { Me } from "./model";
import { open } from "./store";

/** What came of a call, with the phone's clock before and after; `body` is `""` for an empty answer, `null` for one that is no object. */
export type Answer = { askedAt: number; heardAt: number; status: number; body: Record<string, unknown> | "" | null };
/** `null`: nothing, the app asks itself. */
export type Early = Answer | null;

const GIVE_UP_MS = 15_000;
const calls = new Map<string, Promise<Early>>();

/** Who this is; what else a first load needs comes with it. */
async function askWho(): Promise<Early> {
  const askedAt = Date.now();
  try {
    const response = await fetch("/dd/api/me?with=pack", {
      headers: { accept: "application/json" }, credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    const { pack, ...me } = (await response.json()) as Me & { pack?: Record<string, unknown> };
    const answer = { askedAt, heardAt: Date.now(), status: response.status };
    if (pack) calls.set(`/dd/api/markets/${me.markets[0]?.market_id}/pack`, Promise.resolve({ ...answer, body: pack }));
    return { ...answer, body: me };
  } catch {
    // No network, or a login page of somebody's Wi-Fi: the app finds out by itself.
    return null;
  }
}

// This phone and the server have not met: it has no list. A worker would be no sign of it, for over plain http there is none.
if (offset() === null && !("earlyCalls" in globalThis)) {
  calls.set("/dd/api/me", askWho());
  Object.assign(globalThis, { earlyCalls: calls });
  // A store that has to be made first takes a slow phone longer than all that is written to it.
  open().catch(() => {});
}
