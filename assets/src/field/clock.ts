/** The phone's clock may be wrong by years: by how much is learned whenever the server answers. */

const KEY = "choqr-clock-offset";

/** How much must be added to the phone's clock; `null` while the two have not met. */
export function offset(): number | null {
  const kept = localStorage.getItem(KEY);
  return kept === null ? null : Number(kept);
}

/** Learns from an answer: the server's clock lies somewhere between asking and hearing. */
export function learn(serverNow: number, askedAt: number, heardAt: number): void {
  localStorage.setItem(KEY, String(Math.round(serverNow - (askedAt + heardAt) / 2)));
}

/** The next person's app begins as on a new phone. */
export const forget = (): void => localStorage.removeItem(KEY);

/** What time it really is, as far as this phone knows. */
export const now = (): number => Date.now() + (offset() ?? 0);

/** A moment as the API takes it. */
export const rfc3339 = (at: number): string => new Date(at).toISOString();

/** The day in Vietnam, as `2026-11-27`. */
export const dayOf = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 10);
