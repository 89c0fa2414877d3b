/** New versions: fetched beside the old one, taken over by a tap, never while an enrolment is open. */
import { loadDraft } from "./draft";
import { get, put, remove } from "./store";

/** A version that waited for a week takes over by itself. */
const LONGEST_MS = 7 * 86_400_000;
const LOOK_EVERY_MS = 3_600_000;

let waiting: ServiceWorker | null = null;

export const mustTakeOver = (waitingSince: number, now: number, isTooOld: boolean, hasDraft: boolean): boolean =>
  !hasDraft && (isTooOld || now - waitingSince > LONGEST_MS);

/** Registers the worker and tells when a new version waits. */
export async function watchUpdates(ready: () => void, isTooOld = false): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/dd/sw.js", { scope: "/dd/", updateViaCache: "none" });
  let hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // The first worker of all takes this page over without anything having changed.
    if (hadOne) location.reload();
    hadOne = true;
  });
  const found = async (worker: ServiceWorker | null): Promise<void> => {
    if (!worker || navigator.serviceWorker.controller === null) return;
    waiting = worker;
    const since = (await get<number>("keys", "update-waits")) ?? Date.now();
    await put("keys", since, "update-waits");
    if (mustTakeOver(since, Date.now(), isTooOld, (await loadDraft()) !== null)) await applyUpdate();
    else ready();
  };
  await found(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => worker.state === "installed" && void found(worker));
  });
  setInterval(() => void registration.update().catch(() => {}), LOOK_EVERY_MS);
}

export async function applyUpdate(): Promise<"draft_open" | "going" | "none"> {
  if (!waiting) return "none";
  if (await loadDraft()) return "draft_open";
  await remove("keys", "update-waits");
  waiting.postMessage({ type: "take_over" });
  return "going";
}
